//! The derivatives of a recurrence.
//!
//! A row is taken back from the last of its states that has a seed: what comes after it counts for nothing, even if it holds what is no number. The derivatives
//! by what the weights made are kept for all steps, so that those by the weights are one product.

use super::forward::pack_inputs;
use super::rows::{Group, Sequences, StateRow, running};
use super::{Dimensions, Recurrence, RecurrenceMemory, room};
use crate::element::Element;
use crate::kernel::gemm::{Matrix, MatrixMut, multiply_add};
use crate::kernel::long_sums::{LongSums, add_all};
use crate::kernel::recurrence::StepBack;
use crate::tape::node::NodeId;
use crate::tape::ops::stretches::is_seeded;
use crate::tape::{Reader, Tape};

/// The seeds of a recurrence's result.
struct Seeds<'a, E> {
    states: &'a [E],
    last: [&'a [E]; 2],
    steps: usize,
    size: usize,
}

impl<'a, E: Element> Seeds<'a, E> {
    /// Returns those of a row's states at some positions.
    fn of_states(&self, row: &StateRow, positions: std::ops::Range<usize>) -> &'a [E] {
        let first = row.out as usize * self.steps;
        &self.states[(first + positions.start) * self.size..(first + positions.end) * self.size]
    }

    /// Returns those of a row's last state, or of its last memory.
    fn of_last(&self, row: &StateRow, s: usize) -> &'a [E] {
        match self.last[s] {
            [] => &[],
            last => &last[row.out as usize * self.size..][..self.size],
        }
    }

    /// Returns how many of a row's steps are taken back.
    fn steps_back(&self, row: &StateRow, backwards: bool) -> u32 {
        let length = row.length as usize;
        let held = !backwards && is_seeded(self.of_states(row, length..self.steps));
        if held || is_seeded(self.of_last(row, 0)) || is_seeded(self.of_last(row, 1)) {
            return row.length;
        }
        let seeded = |s: &usize| {
            let position = row.position(*s, backwards);
            is_seeded(self.of_states(row, position..position + 1))
        };
        (0..length).rev().find(seeded).map_or(0, |s| s as u32 + 1)
    }
}

impl<E: Element> Tape<E> {
    pub(crate) fn recurrence_backward(&mut self, number: u32, out: NodeId) {
        let rule = self.recurrences[number as usize];
        let Dimensions { steps, size, .. } = rule.dimensions;
        if size == 0 || !is_seeded(self.adjoint(out)) {
            return;
        }
        let mut memory = std::mem::take(&mut self.recurrence_memory);
        let mut sequences = std::mem::take(&mut memory.sequences);
        let mut products = std::mem::take(&mut self.products_in_double);
        self.find_sequences(&rule, &mut sequences);
        let seeds = self.seeds_of(&rule, out);
        for row in &mut sequences.rows {
            row.steps = seeds.steps_back(row, rule.backwards);
        }
        sequences.arrange(rule.backwards);
        for group in &sequences.groups {
            let back = Back { rule: &rule, sequences: &sequences, group, columns: rule.columns() };
            let inputs = (group.inputs.1 - group.inputs.0) as usize;
            let taken = self.take_back(&back, out, &mut memory, &mut products);
            self.by_first_states(&back, out, &memory);
            // The states before all steps, and what was made of them.
            let states = Matrix { data: &memory.before[0], rows: taken, columns: size, strides: [size, 1] };
            self.by_weights(&back, out, 1, states, &memory.of_states, &mut products);
            self.by_added(&back, out, 3, taken, &memory.of_states);
            if self.node(rule.weights[0]).has_gradient() {
                let xs = self.value(rule.inputs);
                pack_inputs(&rule, xs, &sequences, group, &mut memory.packed);
                let width = rule.dimensions.inputs;
                let packed =
                    Matrix { data: &memory.packed, rows: inputs, columns: width, strides: [width, 1] };
                self.by_weights(&back, out, 0, packed, &memory.of_inputs, &mut products);
            }
            self.by_added(&back, out, 2, inputs, &memory.of_inputs);
            self.by_inputs(&back, out, &mut memory, &mut products);
        }
        debug_assert!(sequences.rows.iter().all(|row| row.steps as usize <= steps));
        memory.sequences = sequences;
        self.recurrence_memory = memory;
        self.products_in_double = products;
    }

    fn seeds_of(&self, rule: &Recurrence, out: NodeId) -> Seeds<'_, E> {
        let Dimensions { steps, size, .. } = rule.dimensions;
        let [_, last, memories, end] = rule.parts();
        let all = self.adjoint(out);
        Seeds { states: &all[..last], last: [&all[last..memories], &all[memories..end]], steps, size }
    }

    /// Takes the rows of a group back to their first states; returns over how many steps of all of them together. The derivatives by the first states and by
    /// what the weights made are left in the memory.
    fn take_back(
        &mut self,
        back: &Back<'_>,
        out: NodeId,
        memory: &mut RecurrenceMemory<E>,
        products: &mut Vec<f64>,
    ) -> usize {
        let Back { rule, sequences, group, columns } = *back;
        let Dimensions { steps, size, .. } = rule.dimensions;
        let states = rule.cell.states();
        let rows = sequences.rows_of(group);
        let old = Reader::new(&self.values, &self.shared, &self.nodes, &self.sizes);
        let seeds = self.seeds_of(rule, out);
        let RecurrenceMemory {
            of_inputs,
            of_states,
            by_step,
            states: current,
            before,
            transposed,
            kept_at,
            sums,
            ..
        } = memory;
        let most = rows.len() * steps;
        let of_states = room(of_states, most * columns);
        let by_step = room(by_step, rows.len() * columns);
        let kept_at = room(kept_at, rows.len());
        let [h, c] = before;
        let (before, before_memory) = (room(h, most * size), room(c, (states - 1) * rows.len() * size));
        let [h, c] = current;
        let mut current = [room(h, rows.len() * size), room(c, (states - 1) * rows.len() * size)];
        let transposed = room(transposed, size * columns);
        transpose(&old.node(rule.weights[1])[group.weights[1] as usize..], size, columns, transposed);
        let inputs = (group.inputs.1 - group.inputs.0) as usize;
        let by_inputs = room(of_inputs, sequences.inputs.len() * steps * columns);
        let by_inputs = &mut by_inputs[..inputs * columns];
        by_inputs.fill(E::zero());
        let readers = sequences.inputs_of(group).map(|input| input.readers).max().unwrap_or(0) as usize;
        let mut by_inputs = LongSums::new(sums, by_inputs, readers);
        let kept =
            rule.kept.map_or(&[][..], |at| old.stored(at, rule.dimensions.rows * steps * rule.kept_width()));
        let in_kept = rule.cell.memory_in_kept(size);
        for (k, row) in rows.iter().enumerate() {
            for (s, current) in current.iter_mut().enumerate().take(states) {
                let current = &mut current[k * size..(k + 1) * size];
                current.fill(E::zero());
                if row.steps == row.length {
                    current.copy_from_slice(seeds.of_last(row, s));
                }
            }
            if row.steps == row.length && !rule.backwards {
                let held = seeds.of_states(row, row.length as usize..steps).chunks_exact(size);
                held.for_each(|held| add_all(&mut current[0][k * size..(k + 1) * size], held));
            }
        }
        let mut taken = 0;
        for s in (0..rows.first().map_or(0, |row| row.steps as usize)).rev() {
            let count = running(rows, s);
            let before = &mut before[taken * size..(taken + count) * size];
            for (k, row) in rows[..count].iter().enumerate() {
                let own = k * size..(k + 1) * size;
                let position = row.position(s, rule.backwards);
                add_all(&mut current[0][own.clone()], seeds.of_states(row, position..position + 1));
                kept_at[k] = row.out * steps as u32 + position as u32;
                let first = |s: usize| &old.node(rule.first[s])[row.first[s] as usize..][..size];
                let last_place =
                    s.checked_sub(1).map(|s| row.out as usize * steps + row.position(s, rule.backwards));
                before[own.clone()].copy_from_slice(match last_place {
                    Some(place) => &old.node(out)[place * size..][..size],
                    None => first(0),
                });
                if states == 2 {
                    before_memory[own].copy_from_slice(match last_place {
                        Some(place) => &kept[place * rule.kept_width()..][in_kept.clone()],
                        None => first(1),
                    });
                }
            }
            let [h, c] = &mut current;
            let by_states = &mut of_states[taken * columns..(taken + count) * columns];
            StepBack {
                size,
                kept,
                kept_at: &kept_at[..count],
                before: [before, before_memory],
                seeds: [&mut h[..count * size], c],
                by_weighted: [by_step, by_states],
            }
            .run(rule.cell);
            for (k, row) in rows[..count].iter().enumerate() {
                let input = &sequences.inputs[row.input as usize];
                let place =
                    input.start - group.inputs.0 + row.position(s, rule.backwards) as u32 - input.read.0;
                let into = by_inputs.part(place as usize * columns, columns, 1);
                add_all(into, &by_step[k * columns..(k + 1) * columns]);
            }
            multiply_add(
                Matrix { data: by_states, rows: count, columns, strides: [columns, 1] },
                Matrix { data: transposed, rows: columns, columns: size, strides: [size, 1] },
                MatrixMut { data: h, strides: [size, 1], fresh: false },
                products,
            );
            taken += count;
        }
        if rule.backwards {
            // What comes after a row's end has the first state.
            for (k, row) in rows.iter().enumerate() {
                let held = seeds.of_states(row, row.length as usize..steps).chunks_exact(size);
                held.for_each(|held| add_all(&mut current[0][k * size..(k + 1) * size], held));
            }
        }
        taken
    }

    fn by_first_states(&mut self, back: &Back<'_>, out: NodeId, memory: &RecurrenceMemory<E>) {
        let Back { rule, sequences, group, .. } = *back;
        let Dimensions { size, .. } = rule.dimensions;
        for s in 0..rule.cell.states() {
            if !self.node(rule.first[s]).has_gradient() {
                continue;
            }
            let count = sequences.rows.len() * size / (self.node(rule.first[s]).len as usize).max(1);
            let (_, _, mut by) = self.adjoint_long_sums(rule.first[s], out, count);
            for (row, own) in sequences.rows_of(group).iter().zip(memory.states[s].chunks_exact(size)) {
                add_all(by.part(row.first[s] as usize, size, 1), own);
            }
        }
    }

    /// Adds what a group's rows give to the adjoint of weights: one product over all steps.
    fn by_weights(
        &mut self,
        back: &Back<'_>,
        out: NodeId,
        which: usize,
        factors: Matrix<'_, E>,
        seeds: &[E],
        products: &mut Vec<f64>,
    ) {
        let Back { rule, sequences, group, columns } = *back;
        let id = rule.weights[which];
        if !self.node(id).has_gradient() {
            return;
        }
        let each = factors.rows.min(E::RUN);
        let (_, _, mut by) = self.adjoint_long_sums(id, out, each.saturating_mul(sequences.groups.len()));
        let into = by.part(group.weights[which] as usize, factors.columns * columns, each);
        multiply_add(
            factors.transposed(),
            Matrix { data: seeds, rows: factors.rows, columns, strides: [columns, 1] },
            MatrixMut { data: into, strides: [columns, 1], fresh: false },
            products,
        );
    }

    /// Adds what a group's rows give to the adjoint of what is added to weighed numbers.
    fn by_added(&mut self, back: &Back<'_>, out: NodeId, which: usize, count: usize, seeds: &[E]) {
        let Back { rule, sequences, group, columns } = *back;
        let id = rule.weights[which];
        if !id.is_some() || !self.node(id).has_gradient() {
            return;
        }
        let (_, _, mut by) = self.adjoint_long_sums(id, out, count.saturating_mul(sequences.groups.len()));
        for seeds in seeds.chunks_exact(columns).take(count) {
            add_all(by.part(group.weights[which] as usize, columns, 1), seeds);
        }
    }

    fn by_inputs(
        &mut self,
        back: &Back<'_>,
        out: NodeId,
        memory: &mut RecurrenceMemory<E>,
        products: &mut Vec<f64>,
    ) {
        let Back { rule, sequences, group, columns } = *back;
        if !self.node(rule.inputs).has_gradient() {
            return;
        }
        let Dimensions { inputs: width, steps, .. } = rule.dimensions;
        let count = (group.inputs.1 - group.inputs.0) as usize;
        let by_packed = room(&mut memory.by_packed, sequences.inputs.len() * steps * width);
        let weights = &self.value(rule.weights[0])[group.weights[0] as usize..];
        multiply_add(
            Matrix { data: &memory.of_inputs, rows: count, columns, strides: [columns, 1] },
            Matrix { data: weights, rows: columns, columns: width, strides: [1, columns] },
            MatrixMut { data: by_packed, strides: [width, 1], fresh: true },
            products,
        );
        let (_, _, mut by) = self.adjoint_long_sums(rule.inputs, out, sequences.groups.len());
        let mut at = 0;
        for input in sequences.inputs_of(group) {
            let first = input.from as usize + input.read.0 as usize * width;
            let len = (input.read.1 - input.read.0) as usize * width;
            add_all(by.part(first, len, 1), &by_packed[at..at + len]);
            at += len;
        }
    }
}

/// A group of rows that is taken back.
#[derive(Clone, Copy)]
struct Back<'a> {
    rule: &'a Recurrence,
    sequences: &'a Sequences,
    group: &'a Group,
    columns: usize,
}

fn transpose<E: Element>(matrix: &[E], rows: usize, columns: usize, out: &mut [E]) {
    for (i, row) in matrix.chunks_exact(columns).take(rows).enumerate() {
        for (j, &v) in row.iter().enumerate() {
            out[j * rows + i] = v;
        }
    }
}
