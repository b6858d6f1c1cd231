//! Draws that one loop makes, with the pathwise derivatives by their parameters.

use super::stretches::MultiplyInto;
use crate::dist::family::Univariate;
use crate::element::Element;
use crate::random::{Blocks, Key, Streams};
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::tape::loops::{Loop, Memory, Rule, Rules, adjoint_of, within};
use crate::tape::node::{Arg, NO_ADJOINT, NodeId, Op};
use crate::tape::walk::Extent;
use std::marker::PhantomData;

impl<E: Element> Tape<E> {
    /// Records one draw for each element of `domain`, by parameters that are as long or single numbers.
    pub(super) fn draw_in_loop<F: Univariate<N>, const N: usize>(
        &mut self,
        streams: &Streams,
        site: u64,
        p: [Arg<E>; N],
        (domain, len): (Extent, usize),
        pathwise: bool,
        deps: Deps,
    ) -> NodeId {
        let mut operation = Loop::new(Rules::wide_backwards::<Drawn<F, N>>(), len);
        operation.site = site;
        operation.blocks = Blocks::of_numbers(domain, &self.sizes, streams);
        let mut reserved = len;
        for (operand, arg) in operation.operands.iter_mut().zip(&p) {
            *operand = self.operand(arg);
            if !pathwise {
                operand.adjoint = NO_ADJOINT;
            }
            // The partials lie behind the draws.
            operand.partials = reserved as u32;
            reserved += if operand.has_gradient() { len } else { 0 };
        }
        operation.out = self.reserve(reserved) as u32;
        for operand in &mut operation.operands {
            operand.partials += operation.out;
        }
        let compute = |l: &Loop<E>, memory: &mut Memory<'_, E>| draw::<E, F, N>(l, memory, streams);
        self.push_loop(Op::Loop, operation, (domain, len), deps, compute)
    }
}

/// The rule of a draw from a family.
struct Drawn<F, const N: usize>(PhantomData<F>);

impl<E: Element, F: Univariate<N>, const N: usize> Rule<E> for Drawn<F, N> {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut Memory<'_, E>, key: Key) {
        draw::<E, F, N>(operation, memory, &key.streams(operation.site));
    }

    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut Memory<'_, E>) {
        let n = operation.n;
        if n == 1 {
            let seed = memory.adjoints[operation.adjoint as usize];
            for operand in &operation.operands[..N] {
                if operand.has_gradient() && seed != E::zero() {
                    memory.adjoints[operand.adjoint as usize] +=
                        seed * memory.values[operand.partials as usize];
                }
            }
            return;
        }
        let (source, dy, low) = memory.backwards(operation.adjoint, n);
        for operand in &operation.operands[..N] {
            if operand.has_gradient() {
                let (partials, into) = (source.stored(operand.partials, n), adjoint_of(low, operand));
                within::<FUSED, _>(MultiplyInto { seed: dy, partials, into });
            }
        }
    }
}

#[inline(always)]
fn draw<E: Element, F: Univariate<N>, const N: usize>(
    operation: &Loop<E>,
    memory: &mut Memory<'_, E>,
    streams: &Streams,
) {
    let n = operation.n as usize;
    let (source, fresh) = memory.forwards(operation.out);
    let (z, mut rest) = fresh.split_at_mut(n);
    let p: [&[E]; N] = std::array::from_fn(|k| source.of(&operation.operands[k]));
    let stores: [&mut [E]; N] = std::array::from_fn(|k| {
        let size = if operation.operands[k].has_gradient() { n } else { 0 };
        let (store, tail) = std::mem::take(&mut rest).split_at_mut(size);
        rest = tail;
        store
    });
    if p.iter().all(|p| p.len() == n) {
        let p = p.map(|p| &p[..n]);
        draw_at::<E, F, N>(streams, &operation.blocks, z, stores, |i| std::array::from_fn(|k| p[k][i]));
    } else {
        // A parameter that is one number stands still.
        let moves: [usize; N] = std::array::from_fn(|k| if p[k].len() == 1 { 0 } else { usize::MAX });
        let point = |i: usize| std::array::from_fn(|k| p[k][i & moves[k]]);
        draw_at::<E, F, N>(streams, &operation.blocks, z, stores, point);
    }
}

/// Draws one element for each point, and stores the derivatives by the parameters where there is room for them.
#[inline(always)]
fn draw_at<E: Element, F: Univariate<N>, const N: usize>(
    streams: &Streams,
    blocks: &Blocks,
    z: &mut [E],
    mut stores: [&mut [E]; N],
    point: impl Fn(usize) -> [E; N],
) {
    blocks.each(streams, z.len(), |rng, elements| {
        for i in elements {
            z[i] = F::draw(rng, point(i));
        }
    });
    for (i, &z) in z.iter().enumerate() {
        let by = F::draw_partials(z, point(i));
        for (store, by) in stores.iter_mut().zip(by) {
            if let Some(place) = store.get_mut(i) {
                *place = by;
            }
        }
    }
}
