//! The standard normal cdf in log space, and its inverse.

use super::stirling::HALF_LN_TWO_PI;
use std::f64::consts::FRAC_1_SQRT_2;

/// From here down the asymptotic series is used.
const FAR: f64 = -14.0;

/// Returns `cdf(x) * (-x) / density(x)` for `x <= FAR` (DLMF 7.12.1).
fn mills(x: f64) -> f64 {
    let z = (x * x).recip();
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 0..10 {
        term *= -z * f64::from(2 * k + 1);
        sum += term;
    }
    sum
}

fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

pub(super) fn log_normal_cdf(x: f64) -> f64 {
    if x <= FAR {
        if x == f64::NEG_INFINITY { x } else { -0.5 * x * x - (-x).ln() - HALF_LN_TWO_PI + mills(x).ln() }
    } else if x > 0.0 {
        (-cdf(-x)).ln_1p()
    } else {
        cdf(x).ln()
    }
}

pub(super) fn log_normal_cdf_derivative(x: f64) -> f64 {
    if x <= FAR {
        return -x / mills(x);
    }
    (-0.5 * x * x - HALF_LN_TWO_PI).exp() / cdf(x)
}

pub(super) fn inverse_normal_cdf(u: f64) -> f64 {
    if u > 0.5 {
        // Exact: 1 - u is representable here.
        return -inverse_normal_cdf(1.0 - u);
    }
    if u == 0.5 || u == 0.0 {
        return if u == 0.0 { f64::NEG_INFINITY } else { 0.0 };
    }
    if u.is_nan() || u < 0.0 {
        return f64::NAN;
    }
    let start = -std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * u);
    // One step of Newton in log space takes out what the approximation leaves.
    start - (log_normal_cdf(start) - u.ln()) / log_normal_cdf_derivative(start)
}

pub(super) fn inverse_log_normal_cdf(l: f64) -> f64 {
    if l > -600.0 || l.is_nan() {
        return if l > 0.0 { f64::NAN } else { inverse_normal_cdf(l.exp()) };
    }
    if l == f64::NEG_INFINITY {
        return l;
    }
    // The leading terms of the asymptotic series, then Newton: the log-cdf is nearly a parabola there.
    let mut x = -(-2.0 * (l + HALF_LN_TWO_PI) - (-2.0 * l).ln()).sqrt();
    for _ in 0..3 {
        x -= (log_normal_cdf(x) - l) / log_normal_cdf_derivative(x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_outside_values_in_both_tails() {
        // mpmath: log(erfc(-x / sqrt 2) / 2), and the ratio of the density to the cdf.
        for (x, log, derivative) in [
            (-100000000.0, -5000000000000019.0, 100000000.00000001),
            (-1000.0, -500007.82669481216, 1000.000999998),
            (-40.0, -804.6084420137538, 40.02496884720726),
            (-37.0, -689.0305855768906, 37.02698768612699),
            (-14.1, -102.97508152373534, 14.170225826653482),
            (-13.9, -100.16093776832581, 13.971216307022305),
            (-5.0, -15.064998393988725, 5.186503967125842),
            (-1.0, -1.8410216450092636, 1.525135276160981),
            (-0.1, -0.7761545927302733, 0.8626174715309362),
            (0.3, -0.4814101615884812, 0.6172208536127345),
            (2.0, -0.02301290932896349, 0.055247862678989956),
            (8.0, -6.220960574271786e-16, 5.052271083536895e-15),
            (20.0, -2.7536241186062337e-89, 5.520948362159764e-88),
        ] {
            let got: f64 = log_normal_cdf(x);
            assert!((got / log - 1.0_f64).abs() < 1e-13, "ln cdf({x}): {got:e}");
            let got = log_normal_cdf_derivative(x);
            assert!((got / derivative - 1.0_f64).abs() < 1e-13, "derivative at {x}: {got:e}");
        }
        assert_eq!(log_normal_cdf(f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(log_normal_cdf(f64::INFINITY), 0.0);
        assert!(log_normal_cdf(f64::NAN).is_nan() && log_normal_cdf_derivative(f64::NAN).is_nan());
    }

    #[test]
    fn the_quantile_of_a_logarithm_reaches_past_underflow() {
        for x in [-1e100, -1e8, -1000.0, -60.0, -37.0, -34.5, -34.0, -3.0, -0.2, 0.0] {
            let back = inverse_log_normal_cdf(log_normal_cdf(x));
            assert!((back - x).abs() <= 1e-15 * x.abs() + 1e-16, "{x}: {back}");
        }
        assert_eq!(inverse_log_normal_cdf(0.0), f64::INFINITY);
        assert_eq!(inverse_log_normal_cdf(f64::NEG_INFINITY), f64::NEG_INFINITY);
    }

    #[test]
    fn the_quantile_inverts_the_cdf() {
        for u in [1e-300, 1e-30, 1e-5, 0.02, 0.3, 0.499] {
            let x = inverse_normal_cdf(u);
            assert!((log_normal_cdf(x) - u.ln()).abs() < 4e-16 * u.ln().abs().max(4.0) * 2.0, "{u}: {x}");
            assert!(u < 1e-10 || (inverse_normal_cdf(1.0 - u) + x).abs() < 1e-10 * x.abs());
        }
        assert_eq!(inverse_normal_cdf(0.5), 0.0);
        assert_eq!(inverse_normal_cdf(0.0), f64::NEG_INFINITY);
        assert_eq!(inverse_normal_cdf(1.0), f64::INFINITY);
        assert!(inverse_normal_cdf(-0.1).is_nan() && inverse_normal_cdf(1.1).is_nan());
    }
}
