//! How far draws of the uniform distribution lie below its upper end.

use super::double::positive;
use super::uniform::UniformFamily;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::support::Positive;
use rand::{Rng, RngExt};

/// The distribution of `high - x`, where `x` is uniform between `low` and `high`.
///
/// Its draws are the distances of those that [`UniformFamily`] makes of the same random numbers, each with all its digits: in single
/// precision one draw in thirty million rounds to the upper end, and more where the interval is narrow beside its place.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, uniform_gap::UniformGapFamily};
///
/// // A distance is a share of the width.
/// assert_eq!(UniformGapFamily::draw_partials(0.5_f64, [-1.0, 1.0]), [-0.25, 0.25]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UniformGapFamily;

impl Univariate<2> for UniformGapFamily {
    type Support = Positive;
    const NAME: &'static str = "Uniform";
    const PARAMETERS: [&'static str; 2] = ["low", "high"];
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, [low, high]: [E; 2], need: Need) -> Density<E, 2> {
        UniformFamily::log_density(low + x, [low, high], need)
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [low, high]: [E; 2]) -> E {
        let u: f64 = rng.random();
        positive((high.as_f64() - low.as_f64()) * (1.0 - u))
    }

    fn draw_partials<E: Numeric>(z: E, [low, high]: [E; 2]) -> [E; 2] {
        let share = z / (high - low);
        [-share, share]
    }

    fn contains<E: Numeric>(x: E, [low, high]: [E; 2]) -> bool {
        x >= E::zero() && x <= high - low
    }

    fn check<E: Numeric>(p: [E; 2]) -> Result<(), BadParameter> {
        UniformFamily::check(p)
    }

    fn mean<E: Numeric>([low, high]: [E; 2]) -> E {
        E::of(0.5) * (high - low)
    }

    fn variance<E: Numeric>(p: [E; 2]) -> E {
        UniformFamily::variance(p)
    }

    fn cdf<E: Numeric>(x: E, [low, high]: [E; 2]) -> Option<E> {
        UniformFamily::cdf(low + x, [low, high])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::*;
    use crate::random::Streams;

    #[test]
    fn keeps_the_laws() {
        for p in [[0.0, 1.0], [-3.0, 40.0], [0.25, 1.0]] {
            assert_draws::<UniformGapFamily, 2>(7, 50_000, p);
            assert_draw_partials::<UniformGapFamily, 2>(0.3 * (p[1] - p[0]), p);
            assert_moments::<UniformGapFamily, 2>(p, (0.0, p[1] - p[0]));
        }
    }

    #[test]
    fn distances_are_of_the_same_draws() {
        let p = [1.0 - 1e-14, 1.0];
        let (mut rng, mut again) = (Streams::new(3, 0, 0).first(), Streams::new(3, 0, 0).first());
        let mut at_the_end = 0;
        for _ in 0..1000 {
            let x: f64 = UniformFamily::draw(&mut rng, p);
            let gap: f64 = UniformGapFamily::draw(&mut again, p);
            assert!((x + gap - 1.0).abs() <= f64::EPSILON && gap > 0.0, "{x} {gap}");
            at_the_end += usize::from(x == 1.0);
        }
        assert!(at_the_end > 0, "no draw has lost its distance");
    }
}
