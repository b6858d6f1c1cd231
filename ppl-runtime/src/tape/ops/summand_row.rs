//! One row of a sum of terms, one element after the other or several side by side.

use super::stretches::{all_lanes, collect};
use super::term::{NumberTerm, OPERANDS};
use crate::element::Numeric;
use crate::family::Need;
use crate::kernel::array::from_fn;
use crate::kernel::vector::{self, Kernel};
use std::marker::PhantomData;

/// Adds up a term over `n` elements.
pub(super) fn add_up<E: Numeric, T: NumberTerm>(
    n: usize,
    inputs: &[&[E]; OPERANDS],
    log: &mut [E],
    partials: &mut [&mut [E]; OPERANDS],
    need: Need,
) {
    Row::<E, T> { n, inputs, log, partials, need, term: PhantomData }.add_up();
}

/// One row of the sum.
struct Row<'a, 'b, E, T> {
    n: usize,
    inputs: &'a [&'a [E]; OPERANDS],
    log: &'a mut [E],
    /// Where each operand's partials go: as long as the row, or one element, or nothing.
    partials: &'a mut [&'b mut [E]; OPERANDS],
    need: Need,
    term: PhantomData<T>,
}

impl<E: Numeric, T: NumberTerm> Row<'_, '_, E, T> {
    /// Adds up the row, with wide vectors where they help.
    #[inline(always)]
    fn add_up(self) {
        // The constant comes first, which keeps wide vectors from being compiled for other terms.
        if T::VECTORISES && self.n >= 5 {
            vector::dispatch(self);
        } else {
            self.few();
        }
    }

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

    /// Adds up the row `L` elements at a time, with constants of the whole row if `GIVEN`.
    #[inline(always)]
    fn in_lanes<const L: usize, const GIVEN: bool>(self) {
        let Row { n, inputs, log, partials, need, .. } = self;
        let constants =
            if GIVEN { T::constants(from_fn(E::zero(), |k| first(inputs[k]))) } else { [E::zero(); 2] };
        let mut total = [E::zero(); L];
        let mut totals = [[E::zero(); L]; OPERANDS];
        let mut padded = first_in_lanes::<E, T, L>(inputs);
        let mut at = 0;
        while at < n {
            let m = L.min(n - at);
            let args = lanes_at::<E, T, L>(inputs, &mut padded, at, m);
            let mut value = [E::zero(); L];
            let mut by = [[E::zero(); L]; OPERANDS];
            let point = |j: usize| point_at::<E, T, L>(&args, j);
            let mut store = |j: usize, (v, d): (E, [E; OPERANDS])| {
                value[j] = v;
                for k in 0..T::ARITY {
                    by[k][j] = d[k];
                }
            };
            if T::HAS_SHORTCUT && all_lanes::<E, L>(|j| T::shortcut_fits(point(j))) {
                for j in 0..L {
                    store(j, T::shortcut(point(j), need));
                }
            } else {
                for j in 0..L {
                    store(
                        j,
                        if GIVEN {
                            T::term_given(point(j), constants, need)
                        } else {
                            T::term(point(j), need)
                        },
                    );
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

/// Returns each operand's first element in every lane: what repeats over the row, and what fills it up at its end.
#[inline(always)]
pub(super) fn first_in_lanes<E: Numeric, T: NumberTerm, const L: usize>(
    inputs: &[&[E]; OPERANDS],
) -> [[E; L]; OPERANDS] {
    let mut lanes = [[E::zero(); L]; OPERANDS];
    for k in 0..T::ARITY {
        lanes[k] = [inputs[k][0]; L];
    }
    lanes
}

/// Returns the operands of `m` elements from `at` on; lanes past the end of the row hold some of its elements, and what they
/// give is not to be used.
#[inline(always)]
pub(super) fn lanes_at<'a, E: Numeric, T: NumberTerm, const L: usize>(
    inputs: &[&'a [E]; OPERANDS],
    padded: &'a mut [[E; L]; OPERANDS],
    at: usize,
    m: usize,
) -> [&'a [E; L]; OPERANDS] {
    if m < L {
        for k in 0..T::ARITY {
            if inputs[k].len() > 1 {
                padded[k][..m].copy_from_slice(&inputs[k][at..]);
            }
        }
    }
    let padded = &*padded;
    let mut lanes = [&padded[0]; OPERANDS];
    for k in 0..T::ARITY {
        // Read in place: a copy of a length that is not known would be a call.
        let whole = if inputs[k].len() > 1 { inputs[k][at..].first_chunk::<L>() } else { None };
        lanes[k] = whole.unwrap_or(&padded[k]);
    }
    lanes
}

/// Returns the operands of one lane.
#[inline(always)]
pub(super) fn point_at<E: Numeric, T: NumberTerm, const L: usize>(
    lanes: &[&[E; L]; OPERANDS],
    j: usize,
) -> [E; OPERANDS] {
    let mut point = [E::zero(); OPERANDS];
    for k in 0..T::ARITY {
        point[k] = lanes[k][j];
    }
    point
}

/// Returns whether a row has one set of constants.
#[inline(always)]
pub(super) fn has_constants<E: Numeric, T: NumberTerm>(inputs: &[&[E]; OPERANDS]) -> bool {
    (0..T::ARITY).all(|k| T::CONSTANT_IN >> k & 1 == 0 || inputs[k].len() == 1)
}

/// Returns the first element of a row, or zero for an operand that the term does not have.
#[inline(always)]
pub(super) fn first<E: Numeric>(x: &[E]) -> E {
    x.first().copied().unwrap_or_else(E::zero)
}

impl<E: Numeric, T: NumberTerm> Kernel for Row<'_, '_, E, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if T::HAS_CONSTANTS && has_constants::<E, T>(self.inputs) {
            if size_of::<E>() == 4 { self.in_lanes::<16, true>() } else { self.in_lanes::<8, true>() }
        } else if size_of::<E>() == 4 {
            self.in_lanes::<16, false>();
        } else {
            self.in_lanes::<8, false>();
        }
    }

    #[cold]
    #[inline(never)]
    fn run_narrow(self) {
        self.few();
    }

    #[inline(always)]
    fn run_fused(self) {
        let Row { n, inputs, log, partials, need, .. } = self;
        // Loops, because a map of arrays becomes a call.
        let mut fused: [&[E::Fused]; OPERANDS] = [&[]; OPERANDS];
        for (fused, input) in fused.iter_mut().zip(inputs) {
            *fused = E::fuse(input);
        }
        let mut into: [&mut [E::Fused]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
        for (into, partials) in into.iter_mut().zip(partials) {
            *into = E::fuse_mut(partials);
        }
        let log = E::fuse_mut(log);
        Row::<E::Fused, T> { n, inputs: &fused, log, partials: &mut into, need, term: PhantomData }.run();
    }
}
