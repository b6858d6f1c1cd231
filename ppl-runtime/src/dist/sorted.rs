//! Independent numbers in increasing order.

use super::distribution::Distribution;
use super::expanded::{Expandable, Expanded};
use super::law::{HasLaw, Law};
use super::transformed::TransformedLaw;
use super::transforms::Function;
use super::types::Normal;
use crate::element::Element;
use crate::estimator::HasPathwise;
use crate::program::sites::Declared;
use crate::support::{Ordered, Positive, PositiveOrdered, RealLine, Support};
use crate::value::{Real, Tensor};

/// The distribution of `n` independent numbers of one distribution, put in increasing order: `Sorted::new(Normal::new(0.0, 5.0), 3)`.
///
/// It is a prior for cut points, and for locations that would otherwise change places.
///
/// # Density
///
/// `n!` times the product of the base's densities where the elements increase, and zero elsewhere.
///
/// # Shapes
///
/// A value is `[n]`; the base's parameters are scalars.
///
/// # Supports
///
/// [`Ordered`] for a base on [`RealLine`], and [`PositiveOrdered`] for one on [`Positive`], which the statement then says:
/// `sample!("delays", Sorted::new(Exponential::new(1.0), 3), on(PositiveOrdered))`. A guide answers with another `Sorted`, or with
/// `Transformed::new(Normal::new(loc, scale), Ordered)`.
///
/// # Estimators
///
/// Draws are differentiable where those of the base are.
///
/// # References
///
/// David and Nagaraja (2003), Order Statistics, equation 2.2.1.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, Exponential, Normal, Sorted};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// assert_eq!(support(&Sorted::new(Normal::new(0.0, 5.0), 3)), "Ordered");
/// assert_eq!(support(&Sorted::new(Exponential::new(1.0), 3)), "PositiveOrdered");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sorted<D = Normal> {
    copies: Expanded<D>,
}

impl<D> Sorted<D> {
    /// Returns the distribution of `n` numbers of `base` in increasing order.
    pub fn new(base: D, n: usize) -> Sorted<D> {
        Sorted { copies: Expanded::new(base, &[n]) }
    }
}

/// A support whose values have an order, with that of increasing vectors of them.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::HasOrder;
/// use ppl_runtime::support::{Positive, Support};
///
/// assert_eq!(<<Positive as HasOrder>::Vectors as Support>::NAME, "PositiveOrdered");
/// ```
#[diagnostic::on_unimplemented(
    message = "there is no support of increasing vectors on `{Self}`",
    label = "`Sorted` takes a distribution on `RealLine` or `Positive`",
    note = "increasing vectors lie in `Ordered` or `PositiveOrdered`"
)]
pub trait HasOrder: Support {
    /// The increasing vectors.
    type Vectors: Support;
}

#[diagnostic::do_not_recommend]
impl HasOrder for RealLine {
    type Vectors = Ordered;
}

#[diagnostic::do_not_recommend]
impl HasOrder for Positive {
    type Vectors = PositiveOrdered;
}

/// A distribution of one number, and not of an array of them.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Normal, OfOneNumber};
///
/// fn single<D: OfOneNumber<f64>>(_: &D) -> bool {
///     true
/// }
/// assert!(single(&Normal::new(0.0, 1.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no distribution of one real number",
    label = "`Sorted` takes a distribution with scalar parameters",
    note = "the numbers that are put in order have one distribution: `Sorted::new(Normal::new(0.0, 1.0), 3)`"
)]
pub trait OfOneNumber<E: Element>: Expandable<E> {}

#[diagnostic::do_not_recommend]
impl<E: Element, D: Expandable<E> + Distribution<E, Value = Real<E>>> OfOneNumber<E> for D {}

impl<E: Element, D: OfOneNumber<E>> HasLaw<E> for Sorted<D> {
    fn law(&self) -> Law<'_, E> {
        Law::Transformed(TransformedLaw::of(&self.copies, Function::Sort, "Sorted"))
    }
}

impl<E: Element, D: OfOneNumber<E>> Distribution<E> for Sorted<D>
where
    D::Support: HasOrder,
{
    type Support = <D::Support as HasOrder>::Vectors;
    type Value = Tensor<E>;
    type Propriety = D::Propriety;
}

impl<D: Declared> Declared for Sorted<D>
where
    D::Support: HasOrder,
{
    type Support = <D::Support as HasOrder>::Vectors;
}

impl<D: HasPathwise> HasPathwise for Sorted<D> {}
