//! Draws of the logarithm of a Gamma variable: the one sampler that Gamma, Beta, Dirichlet and Student's t are made of.

use rand::Rng;
use rand_distr::{Distribution, OpenClosed01, StandardNormal};

/// Returns the logarithm of a draw from a Gamma with scale one.
///
/// From shape one on by Marsaglia and Tsang (2000); below it the draw of `shape + 1` times `u^(1/shape)`, which in log
/// space never underflows. NaN for a shape that is not positive.
pub(super) fn ln_gamma_draw<R: Rng + ?Sized>(rng: &mut R, shape: f64) -> f64 {
    if shape <= 0.0 {
        return f64::NAN;
    }
    if shape < 1.0 {
        let u: f64 = OpenClosed01.sample(rng);
        return ln_gamma_draw(rng, shape + 1.0) + u.ln() / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = (9.0 * d).sqrt().recip();
    loop {
        let x: f64 = StandardNormal.sample(rng);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let ln_v = 3.0 * v.ln();
        let u: f64 = OpenClosed01.sample(rng);
        // NaN and infinite shapes accept at once, so that the loop ends.
        let reject = u.ln() > 0.5 * x * x + d * (1.0 - v * v * v + ln_v);
        if !reject {
            return d.ln() + ln_v;
        }
    }
}
