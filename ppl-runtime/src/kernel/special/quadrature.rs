//! Gauss-Legendre quadrature of the tails that cdfs and implicit gradients are integrals over.
//!
//! A tail is written as the integral over `t >= 0` of `exp(L(t))`, with `L(0) = 0` and `L` falling: relative to the
//! density at the draw, nothing overflows and nothing cancels.

/// The positive nodes and the weights of the rule of sixteen points (DLMF 3.5.v).
pub(crate) const RULE: [(f64, f64); 8] = [
    (0.9894009349916499, 0.027152459411754096),
    (0.9445750230732326, 0.062253523938647894),
    (0.8656312023878318, 0.09515851168249279),
    (0.755404408355003, 0.12462897125553388),
    (0.6178762444026438, 0.14959598881657673),
    (0.45801677765722737, 0.16915651939500254),
    (0.2816035507792589, 0.18260341504492358),
    (0.09501250983763744, 0.1894506104550685),
];

/// What is left of a tail is left out once it has fallen by this much in log space.
pub(super) const FALL: f64 = 38.0;

/// Adds up two integrals of one integrand's parts over the interval.
fn panel(f: &impl Fn(f64) -> [f64; 2], low: f64, high: f64) -> [f64; 2] {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let mut total = [0.0; 2];
    for (node, weight) in RULE {
        let (left, right) = (f(middle - half * node), f(middle + half * node));
        total[0] += weight * (left[0] + right[0]);
        total[1] += weight * (left[1] + right[1]);
    }
    [total[0] * half, total[1] * half]
}

/// Returns the integrals over `[0, end]` in panels no longer than `longest`, at least two of them.
pub(super) fn panels(f: impl Fn(f64) -> [f64; 2], end: f64, longest: f64) -> [f64; 2] {
    if !end.is_finite() {
        return [f64::NAN; 2];
    }
    let count = (end / longest).ceil().clamp(2.0, 1000.0);
    let width = end / count;
    let mut total = [0.0; 2];
    for k in 0..count as usize {
        let part = panel(&f, k as f64 * width, (k + 1) as f64 * width);
        total = [total[0] + part[0], total[1] + part[1]];
    }
    total
}

/// Returns the integrals over the half-line beyond `knee`, where the integrand falls like `exp(-t)` or faster.
pub(super) fn beyond(f: impl Fn(f64) -> [f64; 2], knee: f64) -> [f64; 2] {
    let (near, far) = (panel(&f, knee, knee + 9.0), panel(&f, knee + 9.0, knee + FALL));
    [near[0] + far[0], near[1] + far[1]]
}

/// Returns where `log` has fallen by [`FALL`], to within a factor of 1.4, never short of it.
///
/// `slope >= 0` and `bend >= 0` are minus its first two derivatives at zero, which give the first guess.
pub(super) fn end_of(log: impl Fn(f64) -> f64, slope: f64, bend: f64) -> f64 {
    let mut end = 2.0 * FALL / (slope + slope.hypot((2.0 * FALL * bend).sqrt()));
    // A thousand doublings pass the range of doubles, so the loop is finite for NaN as well.
    for _ in 0..1000 {
        if log(end) <= -FALL || !end.is_finite() {
            break;
        }
        end *= 1.4;
    }
    for _ in 0..1000 {
        if log(end / 1.4) <= -FALL {
            end /= 1.4;
        } else {
            break;
        }
    }
    end
}
