//! The key of a random stream: the seed, the purpose, the step, the site, and the place of the draw within the site.

use super::Occasion;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator that a distribution draws from.
pub type Generator = Xoshiro256PlusPlus;

/// What the streams of one run are made from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Key(u64);

impl Key {
    /// Returns the key of a run of the session with this seed.
    #[inline]
    pub(crate) fn new(seed: u64, occasion: Occasion) -> Key {
        Key(mix(mix(seed ^ occasion.purpose.salt()) ^ occasion.step))
    }

    /// Returns the key of one particle of this run that has a recording of its own.
    ///
    /// The first is drawn as a run with one particle would draw it.
    #[inline]
    pub(crate) fn of_particle(self, particle: usize) -> Key {
        match particle {
            0 => self,
            k => Key(mix(self.0 ^ mix(!(k as u64)))),
        }
    }

    /// Returns the streams of the site with this hash, which is that of its name with its calls, index and chain step.
    #[inline(always)]
    pub(crate) fn streams(self, site: u64) -> Streams {
        Streams { key: mix(self.0 ^ site), site: Some(site), particle: 0, elements: None }
    }
}

/// The streams of one site in one run.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    key: u64,
    site: Option<u64>,
    /// The first particle of the run.
    particle: usize,
    /// Whether each element of the plates has a block of its own, and which rows there are of the plate that is visited in blocks.
    elements: Option<Option<VisitedRows>>,
}

/// The rows that a run visits of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VisitedRows {
    /// The number of the plate's axis.
    pub(crate) axis: u8,
    pub(crate) from: u32,
    pub(crate) visited: u32,
    pub(crate) size: u32,
}

impl VisitedRows {
    /// Returns the number in the whole of an element of the plates, given its number among those visited, and how many each row has.
    #[inline]
    fn in_whole(self, element: u64, of_row: u64) -> u64 {
        let [from, visited, size] = [self.from, self.visited, self.size].map(u64::from);
        let (row, within) = (element / of_row, element % of_row);
        let (outside, row) = (row / visited, row % visited);
        (outside * size + from + row) * of_row + within
    }
}

impl Streams {
    /// Returns the streams of the site with this hash, in this step of a session.
    #[cfg(test)]
    pub(crate) fn new(seed: u64, step: u64, site: u64) -> Streams {
        Key::new(seed, Occasion::new(super::Purpose::Step, step)).streams(site)
    }

    /// Returns the same for a run whose particles begin with this one.
    #[inline]
    pub(crate) fn starting_at(self, particle: usize) -> Streams {
        Streams { particle, ..self }
    }

    /// Returns the same with a block for each element of the plates, of one of which these rows are visited alone.
    #[inline]
    pub(crate) fn by_element(self, rows: Option<VisitedRows>) -> Streams {
        Streams { elements: Some(rows), ..self }
    }

    /// Returns whether each element has a block of its own, and which rows there are.
    #[inline]
    pub(crate) fn elements(&self) -> Option<Option<VisitedRows>> {
        self.elements
    }

    /// Returns the number in the whole of an element that is visited: of a row with so many, or of any if that is zero.
    #[inline]
    pub(crate) fn element_in_whole(&self, element: u64, of_row: u32) -> u64 {
        match self.elements {
            Some(Some(rows)) if of_row > 0 => rows.in_whole(element, of_row.into()),
            _ => element,
        }
    }

    /// Returns the first particle of the run.
    #[inline]
    pub(crate) fn particle(&self) -> usize {
        self.particle
    }

    /// Returns the hash of the site, or `None` for a part of one.
    pub(crate) fn site(&self) -> Option<u64> {
        self.site
    }

    /// Returns the streams of part `k` of a site that draws several things.
    pub(crate) fn part(&self, k: usize) -> Streams {
        Streams { key: mix(self.key ^ mix(!(k as u64))), site: None, ..*self }
    }

    /// Returns the generator of the first block.
    #[inline]
    pub(crate) fn first(&self) -> Generator {
        Generator::seed_from_u64(self.key)
    }

    /// Returns the generator of one block: that of a group of particles, of one coordinate along private axes, and of
    /// consecutive rows of the outermost plate.
    #[inline]
    pub(crate) fn generator(&self, group: u32, coordinate: u32, block: u64) -> Generator {
        match (group, coordinate, block) {
            (0, 0, 0) => self.first(),
            _ => {
                let place = mix(u64::from(group) << 32 | u64::from(coordinate));
                Generator::seed_from_u64(mix(mix(self.key ^ place) ^ block))
            }
        }
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
