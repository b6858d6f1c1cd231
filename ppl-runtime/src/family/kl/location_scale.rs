//! Divergences between families with a location and a scale.

use crate::element::Numeric;
use crate::family::laplace::sign;
use crate::kernel::math;

/// Returns `(r^2 - 1) / 2 - ln(r)`, the part that scales with the ratio `r` have in common, and `r^2 - 1`.
#[inline(always)]
fn scales<E: Numeric>(r: E) -> (E, E) {
    // The factors keep the digits of a ratio near one, and of a small one the excess has kept none. One logarithm serves both: of
    // one plus the excess, with what that sum lost, or of the ratio.
    let (half, excess) = (E::of(0.5), (r - E::one()) * (r + E::one()));
    let is_near = excess > -half;
    let argument = if is_near { E::one() + excess } else { r };
    let lost = if is_near { excess - (argument - E::one()) } else { E::zero() };
    // Where that is not the same as `lost / argument`, the excess is so large that neither counts beside it.
    let log = math::ln(argument) + lost;
    (half * excess - if is_near { half * log } else { log }, excess)
}

/// Returns the divergence of `Normal(loc, scale)` from another.
///
/// `ln(p.scale / q.scale) + (q.scale^2 + (q.loc - p.loc)^2) / (2 p.scale^2) - 1/2`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::normal_normal;
///
/// let (value, by_q, by_p) = normal_normal([1.0, 2.0], [0.0, 2.0]);
/// assert_eq!((value, by_q, by_p), (0.125, [0.25, 0.0], [-0.25, -0.125]));
/// ```
#[inline(always)]
pub fn normal_normal<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    let d = (q[0] - p[0]) / p[1];
    let (value, excess) = scales(q[1] / p[1]);
    let slope = d / p[1];
    (value + E::of(0.5) * d * d, [slope, excess / q[1]], [-slope, -(excess + d * d) / p[1]])
}

/// Returns the divergence of `LogNormal(loc, scale)` from another: that of their logarithms.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::{log_normal_log_normal, normal_normal};
///
/// let (q, p) = ([1.0, 2.0], [0.0, 2.5]);
/// assert_eq!(log_normal_log_normal(q, p), normal_normal(q, p));
/// ```
#[inline(always)]
pub fn log_normal_log_normal<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    normal_normal(q, p)
}

/// Returns the divergence of `HalfNormal(scale)` from another.
///
/// `ln(p.scale / q.scale) + q.scale^2 / (2 p.scale^2) - 1/2`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::half_normal_half_normal;
///
/// let (value, by_q, by_p) = half_normal_half_normal([2.0_f64], [1.0]);
/// assert!((value - (1.5 - 2.0_f64.ln())).abs() < 1e-15);
/// assert_eq!((by_q, by_p), ([1.5], [-3.0]));
/// ```
#[inline(always)]
pub fn half_normal_half_normal<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let (value, excess) = scales(q / p);
    (value, [excess / q], [-excess / p])
}

/// Returns the divergence of `Laplace(loc, scale)` from another.
///
/// `ln(p.scale / q.scale) + (q.scale e^(-d / q.scale) + d) / p.scale - 1` with `d = |q.loc - p.loc|`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::laplace_laplace;
///
/// let (value, by_q, _) = laplace_laplace([1.0_f64, 1.0], [0.0, 1.0]);
/// assert!((value - (-1.0_f64).exp()).abs() < 1e-15);
/// assert!((by_q[0] - (1.0 - (-1.0_f64).exp())).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn laplace_laplace<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    let one = E::one();
    let difference = q[0] - p[0];
    let d = difference.abs() / q[1];
    let drop = math::exp_m1(-d);
    let r = q[1] / p[1];
    let value = r * (one + drop + d) - one - math::ln(r);
    let slope = -sign(difference) * drop / p[1];
    let by_q_scale = ((one + drop) * (one + d) * r - one) / q[1];
    let by_p_scale = (one - r * (one + drop + d)) / p[1];
    (value, [slope, by_q_scale], [-slope, by_p_scale])
}

#[cfg(test)]
mod tests {
    use super::super::check::*;
    use super::*;
    use crate::family::check::integrate;
    use crate::family::{Need, Univariate};
    use crate::family::{half_normal, laplace, log_normal, normal};

    /// Returns the divergence by quadrature, in pieces between the places where an integrand has a kink.
    fn integral<F: Univariate<N>, const N: usize>(q: [f64; N], p: [f64; N], pieces: &[f64]) -> f64 {
        let f = |x: f64| {
            let [q, p] = [q, p].map(|p| F::log_density(x, p, Need::NONE).log);
            // Where q vanishes, so does the integrand, whatever p.
            if q.exp() == 0.0 { 0.0 } else { q.exp() * (q - p) }
        };
        pieces.windows(2).map(|ends| integrate(f, (ends[0], ends[1]))).sum()
    }

    const LINE: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
    const HALF: [f64; 2] = [0.0, f64::INFINITY];

    #[test]
    fn divergences_are_integrals() {
        for (q, p) in [([0.3, 1.2], [-0.5, 2.0]), ([3.0, 0.2], [2.9, 0.7]), ([-4.0, 6.0], [10.0, 3.0])] {
            let expected = integral::<normal::NormalFamily, 2>(q, p, &LINE);
            assert_divergence(normal_normal, q, p, expected);
            assert_zero_at_itself(normal_normal, q);
            let expected = integral::<laplace::LaplaceFamily, 2>(
                q,
                p,
                &[LINE[0], q[0].min(p[0]), q[0].max(p[0]), LINE[1]],
            );
            assert_divergence(laplace_laplace, q, p, expected);
        }
        for (q, p) in [([0.3, 1.2], [-0.5, 2.0]), ([1.0, 0.2], [0.9, 0.7]), ([-0.4, 0.6], [1.0, 0.3])] {
            let expected = integral::<log_normal::LogNormalFamily, 2>(q, p, &HALF);
            assert_divergence(log_normal_log_normal, q, p, expected);
        }
        for (q, p) in [([0.3], [0.5]), ([40.0], [12.0]), ([1.0], [1.01])] {
            let expected = integral::<half_normal::HalfNormalFamily, 1>(q, p, &HALF);
            assert_divergence(half_normal_half_normal, q, p, expected);
            assert_zero_at_itself(half_normal_half_normal, q);
        }
    }

    #[test]
    fn equal_laplace_distributions_do_not_diverge() {
        assert_zero_at_itself(laplace_laplace, [3.0, 0.25]);
    }

    #[test]
    fn far_scales_keep_their_digits() {
        // (r^2 - 1) / 2 - ln r, of which r^2 is nothing beside one.
        for power in [3, 7, 9, 40, 300] {
            let expected = f64::from(power) * std::f64::consts::LN_10 - 0.5;
            let r = 10.0_f64.powi(-power);
            let (value, by_q, _) = normal_normal([0.0, r], [0.0, 1.0]);
            assert!((value - expected - 0.5 * r * r).abs() < 1e-14 * expected, "{power}: {value}");
            assert!((by_q[1] * r + 1.0).abs() < 1e-5, "{power}: {by_q:?}");
            assert_eq!(half_normal_half_normal([r], [1.0]).0, value);
        }
        let (value, ..) = normal_normal([0.0_f32, 1e-9], [0.0, 1.0]);
        assert!((value - 20.223_266).abs() < 1e-5, "{value}");
        for r in [0.69, 0.71, 0.5_f64.sqrt()] {
            let value = normal_normal([0.0, r], [0.0, 1.0]).0;
            assert!((value - (0.5 * (r * r - 1.0) - r.ln())).abs() < 1e-15, "{r}: {value}");
        }
    }

    #[test]
    fn near_normals_keep_their_digits() {
        // (r^2 - 1) / 2 - ln r = e^2 - e^3 / 3 + ... at r = 1 + e.
        let (value, ..) = normal_normal([0.0, 1.0 + 2.0_f64.powi(-20)], [0.0, 1.0]);
        let e = 2.0_f64.powi(-20);
        assert!((value - (e * e - e.powi(3) / 3.0)).abs() < 1e-21);
    }
}
