//! Draws from a distribution, with the pathwise derivatives by its parameters.

use super::event_rows::EventRows;
use super::stretches::{multiply_into, stretch};
use super::summand::{NO_PARTIALS, Summands};
use crate::element::Element;
use crate::family::{Need, PARAMETERS, Structured, Univariate};
use crate::kernel::array::{from_fn, nothing};
use crate::kernel::long_sums::{add_all, in_double};
use crate::random::{Generator, Streams};
use crate::shape::Shape;
use crate::tape::axes::AxisSet;
use crate::tape::blocks::Blocks;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::walk::{self, Extent, STREAMS, Walk};
use crate::tape::{Reader, Tape};
use std::ops::Range;

/// The record of a draw whose parameters are arrays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawRule<E> {
    pub(crate) operands: [NodeId; 3],
    /// The arena offset of what the family keeps of its noise, and of its scratch (behind which lie the buffers of the
    /// backward rule).
    pub(crate) noise: u32,
    pub(crate) scratch: u32,
    pub(crate) scratch_len: u32,
    pub(crate) pull_back: fn(&mut Tape<E>, DrawRule<E>, NodeId),
}

/// Draws one number for each place of a slice: the parameters are as long or single numbers. The derivatives by them are stored
/// where there is room.
type Fill<E> = fn(&mut Generator, &[&[E]; PARAMETERS], &mut [E], &mut [&mut [E]; PARAMETERS]);

/// The draws of a family of numbers for a tape: what is compiled for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawLoops<E> {
    /// How many parameters it has.
    pub(crate) arity: usize,
    pub(super) fill: Fill<E>,
    /// Whether draws are differentiable.
    pathwise: bool,
}

impl<E: Element> DrawLoops<E> {
    /// Returns the loops of a family.
    pub(crate) const fn of<F: Univariate<N>, const N: usize>() -> DrawLoops<E> {
        DrawLoops { arity: N, fill: fill::<E, F, N>, pathwise: F::PATHWISE }
    }
}

impl<E> DrawLoops<E> {
    /// Fills some places of a row.
    #[inline(always)]
    pub(super) fn fill_part(
        &self,
        rng: &mut Generator,
        p: &[&[E]; PARAMETERS],
        z: &mut [E],
        stores: &mut [&mut [E]; PARAMETERS],
        places: Range<usize>,
    ) {
        if places.len() == z.len() {
            return (self.fill)(rng, p, z, stores);
        }
        self.fill_some(rng, p, z, stores, places);
    }

    #[inline(never)]
    fn fill_some(
        &self,
        rng: &mut Generator,
        p: &[&[E]; PARAMETERS],
        z: &mut [E],
        stores: &mut [&mut [E]; PARAMETERS],
        places: Range<usize>,
    ) {
        let mut part: [&[E]; PARAMETERS] = [&[]; PARAMETERS];
        let mut into: [&mut [E]; PARAMETERS] = [&mut [], &mut [], &mut [], &mut []];
        for (k, store) in stores.iter_mut().enumerate() {
            part[k] = if p[k].len() > 1 { &p[k][places.clone()] } else { p[k] };
            if !store.is_empty() {
                into[k] = &mut store[places.clone()];
            }
        }
        (self.fill)(rng, &part, &mut z[places], &mut into);
    }
}

fn fill<E: Element, F: Univariate<N>, const N: usize>(
    rng: &mut Generator,
    p: &[&[E]; PARAMETERS],
    z: &mut [E],
    stores: &mut [&mut [E]; PARAMETERS],
) {
    if let [z] = z {
        let mut point = [E::zero(); N];
        for k in 0..N {
            point[k] = p[k][0];
        }
        *z = F::draw(rng, point);
        if F::PATHWISE {
            let by = F::draw_partials(*z, point);
            for k in 0..N {
                if let [place] = &mut *stores[k] {
                    *place = by[k];
                }
            }
        }
        return;
    }
    // A parameter that is one number stands still.
    let mut moves = [0; N];
    for k in 0..N {
        moves[k] = if p[k].len() == 1 { 0 } else { usize::MAX };
    }
    let point = |i: usize| {
        let mut point = [E::zero(); N];
        for k in 0..N {
            point[k] = p[k][i & moves[k]];
        }
        point
    };
    for (i, z) in z.iter_mut().enumerate() {
        *z = F::draw(rng, point(i));
    }
    if F::PATHWISE && stores.iter().any(|store| !store.is_empty()) {
        for (i, &z) in z.iter().enumerate() {
            let by = F::draw_partials(z, point(i));
            for k in 0..N {
                if let Some(place) = stores[k].get_mut(i) {
                    *place = by[k];
                }
            }
        }
    }
}

impl<E: Element> Tape<E> {
    /// Records one draw for each element of `domain`. With `pathwise` it is differentiable by the parameters, if the family is.
    pub(crate) fn draw_numbers(
        &mut self,
        draw: &DrawLoops<E>,
        streams: &Streams,
        p: &[Arg<E>],
        domain: Extent,
        pathwise: bool,
        deps: Deps,
    ) -> NodeId {
        let pathwise = pathwise && draw.pathwise;
        let p = &p[..draw.arity];
        let len = self.len_of(domain);
        if let Some(site) = streams.site()
            && self.stands_or_spans(p, len)
        {
            return self.draw_in_loop(draw, streams, site, p, (domain, len), pathwise, deps);
        }
        let mut rule = Summands::new(draw.arity, true, domain);
        let mut gradient = false;
        let mut total = len;
        let mut extents = [Extent::SCALAR; STREAMS];
        for (k, arg) in p.iter().enumerate() {
            if arg.id.is_some() {
                let node = self.node(arg.id);
                extents[k] = node.extent();
                if pathwise && node.has_gradient() {
                    gradient = true;
                    rule.operands[k] = arg.id;
                    total += len;
                }
            }
        }
        let blocks = Blocks::of_numbers(domain, &self.sizes, streams);
        let start = self.reserve(total);
        let mut at = start + len;
        for k in 0..draw.arity {
            if rule.operands[k].is_some() {
                rule.partials[k] = at as u32;
                at += len;
            }
        }
        let (old, fresh) = self.split(start);
        let (z, stores) = fresh[..total].split_at_mut(len);
        let mut inputs: [&[E]; PARAMETERS] = [&[]; PARAMETERS];
        for (input, arg) in inputs.iter_mut().zip(p) {
            *input = old.arg(arg);
        }
        let mut last = None;
        let mut at = 0;
        walk::rows(old.sizes, domain, &extents[..draw.arity], |offset, n, stride| {
            let mut row: [&[E]; PARAMETERS] = [&[]; PARAMETERS];
            for (k, input) in inputs[..draw.arity].iter().enumerate() {
                row[k] = stretch(input, offset[k], n, stride[k]);
            }
            let z = &mut z[at..at + n];
            let mut into: [&mut [E]; PARAMETERS] = [&mut [], &mut [], &mut [], &mut []];
            if gradient {
                let mut rest = &mut *stores;
                for (into, operand) in into.iter_mut().zip(rule.operands) {
                    if operand.is_some() {
                        let (store, tail) = std::mem::take(&mut rest).split_at_mut(len);
                        (*into, rest) = (&mut store[at..at + n], tail);
                    }
                }
            }
            blocks.each_in(streams, &mut last, at, n, |rng, block| {
                draw.fill_part(rng, &row, z, &mut into, block.start - at..block.end - at);
            });
            at += n;
        });
        let rule = self.keep(rule);
        self.push(Op::Draw(rule), domain, start, len, gradient, deps)
    }

    pub(crate) fn draw_backward(&mut self, rule: u32, out: NodeId) {
        for k in 0..self.sums[rule as usize].arity {
            let rule = &self.sums[rule as usize];
            let (from, operand) = (rule.partials[k], rule.operands[k]);
            if from == NO_PARTIALS {
                continue;
            }
            let (target, domain) = (self.node(operand).extent(), self.node(out).extent());
            let (old, dy, mut dx) = self.adjoint_sums(operand, out, self.len_of(domain));
            let partials = old.stored(from, dy.len());
            walk::rows(old.sizes, domain, &[target, domain], |offset, n, stride| {
                multiply_into(
                    stretch(dy, offset[1], n, stride[1]),
                    stretch(partials, offset[1], n, stride[1]),
                    dx.row(offset[0], n, stride[0]),
                );
            });
        }
    }

    /// Records one draw of a structured family for each element of `axes`, and each row of its event.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn draw_structured<F: Structured<N>, const N: usize>(
        &mut self,
        streams: &Streams,
        p: [Arg<E>; N],
        event: Shape,
        axes: AxisSet,
        pathwise: bool,
        deps: Deps,
    ) -> NodeId {
        let mut p = p;
        for arg in &mut p {
            arg.id = self.materialise(*arg);
        }
        let domain = Extent { axes, shape: event };
        let len = self.len_of(domain);
        let gradient = pathwise && p.iter().any(|arg| self.has_gradient(arg));
        let extents: [Extent; N] = from_fn(Extent::SCALAR, |k| self.extent(&p[k]));
        let rows = EventRows::of(from_fn(Shape::SCALAR, |k| extents[k].shape), F::RANKS.parameters);
        let shape = rows.shapes();
        let drawn = EventRows::of([event], [F::RANKS.value]);
        let scratch_len = F::scratch(shape);
        let buffers: usize = extents.iter().map(|e| e.shape.len()).sum();
        let start = self.reserve(2 * len + scratch_len + buffers);
        let sizes = self.sizes;
        let blocks = Blocks::of_events(domain, &sizes, streams);
        let mut rule = DrawRule {
            operands: [NodeId::NONE; 3],
            noise: (start + len) as u32,
            scratch: (start + 2 * len) as u32,
            scratch_len: scratch_len as u32,
            pull_back: pull_back::<E, F, N>,
        };
        for (slot, arg) in rule.operands.iter_mut().zip(&p) {
            *slot = arg.id;
        }
        let (old, fresh) = self.split(start);
        let (z, rest) = fresh.split_at_mut(len);
        let (noise, rest) = rest.split_at_mut(len);
        let scratch = &mut rest[..scratch_len];
        let inputs: [&[E]; N] = from_fn(&[], |k| old.arg(&p[k]));
        let mut last = None;
        let width = event.len();
        let mut at = 0;
        each_row(&sizes, axes, &extents, |offset| {
            blocks.each_in(streams, &mut last, at, 1, |rng, _| {
                for row in 0..drawn.count() {
                    let p: [&[E]; N] = from_fn(&[], |k| &inputs[k][rows.place(k, offset[k], row)]);
                    let here = drawn.place(0, at * width, row);
                    F::draw(rng, p, shape, &mut z[here.clone()], &mut noise[here], scratch);
                }
            });
            at += 1;
        });
        self.row_draws.push(rule);
        let rule = self.row_draws.len() as u32 - 1;
        self.push(Op::RowDraw(rule), domain, start, len, gradient, deps)
    }
}

/// Calls `row` for each element of `axes` with the offset of each array's block.
pub(crate) fn each_row<const N: usize>(
    sizes: &crate::tape::axes::AxisSizes,
    axes: AxisSet,
    extents: &[Extent; N],
    mut row: impl FnMut([usize; N]),
) {
    let sets: [AxisSet; N] = from_fn(AxisSet::EMPTY, |k| extents[k].axes);
    let blocks: [usize; N] = from_fn(0, |k| extents[k].shape.len());
    Walk::over_axes(sizes, axes, &sets, &blocks).rows(|offset, n, stride| {
        for i in 0..n {
            row(from_fn(0, |k| offset[k] + i * stride[k]));
        }
    });
}

/// The backward rule of a structured draw.
fn pull_back<E: Element, F: Structured<N>, const N: usize>(
    tape: &mut Tape<E>,
    rule: DrawRule<E>,
    out: NodeId,
) {
    let node = tape.node(out);
    let (axes, width, len, start) = (node.axes, node.shape.len(), node.len as usize, node.adjoint as usize);
    let extents: [Extent; N] = from_fn(Extent::SCALAR, |k| tape.node(rule.operands[k]).extent());
    let needed: [bool; N] = from_fn(false, |k| tape.node(rule.operands[k]).has_gradient());
    let need = Need::of(false, needed);
    let rows = EventRows::of(from_fn(Shape::SCALAR, |k| extents[k].shape), F::RANKS.parameters);
    let shape = rows.shapes();
    let drawn = EventRows::of([node.shape], [F::RANKS.value]);
    let events = tape.len_of(Extent { axes, shape: Shape::SCALAR });
    let Tape { nodes, values, shared, adjoints, sizes, sums_in_double, .. } = tape;
    let (old, fresh) = values.split_at_mut(rule.scratch as usize);
    let old = Reader { values: old, shared, nodes, sizes };
    let (scratch, buffers) = fresh.split_at_mut(rule.scratch_len as usize);
    let lens = from_fn(0, |k| if needed[k] { extents[k].len(sizes) } else { 0 });
    let counts = from_fn(0, |k| events * drawn.count() * rows.width(k) / lens[k].max(1));
    let mut sums = in_double::<E, N>(sums_in_double, lens, counts);
    let mut at = 0;
    each_row(sizes, axes, &extents, |offset| {
        for row in 0..drawn.count() {
            let p: [&[E]; N] = from_fn(&[], |k| &old.node(rule.operands[k])[rows.place(k, offset[k], row)]);
            let here = drawn.place(0, at * width, row);
            let z = &old.node(out)[here.clone()];
            let noise = &old.stored(rule.noise, len)[here.clone()];
            // The rule adds to buffers, one for each operand, so that operands may share a node.
            let mut rest = &mut *buffers;
            let mut by = [const { nothing() }; N];
            for k in (0..N).filter(|&k| needed[k]) {
                (by[k], rest) = std::mem::take(&mut rest).split_at_mut(rows.width(k));
                by[k].fill(E::zero());
            }
            F::pull_back(z, noise, &adjoints[start..start + len][here], p, shape, need, by, scratch);
            let mut done = 0;
            for k in (0..N).filter(|&k| needed[k]) {
                let given = &buffers[done..done + rows.width(k)];
                let place = rows.place(k, offset[k], row);
                let adjoint = nodes[rule.operands[k].0 as usize].adjoint as usize;
                match &mut *sums[k] {
                    [] => add_all(&mut adjoints[adjoint..][place], given),
                    sums => add_all(&mut sums[place], given),
                }
                done += rows.width(k);
            }
        }
        at += 1;
    });
    for (operand, sums) in rule.operands.iter().zip(sums) {
        if !sums.is_empty() {
            add_all(&mut adjoints[nodes[operand.0 as usize].adjoint as usize..], sums);
        }
    }
}
