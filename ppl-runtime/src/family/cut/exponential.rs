//! Intervals of the exponential and of the Laplace distribution, in closed form.

use super::{Bounds, Cut};
use crate::family::tails::ln_1m_exp;

/// Returns the density at `x` of an exponential between two bounds.
pub(crate) fn exponential(x: f64, [low, high]: [f64; 2], rate: f64) -> Cut<1> {
    let inside = low >= 0.0;
    let begin = if inside { low } else { 0.0 };
    let (step, length) = (rate * (x - begin), rate * (high - begin));
    Cut {
        log: rate.ln() - step - ln_1m_exp(-length),
        at_bounds: [if inside { -rate / (-length).exp_m1() } else { 0.0 }, rate / length.exp_m1()],
        by_parameter: [(mean(length) - step) / rate],
    }
}

/// Returns the density at the interval's point of a standard Laplace distribution, with its derivatives by location and scale.
///
/// Each side is an exponential. The derivative by the location is constant on it, so that in an interval on one side nothing is left.
pub(crate) fn laplace(bounds: Bounds) -> Cut<2> {
    let Bounds { from, below, above, step } = bounds;
    let [left, right] = [below, above].map(|length| -(-length).exp_m1());
    let mass = left + right;
    let by_loc = if from != 0.0 {
        0.0
    } else if step > 0.0 {
        2.0 * left / mass
    } else if step < 0.0 {
        -2.0 * right / mass
    } else {
        (left - right) / mass
    };
    Cut {
        log: -step.abs() - mass.ln(),
        at_bounds: [(-below).exp() / mass, (-above).exp() / mass],
        by_parameter: [by_loc, step.abs() - (left * mean(below) + right * mean(above)) / mass],
    }
}

/// Returns the mean of a standard exponential that ends at `length`: `1 - length / (exp(length) - 1)`.
fn mean(length: f64) -> f64 {
    // The Bernoulli numbers over the factorials, `B_2k / (2k)!` (DLMF 24.2.1), from the last one.
    const SERIES: [f64; 7] = [
        1.0 / 74_724_249_600.0,
        -691.0 / 1_307_674_368_000.0,
        1.0 / 47_900_160.0,
        -1.0 / 1_209_600.0,
        1.0 / 30_240.0,
        -1.0 / 720.0,
        1.0 / 12.0,
    ];
    if length < 0.5 {
        let square = length * length;
        0.5 * length - square * SERIES.iter().fold(0.0, |sum, term| sum * square + term)
    } else if length > 700.0 {
        // The quotient is below the rounding of one, and of an infinite length it would be no number.
        1.0
    } else {
        1.0 - length / length.exp_m1()
    }
}

#[cfg(test)]
mod tests {
    use super::mean;
    use crate::family::check::assert_close;

    #[test]
    fn means_are_those_of_mpmath() {
        // mpmath, 60 digits: 1 - t / expm1(t).
        for (length, expected) in [
            (1e-9, 4.999999999166667e-10),
            (0.01, 0.004991666680555522),
            (0.3, 0.1425112259469752),
            (0.4999, 0.22921122242259376),
            (0.5, 0.22925295873160087),
            (2.0, 0.6869647145006686),
            (30.0, 0.9999999999971927),
        ] {
            assert_close("mean", mean(length), expected, 2e-15);
        }
        assert_eq!(mean(f64::INFINITY), 1.0);
        assert!(mean(f64::NAN).is_nan());
    }
}
