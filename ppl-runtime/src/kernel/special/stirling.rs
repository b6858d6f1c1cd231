//! What Stirling's formula leaves over, and differences that would cancel without it.

use std::f64::consts::PI;

/// Half the logarithm of two pi.
pub(super) const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// The number from which on Stirling's series is used.
pub(super) const LARGE: f64 = 10.0;

/// Returns `ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi)/2)` for `x >= LARGE` (DLMF 5.11.1).
pub(super) fn stirling_correction(x: f64) -> f64 {
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    let inverse = x.recip();
    let z = inverse * inverse;
    SERIES.iter().rev().fold(0.0, |sum, c| sum * z + c) * inverse
}

/// Returns `ln(1 + x) - x` without cancellation near zero.
pub(super) fn ln_1p_minus(x: f64) -> f64 {
    if !(-0.4..=0.7).contains(&x) {
        return x.ln_1p() - x;
    }
    // ln(1 + x) = 2 atanh(s) with s = x / (2 + x), and x = 2 s + s x.
    let s = x / (2.0 + x);
    let z = s * s;
    let (mut sum, mut power, mut k) = (0.0, 1.0, 3.0);
    loop {
        let term = power / k;
        let next = sum + term;
        if next == sum {
            break;
        }
        sum = next;
        power *= z;
        k += 2.0;
    }
    2.0 * s * z * sum - s * x
}

/// Returns the derivative of `ln Gamma` at `x`, NaN at its poles (DLMF 5.5.2, 5.5.4 and 5.11.2).
pub(crate) fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x.fract() == 0.0 || x == f64::NEG_INFINITY {
            return f64::NAN;
        }
        return digamma(1.0 - x) - PI / (PI * x.fract()).tan();
    }
    let (mut large, mut sum) = (x, 0.0);
    while large < LARGE {
        sum += large.recip();
        large += 1.0;
    }
    (large.ln() - ln_minus_digamma(large)) - sum
}

/// Returns `ln x - digamma(x)`, which is about `1/(2x)`, for `x >= LARGE` (DLMF 5.11.2).
pub(super) fn ln_minus_digamma(x: f64) -> f64 {
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let inverse = x.recip();
    let z = inverse * inverse;
    0.5 * inverse + z * SERIES.iter().rev().fold(0.0, |sum, c| sum * z + c)
}

/// Returns `digamma(a + b) - digamma(a)`: the recurrence makes it a sum of positive terms and a difference at large
/// arguments, which the asymptotic series (DLMF 5.11.2) gives term by term.
pub(super) fn digamma_difference(a: f64, b: f64) -> f64 {
    if a.is_nan() || a <= 0.0 {
        return f64::NAN;
    }
    let (mut low, mut sum) = (a, 0.0);
    while low < 12.0 {
        // In this order it is no more than the reciprocal on the way.
        sum += b / (low + b) / low;
        low += 1.0;
    }
    let high = low + b;
    if high == f64::INFINITY {
        return sum + (high.ln() - low.ln());
    }
    // digamma(x) = ln x - 1/(2x) - sum of B_2k / (2k x^2k).
    const SERIES: [f64; 6] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0];
    let (x, y) = (low.powi(-2), high.powi(-2));
    // x^k - y^k = (x - y) (x^(k-1) + ... + y^(k-1)).
    let difference = b / low / high * (low.recip() + high.recip());
    let (mut tail, mut ladder, mut power) = (0.0, 0.0, 1.0);
    for c in SERIES {
        ladder = ladder * x + power;
        power *= y;
        tail += c * ladder;
    }
    sum + (b / low).ln_1p() + 0.5 * b / low / high + difference * tail
}

/// Returns `ln Gamma(x)` of a positive number.
pub(super) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::LN_2;

    #[test]
    fn correction_is_what_stirling_leaves() {
        for x in [10.0, 25.0, 170.0_f64] {
            let expected = ln_gamma(x) - ((x - 0.5) * x.ln() - x + 0.5 * (LN_2 + PI.ln()));
            assert!((stirling_correction(x) - expected).abs() < 4e-13, "{x}");
        }
    }

    #[test]
    fn logarithm_without_its_first_term() {
        // mpmath: log1p(x) - x.
        for (x, expected) in [
            (1e-8, -4.999_999_966_666_667e-17),
            (0.3, -0.037_635_735_532_509_0),
            (-0.3, -0.056_674_943_938_732_4),
            (5.0, -3.208_240_530_771_945),
        ] {
            let got: f64 = ln_1p_minus(x);
            assert!((got / expected - 1.0).abs() < 2e-14, "{x}: {got:e}");
        }
    }

    #[test]
    fn difference_of_digammas() {
        // mpmath: psi(0, a + b) - psi(0, a).
        for (a, b, expected) in [
            (0.001, 0.5, 998.6169883097939),
            (2.0, 3.0, 1.0833333333333333),
            (1000000.0, 1.0, 1e-06),
            (100.0, 1e-08, 1.0050166662828547e-10),
            (5.0, 10000000000.0, 21.519733261958656),
            (0.7, 1e-12, 2.8340491566913935e-12),
        ] {
            let got: f64 = digamma_difference(a, b);
            assert!((got / expected - 1.0).abs() < 4e-15, "{a}, {b}: {got:e}");
        }
        assert_eq!(digamma_difference(3.0, 0.0), 0.0);
    }

    #[test]
    fn digamma_meets_outside_values() {
        // mpmath: psi(0, x).
        for (x, expected) in [
            (1e-05, -100000.57719921567),
            (0.3, -3.502524222200133),
            (1.0, -0.5772156649015329),
            (1.4616321449683622, -9.241265521729427e-17),
            (2.5, 0.7031566406452432),
            (9.9, 2.2411803166063815),
            (12.0, 2.442661679975812),
            (1000000.0, 13.815510057964191),
            (-0.5, 0.03648997397857652),
            (-7.3, 4.33730730551005),
        ] {
            let got: f64 = digamma(x);
            assert!((got - expected).abs() <= 1e-15 * f64::max(1.0, expected.abs()) * 2.0, "{x}: {got}");
        }
        for pole in [0.0, -3.0, f64::NEG_INFINITY, f64::NAN] {
            assert!(digamma(pole).is_nan());
        }
        assert_eq!(digamma(f64::INFINITY), f64::INFINITY);
        assert!(digamma_difference(-1e300, 1.0).is_nan());
    }
}
