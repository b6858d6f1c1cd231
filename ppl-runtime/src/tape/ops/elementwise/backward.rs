//! The backward rules of functions of one or two numbers.

use super::{Add, Binary, Div, Function, Mul, Pow, Sub, Unary, vectorised};
use crate::element::Element;
use crate::kernel::vector::Kernel;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::stretches::{stretch, stretch_mut};
use crate::tape::walk;

/// One row of the backward rule for one of the operands.
struct BackRow<'a, E, F, const FIRST: bool> {
    a: &'a [E],
    b: &'a [E],
    y: &'a [E],
    dy: &'a [E],
    /// As long as the row, or one element into which the row is summed.
    into: &'a mut [E],
    function: std::marker::PhantomData<F>,
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

impl<E: Element, F: Function<E>, const FIRST: bool> BackRow<'_, E, F, FIRST> {
    /// Adds the products of `dy` and a partial to `into`, element by element or as one sum.
    #[inline(always)]
    fn accumulate(dy: &[E], into: &mut [E], partials: impl Fn(usize) -> (E, E)) {
        let n = dy.len();
        let term = |i: usize| {
            let (by_a, by_b) = partials(i);
            let by = if FIRST { by_a } else { by_b };
            // What has no effect has no derivative, even where that is infinite.
            if !F::FINITE && dy[i] == E::zero() { E::zero() } else { dy[i] * by }
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
    pub(crate) fn unary_backward(&mut self, kind: Unary, x: NodeId, out: NodeId) {
        let (x, y, dy, dx) = self.for_backward(x, out);
        kind.backward(x, y, dy, dx);
    }

    pub(crate) fn affine_backward(&mut self, x: NodeId, scale: E, out: NodeId) {
        let (_, _, dy, dx) = self.for_backward(x, out);
        for (d, &g) in dx.iter_mut().zip(dy) {
            *d += scale * g;
        }
    }

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
        {
            let (old, dy, into) = self.adjoint_pair(into, out);
            if dy.len() == 1 {
                let (by_a, by_b) = F::partials(old.arg(&a)[0], old.arg(&b)[0], old.node(out)[0]);
                into[0] += dy[0] * if FIRST { by_a } else { by_b };
                return;
            }
        }
        let (old, dy, target) = self.adjoint_pair(into, out);
        let (x, y, value) = (old.arg(&a), old.arg(&b), old.node(out));
        let n = dy.len();
        if (x.len() == n || x.len() == 1) && (y.len() == n || y.len() == 1) {
            // Operands as long as the result span its domain: one loop.
            let row = BackRow::<E, F, FIRST> {
                a: x,
                b: y,
                y: value,
                dy,
                into: target,
                function: std::marker::PhantomData,
            };
            return vectorised(n, row);
        }
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
                function: std::marker::PhantomData,
            };
            vectorised(n, row);
            at += n;
        });
    }
}
