//! The states of a recurrence.

use super::rows::{Group, Sequences, running};
use super::{Dimensions, Recurrence, RecurrenceMemory, room};
use crate::element::Element;
use crate::kernel::gemm::{Matrix, MatrixMut, multiply_add};
use crate::kernel::recurrence::StepOn;
use crate::tape::{Reader, Tape};

/// The elements of a recurrence's result, and what it keeps.
struct Results<'a, E> {
    states: &'a mut [E],
    last: [&'a mut [E]; 2],
    kept: Option<&'a mut [E]>,
}

impl<E: Element> Tape<E> {
    /// Computes the states of a recurrence, which lie from `start` on.
    pub(super) fn run_over(&mut self, rule: &Recurrence, start: usize) {
        let mut memory = std::mem::take(&mut self.recurrence_memory);
        let mut products = std::mem::take(&mut self.products_in_double);
        let mut sequences = std::mem::take(&mut memory.sequences);
        self.find_sequences(rule, &mut sequences);
        sequences.arrange(rule.backwards);
        let [_, last, memories, end] = rule.parts();
        let (old, fresh) = self.split(start);
        let (states, rest) = fresh.split_at_mut(last);
        let (last, rest) = rest.split_at_mut(memories - last);
        let (memories, kept) = rest.split_at_mut(end - memories);
        let kept = rule.kept.map(|_| kept);
        let mut results = Results { states, last: [last, memories], kept };
        let groups = if rule.dimensions.size > 0 { sequences.groups.as_slice() } else { &[] };
        for group in groups {
            weigh_inputs(rule, &old, &sequences, group, &mut memory, &mut products);
            take_steps(rule, &old, &sequences, group, &mut memory, &mut products, &mut results);
        }
        memory.sequences = sequences;
        self.recurrence_memory = memory;
        self.products_in_double = products;
    }
}

/// Copies the inputs of a group that are read, position by position.
pub(super) fn pack_inputs<E: Element>(
    rule: &Recurrence,
    xs: &[E],
    sequences: &Sequences,
    group: &Group,
    packed: &mut Vec<E>,
) {
    let width = rule.dimensions.inputs;
    // As much as there may be in another step, so that the memory stays.
    let packed = room(packed, sequences.inputs.len() * rule.dimensions.steps * width);
    let mut at = 0;
    for input in sequences.inputs_of(group) {
        let (from, to) = (input.read.0 as usize * width, input.read.1 as usize * width);
        let read = &xs[input.from as usize..][from..to];
        packed[at..at + read.len()].copy_from_slice(read);
        at += read.len();
    }
}

/// Computes what the weights make of all inputs of a group.
fn weigh_inputs<E: Element>(
    rule: &Recurrence,
    old: &Reader<'_, E>,
    sequences: &Sequences,
    group: &Group,
    memory: &mut RecurrenceMemory<E>,
    products: &mut Vec<f64>,
) {
    let Dimensions { inputs: width, steps, .. } = rule.dimensions;
    let columns = rule.columns();
    pack_inputs(rule, old.node(rule.inputs), sequences, group, &mut memory.packed);
    let count = (group.inputs.1 - group.inputs.0) as usize;
    let of_inputs = room(&mut memory.of_inputs, sequences.inputs.len() * steps * columns);
    let of_inputs = &mut of_inputs[..count * columns];
    let added = &old.node(rule.weights[2])[group.weights[2] as usize..][..columns];
    of_inputs.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(added));
    let weights = &old.node(rule.weights[0])[group.weights[0] as usize..];
    multiply_add(
        Matrix { data: &memory.packed, rows: count, columns: width, strides: [width, 1] },
        Matrix { data: weights, rows: width, columns, strides: [columns, 1] },
        MatrixMut { data: of_inputs, strides: [columns, 1], fresh: false },
        products,
    );
}

/// Takes the rows of a group from their first states to their last.
fn take_steps<E: Element>(
    rule: &Recurrence,
    old: &Reader<'_, E>,
    sequences: &Sequences,
    group: &Group,
    memory: &mut RecurrenceMemory<E>,
    products: &mut Vec<f64>,
    results: &mut Results<'_, E>,
) {
    let Dimensions { steps, size, .. } = rule.dimensions;
    let (columns, states) = (rule.columns(), rule.cell.states());
    let rows = sequences.rows_of(group);
    let weights = &old.node(rule.weights[1])[group.weights[1] as usize..];
    let added =
        rule.weights[3].is_some().then(|| &old.node(rule.weights[3])[group.weights[3] as usize..][..columns]);
    let RecurrenceMemory { of_inputs, of_states, states: current, inputs_at, kept_at, unkept, .. } = memory;
    let of_states = room(of_states, rows.len() * columns);
    let (inputs_at, kept_at) = (room(inputs_at, rows.len()), room(kept_at, rows.len()));
    let [h, c] = current;
    let mut current = [room(h, rows.len() * size), room(c, (states - 1) * rows.len() * size)];
    for (k, row) in rows.iter().enumerate() {
        for (s, current) in current.iter_mut().enumerate().take(states) {
            let first = &old.node(rule.first[s])[row.first[s] as usize..][..size];
            current[k * size..(k + 1) * size].copy_from_slice(first);
        }
        if rule.backwards {
            // What comes after its end has the first state.
            let held =
                results.states[row.out as usize * steps * size..][..steps * size].chunks_exact_mut(size);
            let first = &current[0][k * size..(k + 1) * size];
            held.skip(row.length as usize).for_each(|state| state.copy_from_slice(first));
        }
    }
    for s in 0.. {
        let count = running(rows, s);
        if count == 0 {
            break;
        }
        let [h, c] = &mut current;
        let of_states = &mut of_states[..count * columns];
        if let Some(added) = added {
            of_states.chunks_exact_mut(columns).for_each(|row| row.copy_from_slice(added));
        }
        multiply_add(
            Matrix { data: h, rows: count, columns: size, strides: [size, 1] },
            Matrix { data: weights, rows: size, columns, strides: [columns, 1] },
            MatrixMut { data: of_states, strides: [columns, 1], fresh: added.is_none() },
            products,
        );
        for (k, row) in rows[..count].iter().enumerate() {
            let input = &sequences.inputs[row.input as usize];
            let position = row.position(s, rule.backwards);
            inputs_at[k] = input.start - group.inputs.0 + position as u32 - input.read.0;
            kept_at[k] = if rule.kept.is_some() { row.out * steps as u32 + position as u32 } else { 0 };
        }
        let kept = match &mut results.kept {
            Some(kept) => &mut **kept,
            None => room(unkept, rule.kept_width()),
        };
        StepOn {
            size,
            of_inputs,
            inputs_at: &inputs_at[..count],
            of_states,
            kept,
            kept_at: &kept_at[..count],
            h,
            c,
        }
        .run(rule.cell);
        for (k, row) in rows[..count].iter().enumerate() {
            let at = row.out as usize * steps + row.position(s, rule.backwards);
            results.states[at * size..(at + 1) * size].copy_from_slice(&h[k * size..(k + 1) * size]);
        }
    }
    for (k, row) in rows.iter().enumerate() {
        for (last, current) in results.last.iter_mut().zip(&current).take(states) {
            last[row.out as usize * size..][..size].copy_from_slice(&current[k * size..(k + 1) * size]);
        }
        if !rule.backwards {
            let held =
                results.states[row.out as usize * steps * size..][..steps * size].chunks_exact_mut(size);
            let last = &current[0][k * size..(k + 1) * size];
            held.skip(row.length as usize).for_each(|state| state.copy_from_slice(last));
        }
    }
}
