//! Recurrent cells over sequences, against a loop over single numbers and against differences.

use super::Case;
use super::harness::{Dense, integers, positions, value};
use crate::kernel::recurrence::CellKind;
use crate::nn::{self, AnyCell, RowEnds};
use crate::program::module::ThisModule;
use crate::program::plate::Index;
use crate::value::{Discrete, Handle, Tensor, Value};
use std::panic::Location;

const STEPS: usize = 4;
const INPUTS: usize = 2;
const SIZE: usize = 3;

/// Where the operands of a cell vary: the plates of the inputs, of the first states, of the weights and of the lengths, and the dimensions before the
/// sequences'.
#[derive(Clone, Copy, Debug)]
struct Layout<'a> {
    inputs: &'a [usize],
    first: &'a [usize],
    weights: &'a [usize],
    lengths: Option<&'a [usize]>,
    leading: [&'a [usize]; 2],
}

const PLAIN: Layout<'static> =
    Layout { inputs: &[], first: &[], weights: &[], lengths: None, leading: [&[], &[]] };

/// Lengths that differ, with all and with none of the steps among them.
const LENGTHS: [usize; 6] = [4, 0, 2, 3, 1, 4];

fn columns(kind: CellKind) -> usize {
    kind.columns() * SIZE
}

/// A case of two plates, of 2 and 3 rows.
fn case(kind: CellKind, layout: Layout<'_>) -> Case {
    let Layout { inputs, first, weights, leading: [of_inputs, of_first], .. } = layout;
    let columns = columns(kind);
    let case = Case::new(&[2, 3])
        .input(inputs, &[of_inputs, &[STEPS, INPUTS]].concat(), -1.5..1.5)
        .input(first, &[of_first, &[SIZE]].concat(), -0.9..0.9)
        .input(&[], &[SIZE], -0.9..0.9)
        .input(weights, &[INPUTS, columns], -1.0..1.0)
        .input(&[], &[SIZE, columns], -1.0..1.0)
        .input(&[], &[columns], -0.5..0.5);
    if kind == CellKind::Gru { case.input(weights, &[columns], -0.5..0.5) } else { case }
}

fn cell(kind: CellKind, backwards: bool, x: &[Value<f64>]) -> AnyCell<f64> {
    let weight = |k: usize| x.get(k).map(|&x| Tensor::from_value(x));
    AnyCell {
        kind,
        weights: [weight(3), weight(4), weight(5), weight(6)],
        inputs: INPUTS,
        size: SIZE,
        backwards,
        this: ThisModule::here::<f64>(),
    }
}

fn ends(layout: Layout<'_>) -> RowEnds {
    match layout.lengths {
        None => nn::every_step(),
        Some([]) => nn::lengths(LENGTHS[2]),
        Some(plates) => nn::lengths(integers(plates, &LENGTHS)),
    }
}

/// Which of the results is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    States,
    Last,
    Memory,
    /// Those of one step alone.
    One,
}

fn run(kind: CellKind, backwards: bool, ends: RowEnds, shown: Shown, x: &[Value<f64>]) -> Value<f64> {
    let cell = cell(kind, backwards, x);
    let [states, last, memory] = nn::run_over(&cell, x[0], [x[1], x[2]], ends, Location::caller());
    match shown {
        Shown::States => states,
        Shown::Last => last,
        Shown::Memory => memory,
        Shown::One => {
            let states: Tensor = Tensor::from_value(states);
            value(states.slice(0, 1..2) * 1.5)
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Returns the states and memories before each step and after the last, in the order of the steps.
fn twin(
    kind: CellKind,
    sequence: &[Vec<f64>],
    first: [&[f64]; 2],
    weights: [&[f64]; 4],
) -> Vec<[Vec<f64>; 2]> {
    let n = columns(kind);
    let [w, v, b, a] = weights;
    let mut all = vec![[first[0].to_vec(), first[1].to_vec()]];
    for x in sequence {
        let [h, c] = all.last().expect("a first state").clone();
        let of_x = |j: usize| b[j] + (0..INPUTS).map(|i| x[i] * w[i * n + j]).sum::<f64>();
        let of_h =
            |j: usize| a.get(j).copied().unwrap_or(0.0) + (0..SIZE).map(|i| h[i] * v[i * n + j]).sum::<f64>();
        let next = (0..SIZE).map(|k| match kind {
            CellKind::Gru => {
                let gate = |g: usize| sigmoid(of_x(g * SIZE + k) + of_h(g * SIZE + k));
                let candidate = (of_x(2 * SIZE + k) + gate(0) * of_h(2 * SIZE + k)).tanh();
                (gate(1) * h[k] + (1.0 - gate(1)) * candidate, 0.0)
            }
            CellKind::Lstm => {
                let sum = |g: usize| of_x(g * SIZE + k) + of_h(g * SIZE + k);
                let memory = sigmoid(sum(1)) * c[k] + sigmoid(sum(0)) * sum(2).tanh();
                (sigmoid(sum(3)) * memory.tanh(), memory)
            }
        });
        let (h, c) = next.unzip();
        all.push([h, c]);
    }
    all
}

/// Returns an element of what the twin says of a row.
fn expected(
    kind: CellKind,
    backwards: bool,
    layout: Layout<'_>,
    shown: Shown,
    x: &[Dense],
    row: &[usize],
    event: &[usize],
) -> f64 {
    let own = if matches!(shown, Shown::States | Shown::One) { 2 } else { 1 };
    let (leading, own) = event.split_at(event.len() - own);
    let of = |dims: &[usize]| leading[leading.len() - dims.len()..].to_vec();
    let [of_inputs, of_first] = layout.leading.map(|dims| {
        let at = of(dims);
        // A dimension of one is repeated.
        at.into_iter().zip(dims).map(|(k, &d)| if d == 1 { 0 } else { k }).collect::<Vec<_>>()
    });
    let length = match layout.lengths {
        None => STEPS,
        Some([]) => LENGTHS[2],
        Some(plates) => LENGTHS[plates.iter().fold(0, |at, &p| at * [2, 3][p] + row[p])],
    };
    let input = |t: usize| -> Vec<f64> {
        (0..INPUTS).map(|i| x[0].at(row, &[&of_inputs[..], &[t, i]].concat())).collect()
    };
    let mut sequence: Vec<Vec<f64>> = (0..length).map(input).collect();
    if backwards {
        sequence.reverse();
    }
    let first: Vec<f64> = (0..SIZE).map(|k| x[1].at(row, &[&of_first[..], &[k]].concat())).collect();
    let added = x.get(6).map_or(&[][..], |a| a.event(row));
    let weights = [x[3].event(row), x[4].event(row), x[5].event(row), added];
    let all = twin(kind, &sequence, [&first, x[2].event(row)], weights);
    let after = |position: usize| match backwards {
        true => length.saturating_sub(position),
        false => (position + 1).min(length),
    };
    match shown {
        Shown::States => all[after(own[0])][0][own[1]],
        Shown::One => 1.5 * all[after(1)][0][own[1]],
        Shown::Last => all[length][0][own[0]],
        Shown::Memory => all[length][1][own[0]],
    }
}

#[track_caller]
fn check(kind: CellKind, layout: Layout<'_>, shown: &[Shown]) {
    for backwards in [false, true] {
        for &shown in shown {
            case(kind, layout).check(
                &format!("{kind:?} {layout:?} {shown:?}, backwards: {backwards}"),
                |x, _| run(kind, backwards, ends(layout), shown, x),
                |x, row, event| expected(kind, backwards, layout, shown, x, row, event),
            );
        }
    }
}

#[test]
fn cells_in_every_plate() {
    for kind in [CellKind::Gru, CellKind::Lstm] {
        for inputs in [&[][..], &[1], &[0, 1]] {
            for first in [&[][..], &[0]] {
                for lengths in [None, Some(&[][..]), Some(&[0, 1][..])] {
                    let layout = Layout { inputs, first, lengths, ..PLAIN };
                    check(kind, layout, &[Shown::States, Shown::Last]);
                }
            }
        }
    }
}

#[test]
fn weights_that_differ_in_a_plate() {
    for kind in [CellKind::Gru, CellKind::Lstm] {
        for weights in [&[0][..], &[1], &[0, 1]] {
            for (inputs, lengths) in [(&[][..], None), (&[1], Some(&[0, 1][..])), (&[0, 1], Some(&[1]))] {
                check(kind, Layout { inputs, weights, lengths, ..PLAIN }, &[Shown::States]);
            }
        }
    }
}

#[test]
fn dimensions_before_the_sequences() {
    for kind in [CellKind::Gru, CellKind::Lstm] {
        for leading in [[&[2][..], &[]], [&[], &[2]], [&[2, 1], &[3]], [&[1, 3], &[2, 1]]] {
            for lengths in [None, Some(&[0, 1][..])] {
                let layout = Layout { inputs: &[0], lengths, leading, ..PLAIN };
                check(kind, layout, &[Shown::States, Shown::Last]);
            }
        }
    }
}

#[test]
fn memories_and_single_states() {
    for lengths in [None, Some(&[0, 1][..])] {
        let layout = Layout { inputs: &[1], first: &[0], lengths, ..PLAIN };
        check(CellKind::Lstm, layout, &[Shown::Memory, Shown::One]);
        check(CellKind::Gru, layout, &[Shown::One]);
    }
}

/// Lengths that stand for the dimensions before the sequences', and more of them than the inputs have.
#[test]
fn lengths_of_a_batch() {
    let lengths = ndarray::array![3_u32, 0, 2];
    for backwards in [false, true] {
        case(CellKind::Gru, Layout { leading: [&[3], &[]], ..PLAIN }).check(
            "a batch",
            |x, _| run(CellKind::Gru, backwards, nn::lengths(Discrete::from(&lengths)), Shown::States, x),
            |x, row, event| {
                let length = lengths[event[0]] as usize;
                let sequence: Vec<Vec<f64>> = (0..length)
                    .map(|t| if backwards { length - 1 - t } else { t })
                    .map(|t| (0..INPUTS).map(|i| x[0].at(row, &[event[0], t, i])).collect())
                    .collect();
                let weights = [x[3].event(row), x[4].event(row), x[5].event(row), x[6].event(row)];
                let all = twin(CellKind::Gru, &sequence, [x[1].event(row), x[2].event(row)], weights);
                let after =
                    if backwards { length.saturating_sub(event[1]) } else { length.min(event[1] + 1) };
                all[after][0][event[2]]
            },
        );
    }
}

/// What is no number behind the ends of rows is in no value and no derivative, whichever states are seeded.
#[test]
fn what_comes_after_the_end_is_not_read() {
    let layout = Layout { inputs: &[0, 1], lengths: Some(&[0, 1]), ..PLAIN };
    for kind in [CellKind::Gru, CellKind::Lstm] {
        for backwards in [false, true] {
            let case = case(kind, layout);
            let mut values: Vec<Vec<f64>> = case.inputs.iter().map(|input| input.values.clone()).collect();
            let op = |x: &[Value<f64>], _: &[Index]| run(kind, backwards, ends(layout), Shown::States, x);
            let sweep = |values: &[Vec<f64>]| {
                let mut recorded = case.record(values, &op);
                assert_eq!(recorded.run.outcome(), Ok(()));
                let found = recorded.run.tape.value(recorded.out).to_vec();
                let seeds: Vec<f64> = (0..found.len()).map(|k| (k as f64).sin()).collect();
                recorded.sweep(&seeds);
                let adjoints = recorded.leaves.iter().map(|&leaf| recorded.run.tape.adjoint(leaf).to_vec());
                (found, adjoints.collect::<Vec<_>>())
            };
            let clean = sweep(&values);
            for (row, length) in positions(&[2, 3]).into_iter().zip(LENGTHS) {
                let first = (row[0] * 3 + row[1]) * STEPS * INPUTS;
                values[0][first + length * INPUTS..first + STEPS * INPUTS].fill(f64::NAN);
            }
            assert_eq!(sweep(&values), clean);
        }
    }
}

/// A row whose states nobody uses from some step on may hold what is no number there.
#[test]
fn what_has_no_seed_has_no_part_in_derivatives() {
    for kind in [CellKind::Gru, CellKind::Lstm] {
        for backwards in [false, true] {
            let layout = Layout { inputs: &[0, 1], ..PLAIN };
            let case = case(kind, layout);
            let mut values: Vec<Vec<f64>> = case.inputs.iter().map(|input| input.values.clone()).collect();
            // The last input that is read of one row, and a whole other row.
            let last = if backwards { 0 } else { STEPS - 1 };
            values[0][last * INPUTS] = f64::NAN;
            values[0][3 * STEPS * INPUTS..4 * STEPS * INPUTS].fill(f64::NAN);
            let op = |x: &[Value<f64>], _: &[Index]| run(kind, backwards, nn::every_step(), Shown::States, x);
            let mut recorded = case.record(&values, &op);
            let found = recorded.run.tape.value(recorded.out).to_vec();
            let seeds: Vec<f64> = found.iter().map(|v| if v.is_nan() { 0.0 } else { 1.0 }).collect();
            assert_eq!(seeds.iter().filter(|&&seed| seed == 0.0).count(), (STEPS + 1) * SIZE);
            recorded.sweep(&seeds);
            for &leaf in &recorded.leaves {
                assert!(recorded.run.tape.adjoint(leaf).iter().all(|v| v.is_finite()));
            }
        }
    }
}

#[test]
fn sequences_without_steps_end_where_they_begin() {
    for (kind, shown) in [(CellKind::Gru, Shown::Last), (CellKind::Lstm, Shown::Memory)] {
        let n = columns(kind);
        let case = Case::new(&[2])
            .input(&[0], &[0, INPUTS], -1.0..1.0)
            .input(&[], &[SIZE], -0.9..0.9)
            .input(&[], &[SIZE], -0.9..0.9)
            .input(&[], &[INPUTS, n], -1.0..1.0)
            .input(&[], &[SIZE, n], -1.0..1.0)
            .input(&[], &[n], -1.0..1.0);
        let which = if shown == Shown::Last { 1 } else { 2 };
        case.check(
            "no steps",
            |x, _| run(kind, false, nn::every_step(), shown, x),
            |x, row, event| x[which].at(row, event),
        );
    }
}
