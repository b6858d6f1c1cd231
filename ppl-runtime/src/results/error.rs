//! What can be wrong with a set of draws, or with a question to it.

use crate::error::{hint, nearest};
use thiserror::Error;

/// A wrong name, or an array that does not belong to the others.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::{Draws, DrawsError};
/// use ndarray::ArrayD;
///
/// let mut draws = Draws::new();
/// draws.insert("sigma", ArrayD::zeros(vec![100])).unwrap();
/// let error = draws.get("sgima").unwrap_err();
/// assert!(matches!(error, DrawsError::UnknownSite { .. }));
/// assert_eq!(error.to_string(), "no site `sgima` in these draws; did you mean `sigma`?");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrawsError {
    /// No site has this name.
    #[error("no site `{name}` in these draws; {}", hint(nearest.as_deref(), known))]
    UnknownSite {
        /// The name asked for.
        name: String,
        /// The name that is most like it, if one is.
        nearest: Option<String>,
        /// All names.
        known: Vec<String>,
    },
    /// A site has no such element.
    #[error("no element {indices:?} of site `{name}`, {}", end(last.as_deref()))]
    UnknownElement {
        /// The site.
        name: String,
        /// The indices asked for.
        indices: Vec<usize>,
        /// The indices of its last element.
        last: Option<Vec<usize>>,
    },
    /// A site was given twice.
    #[error("site `{name}` given twice")]
    DuplicateSite {
        /// The name.
        name: String,
    },
    /// An array has another number of draws than those before it.
    #[error("site `{name}` has {found} draws; expected {expected}, as the sites before it")]
    DrawCount {
        /// The site.
        name: String,
        /// The number of draws of the others.
        expected: usize,
        /// Its number of draws.
        found: usize,
    },
    /// The elements of a site are named by another number of names.
    #[error(
        "site `{name}` has {expected} elements along its first dimension, and {found} names are given for them"
    )]
    Labels {
        /// The site.
        name: String,
        /// Its number of elements along the first dimension behind that of the draws.
        expected: usize,
        /// The number of names.
        found: usize,
    },
    /// There are too few draws or elements of a site for a variance over elements of the mean over draws.
    #[error("site `{name}` has shape {shape:?}; expected [draws, elements, ...] with at least two of both")]
    NoVariance {
        /// The site.
        name: String,
        /// The shape of its draws.
        shape: Vec<usize>,
    },
    /// An array has no dimension, where the first one counts the draws.
    #[error("site `{name}` has shape []; expected [draws, ...]")]
    NoDraws {
        /// The site.
        name: String,
    },
}

impl DrawsError {
    /// Returns the error for a name that is none of `names`.
    pub(crate) fn unknown<'a, Names: Iterator<Item = &'a str>>(
        name: &str,
        names: impl Fn() -> Names,
    ) -> Self {
        DrawsError::UnknownSite {
            name: name.into(),
            nearest: nearest(name, names()).map(Into::into),
            known: names().map(Into::into).collect(),
        }
    }
}

fn end(last: Option<&[usize]>) -> String {
    match last {
        Some(last) => format!("whose last one is {last:?}"),
        None => "which has none".into(),
    }
}
