//! Independent copies of an elementwise distribution over an event.

use super::distribution::Distribution;
use super::elementwise::Elementwise;
use super::law::{HasLaw, Law};
use crate::element::Element;
use crate::estimator::HasPathwise;
use crate::program::sites::Declared;
use crate::shape::Shape;
use crate::value::Handle;

/// A distribution of which independent copies can be taken.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Tensor;
/// use ppl_runtime::dist::{Expandable, Normal};
///
/// fn arrays<D: Expandable<f64, Values = Tensor>>(_: &D) -> bool {
///     true
/// }
/// assert!(arrays(&Normal::new(0.0, 1.0)));
/// ```
pub trait Expandable<E: Element>: Elementwise<E> {
    /// The handle of an array of its values.
    type Values: Handle<E>;
}

/// Independent copies of a distribution over an event shape: `Normal::new(0.0, 1.0).expand(&[50])`.
///
/// # Shapes
///
/// The parameters are scalars, which stand for every element, or arrays of the event shape itself; they are not copied.
///
/// # Errors
///
/// Parameters of another shape are an error of the run that names both.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, Normal, Poisson};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// // Copies lie where the one does.
/// assert_eq!(support(&Normal::new(0.0, 1.0).expand(&[50])), "RealLine");
/// assert_eq!(support(&Poisson::new(2.0).expand(&[2, 3])), "NaturalNumber");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Expanded<D> {
    base: D,
    /// Nothing where there were too many dimensions.
    shape: Option<Shape>,
}

impl<D> Expanded<D> {
    pub(crate) fn new(base: D, shape: &[usize]) -> Expanded<D> {
        Expanded { base, shape: Shape::of(shape) }
    }
}

impl<D: Declared> Declared for Expanded<D> {
    type Support = D::Support;
}

impl<D: HasPathwise> HasPathwise for Expanded<D> {}

impl<E: Element, D: Expandable<E>> HasLaw<E> for Expanded<D> {
    fn law(&self) -> Law<'_, E> {
        Law::Copies(self.base.member(), self.shape)
    }
}

impl<E: Element, D: Expandable<E>> Distribution<E> for Expanded<D> {
    type Support = D::Support;
    type Value = D::Values;
    type Propriety = D::Propriety;
}

#[cfg(test)]
#[path = "expanded_tests.rs"]
mod tests;
