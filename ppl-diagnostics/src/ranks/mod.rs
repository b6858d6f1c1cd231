//! Simulation-based calibration: whether ranks of true values among draws are uniform.

mod binomial;
mod ecdf;

pub use ecdf::EcdfBand;

use crate::Error;
use crate::special::chi_square_upper;

/// Ranks of simulated true values, each among the draws of its own posterior.
///
/// Where a fit is calibrated each rank `0..=last` is as likely as any other (Talts, Betancourt, Simpson, Vehtari, Gelman, 2018, *Validating Bayesian inference algorithms with
/// simulation-based calibration*, theorem 1). The draws must be independent, or thinned until they nearly are.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::ranks::Ranks;
///
/// let even: Vec<usize> = (0..200).map(|i| i * 7 % 100).collect();
/// assert!(Ranks::new(&even, 99)?.ecdf_p_value() > 0.05);
/// // Posteriors that are too narrow leave the true value at either end.
/// let ends: Vec<usize> = (0..200).map(|i| if i % 3 == 0 { 0 } else { i * 7 % 100 }).collect();
/// assert!(Ranks::new(&ends, 99)?.ecdf_p_value() < 1e-6);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// In increasing order.
    sorted: Vec<usize>,
    last: usize,
}

/// Ranks counted in bins.
///
/// # Examples
///
/// ```
/// let ranks = ppl_diagnostics::ranks::Ranks::new(&[0, 1, 2, 2, 4], 4)?;
/// let histogram = ranks.histogram(2)?;
/// assert_eq!(histogram.counts, [2, 3]);
/// assert_eq!(histogram.expected, [2.0, 3.0]);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The number of ranks in each bin.
    pub counts: Vec<usize>,
    /// The numbers that uniform ranks would have on average. They differ where bins cannot have equally many values.
    pub expected: Vec<f64>,
}

/// Pearson's test of uniformity.
///
/// # Examples
///
/// ```
/// let ranks = ppl_diagnostics::ranks::Ranks::new(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 1)?;
/// let test = ranks.chi_square(2)?;
/// assert_eq!(test.statistic, 6.4);
/// assert_eq!(test.degrees_of_freedom, 1);
/// assert!((test.p_value - 0.011412).abs() < 1e-6);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquare {
    /// The sum of `(count - expected)^2 / expected` over bins.
    pub statistic: f64,
    /// The number of bins less one.
    pub degrees_of_freedom: usize,
    /// The probability that uniform ranks have a statistic as large.
    pub p_value: f64,
}

impl Ranks {
    /// Takes ranks from 0 to `last`, the number of draws that each true value is ranked among.
    ///
    /// # Errors
    ///
    /// There is no rank, one is above `last`, or `last` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::ranks::Ranks;
    ///
    /// assert!(Ranks::new(&[0, 10], 10).is_ok());
    /// let error = Ranks::new(&[0, 11], 10).unwrap_err();
    /// assert_eq!(error.to_string(), "rank 1 is 11; the largest is 10");
    /// ```
    pub fn new(ranks: &[usize], last: usize) -> Result<Self, Error> {
        if ranks.is_empty() {
            return Err(Error::TooFew { what: "ranks", least: 1, found: 0 });
        }
        if last == 0 {
            return Err(Error::TooFew { what: "draws to rank a value among", least: 1, found: 0 });
        }
        if let Some(index) = ranks.iter().position(|rank| *rank > last) {
            return Err(Error::Rank { index, last, found: ranks[index] });
        }
        let mut sorted = ranks.to_vec();
        sorted.sort_unstable();
        Ok(Ranks { sorted, last })
    }

    /// Returns the largest rank of the first `part` of `parts` parts of all values, each of one value or more. There are no more parts than values.
    fn end(&self, part: usize, parts: usize) -> usize {
        // The number of values may be above the largest integer.
        let values = self.last as u128 + 1;
        (part as u128 * values / parts as u128 - 1) as usize
    }

    /// Returns the share of all values that are at most `rank`.
    fn share(&self, rank: usize) -> f64 {
        (rank as f64 + 1.0) / (self.last as f64 + 1.0)
    }

    /// Returns how many ranks are at most `rank`.
    fn up_to(&self, rank: usize) -> usize {
        self.sorted.partition_point(|other| *other <= rank)
    }

    /// Counts the ranks in bins of as equal a width as can be.
    ///
    /// # Errors
    ///
    /// There is no bin, or there are more bins than values of a rank.
    ///
    /// # Examples
    ///
    /// ```
    /// let ranks = ppl_diagnostics::ranks::Ranks::new(&[0, 1, 2, 3], 3)?;
    /// assert_eq!(ranks.histogram(4)?.counts, [1, 1, 1, 1]);
    /// assert!(ranks.histogram(5).is_err());
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn histogram(&self, bins: usize) -> Result<Histogram, Error> {
        if bins == 0 || bins - 1 > self.last {
            let expected = "at least 1, and at most the number of values that a rank has";
            return Err(Error::Setting { what: "the number of bins", expected, found: bins as f64 });
        }
        let mut histogram = Histogram { counts: vec![], expected: vec![] };
        let (total, values) = (self.sorted.len() as f64, self.last as f64 + 1.0);
        let (mut counted, mut covered) = (0, 0.0);
        for bin in 1..=bins {
            let end = self.end(bin, bins);
            let up_to_end = end as f64 + 1.0;
            histogram.counts.push(self.up_to(end) - counted);
            histogram.expected.push(total * (up_to_end - covered) / values);
            (counted, covered) = (self.up_to(end), up_to_end);
        }
        Ok(histogram)
    }

    /// Tests whether the ranks are uniform by their counts in bins.
    ///
    /// # Errors
    ///
    /// There are fewer than two bins, more bins than values of a rank, or a bin in which fewer than five ranks are expected.
    ///
    /// # Examples
    ///
    /// ```
    /// let ranks: Vec<usize> = (0..200).map(|i| i * 7 % 100).collect();
    /// let ranks = ppl_diagnostics::ranks::Ranks::new(&ranks, 99)?;
    /// assert!(ranks.chi_square(20)?.p_value > 0.9);
    /// assert!(ranks.chi_square(50).is_err());
    /// # Ok::<(), ppl_diagnostics::Error>(())
    /// ```
    pub fn chi_square(&self, bins: usize) -> Result<ChiSquare, Error> {
        if bins == 1 {
            return Err(Error::TooFew { what: "bins", least: 2, found: 1 });
        }
        let Histogram { counts, expected } = self.histogram(bins)?;
        let smallest = expected.iter().copied().fold(f64::INFINITY, f64::min);
        if smallest < 5.0 {
            return Err(Error::SparseBins { bins, expected: smallest });
        }
        let terms = counts.iter().zip(&expected).map(|(count, expected)| {
            let difference = *count as f64 - expected;
            difference * difference / expected
        });
        let statistic: f64 = terms.sum();
        let degrees_of_freedom = bins - 1;
        let p_value = chi_square_upper(statistic, degrees_of_freedom as f64);
        Ok(ChiSquare { statistic, degrees_of_freedom, p_value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Lcg;

    fn ranks(seed: u64, count: usize, last: usize, bend: f64) -> Ranks {
        let mut lcg = Lcg::new(seed);
        let ranks: Vec<usize> = (0..count)
            .map(|_| {
                let u = lcg.uniform();
                ((u + bend * u * (1.0 - u)) * (last + 1) as f64) as usize
            })
            .collect();
        Ranks::new(&ranks, last).unwrap()
    }

    /// `scipy.stats.chisquare([30, 12, 18, 20])`.
    #[test]
    fn tests_are_those_of_scipy() {
        let mut ranks = Vec::new();
        for (value, count) in [30, 12, 18, 20].into_iter().enumerate() {
            ranks.extend(vec![value; count]);
        }
        let test = Ranks::new(&ranks, 3).unwrap().chi_square(4).unwrap();
        assert!((test.statistic - 8.4).abs() < 1e-12);
        assert!((test.p_value - 0.038_429_318_857_888_5).abs() < 1e-12);
    }

    #[test]
    fn uniform_ranks_pass_and_bent_ones_do_not() {
        let uniform = ranks(2, 2000, 99, 0.0);
        assert!(uniform.chi_square(20).unwrap().p_value > 0.01);
        assert!(uniform.ecdf_p_value() > 0.01);
        // The density of these ranks rises from .77 to 1.43.
        let bent = ranks(2, 2000, 99, 0.3);
        assert!(bent.chi_square(20).unwrap().p_value < 1e-6);
        assert!(bent.ecdf_p_value() < 1e-6);
    }

    #[test]
    fn wrong_input_is_named() {
        assert!(Ranks::new(&[], 5).is_err());
        assert!(Ranks::new(&[0], 0).is_err());
        let wide = Ranks::new(&[0, 1 << 63, usize::MAX], usize::MAX).unwrap();
        assert_eq!(wide.histogram(2).unwrap().counts, [1, 2]);
        assert!(wide.ecdf_p_value() > 0.1);
        let ranks = ranks(1, 40, 9, 0.0);
        assert!(ranks.histogram(0).is_err());
        assert!(ranks.chi_square(1).is_err());
        let error = ranks.chi_square(10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "10 bins expect 4 ranks in the smallest; a chi-square test needs at least 5"
        );
    }
}
