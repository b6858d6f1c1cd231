//! Distributions cut off below and above.

use super::distribution::{Distribution, Proper};
use super::elementwise::Elementwise;
use super::expanded::{Expandable, Expanded};
use super::law::{HasLaw, Law};
use super::member::Member;
use super::types::{Cauchy, Exponential, Gumbel, Joined, Laplace, LogNormal, Logistic, Normal, Uniform};
use crate::element::Element;
use crate::estimator::HasPathwise;
use crate::program::sites::Declared;
use crate::support::{Bounded, Positive, Support};
use crate::value::{IntoValue, Scalar, Tensor, Value, ValueKind};
use std::marker::PhantomData;

/// A distribution given that its value lies between two bounds: `Truncated::new(Normal::new(0.0, 1.0), 0.0, 3.0)`.
///
/// The base is one of those that have a cdf and a quantile function that are exact in both tails: [`Normal`],
/// [`LogNormal`], [`Cauchy`], [`Laplace`], [`Logistic`], [`Gumbel`], [`Exponential`] and [`Uniform`].
///
/// # Density
///
/// The base's, divided by the probability of the interval, `F(high) - F(low)`. It and its derivatives are computed in log space relative
/// to the nearer bound, so that they keep their digits in an interval far out in a tail, and in a narrow one. Zero outside the interval.
///
/// # Shapes
///
/// Elementwise: the bounds are scalars, or arrays where the base is one of arrays of that shape. Either bound may be
/// infinite.
///
/// # Supports
///
/// The interval is known when the program runs only, so the support is [`Bounded`]; with [`positive`](Truncated::positive) it is
/// [`Positive`], which the statement then says: `sample!("x", Truncated::positive(..), on(Positive))`.
///
/// # Errors
///
/// The lower bound must be below the upper one, and some probability of the base must lie between them.
///
/// # References
///
/// The derivatives of draws are implicit: Figurnov, Mohamed and Mnih (2018), Implicit reparameterization gradients,
/// equation 5.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::normal::NormalFamily;
/// use ppl_runtime::family::truncation::Truncation;
///
/// // The family behind it: the bounds, then the parameters of the base.
/// let log = Truncation::<NormalFamily, 2>::log_density(0.0_f64, [0.0, f64::INFINITY, 0.0, 1.0], Need::NONE).log;
/// // Half of a normal.
/// assert!((log - (2.0 / std::f64::consts::TAU.sqrt()).ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Truncated<D = Normal, S = Bounded, E: Element = f64> {
    base: D,
    bounds: [Value<E>; 2],
    support: PhantomData<fn() -> S>,
}

/// A distribution that can be truncated.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Normal, Truncatable};
///
/// fn can_be_cut<D: Truncatable>(_: &D) -> bool {
///     true
/// }
/// assert!(can_be_cut(&Normal::<f64>::new(0.0, 1.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be truncated",
    label = "expected a distribution with a cdf and quantiles that are exact in both tails",
    note = "`Normal`, `LogNormal`, `Cauchy`, `Laplace`, `Logistic`, `Gumbel`, `Exponential` and `Uniform` can be"
)]
pub trait Truncatable {
    /// Whether its values are scalars or arrays.
    type Kind: ValueKind;
}

macro_rules! truncatable {
    ($($name:ident)*) => {$(
        impl<E: Element, K: ValueKind> Truncatable for $name<E, K> {
            type Kind = K;
        }
    )*};
}
truncatable!(Normal LogNormal Cauchy Laplace Logistic Gumbel Exponential Uniform);

impl<E: Element, D: Truncatable> Truncated<D, Bounded, E> {
    /// Returns the distribution between two bounds, of which either may be infinite.
    #[track_caller]
    pub fn new<L: IntoValue<E>, H: IntoValue<E>>(base: D, low: L, high: H) -> Self
    where
        (D::Kind, L::Kind, H::Kind): Joined<Kind = D::Kind>,
    {
        Truncated { base, bounds: [low.into_value(), high.into_value()], support: PhantomData }
    }

    /// Returns the distribution above a bound.
    #[track_caller]
    pub fn above<L: IntoValue<E>>(base: D, low: L) -> Self
    where
        (D::Kind, L::Kind, Scalar): Joined<Kind = D::Kind>,
    {
        let bounds = [low.into_value(), Value::constant(E::infinity())];
        Truncated { base, bounds, support: PhantomData }
    }

    /// Returns the distribution below a bound.
    #[track_caller]
    pub fn below<H: IntoValue<E>>(base: D, high: H) -> Self
    where
        (D::Kind, Scalar, H::Kind): Joined<Kind = D::Kind>,
    {
        let bounds = [Value::constant(E::neg_infinity()), high.into_value()];
        Truncated { base, bounds, support: PhantomData }
    }
}

impl<E: Element, D: Truncatable> Truncated<D, Positive, E> {
    /// Returns the distribution above zero.
    #[track_caller]
    pub fn positive(base: D) -> Self {
        let bounds = [Value::constant(E::zero()), Value::constant(E::infinity())];
        Truncated { base, bounds, support: PhantomData }
    }
}

impl<D, S, E: Element> Truncated<D, S, E> {
    /// Returns independent copies of the distribution over an event of this shape.
    pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
        Expanded::new(self, shape)
    }
}

impl<E: Element, S: Support, D: Elementwise<E> + Truncatable> Elementwise<E> for Truncated<D, S, E> {
    fn member(&self) -> Member<'_, E> {
        let base = self.base.member();
        // Those that `Truncatable` lists have one.
        let family = base.family.truncated().unwrap_or(base.family);
        base.wrapped(family, &self.bounds)
    }
}

impl<E: Element, S: Support, D: Elementwise<E> + Truncatable> HasLaw<E> for Truncated<D, S, E> {
    fn law(&self) -> Law<'_, E> {
        Law::Member(self.member())
    }
}

impl<D, S: Support, E: Element> Declared for Truncated<D, S, E> {
    type Support = S;
}

impl<D, S, E: Element> HasPathwise for Truncated<D, S, E> {}

impl<E: Element, S: Support, D: Elementwise<E> + Truncatable> Expandable<E> for Truncated<D, S, E> {
    type Values = Tensor<E>;
}

impl<E: Element, S: Support, D: Elementwise<E> + Truncatable> Distribution<E> for Truncated<D, S, E> {
    type Support = S;
    type Value = D::Value;
    type Propriety = Proper;
}
