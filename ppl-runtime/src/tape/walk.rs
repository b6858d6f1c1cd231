//! Broadcasting: how several arrays are walked together over one domain of axes and event dimensions.

use super::axes::{AxisSet, AxisSizes};
use crate::shape::{MAX_RANK, Shape};

/// The arrays that one walk can follow.
pub(crate) const STREAMS: usize = 7;

/// The loops that a walk can have: one for each axis of a value and each dimension of its event.
const MAX_LOOPS: usize = super::axes::MAX_NESTING + MAX_RANK;

/// The extent of one array in a walk: which axes it has, and its event shape (a scalar is spread over the domain's).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) axes: AxisSet,
    pub(crate) shape: Shape,
}

impl Extent {
    pub(crate) const SCALAR: Extent = Extent { axes: AxisSet::EMPTY, shape: Shape::SCALAR };

    /// Returns whether it has both axes and event dimensions.
    pub(crate) fn has_both(&self) -> bool {
        !self.axes.is_empty() && self.shape.rank() != 0
    }

    #[inline]
    pub(crate) fn len(&self, sizes: &AxisSizes) -> usize {
        self.axes.iter_inward_out().map(|a| sizes[a.0 as usize] as usize).product::<usize>()
            * self.shape.len()
    }
}

#[derive(Clone, Copy, Debug)]
struct Loop {
    size: usize,
    stride: [usize; STREAMS],
}

/// Walks arrays with these extents over `domain`: calls `row` for each run of the innermost loop, with each array's
/// offset, the length and the strides (0 or 1).
#[inline]
pub(crate) fn rows(
    sizes: &AxisSizes,
    domain: Extent,
    extents: &[Extent],
    mut row: impl FnMut(&[usize; STREAMS], usize, &[usize; STREAMS]),
) {
    // Mostly every array spans the domain or is a single number: that is one loop.
    let mut stride = [0; STREAMS];
    for (s, extent) in extents.iter().enumerate() {
        if extent.axes == domain.axes && extent.shape == domain.shape {
            stride[s] = 1;
        } else if !extent.axes.is_empty() || extent.shape.rank() != 0 {
            return Walk::new(sizes, domain, extents).rows(row);
        }
    }
    row(&[0; STREAMS], domain.len(sizes), &stride);
}

/// Does what [`rows`] does; arrays whose event shapes are broadcast to the domain's are told beforehand.
#[inline(always)]
pub(crate) fn rows_of<const BROADCASTS: bool>(
    sizes: &AxisSizes,
    domain: Extent,
    extents: &[Extent],
    row: impl FnMut(&[usize; STREAMS], usize, &[usize; STREAMS]),
) {
    if BROADCASTS {
        Walk::broadcasting(sizes, domain, extents).rows(row);
    } else {
        rows(sizes, domain, extents, row);
    }
}

/// A nest of loops over a domain, with adjacent loops merged where every array allows it.
///
/// Because storage is dense and canonical, every stride of the innermost loop is 0 or 1 (times the block of that
/// array, see [`Walk::over_axes`]).
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// From the innermost loop to the outermost.
    loops: [Loop; MAX_LOOPS],
    count: usize,
    streams: usize,
}

impl Walk {
    /// Plans a walk over `domain` of arrays with these extents.
    #[inline]
    pub(crate) fn new(sizes: &AxisSizes, domain: Extent, extents: &[Extent]) -> Walk {
        let mut walk = Walk::empty(extents.len());
        let mut running = [1; STREAMS];
        for k in (0..domain.shape.rank()).rev() {
            walk.push(domain.shape.dim(k), &mut running, |s| extents[s].shape.rank() != 0);
        }
        for axis in domain.axes.iter_inward_out() {
            walk.push(sizes[axis.0 as usize] as usize, &mut running, |s| extents[s].axes.contains(axis));
        }
        walk
    }

    /// Plans a walk over `domain` of arrays whose event shapes are broadcast to the domain's.
    pub(crate) fn broadcasting(sizes: &AxisSizes, domain: Extent, extents: &[Extent]) -> Walk {
        Walk::of_blocks(sizes, domain, extents, &[1; STREAMS][..extents.len()])
    }

    /// Plans such a walk where each step of an array is a block of `blocks[s]` elements.
    pub(crate) fn of_blocks(sizes: &AxisSizes, domain: Extent, extents: &[Extent], blocks: &[usize]) -> Walk {
        let mut walk = Walk::empty(extents.len());
        let mut running = [1; STREAMS];
        running[..blocks.len()].copy_from_slice(blocks);
        for k in (0..domain.shape.rank()).rev() {
            walk.push(domain.shape.dim(k), &mut running, |s| extents[s].shape.moves_along(k, &domain.shape));
        }
        for axis in domain.axes.iter_inward_out() {
            walk.push(sizes[axis.0 as usize] as usize, &mut running, |s| extents[s].axes.contains(axis));
        }
        walk
    }

    /// Plans a walk of arrays that are stored with their event dimensions outside of their axes, so that the inner loops run
    /// along the axes; the first `canonical` of the arrays are stored as ever, and their innermost stride may be any.
    pub(crate) fn planar(sizes: &AxisSizes, domain: Extent, extents: &[Extent], canonical: usize) -> Walk {
        let mut walk = Walk::empty(extents.len());
        let mut running = [1; STREAMS];
        for (run, extent) in running.iter_mut().zip(extents).take(canonical) {
            *run = extent.shape.len();
        }
        for axis in domain.axes.iter_inward_out() {
            walk.push(sizes[axis.0 as usize] as usize, &mut running, |s| extents[s].axes.contains(axis));
        }
        running[..canonical].fill(1);
        for k in (0..domain.shape.rank()).rev() {
            walk.push(domain.shape.dim(k), &mut running, |s| extents[s].shape.rank() != 0);
        }
        walk
    }

    /// Plans a walk over the axes alone, where each step of an array is a block of `blocks[s]` elements.
    pub(crate) fn over_axes(sizes: &AxisSizes, domain: AxisSet, axes: &[AxisSet], blocks: &[usize]) -> Walk {
        let mut walk = Walk::empty(axes.len());
        let mut running = [1; STREAMS];
        running[..blocks.len()].copy_from_slice(blocks);
        for axis in domain.iter_inward_out() {
            walk.push(sizes[axis.0 as usize] as usize, &mut running, |s| axes[s].contains(axis));
        }
        walk
    }

    #[inline]
    fn empty(streams: usize) -> Walk {
        Walk { loops: [Loop { size: 1, stride: [0; STREAMS] }; MAX_LOOPS], count: 0, streams }
    }

    #[inline]
    fn push(&mut self, size: usize, running: &mut [usize; STREAMS], has: impl Fn(usize) -> bool) {
        if size == 1 {
            return;
        }
        let mut next = Loop { size, stride: [0; STREAMS] };
        let mut merges = self.count > 0;
        for (s, run) in running.iter_mut().enumerate().take(self.streams) {
            if has(s) {
                next.stride[s] = *run;
                *run *= size;
            }
            if merges {
                let inner = &self.loops[self.count - 1];
                merges = next.stride[s] == inner.stride[s] * inner.size;
            }
        }
        if merges {
            self.loops[self.count - 1].size *= size;
        } else if self.count < MAX_LOOPS {
            // A value with more axes than that is refused where it is made; what it holds is not used.
            self.loops[self.count] = next;
            self.count += 1;
        }
    }

    /// Calls `row` for each run of the innermost loop, with each array's offset, the length and the strides.
    #[inline]
    pub(crate) fn rows(&self, mut row: impl FnMut(&[usize; STREAMS], usize, &[usize; STREAMS])) {
        let inner = &self.loops[0];
        let mut offset = [0; STREAMS];
        if self.count <= 1 {
            return row(&offset, inner.size, &inner.stride);
        }
        if self.loops[..self.count].iter().any(|l| l.size == 0) {
            return;
        }
        let mut at = [0usize; MAX_LOOPS];
        loop {
            row(&offset, inner.size, &inner.stride);
            let mut level = 1;
            loop {
                let l = &self.loops[level];
                at[level] += 1;
                if at[level] < l.size {
                    for (offset, stride) in offset.iter_mut().zip(&l.stride) {
                        *offset += stride;
                    }
                    break;
                }
                for (offset, stride) in offset.iter_mut().zip(&l.stride) {
                    *offset -= stride * (l.size - 1);
                }
                at[level] = 0;
                level += 1;
                if level == self.count {
                    return;
                }
            }
        }
    }
}
