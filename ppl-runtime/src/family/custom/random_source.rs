//! Where a custom family's draws come from.

use rand::{Rng, RngExt, TryRng};
use rand_distr::{Exp1, Open01, StandardNormal};
use std::convert::Infallible;

/// The random numbers of one draw, from the session's seed and the site's key.
///
/// It is a generator of the crate `rand` too, so that `rand_distr` can draw from it.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::RandomSource;
///
/// // Half a normal.
/// fn draw(random: &mut RandomSource<'_>, [scale]: [f64; 1]) -> f64 {
///     scale * random.normal().abs()
/// }
/// # let _ = draw;
/// assert_eq!(size_of::<RandomSource>(), 2 * size_of::<usize>());
/// ```
pub struct RandomSource<'a> {
    generator: &'a mut dyn Rng,
}

impl std::fmt::Debug for RandomSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RandomSource").finish_non_exhaustive()
    }
}

impl<'a> RandomSource<'a> {
    pub(crate) fn new(generator: &'a mut dyn Rng) -> RandomSource<'a> {
        RandomSource { generator }
    }

    /// Returns a number between zero and one, neither included.
    pub fn uniform(&mut self) -> f64 {
        self.generator.sample(Open01)
    }

    /// Returns a number of the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        self.generator.sample(StandardNormal)
    }

    /// Returns a number of the exponential distribution with mean one.
    pub fn exponential(&mut self) -> f64 {
        self.generator.sample(Exp1)
    }
}

impl TryRng for RandomSource<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.generator.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.generator.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.generator.fill_bytes(bytes);
        Ok(())
    }
}
