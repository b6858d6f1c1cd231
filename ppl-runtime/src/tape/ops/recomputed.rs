//! Sums of cheap terms with a seed for each element: partials are computed again in the reverse sweep, not kept.
//!
//! Partials of every element are several arrays as large as the domain, which are written, read once and never used again.
//! Where a partial costs a few operations, reading its operands once more is less work than that.

use super::long_rows::add_seeded_row;
use super::stretches::stretch;
use super::summand_row::{first, first_in_lanes, has_constants, lanes_at, point_at};
use super::term::{NumberTerm, OPERANDS};
use crate::element::{Element, Numeric};
use crate::family::Need;
use crate::kernel::array::from_fn;
use crate::kernel::vector::{self, Kernel};
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::walk::{self, Extent, STREAMS, Walk};
use std::marker::PhantomData;

/// The operand was not copied.
pub(crate) const NO_COPY: u32 = u32::MAX;

/// The record of a sum whose partials are not stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recomputed<E> {
    pub(crate) args: [Arg<E>; OPERANDS],
    pub(crate) arity: usize,
    pub(crate) needed: [bool; OPERANDS],
    pub(crate) domain: Extent,
    /// Whether the sum ran along the axes, with the event dimensions outside.
    pub(crate) planar: bool,
    /// The arena offset of an operand's copy in that order.
    pub(crate) copies: [u32; OPERANDS],
    pub(crate) add_seeded: AddSeeded<E>,
}

/// Adds seeds times the partials by one operand over `n` elements: the operands, the seeds, where the products go, and which
/// operand it is.
pub(crate) type AddSeeded<E> = fn(usize, [&[E]; OPERANDS], &[E], &mut [E], usize);

/// Adds seeds times the partials of a term by one operand.
pub(super) fn add_seeded<E: Numeric, T: NumberTerm>(
    n: usize,
    inputs: [&[E]; OPERANDS],
    seed: &[E],
    into: &mut [E],
    operand: usize,
) {
    let row = SeededRow::<E, T> { n, inputs, seed, into, operand, term: PhantomData };
    if T::VECTORISES && n >= 5 { vector::dispatch(row) } else { row.few() }
}

/// Adds the products of seeds and partials to the operands' adjoints, one operand after the other.
pub(crate) fn pull_back<E: Element>(tape: &mut Tape<E>, rule: &Recomputed<E>, out: NodeId) {
    let arity = rule.arity;
    let seeds = tape.node(out).extent();
    let mut extents = [Extent::SCALAR; STREAMS];
    for (extent, arg) in extents[1..].iter_mut().zip(&rule.args).take(arity) {
        *extent = tape.extent(arg);
    }
    extents[1 + arity] = seeds;
    for k in (0..arity).filter(|&k| rule.needed[k]) {
        extents[0] = extents[1 + k];
        let (old, dy, mut dx) = tape.adjoint_sums(rule.args[k].id, out, tape.len_of(rule.domain));
        let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
        for (j, input) in inputs.iter_mut().enumerate().take(arity) {
            *input = match rule.copies[j] {
                NO_COPY => old.arg(&rule.args[j]),
                copy => old.stored(copy, extents[1 + j].len(old.sizes)),
            };
        }
        let add_row = |offset: &[usize; STREAMS], n: usize, stride: &[usize; STREAMS]| {
            let mut row = [&[] as &[E]; OPERANDS];
            for j in 0..arity {
                row[j] = stretch(inputs[j], offset[1 + j], n, stride[1 + j]);
            }
            let seed = stretch(dy, offset[1 + arity], n, stride[1 + arity]);
            let into = dx.row(offset[0], n, stride[0]);
            add_seeded_row(rule.add_seeded, n, row, seed, into, k);
        };
        let streams = &extents[..arity + 2];
        match rule.planar {
            true => Walk::planar(old.sizes, rule.domain, streams, 1).rows(add_row),
            false => walk::rows(old.sizes, rule.domain, streams, add_row),
        }
    }
}

/// One row: seeds times the partials by one operand.
struct SeededRow<'a, E, T> {
    n: usize,
    inputs: [&'a [E]; OPERANDS],
    seed: &'a [E],
    /// As long as the row, or one element.
    into: &'a mut [E],
    operand: usize,
    term: PhantomData<T>,
}

/// Returns the product, where an element without a seed counts for nothing even if its partial is infinite.
#[inline(always)]
fn product<E: Numeric>(seed: E, partial: E) -> E {
    if seed == E::zero() { seed } else { seed * partial }
}

impl<E: Numeric, T: NumberTerm> SeededRow<'_, E, T> {
    fn few(self) {
        let SeededRow { n, inputs, seed, into, operand, .. } = self;
        let need = only(operand);
        for i in 0..n {
            let at = |x: &[E]| x[if x.len() == 1 { 0 } else { i }];
            let mut args = [E::zero(); OPERANDS];
            for k in 0..T::ARITY {
                args[k] = at(inputs[k]);
            }
            let by = T::term(args, need).1[operand];
            into[if into.len() == 1 { 0 } else { i }] += product(at(seed), by);
        }
    }

    #[inline(always)]
    fn in_lanes<const L: usize, const GIVEN: bool, const K: usize>(self) {
        let SeededRow { n, inputs, seed, into, .. } = self;
        let need = only(K);
        let constants =
            if GIVEN { T::constants(from_fn(E::zero(), |k| first(inputs[k]))) } else { [E::zero(); 2] };
        let mut total = [E::zero(); L];
        let mut padded = first_in_lanes::<E, T, L>(&inputs);
        let mut seeds = [seed[0]; L];
        let mut at = 0;
        while at < n {
            let m = L.min(n - at);
            if m < L {
                // Lanes past the end have no seed.
                if seed.len() > 1 {
                    seeds[..m].copy_from_slice(&seed[at..]);
                }
                seeds[m..].fill(E::zero());
            }
            let args = lanes_at::<E, T, L>(&inputs, &mut padded, at, m);
            let whole = if seed.len() > 1 { seed[at..].first_chunk::<L>() } else { None };
            let here = whole.unwrap_or(&seeds);
            let mut by = [E::zero(); L];
            for j in 0..L {
                let point = point_at::<E, T, L>(&args, j);
                let partial = if GIVEN {
                    T::term_given(point, constants, need).1[K]
                } else {
                    T::term(point, need).1[K]
                };
                by[j] = product(here[j], partial);
            }
            if into.len() == 1 {
                total.iter_mut().zip(by).for_each(|(t, v)| *t += v);
            } else {
                match into[at..].first_chunk_mut::<L>() {
                    Some(row) => row.iter_mut().zip(by).for_each(|(d, v)| *d += v),
                    None => into[at..].iter_mut().zip(by).for_each(|(d, v)| *d += v),
                }
            }
            at += m;
        }
        if into.len() == 1 {
            into[0] += vector::sum_lanes(total);
        }
    }

    /// Adds up the row in blocks that stay loops until they become vectors: shorter ones would be unrolled before, and put
    /// together from pairs of lanes that are no neighbours.
    #[inline(always)]
    fn of<const K: usize>(self) {
        match (self.n >= 16, T::HAS_CONSTANTS && has_constants::<E, T>(&self.inputs)) {
            (true, true) => self.in_lanes::<32, true, K>(),
            (true, false) => self.in_lanes::<32, false, K>(),
            (false, true) => self.in_lanes::<8, true, K>(),
            (false, false) => self.in_lanes::<8, false, K>(),
        }
    }
}

impl<E: Numeric, T: NumberTerm> Kernel for SeededRow<'_, E, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match self.operand {
            0 => self.of::<0>(),
            1 => self.of::<1>(),
            2 => self.of::<2>(),
            _ => self.few(),
        }
    }

    #[cold]
    fn run_narrow(self) {
        self.few();
    }

    #[inline(always)]
    fn run_fused(self) {
        let SeededRow { n, inputs, seed, into, operand, .. } = self;
        let row = SeededRow::<E::Fused, T> {
            n,
            inputs: from_fn(&[], |k| E::fuse(inputs[k])),
            seed: E::fuse(seed),
            into: E::fuse_mut(into),
            operand,
            term: PhantomData,
        };
        row.run();
    }
}

/// Returns the need of the partial by one operand.
#[inline(always)]
fn only(k: usize) -> Need {
    Need::of(k == 0, [k == 1, k == 2, k == 3, k == 4])
}
