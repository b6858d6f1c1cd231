//! Divergences between distributions of directions.

use crate::element::Numeric;
use crate::family::directions::Apart;
use crate::kernel::special::Resultant;
use crate::support::has_unit_length;

/// Returns the divergence of one von Mises-Fisher distribution from another in as many dimensions; both by their concentration and their
/// mean direction.
///
/// With the lengths `A(k)` of the mean vectors, and `ln M(k)` the logarithm of the mean of `exp(k (cos - 1))` over the sphere:
/// `(k_p - k_q) (1 - A(k_q)) + ln M(k_p) - ln M(k_q) + k_p A(k_q) (1 - m_q . m_p)`. From the uniform distribution it is that for `k_p = 0`,
/// whatever its mean direction.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::von_mises_fisher_von_mises_fisher;
///
/// let (q, uniform): ([&[f64]; 2], [&[f64]; 2]) = ([&[2.0], &[0.0, 0.6, 0.8]], [&[0.0], &[1.0, 0.0, 0.0]]);
/// let none = || [&mut [][..], &mut []];
/// let value = von_mises_fisher_von_mises_fisher(q, uniform, 1.0, none(), none());
/// // ln(k / sinh(k)) + k coth(k) - 1 in three dimensions.
/// let expected = (2.0 / 2.0_f64.sinh()).ln() + 2.0 / 2.0_f64.tanh() - 1.0;
/// assert!((value - expected).abs() < 1e-14);
/// ```
pub fn von_mises_fisher_von_mises_fisher<E: Numeric>(
    [concentration_q, mean_q]: [&[E]; 2],
    [concentration_p, mean_p]: [&[E]; 2],
    seed: E,
    [by_concentration_q, by_mean_q]: [&mut [E]; 2],
    [by_concentration_p, by_mean_p]: [&mut [E]; 2],
) -> E {
    // What is no direction makes no distribution: a divergence of two others may not stand for it.
    if ![mean_q, mean_p].into_iter().all(has_unit_length) {
        return E::nan();
    }
    let [k, l] = [concentration_q, concentration_p].map(|k| k[0].as_f64());
    let [q, p] = [k, l].map(|k| Resultant::new(mean_q.len(), k));
    let (apart, seed) = (Apart::new(mean_q, mean_p), seed.as_f64());
    if let [by] = by_concentration_q {
        *by += E::of(seed * q.rise_times((k - l) + l * apart.lack));
    }
    if let [by] = by_concentration_p {
        *by += E::of(seed * ((q.lack - p.lack) + q.length * apart.lack));
    }
    let pull = seed * l * q.length;
    if !by_mean_q.is_empty() {
        apart.add_gradient(mean_q, mean_p, pull, by_mean_q);
    }
    if !by_mean_p.is_empty() {
        apart.swapped().add_gradient(mean_p, mean_q, pull, by_mean_p);
    }
    E::of((l - k) * q.lack + (p.log_mean - q.log_mean) + l * q.length * apart.lack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check::{assert_close, assert_derivative, integrate};
    use crate::family::von_mises::VonMisesFamily;
    use crate::family::{Need, Univariate};
    use std::f64::consts::PI;

    fn divergence((k, q): (f64, &[f64]), (l, p): (f64, &[f64])) -> f64 {
        let none = || [&mut [][..], &mut []];
        von_mises_fisher_von_mises_fisher([&[k], q], [&[l], p], 1.0, none(), none())
    }

    fn at(angle: f64) -> [f64; 2] {
        [angle.cos(), angle.sin()]
    }

    #[test]
    fn on_the_circle_it_is_the_integral() {
        for (k, l, apart) in
            [(0.0, 2.0, 1.0), (3.0, 0.0, 1.0), (0.4, 0.5, 0.0), (8.0, 3.0, 2.5), (40.0, 90.0, 0.3)]
        {
            let log = |x: f64, loc: f64, k: f64| VonMisesFamily::log_density(x, [loc, k], Need::NONE).log;
            let term = |x: f64| log(x, 0.0, k).exp() * (log(x, 0.0, k) - log(x, apart, l));
            let expected = integrate(term, (-PI, 0.0)) + integrate(term, (0.0, PI));
            assert_close("value", divergence((k, &at(0.7)), (l, &at(0.7 + apart))), expected, 1e-9);
        }
    }

    #[test]
    fn in_three_dimensions_it_is_the_integral_over_the_cosine() {
        // The mean of `m_p . x` over a circle around `m_q` is `w m_p . m_q`, and the density of the cosine `w` is elementary.
        let (q, p) = ([0.0, 0.6, -0.8], [0.48, 0.6, -0.64]);
        let cos = 0.36 + 0.512;
        for (k, l) in [(0.5_f64, 3.0_f64), (10.0, 4.0), (30.0, 30.0)] {
            let ln_c = |k: f64| (k / k.sinh()).ln();
            let term = |w: f64| (k * w + ln_c(k)).exp() * 0.5 * (k * w + ln_c(k) - l * w * cos - ln_c(l));
            assert_close("value", divergence((k, &q), (l, &p)), integrate(term, (-1.0, 1.0)), 1e-9);
            let term = |w: f64| (k * w + ln_c(k)).exp() * 0.5 * (k * w + ln_c(k));
            assert_close("from uniform", divergence((k, &q), (0.0, &p)), integrate(term, (-1.0, 1.0)), 1e-9);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        let direction = |turn: f64, dimension: usize| -> Vec<f64> {
            let v: Vec<f64> = (0..dimension).map(|i| (turn + 1.7 * i as f64).sin()).collect();
            let length = v.iter().map(|v| v * v).sum::<f64>().sqrt();
            v.iter().map(|v| v / length).collect()
        };
        for (dimension, k, l) in [(2, 0.7, 2.0), (3, 20.0, 0.5), (6, 3.0, 300.0), (50, 80.0, 60.0)] {
            let (q, p) = (|turn| direction(turn, dimension), |turn| direction(0.8 + turn, dimension));
            let (mut by_k, mut by_l) = ([0.5], [0.5]);
            let (mut by_q, mut by_p) = (vec![0.5; dimension], vec![0.5; dimension]);
            let (given_q, given_p) = (q(1.0), p(1.0));
            von_mises_fisher_von_mises_fisher(
                [&[k], &given_q],
                [&[l], &given_p],
                2.0,
                [&mut by_k, &mut by_q],
                [&mut by_l, &mut by_p],
            );
            assert_derivative("by k_q", |k| divergence((k, &q(1.0)), (l, &p(1.0))), k, 0.5 * (by_k[0] - 0.5));
            assert_derivative("by k_p", |l| divergence((k, &q(1.0)), (l, &p(1.0))), l, 0.5 * (by_l[0] - 0.5));
            // Along a curve on the sphere, whose tangent comes of differences too.
            let along = |by: &[f64], curve: &dyn Fn(f64) -> Vec<f64>| -> f64 {
                let slope = |i: usize| crate::family::check::difference(|t| curve(t)[i], 1.0);
                by.iter().enumerate().map(|(i, by)| 0.5 * (by - 0.5) * slope(i)).sum()
            };
            let by_turn = |t: f64| divergence((k, &q(t)), (l, &p(1.0)));
            assert_derivative("by m_q", by_turn, 1.0, along(&by_q, &q));
            let by_turn = |t: f64| divergence((k, &q(1.0)), (l, &p(t)));
            assert_derivative("by m_p", by_turn, 1.0, along(&by_p, &p));
        }
    }

    #[test]
    fn from_itself_it_is_zero_and_at_both_ends_it_is_finite() {
        for k in [0.0, 1e-300, 1e-10, 0.3, 50.0, 1e10, 1e100, 1e300] {
            let (mut by_k, mut by_q) = ([0.0], [0.0; 3]);
            let q: [&[f64]; 2] = [&[k], &[0.0, 0.6, 0.8]];
            let value =
                von_mises_fisher_von_mises_fisher(q, q, 1.0, [&mut by_k, &mut by_q], [&mut [], &mut []]);
            assert!(value == 0.0 && by_k == [0.0] && by_q.iter().all(|by| by.abs() < 1e-12), "{k}");
            // Nearly normal: a half as far for each direction across, and a slope of `(1 - k_p / k_q) / k_q`.
            if k >= 1e10 {
                let mut by_k = [0.0];
                let p: [&[f64]; 2] = [&[0.25 * k], &[0.0, 0.6, 0.8]];
                let value =
                    von_mises_fisher_von_mises_fisher(q, p, 1.0, [&mut by_k, &mut []], [&mut [], &mut []]);
                assert_close("value", value, 4.0_f64.ln() - 0.75, 1e-9);
                assert_close("slope", by_k[0], 0.75 / k, 1e-9);
            }
        }
        assert!(divergence((1.0, &[1.0, 1.0]), (1.0, &[1.0, 0.0])).is_nan());
        assert!(divergence((1.0, &[1.0, 0.0]), (1.0, &[0.0, 0.0])).is_nan());
    }
}
