//! Logarithms of factorials and binomial coefficients.

use super::factorial_table::LN_FACTORIAL;
use super::ln_beta::ln_beta;
use super::stirling::{HALF_LN_TWO_PI, ln_gamma, stirling_correction};
use crate::element::Numeric;
use crate::kernel::math::natural_bits;

/// Returns the natural logarithm of `k!` for an integer `k` below 256; anything for other numbers.
///
/// A table look-up without a branch, so that a loop of them becomes a gather.
#[inline(always)]
pub(crate) fn ln_factorial_of_small<E: Numeric>(k: E) -> E {
    E::of(LN_FACTORIAL[natural_bits(k) as u8 as usize])
}

pub(super) fn ln_factorial(k: f64) -> f64 {
    // The cast saturates, so a negative number meets the comparison as zero.
    let whole = k as usize;
    if whole < LN_FACTORIAL.len() {
        return if whole as f64 == k { LN_FACTORIAL[whole] } else { ln_gamma(k + 1.0) };
    }
    if k == f64::INFINITY {
        return k;
    }
    (k + 0.5) * k.ln() - k + HALF_LN_TWO_PI + stirling_correction(k)
}

pub(super) fn ln_choose(n: f64, k: f64) -> f64 {
    if n.is_nan() || k.is_nan() {
        return f64::NAN;
    }
    if !(0.0 <= k && k <= n) {
        return f64::NEG_INFINITY;
    }
    if k == 0.0 || k == n {
        return 0.0;
    }
    if n < LN_FACTORIAL.len() as f64 && n.fract() == 0.0 && k.fract() == 0.0 {
        return LN_FACTORIAL[n as usize] - LN_FACTORIAL[k as usize] - LN_FACTORIAL[(n - k) as usize];
    }
    -(n + 1.0).ln() - ln_beta(n - k + 1.0, k + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_meet_outside_values() {
        // mpmath: loggamma(k + 1).
        for (k, expected) in [
            (0.0, 0.0),
            (20.0, 42.335_616_460_753_485),
            (255.0, 1_161.712_101_118_400_6),
            (256.0, 1_167.257_278_562_880_2),
            (1e10, 220_258_509_311.836_43),
            (2.5, 1.200_973_602_347_074_3),
        ] {
            let got = ln_factorial(k);
            assert!((got - expected).abs() <= 4e-16 * expected, "{k}: {got}");
        }
        assert!(ln_factorial(f64::NAN).is_nan());
    }

    #[test]
    fn binomial_coefficients_meet_exact_values() {
        assert!((ln_choose(50.0, 20.0) - 47_129_212_243_960.0_f64.ln()).abs() < 1e-13);
        // Large numbers do not cancel: n (n - 1) / 2.
        let n = 1e12_f64;
        assert!((ln_choose(n, 2.0) - (n * (n - 1.0) / 2.0).ln()).abs() < 1e-13);
        assert_eq!(ln_choose(3.0, 4.0), f64::NEG_INFINITY);
        assert_eq!(ln_choose(3.0, -1.0), f64::NEG_INFINITY);
        assert_eq!(ln_choose(0.0, 0.0), 0.0);
    }
}
