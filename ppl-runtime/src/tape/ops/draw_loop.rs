//! Draws that one loop makes, with the pathwise derivatives by their parameters.

use super::draw::DrawLoops;
use super::stretches::MultiplyInto;
use crate::element::Element;
use crate::family::PARAMETERS;
use crate::random::{Key, Streams};
use crate::tape::Tape;
use crate::tape::blocks::Blocks;
use crate::tape::deps::Deps;
use crate::tape::loops::{self, Loop, LoopMemory, LoopOperand, LoopRule, Rules, Work, adjoint_of};
use crate::tape::node::{Arg, NO_ADJOINT, NodeId, Op};
use crate::tape::walk::Extent;

impl<E: Element> Tape<E> {
    /// Records one draw for each element of `domain`, by parameters that are as long or single numbers.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn draw_in_loop(
        &mut self,
        draw: &DrawLoops<E>,
        streams: &Streams,
        site: u64,
        p: &[Arg<E>],
        (domain, len): (Extent, usize),
        pathwise: bool,
        deps: Deps,
    ) -> NodeId {
        let mut operation = Loop::new(Rules::wide_backwards::<Drawn>(), len);
        operation.work = Work::Draws(*draw);
        operation.site = site;
        operation.blocks = Blocks::of_numbers(domain, &self.sizes, streams);
        let mut reserved = len;
        for (operand, arg) in operation.operands.iter_mut().zip(p) {
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
        let compute = |l: &Loop<E>, memory: &mut LoopMemory<'_, E>| fill(l, memory, streams);
        self.push_loop(Op::Loop, operation, (domain, len), deps, compute)
    }
}

/// The rule of a draw.
struct Drawn;

impl<E: Element> LoopRule<E> for Drawn {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, key: Key) {
        fill(operation, memory, &key.streams(operation.site));
    }

    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        let n = operation.n;
        if n == 1 {
            let seed = memory.adjoints[operation.adjoint as usize];
            for operand in parameters(operation) {
                if operand.has_gradient() && seed != E::zero() {
                    memory.adjoints[operand.adjoint as usize] +=
                        seed * memory.values[operand.partials as usize];
                }
            }
            return;
        }
        let (source, dy, low) = memory.backwards(operation.adjoint, n);
        for operand in parameters(operation) {
            if operand.has_gradient() {
                let (partials, into) = (source.stored(operand.partials, n), adjoint_of(low, operand));
                loops::within::<FUSED, _>(MultiplyInto { seed: dy, partials, into });
            }
        }
    }
}

/// Returns the operands of a draw.
#[inline(always)]
fn parameters<E>(operation: &Loop<E>) -> &[LoopOperand] {
    match &operation.work {
        Work::Draws(draw) => &operation.operands[..draw.arity],
        _ => &[],
    }
}

fn fill<E: Element>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, streams: &Streams) {
    let Work::Draws(draw) = &operation.work else { return };
    let n = operation.n as usize;
    let (source, fresh) = memory.forwards(operation.out);
    let (z, mut rest) = fresh.split_at_mut(n);
    let mut p: [&[E]; PARAMETERS] = [&[]; PARAMETERS];
    let mut stores: [&mut [E]; PARAMETERS] = [&mut [], &mut [], &mut [], &mut []];
    for (k, operand) in parameters(operation).iter().enumerate() {
        p[k] = source.of(operand);
        if operand.has_gradient() {
            (stores[k], rest) = std::mem::take(&mut rest).split_at_mut(n);
        }
    }
    operation.blocks.each(streams, n, |rng, places| draw.fill_part(rng, &p, z, &mut stores, places));
}
