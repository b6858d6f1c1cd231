//! Adam.

use super::blocks::by_blocks;
use super::options::{Limits, Options, Pace, grow, one_minus_power};
use super::schedule::{Schedule, below_one, not_negative, positive};
use super::{Group, Optimiser, Rows};
use crate::element::Element;
use crate::kernel::simd::vectorised;
use crate::state::Visitor;

/// Adam: steps along a running mean of the gradient, each element in units of its root mean square.
///
/// With `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g^2`, update `t` of an element is
/// `x -= rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`; by default `beta1 = 0.9`, `beta2 = 0.999`,
/// `epsilon = 1e-8`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{Adam, Optimiser, Rows};
///
/// let mut adam: Adam = Adam::new(0.02);
/// let mut values = [1.0];
/// adam.resize(1);
/// adam.update(&[Rows::new(0..1, 1)], &[123.0], &mut values);
/// assert!((values[0] - 0.98_f64).abs() < 1e-9);
/// ```
///
/// # References
///
/// Kingma and Ba (2015), algorithm 1, <https://arxiv.org/abs/1412.6980>.
#[derive(Clone, Debug)]
pub struct Adam<E = f64> {
    pub(super) options: Options,
    moments: Moments<E>,
}

shared_options!(Adam);

impl<E: Element> Adam<E> {
    /// Returns Adam with a learning rate or a schedule of learning rates.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Adam, Optimiser, Schedule};
    ///
    /// let adam: Adam = Adam::new(Schedule::cosine(0.1, 1_000));
    /// assert_eq!(adam.check(), Ok(()));
    /// ```
    pub fn new(rate: impl Into<Schedule>) -> Self {
        Adam { options: Options::new(rate.into()), moments: Moments::default() }
    }

    /// Sets the decay of the two running means, 0.9 and 0.999 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Adam, Optimiser};
    ///
    /// let adam: Adam = Adam::new(0.1).betas(0.9, 1.0);
    /// assert_eq!(adam.check().unwrap_err(), "beta2 must lie in [0, 1), got 1");
    /// ```
    #[must_use]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
        (self.moments.beta1, self.moments.beta2) = (beta1, beta2);
        self
    }

    /// Sets what is added to the root mean square, 1e-8 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Adam, Optimiser};
    ///
    /// let adam: Adam = Adam::new(0.1).epsilon(0.0);
    /// assert_eq!(adam.check().unwrap_err(), "epsilon must be positive and finite, got 0");
    /// ```
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.moments.epsilon = epsilon;
        self
    }
}

impl<E: Element> Optimiser<E> for Adam<E> {
    fn as_dyn(&mut self) -> &mut dyn Optimiser<E> {
        E::adam(self)
    }

    fn check(&self) -> Result<(), String> {
        self.options.check()?;
        self.moments.check()
    }

    fn groups(&self) -> &[Group] {
        self.options.groups()
    }

    fn resize(&mut self, n: usize) {
        self.moments.resize(n);
    }

    fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]) {
        let pace = self.options.start(rows, gradient);
        self.moments.update(rows, gradient, values, Bias::Corrected, Weight::None, pace);
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("Adam");
        self.options.state(visitor)?;
        self.moments.state(visitor);
        Ok(())
    }
}

/// Where the correction for the running means' start from zero stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Bias {
    /// `sqrt(v / (1 - beta2^t)) + epsilon`, as in the algorithm.
    Corrected,
    /// `sqrt(v) + epsilon`, then the correction, as in the paper's section 2 and in Pyro's variant.
    CorrectedLast,
}

/// What pulls the values towards zero.
#[derive(Clone, Copy)]
pub(super) enum Weight {
    /// Nothing.
    None,
    /// A term in the gradient: half the weight times the squared norm is added to the loss.
    InGradient(f64),
    /// A step of its own.
    Decoupled(f64),
}

/// The running means that Adam and its relatives share.
#[derive(Clone, Debug)]
pub(super) struct Moments<E> {
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) epsilon: f64,
    first: Vec<E>,
    second: Vec<E>,
}

impl<E> Default for Moments<E> {
    fn default() -> Self {
        Moments { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, first: Vec::new(), second: Vec::new() }
    }
}

impl<E: Element> Moments<E> {
    pub(super) fn check(&self) -> Result<(), String> {
        below_one("beta1", self.beta1)?;
        below_one("beta2", self.beta2)?;
        positive("epsilon", self.epsilon)
    }

    pub(super) fn state(&mut self, visitor: &mut dyn Visitor<E>) {
        visitor.elements("first", &mut self.first);
        visitor.elements("second", &mut self.second);
    }

    pub(super) fn resize(&mut self, n: usize) {
        grow(&mut self.first, n);
        grow(&mut self.second, n);
    }

    pub(super) fn update(
        &mut self,
        rows: &[Rows],
        gradient: &[E],
        values: &mut [E],
        bias: Bias,
        weight: Weight,
        pace: Pace<'_, E>,
    ) {
        self.resize(values.len());
        for rows in rows {
            let (range, count, rate) = (rows.range(), rows.count(), pace.rate(rows));
            let (pull, keep) = match weight {
                Weight::None => (0.0, 1.0),
                Weight::InGradient(weight) => (weight, 1.0),
                Weight::Decoupled(weight) => (0.0, 1.0 - rate * weight),
            };
            let root = one_minus_power(self.beta2, count).sqrt();
            let step = rate / one_minus_power(self.beta1, count);
            // Both forms are `step * m / (sqrt(v) * inverse_root + epsilon)`.
            let (step, inverse_root) = match bias {
                Bias::Corrected => (step, 1.0 / root),
                Bias::CorrectedLast => (step * root, 1.0),
            };
            let constants = Constants {
                limits: pace.limits,
                pull: E::of(pull),
                keep: E::of(keep),
                beta1: E::of(self.beta1),
                rest1: E::of(1.0 - self.beta1),
                beta2: E::of(self.beta2),
                rest2: E::of(1.0 - self.beta2),
                step: E::of(step),
                inverse_root: E::of(inverse_root),
                epsilon: E::of(self.epsilon),
            };
            let (first, second) = (&mut self.first[range.clone()], &mut self.second[range.clone()]);
            pass(constants, &gradient[range.clone()], first, second, &mut values[range]);
        }
    }
}

/// Refuses a weight that would push the values away from zero.
pub(super) fn check_weight(weight: f64) -> Result<(), String> {
    not_negative("the weight decay", weight)
}

#[derive(Clone, Copy)]
struct Constants<E> {
    limits: Limits<E>,
    pull: E,
    keep: E,
    beta1: E,
    rest1: E,
    beta2: E,
    rest2: E,
    step: E,
    inverse_root: E,
    epsilon: E,
}

vectorised! {
    fn pass<E: Element>(c: Constants<E>, gradient: &[E], first: &mut [E], second: &mut [E], values: &mut [E]) {
        by_blocks(gradient, [first, second], values, |g, [m, v], x| {
            let g = c.limits.apply(g) + c.pull * x;
            let m = c.beta1 * m + c.rest1 * g;
            let v = c.beta2 * v + c.rest2 * g * g;
            ([m, v], c.keep * x - c.step * m / (v.sqrt() * c.inverse_root + c.epsilon))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::laws;

    #[test]
    fn steps_are_the_published_ones() {
        // jax.example_libraries.optimizers.adam(0.1), run in double precision.
        laws::assert_steps(Adam::new(0.1), laws::ADAM);
    }

    #[test]
    fn laws_hold() {
        laws::assert_laws(|| Adam::new(0.1));
        laws::assert_laws(|| Adam::new(Schedule::exponential(0.2, 0.5, 10)).clip_norm(1e6).clip_value(2.0));
        laws::assert_groups(|rate| Adam::new(rate).clip_value(2.0), Adam::group);
        laws::assert_converges(Adam::new(Schedule::exponential(0.1, 0.1, 1_000)), 5_000, 1e-5);
    }

    #[test]
    fn the_first_step_is_as_long_as_the_rate() {
        for g in [1e-3, -1.0, 1e4] {
            let (mut adam, mut values) = (Adam::new(0.5), [0.0_f32]);
            adam.update(&[Rows::new(0..1, 1)], &[g], &mut values);
            assert!((values[0] + 0.5 * g.signum()).abs() < 1e-5);
        }
    }

    #[test]
    fn wrong_hyper_parameters_are_refused() {
        let refusal = |adam: Adam| adam.check().unwrap_err();
        assert_eq!(refusal(Adam::new(0.0)), "the learning rate must be positive and finite, got 0");
        assert_eq!(refusal(Adam::new(0.1).betas(-0.1, 0.9)), "beta1 must lie in [0, 1), got -0.1");
        assert_eq!(refusal(Adam::new(0.1).betas(0.1, f64::NAN)), "beta2 must lie in [0, 1), got NaN");
        assert_eq!(
            refusal(Adam::new(0.1).clip_value(0.0)),
            "the largest derivative must be positive and finite, got 0"
        );
    }
}
