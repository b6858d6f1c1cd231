//! Modified Bessel functions of the first kind, orders zero and one.

use super::stirling::HALF_LN_TWO_PI;

/// From here on the asymptotic series is exact: its smallest term is about `e^-2x`.
const LARGE: f64 = 20.0;

/// Returns `sum of (x^2/4)^k / (k! (k + order)!)` over `k >= 1`, relative to its first term (DLMF 10.25.2).
fn series(x: f64, order: f64) -> f64 {
    let z = 0.25 * x * x;
    let (mut sum, mut term, mut k) = (0.0, 1.0, 1.0);
    loop {
        term *= z / (k * (k + order));
        let next = sum + term;
        // NaN never equals itself, so it has to end the loop as well.
        if next == sum || next.is_nan() {
            return next;
        }
        sum = next;
        k += 1.0;
    }
}

/// Returns `I(x) sqrt(2 pi x) e^-x - 1` (DLMF 10.40.1).
fn asymptotic(x: f64, order: f64) -> f64 {
    let (mut sum, mut term) = (0.0, 1.0);
    for k in 1..=40 {
        let odd = f64::from(2 * k - 1);
        term *= -(4.0 * order * order - odd * odd) / (f64::from(8 * k) * x);
        sum += term;
    }
    sum
}

pub(super) fn ln_bessel_i0(x: f64) -> f64 {
    if x < LARGE {
        series(x, 0.0).ln_1p()
    } else if x == f64::INFINITY {
        x
    } else {
        x - 0.5 * x.ln() - HALF_LN_TWO_PI + asymptotic(x, 0.0).ln_1p()
    }
}

/// Returns `ln(I0(x) e^-x)`.
pub(crate) fn ln_bessel_i0_scaled(x: f64) -> f64 {
    if x < LARGE { ln_bessel_i0(x) - x } else { asymptotic(x, 0.0).ln_1p() - 0.5 * x.ln() - HALF_LN_TWO_PI }
}

pub(super) fn bessel_i1_over_i0(x: f64) -> f64 {
    if x < LARGE {
        0.5 * x * (1.0 + series(x, 1.0)) / (1.0 + series(x, 0.0))
    } else {
        (1.0 + asymptotic(x, 1.0)) / (1.0 + asymptotic(x, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_outside_values() {
        // mpmath: log(besseli(0, x)), besseli(1, x) / besseli(0, x).
        for (x, log, ratio) in [
            (1e-08, 2.5e-17, 5e-09),
            (0.001, 2.4999998437500175e-07, 0.0004999999375000105),
            (0.5, 0.06154971918548131, 0.24249961258080194),
            (3.7, 2.167751999143328, 0.8509064249544556),
            (19.9, 17.49214981862135, 0.9745414658579312),
            (20.1, 17.687083876788982, 0.9747982475982466),
            (60.0, 57.035990189655145, 0.9916313501242088),
            (10000.0, 9994.475903781433, 0.999949998749875),
            (100000000.0, 99999989.8707211, 0.999999995),
        ] {
            let got: f64 = ln_bessel_i0(x);
            assert!((got - log).abs() <= 1e-15 * f64::max(log, 1e-300) * 4.0, "ln I0({x}): {got:e}");
            let got: f64 = bessel_i1_over_i0(x);
            assert!((got - ratio).abs() <= 4e-15 * ratio, "I1/I0({x}): {got:e}");
        }
        assert_eq!((ln_bessel_i0(0.0), bessel_i1_over_i0(0.0)), (0.0, 0.0));
        assert!(ln_bessel_i0(f64::NAN).is_nan() && bessel_i1_over_i0(f64::NAN).is_nan());
    }
}
