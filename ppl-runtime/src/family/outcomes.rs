//! How many values a discrete family has.

use crate::element::Numeric;

/// How many values the members of a family have, where these are the integers from zero on.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Outcomes;
/// use ppl_runtime::family::bernoulli::BernoulliProbsFamily;
/// use ppl_runtime::family::Univariate;
///
/// assert_eq!(BernoulliProbsFamily::OUTCOMES, Outcomes::Two);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcomes {
    /// They cannot be listed.
    Unlisted,
    /// Zero and one.
    Two,
    /// As many as this.
    Fixed(usize),
    /// As many as a parameter has elements, and some more.
    AlongParameter {
        /// Which parameter.
        parameter: usize,
        /// How many more.
        more: usize,
    },
    /// Those up to a parameter's value.
    UpToParameter(usize),
}

/// Says of a number that is none of the first `count` integers what was expected.
pub(super) fn say_other<E: Numeric>(x: E, count: usize) -> String {
    let missing = if x.is_nan() { "it is missing; " } else { "" };
    format!("{missing}expected one of 0..{count}")
}
