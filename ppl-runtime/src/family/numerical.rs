//! Integrals, differences and sums of squares by which families are checked.

use std::f64::consts::FRAC_PI_2;

/// Returns the step of the six-point difference at `x`.
pub(crate) fn step(x: f64) -> f64 {
    1e-3 * x.abs().max(0.01)
}

/// Returns the derivative of `f` at `x` by six-point central differences.
#[cfg(test)]
pub(crate) fn difference(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    difference_by(f, x, step(x))
}

/// Returns the derivative of `f` at `x` by six-point central differences with this step.
pub(crate) fn difference_by(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    let pair = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h)
}

/// Returns the integral of `f` over the interval by the double-exponential rule (Takahasi and Mori, 1974), with `1 / h` points to each
/// unit of the step variable.
///
/// The function may have an integrable singularity at an end that is zero; it must be smooth inside.
pub(crate) fn integrate(f: impl Fn(f64) -> f64, over: (f64, f64), points: u16) -> f64 {
    integral(&f, over, points)
}

// Compiled once, and not for each function that is integrated.
fn integral(f: &dyn Fn(f64) -> f64, (low, high): (f64, f64), points: u16) -> f64 {
    if low == high {
        return 0.0;
    }
    // Maps the step variable to a point and the derivative there.
    let map = |t: f64| -> (f64, f64) {
        let (s, ds) = (FRAC_PI_2 * t.sinh(), FRAC_PI_2 * t.cosh());
        match (low.is_finite(), high.is_finite()) {
            (true, true) => {
                // The distance to the nearer end keeps its relative precision.
                let far = (-2.0 * s.abs()).exp();
                let near = (high - low) * far / (1.0 + far);
                let slope = 2.0 * near / (1.0 + far) * ds;
                if s < 0.0 { (low + near, slope) } else { (high - near, slope) }
            }
            (true, false) => (low + s.exp(), s.exp() * ds),
            (false, true) => (high - s.exp(), s.exp() * ds),
            (false, false) => (s.sinh(), s.cosh() * ds),
        }
    };
    let (h, most) = (1.0 / f64::from(points), 25 * i32::from(points) / 4);
    let mut sum = 0.0;
    for k in -most..=most {
        let (x, slope) = map(f64::from(k) * h);
        // Out there no density that is met has any mass left, and powers of the point would overflow.
        if !(x.abs() < 1e100 && slope < 1e150) || slope == 0.0 || x <= low || x >= high {
            continue;
        }
        let value = f(x);
        sum += if value == 0.0 { 0.0 } else { value * slope };
    }
    sum * h
}

/// Returns the chi-squared statistic of sorted natural numbers with these probabilities, and what it stays below at level 1e-6.
///
/// Neighbouring values are pooled until each cell expects at least ten.
pub(crate) fn chi_squared(values: &[f64], probability: impl Fn(f64) -> f64) -> (f64, f64) {
    chi_squared_of(values, &probability)
}

fn chi_squared_of(values: &[f64], probability: &dyn Fn(f64) -> f64) -> (f64, f64) {
    let n = values.len();
    let top = values.last().map_or(0, |&top| top as u64);
    let (mut cells, mut expected, mut seen, mut below, mut start) = (Vec::new(), 0.0, 0.0, 0.0, 0);
    for k in 0..=top {
        expected += n as f64 * probability(k as f64);
        let end = start + values[start..].partition_point(|&x| x <= k as f64);
        seen += (end - start) as f64;
        start = end;
        if expected >= 10.0 {
            cells.push((expected, seen));
            below += expected;
            (expected, seen) = (0.0, 0.0);
        }
    }
    // The last cell takes everything above.
    let rest = n as f64 - below;
    if rest >= 10.0 || cells.is_empty() {
        cells.push((rest, seen));
    } else if let Some(last) = cells.last_mut() {
        *last = (last.0 + rest, last.1 + seen);
    }
    let statistic: f64 = cells.iter().map(|(e, s)| (s - e).powi(2) / e).sum();
    // Wilson and Hilferty (1931): the cube root of chi-squared over its degrees is nearly normal; 4.753 is the
    // upper 1e-6 quantile of the standard normal.
    let degrees = (cells.len() - 1).max(1) as f64;
    let spread = 2.0 / (9.0 * degrees);
    (statistic, degrees * (1.0 - spread + 4.753 * spread.sqrt()).powi(3))
}
