//! The sequences of a recurrence: which rows of its operands belong together, how long they are, and the order in which they are taken.

use super::{Dimensions, Recurrence};
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::walk::{Extent, Walk};
use std::cmp::Reverse;
use std::ops::Range;

/// One sequence of states.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StateRow {
    /// Its number among the rows of the result.
    pub(super) out: u32,
    /// The row of inputs that it reads.
    pub(super) input: u32,
    /// Where its first state lies in its operands.
    pub(super) first: [u32; 2],
    /// Which weights it has.
    pub(super) group: u32,
    /// How many inputs it has.
    pub(super) length: u32,
    /// How many steps are taken, or how many of the first ones are taken back.
    pub(super) steps: u32,
}

impl StateRow {
    /// Returns the position of its step `s`.
    #[inline(always)]
    pub(super) fn position(&self, s: usize, backwards: bool) -> usize {
        if backwards { self.length as usize - 1 - s } else { s }
    }

    /// Returns the positions of its steps.
    fn positions(&self, backwards: bool) -> Range<u32> {
        if backwards { self.length - self.steps..self.length } else { 0..self.steps }
    }
}

/// One sequence of inputs with one group of weights.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InputRow {
    /// Where it begins in its operand.
    pub(super) from: u32,
    group: u32,
    /// The positions that are read.
    pub(super) read: (u32, u32),
    /// Where they lie among all that are read, counted in positions.
    pub(super) start: u32,
    /// How many rows of states read them.
    pub(super) readers: u32,
}

/// Elements of the weights' axes: where their parts lie.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    /// Of the inputs' weights, the state's, and what is added to both.
    pub(super) weights: [u32; 4],
    /// Its rows of states, from the one with the most steps to the one with the fewest.
    pub(super) rows: (u32, u32),
    /// Its inputs that are read, as positions and as places in the order of input rows.
    pub(super) inputs: (u32, u32),
    pub(super) input_rows: (u32, u32),
}

/// The sequences of a recurrence.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub(super) rows: Vec<StateRow>,
    pub(super) inputs: Vec<InputRow>,
    /// The rows of inputs, group by group.
    pub(super) order: Vec<u32>,
    pub(super) groups: Vec<Group>,
}

impl Sequences {
    /// Puts the rows in their order, and finds what they read, when it is known how many steps are taken.
    pub(super) fn arrange(&mut self, backwards: bool) {
        let Sequences { rows, inputs, order, groups } = self;
        rows.sort_unstable_by_key(|row| (row.group, Reverse(row.steps), row.out));
        for input in &mut *inputs {
            (input.read, input.readers) = ((0, 0), 0);
        }
        for row in rows.iter().filter(|row| row.steps > 0) {
            let input = &mut inputs[row.input as usize];
            let Range { start, end } = row.positions(backwards);
            input.read = match input.readers {
                0 => (start, end),
                _ => (input.read.0.min(start), input.read.1.max(end)),
            };
            input.readers += 1;
        }
        order.clear();
        order.extend(0..inputs.len() as u32);
        order.sort_unstable_by_key(|&k| (inputs[k as usize].group, k));
        let (mut row, mut place, mut read) = (0, 0, 0);
        for (number, group) in groups.iter_mut().enumerate() {
            let number = number as u32;
            let (first_row, first_place, first_read) = (row, place, read);
            while rows.get(row).is_some_and(|row| row.group == number) {
                row += 1;
            }
            while let Some(&k) = order.get(place)
                && inputs[k as usize].group == number
            {
                let input = &mut inputs[k as usize];
                input.start = read;
                read += input.read.1 - input.read.0;
                place += 1;
            }
            group.rows = (first_row as u32, row as u32);
            group.input_rows = (first_place as u32, place as u32);
            group.inputs = (first_read, read);
        }
    }

    /// Returns the rows of states of a group.
    pub(super) fn rows_of(&self, group: &Group) -> &[StateRow] {
        &self.rows[group.rows.0 as usize..group.rows.1 as usize]
    }

    /// Returns the rows of inputs of a group.
    pub(super) fn inputs_of(&self, group: &Group) -> impl Iterator<Item = &InputRow> {
        let places = group.input_rows.0 as usize..group.input_rows.1 as usize;
        self.order[places].iter().map(|&k| &self.inputs[k as usize])
    }
}

/// Returns how many of the rows, which are sorted by them, have more than `s` steps.
pub(super) fn running(rows: &[StateRow], s: usize) -> usize {
    rows.partition_point(|row| row.steps as usize > s)
}

/// Returns a length, if it is a whole number of steps that there are.
pub(crate) fn whole_length<E: Element>(length: E, steps: usize) -> Option<u32> {
    let value = length.as_f64();
    ((0.0..=steps as f64).contains(&value) && value.fract() == 0.0).then_some(value as u32)
}

impl<E: Element> Tape<E> {
    /// Finds the sequences of a recurrence, each with all the steps that it has.
    pub(super) fn find_sequences(&self, rule: &Recurrence, to: &mut Sequences) {
        let Recurrence { inputs: xs, first, lengths, weights, .. } = *rule;
        let Dimensions { steps, inputs: width, size, domain, grouped, .. } = rule.dimensions;
        let along = |axes| Extent { axes, shape: crate::shape::Shape::SCALAR };
        let leading = |id, last: usize| {
            let Extent { axes, shape } = self.node(id).extent();
            Extent { axes, shape: shape.split_last(last).0 }
        };
        let of_inputs = leading(xs, 2);
        let input_rows = Extent { axes: of_inputs.axes.union(grouped), shape: of_inputs.shape };
        let of_first = first.map(|id| if id.is_some() { leading(id, 1) } else { Extent::SCALAR });
        let of_lengths = if lengths.is_some() { self.node(lengths).extent() } else { Extent::SCALAR };

        to.rows.clear();
        let extents = [of_first[0], of_first[1], of_lengths, input_rows, along(grouped)];
        let walk = Walk::of_blocks(&self.sizes, domain, &extents, &[size, size, 1, 1, 1]);
        let known: &[E] = if lengths.is_some() { self.value(lengths) } else { &[] };
        walk.rows(|offset, n, stride| {
            for i in 0..n {
                let at = |s: usize| (offset[s] + i * stride[s]) as u32;
                let length = match known.get(at(2) as usize) {
                    Some(&length) => whole_length(length, steps).unwrap_or(0),
                    None => steps as u32,
                };
                to.rows.push(StateRow {
                    out: to.rows.len() as u32,
                    input: at(3),
                    first: [at(0), at(1)],
                    group: at(4),
                    length,
                    steps: length,
                });
            }
        });

        to.inputs.clear();
        let extents = [of_inputs, along(grouped)];
        Walk::of_blocks(&self.sizes, input_rows, &extents, &[steps * width, 1]).rows(|offset, n, stride| {
            for i in 0..n {
                let at = |s: usize| (offset[s] + i * stride[s]) as u32;
                to.inputs.push(InputRow { from: at(0), group: at(1), ..InputRow::default() });
            }
        });

        to.groups.clear();
        let parts = weights.map(|id| if id.is_some() { self.node(id).extent() } else { Extent::SCALAR });
        let walk = Walk::over_axes(
            &self.sizes,
            grouped,
            &parts.map(|part| part.axes),
            &parts.map(|part| part.shape.len()),
        );
        walk.rows(|offset, n, stride| {
            for i in 0..n {
                let weights = [0, 1, 2, 3].map(|s| (offset[s] + i * stride[s]) as u32);
                to.groups.push(Group { weights, ..Group::default() });
            }
        });
    }
}
