//! The family of values between two bounds of another family.

use super::tails::ln_1m_exp;
use super::wrapper::{PLACES, names};
use super::{BadParameter, Cut, Density, Need, Univariate};
use crate::element::Numeric;
use crate::kernel::array::from_fn;
use crate::kernel::special::RULE;
use crate::support::Bounded;
use rand::{Rng, RngExt};
use rand_distr::Open01;
use std::f64::consts::{FRAC_PI_2, LN_2};
use std::marker::PhantomData;

/// A family `F`, of at most two parameters, between two bounds: the bounds first, then the parameters of `F`.
///
/// # Density
///
/// The log-density of `F` minus `ln(F(high) - F(low))`, computed in double precision; where the interval has little probability, by
/// [`cut`](Univariate::cut), so that neither it nor its partials are differences of large numbers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate};
/// use ppl_runtime::family::normal::NormalFamily;
/// use ppl_runtime::family::truncation::Truncation;
///
/// // Far out in the tail of the normal it is nearly an exponential.
/// let log = Truncation::<NormalFamily, 2>::log_density(40.0_f64, [40.0, 50.0, 0.0, 1.0], Need::NONE).log;
/// assert!((log.exp() - 40.02496884720726).abs() < 1e-10);
/// ```
pub struct Truncation<F, const N: usize>(PhantomData<F>);

/// The base's parameters and an interval of it.
pub(super) struct Cutout<F, const N: usize> {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) p: [f64; N],
    family: PhantomData<F>,
}

/// From this probability on an interval is common: what cancels in a difference of its tails costs no more than three digits.
const COMMON: f64 = 0.05;

/// Below this share of the side it lies on, an interval's probability is integrated, because a difference would cancel.
const NARROW: f64 = 0.1;

/// Below this share of its side an interval's quantiles are found by the density, in units of the logarithm of the side.
const COARSE: f64 = 1e-6;

/// The side of the median from which an interval is seen.
enum Side {
    Below,
    Above,
    Both,
}

impl<F: Univariate<N>, const N: usize> Cutout<F, N> {
    pub(super) fn of<E: Numeric>(all: [E; PLACES]) -> Cutout<F, N> {
        let p = from_fn(0.0, |k| all[k + 2].as_f64());
        Cutout { low: all[0].as_f64(), high: all[1].as_f64(), p, family: PhantomData }
    }

    fn with(&self, low: f64, high: f64) -> Self {
        Cutout { low, high, p: self.p, family: PhantomData }
    }

    fn tails(&self, x: f64) -> [f64; 2] {
        F::log_tails(x, self.p).unwrap_or([f64::NAN; 2])
    }

    /// Returns the log-density of the base, `-inf` outside its support.
    fn log_base(&self, x: f64) -> f64 {
        if x.is_finite() && F::contains(x, self.p) {
            F::log_density(x, self.p, Need::NONE).log
        } else {
            f64::NEG_INFINITY
        }
    }

    fn side(&self, [_, above_low]: [f64; 2], [below_high, _]: [f64; 2]) -> Side {
        if below_high <= -LN_2 {
            Side::Below
        } else if above_low <= -LN_2 {
            Side::Above
        } else {
            Side::Both
        }
    }

    /// Returns the logarithms of the interval's share of the side that it lies on, and of the probability of that side.
    fn share(&self) -> (f64, f64) {
        let (at_low, at_high) = (self.tails(self.low), self.tails(self.high));
        match self.side(at_low, at_high) {
            // All of the interval lies where the base has no probability.
            Side::Below if at_high[0] == f64::NEG_INFINITY => (0.0, f64::NEG_INFINITY),
            Side::Above if at_low[1] == f64::NEG_INFINITY => (0.0, f64::NEG_INFINITY),
            Side::Below => (ln_rest(at_low[0] - at_high[0]), at_high[0]),
            Side::Above => (ln_rest(at_high[1] - at_low[1]), at_low[1]),
            Side::Both => {
                let outside = at_low[0].exp() + at_high[1].exp();
                // Rounding may have put it above one.
                ((-if outside > 1.0 { 1.0 } else { outside }).ln_1p(), 0.0)
            }
        }
    }

    /// Returns the logarithm of the interval's probability.
    fn log_mass(&self) -> f64 {
        let (log_share, log_side) = self.share();
        self.log_mass_given(log_share, log_side)
    }

    fn log_mass_given(&self, log_share: f64, log_side: f64) -> f64 {
        if self.is_narrow(log_share) { self.integrate() } else { log_side + log_share }
    }

    /// Returns whether the probability is to be integrated.
    ///
    /// The base is smooth between two points inside its support, but for a kink at the median.
    fn is_narrow(&self, log_share: f64) -> bool {
        log_share < NARROW.ln()
            && self.low < self.high
            && [self.low, self.high].iter().all(|&x| x.is_finite() && F::contains(x, self.p))
    }

    /// Returns whether the interval's share of its side is so small that the rounding of the side's logarithm would blur its quantiles.
    fn is_blurred(&self, share: f64, log_side: f64) -> bool {
        share < COARSE * (1.0 - log_side) && self.is_narrow(share.max(0.0).ln())
    }

    /// Returns the logarithm of a narrow interval's probability.
    fn integrate(&self) -> f64 {
        let median = F::quantile_below(-LN_2, self.p).unwrap_or(self.low);
        let middle = if self.low < median && median < self.high { median } else { self.high };
        let log = |x: f64| F::log_density(x, self.p, Need::NONE).log;
        let reference = log(self.low);
        let mut mass = 0.0;
        for (from, to) in [(self.low, middle), (middle, self.high)] {
            let half = 0.5 * (to - from);
            if half > 0.0 {
                for (node, weight) in RULE {
                    let step = half * (1.0 - node);
                    for x in [from + step, to - step] {
                        mass += half * weight * (log(x) - reference).exp();
                    }
                }
            }
        }
        reference + mass.ln()
    }

    /// Returns the density at a point of the interval, with partials only if they are `asked` for; nothing of an interval without
    /// probability, which has no distribution.
    pub(super) fn cut(&self, x: f64, asked: bool) -> Option<Cut<N>> {
        let (log_share, log_side) = self.share();
        if log_side == f64::NEG_INFINITY {
            return None;
        }
        let log_mass = log_side + log_share;
        let exact = F::CUT_IS_CHEAP || log_mass < COMMON.ln();
        let cut = if exact && !log_mass.is_nan() && F::contains(x, self.p) {
            F::cut(x, [self.low, self.high], self.p)
        } else {
            None
        };
        cut.or_else(|| Some(self.quotient(x, self.log_mass_given(log_share, log_side), asked)))
    }

    /// Returns the density at `x` as that of the base over the interval's probability.
    fn quotient(&self, x: f64, log_mass: f64, asked: bool) -> Cut<N> {
        let base = F::log_density(x, self.p, Need::ALL);
        let log = base.log - log_mass;
        if !asked {
            return Cut { log, at_bounds: [0.0; 2], by_parameter: [0.0; N] };
        }
        let [at_low, at_high] = [self.low, self.high].map(|x| (self.log_base(x) - log_mass).exp());
        let (low, high) = (self.shift(self.low, at_low), self.shift(self.high, at_high));
        let by_parameter = from_fn(0.0, |k| base.by_parameter[k] - (low[k] - high[k]));
        Cut { log, at_bounds: [at_low, at_high], by_parameter }
    }

    /// Returns the derivatives of the point `x` at a fixed probability of the base, times `weight`.
    ///
    /// At an end that carries no density they may be infinite.
    fn shift(&self, x: f64, weight: f64) -> [f64; N] {
        if weight == 0.0 {
            return [0.0; N];
        }
        F::draw_partials(x, self.p).map(|by| weight * by)
    }

    /// Returns the partials of the draw `z` by the bounds and by the base's parameters.
    ///
    /// What stays is the ratio of the probabilities below and above it, which is that of its densities given that the value is above, and
    /// that it is below.
    pub(super) fn draw_partials(&self, z: f64) -> ([f64; 2], [f64; N]) {
        if z == self.low || z == self.high {
            return ([z == self.low, z == self.high].map(|held| f64::from(u8::from(held))), [0.0; N]);
        }
        if !(self.low.is_finite() || self.high.is_finite()) {
            return ([0.0; 2], F::draw_partials(z, self.p));
        }
        match self.with(self.low, z).cut(z, true).zip(self.with(z, self.high).cut(z, true)) {
            Some((under, over)) => {
                let hazard = under.at_bounds[1] + over.at_bounds[0];
                (
                    [under.at_bounds[0] / hazard, over.at_bounds[1] / hazard],
                    from_fn(0.0, |k| (under.by_parameter[k] - over.by_parameter[k]) / hazard),
                )
            }
            // The draw stands at an end of the base.
            None => ([0.0; 2], F::draw_partials(z, self.p)),
        }
    }

    /// Returns the point of a narrow interval that has the share `u` of it below, by Newton's method within a bracket.
    fn quantile_by_density(&self, u: f64) -> f64 {
        let log_mass = self.integrate();
        let (mut low, mut high) = (self.low, self.high);
        let mut x = low + u * (high - low);
        for _ in 0..100 {
            let excess = (self.with(self.low, x).integrate() - log_mass).exp() - u;
            if excess < 0.0 {
                low = x;
            } else {
                high = x;
            }
            let step = excess / (self.log_base(x) - log_mass).exp();
            let newton = x - step;
            let next = if low < newton && newton < high { newton } else { low + 0.5 * (high - low) };
            let settled = (next - x).abs() <= 4.0 * f64::EPSILON * (self.high - self.low).max(next.abs());
            x = next;
            if settled {
                break;
            }
        }
        x.clamp(self.low, self.high)
    }

    /// Returns the point that has the share `u` of the interval below it and `rest = 1 - u` above.
    pub(super) fn quantile(&self, u: f64, rest: f64) -> f64 {
        let (at_low, at_high) = (self.tails(self.low), self.tails(self.high));
        let z = match self.side(at_low, at_high) {
            Side::Below => {
                let ratio = (at_low[0] - at_high[0]).exp();
                if self.is_blurred(1.0 - ratio, at_high[0]) {
                    return self.quantile_by_density(u);
                }
                F::quantile_below(at_high[0] + (u + rest * ratio).ln(), self.p)
            }
            Side::Above => {
                let ratio = (at_high[1] - at_low[1]).exp();
                if self.is_blurred(1.0 - ratio, at_low[1]) {
                    return self.quantile_by_density(u);
                }
                F::quantile_above(at_low[1] + (rest + u * ratio).ln(), self.p)
            }
            Side::Both => {
                let (under, over) = (at_low[0].exp(), at_high[1].exp());
                let mass = 1.0 - under - over;
                if self.is_blurred(mass, 0.0) {
                    return self.quantile_by_density(u);
                }
                let below = under + u * mass;
                if below <= 0.5 {
                    F::quantile_below(below.ln(), self.p)
                } else {
                    F::quantile_above((over + rest * mass).ln(), self.p)
                }
            }
        };
        // Rounding may leave the interval.
        z.map_or(f64::NAN, |z| {
            if z < self.low {
                self.low
            } else if z > self.high {
                self.high
            } else {
                z
            }
        })
    }

    /// Returns the integral over the interval of the density times a function of the value (double-exponential rule).
    fn expectation(&self, f: impl Fn(f64) -> f64) -> f64 {
        let bounded = self.low.is_finite() && self.high.is_finite();
        if !bounded && !F::mean(self.p).is_finite() {
            return f64::NAN;
        }
        let h = 1.0 / 32.0;
        let mut total = 0.0;
        for k in -130..=130 {
            let t = f64::from(k) * h;
            let s = FRAC_PI_2 * t.sinh();
            let (u, rest) = ((1.0 + (-2.0 * s).exp()).recip(), (1.0 + (2.0 * s).exp()).recip());
            let weight = h * 2.0 * FRAC_PI_2 * t.cosh() * u * rest;
            if u > 0.0 && rest > 0.0 {
                total += weight * f(self.quantile(u, rest));
            }
        }
        total
    }
}

/// Returns `ln(1 - e^l)`, of zero where rounding has put the smaller tail above the larger one.
fn ln_rest(l: f64) -> f64 {
    ln_1m_exp(if l > 0.0 { 0.0 } else { l })
}

impl<F: Univariate<N>, const N: usize> Univariate<PLACES> for Truncation<F, N> {
    type Support = Bounded;
    const NAME: &'static str = "Truncated";
    const PARAMETERS: [&'static str; PLACES] = names(["low", "high"], F::PARAMETERS);
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;
    const JUMPS: usize = 2 + F::JUMPS;

    fn log_density<E: Numeric>(x: E, p: [E; PLACES], need: Need) -> Density<E, PLACES> {
        let cutout = Cutout::<F, N>::of(p);
        let x = x.as_f64();
        if !(cutout.low <= x && x <= cutout.high) {
            let known = ![x, cutout.low, cutout.high].iter().chain(&cutout.p).any(|v| v.is_nan());
            let log = if known { f64::NEG_INFINITY } else { f64::NAN };
            return Density { log: E::of(log), by_value: E::zero(), by_parameter: [E::zero(); PLACES] };
        }
        let asked = (0..PLACES).any(|k| need.parameter(k));
        let by_value = E::of(F::log_density(x, cutout.p, Need::ALL).by_value);
        let mut by_parameter = [E::zero(); PLACES];
        let Some(cut) = cutout.cut(x, asked) else {
            return Density { log: E::nan(), by_value, by_parameter };
        };
        by_parameter[0] = E::of(cut.at_bounds[0]);
        by_parameter[1] = E::of(-cut.at_bounds[1]);
        for k in 0..N {
            by_parameter[k + 2] = E::of(cut.by_parameter[k]);
        }
        Density { log: E::of(cut.log), by_value, by_parameter }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; PLACES]) -> E {
        let u: f64 = rng.sample(Open01);
        let z = E::of(Cutout::<F, N>::of(p).quantile(u, 1.0 - u));
        // Rounding to the element may leave the interval.
        if z < p[0] {
            p[0]
        } else if z > p[1] {
            p[1]
        } else if z == E::zero() && !Self::contains(z, p) {
            // It was a positive number, too small for the element.
            E::min_positive_value()
        } else {
            z
        }
    }

    fn draw_partials<E: Numeric>(z: E, p: [E; PLACES]) -> [E; PLACES] {
        let cutout = Cutout::<F, N>::of(p);
        let (by_bounds, by_base) = cutout.draw_partials(z.as_f64());
        let mut by = [E::zero(); PLACES];
        for k in 0..2 {
            by[k] = E::of(by_bounds[k]);
        }
        for k in 0..N {
            by[k + 2] = E::of(by_base[k]);
        }
        by
    }

    fn contains<E: Numeric>(x: E, p: [E; PLACES]) -> bool {
        x >= p[0] && x <= p[1] && F::contains(x, from_fn(E::zero(), |k| p[k + 2]))
    }

    fn check<E: Numeric>(p: [E; PLACES]) -> Result<(), BadParameter> {
        F::check::<E>(from_fn(E::zero(), |k| p[k + 2]))?;
        if p[0].is_nan() || p[0] == E::infinity() {
            return Err(BadParameter { name: "low", must: "be a number or -inf" });
        }
        if p[1].is_nan() || p[1] <= p[0] {
            return Err(BadParameter { name: "high", must: "be above the lower bound" });
        }
        let cutout = Cutout::<F, N>::of(p);
        if cutout.log_mass() > f64::NEG_INFINITY {
            Ok(())
        } else {
            Err(BadParameter { name: "high", must: "leave some probability above the lower bound" })
        }
    }

    fn mean<E: Numeric>(p: [E; PLACES]) -> E {
        E::of(Cutout::<F, N>::of(p).expectation(|x| x))
    }

    fn variance<E: Numeric>(p: [E; PLACES]) -> E {
        let cutout = Cutout::<F, N>::of(p);
        let mean = cutout.expectation(|x| x);
        E::of(cutout.expectation(|x| (x - mean) * (x - mean)))
    }

    fn cdf<E: Numeric>(x: E, p: [E; PLACES]) -> Option<E> {
        let cutout = Cutout::<F, N>::of(p);
        let x = x.as_f64();
        if x <= cutout.low || x >= cutout.high {
            return Some(if x <= cutout.low { E::zero() } else { E::one() });
        }
        Some(E::of((cutout.with(cutout.low, x).log_mass() - cutout.log_mass()).exp()))
    }

    fn icdf<E: Numeric>(u: E, p: [E; PLACES]) -> Option<E> {
        let u = u.as_f64();
        Some(E::of(Cutout::<F, N>::of(p).quantile(u, 1.0 - u)))
    }
}

#[cfg(test)]
#[path = "truncation_exact_tests.rs"]
mod exact_tests;
#[cfg(test)]
#[path = "truncation_tests.rs"]
mod tests;
