//! Random streams: every draw comes from a key made of the seed, the step, the site and the block of elements.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator that a distribution draws from.
pub type Generator = Xoshiro256PlusPlus;

/// The elements that share one stream.
const BLOCK: usize = 1024;

/// The streams of one site in one step.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    key: u64,
}

impl Streams {
    /// Returns the streams of the site with this hash, in this step of a session.
    pub fn new(seed: u64, step: u64, site: u64) -> Streams {
        Streams { key: mix(mix(mix(seed) ^ step) ^ site) }
    }

    /// Returns the streams of part `k` of a site that draws several things.
    pub fn part(&self, k: usize) -> Streams {
        Streams { key: mix(self.key ^ mix(!(k as u64))) }
    }

    /// Returns a cursor over the elements, which are to be visited in order.
    pub fn cursor(&self) -> Cursor {
        Cursor { key: self.key, block: 0, rng: Generator::seed_from_u64(self.key) }
    }

    /// Returns the generator of one block.
    pub fn generator(&self, block: u64) -> Generator {
        Generator::seed_from_u64(if block == 0 { self.key } else { mix(self.key ^ mix(block)) })
    }
}

/// A walk over the elements of a site that changes the stream at each block.
pub struct Cursor {
    key: u64,
    block: usize,
    rng: Generator,
}

impl Cursor {
    /// Returns the generator for the element at this position.
    #[inline(always)]
    pub fn for_element(&mut self, position: usize) -> &mut Generator {
        let block = position / BLOCK;
        if block != self.block {
            self.block = block;
            self.rng = Streams { key: self.key }.generator(block as u64);
        }
        &mut self.rng
    }
}

/// Returns a well-mixed function of `x` (the finaliser of SplitMix64, Steele et al. 2014).
#[inline]
pub(crate) fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
