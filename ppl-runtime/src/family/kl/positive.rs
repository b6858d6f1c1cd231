//! Divergences between families of positive numbers.

use crate::element::Numeric;
use crate::kernel::math;

/// Returns the divergence of `Exponential(rate)` from another.
///
/// `ln(q.rate / p.rate) + p.rate / q.rate - 1`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::exponential_exponential;
///
/// let (value, by_q, by_p) = exponential_exponential([1.0_f64], [2.0]);
/// assert!((value - (1.0 - 2.0_f64.ln())).abs() < 1e-15);
/// assert_eq!((by_q, by_p), ([-1.0], [0.5]));
/// ```
#[inline(always)]
pub fn exponential_exponential<E: Numeric>([q]: [E; 1], [p]: [E; 1]) -> (E, [E; 1], [E; 1]) {
    let excess = (p - q) / q;
    // Of a small ratio the excess has kept no digit.
    let (near, far) = (math::ln_1p(excess), math::ln(p) - math::ln(q));
    (excess - if excess > E::of(-0.5) { near } else { far }, [-excess / q], [excess / p])
}

/// Returns the divergence of `Gamma(shape, rate)` from another.
///
/// With `q = (a, b)` and `p = (c, d)`:
/// `(a - c) digamma(a) - ln Gamma(a) + ln Gamma(c) + c ln(b / d) + a (d - b) / b`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::{exponential_exponential, gamma_gamma};
///
/// let (value, ..) = gamma_gamma([1.0_f64, 0.5], [1.0, 2.0]);
/// assert!((value - exponential_exponential([0.5], [2.0]).0).abs() < 1e-14);
/// ```
pub fn gamma_gamma<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    // In double precision whatever the element: large shapes make large terms that cancel.
    let ([a, b], [c, d]) = (q.map(E::as_f64), p.map(E::as_f64));
    let digamma = math::digamma(a);
    let excess = (d - b) / b;
    let ln_ratio = math::ln(b / d);
    let value = (a - c) * digamma - math::ln_gamma(a) + math::ln_gamma(c) + c * ln_ratio + a * excess;
    let by_q = [(a - c) * math::trigamma(a) + excess, (c - a * d / b) / b];
    let by_p = [math::digamma(c) - digamma + ln_ratio, a / b - c / d];
    (E::of(value), by_q.map(E::of), by_p.map(E::of))
}

/// Returns the divergence of `InverseGamma(shape, scale)` from another: that of the reciprocals, which are
/// gamma distributed with the scale as rate.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::{gamma_gamma, inverse_gamma_inverse_gamma};
///
/// let (q, p) = ([3.0, 0.5], [2.0, 1.0]);
/// assert_eq!(inverse_gamma_inverse_gamma(q, p), gamma_gamma(q, p));
/// ```
pub fn inverse_gamma_inverse_gamma<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    gamma_gamma(q, p)
}

/// Returns the divergence of `Exponential(rate)` from `Gamma(shape, rate)`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::exponential_gamma;
///
/// assert!(exponential_gamma([2.0_f64], [1.0, 2.0]).0.abs() < 1e-15);
/// ```
pub fn exponential_gamma<E: Numeric>([q]: [E; 1], p: [E; 2]) -> (E, [E; 1], [E; 2]) {
    let (value, [_, by_rate], by_p) = gamma_gamma([E::one(), q], p);
    (value, [by_rate], by_p)
}

/// Returns the divergence of `Gamma(shape, rate)` from `Exponential(rate)`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::gamma_exponential;
///
/// assert!(gamma_exponential([1.0_f64, 2.0], [2.0]).0.abs() < 1e-15);
/// ```
pub fn gamma_exponential<E: Numeric>(q: [E; 2], [p]: [E; 1]) -> (E, [E; 2], [E; 1]) {
    let (value, by_q, [_, by_rate]) = gamma_gamma(q, [E::one(), p]);
    (value, by_q, [by_rate])
}

#[cfg(test)]
mod tests {
    use super::super::check::*;
    use super::*;
    use crate::family::check::assert_close;
    use crate::family::check::integrate;
    use crate::family::gamma::GammaFamily;
    use crate::family::inverse_gamma::InverseGammaFamily;
    use crate::family::{Need, Univariate};

    /// Returns the divergence of one member of a family from another by quadrature.
    fn integral_of<F: Univariate<2>>(q: [f64; 2], p: [f64; 2]) -> f64 {
        let f = |x: f64| {
            let [q, p] = [q, p].map(|p| F::log_density(x, p, Need::NONE).log);
            if q.exp() == 0.0 { 0.0 } else { q.exp() * (q - p) }
        };
        integrate(f, (0.0, f64::INFINITY))
    }

    fn integral(q: [f64; 2], p: [f64; 2]) -> f64 {
        integral_of::<GammaFamily>(q, p)
    }

    #[test]
    fn far_rates_keep_their_digits() {
        for power in [3, 7, 17, 200] {
            let expected = f64::from(power) * std::f64::consts::LN_10 - 1.0 + 10.0_f64.powi(-power);
            let (value, ..) = exponential_exponential([10.0_f64.powi(power)], [1.0]);
            assert_close(&format!("a ratio of 1e{power}"), value, expected, 1e-14);
        }
        let (value, ..) = exponential_exponential([1e9_f32], [1.0]);
        assert!((value - 19.723_266).abs() < 1e-5, "{value}");
    }

    #[test]
    fn divergences_are_integrals() {
        for (q, p) in [([2.5, 1.5], [1.2, 0.7]), ([0.6, 20.0], [0.8, 30.0]), ([30.0, 0.1], [25.0, 0.2])] {
            assert_divergence(gamma_gamma, q, p, integral(q, p));
            assert_zero_at_itself(gamma_gamma, q);
            assert_divergence(exponential_gamma, [q[1]], p, integral([1.0, q[1]], p));
            assert_divergence(gamma_exponential, q, [p[1]], integral(q, [1.0, p[1]]));
            assert_divergence(exponential_exponential, [q[1]], [p[1]], integral([1.0, q[1]], [1.0, p[1]]));
            assert_zero_at_itself(exponential_exponential, [q[1]]);
            let expected = integral_of::<InverseGammaFamily>(q, p);
            assert_divergence(inverse_gamma_inverse_gamma, q, p, expected);
        }
    }
}
