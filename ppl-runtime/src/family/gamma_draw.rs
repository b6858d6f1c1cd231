//! Draws of a Gamma variable: the one sampler that Gamma, Beta, Dirichlet, Student's t and others are made of.

use rand::Rng;
use rand_distr::{Distribution, OpenClosed01, StandardNormal};

/// A draw from a Gamma with rate one, in parts of which none leaves the range of doubles or loses digits in it.
///
/// It is `d v^3 u^(1/shape)`, where `u` is one unless the shape is below one.
#[derive(Clone, Copy, Debug)]
pub(super) struct GammaDraw {
    d: f64,
    v: f64,
    ln_v: f64,
    ln_u: f64,
    shape: f64,
}

impl GammaDraw {
    /// Returns a draw with this shape.
    ///
    /// The algorithm is that of Marsaglia and Tsang (2000). Shapes below one are drawn with the shape plus one, times a power of
    /// a uniform number, whose logarithm exists where the draw underflows.
    pub(super) fn new<R: Rng + ?Sized>(rng: &mut R, shape: f64) -> GammaDraw {
        if shape.is_nan() || shape <= 0.0 {
            return GammaDraw { d: f64::NAN, v: f64::NAN, ln_v: f64::NAN, ln_u: f64::NAN, shape };
        }
        if shape < 1.0 {
            let u: f64 = OpenClosed01.sample(rng);
            return GammaDraw { ln_u: u.ln(), shape, ..GammaDraw::new(rng, shape + 1.0) };
        }
        let d = shape - 1.0 / 3.0;
        let c = (9.0 * d).sqrt().recip();
        loop {
            let x: f64 = StandardNormal.sample(rng);
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let ln_v = v.ln();
            let u: f64 = OpenClosed01.sample(rng);
            // An infinite shape accepts at once, so that the loop ends.
            let reject = u.ln() > 0.5 * x * x + d * (1.0 - v * v * v + 3.0 * ln_v);
            if !reject {
                return GammaDraw { d, v, ln_v, ln_u: 0.0, shape };
            }
        }
    }

    /// Returns the logarithm of the draw; `-inf` where that is below the range of doubles.
    pub(super) fn ln(self) -> f64 {
        self.d.ln() + 3.0 * self.ln_v + self.ln_u / self.shape
    }

    /// Returns the draw itself, if its shape is one or more. The exponential of the logarithm would be wrong by as many units in the last
    /// place as the logarithm is large.
    pub(super) fn value(self) -> Option<f64> {
        (self.shape >= 1.0).then_some(self.d * (self.v * self.v * self.v))
    }

    /// Returns the logarithm of the ratio of two draws, also where both are below the range of doubles.
    pub(super) fn ln_ratio(self, other: GammaDraw) -> f64 {
        if let (Some(one), Some(two)) = (self.value(), other.value())
            && one / two > 0.0
            && one / two < f64::INFINITY
        {
            return (one / two).ln();
        }
        let (one, two) = (self.ln(), other.ln());
        if one.max(two) > f64::NEG_INFINITY || one.is_nan() || two.is_nan() {
            return one - two;
        }
        // Both logarithms in units of one that is finite: the larger wins by more than a double can say.
        if self.is_above(other) { f64::INFINITY } else { f64::NEG_INFINITY }
    }

    /// Returns whether a draw is the larger one, where the powers of their uniform numbers are all that counts.
    pub(super) fn is_above(self, other: GammaDraw) -> bool {
        let unit = self.shape.min(other.shape);
        self.ln_u * (unit / self.shape) > other.ln_u * (unit / other.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    fn share_above(one: f64, two: f64) -> f64 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let mut above = 0;
        for _ in 0..20_000 {
            let ratio = GammaDraw::new(&mut rng, one).ln_ratio(GammaDraw::new(&mut rng, two));
            assert!(!ratio.is_nan());
            above += u32::from(ratio > 0.0);
        }
        f64::from(above) / 20_000.0
    }

    #[test]
    fn of_two_tiny_shapes_the_larger_is_as_likely_as_its_share() {
        // The one draw is above the other with probability one / (one + two), in the limit of small shapes.
        for (one, two) in [(1e-300, 1e-300), (3e-308, 3e-308), (3e-308, 9e-308), (3e-306, 1e-306)] {
            let expected = one / (one + two);
            let found = share_above(one, two);
            assert!((found - expected).abs() < 5.0 * (0.25_f64 / 20_000.0).sqrt(), "{one}, {two}: {found}");
        }
        assert_eq!(share_above(1e-300, 3e-308), 1.0);
    }

    #[test]
    fn a_draw_is_the_exponential_of_its_logarithm() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
        for shape in [1.0, 2.5, 1e3, 1e150, 1e300] {
            let draw = GammaDraw::new(&mut rng, shape);
            let (value, ln) = (draw.value().unwrap(), draw.ln());
            assert!(
                (value.ln() - ln).abs() <= 4.0 * f64::EPSILON * ln.abs().max(1.0),
                "{shape}: {value}, {ln}"
            );
        }
        assert_eq!(GammaDraw::new(&mut rng, 0.5).value(), None);
    }
}
