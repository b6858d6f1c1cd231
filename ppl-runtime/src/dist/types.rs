//! The distribution types that programs name: what a family is called with, over the handles of a program.

use super::distribution::{Caller, Distribution, Operands, Request, Trouble};
use super::elementwise::{Elementwise, Visit};
use super::expanded::{Expandable, Expanded};
use super::form::{Form, Tag};
use super::lkj_cholesky::LkjCholeskyFamily;
use super::{structured, univariate};
use crate::element::Element;
use crate::estimator::HasPathwise;
use crate::program::run::Run;
use crate::program::sites::Declared;
use crate::support;
use crate::tape::axes::AxisSet;
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
    Normal(loc: L, scale: S) = super::normal::NormalFamily, 2, RealLine, Some(Tag::Normal);
    /// The distribution of `exp(z)`, where `z` is normal with mean `loc` and standard deviation `scale`.
    LogNormal(loc: L, scale: S) = super::log_normal::LogNormalFamily, 2, Positive, Some(Tag::LogNormal);
    /// The distribution of `|z|`, where `z` is normal with mean 0 and standard deviation `scale`.
    HalfNormal(scale: S) = super::half_normal::HalfNormalFamily, 1, Positive, Some(Tag::HalfNormal);
    /// The Cauchy distribution with median `loc` and half width at half maximum `scale`.
    Cauchy(loc: L, scale: S) = super::cauchy::CauchyFamily, 2, RealLine, None;
    /// The distribution of `|z|`, where `z` is Cauchy with median 0 and `scale`.
    HalfCauchy(scale: S) = super::half_cauchy::HalfCauchyFamily, 1, Positive, None;
    /// The Laplace distribution with median `loc` and mean absolute deviation `scale`.
    Laplace(loc: L, scale: S) = super::laplace::LaplaceFamily, 2, RealLine, Some(Tag::Laplace);
    /// The logistic distribution with mean `loc` and `scale`.
    Logistic(loc: L, scale: S) = super::logistic::LogisticFamily, 2, RealLine, None;
    /// The Gumbel distribution (of maxima) with mode `loc` and `scale`.
    Gumbel(loc: L, scale: S) = super::gumbel::GumbelFamily, 2, RealLine, None;
    /// The uniform distribution between `low` and `high`.
    Uniform(low: L, high: H) = super::uniform::UniformFamily, 2, Bounded, Some(Tag::Uniform);
    /// The exponential distribution with `rate` (mean `1 / rate`).
    Exponential(rate: R) = super::exponential::ExponentialFamily, 1, Positive, Some(Tag::Exponential);
    /// The gamma distribution with shape `concentration` and `rate` (mean `concentration / rate`).
    Gamma(concentration: C, rate: R) = super::gamma::GammaFamily, 2, Positive, Some(Tag::Gamma);
    /// The distribution of `1 / z`, where `z` is gamma with shape `concentration` and rate `scale`.
    InverseGamma(concentration: C, scale: S) = super::inverse_gamma::InverseGammaFamily, 2, Positive, Some(Tag::InverseGamma);
    /// The beta distribution with `alpha` and `beta` (mean `alpha / (alpha + beta)`).
    Beta(alpha: A, beta: B) = super::beta::BetaFamily, 2, UnitInterval, Some(Tag::Beta);
    /// Student's t with `df` degrees of freedom, median `loc` and `scale`.
    StudentT(df: D, loc: L, scale: S) = super::student_t::StudentTFamily, 3, RealLine, None;
    /// The von Mises distribution of an angle in radians, with mean direction `loc` and `concentration`.
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
        pub struct $name<E: Element = f64>($params<E>);

        #[derive(Clone, Copy, Debug)]
        enum $params<E: Element> {
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
    Bernoulli: Discrete on Boolean, false, true, BernoulliParameters {
        /// Returns the distribution by the probability of 1.
        new(probs: P) = Probs(1, super::bernoulli::BernoulliProbsFamily, univariate, Some(Tag::BernoulliProbs));
        /// Returns the distribution by the log-odds of 1, exact in both tails.
        logits(logits: P) = Logits(1, super::bernoulli::BernoulliLogitsFamily, univariate, Some(Tag::BernoulliLogits));
    }
    /// The Poisson distribution of a count.
    Poisson: Discrete on NaturalNumber, false, true, PoissonParameters {
        /// Returns the distribution by its rate (the mean).
        new(rate: P) = Rate(1, super::poisson::PoissonFamily, univariate, Some(Tag::Poisson));
        /// Returns the distribution by the natural logarithm of its rate.
        log_rate(log_rate: P) = LogRate(1, super::poisson::PoissonLogRateFamily, univariate, None);
    }
    /// The number of failures before the first success.
    Geometric: Discrete on NaturalNumber, false, true, GeometricParameters {
        /// Returns the distribution by the probability of a success.
        new(probs: P) = Probs(1, super::geometric::GeometricFamily, univariate, Some(Tag::Geometric));
    }
    /// The number of successes in `total_count` trials.
    Binomial: Discrete on Finite, false, true, BinomialParameters {
        /// Returns the distribution by the probability of a success.
        new(total_count: N, probs: P) = Probs(2, super::binomial::BinomialProbsFamily, univariate, None);
        /// Returns the distribution by the log-odds of a success.
        logits(total_count: N, logits: P) = Logits(2, super::binomial::BinomialLogitsFamily, univariate, None);
    }
    /// The number of successes before `total_count` failures, where a trial succeeds with probability `probs`.
    NegativeBinomial: Discrete on NaturalNumber, false, true, NegativeBinomialParameters {
        /// Returns the distribution by the probability of a success.
        new(total_count: N, probs: P) = Probs(2, super::negative_binomial::NegativeBinomialProbsFamily, univariate, None);
        /// Returns the distribution by the log-odds of a success.
        logits(total_count: N, logits: P) = Logits(2, super::negative_binomial::NegativeBinomialLogitsFamily, univariate, None);
    }
    /// The number of successes in `total_count` trials whose probability is drawn from a beta distribution.
    BetaBinomial: Discrete on Finite, false, true, BetaBinomialParameters {
        /// Returns the distribution by the parameters of the beta distribution.
        new(total_count: N, alpha: A, beta: B) = Counts(3, super::beta_binomial::BetaBinomialFamily, univariate, None);
    }
    /// One of `0..K`.
    Categorical: Discrete on Finite, false, false, CategoricalParameters {
        /// Returns the distribution by the `[K]` probabilities, which sum to one.
        new(probs: P) = Probs(1, super::categorical::CategoricalProbsFamily, structured::log_density_1, Some(Tag::CategoricalProbs));
        /// Returns the distribution by `[K]` log-probabilities up to a constant.
        logits(logits: P) = Logits(1, super::categorical::CategoricalLogitsFamily, structured::log_density_1, Some(Tag::CategoricalLogits));
    }
    /// The counts of `K` categories in `total_count` trials.
    Multinomial: Discrete on Counts, false, false, MultinomialParameters {
        /// Returns the distribution by the `[K]` probabilities, which sum to one.
        new(total_count: N, probs: P) = Probs(2, super::multinomial::MultinomialProbsFamily, structured::log_density_2, None);
        /// Returns the distribution by `[K]` log-probabilities up to a constant.
        logits(total_count: N, logits: P) = Logits(2, super::multinomial::MultinomialLogitsFamily, structured::log_density_2, None);
    }
    /// One of `0..K`, by a predictor and `[K - 1]` increasing cutpoints on the logistic scale.
    OrderedLogistic: Discrete on Finite, false, false, OrderedLogisticParameters {
        /// Returns the distribution by the predictor and the cutpoints.
        new(predictor: P, cutpoints: C) = Cutpoints(2, super::ordered_logistic::OrderedLogisticFamily, structured::log_density_2, None);
    }
    /// The Dirichlet distribution of a vector of weights that sum to one.
    Dirichlet: Tensor on Simplex, true, false, DirichletParameters {
        /// Returns the distribution by its `[K]` concentrations.
        new(concentration: C) = Concentration(1, super::dirichlet::DirichletFamily, structured::log_density_1, Some(Tag::Dirichlet));
    }
    /// The multivariate normal distribution of a vector.
    MultivariateNormal: Tensor on RealLine, true, false, MultivariateNormalParameters {
        /// Returns the distribution by its `[n]` mean and the `[n, n]` lower Cholesky factor of its covariance.
        new(loc: L, scale_tril: S) = Cholesky(2, super::mvn_cholesky::MvNormalCholeskyFamily, structured::log_density_2, Some(Tag::MultivariateNormal));
        /// Returns the distribution by its `[n]` mean and the `[n, n]` lower Cholesky factor of its precision.
        precision(loc: L, precision_tril: S) = Precision(2, super::mvn_precision::MvNormalPrecisionFamily, structured::log_density_2, None);
    }
}

impl<E: Element> HasPathwise for Dirichlet<E> {}
impl<E: Element> HasPathwise for MultivariateNormal<E> {}
impl<E: Element> HasPathwise for LkjCholesky<E> {}

/// The distribution of Lewandowski, Kurowicka and Joe (2009) over `[n, n]` Cholesky factors of correlation matrices.
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
