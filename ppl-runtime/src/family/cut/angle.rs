//! Intervals of the Cauchy distribution: the angle whose cotangent is the value is uniform.

use super::Cut;
use crate::family::cauchy::ln_one_plus_square;

/// Returns the density at `x` of a Cauchy distribution between two bounds.
///
/// With the angle `t` of `(z, 1)` the scores are `sin 2t` and `cos 2t`, over the scale. Their means over an interval of angles are those
/// of its middle, times the sine of the interval over the interval.
pub(crate) fn cauchy(x: f64, [low, high]: [f64; 2], loc: f64, scale: f64) -> Cut<2> {
    let place = |x: f64| (x - loc) / scale;
    let z = place(x);
    let below = if low.is_finite() { between(place(low), z, (x - low) / scale) } else { 1.0_f64.atan2(-z) };
    let above = if high.is_finite() { between(z, place(high), (high - x) / scale) } else { 1.0_f64.atan2(z) };
    let total = below + above;
    // The angle is small where `z` is large; the other side is the mirror image.
    let (toward, away, sign) = if z < 0.0 { (below, above, -1.0) } else { (above, below, 1.0) };
    let from_middle = 0.5 * (toward - away);
    let (sine_of_sum, cosine_of_sum) = twice_less(z.abs(), from_middle);
    let (sine_of_middle, cosine_of_middle) = twice_less(z.abs(), 2.0 * from_middle);
    let lack = sine_lack(total);
    let at = |bound: f64| {
        let sine = 1.0_f64.hypot(place(bound)).recip();
        sine / total * sine
    };
    Cut {
        log: -total.ln() - ln_one_plus_square(z).0,
        at_bounds: [at(low), at(high)],
        by_parameter: [
            sign * (2.0 * cosine_of_sum * from_middle.sin() + sine_of_middle * lack),
            cosine_of_middle * lack - 2.0 * sine_of_sum * from_middle.sin(),
        ],
    }
    .in_units_of(scale)
}

/// Returns sine and cosine of twice the angle of a place that is not negative, less an angle.
fn twice_less(z: f64, less: f64) -> (f64, f64) {
    if z > 1.0 {
        return (2.0 * z.recip().atan() - less).sin_cos();
    }
    // Near the middle the complement is small, and it is that whose digits count.
    let (sine, cosine) = (2.0 * z.atan() + less).sin_cos();
    (sine, -cosine)
}

/// Returns the angle between the directions of two places, of which the second is the larger by `distance`.
fn between(low: f64, high: f64, distance: f64) -> f64 {
    // Their product alone may overflow.
    let size = low.abs().max(high.abs()).max(1.0);
    (distance / size).atan2(size.recip() + low * (high / size))
}

/// Returns `1 - sin(w) / w`.
fn sine_lack(w: f64) -> f64 {
    if w > 0.5 {
        return 1.0 - w.sin() / w;
    }
    let square = w * w;
    let mut term = 1.0;
    let mut sum = 0.0;
    for k in 1..=7 {
        let n = f64::from(2 * k);
        term *= -square / (n * (n + 1.0));
        sum -= term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::assert_close;

    #[test]
    fn angles_are_differences_of_arctangents() {
        for (low, high) in [(-3.0_f64, 2.0_f64), (0.5, 0.75), (-1.0, 1.0), (-40.0, -2.0)] {
            assert_close("angle", between(low, high, high - low), high.atan() - low.atan(), 1e-14);
        }
        // The product of the places overflows.
        assert_close("far out", between(1e200, 2e200, 1e200), 0.5e-200, 1e-15);
    }

    #[test]
    fn the_lack_of_a_sine_is_that_of_mpmath() {
        // mpmath, 60 digits: 1 - sin(w) / w.
        for (w, expected) in [
            (1e-4, 1.6666666658333335e-9),
            (0.1, 0.0016658335317184772),
            (0.4999, 0.041132670632061344),
            (0.5001, 0.041165178038156204),
            (3.0, 0.9529599973133775),
        ] {
            assert_close("lack", sine_lack(w), expected, 1e-14);
        }
    }
}
