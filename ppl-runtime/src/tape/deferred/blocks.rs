//! Totals of terms of values that wait: computed block of rows by block of rows, with their gradients.

use super::plan::{MOST_STEPS, Operand, Plan, Step};
use crate::element::Element;
use crate::kernel::gemm::{Matrix, MatrixMut, multiply_add};
use crate::kernel::long_sums::LongSums;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::ops::Summands;
use crate::tape::ops::long_rows::AddUp;
use crate::tape::ops::stretches::add_scaled;
use crate::tape::ops::term::{OPERANDS, need};
use crate::tape::walk::Extent;
use crate::tape::{Reader, Tape};
use std::mem::take;

/// The state of a total that is computed in blocks.
struct Blocks<'a, E: Element> {
    plan: &'a Plan<E>,
    read: Reader<'a, E>,
    total: LongSums<'a, E>,
    /// The partials by each value outside of the plan.
    targets: [LongSums<'a, E>; OPERANDS],
    /// The memory of long products.
    memory: &'a mut Vec<f64>,
    /// The values of the steps for the block in progress, and their adjoints.
    values: &'a mut [E],
    adjoints: &'a mut [E],
    /// The rows of a block; the last one may have fewer.
    rows: usize,
}

/// The rows of a block: where they begin, and how many they are.
#[derive(Clone, Copy)]
struct Span {
    at: usize,
    len: usize,
}

impl Span {
    /// Returns the part of a value that lies in the block; a single number is the same in each.
    #[inline]
    fn of<E>(self, x: &[E]) -> &[E] {
        if x.len() == 1 { x } else { &x[self.at..self.at + self.len] }
    }

    #[inline]
    fn of_sums<'a, E: Element>(self, x: &'a mut LongSums<'_, E>) -> &'a mut [E] {
        if x.len() == 1 { x.part(0, 1, 1) } else { x.part(self.at, self.len, 1) }
    }
}

impl<E: Element> Tape<E> {
    /// Records the total of a term of values that wait, with its partials, or returns `None` if it cannot be computed in
    /// blocks.
    pub(crate) fn total_in_blocks(
        &mut self,
        args: &[Arg<E>],
        domain: Extent,
        deps: Deps,
        add_up: AddUp<E>,
    ) -> Option<NodeId> {
        let plan = Plan::of(self, args, domain)?;
        let mut may = true;
        for &node in &plan.nodes[..plan.count] {
            may &= self.take_for_total(node);
        }
        if !may {
            return None;
        }
        let n = self.len_of(domain);
        let rows = plan.rows(self, self.deferral.block).min(n);
        let mut rule = Summands::new(plan.target_count, false, domain);
        let lens = plan.targets.map(|id| if id.is_some() { self.node(id).len as usize } else { 0 });
        let partials: usize = lens.iter().sum();
        let room = plan.count * rows;
        let start = self.reserve(1 + partials + 2 * room);
        let Tape { values, shared, nodes, sizes, sums_in_double, products_in_double: memory, .. } = self;
        let (old, fresh) = values.split_at_mut(start);
        let read = Reader::new(old, shared, nodes, sizes);
        let (total, rest) = fresh.split_at_mut(1);
        let (mut partials, rest) = rest.split_at_mut(partials);
        let (values, rest) = rest.split_at_mut(room);
        total[0] = E::zero();
        partials.fill(E::zero());
        let mut targets: [&mut [E]; OPERANDS] = Default::default();
        let mut at = start + 1;
        for (k, target) in targets.iter_mut().enumerate().take(plan.target_count) {
            (*target, partials) = take(&mut partials).split_at_mut(lens[k]);
            rule.operands[k] = plan.targets[k];
            rule.partials[k] = at as u32;
            at += lens[k];
        }
        let [t0, t1, t2, t3, t4] = targets;
        let mut counts = [n; OPERANDS + 1];
        for (count, target) in counts[1..].iter_mut().zip(0..) {
            *count = if plan.sums_rows(target) { n } else { n / lens[target].max(1) };
        }
        let [total, targets @ ..] = LongSums::several(sums_in_double, [total, t0, t1, t2, t3, t4], counts);
        let adjoints = &mut rest[..room];
        let mut blocks = Blocks { plan: &plan, read, total, targets, memory, values, adjoints, rows };
        for at in (0..n).step_by(rows) {
            let span = Span { at, len: rows.min(n - at) };
            blocks.compute(span);
            blocks.add_up(span, args.len(), add_up);
            blocks.pull_back(span);
        }
        drop(blocks);
        // The values of the last block are not needed any more.
        self.top = start + 1 + lens.iter().sum::<usize>();
        let rule = self.keep(rule);
        let deps = deps.cross(self.mixed_by(domain.axes));
        Some(self.push(Op::Summands(rule), Extent::SCALAR, start, 1, true, deps))
    }
}

impl<E: Element> Blocks<'_, E> {
    /// Computes the values of the steps for a block.
    fn compute(&mut self, span: Span) {
        let Blocks { plan, read, values, rows, memory, .. } = self;
        for (k, step) in plan.steps[..plan.count].iter().enumerate() {
            let (before, rest) = values.split_at_mut(k * *rows);
            let out = &mut rest[..span.len];
            let input = |operand| input(read, before, *rows, operand, span);
            match step {
                Step::Product { matrix, vector, .. } => {
                    let vector = read.node(*vector);
                    let rows = rows_of(read.node(*matrix), vector.len(), span);
                    let column = Matrix { data: vector, rows: vector.len(), columns: 1, strides: [1, 1] };
                    let out = MatrixMut { data: out, strides: [1, 1], fresh: true };
                    multiply_add(rows, column, out, memory);
                }
                Step::Unary(kind, x) => kind.forward(input(x), out),
                Step::Affine(x, scale, constant) => {
                    for (y, &x) in out.iter_mut().zip(input(x)) {
                        *y = *scale * x + *constant;
                    }
                }
                Step::Binary(kind, a, b) => kind.forward(input(a), input(b), out),
            }
        }
    }

    /// Adds up the term over a block; its partials by the steps are then their adjoints.
    fn add_up(&mut self, span: Span, arity: usize, add_up: AddUp<E>) {
        let Blocks { plan, read, total, targets, values, adjoints, rows, .. } = self;
        adjoints.fill(E::zero());
        let mut adjoints_of: [&mut [E]; MOST_STEPS] = Default::default();
        for (of, adjoint) in adjoints_of.iter_mut().zip(adjoints.chunks_mut(*rows)) {
            *of = &mut adjoint[..span.len];
        }
        let mut targets = targets.each_mut().map(Some);
        let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
        let mut partials: [&mut [E]; OPERANDS] = Default::default();
        let mut needed = [false; OPERANDS];
        for (k, operand) in plan.args[..arity].iter().enumerate() {
            inputs[k] = input(read, values, *rows, operand, span);
            // No two operands have one place for their partials, which the plan has seen to.
            partials[k] = match *operand {
                Operand::Step(step) => take(&mut adjoints_of[step]),
                Operand::Given(_, Some(target)) => match targets[target].take() {
                    Some(sums) => span.of_sums(sums),
                    None => continue,
                },
                Operand::Given(_, None) => continue,
            };
            needed[k] = true;
        }
        add_up.add(span.len, &inputs, total.part(0, 1, 1), &mut partials, need(needed));
    }

    /// Adds to the partials by the values outside of the plan what the block gives them.
    fn pull_back(&mut self, span: Span) {
        let Blocks { plan, read, targets, values, adjoints, rows, memory, .. } = self;
        for (k, step) in plan.steps[..plan.count].iter().enumerate().rev() {
            let (before, rest) = adjoints.split_at_mut(k * *rows);
            let dy = &rest[..span.len];
            let y = &values[k * *rows..][..span.len];
            let input = |operand| input(read, values, *rows, operand, span);
            let mut into = |operand: &Operand<E>, add: &mut dyn FnMut(&mut [E])| match *operand {
                Operand::Step(step) => add(&mut before[step * *rows..][..span.len]),
                Operand::Given(_, Some(target)) => add(span.of_sums(&mut targets[target])),
                Operand::Given(_, None) => {}
            };
            match step {
                Step::Product { matrix, vector, gradient } => {
                    let width = read.node(*vector).len();
                    let rows = rows_of(read.node(*matrix), width, span);
                    let columns = Matrix { rows: width, columns: span.len, strides: [1, width], ..rows };
                    let seeds = Matrix { data: dy, rows: span.len, columns: 1, strides: [1, 1] };
                    let data = targets[*gradient].part(0, width, span.len.min(E::RUN));
                    let out = MatrixMut { data, strides: [1, 1], fresh: false };
                    multiply_add(columns, seeds, out, memory);
                }
                Step::Unary(kind, x) => into(x, &mut |dx| kind.backward(input(x), y, dy, dx)),
                Step::Affine(x, scale, _) => into(x, &mut |dx| add_scaled(*scale, dy, dx)),
                Step::Binary(kind, a, b) => {
                    into(a, &mut |da| kind.backward::<E, true>(input(a), input(b), y, dy, da));
                    into(b, &mut |db| kind.backward::<E, false>(input(a), input(b), y, dy, db));
                }
            }
        }
    }
}

/// Returns the rows of a matrix that lie in a block.
fn rows_of<E>(matrix: &[E], width: usize, span: Span) -> Matrix<'_, E> {
    let data = &matrix[span.at * width..(span.at + span.len) * width];
    Matrix { data, rows: span.len, columns: width, strides: [width, 1] }
}

/// Returns the part of an operand that lies in a block.
#[inline]
fn input<'a, E: Element>(
    read: &Reader<'a, E>,
    values: &'a [E],
    rows: usize,
    operand: &'a Operand<E>,
    span: Span,
) -> &'a [E] {
    match operand {
        Operand::Step(step) => &values[step * rows..][..span.len],
        Operand::Given(arg, _) => span.of(read.arg(arg)),
    }
}
