//! A step along an ascent direction that satisfies the strong Wolfe conditions.

use crate::linalg::dot;
use crate::target::{Target, TargetError, evaluate_inside};

/// By how much of its first slope the density must rise at least.
const RISE: f64 = 1e-4;
/// To how much of its first size the slope must fall.
const SLOPE: f64 = 0.9;
/// Evaluations that one search may take.
const EVALUATIONS: usize = 60;

/// A point where the log-density is finite.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) position: Vec<f64>,
    pub(crate) log_density: f64,
    pub(crate) gradient: Vec<f64>,
}

/// A search along one direction, which counts its evaluations.
pub(crate) struct LineSearch<'a> {
    pub(crate) target: &'a mut dyn Target,
    pub(crate) evaluations: &'a mut usize,
}

/// What is known at a step: value and slope, or that the point lies outside.
#[derive(Clone, Copy)]
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
}

impl LineSearch<'_> {
    /// The point of the first step that satisfies the conditions, tried from `first` on; nothing if there is none.
    ///
    /// Algorithms 3.5 and 3.6 of Nocedal and Wright (2006), by cubic interpolation. It deviates in two ways. Steps to points outside are as ones that
    /// are too long: the interval is bisected. And where the rise is lost in rounding, the condition on it is that of Hager and Zhang (2005),
    /// equation 4.1, on slopes alone.
    pub(crate) fn run(
        &mut self,
        from: &Point,
        direction: &[f64],
        first: f64,
    ) -> Result<Option<Point>, TargetError> {
        let start = Trial { step: 0.0, value: from.log_density, slope: dot(&from.gradient, direction) };
        if !(start.slope > 0.0 && start.slope.is_finite()) {
            return Ok(None);
        }
        let mut point = from.clone();
        let mut low = start;
        let mut high: Option<Trial> = None;
        let mut step = first;
        for _ in 0..EVALUATIONS {
            let trial = self.evaluate(from, direction, step, &mut point)?;
            if satisfies(&start, &trial) {
                return Ok(Some(point));
            }
            let enough = trial.value >= start.value + RISE * step * start.slope;
            if !enough || trial.value <= low.value && low.step > 0.0 {
                high = Some(trial);
            } else if trial.slope * (high.map_or(1.0, |high| (high.step - low.step).signum())) <= 0.0 {
                high = Some(low);
                low = trial;
            } else {
                low = trial;
            }
            let next = match high {
                None => 4.0 * step,
                Some(high) => between(&low, &high),
            };
            let closed =
                high.is_some_and(|high| (high.step - low.step).abs() <= 1e-14 * low.step.max(high.step));
            if next == step || !next.is_finite() || closed {
                break;
            }
            step = next;
        }
        // A step that rises, though it does not satisfy the conditions, is better than none.
        if low.step > 0.0 && low.value > start.value {
            self.evaluate(from, direction, low.step, &mut point)?;
            return Ok(Some(point));
        }
        Ok(None)
    }

    fn evaluate(
        &mut self,
        from: &Point,
        direction: &[f64],
        step: f64,
        point: &mut Point,
    ) -> Result<Trial, TargetError> {
        for ((x, from), d) in point.position.iter_mut().zip(&from.position).zip(direction) {
            *x = from + step * d;
        }
        *self.evaluations += 1;
        let value = evaluate_inside(self.target, &point.position, &mut point.gradient)?;
        point.log_density = value.unwrap_or(f64::NEG_INFINITY);
        let slope = if value.is_some() { dot(&point.gradient, direction) } else { f64::NAN };
        Ok(Trial { step, value: point.log_density, slope })
    }
}

fn satisfies(start: &Trial, trial: &Trial) -> bool {
    if trial.value == f64::NEG_INFINITY || trial.slope.abs() > SLOPE * start.slope {
        return false;
    }
    let rises = trial.value >= start.value + RISE * trial.step * start.slope;
    let rounding = 1e-13 * start.value.abs();
    let rises_by_slope =
        trial.value >= start.value - rounding && trial.slope >= (2.0 * RISE - 1.0) * start.slope;
    rises || rises_by_slope
}

/// A step between two: the maximum of the cubic through both, kept away from the ends; the middle if one of them lies outside.
fn between(low: &Trial, high: &Trial) -> f64 {
    let middle = 0.5 * (low.step + high.step);
    if !(high.value.is_finite() && high.slope.is_finite()) {
        return middle;
    }
    // Nocedal and Wright (2006), equation 3.59, for minus the density.
    let width = high.step - low.step;
    let d1 = -low.slope - high.slope + 3.0 * (high.value - low.value) / width;
    let square = d1 * d1 - low.slope * high.slope;
    if square.is_nan() || square < 0.0 {
        return middle;
    }
    let d2 = square.sqrt().copysign(width);
    let step = high.step - width * (-high.slope + d2 - d1) / (-high.slope + low.slope + 2.0 * d2);
    let (least, most) = (low.step.min(high.step), low.step.max(high.step));
    let margin = 0.1 * (most - least);
    if step.is_finite() { step.clamp(least + margin, most - margin) } else { middle }
}
