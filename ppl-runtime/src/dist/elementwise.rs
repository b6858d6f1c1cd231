//! Elementwise distributions: members of families of numbers, which others can be made of.

use super::distribution::Distribution;
use super::law::Member;
use crate::element::Element;
use crate::tape::ops::draw::PARAMETERS;

/// A distribution that is a family of numbers, element by element.
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

/// The places of a wrapper's parameters: its own, and those of the family inside.
pub(crate) const PLACES: usize = PARAMETERS;

/// Returns the names of a wrapper's parameters.
pub(crate) const fn names<const OWN: usize, const N: usize>(
    own: [&'static str; OWN],
    inner: [&'static str; N],
) -> [&'static str; PLACES] {
    let mut names = [""; PLACES];
    let mut k = 0;
    while k < OWN {
        names[k] = own[k];
        k += 1;
    }
    while k < OWN + N && k < PLACES {
        names[k] = inner[k - OWN];
        k += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn the_wrappers_own_names_come_first() {
        assert_eq!(names(["low", "high"], ["loc", "scale"]), ["low", "high", "loc", "scale"]);
        assert_eq!(names(["gate"], ["rate"]), ["gate", "rate", "", ""]);
    }
}
