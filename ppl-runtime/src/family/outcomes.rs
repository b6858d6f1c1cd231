//! How many values a discrete family has.

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
