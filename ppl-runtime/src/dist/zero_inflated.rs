//! Counts with more zeros than their distribution has.

use super::distribution::{Distribution, Proper};
use super::elementwise::Elementwise;
use super::expanded::{Expandable, Expanded};
use super::law::{HasLaw, Law};
use super::member::Member;
use super::types::{BetaBinomial, Binomial, Geometric, NegativeBinomial, Poisson};
use crate::element::Element;
use crate::program::sites::Declared;
use crate::support::NaturalNumber;
use crate::value::{Discrete, IntoValue, Value};

/// A distribution of counts, a share of which is set to zero: `ZeroInflated::new(gate, Poisson::new(rate))`.
///
/// The base is [`Poisson`], [`NegativeBinomial`], [`Geometric`], [`Binomial`] or [`BetaBinomial`].
///
/// # Density
///
/// With the share `g` and the base's probability mass `f`: `g + (1 - g) f(0)` at zero, `(1 - g) f(x)` at `x > 0`.
///
/// # Shapes
///
/// Elementwise: the gate and the base's parameters are scalars or arrays of one shape.
///
/// # References
///
/// Lambert (1992), Zero-inflated Poisson regression, Technometrics 34, 1-14.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Univariate;
/// use ppl_runtime::family::poisson::PoissonFamily;
/// use ppl_runtime::family::zero_inflation::ZeroInflation;
///
/// // The family behind it: the share of zeros, then the parameters of the base.
/// let mean = ZeroInflation::<PoissonFamily, 1, false>::mean([0.25_f64, 4.0, 0.0, 0.0]);
/// assert_eq!(mean, 3.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroInflated<D = Poisson, E: Element = f64> {
    gate: Value<E>,
    logits: bool,
    base: D,
}

/// A distribution of counts, which can be inflated by zeros.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Inflatable, Poisson};
///
/// fn can_be_inflated<D: Inflatable>(_: &D) -> bool {
///     true
/// }
/// assert!(can_be_inflated(&Poisson::<f64>::new(2.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be inflated by zeros",
    label = "expected a distribution of counts",
    note = "`Poisson`, `NegativeBinomial`, `Geometric`, `Binomial` and `BetaBinomial` can be"
)]
pub trait Inflatable {}

macro_rules! inflatable {
    ($($name:ident)*) => {$(impl<E: Element> Inflatable for $name<E> {})*};
}
inflatable!(Poisson NegativeBinomial Geometric Binomial BetaBinomial);

impl<E: Element, D: Inflatable> ZeroInflated<D, E> {
    /// Returns the distribution by the share of draws that are set to zero, between 0 and 1.
    #[track_caller]
    pub fn new(gate: impl IntoValue<E>, base: D) -> Self {
        ZeroInflated { gate: gate.into_value(), logits: false, base }
    }

    /// Returns the distribution by the log-odds of that share.
    #[track_caller]
    pub fn logits(gate: impl IntoValue<E>, base: D) -> Self {
        ZeroInflated { gate: gate.into_value(), logits: true, base }
    }

    /// Returns independent copies of the distribution over an event of this shape.
    pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
        Expanded::new(self, shape)
    }
}

impl<E: Element, D: Elementwise<E> + Inflatable> Elementwise<E> for ZeroInflated<D, E> {
    fn member(&self) -> Member<'_, E> {
        let base = self.base.member();
        // Those that `Inflatable` lists have one.
        let family = base.family.zero_inflated(self.logits).unwrap_or(base.family);
        base.wrapped(family, &[self.gate])
    }
}

impl<E: Element, D: Elementwise<E> + Inflatable> HasLaw<E> for ZeroInflated<D, E> {
    fn law(&self) -> Law<'_, E> {
        Law::Member(self.member())
    }
}

impl<D, E: Element> Declared for ZeroInflated<D, E> {
    type Support = NaturalNumber;
}

impl<E: Element, D: Elementwise<E> + Inflatable> Expandable<E> for ZeroInflated<D, E> {
    type Values = Discrete;
}

impl<E: Element, D: Elementwise<E> + Inflatable> Distribution<E> for ZeroInflated<D, E> {
    type Support = NaturalNumber;
    type Value = Discrete;
    type Propriety = Proper;
}
