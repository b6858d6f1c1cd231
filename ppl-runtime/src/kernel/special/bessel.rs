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

/// Returns `1 - I1(x) / I0(x)`, to full relative precision also where the ratio is nearly one.
pub(crate) fn bessel_ratio_lack(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return if x == 0.0 { 1.0 } else { f64::NAN };
    }
    if x >= LARGE {
        // The terms of the first series are positive, those of the second negative.
        return (asymptotic(x, 0.0) - asymptotic(x, 1.0)) / (1.0 + asymptotic(x, 0.0));
    }
    // Kummer's functions M(1/2, 2, 2x) = e^x (I0(x) - I1(x)) and M(1/2, 1, 2x) = e^x I0(x) have positive terms
    // (DLMF 13.2.2, 13.6.9 and 13.3.2).
    let (mut difference, mut whole, mut term, mut k) = (1.0, 1.0, 1.0, 0.0);
    loop {
        let inverse: f64 = 1.0 / (k + 1.0);
        term *= 2.0 * x * (k + 0.5) * inverse * inverse;
        k += 1.0;
        let next = whole + term;
        difference += term / (k + 1.0);
        if next == whole {
            return difference / whole;
        }
        whole = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lack_of_the_ratio_keeps_its_digits() {
        // mpmath, sixty digits: 1 - besseli(1, x) / besseli(0, x).
        for (x, expected) in [
            (1e-300, 1.0),
            (1e-08, 0.999999995),
            (0.5, 0.7575003874191981),
            (3.7, 0.14909357504554447),
            (19.9, 0.0254585341420688),
            (20.1, 0.02520175240175341),
            (60.0, 0.008368649875791228),
            (10000.0, 5.000125012501954e-5),
            (100000000.0, 5.0000000125e-9),
            (1e13, 5.000000000000125e-14),
            (1e20, 5.0e-21),
            (1e100, 5.0e-101),
            (1e300, 5.0e-301),
        ] {
            let got = bessel_ratio_lack(x);
            assert!((got / expected - 1.0).abs() <= 4e-15, "1 - I1/I0({x}): {got:e}");
        }
        for x in [f64::NAN, -1.0, f64::NEG_INFINITY] {
            assert!(bessel_ratio_lack(x).is_nan());
        }
        assert_eq!(bessel_ratio_lack(f64::INFINITY), 0.0);
    }

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
        assert_eq!(bessel_ratio_lack(0.0), 1.0);
        assert!(ln_bessel_i0(f64::NAN).is_nan() && bessel_i1_over_i0(f64::NAN).is_nan());
    }
}
