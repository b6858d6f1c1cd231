//! Log-densities and divergences: sums over a domain of a function with hand-written partials, in one pass.

use super::stretches::{add_scaled, multiply_into, planes_of, stretch};
use super::term::{NumberTerm, OPERANDS, TermLoops, need};
use crate::element::Element;
use crate::kernel::long_sums::LongSums;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::ops::recomputed::{NO_COPY, Recomputed};
use crate::tape::walk::{self, Extent, STREAMS, Walk};

/// No partials are stored for this operand.
pub(crate) const NO_PARTIALS: u32 = u32::MAX;

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
    /// The number of operands.
    pub(crate) arity: usize,
    /// The arena offset of each operand's partials.
    pub(crate) partials: [u32; OPERANDS],
    /// Whether the partials are kept for each element of the domain, rather than summed to the operand.
    pub(crate) dense: bool,
    /// The axes of the domain.
    pub(crate) axes: AxisSet,
    /// Whether dense partials have the event dimensions outside of the axes.
    planar: bool,
    /// The event shape of dense partials, or `None` where each operand's partials have the operand's own.
    pub(crate) event: Option<Shape>,
}

impl Summands {
    pub(crate) fn new(arity: usize, dense: bool, domain: Extent) -> Summands {
        Summands {
            arity,
            operands: [NodeId::NONE; OPERANDS],
            partials: [NO_PARTIALS; OPERANDS],
            dense,
            axes: domain.axes,
            planar: false,
            event: Some(domain.shape),
        }
    }
}

impl<E: Element> Tape<E> {
    /// Records the sum of a term over the domain of its operands and of `event` (the event shape of the site).
    ///
    /// There are at least as many operands as the term has; more do not count.
    #[inline]
    pub(crate) fn sum_terms<T: NumberTerm>(&mut self, args: &[Arg<E>], event: Shape, usage: Use) -> NodeId {
        self.sum_term(TermLoops::of::<T>(), args, event, usage)
    }

    /// Records the sum of the term with these loops.
    pub(crate) fn sum_term(
        &mut self,
        term: &TermLoops<E>,
        args: &[Arg<E>],
        event: Shape,
        usage: Use,
    ) -> NodeId {
        let args = &args[..term.arity];
        if self.has_waiting()
            && let Some(id) = self.sum_waiting(term, args, event, usage)
        {
            return id;
        }
        let mut axes = AxisSet::EMPTY;
        let mut deps = Deps::NONE;
        let mut needed = [false; OPERANDS];
        for (needed, arg) in needed.iter_mut().zip(args) {
            if arg.id.is_some() {
                let node = self.node(arg.id);
                axes = axes.union(node.axes);
                deps = deps.union(node.deps);
                *needed = node.has_gradient();
            }
        }
        if axes.is_empty() && event.rank() == 0 {
            self.sum_in_loop(term, args, 1, deps)
        } else {
            let domain = Extent { axes, shape: event };
            if self.refuse_large(domain).is_some() {
                return self.placeholder(Extent::SCALAR);
            }
            self.many_terms(term, args, needed, deps, domain, usage)
        }
    }

    fn many_terms(
        &mut self,
        term: &TermLoops<E>,
        args: &[Arg<E>],
        needed: [bool; OPERANDS],
        deps: Deps,
        domain: Extent,
        usage: Use,
    ) -> NodeId {
        let arity = term.arity;
        let total = usage == Use::Total;
        let domain_len = self.len_of(domain);
        if total && self.stands_or_spans(args, domain_len) {
            return self.sum_in_loop(term, args, domain_len, deps.cross(self.mixed_by(domain.axes)));
        }
        let out = Extent { axes: if total { AxisSet::EMPTY } else { domain.axes }, shape: Shape::SCALAR };
        let deps = if total { deps.cross(self.mixed_by(domain.axes)) } else { deps };
        let mut rule = Summands::new(arity, usage == Use::Seeded, domain);
        let again = term.add_seeded.filter(|_| rule.dense && self.may_recompute(args, &needed, domain));
        // The operands whose partials are stored.
        let stored = if again.is_some() { [false; OPERANDS] } else { needed };
        let out_len = self.len_of(out);
        let mut extents = [Extent::SCALAR; STREAMS];
        let mut lens = [0; OPERANDS];
        let mut reserved = out_len;
        let mut gradient = false;
        for k in 0..arity {
            if args[k].id.is_some() {
                let node = self.node(args[k].id);
                extents[k] = node.extent();
                gradient |= needed[k];
                if stored[k] {
                    rule.operands[k] = args[k].id;
                    lens[k] = if rule.dense { domain_len } else { node.len as usize };
                    reserved += lens[k];
                }
            }
        }
        rule.planar = self.runs_along_axes(domain, &extents[..arity], &needed, rule.dense);
        let mut copies = [0; OPERANDS];
        if rule.planar {
            for k in 0..arity {
                if extents[k].has_both() {
                    copies[k] = extents[k].len(&self.sizes);
                    reserved += copies[k];
                }
            }
        }
        let start = self.reserve(reserved);
        let mut at = start + out_len;
        for k in 0..arity {
            if stored[k] {
                rule.partials[k] = at as u32;
                at += lens[k];
            }
        }
        let (old, fresh, memory) = self.split_for_sums(start);
        let fresh = &mut fresh[..reserved];
        fresh.fill(E::zero());
        let (log, mut rest) = fresh.split_at_mut(out_len);
        let mut stores: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
        let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
        for k in 0..arity {
            let (store, tail) = rest.split_at_mut(lens[k]);
            stores[k] = store;
            rest = tail;
            inputs[k] = old.arg(&args[k]);
        }
        for k in 0..arity {
            if copies[k] > 0 {
                let (copy, tail) = rest.split_at_mut(copies[k]);
                planes_of(inputs[k], extents[k].shape.len(), copy);
                inputs[k] = copy;
                rest = tail;
            }
        }
        // The result and the dense partials are two more streams; the result has no event dimensions.
        let (result, dense) = (arity, arity + 1);
        extents[result] = out;
        extents[dense] = domain;
        let streams = &extents[..arity + 2];
        let [a, b, c, d, e] = stores;
        let arrays = [log, a, b, c, d, e];
        let counts = arrays.each_ref().map(|array| domain_len / array.len().max(1));
        let [mut log, mut stores @ ..] = LongSums::several(memory, arrays, counts);
        let add_row = |offset: &[usize; STREAMS], n: usize, stride: &[usize; STREAMS]| {
            let mut row = [&[] as &[E]; OPERANDS];
            let mut into: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
            for (k, store) in stores.iter_mut().enumerate().take(arity) {
                row[k] = stretch(inputs[k], offset[k], n, stride[k]);
                if stored[k] {
                    let s = if rule.dense { dense } else { k };
                    into[k] = store.row(offset[s], n, stride[s]);
                }
            }
            let log = log.row(offset[result], n, stride[result]);
            term.add_up.add(n, &row, log, &mut into, need(stored));
        };
        match rule.planar {
            true => Walk::planar(old.sizes, domain, streams, 0).rows(add_row),
            false => walk::rows(old.sizes, domain, streams, add_row),
        }
        drop((log, stores));
        if let (Some(add_seeded), true) = (again, gradient) {
            let mut places = [NO_COPY; OPERANDS];
            let mut at = start + out_len;
            for (place, copy) in places.iter_mut().zip(copies).filter(|(_, copy)| *copy > 0) {
                *place = at as u32;
                at += copy;
            }
            let mut all = [args[0]; OPERANDS];
            all[..arity].copy_from_slice(args);
            let rule = Recomputed {
                args: all,
                arity,
                needed,
                domain,
                planar: rule.planar,
                copies: places,
                add_seeded,
            };
            self.recomputed.push(rule);
            let op = Op::Recomputed(self.recomputed.len() as u32 - 1);
            return self.push(op, out, start, out_len, gradient, deps);
        }
        let rule = self.keep(rule);
        self.push(Op::Summands(rule), out, start, out_len, gradient, deps)
    }

    /// Returns whether the partials of a sum may be computed again in the reverse sweep: where the adjoints that they go to
    /// are met in rows.
    fn may_recompute(&self, args: &[Arg<E>], needed: &[bool; OPERANDS], domain: Extent) -> bool {
        let meets = |id: NodeId| {
            let extent = self.node(id).extent();
            extent.has_both() && domain.axes.innermost().is_some_and(|axis| extent.axes.contains(axis))
        };
        !args.iter().zip(needed).any(|(arg, &needed)| needed && meets(arg.id))
    }

    /// Returns whether a sum should run along the axes and not along the event, whose last dimension is too short for wide
    /// vectors.
    fn runs_along_axes(
        &self,
        domain: Extent,
        operands: &[Extent],
        needed: &[bool; OPERANDS],
        dense: bool,
    ) -> bool {
        const SHORT: usize = 8;
        let rank = domain.shape.rank();
        let longest = domain.axes.innermost().map_or(1, |axis| self.sizes[axis.0 as usize] as usize);
        rank > 0
            && domain.shape.dim(rank - 1) < SHORT
            && longest >= 2 * SHORT
            // Partials that are summed to their operand have the operand's layout.
            && (dense || !operands.iter().zip(needed).any(|(operand, &needed)| needed && operand.has_both()))
    }

    pub(crate) fn summands_backward(&mut self, rule: u32, out: NodeId) {
        let rule = &self.sums[rule as usize];
        if !rule.dense {
            // Every element of the sum has the same seed.
            let Tape { nodes, values, adjoints, .. } = self;
            let seed = adjoints[nodes[out.0 as usize].adjoint as usize];
            for k in 0..rule.arity {
                if rule.partials[k] == NO_PARTIALS {
                    continue;
                }
                let operand = &nodes[rule.operands[k].0 as usize];
                let (to, from, len) =
                    (operand.adjoint as usize, rule.partials[k] as usize, operand.len as usize);
                if len == 1 {
                    adjoints[to] += seed * values[from];
                } else {
                    add_scaled(seed, &values[from..from + len], &mut adjoints[to..to + len]);
                }
            }
            return;
        }
        let rule = *rule;
        let seeds = self.node(out).extent();
        for k in 0..rule.arity {
            if rule.partials[k] == NO_PARTIALS {
                continue;
            }
            let target = self.node(rule.operands[k]).extent();
            let domain = Extent { axes: rule.axes, shape: rule.event.unwrap_or(target.shape) };
            let (old, dy, mut dx) = self.adjoint_sums(rule.operands[k], out, self.len_of(domain));
            let partials = old.stored(rule.partials[k], domain.len(old.sizes));
            let add_row = |offset: &[usize; STREAMS], n: usize, stride: &[usize; STREAMS]| {
                let seed = stretch(dy, offset[1], n, stride[1]);
                let partials = stretch(partials, offset[2], n, stride[2]);
                if stride[0] > 1 {
                    let into = dx.row(offset[0], n, stride[0]).iter_mut().step_by(stride[0]);
                    for (i, d) in into.take(n).enumerate() {
                        multiply_into(&[seed[i % seed.len()]], &partials[i..i + 1], std::slice::from_mut(d));
                    }
                } else {
                    multiply_into(seed, partials, dx.row(offset[0], n, stride[0]));
                }
            };
            let streams = [target, seeds, domain];
            match rule.planar {
                true => Walk::planar(old.sizes, domain, &streams, 1).rows(add_row),
                false => walk::rows(old.sizes, domain, &streams, add_row),
            }
        }
    }
}
