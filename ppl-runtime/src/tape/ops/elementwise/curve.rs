//! Loops over a function of one number.

use super::vectorised;
use crate::element::{Element, Numeric};
use crate::kernel::vector::{self, Kernel};
use crate::random::Key;
use crate::tape::loops::{Loop, LoopMemory, LoopRule, adjoint_of, within};
use std::marker::PhantomData;

/// A function of one number as a type, so that its loops are compiled for it.
pub(super) trait Curve {
    fn value<E: Numeric>(x: E) -> E;
    /// The derivative at `x`, given the value there.
    fn slope<E: Numeric>(x: E, y: E) -> E;
}

/// Computes the values of a stretch.
pub(super) fn forward<E: Element, F: Curve>(x: &[E], y: &mut [E]) {
    vectorised(x.len(), Forward::<E, F> { x, y, function: PhantomData });
}

/// Adds to `dx` the product of `dy` and the derivative.
pub(super) fn backward<E: Element, F: Curve>(x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
    vectorised(x.len(), Backward::<E, F> { x, y, dy, dx, function: PhantomData });
}

/// The rule of such a function.
pub(super) struct OfOne<F>(PhantomData<F>);

impl<E: Element, F: Curve> LoopRule<E> for OfOne<F> {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, _: Key) {
        let (source, out) = memory.forwards(operation.out);
        let (x, y) = (source.of(&operation.operands[0]), &mut out[..operation.n as usize]);
        within::<FUSED, _>(Forward::<E, F> { x, y, function: PhantomData });
    }

    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        let (source, dy, low) = memory.backwards(operation.adjoint, operation.n);
        let (x, y) = (source.of(&operation.operands[0]), source.stored(operation.out, operation.n));
        let dx = adjoint_of(low, &operation.operands[0]);
        within::<FUSED, _>(Backward::<E, F> { x, y, dy, dx, function: PhantomData });
    }
}

struct Forward<'a, E, F> {
    x: &'a [E],
    y: &'a mut [E],
    function: PhantomData<F>,
}

impl<E: Numeric, F: Curve> Kernel for Forward<'_, E, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = F::value(x);
        }
    }

    #[inline(always)]
    fn run_fused(self) {
        Forward::<_, F> { x: E::fuse(self.x), y: E::fuse_mut(self.y), function: PhantomData }.run();
    }
}

/// Adds to `dx` the product of `dy` and the derivative.
struct Backward<'a, E, F> {
    x: &'a [E],
    y: &'a [E],
    dy: &'a [E],
    dx: &'a mut [E],
    function: PhantomData<F>,
}

impl<E: Numeric, F: Curve> Kernel for Backward<'_, E, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Backward { x, y, dy, dx, .. } = self;
        // What has no effect has no derivative, even where that is infinite.
        let effect = |[x, y, dy]: [E; 3]| if dy == E::zero() { E::zero() } else { dy * F::slope(x, y) };
        vector::add_each(dx, [x, y, dy], effect);
    }

    #[inline(always)]
    fn run_fused(self) {
        let Backward { x, y, dy, dx, function } = self;
        Backward { x: E::fuse(x), y: E::fuse(y), dy: E::fuse(dy), dx: E::fuse_mut(dx), function }.run();
    }
}

/// The rule of `scale * x + constant`, of operands in this order: `x`, `scale`, `constant`.
pub(super) struct Affine;

impl<E: Element> LoopRule<E> for Affine {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, _: Key) {
        let [x, scale, constant, ..] = &operation.operands;
        let (scale, constant) = (memory.first(scale), memory.first(constant));
        let (source, out) = memory.forwards(operation.out);
        for (y, &x) in out[..operation.n as usize].iter_mut().zip(source.of(x)) {
            *y = scale * x + constant;
        }
    }

    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        let [x, scale, ..] = &operation.operands;
        let scale = memory.first(scale);
        let (_, dy, low) = memory.backwards(operation.adjoint, operation.n);
        for (d, &g) in adjoint_of(low, x).iter_mut().zip(dy) {
            *d += scale * g;
        }
    }
}
