//! Gradient descent with momentum.

use super::blocks::by_blocks;
use super::options::{Limits, Options, grow};
use super::schedule::{Schedule, below_one};
use super::{Group, Optimiser, Rows};
use crate::element::Element;
use crate::kernel::simd::vectorised;
use crate::state::Visitor;

/// Stochastic gradient descent: `b = momentum b + g`, `x -= rate * b`; with Nesterov's look-ahead,
/// `x -= rate * (g + momentum b)`.
///
/// A step is linear in the gradient, so that its mean is zero exactly where the mean gradient is; a rule that divides by
/// the gradient's own size has its mean at rest somewhere else as long as the rate is not small.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{Optimiser, Rows, Sgd};
///
/// let mut sgd: Sgd = Sgd::new(0.5).momentum(0.5);
/// let mut values = [1.0];
/// for count in 1..=2 {
///     sgd.update(&[Rows::new(0..1, count)], &[1.0], &mut values);
/// }
/// assert_eq!(values, [1.0 - 0.5 - 0.75]);
/// ```
///
/// # References
///
/// Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum in deep learning,
/// equations 3 and 4, with the rate outside of the velocity.
#[derive(Clone, Debug)]
pub struct Sgd<E = f64> {
    pub(super) options: Options,
    momentum: f64,
    nesterov: bool,
    velocity: Vec<E>,
}

shared_options!(Sgd);

impl<E: Element> Sgd<E> {
    /// Returns the optimiser with a learning rate or a schedule of learning rates, without momentum.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, Sgd};
    ///
    /// let sgd: Sgd = Sgd::new(0.01);
    /// assert_eq!(sgd.check(), Ok(()));
    /// ```
    pub fn new(rate: impl Into<Schedule>) -> Self {
        Sgd { options: Options::new(rate.into()), momentum: 0.0, nesterov: false, velocity: Vec::new() }
    }

    /// Sets the momentum, in [0, 1).
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, Sgd};
    ///
    /// let sgd: Sgd = Sgd::new(0.01).momentum(1.0);
    /// assert_eq!(sgd.check().unwrap_err(), "the momentum must lie in [0, 1), got 1");
    /// ```
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// Steps from where the momentum is about to lead.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, Rows, Sgd};
    ///
    /// let mut sgd: Sgd = Sgd::new(0.5).momentum(0.5).nesterov();
    /// let mut values = [1.0];
    /// sgd.update(&[Rows::new(0..1, 1)], &[1.0], &mut values);
    /// assert_eq!(values, [1.0 - 0.75]);
    /// ```
    #[must_use]
    pub fn nesterov(mut self) -> Self {
        self.nesterov = true;
        self
    }
}

impl<E: Element> Optimiser<E> for Sgd<E> {
    fn as_dyn(&mut self) -> &mut dyn Optimiser<E> {
        E::sgd(self)
    }

    fn check(&self) -> Result<(), String> {
        self.options.check()?;
        below_one("the momentum", self.momentum)
    }

    fn groups(&self) -> &[Group] {
        self.options.groups()
    }

    fn resize(&mut self, n: usize) {
        grow(&mut self.velocity, n);
    }

    fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]) {
        self.resize(values.len());
        let pace = self.options.start(rows, gradient);
        // Both forms are `rate * (now * g + ahead * b)`.
        let (now, ahead) = if self.nesterov { (1.0, self.momentum) } else { (0.0, 1.0) };
        let constants = |rate: f64| Constants {
            limits: pace.limits,
            momentum: E::of(self.momentum),
            now: E::of(rate * now),
            ahead: E::of(rate * ahead),
        };
        for rows in rows {
            let range = rows.range();
            let velocity = &mut self.velocity[range.clone()];
            let constants = constants(pace.rate(rows));
            pass(constants, &gradient[range.clone()], velocity, &mut values[range]);
        }
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("Sgd");
        self.options.state(visitor)?;
        visitor.elements("velocity", &mut self.velocity);
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Constants<E> {
    limits: Limits<E>,
    momentum: E,
    now: E,
    ahead: E,
}

vectorised! {
    fn pass<E: Element>(c: Constants<E>, gradient: &[E], velocity: &mut [E], values: &mut [E]) {
        by_blocks(gradient, [velocity], values, |g, [b], x| {
            let g = c.limits.apply(g);
            let b = c.momentum * b + g;
            ([b], x - (c.now * g + c.ahead * b))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::laws;

    #[test]
    fn steps_are_the_published_ones() {
        // jax.example_libraries.optimizers.momentum(0.1, 0.9) and nesterov(0.1, 0.9), run in double precision.
        laws::assert_steps(Sgd::new(0.1).momentum(0.9), laws::MOMENTUM);
        laws::assert_steps(Sgd::new(0.1).momentum(0.9).nesterov(), laws::NESTEROV);
    }

    #[test]
    fn laws_hold() {
        laws::assert_laws(|| Sgd::new(0.1));
        laws::assert_laws(|| Sgd::new(0.1).momentum(0.9).nesterov().clip_value(0.2));
        laws::assert_groups(|rate| Sgd::new(rate).momentum(0.9), Sgd::group);
        laws::assert_converges(Sgd::new(0.05).momentum(0.5), 1_000, 1e-12);
        laws::assert_converges(Sgd::new(0.05).momentum(0.5).nesterov().clip_norm(0.5), 2_000, 1e-12);
    }
}
