//! Random streams: every draw comes from a key made of the seed, the step, the site and the block of elements.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::ops::Range;

/// The generator that a distribution draws from.
pub type Generator = Xoshiro256PlusPlus;

/// The elements that share one stream.
const BLOCK: usize = 1024;

/// What the streams of one step are made from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Key(u64);

impl Key {
    /// Returns the key of a step of the session with this seed.
    #[inline]
    pub(crate) fn new(seed: u64, step: u64) -> Key {
        Key(mix(mix(seed) ^ step))
    }

    /// Returns the streams of the site with this hash.
    #[inline(always)]
    pub(crate) fn streams(self, site: u64) -> Streams {
        Streams { key: mix(self.0 ^ site), site: Some(site) }
    }
}

/// The streams of one site in one step.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    key: u64,
    site: Option<u64>,
}

impl Streams {
    /// Returns the streams of the site with this hash, in this step of a session.
    pub fn new(seed: u64, step: u64, site: u64) -> Streams {
        Key::new(seed, step).streams(site)
    }

    /// Returns the hash of the site, or `None` for a part of one.
    pub(crate) fn site(&self) -> Option<u64> {
        self.site
    }

    /// Calls `fill` as [`each_block`](Streams::each_block) does, for a row of `len` elements that is drawn at once.
    #[inline(always)]
    pub(crate) fn each_block_of(&self, len: usize, mut fill: impl FnMut(&mut Generator, Range<usize>)) {
        for block in 0..len.div_ceil(BLOCK) {
            let elements = block * BLOCK..len.min((block + 1) * BLOCK);
            fill(&mut self.generator(block as u64), elements);
        }
    }

    /// Calls `fill` for each block of the `len` elements from `from` on, with the block's generator and its elements.
    ///
    /// Blocks begin at multiples of a fixed size. A block that is visited in parts is handed its generator anew, so the
    /// parts of one block must come in order, in one walk: `last` keeps the generator between calls.
    #[inline(always)]
    pub fn each_block(
        &self,
        last: &mut Option<(usize, Generator)>,
        from: usize,
        len: usize,
        mut fill: impl FnMut(&mut Generator, Range<usize>),
    ) {
        let mut at = from;
        while at < from + len {
            let block = at / BLOCK;
            let end = (from + len).min((block + 1) * BLOCK);
            let mut rng = match last.take() {
                Some((b, rng)) if b == block => rng,
                _ => self.generator(block as u64),
            };
            fill(&mut rng, at..end);
            *last = Some((block, rng));
            at = end;
        }
    }

    /// Returns the streams of part `k` of a site that draws several things.
    pub fn part(&self, k: usize) -> Streams {
        Streams { key: mix(self.key ^ mix(!(k as u64))), site: None }
    }

    /// Returns the generator of one block.
    #[inline]
    pub fn generator(&self, block: u64) -> Generator {
        Generator::seed_from_u64(if block == 0 { self.key } else { mix(self.key ^ mix(block)) })
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
