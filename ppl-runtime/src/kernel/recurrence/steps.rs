//! One step of many rows.

use super::{CellKind, Gates, of_gates};
use crate::element::Numeric;
use crate::kernel::vector::{self, Kernel};
use std::marker::PhantomData;

/// A step of rows that lie one after the other; what is kept and what the weights make of the inputs lie at places of their own, counted in rows.
pub(crate) struct StepOn<'a, E> {
    pub(crate) size: usize,
    /// What the weights make of the inputs, and where each row's begins.
    pub(crate) of_inputs: &'a [E],
    pub(crate) inputs_at: &'a [u32],
    /// What they make of the states.
    pub(crate) of_states: &'a [E],
    pub(crate) kept: &'a mut [E],
    pub(crate) kept_at: &'a [u32],
    /// The states, which become those after the step.
    pub(crate) h: &'a mut [E],
    pub(crate) c: &'a mut [E],
}

/// A step back of such rows.
pub(crate) struct StepBack<'a, E> {
    pub(crate) size: usize,
    pub(crate) kept: &'a [E],
    pub(crate) kept_at: &'a [u32],
    /// The states before the step.
    pub(crate) before: [&'a [E]; 2],
    /// The derivatives by the states after it, which become those by the states before as far as no weights see them.
    pub(crate) seeds: [&'a mut [E]; 2],
    /// Those by what the weights made of the inputs and of the states before.
    pub(crate) by_weighted: [&'a mut [E]; 2],
}

impl<E: Numeric> StepOn<'_, E> {
    /// Takes the rows one step on.
    pub(crate) fn run(self, kind: CellKind) {
        of_gates!(kind, G => vector::dispatch(On(self, PhantomData::<G>)));
    }
}

impl<E: Numeric> StepBack<'_, E> {
    /// Takes the rows one step back.
    pub(crate) fn run(self, kind: CellKind) {
        of_gates!(kind, G => vector::dispatch(Back(self, PhantomData::<G>)));
    }
}

/// Returns row `k` of an array of rows.
#[inline(always)]
fn row<E>(array: &[E], k: usize, width: usize) -> &[E] {
    &array[k * width..][..width]
}

/// Returns row `k` of an array of rows.
#[inline(always)]
fn row_mut<E>(array: &mut [E], k: usize, width: usize) -> &mut [E] {
    &mut array[k * width..][..width]
}

struct On<'a, E, G>(StepOn<'a, E>, PhantomData<G>);

impl<E: Numeric, G: Gates> Kernel for On<'_, E, G> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let StepOn { size, of_inputs, inputs_at, of_states, kept, kept_at, h, c } = self.0;
        let (columns, of_memory) = (G::COLUMNS * size, (G::STATES - 1) * size);
        for (k, (&input, &place)) in inputs_at.iter().zip(kept_at).enumerate() {
            G::step_on(
                size,
                [row(of_inputs, input as usize, columns), row(of_states, k, columns)],
                row_mut(kept, place as usize, G::KEPT * size),
                row_mut(h, k, size),
                row_mut(c, k, of_memory),
            );
        }
    }

    #[inline(always)]
    fn run_fused(self) {
        let StepOn { size, of_inputs, inputs_at, of_states, kept, kept_at, h, c } = self.0;
        let fused = StepOn {
            size,
            of_inputs: E::fuse(of_inputs),
            inputs_at,
            of_states: E::fuse(of_states),
            kept: E::fuse_mut(kept),
            kept_at,
            h: E::fuse_mut(h),
            c: E::fuse_mut(c),
        };
        On(fused, PhantomData::<G>).run();
    }
}

struct Back<'a, E, G>(StepBack<'a, E>, PhantomData<G>);

impl<E: Numeric, G: Gates> Kernel for Back<'_, E, G> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let StepBack { size, kept, kept_at, before, seeds, by_weighted } = self.0;
        let (columns, of_memory) = (G::COLUMNS * size, (G::STATES - 1) * size);
        let [by_h, by_c] = seeds;
        let [by_inputs, by_states] = by_weighted;
        for (k, &place) in kept_at.iter().enumerate() {
            G::step_back(
                size,
                row(kept, place as usize, G::KEPT * size),
                [row(before[0], k, size), row(before[1], k, of_memory)],
                [row_mut(by_h, k, size), row_mut(by_c, k, of_memory)],
                [row_mut(by_inputs, k, columns), row_mut(by_states, k, columns)],
            );
        }
    }
}
