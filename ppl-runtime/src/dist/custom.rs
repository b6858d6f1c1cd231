//! Distributions of a user's own families.

use super::distribution::{Distribution, Proper};
use super::elementwise::Elementwise;
use super::expanded::{Expandable, Expanded};
use super::law::{HasLaw, Law};
use super::member::{Family, Member};
use super::numbers::Numbers;
use super::outcomes::FiniteOutcomes;
use super::registered::Registered;
use super::types::Joined;
use crate::element::Element;
use crate::engine::Engine;
use crate::estimator::HasPathwise;
use crate::family::custom::{ByCustom, CustomFamily, Differentiable};
use crate::program::sites::Declared;
use crate::support::{Boolean, Continuous, Finite, Integer, Support};
use crate::value::{Discrete, Handle, IntoValue, Scalar, Tensor, Value, ValueKind};
use std::marker::PhantomData;

/// The distribution of a family of one's own: `type Gompertz = Custom<GompertzFamily, 2>;`, and then `Gompertz::new(shape, rate)`
/// wherever a distribution may stand.
///
/// # Density
///
/// That of the family, which implements [`CustomFamily`].
///
/// # Shapes
///
/// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
///
/// # Errors
///
/// Parameters that the family does not have, values outside of its support, and what it gives that is no number are errors of the run that
/// name the site.
///
/// # Estimators
///
/// Pathwise where the family gives the derivative of its draws or of its cumulative distribution function, else the score function.
/// A family on `Boolean` or `Finite` can be enumerated.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Custom, Distribution};
/// use ppl_runtime::family::Density;
/// use ppl_runtime::family::custom::{ByScore, CustomFamily, Parameter, RandomSource};
/// use ppl_runtime::support::{Positive, Support};
///
/// /// Lomax's distribution: the excess of a Pareto variable with scale one.
/// struct LomaxFamily;
///
/// impl CustomFamily<1> for LomaxFamily {
///     type Support = Positive;
///     type Gradient = ByScore;
///     const NAME: &'static str = "Lomax";
///     const PARAMETERS: [Parameter; 1] = [Parameter::positive("shape")];
///     const GRADIENT: ByScore = ByScore;
///
///     fn log_density(x: f64, [shape]: [f64; 1]) -> Density<f64, 1> {
///         let ln = x.ln_1p();
///         Density {
///             log: shape.ln() - (shape + 1.0) * ln,
///             by_value: -(shape + 1.0) / (1.0 + x),
///             by_parameter: [1.0 / shape - ln],
///         }
///     }
///
///     fn draw(random: &mut RandomSource<'_>, [shape]: [f64; 1]) -> f64 {
///         (random.exponential() / shape).exp_m1()
///     }
/// }
///
/// type Lomax = Custom<LomaxFamily, 1>;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// assert_eq!(support(&Lomax::new(2.0)), "Positive");
/// ```
pub struct Custom<F, const N: usize, E: Element = f64, K = Scalar> {
    p: [Value<E>; N],
    kind: PhantomData<fn() -> (F, K)>,
}

// The family is a name and no value, of which nothing is asked.
impl<F, const N: usize, E: Element, K> Clone for Custom<F, N, E, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F, const N: usize, E: Element, K> Copy for Custom<F, N, E, K> {}

impl<F, const N: usize, E: Element, K> std::fmt::Debug for Custom<F, N, E, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Custom").field("p", &self.p).finish_non_exhaustive()
    }
}

macro_rules! constructors {
    ($($n:literal: $($p:ident $g:ident),+;)*) => {$(
        // The bound stands at the method, so that its own message is given where it is not met; and the method is one of the type
        // without kinds, so that a name for the family needs none.
        impl<F> Custom<F, $n> {
            /// Returns the distribution with these parameters, numbers or arrays, in the order of the family's.
            #[inline(always)]
            #[track_caller]
            #[allow(clippy::new_ret_no_self)]
            pub fn new<E: Element, K: ValueKind, $($g: IntoValue<E>),+>($($p: $g),+) -> Custom<F, $n, E, K>
            where
                F: CustomFamily<$n>,
                ($($g::Kind,)+): Joined<Kind = K>,
            {
                Custom { p: [$($p.into_value()),+], kind: PhantomData }
            }
        }
    )*};
}
constructors! {
    1: a A;
    2: a A, b B;
    3: a A, b B, c C;
    4: a A, b B, c C, d D;
}

impl<F, const N: usize, E: Element, K> Custom<F, N, E, K> {
    /// Returns independent copies of the distribution over an event of this shape.
    #[inline]
    pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
        Expanded::new(self, shape)
    }
}

// The tables are made here, of what the user's crate compiles; what is done with them is compiled once.
impl<F: CustomFamily<N>, const N: usize> Registered for ByCustom<F, N> {
    fn of_f64() -> &'static dyn Family<f64> {
        <f64 as Engine>::numbers(const { &Numbers::<f64>::of::<ByCustom<F, N>, N>() })
    }

    #[cfg(feature = "f32")]
    fn of_f32() -> &'static dyn Family<f32> {
        <f32 as Engine>::numbers(const { &Numbers::<f32>::of::<ByCustom<F, N>, N>() })
    }
}

/// The handle of a value of this kind.
pub trait HandleOf {
    /// Of numbers it is that of the parameters' kind.
    type Handle<E: Element, K: ValueKind>: Handle<E>;
    /// The handle of an array of them.
    type Handles<E: Element>: Handle<E>;
}

impl HandleOf for Continuous {
    type Handle<E: Element, K: ValueKind> = K::Handle<E>;
    type Handles<E: Element> = Tensor<E>;
}

impl HandleOf for Integer {
    type Handle<E: Element, K: ValueKind> = Discrete;
    type Handles<E: Element> = Discrete;
}

type KindOf<F, const N: usize> = <<F as CustomFamily<N>>::Support as Support>::Kind;

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K: ValueKind> Elementwise<E> for Custom<F, N, E, K>
where
    KindOf<F, N>: HandleOf,
{
    #[inline]
    fn member(&self) -> Member<'_, E> {
        Member::new(E::family::<ByCustom<F, N>>(), &self.p)
    }
}

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K: ValueKind> HasLaw<E> for Custom<F, N, E, K> {
    #[inline]
    fn law(&self) -> Law<'_, E> {
        Law::Member(Member::new(E::family::<ByCustom<F, N>>(), &self.p))
    }
}

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K: ValueKind> Distribution<E> for Custom<F, N, E, K>
where
    KindOf<F, N>: HandleOf,
{
    type Support = F::Support;
    type Value = <KindOf<F, N> as HandleOf>::Handle<E, K>;
    type Propriety = Proper;
    const NAMED: Option<&'static str> = Some(F::NAME);
}

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K: ValueKind> Expandable<E> for Custom<F, N, E, K>
where
    KindOf<F, N>: HandleOf,
{
    type Values = <KindOf<F, N> as HandleOf>::Handles<E>;
}

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K> Declared for Custom<F, N, E, K> {
    type Support = F::Support;
}

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K> HasPathwise for Custom<F, N, E, K> where
    F::Gradient: Differentiable
{
}

/// A support of integers that can be listed.
#[diagnostic::on_unimplemented(
    message = "the values of a family on `{Self}` cannot be listed",
    label = "a continuous or infinite distribution",
    note = "`enumerate` needs a family on `Boolean` or `Finite`"
)]
pub trait ListedSupport {}

#[diagnostic::do_not_recommend]
impl ListedSupport for Boolean {}
#[diagnostic::do_not_recommend]
impl ListedSupport for Finite {}

#[diagnostic::do_not_recommend]
impl<F: CustomFamily<N>, const N: usize, E: Element, K: ValueKind> FiniteOutcomes<E> for Custom<F, N, E, K>
where
    KindOf<F, N>: HandleOf,
    F::Support: ListedSupport,
{
}
