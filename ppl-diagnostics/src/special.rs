//! Quantiles and tails of distributions.

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{checked_gamma_ur, ln_gamma};

/// Returns the quantile of the standard normal distribution at `p` in `(0, 1)`.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// Returns the probability that a chi-square variable lies above `statistic`.
pub(crate) fn chi_square_upper(statistic: f64, degrees_of_freedom: f64) -> f64 {
    if statistic <= 0.0 {
        return 1.0;
    }
    checked_gamma_ur(degrees_of_freedom / 2.0, statistic / 2.0).unwrap_or(f64::NAN)
}

/// Returns the quantile of the beta distribution at `p` in `(0, 1)`, for shapes of at least 1.
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let log_norm = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = a / (a + b);
    // Newton's steps, and a bisection where one would leave the bracket.
    for _ in 0..200 {
        let miss = beta_cdf(x, a, b, log_norm) - p;
        if miss > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let log_density = log_norm + (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p();
        let step = miss / log_density.exp();
        let next = x - step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        let settled = (next - x).abs() <= 1e-15 * x;
        x = next;
        if settled {
            break;
        }
    }
    x
}

/// Returns the regularised incomplete beta function by its continued fraction (Abramowitz, Stegun, 26.5.8), evaluated by Lentz's method.
///
/// Near the mode it needs about `sqrt(max(a, b))` terms, so their number is not capped at a constant.
fn beta_cdf(x: f64, a: f64, b: f64, log_norm: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on this side of the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(1.0 - x, b, a, log_norm);
    }
    let front = (log_norm + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let away_from_zero = |y: f64| if y.abs() < 1e-300 { 1e-300 } else { y };
    let mut c = 1.0;
    let mut d = away_from_zero(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut fraction = d;
    let terms = 200 + 20 * a.max(b).sqrt() as usize;
    for m in 1..=terms {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            d = away_from_zero(1.0 + coefficient * d).recip();
            c = away_from_zero(1.0 + coefficient / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
    }

    /// `scipy.stats.norm.ppf`.
    #[test]
    fn normal_quantiles_are_those_of_scipy() {
        for (p, expected) in NORMAL {
            close(normal_quantile(p), expected, 1e-13);
        }
        assert_eq!(normal_quantile(0.5), 0.0);
    }

    /// `scipy.stats.beta.ppf(p, a, b)`.
    #[test]
    fn beta_quantiles_are_those_of_scipy() {
        for (p, a, b, expected) in BETA {
            close(beta_quantile(p, a, b), expected, 1e-11);
        }
    }

    /// `scipy.stats.chi2.sf(x, k)`.
    #[test]
    fn upper_tails_of_chi_square_are_those_of_scipy() {
        for (x, k, expected) in CHI_SQUARE {
            close(chi_square_upper(x, k), expected, 1e-10);
        }
        assert_eq!(chi_square_upper(0.0, 3.0), 1.0);
    }
    const NORMAL: [(f64, f64); 6] = [
        (1e-12, -7.034483825301131),
        (1e-05, -4.264890793922825),
        (0.02, -2.053748910631823),
        (0.3, -0.5244005127080409),
        (0.7, 0.5244005127080407),
        (0.999, 3.090232306167813),
    ];

    const BETA: [(f64, f64, f64, f64); 7] = [
        (0.1586553, 1.3, 8.2, 0.03669419851301571),
        (0.8413447, 1.3, 8.2, 0.2408838572750689),
        (0.1586553, 201.0, 1801.0, 0.09368686458896622),
        (0.8413447, 50001.0, 50001.0, 0.5015811227178866),
        (0.8413447, 3.0, 1.5, 0.878946655948844),
        (0.1586553, 1.0, 1.0, 0.1586553),
        (0.8413447, 400000.0, 2000000.0, 0.16690722917956086),
    ];

    const CHI_SQUARE: [(f64, f64, f64); 5] = [
        (0.5, 3.0, 0.9188914116546758),
        (12.3, 9.0, 0.19692022639855333),
        (40.0, 19.0, 0.003272317118779744),
        (200.0, 99.0, 8.19391189142209e-09),
        (7.0, 1.0, 0.008150971593502705),
    ];
}
