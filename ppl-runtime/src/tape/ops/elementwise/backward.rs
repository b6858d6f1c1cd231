//! The backward rules of functions of one or two numbers.

use super::{Add, Binary, Div, FEW, Function, Mul, Pow, Row, Sub, vectorised};
use crate::element::Element;
use crate::kernel::vector::Kernel;
use crate::program::stream::Key;
use crate::tape::Tape;
use crate::tape::loops::{Loop, Memory, Rules, adjoint_of};
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::stretches::{stretch, stretch_mut};
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
        let BackRow { a, b, y, dy, into, .. } = self;
        let n = dy.len();
        let y = &y[..n];
        // One loop for each way in which the operands move, so that each of them vectorises.
        match (a.len() == n, b.len() == n) {
            (true, true) => {
                let (a, b) = (&a[..n], &b[..n]);
                Self::accumulate(dy, into, |i| F::partials(a[i], b[i], y[i]));
            }
            (false, true) => {
                let (a, b) = (a[0], &b[..n]);
                Self::accumulate(dy, into, |i| F::partials(a, b[i], y[i]));
            }
            (true, false) => {
                let (a, b) = (&a[..n], b[0]);
                Self::accumulate(dy, into, |i| F::partials(a[i], b, y[i]));
            }
            (false, false) => {
                let (a, b) = (a[0], b[0]);
                Self::accumulate(dy, into, |i| F::partials(a, b, y[i]));
            }
        }
    }
}

/// Returns the product of an adjoint and a partial: what has no effect has no derivative, even where that is infinite.
#[inline(always)]
fn effect<E: Element, F: Function<E>>(dy: E, by: E) -> E {
    if !F::FINITE && dy == E::zero() { E::zero() } else { dy * by }
}

impl<E: Element, F: Function<E>, const FIRST: bool> BackRow<'_, E, F, FIRST> {
    /// Adds the products of `dy` and a partial to `into`, element by element or as one sum.
    #[inline(always)]
    fn accumulate(dy: &[E], into: &mut [E], partials: impl Fn(usize) -> (E, E)) {
        let n = dy.len();
        let term = |i: usize| {
            let (by_a, by_b) = partials(i);
            let by = if FIRST { by_a } else { by_b };
            effect::<E, F>(dy[i], by)
        };
        if into.len() == n {
            for (i, d) in into.iter_mut().enumerate() {
                *d += term(i);
            }
        } else {
            let mut lanes = [E::zero(); 8];
            let whole = n / 8 * 8;
            for at in (0..whole).step_by(8) {
                for (j, lane) in lanes.iter_mut().enumerate() {
                    *lane += term(at + j);
                }
            }
            for i in whole..n {
                lanes[0] += term(i);
            }
            into[0] += lanes.into_iter().sum::<E>();
        }
    }
}

/// Returns the rules of a function of operands that are as long as the result or single numbers.
pub(super) fn rules<E: Element, F: Function<E>>() -> Rules<E> {
    Rules { forward: loop_forward::<E, F>, backward: loop_backward::<E, F> }
}

fn loop_forward<E: Element, F: Function<E>>(operation: &Loop<E>, memory: Memory<'_, E>, _: Key) {
    let [a, b, ..] = &operation.operands;
    if operation.n == 1 {
        let value = F::value(memory.first(a), memory.first(b));
        memory.values[operation.out as usize] = value;
        return;
    }
    let (source, out) = memory.forwards(operation.out);
    let out = &mut out[..operation.n as usize];
    vectorised(out.len(), FEW, Row::<E, F> { a: source.of(a), b: source.of(b), out, function: PhantomData });
}

fn loop_backward<E: Element, F: Function<E>>(operation: &Loop<E>, memory: Memory<'_, E>) {
    let [a, b, ..] = &operation.operands;
    let n = operation.n;
    if n == 1 {
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
    let (source, dy, low) = memory.backwards(operation.adjoint, n);
    let (x, y, value) = (source.of(a), source.of(b), source.stored(operation.out, n));
    if a.has_gradient() {
        let into = adjoint_of(low, a);
        let row = BackRow::<E, F, true> { a: x, b: y, y: value, dy, into, function: PhantomData };
        vectorised(dy.len(), FEW, row);
    }
    if b.has_gradient() {
        let into = adjoint_of(low, b);
        let row = BackRow::<E, F, false> { a: x, b: y, y: value, dy, into, function: PhantomData };
        vectorised(dy.len(), FEW, row);
    }
}

impl<E: Element> Tape<E> {
    pub(crate) fn binary_backward(&mut self, kind: Binary, a: Arg<E>, b: Arg<E>, out: NodeId) {
        if self.has_gradient(&a) {
            with_function!(kind, F => self.operand_backward::<F, true>(a, b, a.id, out));
        }
        if self.has_gradient(&b) {
            with_function!(kind, F => self.operand_backward::<F, false>(a, b, b.id, out));
        }
    }

    fn operand_backward<F: Function<E>, const FIRST: bool>(
        &mut self,
        a: Arg<E>,
        b: Arg<E>,
        into: NodeId,
        out: NodeId,
    ) {
        let (ea, eb, domain) = (self.extent(&a), self.extent(&b), self.node(out).extent());
        let (old, dy, into) = self.adjoint_pair(into, out);
        let (x, y, value) = (old.arg(&a), old.arg(&b), old.node(out));
        let mut at = 0;
        walk::rows(old.sizes, domain, &[ea, eb], |offset, n, stride| {
            let which = if FIRST { 0 } else { 1 };
            let row = BackRow::<E, F, FIRST> {
                a: stretch(x, offset[0], n, stride[0]),
                b: stretch(y, offset[1], n, stride[1]),
                y: &value[at..at + n],
                dy: &dy[at..at + n],
                into: stretch_mut(into, offset[which], n, stride[which]),
                function: PhantomData,
            };
            vectorised(n, FEW, row);
            at += n;
        });
    }
}
