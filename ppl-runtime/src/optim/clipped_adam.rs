//! Adam as Pyro clips it.

use super::adam::{Bias, Moments, Weight, check_weight};
use super::options::Options;
use super::schedule::{Schedule, positive};
use super::{Group, Optimiser, Rows};
use crate::element::Element;
use crate::state::Visitor;

/// Adam with clamped derivatives and a learning rate that decays by a factor at every step, as Pyro's `ClippedAdam`.
///
/// Each derivative is moved into `[-10, 10]` (see [`clip_value`](ClippedAdam::clip_value)); before step `t`, counted from
/// one, the rate is multiplied by `decay^t`; and the running means' correction stands outside of the root:
/// `x -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{ClippedAdam, Optimiser, Rows};
///
/// // A tenth of the rate is left after 1000 steps.
/// let mut adam: ClippedAdam = ClippedAdam::new(0.01).decay(0.1f64.powf(1.0 / 1_000.0));
/// let mut values = [1.0, 1.0];
/// adam.update(&[Rows::new(0..2, 1)], &[10.0, 1e9], &mut values);
/// assert_eq!(values[0], values[1]);
/// ```
///
/// # References
///
/// `pyro.optim.clipped_adam` of Pyro 1.9.
#[derive(Clone, Debug)]
pub struct ClippedAdam<E = f64> {
    pub(super) options: Options,
    decay: f64,
    weight: f64,
    moments: Moments<E>,
}

shared_options!(ClippedAdam);

impl<E: Element> ClippedAdam<E> {
    /// Returns the optimiser with a learning rate or a schedule of learning rates, and no decay.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{ClippedAdam, Optimiser};
    ///
    /// let adam: ClippedAdam = ClippedAdam::new(0.001);
    /// assert_eq!(adam.check(), Ok(()));
    /// ```
    pub fn new(rate: impl Into<Schedule>) -> Self {
        let mut options = Options::new(rate.into());
        options.clip_value = Some(10.0);
        ClippedAdam { options, decay: 1.0, weight: 0.0, moments: Moments::default() }
    }

    /// Sets the factor of the learning rate per step, in (0, 1].
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{ClippedAdam, Optimiser};
    ///
    /// let adam: ClippedAdam = ClippedAdam::new(0.001).decay(1.5);
    /// assert_eq!(adam.check().unwrap_err(), "the decay of the learning rate must lie in (0, 1], got 1.5");
    /// ```
    #[must_use]
    pub fn decay(mut self, decay: f64) -> Self {
        self.decay = decay;
        self
    }

    /// Sets the weight of a penalty, half the squared norm of the values, in the gradient; it is added after clamping.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{ClippedAdam, Optimiser};
    ///
    /// let adam: ClippedAdam = ClippedAdam::new(0.001).weight_decay(0.1);
    /// assert_eq!(adam.check(), Ok(()));
    /// ```
    #[must_use]
    pub fn weight_decay(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// Sets the decay of the two running means, 0.9 and 0.999 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{ClippedAdam, Optimiser};
    ///
    /// let adam: ClippedAdam = ClippedAdam::new(0.01).betas(0.95, 0.999);
    /// assert_eq!(adam.check(), Ok(()));
    /// ```
    #[must_use]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
        (self.moments.beta1, self.moments.beta2) = (beta1, beta2);
        self
    }
}

impl<E: Element> Optimiser<E> for ClippedAdam<E> {
    fn as_dyn(&mut self) -> &mut dyn Optimiser<E> {
        E::clipped_adam(self)
    }

    fn check(&self) -> Result<(), String> {
        self.options.check()?;
        positive("the decay of the learning rate", self.decay)?;
        if self.decay > 1.0 {
            return Err(format!("the decay of the learning rate must lie in (0, 1], got {}", self.decay));
        }
        check_weight(self.weight)?;
        self.moments.check()
    }

    fn groups(&self) -> &[Group] {
        self.options.groups()
    }

    fn resize(&mut self, n: usize) {
        self.moments.resize(n);
    }

    fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]) {
        // The step in progress is counted, as in the rule's definition.
        let decay = self.decay.powf(self.options.steps as f64 + 1.0);
        let pace = self.options.start(rows, gradient).times(decay);
        let weight = Weight::InGradient(self.weight);
        self.moments.update(rows, gradient, values, Bias::CorrectedLast, weight, pace);
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("ClippedAdam");
        self.options.state(visitor)?;
        self.moments.state(visitor);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::laws;

    #[test]
    fn steps_are_the_published_ones() {
        // A numpy loop over the equations of pyro.optim.clipped_adam: lr 0.1, clip_norm 0.5, lrd 0.9, weight_decay 0.2.
        laws::assert_steps(
            ClippedAdam::new(0.1).clip_value(0.5).decay(0.9).weight_decay(0.2),
            laws::CLIPPED_ADAM,
        );
    }

    #[test]
    fn laws_hold() {
        laws::assert_laws(|| ClippedAdam::new(0.1).clip_value(0.5).decay(0.99).weight_decay(0.1));
        laws::assert_groups(|rate| ClippedAdam::new(rate).decay(0.9).weight_decay(0.1), ClippedAdam::group);
        laws::assert_converges(ClippedAdam::new(0.1).decay(0.998), 5_000, 1e-5);
    }
}
