//! Baselines of the score function: what is subtracted from a cost to lower the variance.

use crate::element::Element;
use crate::value::{Discrete, Handle, Real, Tensor, Value};

/// What is subtracted from the cost of a score-function estimate to lower its variance: a prediction of the cost.
///
/// It must not depend on the draw itself; then the estimate has the same expectation, because that of `grad log q` is
/// zero.
///
/// # Units
///
/// A cost is the part of the loss, in nats, that depends on the site: of *one* element of the plates around it. It has the loss's sign, so that what
/// is unlikely costs much. The weights of subsampled plates around the site are taken out of it, so that a cost has the same size
/// whether 100 of 10,000 rows are visited or all; what a handler `scale` or the model's `weight` multiplies stays in it, and so do the weights of
/// plates that lie within an element.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{Baseline, Score};
///
/// assert_eq!(Score::baseline(Baseline::None), Score::new());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Baseline {
    /// The mean of the other particles where there are two or more, else a decaying average.
    #[default]
    Default,
    /// Nothing.
    None,
    /// The decaying average of earlier costs.
    Decaying(DecayingAverage),
    /// The decaying average of earlier costs, and a division by their standard deviation.
    Standardised(Standardised),
    /// The mean of the costs of the other particles.
    LeaveOneOut,
    /// A value of the run.
    Given(Prediction),
    /// A value of the run that learns to predict the cost.
    Learned(Prediction),
    /// The cost at the most probable value of the site's proposal.
    SelfCritical,
}

/// A decaying average of earlier costs, one for each element of the plates around the site.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{Baseline, DecayingAverage};
///
/// assert_eq!(Baseline::from(DecayingAverage::new(0.9)), Baseline::Decaying(DecayingAverage::new(0.9)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecayingAverage {
    /// The weight of the past, between 0 and 1.
    pub(crate) decay: f64,
}

impl DecayingAverage {
    /// Returns an average that keeps `decay` of its past at each step; it is held within 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::DecayingAverage;
    ///
    /// assert_eq!(DecayingAverage::new(1.5), DecayingAverage::new(1.0));
    /// ```
    pub fn new(decay: f64) -> DecayingAverage {
        DecayingAverage { decay: decay.clamp(0.0, 1.0) }
    }
}

impl From<DecayingAverage> for Baseline {
    fn from(average: DecayingAverage) -> Baseline {
        Baseline::Decaying(average)
    }
}

/// The cost less its decaying average, divided by the larger of 1 and its decaying standard deviation: `(f - m) / max(1, s)`.
///
/// The average is one for each element of the plates around the site; the deviation is one for the site, so that the
/// direction of its gradient stays. Both are of earlier steps, and of the cost of one element ([`Baseline`]). The expectation
/// is the gradient times the positive factor `1 / max(1, s)`: what the site's own parameters are moved by is no longer on the scale of the other gradients.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::{Score, Standardised};
///
/// assert_ne!(Score::baseline(Standardised::new(0.9)), Score::new());
/// ```
///
/// # References
///
/// Mnih and Gregor (2014), [Neural variational inference and learning in belief networks](https://arxiv.org/abs/1402.0030),
/// section 2.3, "variance normalization".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standardised {
    /// The weight of the past, between 0 and 1.
    pub(crate) decay: f64,
}

impl Standardised {
    /// Returns averages that keep `decay` of their past at each step; it is held within 0 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::Standardised;
    ///
    /// assert_eq!(Standardised::new(-0.5), Standardised::new(0.0));
    /// ```
    pub fn new(decay: f64) -> Standardised {
        Standardised { decay: decay.clamp(0.0, 1.0) }
    }
}

impl From<Standardised> for Baseline {
    fn from(standardised: Standardised) -> Baseline {
        Baseline::Standardised(standardised)
    }
}

/// A baseline that the guide computes before the draw, as a prediction of the cost of one element: a `Real`, or a `Tensor` that
/// an index has left without dimensions.
///
/// No derivative flows to it. It may depend on arguments, parameters and earlier sites, and has one number for each
/// element of the plates around the site, or fewer.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Real;
/// use ppl_runtime::estimator::{Given, Score};
///
/// // An element's loss is about 3 nats.
/// let guess: Real = Real::from(3.0);
/// assert_ne!(Score::baseline(Given(guess)), Score::new());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Given<V>(pub V);

/// A baseline that the guide computes from parameters and data, and that learns to predict the cost: `f - c(x)`.
///
/// The same step minimises the mean of `(f - c)^2` over the elements of the site, by the parameters that `c` is computed
/// from. These should serve nothing else, because the derivative of that loss is added to whatever other gradient they
/// have: of a value that the guide uses as well, give `c` its `stop_gradient()`.
///
/// Before a decaying average, `(Learned(c), DecayingAverage::new(0.9))` or `(Learned(c), Standardised::new(0.9))`, it is one of the three parts of
/// NVIL's: what it leaves of the cost is centred, and if asked divided by its deviation. `c` learns from what is centred: the average follows the
/// level of the cost, and `c` how it differs between elements.
///
/// The parameters are made outside of the plate's body; a baseline of one that is made inside, which would be one for each element, is an error before
/// the first step.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Real;
/// use ppl_runtime::estimator::{Learned, Score, Standardised};
///
/// // In a guide: `Real::from(x) * param!("slope", 0.0) + param!("level", 0.0)`.
/// let prediction: Real = Real::from(0.0);
/// assert_ne!(Score::baseline(Learned(prediction)), Score::new());
/// let all_three = Score::baseline((Learned(prediction), Standardised::new(0.9)));
/// assert_ne!(all_three, Score::baseline(Learned(prediction)));
/// ```
///
/// # References
///
/// Mnih and Gregor (2014), [Neural variational inference and learning in belief networks](https://arxiv.org/abs/1402.0030),
/// section 2.3 and equation 8 (NVIL).
#[derive(Clone, Copy, Debug)]
pub struct Learned<V>(pub V);

/// A value of a run, of either element, and what is done with what it leaves of a cost.
#[derive(Clone, Copy, Debug)]
pub struct Prediction {
    value: Discrete,
    residual: Residual,
}

/// What is done with what a prediction leaves of a cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Residual {
    Kept,
    /// Its decaying average is subtracted.
    Centred(DecayingAverage),
    /// And it is divided by its deviation.
    Standardised(Standardised),
}

impl Prediction {
    pub(crate) fn value<E: Element>(self) -> Value<E> {
        self.value.to_value()
    }

    pub(crate) fn residual(self) -> Residual {
        self.residual
    }

    fn of<E: Element>(value: Value<E>, residual: Residual) -> Prediction {
        Prediction { value: Discrete::from_value(value), residual }
    }
}

impl PartialEq for Prediction {
    fn eq(&self, other: &Prediction) -> bool {
        let (a, b): (Value<f64>, Value<f64>) = (self.value(), other.value());
        (a.arg().id, a.generation()) == (b.arg().id, b.generation())
            && a.arg().value == b.arg().value
            && self.residual == other.residual
    }
}

/// The ways in which a value becomes a baseline: alone, and before one of the two decaying averages.
macro_rules! predictions {
    ($($wrapper:ident($handle:ident)),*) => {$(
        impl<E: Element> From<$wrapper<$handle<E>>> for Baseline {
            fn from(prediction: $wrapper<$handle<E>>) -> Baseline {
                Baseline::$wrapper(Prediction::of(prediction.0.to_value(), Residual::Kept))
            }
        }

        impl<E: Element> From<($wrapper<$handle<E>>, DecayingAverage)> for Baseline {
            fn from((prediction, average): ($wrapper<$handle<E>>, DecayingAverage)) -> Baseline {
                Baseline::$wrapper(Prediction::of(prediction.0.to_value(), Residual::Centred(average)))
            }
        }

        impl<E: Element> From<($wrapper<$handle<E>>, Standardised)> for Baseline {
            fn from((prediction, average): ($wrapper<$handle<E>>, Standardised)) -> Baseline {
                Baseline::$wrapper(Prediction::of(prediction.0.to_value(), Residual::Standardised(average)))
            }
        }
    )*};
}
predictions!(Given(Real), Given(Tensor), Learned(Real), Learned(Tensor));
