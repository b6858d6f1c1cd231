//! What is wrong with numbers that a diagnostic is asked of.

/// What is wrong with numbers that a diagnostic is asked of.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::{Error, chains::Chains};
///
/// let error = Chains::new([&[1.0, 2.0, 3.0][..]]).unwrap_err();
/// assert_eq!(error, Error::TooFew { what: "draws of a chain", least: 4, found: 3 });
/// assert_eq!(error.to_string(), "expected at least 4 draws of a chain, got 3");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer numbers than a diagnostic needs.
    #[error("expected at least {least} {what}, got {found}")]
    TooFew {
        /// What is counted.
        what: &'static str,
        /// The smallest number that would do.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// Two slices that must be of one length.
    #[error("expected {expected} {what}, got {found}")]
    Length {
        /// What is counted.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Chains of different lengths.
    #[error("chain {chain} has {found} draws; the first has {expected}")]
    UnequalChains {
        /// The chain, counted from 0.
        chain: usize,
        /// The number of draws of the first chain.
        expected: usize,
        /// The number of draws of this one.
        found: usize,
    },
    /// A matrix of log-likelihoods whose numbers do not fill its columns.
    #[error("{values} log-likelihoods are no matrix of draws x {observations} observations")]
    Matrix {
        /// How many numbers there are.
        values: usize,
        /// The number of columns.
        observations: usize,
    },
    /// A setting outside of what it may be.
    #[error("{what} must be {expected}, got {found}")]
    Setting {
        /// What was set.
        what: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it was.
        found: f64,
    },
    /// An element that is not what its kind must be.
    #[error("{what} {index} must be {expected}, got {found}")]
    Element {
        /// What the slice has.
        what: &'static str,
        /// The place in the slice, counted from 0.
        index: usize,
        /// What each must be.
        expected: &'static str,
        /// What this one is.
        found: f64,
    },
    /// A log-likelihood from which no leave-one-out weight comes.
    #[error("the log-likelihood of observation {observation} in draw {draw} must be {expected}, got {found}")]
    LogLikelihood {
        /// The column, counted from 0.
        observation: usize,
        /// The row, counted from 0.
        draw: usize,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
    /// Weights that are all zero.
    #[error("all {count} weights are zero")]
    NoWeight {
        /// How many there are.
        count: usize,
    },
    /// A rank above the largest.
    #[error("rank {index} is {found}; the largest is {last}")]
    Rank {
        /// The place in the slice, counted from 0.
        index: usize,
        /// The largest rank, the number of draws that each value is ranked among.
        last: usize,
        /// The rank that was given.
        found: usize,
    },
    /// Bins in which too few ranks are expected for a chi-square test.
    #[error("{bins} bins expect {expected} ranks in the smallest; a chi-square test needs at least 5")]
    SparseBins {
        /// The number of bins.
        bins: usize,
        /// The smallest expected count.
        expected: f64,
    },
}

impl Error {
    /// Checks that `found` is in the open unit interval.
    pub(crate) fn unless_probability(what: &'static str, found: f64) -> Result<(), Error> {
        if found > 0.0 && found < 1.0 {
            return Ok(());
        }
        Err(Error::Setting { what, expected: "between 0 and 1", found })
    }

    /// Checks that there are values and that all are finite.
    pub(crate) fn unless_finite(what: &'static str, values: &[f64]) -> Result<(), Error> {
        if values.is_empty() {
            return Err(Error::TooFew { what, least: 1, found: 0 });
        }
        match values.iter().position(|x| !x.is_finite()) {
            Some(index) => Err(Error::Element { what, index, expected: "finite", found: values[index] }),
            None => Ok(()),
        }
    }
}
