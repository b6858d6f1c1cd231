//! A recurrent cell run over sequences as one operation.
//!
//! The inputs' product is taken at once, for those inputs alone that a sequence has. Rows are sorted by their numbers of steps, so that those which still
//! run are the first ones: a step is one product of their states and one kernel. Sequences may share inputs and first states (with particles, say), and
//! weights may differ along axes: then this is done for each group of rows with the same ones.

mod backward;
mod forward;
mod rows;

pub(crate) use rows::whole_length;

use crate::element::Element;
use crate::kernel::recurrence::CellKind;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;
use rows::Sequences;

/// The record of a cell's run over sequences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recurrence {
    cell: CellKind,
    /// Whether it runs from the end of each sequence to its beginning.
    backwards: bool,
    inputs: NodeId,
    first: [NodeId; 2],
    /// The weights of the inputs, those of the state, and what is added to both.
    weights: [NodeId; 4],
    lengths: NodeId,
    dimensions: Dimensions,
    /// Where the kept numbers of all steps lie in the arena, if anything is pulled back.
    kept: Option<u32>,
}

/// The sizes of a recurrence.
#[derive(Clone, Copy, Debug)]
struct Dimensions {
    steps: usize,
    inputs: usize,
    size: usize,
    /// The rows of the result.
    domain: Extent,
    rows: usize,
    /// The axes of the weights.
    grouped: AxisSet,
}

/// What a cell is run over: no node where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecurrenceOperands {
    pub(crate) cell: CellKind,
    pub(crate) backwards: bool,
    /// `[.., steps, inputs]`.
    pub(crate) inputs: NodeId,
    /// `[.., size]`.
    pub(crate) first: [NodeId; 2],
    /// `[inputs, columns]`, `[size, columns]`, and `[columns]` twice.
    pub(crate) weights: [NodeId; 4],
    /// `[..]`.
    pub(crate) lengths: NodeId,
}

/// Memory that the recurrences of a tape share.
#[derive(Debug, Default)]
pub(crate) struct RecurrenceMemory<E> {
    sequences: Sequences,
    /// The inputs that are read, and their derivatives.
    packed: Vec<E>,
    by_packed: Vec<E>,
    /// What the weights make of inputs and states, and the derivatives by that.
    of_inputs: Vec<E>,
    of_states: Vec<E>,
    by_step: Vec<E>,
    /// The states of the rows, or the derivatives by them, and the states before all steps.
    states: [Vec<E>; 2],
    before: [Vec<E>; 2],
    transposed: Vec<E>,
    inputs_at: Vec<u32>,
    kept_at: Vec<u32>,
    /// What is kept where nothing is pulled back.
    unkept: Vec<E>,
    sums: Vec<f64>,
}

/// Returns the first elements of memory that is made longer where it is too short.
fn room<E: Copy + Default>(memory: &mut Vec<E>, len: usize) -> &mut [E] {
    if memory.len() < len {
        memory.resize(len, E::default());
    }
    &mut memory[..len]
}

impl Recurrence {
    /// Returns the nodes that it reads.
    pub(crate) fn operands(&self) -> impl Iterator<Item = NodeId> {
        let rest = self.first.into_iter().chain(self.weights).chain([self.lengths]);
        std::iter::once(self.inputs).chain(rest).filter(|id| id.is_some())
    }

    fn columns(&self) -> usize {
        self.cell.columns() * self.dimensions.size
    }

    fn kept_width(&self) -> usize {
        self.cell.kept() * self.dimensions.size
    }

    /// Returns where the states of all steps, the last states and the last memories begin, and where they end.
    fn parts(&self) -> [usize; 4] {
        let Dimensions { steps, size, rows, .. } = self.dimensions;
        let states = rows * steps * size;
        let last = states + rows * size;
        [0, states, last, if self.cell.states() == 2 { last + rows * size } else { last }]
    }
}

impl<E: Element> Tape<E> {
    /// Records a run of a cell over sequences, whose operands have the shapes that they are to have: all states, `[.., steps, size]`, and the last ones and memories,
    /// `[.., size]`. Returns nothing if the dimensions before these do not fit.
    pub(crate) fn recur(&mut self, operands: RecurrenceOperands) -> Option<[NodeId; 3]> {
        let RecurrenceOperands { cell, backwards, inputs, first, weights, lengths } = operands;
        let dimensions = self.dimensions_of(&operands)?;
        let Dimensions { steps, size, domain, .. } = dimensions;
        let shape = |dims: &[usize]| dims.iter().try_fold(domain.shape, |shape, &d| shape.with_last(d));
        let states = Extent { axes: domain.axes, shape: shape(&[steps, size])? };
        let last = Extent { axes: domain.axes, shape: shape(&[size])? };
        // The last states are there where there are no steps, too.
        if let Some(instead) = self.refuse_large(states).or_else(|| self.refuse_large(last)) {
            let (axes, shape) = (self.node(instead).axes, last.shape);
            let last = self.placeholder(Extent { axes, shape });
            return Some([instead, last, last]);
        }
        let mut rule =
            Recurrence { cell, backwards, inputs, first, weights, lengths, dimensions, kept: None };
        let (mut gradient, mut deps) = (false, Deps::NONE);
        for id in rule.operands() {
            gradient |= self.node(id).has_gradient();
            deps = deps.union(self.node(id).deps);
        }
        let parts = rule.parts();
        let kept = if gradient { dimensions.rows * steps * rule.kept_width() } else { 0 };
        let start = self.reserve(parts[3] + kept);
        rule.kept = gradient.then_some((start + parts[3]) as u32);
        self.run_over(&rule, start);
        let number = self.recurrences.len() as u32;
        self.recurrences.push(rule);
        // The parts of the result lie one after the other in a node that nobody sees.
        let whole = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(parts[3]) };
        let whole = self.push(Op::Recurrence(number), whole, start, parts[3], gradient, deps);
        let [all, last_state] =
            [(states, 0), (last, 1)].map(|(extent, k)| self.view(whole, extent, parts[k]));
        let last_memory = if cell.states() == 2 { self.view(whole, last, parts[2]) } else { last_state };
        Some([all, last_state, last_memory])
    }

    fn dimensions_of(&self, operands: &RecurrenceOperands) -> Option<Dimensions> {
        let of = |id: NodeId| self.node(id).extent();
        let inputs = of(operands.inputs);
        let (leading, last) = inputs.shape.split_last(2);
        let mut domain = Extent { axes: inputs.axes, shape: leading };
        let others = [(operands.first[0], 1), (operands.first[1], 1), (operands.lengths, 0)];
        for (id, own) in others.into_iter().filter(|(id, _)| id.is_some()) {
            domain.axes = domain.axes.union(of(id).axes);
            domain.shape = domain.shape.broadcast(&of(id).shape.split_last(own).0)?;
        }
        let weights = operands.weights.into_iter().filter(|id| id.is_some());
        let grouped = weights.fold(AxisSet::EMPTY, |set, id| set.union(of(id).axes));
        domain.axes = domain.axes.union(grouped);
        let state = of(operands.first[0]).shape;
        Some(Dimensions {
            steps: last.dim(0),
            inputs: last.dim(1),
            size: state.dim(state.rank() - 1),
            domain,
            rows: self.len_of(domain),
            grouped,
        })
    }
}
