//! Sums of terms that one loop computes.

use super::stretches::AddScaled;
use super::term::{NumberTerm, OPERANDS, TermLoops, need_of};
use crate::element::Element;
use crate::random::Key;
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::tape::loops::{Loop, LoopMemory, LoopOperand, LoopRule, Rules, Work, adjoint_of, within};
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::walk::Extent;
use std::marker::PhantomData;

impl<E: Element> Tape<E> {
    /// Records the sum of `n` terms, of operands that are as long or single numbers.
    #[inline(always)]
    pub(super) fn sum_in_loop(
        &mut self,
        term: &TermLoops<E>,
        args: &[Arg<E>],
        n: usize,
        deps: Deps,
    ) -> NodeId {
        let one_term = n == 1;
        let rules = match one_term {
            true => term.one,
            // The row chooses its vectors by itself: as a part of the rule the compiler makes worse ones of it.
            false => Rules::wide_backwards::<RowOfTerms>(),
        };
        let mut operation = Loop::new(rules, n);
        operation.work = Work::AddsUp(term.add_up);
        for (operand, arg) in operation.operands.iter_mut().zip(args) {
            *operand = self.operand(arg);
        }
        operation.need = need_of(&operation.operands);
        // The partials lie behind the result: of one term all of them, of a row those that are needed.
        let kept = |operand: &LoopOperand| {
            if one_term { 1 } else { operand.len * u32::from(operand.has_gradient()) }
        };
        let reserved: u32 = operation.operands[..term.arity].iter().map(kept).sum();
        operation.out = self.reserve(1 + reserved as usize) as u32;
        let mut at = operation.out + 1;
        for operand in operation.operands[..term.arity].iter_mut() {
            operand.partials = at;
            at += kept(operand);
        }
        self.record_loop(Op::Loop, operation, (Extent::SCALAR, 1), deps)
    }
}

/// One term, with the partials by all operands behind it.
pub(super) struct OneTerm<T>(PhantomData<T>);

impl<E: Element, T: NumberTerm> LoopRule<E> for OneTerm<T> {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, _: Key) {
        let mut point = [E::zero(); OPERANDS];
        for (x, operand) in point.iter_mut().zip(&operation.operands).take(T::ARITY) {
            *x = memory.first(operand);
        }
        let (value, by) = T::term(point, operation.need);
        let fresh = &mut memory.values[operation.out as usize..][..1 + T::ARITY];
        fresh[0] = value;
        fresh[1..].copy_from_slice(&by[..T::ARITY]);
    }

    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        let seed = memory.adjoints[operation.adjoint as usize];
        for operand in &operation.operands[..T::ARITY] {
            if operand.has_gradient() {
                memory.adjoints[operand.adjoint as usize] += seed * memory.values[operand.partials as usize];
            }
        }
    }
}

/// A row of terms, with the partials by the operands that have a gradient behind the sum.
struct RowOfTerms;

impl<E: Element> LoopRule<E> for RowOfTerms {
    #[inline(always)]
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, _: Key) {
        let Work::AddsUp(add_up) = operation.work else { return };
        let (source, fresh) = memory.forwards(operation.out);
        let (log, mut rest) = fresh.split_at_mut(1);
        log[0] = E::zero();
        let mut partials: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
        let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
        for (k, operand) in operation.operands.iter().enumerate() {
            inputs[k] = source.of(operand);
            if operand.has_gradient() {
                let (store, tail) = std::mem::take(&mut rest).split_at_mut(operand.len as usize);
                store.fill(E::zero());
                (partials[k], rest) = (store, tail);
            }
        }
        add_up.add(operation.n as usize, &inputs, log, &mut partials, operation.need);
    }

    /// Every term has the same seed.
    #[inline(always)]
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        let (source, seed, low) = memory.backwards(operation.adjoint, 1);
        for operand in &operation.operands {
            if operand.has_gradient() {
                let (x, into) = (source.stored(operand.partials, operand.len), adjoint_of(low, operand));
                within::<FUSED, _>(AddScaled { scale: seed[0], x, into });
            }
        }
    }
}
