//! What every optimiser has: a schedule, groups with schedules of their own, limits of the gradient, and the number of steps taken.

use super::schedule::{Schedule, positive};
use super::{Group, Rows};
use crate::element::Element;
use crate::kernel::simd::vectorised;
use crate::state::Visitor;

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) schedule: Schedule,
    groups: Vec<Group>,
    /// The rates of the step in progress: that of parameters in no group, and those of the groups.
    rates: Vec<f64>,
    pub(super) clip_norm: Option<f64>,
    pub(super) clip_value: Option<f64>,
    /// The number of updates so far.
    pub(super) steps: u64,
}

/// What is done to a gradient before it is used: `clamp(g, -limit, limit) * scale`.
#[derive(Clone, Copy)]
pub(super) struct Limits<E> {
    limit: E,
    scale: E,
}

/// The learning rates of a step, and what is done to its gradient.
#[derive(Clone, Copy)]
pub(super) struct Pace<'a, E> {
    rates: &'a [f64],
    factor: f64,
    pub(super) limits: Limits<E>,
}

impl<E> Pace<'_, E> {
    /// Multiplies every rate.
    pub(super) fn times(self, factor: f64) -> Self {
        Pace { factor: self.factor * factor, ..self }
    }

    /// Returns the learning rate of some rows. A group that the rule does not have is none.
    pub(super) fn rate(&self, rows: &Rows) -> f64 {
        let group = rows.group().map_or(0, |group| group + 1);
        self.factor * self.rates.get(group).unwrap_or(&self.rates[0])
    }
}

impl<E: Element> Limits<E> {
    /// Returns the limited derivative; NaN passes.
    #[inline(always)]
    pub(super) fn apply(self, g: E) -> E {
        clamp(g, self.limit) * self.scale
    }
}

#[inline(always)]
fn clamp<E: Element>(g: E, limit: E) -> E {
    let g = if g > limit { limit } else { g };
    if g < -limit { -limit } else { g }
}

impl Options {
    pub(super) fn new(schedule: Schedule) -> Self {
        let (groups, rates) = (Vec::new(), vec![0.0]);
        Options { schedule, groups, rates, clip_norm: None, clip_value: None, steps: 0 }
    }

    pub(super) fn add_group(&mut self, group: Group) {
        self.groups.push(group);
        self.rates.push(0.0);
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.schedule.check()?;
        self.groups.iter().try_for_each(Group::check)?;
        if let Some(norm) = self.clip_norm {
            positive("the largest norm of the gradient", norm)?;
        }
        if let Some(value) = self.clip_value {
            positive("the largest derivative", value)?;
        }
        Ok(())
    }

    /// Shows the number of updates; everything else is set by the caller.
    pub(super) fn state<E: Element>(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.count("steps", &mut self.steps);
        within_reach("steps", self.steps)
    }

    /// Counts a step and returns its learning rates and limits.
    pub(super) fn start<E: Element>(&mut self, rows: &[Rows], gradient: &[E]) -> Pace<'_, E> {
        let schedules = std::iter::once(&self.schedule).chain(self.groups.iter().map(Group::rate));
        for (rate, schedule) in self.rates.iter_mut().zip(schedules) {
            *rate = schedule.at(self.steps);
        }
        self.steps += 1;
        let limit = self.clip_value.map_or_else(E::infinity, E::of);
        let scale = match self.clip_norm {
            Some(largest) => {
                let norm = norm(rows, gradient, limit);
                if norm > largest { E::of(largest / norm) } else { E::one() }
            }
            None => E::one(),
        };
        Pace { rates: &self.rates, factor: 1.0, limits: Limits { limit, scale } }
    }
}

/// Returns the Euclidean norm of the rows of the gradient after clamping, without overflow.
fn norm<E: Element>(rows: &[Rows], gradient: &[E], limit: E) -> f64 {
    let sum = |unit: f64| -> f64 {
        rows.iter().map(|rows| sum_of_squares(&gradient[rows.range()], limit, unit)).sum()
    };
    let squares = sum(1.0);
    if (1e-280..1e280).contains(&squares) {
        return squares.sqrt();
    }
    // Squares of large or small numbers leave the range of a double: measure them in units of the largest.
    let largest = rows
        .iter()
        .flat_map(|rows| &gradient[rows.range()])
        .fold(0.0, |largest: f64, &g| largest.max(clamp(g, limit).as_f64().abs()));
    let unit = largest.max(f64::MIN_POSITIVE);
    sum(1.0 / unit).sqrt() * unit
}

vectorised! {
    fn sum_of_squares<E: Element>(gradient: &[E], limit: E, unit: f64) -> f64 {
        // Eight sums side by side, because an order of additions is a promise to keep and one sum would not vectorise.
        let mut sums = [0.0_f64; 8];
        let (blocks, rest) = gradient.as_chunks::<8>();
        for block in blocks {
            for (sum, &g) in sums.iter_mut().zip(block) {
                let g = clamp(g, limit).as_f64() * unit;
                *sum += g * g;
            }
        }
        for (sum, &g) in sums.iter_mut().zip(rest) {
            let g = clamp(g, limit).as_f64() * unit;
            *sum += g * g;
        }
        sums.into_iter().sum()
    }
}

/// Returns `1 - base^count`, for a base in [0, 1), by repeated squaring: `powf` would cost as much as the update of ten
/// parameters.
pub(super) fn one_minus_power(base: f64, count: u64) -> f64 {
    // As `ln(base) <= base - 1`, the power is here below e^-45 and does not change the difference.
    if (1.0 - base) * count as f64 > 45.0 {
        return 1.0;
    }
    let (mut result, mut square, mut rest) = (1.0, base, count);
    while rest > 0 {
        // A choice and not a branch, because the bits of a count are not predictable.
        result *= if rest & 1 == 1 { square } else { 1.0 };
        square *= square;
        rest >>= 1;
    }
    1.0 - result
}

/// Refuses a count that no session reaches, because the next one might not exist.
pub(super) fn within_reach(what: &str, count: u64) -> Result<(), String> {
    if count < 1 << 60 { Ok(()) } else { Err(format!("no session takes {count} {what}")) }
}

/// Grows a vector of state to at least `n` elements.
pub(super) fn grow<E: Element>(state: &mut Vec<E>, n: usize) {
    if state.len() < n {
        state.resize(n, E::zero());
    }
}

/// Gives an optimiser with a field `options` what all of them can be told: limits of the gradient, and groups of parameters.
macro_rules! shared_options {
    ($name:ident) => {
        impl<E: $crate::element::Element> $name<E> {
            /// Scales a gradient whose Euclidean norm, over all elements of an update, is larger than `norm` down to
            /// that norm.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use ppl_runtime::optim::{Optimiser, ", stringify!($name), "};")]
            ///
            #[doc = concat!("let optimiser: ", stringify!($name), " = ", stringify!($name), "::new(0.01).clip_norm(-1.0);")]
            /// assert_eq!(
            ///     optimiser.check().unwrap_err(),
            ///     "the largest norm of the gradient must be positive and finite, got -1",
            /// );
            /// ```
            #[must_use]
            pub fn clip_norm(mut self, norm: f64) -> Self {
                self.options.clip_norm = Some(norm);
                self
            }

            /// Moves each derivative into `[-value, value]`, before its norm is looked at.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use ppl_runtime::optim::{Optimiser, ", stringify!($name), "};")]
            ///
            #[doc = concat!("let optimiser: ", stringify!($name), " = ", stringify!($name), "::new(0.01).clip_value(5.0);")]
            /// assert_eq!(optimiser.check(), Ok(()));
            /// ```
            #[must_use]
            pub fn clip_value(mut self, value: f64) -> Self {
                self.options.clip_value = Some(value);
                self
            }

            /// Gives the parameters whose names match a pattern a learning rate, or a schedule of learning rates, of their own.
            ///
            /// In a pattern `*` stands for any text, `/` included: `decoder/*` is all that is made in the call `decoder` (see
            /// [`Group`](crate::optim::Group)). Of several groups that match a parameter the one that was added last counts.
            /// Everything else, the decay and the limits of the gradient among it, is as for the other parameters.
            ///
            /// A step is an error if a pattern is malformed, or matches no parameter of the programs. Programs with `concrete`
            /// sites may make a parameter later than in the first step, so that a pattern of theirs may match none so far.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../docs/coin.md")]
            #[doc = concat!("let optimiser = ppl_runtime::optim::", stringify!($name), "::new(0.01).group(\"b\", 1e-4);")]
            /// let mut svi = Svi::new(&coin, &proposal, Elbo::default(), optimiser);
            /// svi.step()?;
            #[doc = concat!("let optimiser = ppl_runtime::optim::", stringify!($name), "::new(0.01).group(\"scale\", 1e-4);")]
            /// let error = Svi::new(&coin, &proposal, Elbo::default(), optimiser).step().unwrap_err();
            /// assert_eq!(
            ///     error.to_string(),
            ///     "no parameter that matches `scale` for a group of the optimiser; there are `a`, `b`",
            /// );
            /// # Ok::<(), ppl_runtime::Error>(())
            /// ```
            #[must_use]
            pub fn group(
                mut self,
                pattern: impl Into<String>,
                rate: impl Into<$crate::optim::Schedule>,
            ) -> Self {
                self.options.add_group($crate::optim::Group::new(pattern, rate));
                self
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(norm: Option<f64>, value: Option<f64>, gradient: &[f64]) -> Vec<f64> {
        let mut options = Options::new(Schedule::constant(0.1));
        (options.clip_norm, options.clip_value) = (norm, value);
        let limits = options.start(&[Rows::new(0..gradient.len(), 1)], gradient).limits;
        gradient.iter().map(|&g| limits.apply(g)).collect()
    }

    #[test]
    fn norms_and_values_are_limited() {
        assert_eq!(start(None, None, &[3.0, -4.0]), [3.0, -4.0]);
        assert_eq!(start(Some(10.0), None, &[3.0, -4.0]), [3.0, -4.0]);
        assert_eq!(start(Some(2.5), None, &[3.0, -4.0]), [1.5, -2.0]);
        assert_eq!(start(None, Some(3.5), &[3.0, -4.0]), [3.0, -3.5]);
        let both = start(Some(2.5), Some(3.0), &[3.0, -4.0]);
        assert!(both[0] == -both[1] && (both[0] - 2.5 / 2f64.sqrt()).abs() < 1e-15);
        assert_eq!(start(Some(1.0), None, &[0.0, 0.0]), [0.0, 0.0]);
    }

    #[test]
    fn norms_do_not_overflow() {
        for unit in [1e-300, 1e300] {
            let limited = start(Some(0.5 * unit), None, &[3.0 * unit, -4.0 * unit]);
            assert!((limited[0] / (0.3 * unit) - 1.0).abs() < 1e-14);
            assert!((limited[1] / (-0.4 * unit) - 1.0).abs() < 1e-14);
        }
        assert_eq!(start(Some(1.0), None, &[1e-310]), [1e-310]);
    }

    #[test]
    fn the_norm_is_that_of_the_rows() {
        let gradient: Vec<f64> = (0..40).map(f64::from).collect();
        let rows = [Rows::new(3..20, 1), Rows::new(30..31, 4)];
        let expected: f64 = (3..20).chain([30]).map(|g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        assert!((norm(&rows, &gradient, f64::INFINITY) - expected).abs() < 1e-12);
    }

    #[test]
    fn powers_are_those_of_the_library() {
        for base in [0.0, 0.5, 0.9, 0.999, 0.999_999_9] {
            for count in [1, 2, 7, 44, 100, 449, 451, 12_345, 44_999, 45_001, u64::MAX] {
                // Each product rounds, so that the error is that of `count * base^count` roundings at most.
                let bound = f64::EPSILON / (1.0 - base);
                let expected = 1.0 - f64::powf(base, count as f64);
                assert!((one_minus_power(base, count) - expected).abs() <= bound);
            }
        }
    }

    #[test]
    fn what_is_not_a_number_passes() {
        assert!(start(Some(1.0), Some(1.0), &[f64::NAN])[0].is_nan());
    }
}
