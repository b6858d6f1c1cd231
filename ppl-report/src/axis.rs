//! Axes: their range, where their ticks are and what these are called.

use crate::text::grouped;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops;

/// An axis of numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Places, and what is written there.
    pub(crate) ticks: Vec<(f64, String)>,
    pub(crate) title: String,
}

impl Axis {
    /// Returns an axis with about so many ticks at 1, 2 or 5 times a power of ten. The ends must be finite; of equal ones, or ones in the wrong order, a
    /// range around them is made.
    pub(crate) fn linear(low: f64, high: f64, about: usize, title: impl Into<String>) -> Axis {
        let (low, high) = widened(low, high);
        let mut ticks = Vec::new();
        // Where round numbers are too far apart, the next step is tried.
        for parts in about.max(1)..about.max(1) + 5 {
            ticks = ticks_between(low, high, step((high - low) / parts as f64));
            if ticks.len() >= about.min(3) {
                break;
            }
        }
        Axis { low, high, ticks, title: title.into() }
    }

    /// Returns an axis of decimal logarithms of counts, with a tick at each power of ten, at fewer of them, or at twice and five times as many as well.
    pub(crate) fn log_counts(low: f64, high: f64, title: impl Into<String>) -> Axis {
        let (low, high) = widened(low, high);
        let (first, last) = (low.ceil().max(0.0) as usize, high.floor().max(0.0) as usize);
        if high - low < 2.0 {
            // The powers of ten alone would be too few.
            let of_decade = |d: usize| [1usize, 2, 5].map(|factor| factor * 10usize.pow(d as u32));
            let counts = (low.floor().max(0.0) as usize..=last.min(15)).flat_map(of_decade);
            let places = counts.map(|count| ((count as f64).log10(), grouped(count)));
            let ticks = places.filter(|(place, _)| (low..=high).contains(place)).collect();
            return Axis { low, high, ticks, title: title.into() };
        }
        let every = ((last + 1).saturating_sub(first) / 6).max(1);
        let decades = (first..=last).step_by(every).filter(|&d| d <= 15);
        let ticks = decades.map(|d| (d as f64, grouped(10usize.pow(d as u32)))).collect();
        Axis { low, high, ticks, title: title.into() }
    }

    /// Takes away the ticks.
    pub(crate) fn bare(self) -> Axis {
        Axis { ticks: Vec::new(), ..self }
    }

    /// Returns the nearest place on the axis.
    pub(crate) fn clamp(&self, x: f64) -> f64 {
        x.clamp(self.low, self.high)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, x: &f64, (from, to): (i32, i32)) -> i32 {
        // A step beyond either end is enough to see that something lies there.
        let part = ((x - self.low) / (self.high - self.low)).clamp(-1.0, 2.0);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.ticks.iter().map(|(x, _)| *x).collect(),
        }
    }

    fn range(&self) -> ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, x: &f64) -> String {
        self.ticks.iter().find(|(place, _)| place == x).map_or(String::new(), |(_, label)| label.clone())
    }
}

/// Returns the multiples of a step in a range.
fn ticks_between(low: f64, high: f64, step: f64) -> Vec<(f64, String)> {
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    // Beside numbers this large no step can be told.
    let count = if (last - first).is_finite() { (last - first) as usize + 1 } else { 0 };
    let places = (0..count.min(20)).map(|k| (first + k as f64) * step);
    places.filter(|x| (low..=high).contains(x)).map(|x| (x, label(x, step))).collect()
}

/// Returns a range that is not empty, whose length is finite.
fn widened(low: f64, high: f64) -> (f64, f64) {
    const LARGEST: f64 = f64::MAX / 4.0;
    let (low, high) = (low.min(high).clamp(-LARGEST, LARGEST), high.max(low).clamp(-LARGEST, LARGEST));
    let least = 1e-9 * low.abs().max(high.abs());
    if high - low > least {
        return (low, high);
    }
    let room = if least > 0.0 { 1e-2 * low.abs().max(high.abs()) } else { 1.0 };
    (low - room, high + room)
}

/// Returns the least of 1, 2 and 5 times a power of ten that is not below `x`.
fn step(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= x * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// Returns a number with as many digits as steps of this size need.
fn label(x: f64, step: f64) -> String {
    // A zero that is a multiple of the step but for rounding.
    let x = if x.abs() < 1e-6 * step { 0.0 } else { x };
    let size = x.abs().max(step);
    let exponent = step.log10().floor() as i32;
    if size >= 1e6 || step < 1e-4 {
        let digits = (size.log10().floor() as i32 - exponent).clamp(0, 9) as usize;
        return if x == 0.0 { "0".to_owned() } else { format!("{x:.digits$e}").replace('-', "−") };
    }
    format!("{x:.*}", (-exponent).max(0) as usize).replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(labels(&Axis::linear(-0.13, 0.97, 5, "")), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(labels(&Axis::linear(-3.2, 2.1, 5, "")), ["−2", "0", "2"]);
        assert_eq!(labels(&Axis::linear(0.0, 0.0042, 4, "")), ["0.000", "0.002", "0.004"]);
        assert_eq!(labels(&Axis::linear(0.0, 4.2e7, 4, "")), ["0", "2e7", "4e7"]);
        for (low, high) in [
            (1e-300, 3e-300),
            (-1e300, 1e300),
            (5.0, 5.0),
            (0.0, 0.0),
            (1e16, 1e16 + 2.0),
            (2.0, 1.0),
            (f64::MIN, f64::MAX),
        ] {
            let axis = Axis::linear(low, high, 4, "");
            assert!(axis.low < axis.high && (axis.high - axis.low).is_finite(), "{axis:?}");
            assert!(
                axis.ticks.len() <= 20 && axis.ticks.iter().all(|(x, _)| (axis.low..=axis.high).contains(x)),
                "{axis:?}"
            );
        }
    }

    #[test]
    fn decades_are_counts() {
        assert_eq!(labels(&Axis::log_counts(1.5, 4.3, "")), ["100", "1,000", "10,000"]);
        assert_eq!(labels(&Axis::log_counts(3.5, 4.4, "")), ["5,000", "10,000", "20,000"]);
        assert!(Axis::log_counts(0.0, 15.0, "").ticks.len() <= 8);
        assert!(Axis::log_counts(0.0, 300.0, "").ticks.len() <= 8);
    }
}
