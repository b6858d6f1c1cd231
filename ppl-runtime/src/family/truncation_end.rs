//! Truncated distributions near their upper bound, where how far a value lies below has to be known by itself.

use super::double::{outside, positive, rounded};
use super::truncation::{Cutout, Truncation};
use super::wrapper::{PLACES, names};
use super::{BadParameter, Cut, Density, FromEnd, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::array::from_fn;
use crate::kernel::special::RULE;
use crate::support::{Bounded, Positive};
use rand::{Rng, RngExt};
use rand_distr::Open01;
use std::marker::PhantomData;

/// The distribution of `high - x`, where `x` has the family `F` between two bounds: the bounds first, then the parameters of `F`.
///
/// Its draws are the distances of those that [`Truncation`] makes of the same random numbers, each with all its digits, and move with the
/// parameters as these do.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, normal::NormalFamily, truncation_end::TruncationGapFamily};
///
/// // Of a normal around two with the scale 1e-9 what is left below one lies within 1e-18 of it, about exponentially: a distance is
/// // proportional to the square of the scale.
/// type Gap = TruncationGapFamily<NormalFamily, 2>;
/// let [_, _, _, by_scale] = Gap::draw_partials(1e-18_f64, [0.0, 1.0, 2.0, 1e-9]);
/// assert!((by_scale / 2e-9 - 1.0).abs() < 1e-9);
/// ```
pub struct TruncationGapFamily<F, const N: usize>(PhantomData<F>);

/// A family `F` below one, of which a value and its distance to one are told apart: the lower bound, the distance, then the parameters of
/// `F`.
///
/// # Density
///
/// That of [`Truncation`] between the lower bound and one. Above a half it is that of the distance.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, normal::NormalFamily, truncation_end::TruncationBesideFamily};
///
/// // The value rounds to one; its distance is exponential with the mean 1e-18.
/// type Beside = TruncationBesideFamily<NormalFamily, 2>;
/// let density = Beside::log_density(1.0_f64, [0.0, 3e-18, 2.0, 1e-9], Need::ALL);
/// assert!((density.log - (1e18_f64.ln() - 3.0)).abs() < 1e-9);
/// ```
pub struct TruncationBesideFamily<F, const N: usize>(PhantomData<F>);

/// Below this share of the upper bound a distance to it is found by itself: a difference costs no more than four digits.
const NEAR: f64 = 1.0 / 4096.0;

/// How far the log-density may fall within one panel of an integral.
const FALL: f64 = 6.0;

/// An interval seen from its upper bound, where it has a density.
struct FromAbove<F, const N: usize> {
    high: f64,
    width: f64,
    p: [f64; N],
    /// The density at the upper bound.
    at_end: Cut<N>,
    family: PhantomData<F>,
}

impl<F: Univariate<N>, const N: usize> FromAbove<F, N> {
    fn of(cutout: &Cutout<F, N>) -> Option<Self> {
        let &Cutout { low, high, p, .. } = cutout;
        F::from_end(high, 0.0, p)?;
        let at_end = cutout.cut(high, true)?;
        let density = at_end.at_bounds[1];
        let is_known = high.is_finite() && density > 0.0 && density.is_finite();
        is_known.then_some(FromAbove { high, width: high - low, p, at_end, family: PhantomData })
    }

    fn at(&self, gap: f64) -> FromEnd<N> {
        F::from_end(self.high, gap, self.p).unwrap_or(FromEnd::OUTSIDE)
    }

    /// Returns the probability of the distances below this one, as a multiple of the density at the bound, and the integral of the
    /// derivatives of that density.
    fn integrate(&self, gap: f64) -> (f64, [f64; N]) {
        let fall = self.at(gap).log.abs();
        let panels = (fall / FALL).ceil().clamp(1.0, 16.0);
        let half = 0.5 * gap / panels;
        let (mut mass, mut slopes) = (0.0, [0.0; N]);
        for panel in 0..panels as u32 {
            let middle = (2.0 * f64::from(panel) + 1.0) * half;
            for (node, weight) in RULE {
                for t in [middle - half * node, middle + half * node] {
                    let FromEnd { log, by_parameter, .. } = self.at(t);
                    let share = half * weight * log.exp();
                    mass += share;
                    for (slope, by) in slopes.iter_mut().zip(by_parameter) {
                        *slope += share * by;
                    }
                }
            }
        }
        (mass, slopes)
    }

    /// Returns the distance below which the interval has this probability, by Newton's method within a bracket.
    fn quantile(&self, share: f64) -> f64 {
        let target = share / self.at_end.at_bounds[1];
        let rate = -self.at(0.0).by_gap;
        // As if the density grew or fell exponentially from the bound on.
        let lack = rate * target;
        let guess = if lack.abs() < 1e-8 {
            target
        } else if lack < 1.0 {
            -(-lack).ln_1p() / rate
        } else {
            4.0 / rate
        };
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut gap = guess.min(self.width);
        for _ in 0..200 {
            let excess = self.integrate(gap).0 - target;
            if excess < 0.0 {
                low = gap;
            } else {
                high = gap;
            }
            let newton = gap - excess / self.at(gap).log.exp();
            let next = if low < newton && newton < high.min(2.0 * gap) {
                newton
            } else if high == f64::INFINITY {
                2.0 * gap
            } else {
                low + 0.5 * (high - low)
            };
            let next = next.min(self.width);
            let settled = (next - gap).abs() <= 4.0 * f64::EPSILON * gap;
            gap = next;
            if settled {
                break;
            }
        }
        gap
    }
}

/// Returns how far the point with the share `rest` of the interval above it lies below the upper bound.
fn gap<F: Univariate<N>, const N: usize>(cutout: &Cutout<F, N>, u: f64, rest: f64) -> f64 {
    let difference = cutout.high - cutout.quantile(u, rest);
    if difference > NEAR * cutout.high.abs() || difference.is_nan() {
        return difference;
    }
    FromAbove::of(cutout).map_or(difference, |from_above| from_above.quantile(rest))
}

impl<F: Univariate<N>, const N: usize> Univariate<PLACES> for TruncationGapFamily<F, N> {
    type Support = Positive;
    const NAME: &'static str = "Truncated";
    const PARAMETERS: [&'static str; PLACES] = names(["low", "high"], F::PARAMETERS);
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; PLACES], need: Need) -> Density<E, PLACES> {
        Truncation::<F, N>::log_density(p[1] - x, p, need)
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; PLACES]) -> E {
        let u: f64 = rng.sample(Open01);
        positive(gap(&Cutout::<F, N>::of(p), u, 1.0 - u))
    }

    fn draw_partials<E: Numeric>(z: E, p: [E; PLACES]) -> [E; PLACES] {
        let cutout = Cutout::<F, N>::of(p);
        let gap = z.as_f64();
        let near = if gap <= NEAR * cutout.high.abs() { FromAbove::of(&cutout) } else { None };
        let (by_bounds, by_base) = match near {
            Some(from_above) => {
                let (mass, slopes) = from_above.integrate(gap);
                let fall = -from_above.at(gap).log;
                let weight = fall.exp();
                let Cut { at_bounds: [at_low, at_high], by_parameter, .. } = from_above.at_end;
                let by_low = -mass * at_low * weight;
                let by_high = mass * at_high * weight - fall.exp_m1();
                ([by_low, by_high], from_fn(0.0, |k| -(mass * by_parameter[k] + slopes[k]) * weight))
            }
            None => {
                let (by_bounds, by_base) = cutout.draw_partials(cutout.high - gap);
                ([-by_bounds[0], 1.0 - by_bounds[1]], by_base.map(|by| -by))
            }
        };
        let mut by = [E::zero(); PLACES];
        for (place, partial) in by.iter_mut().zip(by_bounds.iter().chain(&by_base)) {
            *place = E::of(*partial);
        }
        by
    }

    fn contains<E: Numeric>(x: E, p: [E; PLACES]) -> bool {
        Truncation::<F, N>::contains(p[1] - x, p)
    }

    fn check<E: Numeric>(p: [E; PLACES]) -> Result<(), BadParameter> {
        Truncation::<F, N>::check(p)
    }

    fn mean<E: Numeric>(p: [E; PLACES]) -> E {
        p[1] - Truncation::<F, N>::mean(p)
    }

    fn variance<E: Numeric>(p: [E; PLACES]) -> E {
        Truncation::<F, N>::variance(p)
    }

    fn cdf<E: Numeric>(x: E, p: [E; PLACES]) -> Option<E> {
        let above = Truncation::<F, N>::cdf(p[1] - x, p)?;
        Some(E::one() - above)
    }
}

impl<F: Univariate<N>, const N: usize> Univariate<PLACES> for TruncationBesideFamily<F, N> {
    type Support = Bounded;
    const NAME: &'static str = "Truncated";
    const PARAMETERS: [&'static str; PLACES] = names(["low", "gap"], F::PARAMETERS);
    const PATHWISE: bool = false;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; PLACES], need: Need) -> Density<E, PLACES> {
        let gap = p[1].as_f64();
        let mut bounded = p;
        bounded[1] = E::one();
        let cutout = Cutout::<F, N>::of(bounded);
        if gap < 0.0 || gap > 1.0 - cutout.low || gap.is_nan() {
            return rounded(outside(x.as_f64(), p.map(E::as_f64)));
        }
        let from_above = if gap < 0.5 { FromAbove::of(&cutout) } else { None };
        let Some(from_above) = from_above else {
            let by_value = Truncation::<F, N>::log_density(x, bounded, need);
            let mut by_parameter = by_value.by_parameter;
            by_parameter[1] = E::zero();
            return Density { by_parameter, ..by_value };
        };
        let FromEnd { log, by_gap, by_parameter } = from_above.at(gap);
        let Cut { log: log_at_end, at_bounds, by_parameter: at_end } = from_above.at_end;
        let mut by = [0.0; PLACES];
        (by[0], by[1]) = (at_bounds[0], by_gap);
        for k in 0..N {
            by[k + 2] = at_end[k] + by_parameter[k];
        }
        rounded(Density { log: log_at_end + log, by_value: 0.0, by_parameter: by })
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, mut p: [E; PLACES]) -> E {
        p[1] = E::one();
        Truncation::<F, N>::draw(rng, p)
    }

    fn contains<E: Numeric>(x: E, mut p: [E; PLACES]) -> bool {
        p[1] = E::one();
        Truncation::<F, N>::contains(x, p)
    }

    fn check<E: Numeric>(mut p: [E; PLACES]) -> Result<(), BadParameter> {
        p[1] = E::one();
        Truncation::<F, N>::check(p)
    }

    fn mean<E: Numeric>(mut p: [E; PLACES]) -> E {
        p[1] = E::one();
        Truncation::<F, N>::mean(p)
    }

    fn variance<E: Numeric>(mut p: [E; PLACES]) -> E {
        p[1] = E::one();
        Truncation::<F, N>::variance(p)
    }
}

#[cfg(test)]
#[path = "truncation_end_tests.rs"]
mod tests;
