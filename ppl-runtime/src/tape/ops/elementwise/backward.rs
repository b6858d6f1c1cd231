//! The backward rules of functions of one or two numbers.

use super::{Add, Binary, Div, Function, Leak, LnBeside, LnLack, Max, Min, Mul, Pow, Row, Sub, vectorised};
use crate::element::Element;
use crate::kernel::long_sums::in_runs;
use crate::kernel::vector::{self, Kernel};
use crate::random::Key;
use crate::tape::Tape;
use crate::tape::loops::{Loop, LoopMemory, LoopRule, adjoint_of, within};
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::stretches::stretch;
use crate::tape::walk;
use std::marker::PhantomData;

/// One row of the backward rule for one of the operands.
struct BackRow<'a, E, F, const FIRST: bool> {
    a: &'a [E],
    b: &'a [E],
    y: &'a [E],
    dy: &'a [E],
    /// As long as the row, or one element into which the row is summed.
    into: &'a mut [E],
    function: PhantomData<F>,
}

impl<E: Element, F: Function<E>, const FIRST: bool> Kernel for BackRow<'_, E, F, FIRST> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        // One loop for each way in which the operands move.
        match (self.a.len() == 1, self.b.len() == 1, self.into.len() == self.dy.len()) {
            (false, false, true) => self.pass::<false, false, true>(),
            (false, true, true) => self.pass::<false, true, true>(),
            (true, false, true) => self.pass::<true, false, true>(),
            (true, true, true) => self.pass::<true, true, true>(),
            (false, false, false) => self.pass::<false, false, false>(),
            (false, true, false) => self.pass::<false, true, false>(),
            (true, false, false) => self.pass::<true, false, false>(),
            (true, true, false) => self.pass::<true, true, false>(),
        }
    }
}

/// The elements that are taken together.
const LANES: usize = 8;

/// Returns the product of an adjoint and a partial: what has no effect has no derivative, even where that is infinite.
#[inline(always)]
fn effect<E: Element, F: Function<E>>(dy: E, by: E) -> E {
    if !F::FINITE && dy == E::zero() { E::zero() } else { dy * by }
}

impl<E: Element, F: Function<E>, const FIRST: bool> BackRow<'_, E, F, FIRST> {
    /// Adds what flows to the operand to its elements, or (if it has one) to that as a sum.
    #[inline(always)]
    fn pass<const A_STANDS: bool, const B_STANDS: bool, const EACH: bool>(self) {
        let BackRow { a, b, y, dy, into, .. } = self;
        let n = dy.len();
        let (a, b) = (&a[..if A_STANDS { 1 } else { n }], &b[..if B_STANDS { 1 } else { n }]);
        if EACH {
            return match (A_STANDS, B_STANDS) {
                (false, false) => {
                    vector::add_each(into, [a, b, y, dy], |[a, b, y, dy]| Self::term(a, b, y, dy))
                }
                (true, false) => vector::add_each(into, [b, y, dy], |[b, y, dy]| Self::term(a[0], b, y, dy)),
                (false, true) => vector::add_each(into, [a, y, dy], |[a, y, dy]| Self::term(a, b[0], y, dy)),
                (true, true) => vector::add_each(into, [y, dy], |[y, dy]| Self::term(a[0], b[0], y, dy)),
            };
        }
        let [total] = in_runs!(E, n, LANES, |run| {
            let a = if A_STANDS { a } else { &a[run.clone()] };
            let b = if B_STANDS { b } else { &b[run.clone()] };
            [Self::sum::<A_STANDS, B_STANDS>(a, b, &y[run.clone()], &dy[run])]
        });
        into[0] += total;
    }

    /// Returns the sum of what flows to the operand.
    #[inline(always)]
    fn sum<const A_STANDS: bool, const B_STANDS: bool>(a: &[E], b: &[E], y: &[E], dy: &[E]) -> E {
        let (dys, dy_rest) = dy.as_chunks::<LANES>();
        let (ys, y_rest) = y.as_chunks::<LANES>();
        let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let mut sums = [E::zero(); LANES];
        for (k, (dy, y)) in dys.iter().zip(ys).enumerate() {
            for j in 0..LANES {
                let a = if A_STANDS { a[0] } else { a_blocks[k][j] };
                let b = if B_STANDS { b[0] } else { b_blocks[k][j] };
                sums[j] += Self::term(a, b, y[j], dy[j]);
            }
        }
        let mut total = vector::sum_lanes(sums);
        for (i, (&dy, &y)) in dy_rest.iter().zip(y_rest).enumerate() {
            let a = if A_STANDS { a[0] } else { a_rest[i] };
            let b = if B_STANDS { b[0] } else { b_rest[i] };
            total += Self::term(a, b, y, dy);
        }
        total
    }

    /// Returns what flows to the operand at one element.
    #[inline(always)]
    fn term(a: E, b: E, y: E, dy: E) -> E {
        let (by_a, by_b) = F::partials(a, b, y);
        effect::<E, F>(dy, if FIRST { by_a } else { by_b })
    }
}

/// The rule of a function of operands that are as long as the result or single numbers.
pub(super) struct OfTwo<F>(PhantomData<F>);

impl<E: Element, F: Function<E>> LoopRule<E> for OfTwo<F> {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, _: Key) {
        let [a, b, ..] = &operation.operands;
        if operation.n == 1 {
            memory.values[operation.out as usize] = F::value(memory.first(a), memory.first(b));
            return;
        }
        let (source, out) = memory.forwards(operation.out);
        let out = &mut out[..operation.n as usize];
        let (a, b) = (source.of(a), source.of(b));
        within::<FUSED, _>(Row::<E, F> { a, b, out, function: PhantomData });
    }

    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        let [a, b, ..] = &operation.operands;
        if operation.n == 1 {
            let dy = memory.adjoints[operation.adjoint as usize];
            let y = memory.values[operation.out as usize];
            let (by_a, by_b) = F::partials(memory.first(a), memory.first(b), y);
            for (operand, by) in [(a, by_a), (b, by_b)] {
                if operand.has_gradient() {
                    memory.adjoints[operand.adjoint as usize] += effect::<E, F>(dy, by);
                }
            }
            return;
        }
        if a.has_gradient() {
            operand_of_row::<E, F, FUSED, true>(operation, memory);
        }
        if b.has_gradient() {
            operand_of_row::<E, F, FUSED, false>(operation, memory);
        }
    }
}

/// Adds what flows to the first operand of a row, or to the second one.
#[inline(always)]
fn operand_of_row<E: Element, F: Function<E>, const FUSED: bool, const FIRST: bool>(
    operation: &Loop<E>,
    memory: &mut LoopMemory<'_, E>,
) {
    let [a, b, ..] = &operation.operands;
    let (source, dy, low) = memory.backwards(operation.adjoint, operation.n);
    let into = adjoint_of(low, if FIRST { a } else { b });
    let (a, b, y) = (source.of(a), source.of(b), source.stored(operation.out, operation.n));
    within::<FUSED, _>(BackRow::<E, F, FIRST> { a, b, y, dy, into, function: PhantomData });
}

impl Binary {
    /// Adds to `into` what the adjoint `dy` of a stretch gives the first operand, or the second one; each operand is as long as
    /// the stretch or a single number.
    pub(crate) fn backward<E: Element, const FIRST: bool>(
        self,
        a: &[E],
        b: &[E],
        y: &[E],
        dy: &[E],
        into: &mut [E],
    ) {
        with_function!(self, F => {
            let function = std::marker::PhantomData;
            vectorised(dy.len(), BackRow::<E, F, FIRST> { a, b, y, dy, into, function });
        });
    }
}

impl<E: Element> Tape<E> {
    pub(crate) fn binary_backward<const BROADCASTS: bool>(
        &mut self,
        kind: Binary,
        a: Arg<E>,
        b: Arg<E>,
        out: NodeId,
    ) {
        if self.has_gradient(&a) {
            with_function!(kind, F => self.operand_backward::<F, true, BROADCASTS>(a, b, a.id, out));
        }
        if self.has_gradient(&b) {
            with_function!(kind, F => self.operand_backward::<F, false, BROADCASTS>(a, b, b.id, out));
        }
    }

    fn operand_backward<F: Function<E>, const FIRST: bool, const BROADCASTS: bool>(
        &mut self,
        a: Arg<E>,
        b: Arg<E>,
        into: NodeId,
        out: NodeId,
    ) {
        let (ea, eb, domain) = (self.extent(&a), self.extent(&b), self.node(out).extent());
        let (old, dy, mut into) = self.adjoint_sums(into, out, self.len_of(domain));
        let (x, y, value) = (old.arg(&a), old.arg(&b), old.node(out));
        let mut at = 0;
        walk::rows_of::<BROADCASTS>(old.sizes, domain, &[ea, eb], |offset, n, stride| {
            let which = if FIRST { 0 } else { 1 };
            let row = BackRow::<E, F, FIRST> {
                a: stretch(x, offset[0], n, stride[0]),
                b: stretch(y, offset[1], n, stride[1]),
                y: &value[at..at + n],
                dy: &dy[at..at + n],
                into: into.row(offset[which], n, stride[which]),
                function: PhantomData,
            };
            vectorised(n, row);
            at += n;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares a row with the sum of its terms, one after the other.
    fn compare<F: Function<f64>, const FIRST: bool>(n: usize, a_len: usize, b_len: usize, each: bool) {
        let number = |i: usize, k: f64| (k * (i + 1) as f64).sin() + 1.5;
        let fill = |len: usize, k: f64| (0..len).map(|i| number(i, k)).collect::<Vec<_>>();
        let (a, b, mut dy) = (fill(a_len, 0.7), fill(b_len, 1.3), fill(n, 0.4));
        if n > 3 {
            dy[3] = 0.0;
        }
        let own = |x: &[f64], i: usize| x[if x.len() == 1 { 0 } else { i }];
        let y: Vec<f64> = (0..n).map(|i| F::value(own(&a, i), own(&b, i))).collect();
        let start = fill(if each { n } else { 1 }, 2.1);
        let mut expected = start.clone();
        for i in 0..n {
            let (by_a, by_b) = F::partials(own(&a, i), own(&b, i), y[i]);
            expected[if each { i } else { 0 }] += dy[i] * if FIRST { by_a } else { by_b };
        }
        let mut into = start;
        let (a, b, y, dy) = (&a, &b, &y, &dy);
        BackRow::<f64, F, FIRST> { a, b, y, dy, into: &mut into, function: PhantomData }.run();
        for (k, (found, expected)) in into.iter().zip(&expected).enumerate() {
            let close = (found - expected).abs() <= 1e-13 * expected.abs().max(1.0);
            assert!(
                close,
                "{n} elements, operands of {}, {}: {found}, expected {expected} at {k}",
                a.len(),
                b.len()
            );
        }
    }

    fn compare_all<F: Function<f64>>() {
        for n in 2..40 {
            for (a_len, b_len) in [(n, n), (1, n), (n, 1), (1, 1)] {
                for each in [false, true] {
                    compare::<F, true>(n, a_len, b_len, each);
                    compare::<F, false>(n, a_len, b_len, each);
                }
            }
        }
    }

    #[test]
    fn rows_of_every_length_are_the_sums_of_their_terms() {
        compare_all::<Add>();
        compare_all::<Sub>();
        compare_all::<Mul>();
        compare_all::<Div>();
        compare_all::<Pow>();
        compare_all::<Max>();
        compare_all::<Min>();
        compare_all::<Leak>();
    }

    #[test]
    fn what_has_no_effect_has_no_derivative() {
        let mut into = [1.0];
        let (a, b, y, dy) = (&[1.0, 2.0], &[0.0, 4.0], &[f64::INFINITY, 0.5], &[0.0, 1.0]);
        BackRow::<f64, Div, true> { a, b, y, dy, into: &mut into, function: PhantomData }.run();
        assert_eq!(into, [1.25]);
    }
}
