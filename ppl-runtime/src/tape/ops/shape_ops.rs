//! Copies in another order: transposes, slices, stacks of plates, gathers by an index, concatenations.

use crate::element::{Element, Numeric};
use crate::kernel::math::natural_bits;
use crate::kernel::vector::{self, Kernel};
use crate::shape::{MAX_RANK, Shape};
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::known::Complement;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::walk::{Extent, Walk};

/// The dimensions of a strided copy: the result's axes and its event's.
const DIMS: usize = crate::tape::axes::MAX_NESTING + MAX_RANK;

/// The record of a copy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Move {
    /// A strided copy, by its plan.
    Strided(NodeId, u32),
    /// Blocks of `x` chosen by an index.
    Gather { x: NodeId, index: NodeId },
    /// Arrays one after the other: the list's start and count, and the elements of a part behind the joined dimension.
    Join { list: u32, count: u32, inner: u32, dim: u8 },
}

/// A strided copy: element `(i_0, i_1, ...)` of the result is element `base + sum i_k stride_k` of the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StridedCopy {
    base: usize,
    count: usize,
    size: [u32; DIMS],
    stride: [u32; DIMS],
}

impl StridedCopy {
    pub(super) fn new(base: usize) -> StridedCopy {
        StridedCopy { base, count: 0, size: [1; DIMS], stride: [0; DIMS] }
    }

    pub(super) fn push(&mut self, size: usize, stride: usize) {
        // A value with more axes than that is refused where it is made; what it holds is not used.
        if self.count < DIMS {
            self.size[self.count] = size as u32;
            self.stride[self.count] = stride as u32;
            self.count += 1;
        }
    }

    /// Calls `row` with the source's offset, its stride and the length of each run of the last dimension.
    fn rows(&self, mut row: impl FnMut(usize, usize, usize)) {
        if self.count == 0 {
            return row(self.base, 0, 1);
        }
        if self.size[..self.count].contains(&0) {
            return;
        }
        let last = self.count - 1;
        let mut at = [0u32; DIMS];
        let mut offset = self.base;
        loop {
            row(offset, self.stride[last] as usize, self.size[last] as usize);
            let mut k = last;
            loop {
                if k == 0 {
                    return;
                }
                k -= 1;
                at[k] += 1;
                if at[k] < self.size[k] {
                    offset += self.stride[k] as usize;
                    break;
                }
                offset -= self.stride[k] as usize * (self.size[k] as usize - 1);
                at[k] = 0;
            }
        }
    }
}

/// Returns an index, which was checked when it was recorded, as a position.
#[inline(always)]
pub(super) fn position<E: Element>(index: E) -> usize {
    natural_bits(index) as usize
}

/// Adds blocks of `width` elements of `dy`, one after the other, to those of `sums` that indices choose.
fn scatter<E: Element, A: Numeric>(walk: &Walk, width: usize, dy: &[E], chosen: &[E], sums: &mut [A]) {
    let number = |g: E| A::of(g.as_f64());
    let mut at = 0;
    walk.rows(|offset, n, stride| {
        if width == 1 && stride[0] == 0 && stride[1] == 1 {
            let sums = &mut sums[offset[0]..];
            for (&g, &k) in dy[at..at + n].iter().zip(&chosen[offset[1]..offset[1] + n]) {
                sums[position(k)] += number(g);
            }
            at += n;
            return;
        }
        for i in 0..n {
            let to = offset[0] + i * stride[0] + position(chosen[offset[1] + i * stride[1]]) * width;
            for (d, &g) in sums[to..to + width].iter_mut().zip(&dy[at..at + width]) {
                *d += number(g);
            }
            at += width;
        }
    });
}

/// Returns the first index that is not in `0..size`.
pub(crate) fn first_outside<E: Element>(indices: &[E], size: usize) -> Option<E> {
    struct Outside<'a, E>(&'a [E], f64);
    impl<E: Element> Kernel for Outside<'_, E> {
        type Output = bool;
        #[inline(always)]
        fn run(self) -> bool {
            let outside = |i: E| if (i >= E::zero()) & (i.as_f64() < self.1) { E::zero() } else { E::one() };
            let (blocks, rest) = self.0.as_chunks::<16>();
            let mut lanes = [E::zero(); 16];
            for block in blocks {
                for (lane, &i) in lanes.iter_mut().zip(block) {
                    *lane += outside(i);
                }
            }
            vector::sum_lanes(lanes) + rest.iter().map(|&i| outside(i)).sum::<E>() > E::zero()
        }
    }
    // Mostly none is: that is found out many at a time.
    let limit = size as f64;
    let any = vector::dispatch(Outside(indices, limit));
    any.then(|| indices.iter().copied().find(|i| !(*i >= E::zero() && i.as_f64() < limit)))?
}

/// The strides of a node's axes and event dimensions in its dense layout.
struct Strides {
    axis: [usize; crate::tape::axes::MAX_AXES],
    event: [usize; MAX_RANK],
}

impl<E: Element> Tape<E> {
    fn strides(&self, extent: Extent) -> Strides {
        let mut strides = Strides { axis: [0; crate::tape::axes::MAX_AXES], event: [0; MAX_RANK] };
        let mut running = 1;
        for k in (0..extent.shape.rank()).rev() {
            strides.event[k] = running;
            running *= extent.shape.dim(k);
        }
        for axis in extent.axes.iter_inward_out() {
            strides.axis[axis.0 as usize] = running;
            running *= self.sizes[axis.0 as usize] as usize;
        }
        strides
    }

    pub(crate) fn strided(&mut self, x: NodeId, out: Extent, plan: StridedCopy, deps: Deps) -> NodeId {
        let len = self.len_of(out);
        let gradient = self.node(x).has_gradient();
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let source = old.node(x);
        let mut at = 0;
        plan.rows(|offset, stride, n| {
            let row = &mut fresh[at..at + n];
            match stride {
                0 => row.fill(source[offset]),
                1 => row.copy_from_slice(&source[offset..offset + n]),
                _ => {
                    for (i, y) in row.iter_mut().enumerate() {
                        *y = source[offset + i * stride];
                    }
                }
            }
            at += n;
        });
        let number = self.plans.len() as u32;
        self.plans.push(plan);
        let copy = self.push(Op::Move(Move::Strided(x, number)), out, start, len, gradient, deps);
        self.hand_on_complement(x, copy, Complement::Copied(x, number));
        copy
    }

    /// Records the value with the event dimensions in another order.
    pub(crate) fn permute(&mut self, x: NodeId, order: &[usize]) -> NodeId {
        let extent = self.node(x).extent();
        let strides = self.strides(extent);
        let mut shape = extent.shape;
        let mut plan = StridedCopy::new(0);
        for axis in extent.axes.iter() {
            plan.push(self.sizes[axis.0 as usize] as usize, strides.axis[axis.0 as usize]);
        }
        for (k, &from) in order.iter().enumerate() {
            shape = shape.with_dim(k, extent.shape.dim(from));
            plan.push(extent.shape.dim(from), strides.event[from]);
        }
        let deps = self.node(x).deps;
        self.strided(x, Extent { axes: extent.axes, shape }, plan, deps)
    }

    /// Records elements `from..from + size` of event dimension `dim`.
    pub(crate) fn slice(&mut self, x: NodeId, dim: usize, from: usize, size: usize) -> NodeId {
        let extent = self.node(x).extent();
        let out = Extent { axes: extent.axes, shape: extent.shape.with_dim(dim, size) };
        if dim == 0 && extent.axes.is_empty() {
            let inner = extent.shape.without_first().len();
            return self.view(x, out, from * inner);
        }
        let strides = self.strides(extent);
        let mut plan = StridedCopy::new(from * strides.event[dim]);
        for axis in extent.axes.iter() {
            plan.push(self.sizes[axis.0 as usize] as usize, strides.axis[axis.0 as usize]);
        }
        for k in 0..extent.shape.rank() {
            plan.push(out.shape.dim(k), strides.event[k]);
        }
        let deps = self.node(x).deps;
        self.strided(x, out, plan, deps)
    }

    /// Records all windows of `width` elements along event dimension `dim`, so far apart from each other: a dimension of windows, and one of what is in a window.
    pub(crate) fn windows(
        &mut self,
        x: NodeId,
        dim: usize,
        [width, apart]: [usize; 2],
        shape: Shape,
    ) -> NodeId {
        let extent = self.node(x).extent();
        let strides = self.strides(extent);
        let mut plan = StridedCopy::new(0);
        for axis in extent.axes.iter() {
            plan.push(self.sizes[axis.0 as usize] as usize, strides.axis[axis.0 as usize]);
        }
        for k in 0..extent.shape.rank() {
            let size = if k == dim { shape.dim(dim) } else { extent.shape.dim(k) };
            plan.push(size, strides.event[k]);
            if k == dim {
                plan.push(width, apart * strides.event[k]);
            }
        }
        let deps = self.node(x).deps;
        self.strided(x, Extent { axes: extent.axes, shape }, plan, deps)
    }

    /// Records element `k` of the first event dimension, which is dropped.
    pub(crate) fn element(&mut self, x: NodeId, k: usize) -> NodeId {
        let extent = self.node(x).extent();
        let row = self.slice(x, 0, k, 1);
        self.view(row, Extent { axes: extent.axes, shape: extent.shape.without_first() }, 0)
    }

    /// Records the value repeated along the axes that it lacks.
    pub(crate) fn spread(&mut self, x: NodeId, axes: AxisSet) -> NodeId {
        let extent = self.node(x).extent();
        if extent.axes.covers(axes) {
            return x;
        }
        let out = Extent { axes: extent.axes.union(axes), shape: extent.shape };
        if let Some(instead) = self.refuse_large(out) {
            return instead;
        }
        let strides = self.strides(extent);
        let mut plan = StridedCopy::new(0);
        for axis in out.axes.iter() {
            plan.push(self.sizes[axis.0 as usize] as usize, strides.axis[axis.0 as usize]);
        }
        for k in 0..extent.shape.rank() {
            plan.push(extent.shape.dim(k), strides.event[k]);
        }
        let deps = self.node(x).deps;
        self.strided(x, out, plan, deps)
    }

    /// Records a scalar repeated to fill an event shape; an array of that shape stays as it is.
    pub(crate) fn fill(&mut self, x: Arg<E>, shape: Shape) -> Arg<E> {
        let extent = self.extent(&x);
        if extent.shape.rank() != 0 {
            return x;
        }
        let id = self.materialise(x);
        let mut plan = StridedCopy::new(0);
        let strides = self.strides(extent);
        for axis in extent.axes.iter() {
            plan.push(self.sizes[axis.0 as usize] as usize, strides.axis[axis.0 as usize]);
        }
        for &d in shape.dims() {
            plan.push(d as usize, 0);
        }
        let deps = self.node(id).deps;
        let id = self.strided(id, Extent { axes: extent.axes, shape }, plan, deps);
        Arg { id, value: x.value }
    }

    /// Records the value with a plate's axis turned into its first event dimension, or `None` if the rank is exhausted.
    pub(crate) fn stack(&mut self, x: NodeId, axis: Axis) -> Option<NodeId> {
        let extent = self.node(x).extent();
        let size = self.sizes[axis.0 as usize] as usize;
        let out =
            Extent { axes: extent.axes.minus(AxisSet::of(axis)), shape: extent.shape.with_first(size)? };
        let deps = self.node(x).deps.cross(self.sites_on[axis.0 as usize]);
        let id = if extent.axes.innermost() == Some(axis) {
            self.view(x, out, 0)
        } else {
            let strides = self.strides(extent);
            let mut plan = StridedCopy::new(0);
            for a in out.axes.iter() {
                plan.push(self.sizes[a.0 as usize] as usize, strides.axis[a.0 as usize]);
            }
            plan.push(size, strides.axis[axis.0 as usize]);
            for k in 0..extent.shape.rank() {
                plan.push(extent.shape.dim(k), strides.event[k]);
            }
            self.strided(x, out, plan, deps)
        };
        self.nodes[id.0 as usize].deps = deps;
        Some(id)
    }

    /// Records the value with its first event dimension turned into an axis that it lacks: every row is chosen once.
    pub(crate) fn unstack(&mut self, x: NodeId, axis: Axis) -> NodeId {
        let extent = self.node(x).extent();
        let out = Extent { axes: extent.axes.union(AxisSet::of(axis)), shape: extent.shape.without_first() };
        if let Some(instead) = self.refuse_large(out) {
            return instead;
        }
        if extent.axes.innermost().is_none_or(|innermost| innermost < axis) {
            return self.view(x, out, 0);
        }
        let strides = self.strides(extent);
        let mut plan = StridedCopy::new(0);
        for a in out.axes.iter() {
            let stride = if a == axis { strides.event[0] } else { strides.axis[a.0 as usize] };
            plan.push(self.sizes[a.0 as usize] as usize, stride);
        }
        for k in 1..extent.shape.rank() {
            plan.push(extent.shape.dim(k), strides.event[k]);
        }
        let deps = self.node(x).deps;
        self.strided(x, out, plan, deps)
    }

    /// Records the blocks of `x` along its first event dimension that `index` (integers in the arena) names.
    ///
    /// Returns the first bad index if there is one.
    pub(crate) fn gather(&mut self, x: NodeId, index: NodeId) -> Result<NodeId, E> {
        let (ex, ei) = (self.node(x).extent(), self.node(index).extent());
        let size = ex.shape.dim(0);
        let rest = ex.shape.without_first();
        let width = rest.len();
        let out = Extent { axes: ex.axes.union(ei.axes), shape: rest };
        if let Some(instead) = self.refuse_large(out) {
            return Ok(instead);
        }
        let len = self.len_of(out);
        let deps = self.node(x).deps.union(self.node(index).deps);
        let gradient = self.node(x).has_gradient();
        if let Some(bad) = first_outside(self.value(index), size) {
            return Err(bad);
        }
        let start = self.reserve(len);
        let walk = self.gather_walk(ex, ei, out.axes);
        let (old, fresh) = self.split(start);
        let (source, chosen) = (old.node(x), old.node(index));
        let mut at = 0;
        walk.rows(|offset, n, stride| {
            if width == 1 && stride[0] == 0 && stride[1] == 1 {
                let source = &source[offset[0]..];
                for (y, &k) in fresh[at..at + n].iter_mut().zip(&chosen[offset[1]..offset[1] + n]) {
                    *y = source[position(k)];
                }
                at += n;
                return;
            }
            for i in 0..n {
                let from = offset[0] + i * stride[0] + position(chosen[offset[1] + i * stride[1]]) * width;
                fresh[at..at + width].copy_from_slice(&source[from..from + width]);
                at += width;
            }
        });
        let rows = self.push(Op::Move(Move::Gather { x, index }), out, start, len, gradient, deps);
        self.hand_on_complement(x, rows, Complement::Chosen(x, index));
        Ok(rows)
    }

    fn gather_walk(&self, x: Extent, index: Extent, axes: AxisSet) -> Walk {
        Walk::over_axes(&self.sizes, axes, &[x.axes, index.axes], &[x.shape.len(), 1])
    }

    /// Records arrays of one shape (but for dimension `dim`) one after the other along that dimension.
    pub(crate) fn join(&mut self, parts: &[NodeId], dim: usize) -> NodeId {
        let axes = parts.iter().fold(AxisSet::EMPTY, |set, &p| set.union(self.node(p).axes));
        let list = self.lists.len();
        for &part in parts {
            let part = self.spread(part, axes);
            self.lists.push(part);
        }
        let first = self.node(self.lists[list]).shape;
        let size = (list..self.lists.len()).map(|k| self.node(self.lists[k]).shape.dim(dim)).sum();
        let out = Extent { axes, shape: first.with_dim(dim, size) };
        let inner: usize = first.dims()[dim + 1..].iter().map(|&d| d as usize).product();
        let len = self.len_of(out);
        let (mut gradient, mut deps) = (false, Deps::NONE);
        for &part in &self.lists[list..] {
            gradient |= self.node(part).has_gradient();
            deps = deps.union(self.node(part).deps);
        }
        let start = self.reserve(len);
        let outer = len.checked_div(size * inner).unwrap_or(0);
        let mut column = 0;
        for k in list..self.lists.len() {
            let part = self.lists[k];
            let width = self.node(part).shape.dim(dim) * inner;
            let (old, fresh) = self.split(start);
            let source = old.node(part);
            for o in 0..outer {
                let to = o * size * inner + column;
                fresh[to..to + width].copy_from_slice(&source[o * width..(o + 1) * width]);
            }
            column += width;
        }
        let rule =
            Move::Join { list: list as u32, count: parts.len() as u32, inner: inner as u32, dim: dim as u8 };
        let joined = self.push(Op::Move(rule), out, start, len, gradient, deps);
        let joining = Complement::Joined(list as u32, parts.len() as u32, dim as u8);
        if (list..list + parts.len()).any(|k| self.ends_at_one(self.lists[k])) {
            self.note_complement(joined, joining);
        }
        joined
    }

    pub(crate) fn move_backward(&mut self, rule: Move, out: NodeId) {
        match rule {
            Move::Strided(x, plan) => {
                let plan = self.plans[plan as usize];
                let (_, dy, mut dx) = self.adjoint_sums(x, out, self.node(out).len as usize);
                let mut at = 0;
                plan.rows(|offset, stride, n| {
                    let row = &dy[at..at + n];
                    let dx = dx.row(offset, n, stride);
                    if stride == 0 {
                        dx[0] += vector::sum(row);
                    } else {
                        for (i, &g) in row.iter().enumerate() {
                            dx[i * stride] += g;
                        }
                    }
                    at += n;
                });
            }
            Move::Gather { x, index } => {
                let (ex, ei, axes) = (self.node(x).extent(), self.node(index).extent(), self.node(out).axes);
                let walk = self.gather_walk(ex, ei, axes);
                let width = ex.shape.without_first().len();
                let len = self.node(x).len as usize;
                // Any number of indices may name one block, so that its share of them says nothing.
                let count = self.node(out).len as usize;
                let count = if count < len { 0 } else { count };
                let (old, dy, mut dx) = self.adjoint_long_sums(x, out, count);
                let chosen = old.node(index);
                match dx.in_double() {
                    Some(sums) => scatter(&walk, width, dy, chosen, sums),
                    None => scatter(&walk, width, dy, chosen, dx.part(0, len, 0)),
                }
            }
            Move::Join { list, count, inner, dim } => {
                let row = self.node(out).shape.dim(dim as usize) * inner as usize;
                let mut column = 0;
                for k in list..list + count {
                    let part = self.lists[k as usize];
                    let width = self.node(part).shape.dim(dim as usize) * inner as usize;
                    if self.node(part).has_gradient() && width > 0 {
                        let (_, dy, dx) = self.adjoint_pair(part, out);
                        for (o, block) in dx.chunks_exact_mut(width).enumerate() {
                            let from = o * row + column;
                            for (d, &g) in block.iter_mut().zip(&dy[from..from + width]) {
                                *d += g;
                            }
                        }
                    }
                    column += width;
                }
            }
        }
    }
}
