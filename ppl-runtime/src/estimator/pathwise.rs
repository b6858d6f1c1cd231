//! The pathwise estimator.

use super::{Estimator, Method};
use crate::dist::Distribution;
use crate::element::Element;

/// The pathwise estimator: the draw itself is differentiated.
///
/// # Examples
///
/// ```
/// assert_eq!(format!("{:?}", ppl_runtime::estimator::Pathwise), "Pathwise");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pathwise;

/// A distribution whose draws can be differentiated by its parameters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no pathwise gradient",
    label = "its draws cannot be differentiated",
    note = "use the score function: `Score::baseline(DecayingAverage::new(0.9))`"
)]
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Normal;
/// use ppl_runtime::estimator::HasPathwise;
///
/// fn differentiable<D: HasPathwise>() -> bool {
///     true
/// }
/// assert!(differentiable::<Normal>());
/// ```
pub trait HasPathwise {}

impl<E: Element, D: Distribution<E> + HasPathwise> Estimator<E, D> for Pathwise {
    fn method(&self) -> Method {
        Method::Pathwise
    }
}
