//! The Dirichlet distribution on the simplex.

use super::double::{bounded, outside, require_positive, zero_times};
use super::gamma_draw::GammaDraw;
use super::{BadParameter, EventShape, Need, Ranks, Structured};
use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::gamma_log_draw_derivative;
use crate::support::Simplex;
use rand::Rng;

/// The Dirichlet family: density `Gamma(sum a) prod x_i^(a_i - 1) / Gamma(a_i)` on vectors `x` that sum to one.
///
/// Draws are Gamma variables divided by their sum, in log space, so that small concentrations give neither 0/0 nor a
/// zero; the pathwise gradient is theirs, through the division. The partials by the value are those of the formula in all
/// components, so the log-density is that of the formula for what nearly sums to one, too; `contains` is exact up to
/// rounding.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Structured, dirichlet::DirichletFamily};
/// let mut mean = [0.0_f64; 3];
/// DirichletFamily::mean_into([&[1.0, 2.0, 1.0]], [&[3]], &mut mean);
/// assert_eq!(mean, [0.25, 0.5, 0.25]);
/// ```
///
/// # References
///
/// Figurnov, Mohamed and Mnih (2018), Implicit reparameterization gradients, section 4.
#[derive(Clone, Copy, Debug)]
pub struct DirichletFamily;

/// How far from one a sum of weights may be: data that were rounded to a few digits are, others have another scale.
const BESIDE: f64 = 0.02;

fn total<E: Numeric>(values: &[E]) -> f64 {
    values.iter().map(|v| v.as_f64()).sum()
}

impl Structured<1> for DirichletFamily {
    type Support = Simplex;
    const NAME: &'static str = "Dirichlet";
    const PARAMETERS: [&'static str; 1] = ["concentration"];
    const RANKS: Ranks<1> = Ranks { value: 1, parameters: [1] };
    const PATHWISE: bool = true;

    fn event_shape([concentration]: [&[usize]; 1]) -> Result<EventShape, String> {
        match concentration {
            [n] if *n > 0 => Ok(EventShape::vector(*n)),
            other => Err(format!("concentration must be [n] with n of at least one, got {other:?}")),
        }
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [concentration]: [&[E]; 1],
        _: [&[usize]; 1],
        need: Need,
        seed: E,
        by_value: &mut [E],
        [by_concentration]: [&mut [E]; 1],
        _: &mut [E],
    ) -> E {
        let sum = total(concentration);
        // The partials are those of a function beside the simplex too; weights that are none are wrong all the same.
        if (total(x) - 1.0).abs() > BESIDE && !sum.is_nan() {
            return E::neg_infinity();
        }
        let mut log = math::ln_gamma(sum);
        for (&x, &a) in x.iter().zip(concentration) {
            let (x, a) = (x.as_f64(), a.as_f64());
            if !(0.0..=1.0).contains(&x) || a.is_nan() {
                // NaN passes, and beside it everything else is outside the simplex.
                log += outside(x, [a]).log;
            } else {
                log += zero_times(a - 1.0, x.ln()) - math::ln_gamma(a);
            }
        }
        if need.value() {
            for ((out, &x), &a) in by_value.iter_mut().zip(x).zip(concentration) {
                let slope = zero_times(a.as_f64() - 1.0, x.as_f64().recip());
                *out += seed * E::of(slope);
            }
        }
        if need.parameter(0) {
            let level = math::digamma(sum);
            for ((out, &x), &a) in by_concentration.iter_mut().zip(x).zip(concentration) {
                *out += seed * E::of(level - math::digamma(a.as_f64()) + x.as_f64().ln());
            }
        }
        E::of(log)
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [concentration]: [&[E]; 1],
        _: [&[usize]; 1],
        z: &mut [E],
        noise: &mut [E],
        _: &mut [E],
    ) {
        // The noise holds the logarithms of the Gamma variables. The variables are compared in units of the largest concentration
        // where that is one or more, because logarithms would lose their digits there, and else in units of the largest of them.
        let unit = concentration.iter().fold(0.0, |unit, a| a.as_f64().max(unit));
        let by_unit = unit >= 1.0;
        let mut first: Option<(usize, GammaDraw)> = None;
        let mut highest = E::neg_infinity();
        for (i, ((out, z), &a)) in noise.iter_mut().zip(&mut *z).zip(concentration).enumerate() {
            let draw = GammaDraw::new(rng, a.as_f64());
            *out = E::of(draw.ln()).max(E::min_value());
            if by_unit {
                *z = E::of(draw.value().map_or_else(|| (draw.ln() - unit.ln()).exp(), |value| value / unit));
                continue;
            }
            highest = highest.max(*out);
            // As long as all logarithms are below the range.
            if highest == E::min_value() && first.is_none_or(|(_, first)| draw.is_above(first)) {
                first = Some((i, draw));
            }
        }
        if !by_unit {
            // Where all logarithms are below the range one component has all the weight.
            let all_below = highest == E::min_value();
            for (i, (out, &ln_gamma)) in z.iter_mut().zip(&*noise).enumerate() {
                let is_first = first.is_some_and(|(first, _)| first == i);
                *out = match (all_below, is_first) {
                    (false, _) => math::exp(ln_gamma - highest),
                    (true, true) => E::one(),
                    (true, false) => E::zero(),
                };
            }
        }
        let sum: E = z.iter().copied().sum();
        for out in z {
            *out = (*out / sum).max(E::min_positive_value());
        }
    }

    fn pull_back<E: Numeric>(
        z: &[E],
        noise: &[E],
        dz: &[E],
        [concentration]: [&[E]; 1],
        _: [&[usize]; 1],
        need: Need,
        [by_concentration]: [&mut [E]; 1],
        _: &mut [E],
    ) {
        if !need.parameter(0) {
            return;
        }
        // dz_j/da_i = z_j (delta_ij - z_i) d ln g_i/da_i.
        let level: E = z.iter().zip(dz).map(|(&z, &d)| z * d).sum();
        for (i, out) in by_concentration.iter_mut().enumerate() {
            // A component that is as small as a number can be does not move.
            if z[i] <= E::min_positive_value() {
                continue;
            }
            let derivative = gamma_log_draw_derivative(noise[i].as_f64(), concentration[i].as_f64());
            *out += bounded(E::of(z[i].as_f64() * derivative)) * (dz[i] - level);
        }
    }

    fn contains<E: Numeric>(x: &[E], [concentration]: [&[E]; 1], _: [&[usize]; 1]) -> bool {
        let inside = |(&x, &a): (&E, &E)| x > E::zero() || x == E::zero() && a == E::one();
        // Normalisation in the caller's own precision leaves a rounding error per component.
        let slack = E::epsilon().as_f64().sqrt();
        x.iter().zip(concentration).all(inside) && (total(x) - 1.0).abs() <= slack
    }

    fn check<E: Numeric>([concentration]: [&[E]; 1], _: [&[usize]; 1]) -> Result<(), BadParameter> {
        concentration.iter().try_for_each(|&a| require_positive("concentration", a))
    }

    fn mean_into<E: Numeric>([concentration]: [&[E]; 1], _: [&[usize]; 1], out: &mut [E]) {
        let sum = total(concentration);
        for (out, &a) in out.iter_mut().zip(concentration) {
            *out = E::of(a.as_f64() / sum);
        }
    }

    fn variance_into<E: Numeric>([concentration]: [&[E]; 1], _: [&[usize]; 1], out: &mut [E]) {
        let sum = total(concentration);
        for (out, &a) in out.iter_mut().zip(concentration) {
            let share = a.as_f64() / sum;
            *out = E::of(share * ((sum - a.as_f64()) / sum) / (sum + 1.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Univariate, beta::BetaFamily, check};
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// Returns the log-density and both gradients, with a seed of two on top of ones.
    fn full(x: &[f64], a: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (mut dx, mut da) = (vec![1.0; x.len()], vec![1.0; x.len()]);
        let shape = [x.len()];
        let log = DirichletFamily::log_density(x, [a], [&shape], Need::ALL, 2.0, &mut dx, [&mut da], &mut []);
        (log, dx, da)
    }

    fn log(x: &[f64], a: &[f64]) -> f64 {
        DirichletFamily::log_density(x, [a], [&[x.len()]], Need::NONE, 1.0, &mut [], [&mut []], &mut [])
    }

    fn draw(rng: &mut Xoshiro256PlusPlus, a: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut z, mut noise) = (vec![0.0; a.len()], vec![0.0; a.len()]);
        DirichletFamily::draw(rng, [a], [&[a.len()]], &mut z, &mut noise, &mut []);
        (z, noise)
    }

    #[test]
    fn density_meets_outside_values() {
        // scipy.stats.dirichlet.logpdf(x, concentration).
        for (x, a, expected) in [
            ([0.2, 0.5, 0.3], [1.5, 0.4, 3.0], -1.1372621167820982),
            ([0.0001, 0.9, 0.0999], [0.01, 40.0, 5.0], 6.74076789036251),
            ([0.25, 0.25, 0.5], [1.0, 1.0, 1.0], std::f64::consts::LN_2),
        ] {
            check::assert_close("log density", log(&x, &a), expected, 1e-12);
        }
        assert_eq!(log(&[0.0, 1.0], &[1.0, 1.0]), 0.0);
        assert_eq!(log(&[-0.5, 1.5], &[2.0, 2.0]), f64::NEG_INFINITY);
        assert!(log(&[f64::NAN, 0.5], &[2.0, 2.0]).is_nan() && log(&[0.5, 0.5], &[f64::NAN, 2.0]).is_nan());
        // Two components are a Beta.
        let beta = BetaFamily::log_density(0.3, [2.5, 0.7], Need::NONE).log;
        check::assert_close("Beta", log(&[0.3, 0.7], &[2.5, 0.7]), beta, 1e-13);
    }

    #[test]
    fn gradients_meet_differences() {
        for (x, a) in [
            ([0.2, 0.5, 0.3], [1.5, 0.4, 3.0]),
            ([2e-3, 0.9, 0.098], [0.01, 40.0, 5.0]),
            ([0.3, 0.3, 0.4], [700.0, 650.0, 900.0]),
        ] {
            let (_, dx, da) = full(&x, &a);
            for k in 0..3 {
                let at = |v: f64, mut x: [f64; 3]| {
                    x[k] = v;
                    x
                };
                check::assert_derivative("by value", |v| log(&at(v, x), &a), x[k], (dx[k] - 1.0) / 2.0);
                check::assert_derivative(
                    "by concentration",
                    |v| log(&x, &at(v, a)),
                    a[k],
                    (da[k] - 1.0) / 2.0,
                );
            }
        }
    }

    #[test]
    fn components_of_draws_are_beta() {
        let a = [0.3, 2.0, 5.0];
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let draws: Vec<_> = (0..50_000).map(|_| draw(&mut rng, &a).0).collect();
        assert!(draws.iter().all(|z| DirichletFamily::contains(z, [&a], [&[3]])));
        for k in 0..3 {
            let component = draws.iter().map(|z| z[k]).collect();
            let p = [a[k], 7.3 - a[k]];
            check::assert_distributed("component", component, |x| BetaFamily::cdf(x, p).expect("a cdf"));
        }
    }

    #[test]
    fn small_concentrations_stay_on_the_simplex() {
        let a = [1e-4; 5];
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        for _ in 0..1000 {
            let (z, noise) = draw(&mut rng, &a);
            assert!(DirichletFamily::contains(&z, [&a], [&[5]]), "{z:?}");
            assert!(log(&z, &a).is_finite());
            let mut da = [0.0; 5];
            DirichletFamily::pull_back(&z, &noise, &[1.0; 5], [&a], [&[5]], Need::ALL, [&mut da], &mut []);
            assert!(da.iter().all(|d| d.is_finite()), "{da:?}");
        }
    }

    #[test]
    fn the_pathwise_gradient_is_unbiased() {
        // f(x) = sum of c_i x_i^2 + x_0 x_1, with E[x_i x_j] in closed form; checked at five standard errors.
        let (a, c) = ([0.6, 1.5, 3.0], [1.0, -2.0, 0.5]);
        let exact = |a: [f64; 3]| {
            let s: f64 = a.iter().sum();
            let squares: f64 = (0..3).map(|i| c[i] * a[i] * (a[i] + 1.0)).sum();
            (squares + a[0] * a[1]) / (s * (s + 1.0))
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let n = 200_000;
        let (mut sum, mut squares) = ([0.0; 3], [0.0; 3]);
        for _ in 0..n {
            let (z, noise) = draw(&mut rng, &a);
            let dz = [2.0 * c[0] * z[0] + z[1], 2.0 * c[1] * z[1] + z[0], 2.0 * c[2] * z[2]];
            let mut da = [0.0; 3];
            DirichletFamily::pull_back(&z, &noise, &dz, [&a], [&[3]], Need::ALL, [&mut da], &mut []);
            for k in 0..3 {
                sum[k] += da[k];
                squares[k] += da[k] * da[k];
            }
        }
        for k in 0..3 {
            let expected = check::difference(
                |v| {
                    let mut a = a;
                    a[k] = v;
                    exact(a)
                },
                a[k],
            );
            let mean = sum[k] / f64::from(n);
            let error = ((squares[k] / f64::from(n) - mean * mean) / f64::from(n)).sqrt();
            assert!(error < 0.01 * expected.abs(), "too few draws for component {k}: {error}, {expected}");
            assert!((mean - expected).abs() < 5.0 * error, "component {k}: {mean}, {expected}, {error}");
        }
    }

    #[test]
    fn moments_are_those_of_beta_components() {
        let a = [0.3, 2.0, 5.0];
        let (mut mean, mut variance) = ([0.0; 3], [0.0; 3]);
        DirichletFamily::mean_into([&a], [&[3]], &mut mean);
        DirichletFamily::variance_into([&a], [&[3]], &mut variance);
        for k in 0..3 {
            let p = [a[k], 7.3 - a[k]];
            check::assert_close("mean", mean[k], BetaFamily::mean(p), 1e-14);
            check::assert_close("variance", variance[k], BetaFamily::variance(p), 1e-14);
        }
        assert!(DirichletFamily::event_shape([&[2, 3]]).is_err());
        assert!(DirichletFamily::check([&[1.0, -1.0]], [&[2]]).is_err());
    }

    #[test]
    fn weights_that_do_not_sum_to_one_have_no_density() {
        let log = |x: &[f64]| {
            DirichletFamily::log_density(
                x,
                [&[2.0, 2.0]],
                [&[2]],
                Need::NONE,
                1.0,
                &mut [],
                [&mut []],
                &mut [],
            )
        };
        for x in [[0.2, 0.2], [1.0, 1.0], [0.0, 0.0], [0.5, 0.53]] {
            assert_eq!(log(&x), f64::NEG_INFINITY, "{x:?}");
        }
        // Rounded to two digits.
        assert!(log(&[0.33, 0.66]).is_finite());
        assert!(log(&[f64::NAN, 0.5]).is_nan());
    }
}
