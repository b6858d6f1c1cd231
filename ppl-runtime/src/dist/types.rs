//! The distribution types that programs name: what a family is called with, over the handles of a program.

use super::distribution::{Caller, Distribution, Operands, Request, Trouble};
use super::elementwise::{Elementwise, Visit};
use super::expanded::{Expandable, Expanded};
use super::family::Univariate;
use super::form::{Form, Tag};
use super::lkj_cholesky::LkjCholeskyFamily;
use super::{structured, univariate};
use crate::element::Element;
use crate::estimator::HasPathwise;
use crate::program::run::Run;
use crate::program::sites::Declared;
use crate::support;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::shape::Shape;
use crate::tape::walk::Extent;
use crate::value::{Discrete, IntoValue, Join, Kind, Scalar, Tensor, Value};
use std::marker::PhantomData;

/// A continuous elementwise distribution: its kind (scalar or array) is that of its parameters.
macro_rules! continuous {
    ($(
        $(#[$doc:meta])*
        $name:ident($($p:ident: $g:ident),+) = $family:path, $n:literal, $support:ident, $form:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E: Element = f64, K = Scalar> {
            p: [Value<E>; $n],
            kind: PhantomData<fn() -> K>,
        }

        impl<E: Element, K: Kind> $name<E, K> {
            /// Returns the distribution with these parameters, numbers or arrays.
            #[inline(always)]
            #[track_caller]
            pub fn new<$($g: IntoValue<E>),+>($($p: $g),+) -> Self
            where
                ($($g::Kind,)+): Joined<Kind = K>,
            {
                $name { p: [$($p.into_value()),+], kind: PhantomData }
            }
        }

        impl<E: Element, K> $name<E, K> {
            /// Returns independent copies of the distribution over an event of this shape.
            #[inline]
            pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
                Expanded::new(self, shape)
            }
        }

        impl<E: Element, K: Kind> Expandable<E> for $name<E, K> {
            type Values = Tensor<E>;
        }

        impl<E: Element, K: Kind> Elementwise<E> for $name<E, K> {
            #[inline(always)]
            fn visit<V: Visit<E>>(&self, visitor: V) -> V::Output {
                visitor.visit::<$family, $n>(&self.p)
            }
        }

        impl<E: Element, K> Declared for $name<E, K> {
            type Support = support::$support;
        }

        impl<E: Element, K> HasPathwise for $name<E, K> {}

        impl<E: Element, K: Kind> Distribution<E> for $name<E, K> {
            type Support = support::$support;
            type Value = K::Handle<E>;
            const PATHWISE: bool = true;
            const ELEMENTWISE: bool = true;

            #[inline]
            fn jump_deps(&self, run: &mut Run<E>, place: Caller, _: bool) -> Deps {
                if <$family as Univariate<$n>>::MOVES_SUPPORT { self.operands(run, place).deps } else { Deps::NONE }
            }

            #[inline]
            fn describe(&self, run: &mut Run<E>, place: Caller) -> (Operands, Result<Shape, String>) {
                univariate::describe::<E, $family, $n>(run, place, &self.p)
            }

            #[inline]
            fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands {
                univariate::operands(run, place, &self.p)
            }

            #[inline]
            fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
                univariate::event_shape::<E, $family, $n>(run, place, &self.p)
            }

            fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
                univariate::draw::<E, $family, $n>(run, place, &self.p, request)
            }

            fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
                univariate::log_density::<E, $family, $n>(run, place, &self.p, value, usage)
            }

            #[inline]
            fn form(&self, run: &mut Run<E>, place: Caller) -> Option<Form<E>> {
                let tag: Option<Tag> = $form;
                tag.map(|tag| Form::new(tag, &univariate::lift(run, place, &self.p)))
            }

            fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
                univariate::find_trouble::<E, $family, $n>(run, place, &self.p, value)
            }
        }
    )*};
}

/// The kind that one, two or three parameters give together.
pub trait Joined {
    /// The joined kind.
    type Kind: Kind;
}

impl<A: Kind> Joined for (A,) {
    type Kind = A;
}

impl<A: Kind, B: Kind> Joined for (A, B)
where
    (A, B): Join,
{
    type Kind = <(A, B) as Join>::Kind;
}

impl<A: Kind, B: Kind, C: Kind> Joined for (A, B, C)
where
    (A, B, C): Join,
{
    type Kind = <(A, B, C) as Join>::Kind;
}

continuous! {
    /// The normal distribution with mean `loc` and standard deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is a standard deviation, not a variance.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::normal::NormalFamily;
    ///
    /// // The density, its source and its moments are those of the family `NormalFamily`.
    /// assert_eq!(NormalFamily::variance([1.0_f64, 2.0]), 4.0);
    /// ```
    Normal(loc: L, scale: S) = super::normal::NormalFamily, 2, RealLine, Some(Tag::Normal);
    /// The distribution of `exp(z)`, where `z` is normal with mean `loc` and standard deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `loc` and `scale` are the mean and the standard deviation of the natural logarithm.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::log_normal::LogNormalFamily;
    ///
    /// // The density, its source and its moments are those of the family `LogNormalFamily`.
    /// let mean = LogNormalFamily::mean([0.0_f64, 1.0]);
    /// assert!((mean - 0.5_f64.exp()).abs() < 1e-14);
    /// ```
    LogNormal(loc: L, scale: S) = super::log_normal::LogNormalFamily, 2, Positive, Some(Tag::LogNormal);
    /// The distribution of `|z|`, where `z` is normal with mean 0 and standard deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is the standard deviation of the normal before its sign is dropped.
    ///
    /// # Errors
    ///
    /// `scale` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::half_normal::HalfNormalFamily;
    ///
    /// // The density, its source and its moments are those of the family `HalfNormalFamily`.
    /// let mean = HalfNormalFamily::mean([1.0_f64]);
    /// assert!((mean - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-14);
    /// ```
    HalfNormal(scale: S) = super::half_normal::HalfNormalFamily, 1, Positive, Some(Tag::HalfNormal);
    /// The Cauchy distribution with median `loc` and half width at half maximum `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// There is no mean and no variance.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::cauchy::CauchyFamily;
    ///
    /// // The density, its source and its moments are those of the family `CauchyFamily`.
    /// assert!(CauchyFamily::mean([0.0_f64, 1.0]).is_nan());
    /// assert_eq!(CauchyFamily::cdf(0.0_f64, [0.0, 1.0]), Some(0.5));
    /// ```
    Cauchy(loc: L, scale: S) = super::cauchy::CauchyFamily, 2, RealLine, None;
    /// The distribution of `|z|`, where `z` is Cauchy with median 0 and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is the median.
    ///
    /// # Errors
    ///
    /// `scale` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::half_cauchy::HalfCauchyFamily;
    ///
    /// // The density, its source and its moments are those of the family `HalfCauchyFamily`.
    /// let half = HalfCauchyFamily::cdf(5.0_f64, [5.0]).unwrap();
    /// assert!((half - 0.5).abs() < 1e-15);
    /// ```
    HalfCauchy(scale: S) = super::half_cauchy::HalfCauchyFamily, 1, Positive, None;
    /// The Laplace distribution with median `loc` and mean absolute deviation `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The variance is `2 scale^2`.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::laplace::LaplaceFamily;
    ///
    /// // The density, its source and its moments are those of the family `LaplaceFamily`.
    /// assert_eq!(LaplaceFamily::variance([1.0_f64, 3.0]), 18.0);
    /// ```
    Laplace(loc: L, scale: S) = super::laplace::LaplaceFamily, 2, RealLine, Some(Tag::Laplace);
    /// The logistic distribution with mean `loc` and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The standard deviation is `pi scale / sqrt(3)`.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::logistic::LogisticFamily;
    ///
    /// // The density, its source and its moments are those of the family `LogisticFamily`.
    /// assert_eq!(LogisticFamily::cdf(1.0_f64, [1.0, 3.0]), Some(0.5));
    /// ```
    Logistic(loc: L, scale: S) = super::logistic::LogisticFamily, 2, RealLine, None;
    /// The Gumbel distribution (of maxima) with mode `loc` and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `loc` is the mode; the mean is larger by `0.5772 scale`.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `scale` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::gumbel::GumbelFamily;
    ///
    /// // The density, its source and its moments are those of the family `GumbelFamily`.
    /// let at_mode = GumbelFamily::cdf(1.0_f64, [1.0, 3.0]).unwrap();
    /// assert!((at_mode - (-1.0_f64).exp()).abs() < 1e-15);
    /// ```
    Gumbel(loc: L, scale: S) = super::gumbel::GumbelFamily, 2, RealLine, None;
    /// The uniform distribution between `low` and `high`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The density is `1 / (high - low)` between the bounds, both included.
    ///
    /// # Errors
    ///
    /// `low` must be below `high`, and both finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::uniform::UniformFamily;
    ///
    /// // The density, its source and its moments are those of the family `UniformFamily`.
    /// assert_eq!(UniformFamily::mean([1.0_f64, 3.0]), 2.0);
    /// ```
    Uniform(low: L, high: H) = super::uniform::UniformFamily, 2, Bounded, Some(Tag::Uniform);
    /// The exponential distribution with `rate` (mean `1 / rate`).
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `rate` is a rate, the reciprocal of a scale.
    ///
    /// # Errors
    ///
    /// `rate` must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::exponential::ExponentialFamily;
    ///
    /// // The density, its source and its moments are those of the family `ExponentialFamily`.
    /// assert_eq!(ExponentialFamily::mean([4.0_f64]), 0.25);
    /// ```
    Exponential(rate: R) = super::exponential::ExponentialFamily, 1, Positive, Some(Tag::Exponential);
    /// The gamma distribution with shape `concentration` and `rate` (mean `concentration / rate`).
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `rate` is a rate, the reciprocal of a scale.
    ///
    /// # Errors
    ///
    /// Both must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::gamma::GammaFamily;
    ///
    /// // The density, its source and its moments are those of the family `GammaFamily`.
    /// assert_eq!(GammaFamily::mean([3.0_f64, 4.0]), 0.75);
    /// ```
    Gamma(concentration: C, rate: R) = super::gamma::GammaFamily, 2, Positive, Some(Tag::Gamma);
    /// The distribution of `1 / z`, where `z` is gamma with shape `concentration` and rate `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is a scale of the values themselves (mean `scale / (concentration - 1)`).
    ///
    /// # Errors
    ///
    /// Both must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::inverse_gamma::InverseGammaFamily;
    ///
    /// // The density, its source and its moments are those of the family `InverseGammaFamily`.
    /// assert_eq!(InverseGammaFamily::mean([3.0_f64, 4.0]), 2.0);
    /// ```
    InverseGamma(concentration: C, scale: S) = super::inverse_gamma::InverseGammaFamily, 2, Positive, Some(Tag::InverseGamma);
    /// The beta distribution with `alpha` and `beta` (mean `alpha / (alpha + beta)`).
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `alpha - 1` and `beta - 1` count like successes and failures seen.
    ///
    /// # Errors
    ///
    /// Both must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::beta::BetaFamily;
    ///
    /// // The density, its source and its moments are those of the family `BetaFamily`.
    /// assert_eq!(BetaFamily::mean([1.0_f64, 3.0]), 0.25);
    /// ```
    Beta(alpha: A, beta: B) = super::beta::BetaFamily, 2, UnitInterval, Some(Tag::Beta);
    /// Student's t with `df` degrees of freedom, median `loc` and `scale`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// `scale` is no standard deviation: the variance is `scale^2 df / (df - 2)` for `df > 2`.
    ///
    /// # Errors
    ///
    /// `df` and `scale` must be positive, and `loc` finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::student_t::StudentTFamily;
    ///
    /// // The density, its source and its moments are those of the family `StudentTFamily`.
    /// let variance = StudentTFamily::variance([4.0_f64, 0.0, 1.0]);
    /// assert!((variance - 2.0).abs() < 1e-15);
    /// ```
    StudentT(df: D, loc: L, scale: S) = super::student_t::StudentTFamily, 3, RealLine, None;
    /// The von Mises distribution of an angle in radians, with mean direction `loc` and `concentration`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// Angles lie between `-pi` and `pi`; a large concentration is one over a variance.
    ///
    /// # Errors
    ///
    /// `loc` must be finite and `concentration` not negative.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::von_mises::VonMisesFamily;
    ///
    /// // The density, its source and its moments are those of the family `VonMisesFamily`.
    /// use ppl_runtime::dist::family::Need;
    /// let flat = VonMisesFamily::log_density(1.0_f64, [0.0, 1e-300], Need::NONE).log;
    /// assert!((flat + (2.0 * std::f64::consts::PI).ln()).abs() < 1e-14);
    /// ```
    VonMises(loc: L, concentration: C) = super::von_mises::VonMisesFamily, 2, Circle, None;
}

/// A distribution over integers or of arrays, by one or more parameterisations of the same family.
macro_rules! parameterised {
    ($(
        $(#[$doc:meta])*
        $name:ident: $value:ident on $support:ident, $pathwise:literal, $elementwise:tt, $params:ident {
            $(
                $(#[$ctor_doc:meta])*
                $ctor:ident($($p:ident: $g:ident),+) = $variant:ident($n:literal, $family:path, $via:ident $(:: $density:ident)?, $form:expr);
            )+
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E: Element = f64>(pub(super) $params<E>);

        #[derive(Clone, Copy, Debug)]
        pub(super) enum $params<E: Element> {
            $($variant([Value<E>; $n]),)+
        }

        impl<E: Element> $name<E> {
            $(
                $(#[$ctor_doc])*
                #[inline(always)]
                #[track_caller]
                pub fn $ctor<$($g: IntoValue<E>),+>($($p: $g),+) -> Self {
                    $name($params::$variant([$($p.into_value()),+]))
                }
            )+
        }

        impl<E: Element> $name<E> {
            #[allow(dead_code)]
            pub(crate) fn parameters(&self) -> &[Value<E>] {
                match &self.0 {
                    $($params::$variant(p) => p,)+
                }
            }
        }

        impl<E: Element> Declared for $name<E> {
            type Support = support::$support;
        }

        parameterised!(@elementwise $elementwise, $name, $value, $params { $($variant($n, $family))+ });

        impl<E: Element> Distribution<E> for $name<E> {
            type Support = support::$support;
            type Value = parameterised!(@value $value, E);
            const PATHWISE: bool = $pathwise;
            const ELEMENTWISE: bool = $elementwise;

            fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands {
                match &self.0 {
                    $($params::$variant(p) => univariate::operands(run, place, p),)+
                }
            }

            fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
                match &self.0 {
                    $($params::$variant(p) => $via::event_shape::<E, $family, $n>(run, place, p),)+
                }
            }

            fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
                match &self.0 {
                    $($params::$variant(p) => $via::draw::<E, $family, $n>(run, place, p, request),)+
                }
            }

            fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
                match &self.0 {
                    $($params::$variant(p) => {
                        parameterised!(@density $via, $family, $n, run, place, p, value, usage $(, $density)?)
                    })+
                }
            }

            fn form(&self, run: &mut Run<E>, place: Caller) -> Option<Form<E>> {
                match &self.0 {
                    $($params::$variant(p) => {
                        let tag: Option<Tag> = $form;
                        tag.map(|tag| Form::new(tag, &univariate::lift(run, place, p)))
                    })+
                }
            }

            fn log_probabilities(&self, run: &mut Run<E>, place: Caller, outcomes: NodeId, axis: Axis) -> NodeId {
                match &self.0 {
                    $($params::$variant(p) => {
                        let tag: Option<Tag> = $form;
                        if tag == Some(Tag::CategoricalLogits) && run.masks.is_empty() {
                            // The derivatives of one row serve every outcome: `n` numbers in place of `n` for each. (What
                            // a mask leaves out may not be a number, which a density keeps to its own element.)
                            return structured::log_softmax_along(run, place, p[0], axis);
                        }
                    })+
                }
                self.log_density(run, place, Arg { id: outcomes, value: E::zero() }, Use::Seeded)
            }

            fn listed(&self, run: &mut Run<E>, place: Caller) -> Option<Result<usize, String>> {
                match &self.0 {
                    $($params::$variant(p) => $via::outcomes::<$family, $n>().count(run, place, p),)+
                }
            }

            fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
                match &self.0 {
                    $($params::$variant(p) => $via::find_trouble::<E, $family, $n>(run, place, p, value),)+
                }
            }
        }
    )*};
    (@elementwise false, $($rest:tt)*) => {};
    (@elementwise true, $name:ident, $value:ident, $params:ident { $($variant:ident($n:literal, $family:path))+ }) => {
        impl<E: Element> $name<E> {
            /// Returns independent copies of the distribution over an event of this shape.
            #[inline]
            pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
                Expanded::new(self, shape)
            }
        }

        impl<E: Element> Expandable<E> for $name<E> {
            type Values = parameterised!(@value $value, E);
        }

        impl<E: Element> Elementwise<E> for $name<E> {
            fn visit<V: Visit<E>>(&self, visitor: V) -> V::Output {
                match &self.0 {
                    $($params::$variant(p) => visitor.visit::<$family, $n>(p),)+
                }
            }
        }
    };
    (@value Discrete, $e:ident) => { Discrete };
    (@value Tensor, $e:ident) => { Tensor<$e> };
    (@density univariate, $family:path, $n:literal, $run:ident, $place:ident, $p:ident, $value:ident, $usage:ident) => {
        univariate::log_density::<E, $family, $n>($run, $place, $p, $value, $usage)
    };
    (@density structured, $family:path, $n:literal, $run:ident, $place:ident, $p:ident, $value:ident, $usage:ident, $density:ident) => {
        structured::$density::<E, $family>($run, $place, $p, $value, $usage)
    };
}

parameterised! {
    /// The Bernoulli distribution: 1 with the given probability, else 0.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Errors
    ///
    /// The probability must lie between zero and one; log-odds must be finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::bernoulli::BernoulliProbsFamily;
    ///
    /// // The density, its source and its moments are those of the family `BernoulliProbsFamily`.
    /// assert_eq!(BernoulliProbsFamily::mean([0.25_f64]), 0.25);
    /// ```
    Bernoulli: Discrete on Boolean, false, true, BernoulliParameters {
        /// Returns the distribution by the probability of 1.
        new(probs: P) = Probs(1, super::bernoulli::BernoulliProbsFamily, univariate, Some(Tag::BernoulliProbs));
        /// Returns the distribution by the log-odds of 1, exact in both tails.
        logits(logits: P) = Logits(1, super::bernoulli::BernoulliLogitsFamily, univariate, Some(Tag::BernoulliLogits));
    }
    /// The Poisson distribution of a count.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The rate is the mean and the variance.
    ///
    /// # Errors
    ///
    /// The rate must not be negative.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::poisson::PoissonFamily;
    ///
    /// // The density, its source and its moments are those of the family `PoissonFamily`.
    /// assert_eq!(PoissonFamily::variance([2.5_f64]), 2.5);
    /// ```
    Poisson: Discrete on NaturalNumber, false, true, PoissonParameters {
        /// Returns the distribution by its rate (the mean).
        new(rate: P) = Rate(1, super::poisson::PoissonFamily, univariate, Some(Tag::Poisson));
        /// Returns the distribution by the natural logarithm of its rate.
        log_rate(log_rate: P) = LogRate(1, super::poisson::PoissonLogRateFamily, univariate, None);
    }
    /// The number of failures before the first success.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// Counts begin at 0; the mean is `(1 - probs) / probs`.
    ///
    /// # Errors
    ///
    /// The probability must be positive and at most one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::geometric::GeometricFamily;
    ///
    /// // The density, its source and its moments are those of the family `GeometricFamily`.
    /// assert_eq!(GeometricFamily::mean([0.25_f64]), 3.0);
    /// ```
    Geometric: Discrete on NaturalNumber, false, true, GeometricParameters {
        /// Returns the distribution by the probability of a success.
        new(probs: P) = Probs(1, super::geometric::GeometricFamily, univariate, Some(Tag::Geometric));
    }
    /// The number of successes in `total_count` trials.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Errors
    ///
    /// The count must be a natural number, the probability lie between zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::binomial::BinomialProbsFamily;
    ///
    /// // The density, its source and its moments are those of the family `BinomialProbsFamily`.
    /// assert_eq!(BinomialProbsFamily::mean([8.0_f64, 0.25]), 2.0);
    /// ```
    Binomial: Discrete on Finite, false, true, BinomialParameters {
        /// Returns the distribution by the probability of a success.
        new(total_count: N, probs: P) = Probs(2, super::binomial::BinomialProbsFamily, univariate, None);
        /// Returns the distribution by the log-odds of a success.
        logits(total_count: N, logits: P) = Logits(2, super::binomial::BinomialLogitsFamily, univariate, None);
    }
    /// The number of successes before `total_count` failures, where a trial succeeds with probability `probs`.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The mean is `total_count probs / (1 - probs)`; `total_count` need not be an integer.
    ///
    /// # Errors
    ///
    /// The count must be positive, the probability lie between zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::negative_binomial::NegativeBinomialProbsFamily;
    ///
    /// // The density, its source and its moments are those of the family `NegativeBinomialProbsFamily`.
    /// assert!((NegativeBinomialProbsFamily::mean([3.0_f64, 0.5]) - 3.0).abs() < 1e-15);
    /// ```
    NegativeBinomial: Discrete on NaturalNumber, false, true, NegativeBinomialParameters {
        /// Returns the distribution by the probability of a success.
        new(total_count: N, probs: P) = Probs(2, super::negative_binomial::NegativeBinomialProbsFamily, univariate, None);
        /// Returns the distribution by the log-odds of a success.
        logits(total_count: N, logits: P) = Logits(2, super::negative_binomial::NegativeBinomialLogitsFamily, univariate, None);
    }
    /// The number of successes in `total_count` trials whose probability is drawn from a beta distribution.
    ///
    /// # Shapes
    ///
    /// Elementwise: each parameter is a scalar, or an array of the one shape that all arrays among them have.
    ///
    /// # Units
    ///
    /// The mean is `total_count alpha / (alpha + beta)`.
    ///
    /// # Errors
    ///
    /// The count must be a natural number, `alpha` and `beta` positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Univariate;
    /// use ppl_runtime::dist::beta_binomial::BetaBinomialFamily;
    ///
    /// // The density, its source and its moments are those of the family `BetaBinomialFamily`.
    /// assert!((BetaBinomialFamily::mean([8.0_f64, 1.0, 3.0]) - 2.0).abs() < 1e-15);
    /// ```
    BetaBinomial: Discrete on Finite, false, true, BetaBinomialParameters {
        /// Returns the distribution by the parameters of the beta distribution.
        new(total_count: N, alpha: A, beta: B) = Counts(3, super::beta_binomial::BetaBinomialFamily, univariate, None);
    }
    /// One of `0..K`.
    ///
    /// # Shapes
    ///
    /// A value is one integer; the parameter is a vector `[K]`.
    ///
    /// # Errors
    ///
    /// Probabilities must not be negative and must sum to one; log-probabilities must be finite or `-inf`, and not all `-inf`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Structured;
    /// use ppl_runtime::dist::categorical::CategoricalProbsFamily;
    ///
    /// let probs = [0.25_f64, 0.75];
    /// assert!(CategoricalProbsFamily::contains(&[1.0], [&probs], [&[2]]));
    /// assert!(!CategoricalProbsFamily::contains(&[2.0], [&probs], [&[2]]));
    /// ```
    Categorical: Discrete on Finite, false, false, CategoricalParameters {
        /// Returns the distribution by the `[K]` probabilities, which sum to one.
        new(probs: P) = Probs(1, super::categorical::CategoricalProbsFamily, structured::log_density_of_probs, Some(Tag::CategoricalProbs));
        /// Returns the distribution by `[K]` log-probabilities up to a constant.
        logits(logits: P) = Logits(1, super::categorical::CategoricalLogitsFamily, structured::log_density_of_logits, Some(Tag::CategoricalLogits));
    }
    /// The counts of `K` categories in `total_count` trials.
    ///
    /// # Shapes
    ///
    /// A value is `[K]` counts that sum to `total_count`, which is one number.
    ///
    /// # Errors
    ///
    /// As for [`Categorical`]; the count must be a natural number.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Structured;
    /// use ppl_runtime::dist::multinomial::MultinomialProbsFamily;
    ///
    /// let (total, probs) = ([4.0_f64], [0.25, 0.75]);
    /// let mut mean = [0.0; 2];
    /// MultinomialProbsFamily::mean_into([&total, &probs], [&[], &[2]], &mut mean);
    /// assert_eq!(mean, [1.0, 3.0]);
    /// ```
    Multinomial: Discrete on Counts, false, false, MultinomialParameters {
        /// Returns the distribution by the `[K]` probabilities, which sum to one.
        new(total_count: N, probs: P) = Probs(2, super::multinomial::MultinomialProbsFamily, structured::log_density_2, None);
        /// Returns the distribution by `[K]` log-probabilities up to a constant.
        logits(total_count: N, logits: P) = Logits(2, super::multinomial::MultinomialLogitsFamily, structured::log_density_2, None);
    }
    /// One of `0..K`, by a predictor and `[K - 1]` increasing cutpoints on the logistic scale.
    ///
    /// # Shapes
    ///
    /// A value is one integer; the predictor is a scalar, the cutpoints are `[K - 1]`.
    ///
    /// # Errors
    ///
    /// The cutpoints must increase.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Structured;
    /// use ppl_runtime::dist::ordered_logistic::OrderedLogisticFamily;
    ///
    /// assert!(OrderedLogisticFamily::check([&[0.0_f64], &[1.0, 0.5]], [&[], &[2]]).is_err());
    /// ```
    OrderedLogistic: Discrete on Finite, false, false, OrderedLogisticParameters {
        /// Returns the distribution by the predictor and the cutpoints.
        new(predictor: P, cutpoints: C) = Cutpoints(2, super::ordered_logistic::OrderedLogisticFamily, structured::log_density_2, None);
    }
    /// The Dirichlet distribution of a vector of weights that sum to one.
    ///
    /// # Shapes
    ///
    /// A value is `[K]`, as the parameter is.
    ///
    /// # Errors
    ///
    /// Every concentration must be positive.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Structured;
    /// use ppl_runtime::dist::dirichlet::DirichletFamily;
    ///
    /// let mut mean = [0.0_f64; 2];
    /// DirichletFamily::mean_into([&[1.0, 3.0]], [&[2]], &mut mean);
    /// assert_eq!(mean, [0.25, 0.75]);
    /// ```
    Dirichlet: Tensor on Simplex, true, false, DirichletParameters {
        /// Returns the distribution by its `[K]` concentrations.
        new(concentration: C) = Concentration(1, super::dirichlet::DirichletFamily, structured::log_density_1, Some(Tag::Dirichlet));
    }
    /// The multivariate normal distribution of a vector.
    ///
    /// # Shapes
    ///
    /// A value is `[n]`, the mean `[n]` and the factor `[n, n]`.
    ///
    /// # Errors
    ///
    /// The factor must be lower triangular with a positive diagonal.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::family::Structured;
    /// use ppl_runtime::dist::mvn_cholesky::MvNormalCholeskyFamily;
    ///
    /// let (loc, tril) = ([0.0_f64, 1.0], [2.0, 0.0, 1.0, 1.0]);
    /// let mut variance = [0.0; 2];
    /// MvNormalCholeskyFamily::variance_into([&loc, &tril], [&[2], &[2, 2]], &mut variance);
    /// assert_eq!(variance, [4.0, 2.0]);
    /// ```
    MultivariateNormal: Tensor on RealLine, true, false, MultivariateNormalParameters {
        /// Returns the distribution by its `[n]` mean and the `[n, n]` lower Cholesky factor of its covariance.
        new(loc: L, scale_tril: S) = Cholesky(2, super::mvn_cholesky::MvNormalCholeskyFamily, structured::log_density_2, Some(Tag::MultivariateNormal));
        /// Returns the distribution by its `[n]` mean and the `[n, n]` lower Cholesky factor of its precision.
        precision(loc: L, precision_tril: S) = Precision(2, super::mvn_precision::MvNormalPrecisionFamily, structured::log_density_2, None);
    }
}

impl<E: Element> Bernoulli<E> {
    /// Returns whether the parameter is the log-odds rather than the probability.
    pub(crate) fn is_by_logits(&self) -> bool {
        matches!(self.0, BernoulliParameters::Logits(_))
    }
}

impl<E: Element> Poisson<E> {
    /// Returns whether the parameter is the logarithm of the rate.
    pub(crate) fn is_by_log_rate(&self) -> bool {
        matches!(self.0, PoissonParameters::LogRate(_))
    }
}

impl<E: Element, K> Normal<E, K> {
    /// Returns `loc` and `scale`.
    pub(crate) fn operands_of(&self) -> [Value<E>; 2] {
        self.p
    }
}

impl<E: Element> HasPathwise for Dirichlet<E> {}
impl<E: Element> HasPathwise for MultivariateNormal<E> {}
impl<E: Element> HasPathwise for LkjCholesky<E> {}

/// The distribution of Lewandowski, Kurowicka and Joe (2009) over `[n, n]` Cholesky factors of correlation matrices.
///
/// # Shapes
///
/// A value is `[n, n]`, lower triangular with rows of unit length; the concentration is a scalar.
///
/// # Errors
///
/// The concentration must be positive.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::family::Structured;
/// use ppl_runtime::dist::lkj_cholesky::LkjCholeskyFamily;
///
/// // The second parameter only carries the dimension.
/// assert_eq!(LkjCholeskyFamily::event_shape([&[], &[3]]), Ok([3, 3].into()));
/// ```
///
/// # References
///
/// Lewandowski, Kurowicka and Joe (2009), Generating random correlation matrices based on vines and extended onion
/// method, Journal of Multivariate Analysis 100, 1989-2001.
#[derive(Clone, Copy, Debug)]
pub struct LkjCholesky<E: Element = f64> {
    concentration: Value<E>,
    dimension: usize,
}

impl<E: Element> LkjCholesky<E> {
    /// Returns the distribution over factors of size `dimension`; a concentration of 1 is uniform over correlations.
    #[track_caller]
    pub fn new(dimension: usize, concentration: impl IntoValue<E, Kind = Scalar>) -> Self {
        LkjCholesky { concentration: concentration.into_value(), dimension }
    }

    /// Returns the parameters as the family takes them: the second is a constant that carries the dimension.
    fn parameters(&self, run: &mut Run<E>) -> [Value<E>; 2] {
        let extent = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(self.dimension) };
        let dimension = run.tape.leaf(extent, Deps::NONE, |out| out.fill(E::zero()));
        [self.concentration, Value::of_node(dimension, run)]
    }
}

impl<E: Element> Declared for LkjCholesky<E> {
    type Support = support::CorrelationCholesky;
}

impl<E: Element> Distribution<E> for LkjCholesky<E> {
    type Support = support::CorrelationCholesky;
    type Value = Tensor<E>;
    const PATHWISE: bool = true;
    const ELEMENTWISE: bool = false;

    fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands {
        univariate::operands(run, place, &[self.concentration])
    }

    fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
        let p = self.parameters(run);
        structured::event_shape::<E, LkjCholeskyFamily, 2>(run, place, &p)
    }

    fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
        let p = self.parameters(run);
        structured::draw::<E, LkjCholeskyFamily, 2>(run, place, &p, request)
    }

    fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        let p = self.parameters(run);
        structured::log_density_2::<E, LkjCholeskyFamily>(run, place, &p, value, usage)
    }

    fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
        let p = self.parameters(run);
        structured::find_trouble::<E, LkjCholeskyFamily, 2>(run, place, &p, value)
    }
}
