//! Intervals of a distribution whose density is log-concave, by quadrature.

use super::{Bounds, Cut};
use crate::family::tails::{Gumbel, Logistic, Normal};
use crate::kernel::special::RULE;

/// What changes between two points of a standard distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// Of the log-density.
    log: f64,
    /// Of its derivative by the location.
    by_loc: f64,
    /// Of its derivative by the scale.
    by_scale: f64,
}

/// A distribution of location zero and scale one, with its mode at zero, whose log-density is smooth and concave.
pub(crate) trait LogConcave {
    /// Returns the derivative of the log-density at `z` with its sign changed, which is that by the location.
    fn slope(z: f64) -> f64;

    /// Returns what changes from `z` to `z + d`. The sum of the two is never formed where its rounding could be seen.
    fn change(z: f64, d: f64) -> Change;
}

impl LogConcave for Normal {
    fn slope(z: f64) -> f64 {
        z
    }

    fn change(z: f64, d: f64) -> Change {
        Change { log: -d * (z + 0.5 * d), by_loc: d, by_scale: d * (2.0 * z + d) }
    }
}

impl LogConcave for Logistic {
    fn slope(z: f64) -> f64 {
        (0.5 * z).tanh()
    }

    fn change(z: f64, d: f64) -> Change {
        if d < 0.0 {
            let mirrored = Self::change(-z, -d);
            return Change { by_loc: -mirrored.by_loc, ..mirrored };
        }
        let above = (1.0 + z.exp()).recip();
        let below = (1.0 + (-z - d).exp()).recip();
        let lost = -(-d).exp_m1();
        let by_loc = 2.0 * above * below * lost;
        Change {
            log: -d - 2.0 * (-above * lost).ln_1p(),
            by_loc,
            by_scale: d * Self::slope(z + d) + z * by_loc,
        }
    }
}

impl LogConcave for Gumbel {
    fn slope(z: f64) -> f64 {
        -(-z).exp_m1()
    }

    fn change(z: f64, d: f64) -> Change {
        let by_loc = -(-z).exp() * (-d).exp_m1();
        Change { log: by_loc - d, by_loc, by_scale: d * Self::slope(z) + (z + d) * by_loc }
    }
}

/// Of a tail nothing is kept once its density has fallen by this much in log space.
const GONE: f64 = 45.0;

/// The fall of the log-density over one piece, which the rule of sixteen points integrates to the rounding. The poles of the logistic
/// density, at a distance of pi from the real line, allow no more.
const PIECE: f64 = 5.0;

/// Returns the density at the interval's point, with its derivatives by location and scale.
pub(crate) fn integrate<S: LogConcave>(bounds: Bounds) -> Cut<2> {
    let Bounds { from, below, above, step } = bounds;
    let (left, right) = (side::<S>(from, -1.0, below), side::<S>(from, 1.0, above));
    let mass = left.mass + right.mass;
    let here = S::change(from, step);
    let at = |d: f64| if d.is_infinite() { 0.0 } else { S::change(from, d).log.exp() / mass };
    Cut {
        log: here.log - mass.ln(),
        at_bounds: [at(-below), at(above)],
        by_parameter: [
            here.by_loc - (left.by_loc + right.by_loc) / mass,
            here.by_scale - (left.by_scale + right.by_scale) / mass,
        ],
    }
}

/// The integral of the density over one side of an interval, relative to where it begins, and those of the changes of the scores.
#[derive(Default)]
struct Side {
    mass: f64,
    by_loc: f64,
    by_scale: f64,
}

fn side<S: LogConcave>(from: f64, sign: f64, length: f64) -> Side {
    let mut sums = Side::default();
    if length <= 0.0 {
        return sums;
    }
    let fall = |d: f64| -S::change(from, sign * d).log;
    let reach = reach(fall, S::slope(from), length);
    let pieces = (fall(reach) / PIECE).ceil().clamp(1.0, 64.0);
    let half = 0.5 * reach / pieces;
    for k in 0..pieces as u32 {
        let begin = 2.0 * half * f64::from(k);
        if fall(begin) > GONE {
            break;
        }
        for (node, weight) in RULE {
            for d in [begin + half * (1.0 - node), begin + half * (1.0 + node)] {
                let change = S::change(from, sign * d);
                let weight = half * weight * change.log.exp();
                sums.mass += weight;
                sums.by_loc += weight * change.by_loc;
                sums.by_scale += weight * change.by_scale;
            }
        }
    }
    sums
}

/// Returns a distance within which the density is gone, and not much more than that; the whole length if it is not gone there.
fn reach(fall: impl Fn(f64) -> f64, slope: f64, length: f64) -> f64 {
    let mut reach = (1.0 + slope.abs()).recip().min(length);
    while reach < length && fall(reach) < GONE {
        reach = (2.0 * reach).min(length);
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::assert_close;
    use crate::family::gumbel::GumbelFamily;
    use crate::family::logistic::LogisticFamily;
    use crate::family::normal::NormalFamily;
    use crate::family::{Need, Univariate};

    fn assert_changes<S: LogConcave, F: Univariate<2>>() {
        for (z, d) in
            [(0.0, 1.3), (0.0, -0.4), (2.0, 3.0), (2.0, -3.0), (-2.0, -0.7), (-1.5, 4.0), (0.3, 0.25)]
        {
            let [before, after] = [z, z + d].map(|z| F::log_density(z, [0.0, 1.0], Need::ALL));
            let got = S::change(z, d);
            assert!((got.log - (after.log - before.log)).abs() < 1e-13, "{z} {d}: {got:?}");
            for (got, k) in [(got.by_loc, 0), (got.by_scale, 1)] {
                let expected = after.by_parameter[k] - before.by_parameter[k];
                assert!(
                    (got - expected).abs() < 1e-13 * expected.abs().max(1.0),
                    "{z} {d}: {got} {expected}"
                );
            }
            assert_close("slope", S::slope(z), before.by_parameter[0], 1e-15);
        }
    }

    #[test]
    fn changes_are_those_of_the_densities() {
        assert_changes::<Normal, NormalFamily>();
        assert_changes::<Logistic, LogisticFamily>();
        assert_changes::<Gumbel, GumbelFamily>();
    }

    #[test]
    fn changes_over_short_steps_keep_their_digits() {
        // mpmath, 60 digits: the derivatives of the log-density at z = 30 and z + 1e-9.
        let change = Logistic::change(30.0, 1e-9);
        assert_close("logistic by loc", change.by_loc, 1.8715245928319226e-22, 1e-14);
        let change = Gumbel::change(30.0, 1e-9);
        assert_close("gumbel by loc", change.by_loc, 9.357622964161363e-23, 1e-14);
    }

    #[test]
    fn the_whole_line_has_all_of_the_probability() {
        let whole = Bounds { from: 0.0, below: f64::INFINITY, above: f64::INFINITY, step: 0.0 };
        // The densities at zero: 1 / sqrt(2 pi), 1 / 4, 1 / e.
        assert_close("normal", integrate::<Normal>(whole).log, -0.9189385332046728, 1e-15);
        assert_close("logistic", integrate::<Logistic>(whole).log, -4.0_f64.ln(), 1e-13);
        assert_close("gumbel", integrate::<Gumbel>(whole).log, -1.0, 1e-13);
    }
}
