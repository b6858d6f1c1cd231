//! Adam with decoupled weight decay.

use super::adam::{Bias, Moments, Weight, check_weight};
use super::options::Options;
use super::schedule::Schedule;
use super::{Group, Optimiser, Rows};
use crate::element::Element;
use crate::state::Visitor;

/// Adam with decoupled weight decay: before each step of [`Adam`](super::Adam), `x -= rate * weight * x`.
///
/// The values that decay are the unconstrained ones: for a `Positive` parameter they decay towards one. It is meant for
/// the weights of networks.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{AdamW, Optimiser, Rows};
///
/// let mut adam: AdamW = AdamW::new(0.1).weight_decay(0.5);
/// let mut values = [2.0];
/// adam.update(&[Rows::new(0..1, 1)], &[0.0], &mut values);
/// assert_eq!(values, [1.9]);
/// ```
///
/// # References
///
/// Loshchilov and Hutter (2019), algorithm 2, <https://arxiv.org/abs/1711.05101>; their schedule multiplies the decay by
/// a rate of its own, here it is the learning rate.
#[derive(Clone, Debug)]
pub struct AdamW<E = f64> {
    pub(super) options: Options,
    weight: f64,
    moments: Moments<E>,
}

shared_options!(AdamW);

impl<E: Element> AdamW<E> {
    /// Returns the optimiser with a learning rate or a schedule of learning rates, and a weight of 0.01.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{AdamW, Optimiser};
    ///
    /// let adam: AdamW = AdamW::new(0.01);
    /// assert_eq!(adam.check(), Ok(()));
    /// ```
    pub fn new(rate: impl Into<Schedule>) -> Self {
        AdamW { options: Options::new(rate.into()), weight: 0.01, moments: Moments::default() }
    }

    /// Sets the weight of the decay.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{AdamW, Optimiser};
    ///
    /// let adam: AdamW = AdamW::new(0.01).weight_decay(-1.0);
    /// assert_eq!(adam.check().unwrap_err(), "the weight decay must be finite and not negative, got -1");
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
    /// use ppl_runtime::optim::{AdamW, Optimiser};
    ///
    /// let adam: AdamW = AdamW::new(0.01).betas(0.95, 0.99);
    /// assert_eq!(adam.check(), Ok(()));
    /// ```
    #[must_use]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
        (self.moments.beta1, self.moments.beta2) = (beta1, beta2);
        self
    }
}

impl<E: Element> Optimiser<E> for AdamW<E> {
    fn as_dyn(&mut self) -> &mut dyn Optimiser<E> {
        E::adam_w(self)
    }

    fn check(&self) -> Result<(), String> {
        self.options.check()?;
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
        let pace = self.options.start(rows, gradient);
        let weight = Weight::Decoupled(self.weight);
        self.moments.update(rows, gradient, values, Bias::Corrected, weight, pace);
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("AdamW");
        self.options.state(visitor)?;
        self.moments.state(visitor);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Adam, laws};

    #[test]
    fn steps_are_the_published_ones() {
        // A numpy loop over the equations of algorithm 2, rate 0.1 and weight 0.3.
        laws::assert_steps(AdamW::new(0.1).weight_decay(0.3), laws::ADAM_W);
    }

    #[test]
    fn laws_hold() {
        laws::assert_laws(|| AdamW::new(0.1).weight_decay(0.1).clip_value(1.0));
        laws::assert_groups(|rate| AdamW::new(rate).weight_decay(0.1), AdamW::group);
    }

    #[test]
    fn without_weight_it_is_adam() {
        let (mut a, mut b) = ([1.0, 2.0], [1.0, 2.0]);
        let (mut adam_w, mut adam) = (AdamW::new(0.1).weight_decay(0.0), Adam::new(0.1));
        for t in 1..5 {
            adam_w.update(&[Rows::new(0..2, t)], &[0.3, -4.0], &mut a);
            adam.update(&[Rows::new(0..2, t)], &[0.3, -4.0], &mut b);
        }
        assert_eq!(a, b);
    }
}
