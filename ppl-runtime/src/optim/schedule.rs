//! Learning rates, and weights, that change with the number of steps.

use super::Weight;
use std::f64::consts::PI;

/// A learning rate as a function of the number of steps already taken.
///
/// A number is a schedule that never changes.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::Schedule;
///
/// let schedule = Schedule::cosine(0.1, 1_000).after_warmup(10);
/// assert_eq!(schedule.at(0), 0.01);
/// assert_eq!(schedule.at(10), 0.1);
/// assert!(schedule.at(1_010) < 1e-15);
/// assert_eq!(Schedule::from(0.02).at(5), 0.02);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The number of steps over which the rate grows from nothing.
    warmup: u64,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Constant { rate: f64 },
    Exponential { rate: f64, factor: f64, over: u64 },
    Cosine { rate: f64, last: f64, over: u64 },
    Steps { rate: f64, changes: Vec<(u64, f64)> },
}

impl Schedule {
    const fn of(shape: Shape) -> Self {
        Schedule { warmup: 0, shape }
    }

    /// Returns the schedule `rate` at every step.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// assert_eq!(Schedule::constant(0.01).at(99), 0.01);
    /// ```
    pub const fn constant(rate: f64) -> Self {
        Self::of(Shape::Constant { rate })
    }

    /// Returns the schedule `rate * factor^(t / over)`: multiplied by `factor` in every `over` steps, smoothly.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// let schedule = Schedule::exponential(0.1, 0.25, 100);
    /// assert!((schedule.at(50) - 0.05).abs() < 1e-15);
    /// ```
    pub const fn exponential(rate: f64, factor: f64, over: u64) -> Self {
        Self::of(Shape::Exponential { rate, factor, over })
    }

    /// Returns half a wave of a cosine, from `rate` at the first step to nothing after `over` steps, and nothing from
    /// there on (Loshchilov and Hutter, 2017, equation 5, without restarts).
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// assert!((Schedule::cosine(0.1, 100).at(50) - 0.05).abs() < 1e-15);
    /// ```
    pub const fn cosine(rate: f64, over: u64) -> Self {
        Self::cosine_to(rate, 0.0, over)
    }

    /// Returns half a wave of a cosine from `rate` to `last`, which it keeps after `over` steps.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// assert_eq!(Schedule::cosine_to(0.1, 0.001, 100).at(1_000), 0.001);
    /// ```
    pub const fn cosine_to(rate: f64, last: f64, over: u64) -> Self {
        Self::of(Shape::Cosine { rate, last, over })
    }

    /// Returns the schedule that is `rate` at first and, from each given step on, the rate given with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// let schedule = Schedule::steps(0.1, [(100, 0.01), (200, 0.001)]);
    /// assert_eq!((schedule.at(99), schedule.at(100), schedule.at(500)), (0.1, 0.01, 0.001));
    /// ```
    pub fn steps(rate: f64, changes: impl Into<Vec<(u64, f64)>>) -> Self {
        Self::of(Shape::Steps { rate, changes: changes.into() })
    }

    /// Returns the schedule after `steps` steps in which the rate grows linearly: step `t` of them (from zero) has
    /// `(t + 1) / steps` of its first rate, so that none is wasted on a rate of zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// let schedule = Schedule::constant(0.4).after_warmup(4);
    /// assert_eq!([0, 1, 3, 4].map(|t| schedule.at(t)), [0.1, 0.2, 0.4, 0.4]);
    /// ```
    #[must_use]
    pub const fn after_warmup(mut self, steps: u64) -> Self {
        self.warmup = steps;
        self
    }

    /// Returns the learning rate of step `t`, counted from zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// assert_eq!(Schedule::exponential(0.1, 0.5, 1).at(1), 0.05);
    /// ```
    pub fn at(&self, t: u64) -> f64 {
        match t.checked_sub(self.warmup) {
            Some(t) => self.shape.at(t),
            None => self.shape.at(0) * (t + 1) as f64 / self.warmup as f64,
        }
    }

    /// Refuses rates that are no rates.
    ///
    /// # Errors
    ///
    /// A sentence with the name, the requirement and the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Schedule;
    ///
    /// let refusal = Schedule::constant(-1.0).check().unwrap_err();
    /// assert_eq!(refusal, "the learning rate must be positive and finite, got -1");
    /// ```
    pub fn check(&self) -> Result<(), String> {
        match self.shape {
            Shape::Constant { rate } => positive("the learning rate", rate),
            Shape::Exponential { rate, factor, over } => {
                positive("the learning rate", rate)?;
                positive("the factor of the learning rate", factor)?;
                at_least_one_step(over)
            }
            Shape::Cosine { rate, last, over } => {
                positive("the learning rate", rate)?;
                if !(last.is_finite() && last >= 0.0) {
                    return Err(format!("the last learning rate must not be negative, got {last}"));
                }
                at_least_one_step(over)
            }
            Shape::Steps { rate, ref changes } => {
                positive("the learning rate", rate)?;
                for &(_, rate) in changes {
                    positive("the learning rate", rate)?;
                }
                match changes.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
                    Some(pair) => Err(format!(
                        "the steps at which the learning rate changes must increase, got {} before {}",
                        pair[0].0, pair[1].0
                    )),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Shape {
    fn at(&self, t: u64) -> f64 {
        match *self {
            Shape::Constant { rate } => rate,
            Shape::Exponential { rate, factor, over } => rate * factor.powf(t as f64 / over as f64),
            Shape::Cosine { rate, last, over } if t < over => {
                last + (rate - last) * 0.5 * (1.0 + (PI * t as f64 / over as f64).cos())
            }
            Shape::Cosine { last, .. } => last,
            Shape::Steps { rate, ref changes } => {
                changes.iter().take_while(|&&(from, _)| from <= t).last().map_or(rate, |&(_, rate)| rate)
            }
        }
    }
}

impl Weight for Schedule {
    fn after(&self, steps: u64) -> f64 {
        self.at(steps)
    }
}

impl From<f64> for Schedule {
    fn from(rate: f64) -> Self {
        Schedule::constant(rate)
    }
}

/// Refuses what is not a positive finite number.
pub(super) fn positive(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(format!("{name} must be positive and finite, got {value}"))
    }
}

/// Refuses what is not a number from zero on.
pub(super) fn not_negative(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 {
        Ok(())
    } else {
        Err(format!("{name} must be finite and not negative, got {value}"))
    }
}

/// Refuses what is not a number from zero to just below one.
pub(super) fn below_one(name: &str, value: f64) -> Result<(), String> {
    if (0.0..1.0).contains(&value) { Ok(()) } else { Err(format!("{name} must lie in [0, 1), got {value}")) }
}

fn at_least_one_step(over: u64) -> Result<(), String> {
    if over > 0 { Ok(()) } else { Err("a learning rate must change over 1 step or more, got 0".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_their_formulas() {
        // numpy: 0.3 * 0.9**(7/5), 0.01 + 0.29*0.5*(1+cos(pi*3/10)).
        assert!((Schedule::exponential(0.3, 0.9, 5).at(7) - 0.258_857_509_188_829_3).abs() < 1e-15);
        assert!((Schedule::cosine_to(0.3, 0.01, 10).at(3) - 0.240_228_861_582_408_6).abs() < 1e-15);
        let warm = Schedule::exponential(0.4, 0.5, 1).after_warmup(2);
        assert_eq!([0, 1, 2, 3, 4].map(|t| warm.at(t)), [0.2, 0.4, 0.4, 0.2, 0.1]);
    }

    #[test]
    fn wrong_rates_are_refused() {
        assert!(Schedule::constant(f64::NAN).check().is_err());
        assert!(Schedule::constant(0.0).check().is_err());
        assert!(Schedule::exponential(0.1, 0.0, 10).check().is_err());
        assert_eq!(
            Schedule::exponential(0.1, 0.5, 0).check().unwrap_err(),
            "a learning rate must change over 1 step or more, got 0"
        );
        assert_eq!(
            Schedule::cosine_to(0.1, -0.5, 9).check().unwrap_err(),
            "the last learning rate must not be negative, got -0.5"
        );
        assert_eq!(
            Schedule::steps(0.1, [(10, 0.1), (10, 0.2)]).check().unwrap_err(),
            "the steps at which the learning rate changes must increase, got 10 before 10"
        );
        assert_eq!(Schedule::steps(0.1, [(10, 0.1), (20, 0.2)]).after_warmup(5).check(), Ok(()));
    }
}
