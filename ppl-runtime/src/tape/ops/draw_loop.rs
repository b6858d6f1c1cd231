//! Draws that one loop makes, with the pathwise derivatives by their parameters.

use super::stretches::multiply_into;
use crate::dist::family::Univariate;
use crate::element::Element;
use crate::program::stream::{Key, Streams};
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::tape::loops::{Loop, Memory, Rules, adjoint_of};
use crate::tape::node::{Arg, NO_ADJOINT, NodeId, Op};
use crate::tape::walk::Extent;

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
        let mut operation = Loop::new(Rules { forward: forward::<E, F, N>, backward: backward::<E, N> }, len);
        operation.site = site;
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
        let compute = |l: &Loop<E>, memory: Memory<'_, E>| draw::<E, F, N>(l, memory, streams);
        self.push_loop(Op::Loop, operation, (domain, len), deps, compute)
    }
}

fn forward<E: Element, F: Univariate<N>, const N: usize>(
    operation: &Loop<E>,
    memory: Memory<'_, E>,
    key: Key,
) {
    draw::<E, F, N>(operation, memory, &key.streams(operation.site));
}

#[inline(always)]
fn draw<E: Element, F: Univariate<N>, const N: usize>(
    operation: &Loop<E>,
    memory: Memory<'_, E>,
    streams: &Streams,
) {
    let n = operation.n as usize;
    let (source, fresh) = memory.forwards(operation.out);
    let (z, mut rest) = fresh.split_at_mut(n);
    let p: [&[E]; N] = std::array::from_fn(|k| source.of(&operation.operands[k]));
    // A parameter that is one number stands still.
    let moves: [usize; N] = std::array::from_fn(|k| if p[k].len() == 1 { 0 } else { usize::MAX });
    let point = |i: usize| std::array::from_fn(|k| p[k][i & moves[k]]);
    streams.from_the_start(n, |rng, elements| {
        for i in elements {
            z[i] = F::draw(rng, point(i));
        }
    });
    if operation.adjoint == NO_ADJOINT {
        return;
    }
    let mut stores: [&mut [E]; N] = std::array::from_fn(|k| {
        let size = if operation.operands[k].has_gradient() { n } else { 0 };
        let (store, tail) = std::mem::take(&mut rest).split_at_mut(size);
        rest = tail;
        store
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

fn backward<E: Element, const N: usize>(operation: &Loop<E>, memory: Memory<'_, E>) {
    let n = operation.n;
    let (source, dy, low) = memory.backwards(operation.adjoint, n);
    for operand in &operation.operands[..N] {
        if operand.has_gradient() {
            multiply_into(dy, source.stored(operand.partials, n), adjoint_of(low, operand));
        }
    }
}
