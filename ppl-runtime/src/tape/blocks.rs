//! How the numbers of a site are divided into blocks, each of which has a random stream of its own.
//!
//! A block is drawn by one generator from its first number to its last, so whoever draws one draws it whole; but the blocks
//! can be drawn in any order and by anybody. Their bounds depend on the size of the site for one particle alone:
//!
//! - consecutive rows of the outermost plate that hold about [`BLOCK`] numbers, at least one row, for each particle and for
//!   each coordinate along the site's private axes;
//! - or, where all numbers of a particle fit into a block, those of a *group* of consecutive particles;
//! - or, in a run that visits a plate in blocks of rows, each element of the plates for itself, by its number in the whole.

use super::axes::{Axis, AxisSet, AxisSizes};
use super::walk::Extent;
use crate::random::{Generator, Streams, VisitedRows};
use std::ops::Range;

/// The numbers that one block holds, about.
const BLOCK: usize = 1024;

/// The most particles of a group. Requests that make their particles in several runs divide them at multiples of it, so that
/// no group is divided.
pub(crate) const GROUP: usize = 32;

/// The blocks of a draw. Places are counted in items: numbers, or rows of a structured family, in the order in which they
/// lie in memory (particles outermost, then private axes, then plates).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// The items of one group of particles, or of one coordinate of one particle.
    segment: usize,
    /// The items of a block, of which the last one of a segment may have fewer.
    block: usize,
    /// The number of coordinates along private axes.
    coordinates: u32,
    /// The number of the first group.
    first: u32,
    /// How many elements of the plates are in one row of the plate that is visited in blocks of rows, or zero.
    of_row: u32,
}

/// The size of a site.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// The coordinates along private axes.
    coordinates: usize,
    /// The rows of the outermost plate, or one.
    rows: usize,
    /// The items of one row.
    items: usize,
    /// The numbers that an item is made of.
    width: usize,
}

impl Size {
    /// Returns the size of a site with this extent, of which each number is an item, or the whole event.
    #[inline]
    fn of(extent: Extent, sizes: &AxisSizes, events_are_items: bool) -> Size {
        let product =
            |axes: AxisSet| axes.iter_inward_out().map(|axis| sizes[axis.0 as usize] as usize).product();
        let plates = extent.axes.intersection(AxisSet::PLATES);
        let outermost = plates.outermost().map_or(AxisSet::EMPTY, AxisSet::of);
        let event = extent.shape.len();
        let (items, width) = if events_are_items { (1, event) } else { (event, 1) };
        Size {
            coordinates: product(extent.axes.intersection(AxisSet::OUTCOMES)),
            rows: product(outermost),
            items: items * product(plates.minus(outermost)),
            width,
        }
    }
}

impl Blocks {
    /// One block for whatever there is.
    pub(crate) const WHOLE: Blocks =
        Blocks { segment: usize::MAX, block: usize::MAX, coordinates: 1, first: 0, of_row: 0 };

    /// Returns the blocks of a site with this extent, of which each number is drawn for itself.
    #[inline]
    pub(crate) fn of_numbers(extent: Extent, sizes: &AxisSizes, streams: &Streams) -> Blocks {
        Blocks::of(extent, sizes, streams, false)
    }

    /// Returns the blocks of a site with this extent, of which each event is drawn as a whole.
    #[inline]
    pub(crate) fn of_events(extent: Extent, sizes: &AxisSizes, streams: &Streams) -> Blocks {
        Blocks::of(extent, sizes, streams, true)
    }

    #[inline]
    fn of(extent: Extent, sizes: &AxisSizes, streams: &Streams, events_are_items: bool) -> Blocks {
        match streams.elements() {
            None => Blocks::new(Size::of(extent, sizes, events_are_items), streams.particle()),
            Some(rows) => Blocks::by_element(extent, sizes, (streams.particle(), rows), events_are_items),
        }
    }

    /// Returns a block for each element of the plates, particle and coordinate.
    #[inline(never)]
    fn by_element(
        extent: Extent,
        sizes: &AxisSizes,
        (particle, rows): (usize, Option<VisitedRows>),
        events_are_items: bool,
    ) -> Blocks {
        let product =
            |axes: AxisSet| -> usize { axes.iter().map(|axis| sizes[axis.0 as usize] as usize).product() };
        let plates = extent.axes.intersection(AxisSet::PLATES);
        let block = if events_are_items { 1 } else { extent.shape.len() }.max(1);
        let visited = rows.map(|rows| Axis(rows.axis)).filter(|&axis| plates.contains(axis));
        Blocks {
            segment: (product(plates) * block).max(1),
            block,
            coordinates: product(extent.axes.intersection(AxisSet::OUTCOMES)).max(1) as u32,
            first: particle as u32,
            of_row: visited.map_or(0, |axis| product(plates.inside(axis)) as u32),
        }
    }

    /// Returns the blocks of a site of this size, for particles from `particle` on, which begins a group.
    #[inline]
    fn new(size: Size, particle: usize) -> Blocks {
        let Size { coordinates, rows, items, width } = size;
        let of_particle = rows * items;
        let numbers = of_particle * width.max(1);
        let particles = match coordinates {
            1 if numbers <= BLOCK => previous_power_of_two(BLOCK / numbers.max(1)).min(GROUP),
            _ => 1,
        };
        let of_block = (BLOCK / (items * width).max(1)).max(1) * items;
        let segment = (particles * of_particle).max(1);
        Blocks {
            segment,
            block: if particles > 1 { segment } else { of_block.max(1) },
            coordinates: coordinates.max(1) as u32,
            first: (particle / particles) as u32,
            of_row: 0,
        }
    }

    /// Calls `fill` for each block of `len` items, in the order of memory.
    #[inline(always)]
    pub(crate) fn each(
        &self,
        streams: &Streams,
        len: usize,
        mut fill: impl FnMut(&mut Generator, Range<usize>),
    ) {
        if len <= self.block && len <= self.segment && self.first == 0 && self.of_row == 0 {
            return fill(&mut streams.first(), 0..len);
        }
        let mut at = 0;
        while at < len {
            let end = self.end_of(at).min(len);
            fill(&mut self.generator(streams, at), at..end);
            at = end;
        }
    }

    /// Calls `fill` for each block of the `len` items from `from` on.
    ///
    /// A block that is visited in parts is handed its generator anew, so the parts of one block must come in order, in one
    /// walk: `last` keeps the generator between calls.
    #[inline(always)]
    pub(crate) fn each_in(
        &self,
        streams: &Streams,
        last: &mut Option<(usize, Generator)>,
        from: usize,
        len: usize,
        mut fill: impl FnMut(&mut Generator, Range<usize>),
    ) {
        let mut at = from;
        while at < from + len {
            let end_of_block = self.end_of(at);
            let end = end_of_block.min(from + len);
            let mut rng = match last.take() {
                Some((end, rng)) if end == end_of_block => rng,
                _ => self.generator(streams, at),
            };
            fill(&mut rng, at..end);
            *last = Some((end_of_block, rng));
            at = end;
        }
    }

    /// Returns where the block of an item ends.
    #[inline(always)]
    fn end_of(&self, item: usize) -> usize {
        let segment = item / self.segment * self.segment;
        let block = (item - segment) / self.block;
        segment + ((block + 1) * self.block).min(self.segment)
    }

    #[inline]
    fn generator(&self, streams: &Streams, item: usize) -> Generator {
        let (segment, within) = (item / self.segment, item % self.segment);
        let coordinates = self.coordinates as usize;
        let group = self.first + (segment / coordinates) as u32;
        let block = streams.element_in_whole((within / self.block) as u64, self.of_row);
        streams.generator(group, (segment % coordinates) as u32, block)
    }
}

/// Returns the largest power of two that is at most `n`, or one.
#[inline(always)]
fn previous_power_of_two(n: usize) -> usize {
    1 << n.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::RngExt;

    /// Draws particles by blocks in the order of memory.
    fn drawn(blocks: Blocks, len: usize) -> Vec<u64> {
        let mut out = vec![0; len];
        blocks.each(&Streams::new(1, 2, 3), len, |rng, block| {
            out[block].iter_mut().for_each(|x| *x = uneven(rng));
        });
        out
    }

    /// A draw that takes one or more numbers of its stream, as rejection does.
    fn uneven(rng: &mut Generator) -> u64 {
        loop {
            let x: u64 = rng.random();
            if !x.is_multiple_of(3) {
                return x;
            }
        }
    }

    fn sizes() -> impl Strategy<Value = Size> {
        (prop_oneof![Just(1_usize), 2..4_usize], 1..1500_usize, 1..5_usize, 1..6_usize)
            .prop_map(|(coordinates, rows, items, width)| Size { coordinates, rows, items, width })
    }

    proptest! {
        #[test]
        fn any_order_and_any_division_draw_the_same(size in sizes(), particles in 1..70_usize) {
            let of_particle = size.coordinates * size.rows * size.items;
            let len = particles * of_particle;
            let blocks = Blocks::new(size, 0);
            let whole = drawn(blocks, len);

            // From the last block to the first.
            let mut bounds = Vec::new();
            blocks.each(&Streams::new(1, 2, 3), len, |_, block| bounds.push(block));
            prop_assert_eq!(bounds.iter().map(|b| b.len()).sum::<usize>(), len);
            let mut backwards = vec![0; len];
            for block in bounds.iter().rev() {
                let mut rng = blocks.generator(&Streams::new(1, 2, 3), block.start);
                backwards[block.clone()].iter_mut().for_each(|x| *x = uneven(&mut rng));
            }
            prop_assert_eq!(&backwards, &whole);

            // A row at a time.
            let (mut by_rows, mut last) = (vec![0; len], None);
            for at in (0..len).step_by(size.items) {
                blocks.each_in(&Streams::new(1, 2, 3), &mut last, at, size.items, |rng, block| {
                    by_rows[block].iter_mut().for_each(|x| *x = uneven(rng));
                });
            }
            prop_assert_eq!(&by_rows, &whole);

            // In groups of particles, each in a run of its own; fewer particles are the first of more.
            for first in (0..particles).step_by(GROUP) {
                let count = GROUP.min(particles - first);
                let part = drawn(Blocks::new(size, first), count * of_particle);
                prop_assert_eq!(&part[..], &whole[first * of_particle..(first + count) * of_particle]);
            }
            prop_assert_eq!(drawn(blocks, (len / 2).max(1)), &whole[..(len / 2).max(1)]);
        }
    }

    #[test]
    fn the_rows_of_a_part_draw_what_the_whole_draws() {
        use crate::shape::Shape;
        use crate::tape::axes::{FIRST_PLATE, MAX_AXES, PARTICLES};
        let plates = [0, 1, 2].map(|k| Axis(FIRST_PLATE.0 + k));
        let mut sizes = [1; MAX_AXES];
        (sizes[PARTICLES.0 as usize], sizes[plates[0].0 as usize], sizes[plates[2].0 as usize]) = (2, 3, 4);
        let axes = plates.iter().fold(AxisSet::of(PARTICLES), |set, &axis| set.union(AxisSet::of(axis)));
        let extent = Extent { axes, shape: Shape::vector(5) };
        let mut drawn = |particle: usize, from: u32, visited: u32| {
            let rows = VisitedRows { axis: plates[1].0, from, visited, size: 7 };
            let streams =
                Streams::new(1, 2, 3).starting_at(particle).by_element((visited < 7).then_some(rows));
            sizes[plates[1].0 as usize] = visited;
            let (mut out, mut at) = (vec![0; 2 * 3 * visited as usize * 4 * 5], 0);
            let len = out.len();
            Blocks::of_numbers(extent, &sizes, &streams).each(&streams, len, |rng, block| {
                assert_eq!(block, at..at + 5);
                at += 5;
                out[block].iter_mut().for_each(|x| *x = uneven(rng));
            });
            out
        };
        let whole = drawn(0, 0, 7);
        for (from, visited) in [(0, 1), (0, 3), (2, 4), (6, 1)] {
            let part = drawn(0, from, visited);
            let row = |all: &[u64], outside: usize, rows: u32, k: u32| {
                let at = (outside * rows as usize + k as usize) * 20;
                all[at..at + 20].to_vec()
            };
            for outside in 0..6 {
                for k in 0..visited {
                    assert_eq!(row(&part, outside, visited, k), row(&whole, outside, 7, from + k));
                }
            }
        }
        // Any particle may be the first of a run.
        assert_eq!(drawn(1, 0, 7)[..420], whole[420..]);
    }

    #[test]
    fn blocks_hold_about_a_thousand_numbers() {
        let of = |coordinates, rows, items, width| {
            let Blocks { segment, block, .. } = Blocks::new(Size { coordinates, rows, items, width }, 0);
            (segment, block)
        };
        // A small site: groups of particles. A large one: rows of one particle.
        assert_eq!(of(1, 8, 1, 1), (256, 256));
        assert_eq!(of(1, 60, 1, 1), (960, 960));
        assert_eq!(of(1, 5000, 1, 1), (5000, 1024));
        assert_eq!(of(1, 5000, 10, 1), (50_000, 1020));
        assert_eq!(of(1, 5000, 1, 300), (5000, 3));
        assert_eq!(of(1, 7, 1, 5000), (7, 1));
        // Private axes: a stream for each coordinate.
        assert_eq!(of(4, 8, 1, 1), (8, 1024));
    }
}
