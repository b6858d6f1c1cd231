//! RMSprop.

use super::blocks::by_blocks;
use super::options::{Limits, Options, grow};
use super::schedule::{Schedule, below_one, positive};
use super::{Group, Optimiser, Rows};
use crate::element::Element;
use crate::kernel::simd::vectorised;
use crate::state::Visitor;

/// RMSprop: steps along the gradient, each element in units of its running root mean square.
///
/// With `v = decay v + (1 - decay) g^2` and `b = momentum b + g / (sqrt(v) + epsilon)`, a step is `x -= rate * b`; by default
/// `decay = 0.99`, `momentum = 0`, `epsilon = 1e-8`. The mean starts at zero and is not corrected for it, so that the first
/// steps are up to `1 / sqrt(1 - decay)` times as long as the rate.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{Optimiser, RmsProp, Rows};
///
/// let mut rms_prop: RmsProp = RmsProp::new(0.01);
/// let mut values = [1.0];
/// rms_prop.update(&[Rows::new(0..1, 1)], &[5.0], &mut values);
/// assert!((values[0] - 0.9_f64).abs() < 1e-8);
/// ```
///
/// # References
///
/// Tieleman and Hinton (2012), Neural networks for machine learning, lecture 6.5.
#[derive(Clone, Debug)]
pub struct RmsProp<E = f64> {
    pub(super) options: Options,
    decay: f64,
    momentum: f64,
    epsilon: f64,
    squares: Vec<E>,
    velocity: Vec<E>,
}

shared_options!(RmsProp);

impl<E: Element> RmsProp<E> {
    /// Returns the optimiser with a learning rate or a schedule of learning rates.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, RmsProp};
    ///
    /// let rms_prop: RmsProp = RmsProp::new(0.01);
    /// assert_eq!(rms_prop.check(), Ok(()));
    /// ```
    pub fn new(rate: impl Into<Schedule>) -> Self {
        RmsProp {
            options: Options::new(rate.into()),
            decay: 0.99,
            momentum: 0.0,
            epsilon: 1e-8,
            squares: Vec::new(),
            velocity: Vec::new(),
        }
    }

    /// Sets the decay of the running mean of squares, 0.99 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, RmsProp};
    ///
    /// let rms_prop: RmsProp = RmsProp::new(0.01).decay(2.0);
    /// assert_eq!(rms_prop.check().unwrap_err(), "the decay of the squares must lie in [0, 1), got 2");
    /// ```
    #[must_use]
    pub fn decay(mut self, decay: f64) -> Self {
        self.decay = decay;
        self
    }

    /// Sets the momentum, 0 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, RmsProp};
    ///
    /// let rms_prop: RmsProp = RmsProp::new(0.01).momentum(0.9);
    /// assert_eq!(rms_prop.check(), Ok(()));
    /// ```
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// Sets what is added to the root mean square, 1e-8 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, RmsProp};
    ///
    /// let rms_prop: RmsProp = RmsProp::new(0.01).epsilon(-1.0);
    /// assert_eq!(rms_prop.check().unwrap_err(), "epsilon must be positive and finite, got -1");
    /// ```
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}

impl<E: Element> Optimiser<E> for RmsProp<E> {
    fn as_dyn(&mut self) -> &mut dyn Optimiser<E> {
        E::rms_prop(self)
    }

    fn check(&self) -> Result<(), String> {
        self.options.check()?;
        below_one("the decay of the squares", self.decay)?;
        below_one("the momentum", self.momentum)?;
        positive("epsilon", self.epsilon)
    }

    fn groups(&self) -> &[Group] {
        self.options.groups()
    }

    fn resize(&mut self, n: usize) {
        grow(&mut self.squares, n);
        grow(&mut self.velocity, n);
    }

    fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]) {
        self.resize(values.len());
        let pace = self.options.start(rows, gradient);
        let constants = |rate: f64| Constants {
            limits: pace.limits,
            rate: E::of(rate),
            decay: E::of(self.decay),
            rest: E::of(1.0 - self.decay),
            momentum: E::of(self.momentum),
            epsilon: E::of(self.epsilon),
        };
        for rows in rows {
            let range = rows.range();
            let (squares, velocity) = (&mut self.squares[range.clone()], &mut self.velocity[range.clone()]);
            let constants = constants(pace.rate(rows));
            pass(constants, &gradient[range.clone()], squares, velocity, &mut values[range]);
        }
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("RmsProp");
        self.options.state(visitor)?;
        visitor.elements("squares", &mut self.squares);
        visitor.elements("velocity", &mut self.velocity);
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Constants<E> {
    limits: Limits<E>,
    rate: E,
    decay: E,
    rest: E,
    momentum: E,
    epsilon: E,
}

vectorised! {
    fn pass<E: Element>(c: Constants<E>, gradient: &[E], squares: &mut [E], velocity: &mut [E], values: &mut [E]) {
        by_blocks(gradient, [squares, velocity], values, |g, [v, b], x| {
            let g = c.limits.apply(g);
            let v = c.decay * v + c.rest * g * g;
            let b = c.momentum * b + g / (v.sqrt() + c.epsilon);
            ([v, b], x - c.rate * b)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::laws;

    #[test]
    fn steps_are_the_published_ones() {
        // A numpy loop over torch.optim.RMSprop's equations: lr 0.1, alpha 0.9, momentum 0.5.
        laws::assert_steps(RmsProp::new(0.1).decay(0.9).momentum(0.5), laws::RMS_PROP);
    }

    #[test]
    fn laws_hold() {
        laws::assert_laws(|| RmsProp::new(0.1));
        laws::assert_laws(|| RmsProp::new(0.1).momentum(0.9).clip_value(0.3));
        laws::assert_groups(|rate| RmsProp::new(rate).momentum(0.5), RmsProp::group);
        laws::assert_converges(RmsProp::new(Schedule::exponential(0.1, 0.1, 1_000)), 6_000, 1e-5);
    }
}
