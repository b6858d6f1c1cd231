//! What a total of terms computes for each block of rows: the values that wait, in their order.

use crate::element::Element;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::ops::term::OPERANDS;
use crate::tape::ops::{Binary, Unary};
use crate::tape::walk::Extent;

/// The values that wait which one total may compute for itself.
pub(super) const MOST_STEPS: usize = 8;

/// One value to compute for each block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<E> {
    /// The product of the block's rows of a matrix with a vector, whose gradient is the numbered one.
    Product { matrix: NodeId, vector: NodeId, gradient: usize },
    /// A function of one number.
    Unary(Unary, Operand<E>),
    /// `scale * x + constant`.
    Affine(Operand<E>, E, E),
    /// A function of two numbers.
    Binary(Binary, Operand<E>, Operand<E>),
}

/// What a step, or the term, is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand<E> {
    /// An earlier step.
    Step(usize),
    /// A value that was computed before, as long as the domain or one number; and the number of its gradient, if it has one.
    Given(Arg<E>, Option<usize>),
}

/// The steps of a total, and the values outside of it that its gradient goes to.
#[derive(Debug)]
pub(super) struct Plan<E> {
    pub(super) steps: [Step<E>; MOST_STEPS],
    /// The nodes of the steps.
    pub(super) nodes: [NodeId; MOST_STEPS],
    pub(super) count: usize,
    /// The operands of the term.
    pub(super) args: [Operand<E>; OPERANDS],
    pub(super) targets: [NodeId; OPERANDS],
    pub(super) target_count: usize,
}

impl<E: Element> Plan<E> {
    /// Returns how the total of a term over `domain` is computed in blocks, or `None` if it cannot be.
    pub(super) fn of(tape: &Tape<E>, args: &[Arg<E>], domain: Extent) -> Option<Plan<E>> {
        let nothing = Operand::Given(Arg::constant(E::zero()), None);
        let mut plan = Plan {
            steps: [Step::Affine(nothing, E::zero(), E::zero()); MOST_STEPS],
            nodes: [NodeId::NONE; MOST_STEPS],
            count: 0,
            args: [nothing; OPERANDS],
            targets: [NodeId::NONE; OPERANDS],
            target_count: 0,
        };
        for (k, &arg) in args.iter().enumerate() {
            let extent = tape.extent(&arg);
            let spans = extent.axes == domain.axes && extent.shape == domain.shape;
            if !spans && extent.len(&tape.sizes) != 1 {
                return None;
            }
            // The term writes its partials by all operands at once, so that no two may go to one place.
            if arg.id.is_some() && tape.has_gradient(&arg) && args[..k].iter().any(|a| a.id == arg.id) {
                return None;
            }
            plan.args[k] = plan.operand(tape, arg)?;
        }
        Some(plan)
    }

    fn operand(&mut self, tape: &Tape<E>, arg: Arg<E>) -> Option<Operand<E>> {
        if tape.waits(arg.id) {
            return Some(Operand::Step(self.step(tape, arg.id)?));
        }
        let gradient = if tape.has_gradient(&arg) { Some(self.target(arg.id)?) } else { None };
        Some(Operand::Given(arg, gradient))
    }

    /// Returns the number of a step, which is added after those that it is computed from.
    fn step(&mut self, tape: &Tape<E>, id: NodeId) -> Option<usize> {
        if let Some(known) = self.nodes[..self.count].iter().position(|&node| node == id) {
            return Some(known);
        }
        let step = match *tape.waiting_op(id)? {
            Op::Contraction(rule) => {
                let (matrix, vector) = tape.deferred_factors(rule);
                Step::Product { matrix, vector, gradient: self.target(vector)? }
            }
            Op::Unary(kind, x) => Step::Unary(kind, self.operand(tape, Arg { id: x, value: E::zero() })?),
            Op::Affine(x, scale, constant) => {
                Step::Affine(self.operand(tape, Arg { id: x, value: E::zero() })?, scale, constant)
            }
            Op::Binary(kind, a, b) => Step::Binary(kind, self.operand(tape, a)?, self.operand(tape, b)?),
            _ => return None,
        };
        let place = self.count;
        *self.steps.get_mut(place)? = step;
        self.nodes[place] = id;
        self.count += 1;
        Some(place)
    }

    /// Returns the number of the gradient of a value outside of the plan.
    fn target(&mut self, id: NodeId) -> Option<usize> {
        if let Some(known) = self.targets[..self.target_count].iter().position(|&target| target == id) {
            return Some(known);
        }
        let place = self.target_count;
        *self.targets.get_mut(place)? = id;
        self.target_count += 1;
        Some(place)
    }

    /// Returns whether the gradient by this target sums over the rows of a matrix.
    pub(super) fn sums_rows(&self, target: usize) -> bool {
        let sums = |step: &Step<E>| matches!(step, Step::Product { gradient, .. } if *gradient == target);
        self.steps[..self.count].iter().any(sums)
    }

    /// Returns how many rows one block has, of which the matrices take `bytes`.
    pub(super) fn rows(&self, tape: &Tape<E>, bytes: usize) -> usize {
        /// Rows that every kernel takes together.
        const TOGETHER: usize = 16;
        let width = self.steps[..self.count].iter().map(|step| match step {
            Step::Product { vector, .. } => tape.node(*vector).len as usize * size_of::<E>(),
            _ => 0,
        });
        (bytes / width.sum::<usize>().max(1) / TOGETHER).max(1) * TOGETHER
    }
}
