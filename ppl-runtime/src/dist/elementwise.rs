//! Elementwise distributions: members of families of numbers, which others can be made of.

use super::distribution::Distribution;
use super::member::Member;
use crate::element::Element;

/// A distribution that is a family of numbers, element by element.
///
/// The trait is sealed: a distribution of one's own is a [`CustomFamily`](crate::family::custom::CustomFamily).
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Elementwise, Normal};
///
/// fn is_elementwise<D: Elementwise<f64>>(_: &D) -> bool {
///     true
/// }
/// assert!(is_elementwise(&Normal::new(0.0, 1.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an elementwise distribution",
    label = "expected a distribution of numbers, like `Normal` or `Poisson`"
)]
pub trait Elementwise<E: Element>: Distribution<E> {
    /// Returns the family and the operands.
    #[doc(hidden)]
    fn member(&self) -> Member<'_, E>;
}
