//! The logarithm of the beta function.

use super::stirling::{HALF_LN_TWO_PI, LARGE, ln_gamma, stirling_correction};

pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let sum = a + b;
    // Where an argument is large its logarithms of gammas are written by Stirling's formula, and the leading terms
    // are taken together before anything is rounded (Didonato and Morris, 1992, section 4).
    if small >= LARGE {
        let correction = stirling_correction(small) + stirling_correction(large) - stirling_correction(sum);
        // Grouped so that neither term is larger than the result.
        let by_small = (small - 0.5) * (large / small).ln_1p();
        let by_large = large * (small / large).ln_1p();
        HALF_LN_TWO_PI + correction - 0.5 * large.ln() - by_small - by_large
    } else if large >= LARGE {
        let correction = stirling_correction(large) - stirling_correction(sum);
        let ratio = (large - 0.5) * (small / large).ln_1p() + small * sum.ln() - small;
        ln_gamma(small) - ratio + correction
    } else {
        ln_gamma(small) + (ln_gamma(large) - ln_gamma(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_outside_values() {
        // mpmath: log(beta(a, b)).
        for (a, b, expected) in [
            (1.0, 1.0, 0.0),
            (1e-10, 3.0, 23.025850929790458),
            (0.5, 0.5, 1.1447298858494002),
            (2.0, 3.0, -2.4849066497880004),
            (100000000.0, 3.5, -63.271409045236204),
            (100000000.0, 100000000.0, -138629444.05681732),
            (12.0, 1000000000000000.0, -396.9630088930544),
            (0.3, 1000000000.0, -5.121181756160848),
            (300.0, 20.0, -75.35580544828551),
        ] {
            let got: f64 = ln_beta(a, b);
            assert!((got - expected).abs() <= 2e-15 * expected.abs().max(1.0), "{a}, {b}: {got}");
            assert_eq!(got, ln_beta(b, a));
        }
        assert!(ln_beta(f64::NAN, 1.0).is_nan());
    }
}
