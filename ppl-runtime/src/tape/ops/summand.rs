//! Log-densities and divergences: sums over a domain of a function with hand-written partials, in one pass.

use super::stretches::{add_scaled, multiply_into, planes_of, stretch, stretch_mut};
use super::summand_row::Row;
use crate::dist::family::Need;
use crate::element::{Element, Numeric};
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::ops::recomputed::{self, NO_COPY, Recomputed};
use crate::tape::shape::Shape;
use crate::tape::walk::{self, Extent, STREAMS, Walk};
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
    fn term<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]);

    /// The operands (bit `k` stands for operand `k`) that [`constants`](Term::constants) is made of, or none.
    const CONSTANT_IN: u8 = 0;

    /// Whether there are such constants. A condition on a constant alone keeps what it rules out from being compiled.
    const HAS_CONSTANTS: bool = Self::CONSTANT_IN != 0;

    /// Whether partials that would be kept for each element are computed again in the reverse sweep instead.
    const RECOMPUTES: bool = false;

    /// Returns what of the term depends on the operands of `CONSTANT_IN` alone.
    #[inline(always)]
    fn constants<E: Numeric>(args: [E; OPERANDS]) -> [E; 2] {
        let _ = args;
        [E::zero(); 2]
    }

    /// Returns what [`term`](Term::term) does, given the [`constants`](Term::constants) of these operands.
    #[inline(always)]
    fn term_given<E: Numeric>(args: [E; OPERANDS], constants: [E; 2], need: Need) -> (E, [E; OPERANDS]) {
        let _ = constants;
        Self::term(args, need)
    }

    /// Whether [`shortcut`](Term::shortcut) is worth asking for.
    const HAS_SHORTCUT: bool = false;

    /// Returns whether the shortcut is as exact as the term at this point.
    #[inline(always)]
    fn shortcut_fits<E: Numeric>(args: [E; OPERANDS]) -> bool {
        let _ = args;
        false
    }

    /// Returns what [`term`](Term::term) does, at less cost, where [`shortcut_fits`](Term::shortcut_fits).
    #[inline(always)]
    fn shortcut<E: Numeric>(args: [E; OPERANDS], need: Need) -> (E, [E; OPERANDS]) {
        Self::term(args, need)
    }
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
    /// There are at least `T::ARITY` operands; more do not count.
    #[inline]
    pub(crate) fn sum_terms<T: Term>(&mut self, args: &[Arg<E>], event: Shape, usage: Use) -> NodeId {
        let mut operands = [args[0]; OPERANDS];
        operands[..T::ARITY].copy_from_slice(&args[..T::ARITY]);
        self.sum_operands::<T>(&operands, event, usage)
    }

    fn sum_operands<T: Term>(&mut self, args: &[Arg<E>; OPERANDS], event: Shape, usage: Use) -> NodeId {
        if self.has_waiting()
            && let Some(id) = self.sum_waiting::<T>(args, event, usage)
        {
            return id;
        }
        let mut axes = AxisSet::EMPTY;
        let mut deps = Deps::NONE;
        let mut needed = [false; OPERANDS];
        for k in 0..T::ARITY {
            if args[k].id.is_some() {
                let node = self.node(args[k].id);
                axes = axes.union(node.axes);
                deps = deps.union(node.deps);
                needed[k] = node.has_gradient();
            }
        }
        if axes.is_empty() && event.rank() == 0 {
            self.sum_in_loop::<T>(args, 1, deps)
        } else {
            let domain = Extent { axes, shape: event };
            if self.refuse_large(domain).is_some() {
                return self.placeholder(Extent::SCALAR);
            }
            self.many_terms::<T>(args, needed, deps, domain, usage)
        }
    }

    fn many_terms<T: Term>(
        &mut self,
        args: &[Arg<E>; OPERANDS],
        needed: [bool; OPERANDS],
        deps: Deps,
        domain: Extent,
        usage: Use,
    ) -> NodeId {
        let total = usage == Use::Total;
        let domain_len = self.len_of(domain);
        if total && self.stands_or_spans(&args[..T::ARITY], domain_len) {
            return self.sum_in_loop::<T>(args, domain_len, deps.cross(self.mixed_by(domain.axes)));
        }
        let out = Extent { axes: if total { AxisSet::EMPTY } else { domain.axes }, shape: Shape::SCALAR };
        let deps = if total { deps.cross(self.mixed_by(domain.axes)) } else { deps };
        let mut rule = Summands::new(T::ARITY, usage == Use::Seeded, domain);
        let again = T::RECOMPUTES && rule.dense && self.may_recompute(&args[..T::ARITY], &needed, domain);
        // The operands whose partials are stored.
        let stored = if again { [false; OPERANDS] } else { needed };
        let out_len = self.len_of(out);
        let mut extents = [Extent::SCALAR; STREAMS];
        let mut lens = [0; OPERANDS];
        let mut reserved = out_len;
        let mut gradient = false;
        for k in 0..T::ARITY {
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
        rule.planar = self.runs_along_axes(domain, &extents[..T::ARITY], &needed, rule.dense);
        let mut copies = [0; OPERANDS];
        if rule.planar {
            for k in 0..T::ARITY {
                if extents[k].has_both() {
                    copies[k] = extents[k].len(&self.sizes);
                    reserved += copies[k];
                }
            }
        }
        let start = self.reserve(reserved);
        let mut at = start + out_len;
        for k in 0..T::ARITY {
            if stored[k] {
                rule.partials[k] = at as u32;
                at += lens[k];
            }
        }
        let (old, fresh) = self.split(start);
        let fresh = &mut fresh[..reserved];
        fresh.fill(E::zero());
        let (log, mut rest) = fresh.split_at_mut(out_len);
        let mut stores: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
        let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
        for k in 0..T::ARITY {
            let (store, tail) = rest.split_at_mut(lens[k]);
            stores[k] = store;
            rest = tail;
            inputs[k] = old.arg(&args[k]);
        }
        for k in 0..T::ARITY {
            if copies[k] > 0 {
                let (copy, tail) = rest.split_at_mut(copies[k]);
                planes_of(inputs[k], extents[k].shape.len(), copy);
                inputs[k] = copy;
                rest = tail;
            }
        }
        // The result and the dense partials are two more streams; the result has no event dimensions.
        let (result, dense) = (T::ARITY, T::ARITY + 1);
        extents[result] = out;
        extents[dense] = domain;
        let streams = &extents[..T::ARITY + 2];
        let add_row = |offset: &[usize; STREAMS], n: usize, stride: &[usize; STREAMS]| {
            let mut row = [&[] as &[E]; OPERANDS];
            let mut into: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
            for (k, store) in stores.iter_mut().enumerate().take(T::ARITY) {
                row[k] = stretch(inputs[k], offset[k], n, stride[k]);
                if stored[k] {
                    let s = if rule.dense { dense } else { k };
                    into[k] = stretch_mut(store, offset[s], n, stride[s]);
                }
            }
            let row = Row::<E, T> {
                n,
                inputs: row,
                log: stretch_mut(log, offset[result], n, stride[result]),
                partials: into,
                need: need_of(stored),
                term: PhantomData,
            };
            row.add_up();
        };
        match rule.planar {
            true => Walk::planar(old.sizes, domain, streams, 0).rows(add_row),
            false => walk::rows(old.sizes, domain, streams, add_row),
        }
        // The constant comes first, which keeps the rule from being compiled for other terms.
        if T::RECOMPUTES && again && gradient {
            let mut places = [NO_COPY; OPERANDS];
            let mut at = start + out_len;
            for (place, copy) in places.iter_mut().zip(copies).filter(|(_, copy)| *copy > 0) {
                *place = at as u32;
                at += copy;
            }
            let rule = Recomputed {
                args: *args,
                needed,
                domain,
                planar: rule.planar,
                copies: places,
                pull_back: recomputed::pull_back::<E, T>,
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
            let (old, dy, dx) = self.adjoint_pair(rule.operands[k], out);
            let partials = old.stored(rule.partials[k], domain.len(old.sizes));
            let add_row = |offset: &[usize; STREAMS], n: usize, stride: &[usize; STREAMS]| {
                let seed = stretch(dy, offset[1], n, stride[1]);
                let partials = stretch(partials, offset[2], n, stride[2]);
                if stride[0] > 1 {
                    let into = dx[offset[0]..].iter_mut().step_by(stride[0]);
                    for (i, d) in into.take(n).enumerate() {
                        multiply_into(&[seed[i % seed.len()]], &partials[i..i + 1], std::slice::from_mut(d));
                    }
                } else {
                    multiply_into(seed, partials, stretch_mut(dx, offset[0], n, stride[0]));
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

#[inline(always)]
pub(crate) fn need_of(needed: [bool; OPERANDS]) -> Need {
    Need::of(needed[0], [needed[1], needed[2], needed[3], needed[4]])
}
