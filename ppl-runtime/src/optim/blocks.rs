//! Loops over parameters in blocks of fixed sizes.

use crate::element::Element;

/// Replaces each element's state and value by `step(derivative, state, value)`.
///
/// The blocks are of 16 elements (two vectors of doubles or one of singles on the widest processors), then of 4, then
/// of 1: a model of twenty parameters would else spend its time in the scalar loop that compilers add for the rest.
#[inline(always)]
pub(super) fn by_blocks<E: Element, const N: usize>(
    gradient: &[E],
    mut state: [&mut [E]; N],
    values: &mut [E],
    step: impl Fn(E, [E; N], E) -> ([E; N], E),
) {
    let n = values.len();
    let mut start = 0;
    while n - start >= 16 {
        block::<E, N, 16>(start, gradient, &mut state, values, &step);
        start += 16;
    }
    while n - start >= 4 {
        block::<E, N, 4>(start, gradient, &mut state, values, &step);
        start += 4;
    }
    while n > start {
        block::<E, N, 1>(start, gradient, &mut state, values, &step);
        start += 1;
    }
}

#[inline(always)]
fn block<E: Element, const N: usize, const SIZE: usize>(
    start: usize,
    gradient: &[E],
    state: &mut [&mut [E]; N],
    values: &mut [E],
    step: &impl Fn(E, [E; N], E) -> ([E; N], E),
) {
    let range = start..start + SIZE;
    let mut g = [E::zero(); SIZE];
    let mut s = [[E::zero(); SIZE]; N];
    let mut x = [E::zero(); SIZE];
    g.copy_from_slice(&gradient[range.clone()]);
    for (s, state) in s.iter_mut().zip(state.iter()) {
        s.copy_from_slice(&state[range.clone()]);
    }
    x.copy_from_slice(&values[range.clone()]);
    for i in 0..SIZE {
        let mut before = [E::zero(); N];
        for (before, s) in before.iter_mut().zip(&s) {
            *before = s[i];
        }
        let (after, value) = step(g[i], before, x[i]);
        for (&after, s) in after.iter().zip(&mut s) {
            s[i] = after;
        }
        x[i] = value;
    }
    for (s, state) in s.iter().zip(state.iter_mut()) {
        state[range.clone()].copy_from_slice(s);
    }
    values[range].copy_from_slice(&x);
}
