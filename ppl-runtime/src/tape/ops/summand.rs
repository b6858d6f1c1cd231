//! Log-densities and divergences: sums over a domain of a function with hand-written partials, in one pass.

use crate::dist::family::Need;
use crate::element::Element;
use crate::kernel::vector::{self, Kernel};
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::shape::Shape;
use crate::tape::walk::{self, Extent, STREAMS};
use std::marker::PhantomData;

/// The operands that one term can have.
pub(crate) const OPERANDS: usize = 5;

/// No partials are stored for this operand.
pub(crate) const NO_PARTIALS: u32 = u32::MAX;

/// A function of at most [`OPERANDS`] numbers that is summed over a domain.
pub(crate) trait Term {
    /// How many operands it has.
    const ARITY: usize;
    /// Whether its loop gains from wide vectors.
    const VECTORISES: bool;

    /// Returns the value and those partials that `need` names (bit `k` of the need stands for operand `k`).
    fn term<E: Element>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]);
}

/// How the sum of a term is used, which decides what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// One number is wanted, and every element has the same seed: partials are summed to their operands at once.
    Total,
    /// The elements along the axes are wanted (for a cost), and every element has the same seed.
    Elements,
    /// The elements along the axes are wanted, and each has its own seed: partials are kept for each.
    Seeded,
}

/// The record of a sum or a draw with stored partials.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summands {
    pub(crate) operands: [NodeId; OPERANDS],
    /// The arena offset of each operand's partials.
    pub(crate) partials: [u32; OPERANDS],
    /// Whether the partials are kept for each element of the domain, rather than summed to the operand.
    pub(crate) dense: bool,
    /// The axes of the domain.
    pub(crate) axes: AxisSet,
    /// The event shape of dense partials, or `None` where each operand's partials have the operand's own.
    pub(crate) event: Option<Shape>,
}

impl Summands {
    pub(crate) fn new(dense: bool, domain: Extent) -> Summands {
        Summands {
            operands: [NodeId::NONE; OPERANDS],
            partials: [NO_PARTIALS; OPERANDS],
            dense,
            axes: domain.axes,
            event: Some(domain.shape),
        }
    }
}

/// One row of the sum.
struct Row<'a, E, T> {
    n: usize,
    inputs: [&'a [E]; OPERANDS],
    log: &'a mut [E],
    /// Where each operand's partials go: as long as the row, or one element, or nothing.
    partials: [&'a mut [E]; OPERANDS],
    need: Need,
    term: PhantomData<T>,
}

impl<E: Element, T: Term> Row<'_, E, T> {
    /// Adds up the row one element after the other.
    #[inline(always)]
    fn few(self) {
        let Row { n, inputs, log, partials, need, .. } = self;
        for i in 0..n {
            let mut args = [E::zero(); OPERANDS];
            for k in 0..T::ARITY {
                args[k] = inputs[k][if inputs[k].len() == 1 { 0 } else { i }];
            }
            let (value, by) = T::term(args, need);
            log[if log.len() == 1 { 0 } else { i }] += value;
            for k in 0..T::ARITY {
                match partials[k].len() {
                    0 => {}
                    1 => partials[k][0] += by[k],
                    _ => partials[k][i] += by[k],
                }
            }
        }
    }

    /// Adds up the row `L` elements at a time.
    #[inline(always)]
    fn in_lanes<const L: usize>(self) {
        let Row { n, inputs, log, partials, need, .. } = self;
        let mut total = [E::zero(); L];
        let mut totals = [[E::zero(); L]; OPERANDS];
        let mut args = [[E::zero(); L]; OPERANDS];
        for k in 0..T::ARITY {
            // Lanes past the end of a row repeat its first element; what they give is not used.
            args[k] = [inputs[k][0]; L];
        }
        let mut at = 0;
        while at < n {
            let m = L.min(n - at);
            for k in 0..T::ARITY {
                if inputs[k].len() > 1 {
                    match inputs[k][at..].first_chunk::<L>() {
                        Some(lanes) => args[k] = *lanes,
                        None => args[k][..m].copy_from_slice(&inputs[k][at..]),
                    }
                }
            }
            let mut value = [E::zero(); L];
            let mut by = [[E::zero(); L]; OPERANDS];
            for j in 0..L {
                let mut point = [E::zero(); OPERANDS];
                for k in 0..T::ARITY {
                    point[k] = args[k][j];
                }
                let (v, d) = T::term(point, need);
                value[j] = v;
                for k in 0..T::ARITY {
                    by[k][j] = d[k];
                }
            }
            collect(log, &mut total, &value, at, m);
            for k in 0..T::ARITY {
                if !partials[k].is_empty() {
                    collect(partials[k], &mut totals[k], &by[k], at, m);
                }
            }
            at += m;
        }
        if log.len() == 1 {
            log[0] += total.into_iter().sum::<E>();
        }
        for k in 0..T::ARITY {
            if partials[k].len() == 1 {
                partials[k][0] += totals[k].into_iter().sum::<E>();
            }
        }
    }
}

/// Adds `m` lanes to their stretch of a row, or to the running totals of a row that is summed into one element.
#[inline(always)]
fn collect<E: Element, const L: usize>(
    into: &mut [E],
    totals: &mut [E; L],
    lanes: &[E; L],
    at: usize,
    m: usize,
) {
    if into.len() > 1 {
        match into[at..].first_chunk_mut::<L>() {
            Some(row) => row.iter_mut().zip(lanes).for_each(|(d, &v)| *d += v),
            None => into[at..].iter_mut().zip(lanes).for_each(|(d, &v)| *d += v),
        }
    } else if m == L {
        totals.iter_mut().zip(lanes).for_each(|(d, &v)| *d += v);
    } else {
        totals.iter_mut().zip(lanes).take(m).for_each(|(d, &v)| *d += v);
    }
}

impl<E: Element, T: Term> Kernel for Row<'_, E, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if size_of::<E>() == 4 { self.in_lanes::<16>() } else { self.in_lanes::<8>() }
    }
}

impl<E: Element> Tape<E> {
    /// Records the sum of a term over the domain of its operands and of `event` (the event shape of the site).
    pub(crate) fn sum_terms<T: Term>(&mut self, args: &[Arg<E>], event: Shape, usage: Use) -> NodeId {
        let mut domain = Extent { axes: AxisSet::EMPTY, shape: event };
        let mut deps = Deps::NONE;
        let mut gradient = false;
        let mut needed = [false; OPERANDS];
        for (k, arg) in args.iter().enumerate() {
            domain.axes = domain.axes.union(self.extent(arg).axes);
            deps = deps.union(self.deps(arg));
            needed[k] = self.has_gradient(arg);
            gradient |= needed[k];
        }
        let need = Need::of(needed[0], [needed[1], needed[2], needed[3], needed[4]]);
        let out = Extent {
            axes: if usage == Use::Total { AxisSet::EMPTY } else { domain.axes },
            shape: Shape::SCALAR,
        };
        let deps = if usage == Use::Total { deps.cross(self.mixed_by(domain.axes)) } else { deps };
        let mut rule = Summands::new(usage == Use::Seeded, domain);
        let out_len = self.len_of(out);
        let mut total = out_len;
        let mut lens = [0; OPERANDS];
        for (k, arg) in args.iter().enumerate() {
            if needed[k] {
                rule.operands[k] = arg.id;
                lens[k] = if rule.dense { self.len_of(domain) } else { self.node(arg.id).len as usize };
                total += lens[k];
            }
        }
        let start = self.reserve(total);
        let mut at = start + out_len;
        for k in 0..args.len() {
            if needed[k] {
                rule.partials[k] = at as u32;
                at += lens[k];
            }
        }
        let sizes = self.sizes;
        let mut extents = [Extent::SCALAR; STREAMS];
        for (k, arg) in args.iter().enumerate() {
            extents[k] = self.extent(arg);
        }
        let scalar = domain.axes.is_empty() && domain.shape.rank() == 0;
        let (old, fresh) = self.split(start);
        let fresh = &mut fresh[..total];
        if scalar {
            let mut point = [E::zero(); OPERANDS];
            for (k, arg) in args.iter().enumerate() {
                point[k] = old.arg(arg)[0];
            }
            let (value, by) = T::term(point, need);
            fresh[0] = value;
            for k in 0..args.len() {
                if needed[k] {
                    fresh[rule.partials[k] as usize - start] = by[k];
                }
            }
        } else {
            fresh.fill(E::zero());
            let (log, mut rest) = fresh.split_at_mut(out_len);
            let mut stores: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
            for k in 0..args.len() {
                let (store, tail) = rest.split_at_mut(lens[k]);
                stores[k] = store;
                rest = tail;
            }
            let n_args = args.len();
            // The result and the dense partials are two more streams: the one without event dimensions.
            extents[n_args] = Extent { axes: out.axes, shape: Shape::SCALAR };
            extents[n_args + 1] = domain;
            let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
            for (k, arg) in args.iter().enumerate() {
                inputs[k] = old.arg(arg);
            }
            walk::rows(&sizes, domain, &extents[..n_args + 2], |offset, n, stride| {
                let mut row = [&[] as &[E]; OPERANDS];
                let mut into: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
                for (k, store) in stores.iter_mut().enumerate().take(n_args) {
                    row[k] = stretch(inputs[k], offset[k], n, stride[k]);
                    if needed[k] {
                        let s = if rule.dense { n_args + 1 } else { k };
                        into[k] = stretch_mut(store, offset[s], n, stride[s]);
                    }
                }
                let row = Row::<E, T> {
                    n,
                    inputs: row,
                    log: stretch_mut(log, offset[n_args], n, stride[n_args]),
                    partials: into,
                    need,
                    term: PhantomData,
                };
                if !T::VECTORISES || n < 5 {
                    row.few();
                } else {
                    vector::dispatch(row);
                }
            });
        }
        let rule = self.keep(rule);
        self.push(Op::Summands(rule), out, start, out_len, gradient, deps)
    }

    pub(crate) fn summands_backward(&mut self, rule: Summands, out: NodeId) {
        let sizes = self.sizes;
        let seeds = self.node(out).extent();
        for k in 0..OPERANDS {
            if rule.partials[k] == NO_PARTIALS {
                continue;
            }
            let target = self.node(rule.operands[k]).extent();
            let domain = Extent { axes: rule.axes, shape: rule.event.unwrap_or(target.shape) };
            let (old, dy, dx) = self.adjoint_pair(rule.operands[k], out);
            if !rule.dense {
                // Every element of the sum has the same seed.
                let seed = dy[0];
                for (d, &p) in dx.iter_mut().zip(old.stored(rule.partials[k], target.len(&sizes))) {
                    *d += seed * p;
                }
                continue;
            }
            let partials = old.stored(rule.partials[k], domain.len(&sizes));
            walk::rows(&sizes, domain, &[target, seeds, domain], |offset, n, stride| {
                let into = stretch_mut(dx, offset[0], n, stride[0]);
                let seed = stretch(dy, offset[1], n, stride[1]);
                multiply_into(seed, stretch(partials, offset[2], n, stride[2]), into);
            });
        }
    }
}

/// Adds the products of seeds and partials to `into`, element by element or as one sum.
pub(crate) fn multiply_into<E: Element>(seed: &[E], partials: &[E], into: &mut [E]) {
    let at = |i: usize| if seed.len() == 1 { seed[0] } else { seed[i] };
    if into.len() == partials.len() {
        for (i, (d, &p)) in into.iter_mut().zip(partials).enumerate() {
            *d += at(i) * p;
        }
    } else if seed.len() == partials.len() {
        into[0] += vector::dot(seed, partials);
    } else {
        into[0] += seed[0] * vector::sum(partials);
    }
}

/// Returns the part of an array that one row meets.
#[inline(always)]
pub(crate) fn stretch<E>(x: &[E], offset: usize, n: usize, stride: usize) -> &[E] {
    &x[offset..offset + if stride == 0 { 1 } else { n }]
}

/// Returns the part of an array that one row meets.
#[inline(always)]
pub(crate) fn stretch_mut<E>(x: &mut [E], offset: usize, n: usize, stride: usize) -> &mut [E] {
    &mut x[offset..offset + if stride == 0 { 1 } else { n }]
}
