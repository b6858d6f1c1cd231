//! Recurrent cells over sequences: what `over` gives is what a loop of `step` gives.

use super::layers::scattered;
use super::sharing::assert_differences;
use super::*;
use ndarray::{Array2, Array3, ArrayD, Axis, s};

const STEPS: usize = 5;
const LENGTHS: [usize; 6] = [5, 0, 3, 1, 5, 2];

#[guide]
fn nothing() {}

/// How a model runs its cells.
#[derive(Clone, Copy, Debug)]
struct How {
    by_steps: bool,
    backward: bool,
    /// Whether the first state, or the inputs, depend on a site that is tried at every value.
    first: bool,
    inputs: bool,
}

/// Numbers that differ.
fn numbers(shape: (usize, usize, usize), seed: f64) -> Array3<f64> {
    Array3::from_shape_fn(shape, |(i, j, k)| (seed + 1.7 * i as f64 + 0.9 * j as f64 + 2.3 * k as f64).sin())
}

/// Which rows have each step.
fn runs() -> Vec<Vec<u8>> {
    (0..STEPS).map(|t| LENGTHS.iter().map(|&n| u8::from(t < n)).collect()).collect()
}

/// Inputs, which are `behind` after the end of each row.
fn inputs(behind: f64) -> Array3<f64> {
    let mut x = numbers((LENGTHS.len(), STEPS, 2), 0.3);
    for (mut row, &length) in x.axis_iter_mut(Axis(0)).zip(&LENGTHS) {
        row.slice_mut(s![length.., ..]).fill(behind);
    }
    x
}

/// Returns the states of a cell step by step; those of rows that have ended are held.
fn by_steps<S: Copy>(
    first: S,
    runs: &[Discrete],
    backward: bool,
    step: impl Fn(usize, S) -> S,
    hold: impl Fn(Discrete, S, S) -> S,
) -> (Vec<S>, S) {
    let (mut state, mut states) = (first, vec![first; runs.len()]);
    for s in 0..runs.len() {
        let t = if backward { runs.len() - 1 - s } else { s };
        state = hold(runs[t], step(t, state), state);
        states[t] = state;
    }
    (states, state)
}

/// Returns the states of both cells over a row, and their last states and memory.
fn run(
    how: How,
    (gru, lstm): (nn::Gru, nn::Lstm),
    xs: Tensor,
    first: Tensor,
    length: Discrete,
    runs: &[Discrete],
) -> (Tensor, Tensor) {
    let memory = first * 0.7;
    if how.by_steps {
        let step = |t: usize, h: Tensor| gru.step(xs.at(t), h);
        let (states, last) =
            by_steps(first, runs, how.backward, step, |runs, new, old| new.where_data(runs, old));
        let step = |t: usize, state: (Tensor, Tensor)| lstm.step(xs.at(t), state);
        let hold = |runs, new: (Tensor, Tensor), old: (Tensor, Tensor)| {
            (new.0.where_data(runs, old.0), new.1.where_data(runs, old.1))
        };
        let (others, other) = by_steps((first, memory), runs, how.backward, step, hold);
        let others: Vec<Tensor> = others.into_iter().map(|state| state.0).collect();
        return (Tensor::stack(&states) - Tensor::stack(&others), last * 0.3 + other.0 + other.1 * 0.9);
    }
    let (gru, lstm) = if how.backward { (gru.backward(), lstm.backward()) } else { (gru, lstm) };
    let states = gru.over(xs, first, nn::lengths(length));
    let others = lstm.over(xs, (first, memory), nn::lengths(length));
    let (h, c) = others.last();
    (states.states() - others.states(), states.last() * 0.3 + h + c * 0.9)
}

#[model]
fn sequences(x: &Array3<f64>, y: &Array3<f64>, runs: &[Vec<u8>], keep: &[bool], batch: usize, how: How) {
    let cells = (module!("gru", nn::gru(2, 3)), module!("lstm", nn::lstm(2, 3)));
    let starts = param!("starts", init::normal([2, 3], 0.5));
    let shifts = param!("shifts", init::normal([2, 2], 0.5));
    plate!("row", LENGTHS.len(), subsample(batch), mask(keep), |i| {
        let z = sample!("z", Normal::new(Tensor::zeros(&[3]), 1.0));
        let k = sample!("k", Categorical::new([0.3, 0.7]), enumerate);
        let xs = if how.inputs { x.at(i) + shifts.at(k) } else { x.at(i) };
        let first = if how.first { z + starts.at(k) } else { z };
        let runs: Vec<Discrete> = runs.iter().map(|runs| runs.at(i)).collect();
        let (states, last) = run(how, cells, xs, first, LENGTHS.at(i), &runs);
        observe!("y", Normal::new(states + starts.at(k), 0.5), y.at(i));
        observe!("last", Normal::new(last, 1.5), &[0.2, -0.4, 0.1]);
    });
}

#[guide(sequences)]
fn proposal(keep: &[bool], batch: usize) {
    plate!("row", LENGTHS.len(), subsample(batch), mask(keep), |i| {
        let loc = param!("loc", init::normal([3], 0.5));
        sample!("z", Normal::new(loc, 0.4));
        let _ = i;
    });
}

/// In a plate and in parts of it, with particles, under a mask, and with every value of a site that the first state or the inputs depend on.
#[test]
fn cells_over_sequences_are_cells_step_by_step() {
    let y = numbers((LENGTHS.len(), STEPS, 3), 1.1);
    let runs = runs();
    let some = [true, true, false, true, false, true];
    for (keep, batch, particles) in [([true; 6], 6, 1), ([true; 6], 4, 3), (some, 6, 1), (some, 5, 2)] {
        for (first, inputs_too) in [(false, false), (true, false), (false, true), (true, true)] {
            for backward in [false, true] {
                let gradient = |by_steps: bool| {
                    let how = How { by_steps, backward, first, inputs: inputs_too };
                    // The loop computes with what comes after the end.
                    let mut x = inputs(if by_steps { 0.0 } else { f64::NAN });
                    if !by_steps {
                        // What the mask leaves out is no number either.
                        let left_out = keep.iter().enumerate().filter(|(_, keep)| !**keep);
                        left_out.for_each(|(row, _)| x.index_axis_mut(Axis(0), row).fill(f64::NAN));
                    }
                    let (model, guide) =
                        (sequences(&x, &y, &runs, &keep, batch, how), proposal(&keep, batch));
                    let objective = Elbo::default().particles(particles);
                    let mut svi = Svi::new(model, guide, objective, Sgd::new(1e-300)).seed(4);
                    svi.step().unwrap();
                    for (name, value) in scattered(&svi.parameters(), 0.6) {
                        svi.set_parameter(&name, value).unwrap();
                    }
                    svi.gradient().unwrap()
                };
                let ((step, by_cells), (other, by_loop)) = (gradient(false), gradient(true));
                let what = format!("{keep:?} {batch} {particles} {first} {inputs_too} {backward}");
                assert!(
                    (step.loss - other.loss).abs() <= 1e-12 * other.loss.abs(),
                    "{what}: {step:?} {other:?}"
                );
                for (name, expected) in by_loop.iter() {
                    let found = by_cells.get(name).unwrap();
                    let unit = expected.iter().map(|v| v.abs()).fold(1e-3, f64::max);
                    let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-11 * unit);
                    assert!(close, "{what}: {name}: {found}, {expected}");
                }
            }
        }
    }
}

#[model]
fn batch(x: &Array3<f64>, y: &[f64], lengths: &[usize], backward: bool) {
    let cells = (module!("gru", nn::gru(2, 3)), module!("lstm", nn::lstm(2, 3)));
    let first = param!("first", init::normal([3], 0.5));
    plate!("row", lengths.len(), |i| {
        let how = How { by_steps: false, backward, first: false, inputs: false };
        let (states, last) = run(how, cells, x.at(i), first, lengths.at(i), &[]);
        observe!("y", Normal::new(states.sum() + last.sum(), 0.5), y.at(i));
    });
}

/// A batch of rows that end early has the loss and the gradient of its rows one by one, each as long as it is.
#[test]
fn rows_that_end_early_are_what_they_are_alone() {
    #[model]
    fn alone(x: &Array2<f64>, y: f64, held: usize, backward: bool) {
        let (gru, lstm) = (module!("gru", nn::gru(2, 3)), module!("lstm", nn::lstm(2, 3)));
        let first = param!("first", init::normal([3], 0.5));
        let (gru, lstm) = if backward { (gru.backward(), lstm.backward()) } else { (gru, lstm) };
        let states = gru.over(x, first, nn::every_step());
        let others = lstm.over(x, (first, first * 0.7), nn::every_step());
        let (h, c) = others.last();
        let last = states.last() * 0.3 + h + c * 0.9;
        // After the end the state is the last one, or the first of a cell that has not begun yet.
        let behind = if backward { first - first } else { states.last() - h };
        let all = (states.states() - others.states()).sum() + behind.sum() * held as f64;
        observe!("y", Normal::new(all + last.sum(), 0.5), y);
    }
    let (x, y) = (inputs(f64::NAN), [0.3, -0.2, 1.4, 0.8, -0.5, 0.1]);
    for backward in [false, true] {
        let mut together =
            Svi::new(batch(&x, &y, &LENGTHS, backward), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(4);
        together.step().unwrap();
        let values = scattered(&together.parameters(), 0.6);
        for (name, value) in &values {
            together.set_parameter(name, value.clone()).unwrap();
        }
        let (step, gradient) = together.gradient().unwrap();
        let mut loss = 0.0;
        let mut sums: Vec<ArrayD<f64>> = values.iter().map(|(_, v)| ArrayD::zeros(v.shape())).collect();
        for (row, &length) in LENGTHS.iter().enumerate() {
            let own = x.slice(s![row, ..length, ..]).to_owned();
            let model = alone(&own, y[row], STEPS - length, backward);
            let mut svi = Svi::new(model, nothing(), Elbo::default(), Sgd::new(1e-300)).seed(4);
            svi.step().unwrap();
            for (name, value) in &values {
                svi.set_parameter(name, value.clone()).unwrap();
            }
            let (step, gradient) = svi.gradient().unwrap();
            loss += step.loss;
            for ((name, _), sum) in values.iter().zip(&mut sums) {
                *sum += gradient.get(name).unwrap();
            }
        }
        assert!((loss - step.loss).abs() <= 1e-12 * loss.abs(), "{loss}, {step:?}");
        for ((name, _), sum) in values.iter().zip(&sums) {
            let found = gradient.get(name).unwrap();
            let close = found.iter().zip(sum).all(|(a, b)| (a - b).abs() <= 1e-11 * b.abs().max(1e-2));
            assert!(close, "{name}: {found}, {sum}");
        }
    }
}

#[test]
fn derivatives_over_sequences_are_those_of_differences() {
    let (x, y) = (inputs(f64::NAN), [0.3, -0.2, 1.4, 0.8, -0.5, 0.1]);
    for backward in [false, true] {
        let new = || {
            Svi::new(batch(&x, &y, &LENGTHS, backward), nothing(), Elbo::default(), Adam::new(0.01)).seed(2)
        };
        let mut svi = new();
        svi.step().unwrap();
        let names = names!(svi);
        assert_eq!(names, ["gru/w", "gru/v", "gru/b", "gru/a", "lstm/w", "lstm/v", "lstm/b", "first"]);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for scale in [0.05, 0.6, 2.5] {
            assert_differences(new, &scattered(&svi.parameters(), scale), &names);
        }
    }
}

/// What a memory keeps at first, it keeps: the forget gate begins open.
#[test]
fn the_forget_gate_begins_open() {
    #[model]
    fn cell() {
        let cell = module!("cell", nn::lstm(2, 3));
        penalty!("p", cell.step([0.1, 0.2], cell.zeros()).0.sum());
    }
    let mut svi = Svi::new(cell(), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(2);
    svi.step().unwrap();
    let b = svi.parameters().get("cell/b").unwrap().clone();
    let expected = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    // A step has moved it by less than any number that counts.
    assert!(b.iter().zip(expected).all(|(b, expected)| (b - expected).abs() < 1e-200), "{b}");
}

#[test]
fn cells_from_both_ends_stand_beside_each_other() {
    #[model]
    fn both(x: &Array2<f64>, apart: bool) {
        let cells = module!("both", nn::bidirectional(nn::gru(2, 3), nn::lstm(2, 1)));
        let ends = nn::lengths(3);
        let (states, last) = if apart {
            let one = cells.forward.over(x, cells.forward.zeros(), ends);
            let other = cells.backward.over(x, cells.backward.zeros(), ends);
            let states = Tensor::concat(&[one.states(), other.states()], 1);
            (states, Tensor::concat(&[one.last(), other.last().0], 0))
        } else {
            let states = cells.over(x, cells.zeros(), ends);
            (states.states(), states.last())
        };
        deterministic!("states", states);
        observe!("y", Normal::new(states.sum() + (last * last).sum(), 0.5), 0.3);
    }
    let x = numbers((1, STEPS, 2), 0.4).index_axis_move(Axis(0), 0);
    let run = |apart| {
        let mut svi = Svi::new(both(&x, apart), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(2);
        let (step, gradient) = svi.gradient().unwrap();
        (step.loss, gradient)
    };
    assert_eq!(run(true), run(false));
}
