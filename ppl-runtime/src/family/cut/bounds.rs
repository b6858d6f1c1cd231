//! Where an interval lies in a standard distribution.

use crate::family::double::ln_ratio;

/// An interval and a point of it in units of the scale, seen from where in the interval the density is greatest. The mode is zero.
///
/// Distances are kept apart from places: deep in a tail they are smaller than the rounding of these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The place from which the distances are measured.
    pub(crate) from: f64,
    /// The distance of the lower bound.
    pub(crate) below: f64,
    /// The distance of the upper bound.
    pub(crate) above: f64,
    /// The distance of the point, negative on the lower side.
    pub(crate) step: f64,
}

impl Bounds {
    /// Returns the interval of a distribution with this mode.
    pub(crate) fn of(x: f64, [low, high]: [f64; 2], mode: f64, scale: f64) -> Bounds {
        Bounds::by(x, [low, high], [low, high], mode, scale, |to, from| to - from)
    }

    /// Returns the interval that the logarithm lies in, of a distribution with this mode.
    pub(crate) fn of_logarithm(x: f64, bounds: [f64; 2], mode: f64, scale: f64) -> Bounds {
        let bounds = bounds.map(|bound| bound.max(0.0));
        let logs = bounds.map(f64::ln);
        if logs[0] <= mode && mode <= logs[1] {
            Bounds::by(x.ln(), logs, logs, mode, scale, |to, from| to - from)
        } else {
            Bounds::by(x, bounds, logs, mode, scale, ln_ratio)
        }
    }

    /// Returns the interval, given the places of the bounds and how far one point is from another.
    fn by(
        x: f64,
        [low, high]: [f64; 2],
        places: [f64; 2],
        mode: f64,
        scale: f64,
        distance: impl Fn(f64, f64) -> f64,
    ) -> Bounds {
        let far = |to: f64, from: f64| distance(to, from) / scale;
        if mode < places[0] {
            Bounds { from: (places[0] - mode) / scale, below: 0.0, above: far(high, low), step: far(x, low) }
        } else if mode > places[1] {
            Bounds { from: (places[1] - mode) / scale, below: far(high, low), above: 0.0, step: far(x, high) }
        } else {
            Bounds { from: 0.0, below: far(mode, low), above: far(high, mode), step: far(x, mode) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_measured_from_the_nearest_point_to_the_mode() {
        let infinity = f64::INFINITY;
        for (x, bounds, [from, below, above, step]) in [
            (5.0, [4.0, 8.0], [1.0, 0.0, 2.0, 0.5]),
            (-1.0, [-infinity, 0.0], [-1.0, infinity, 0.0, -0.5]),
            (1.0, [0.0, infinity], [0.0, 1.0, infinity, -0.5]),
        ] {
            let got = Bounds::of(x, bounds, 2.0, 2.0);
            assert_eq!([got.from, got.below, got.above, got.step], [from, below, above, step], "{bounds:?}");
        }
    }
}
