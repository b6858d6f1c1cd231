//! The supports of integers: they have no bijection, because there is nothing to differentiate.

use super::Support;

support! {
    /// Zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Boolean, Support};
    ///
    /// assert_eq!(Boolean::NAME, "Boolean");
    /// ```
    Boolean: Integer
}

support! {
    /// The integers `0..n`, for an `n` that a distribution's parameters give.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Finite, Support};
    ///
    /// assert_eq!(Finite::NAME, "Finite");
    /// ```
    Finite: Integer
}

support! {
    /// The integers from zero on.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{NaturalNumber, Support};
    ///
    /// assert_eq!(NaturalNumber::NAME, "NaturalNumber");
    /// ```
    NaturalNumber: Integer
}

support! {
    /// The vectors of counts with a given sum.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Counts, Support};
    ///
    /// assert_eq!(Counts::NAME, "Counts");
    /// ```
    Counts: Integer
}

/// A support of integers without an end, of which `enumerate, up_to(last)` tries the first ones.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Endless, NaturalNumber};
///
/// fn has_first_ones<S: Endless>(_: S) -> &'static str { S::NAME }
/// assert_eq!(has_first_ones(NaturalNumber), "NaturalNumber");
/// ```
#[diagnostic::on_unimplemented(
    message = "the values on `{Self}` are no counts without an end",
    label = "`up_to` has nothing to cut off here",
    note = "`enumerate, up_to(last)` is for distributions of counts, like `Poisson`; a finite list of values is tried whole, by `enumerate` alone"
)]
pub trait Endless: Support {}

#[diagnostic::do_not_recommend]
impl Endless for NaturalNumber {}
