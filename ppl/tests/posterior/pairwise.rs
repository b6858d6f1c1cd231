//! Pairwise marginals of chains, against sums over all paths.

use super::*;
use ndarray::{Array2, ArrayD, Axis, arr2, arr3};

fn assert_close(found: &ArrayD<f64>, expected: &ArrayD<f64>) {
    assert_eq!(found.shape(), expected.shape());
    for (&found, &expected) in found.iter().zip(expected) {
        if expected.is_nan() {
            assert!(found.is_nan(), "{found}");
        } else {
            close(found, expected, 1e-10);
        }
    }
}

/// Every sequence of `steps` outcomes.
fn paths(steps: usize, outcomes: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..outcomes.pow(steps as u32)).map(move |mut number| {
        let mut digit = || {
            let last = number % outcomes;
            number /= outcomes;
            last
        };
        (0..steps).map(|_| digit()).collect()
    })
}

const TABLE: [[f64; 3]; 3] = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5]];
const LENGTHS: [usize; 3] = [4, 0, 2];

/// Rows of different lengths, which begin at a state that is summed out too.
#[model]
fn hidden(y: &Array2<f64>, lengths: &[usize]) {
    let table = param!("table", arr2(&TABLE));
    let shift = sample!("shift", Normal::new(0.0, 1.0));
    plate!("row", lengths.len(), |i| {
        let first = sample!("first", Categorical::new([0.2, 0.5, 0.3]), enumerate);
        markov!("time", y.dim().1, first, lengths(lengths.at(i)), |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
            // A site within the step, that the state does not have.
            let noisy = sample!("noisy", Bernoulli::new(0.25), enumerate);
            observe!("y", Normal::new(z.to_real() + shift, 1.0 + 2.0 * noisy.to_real()), y.at(i).at(t));
            z
        });
    });
}

#[guide(hidden)]
fn shifts(_y: &Array2<f64>, _lengths: &[usize]) {
    sample!("shift", Normal::new(param!("loc", 0.2), 0.3));
}

fn data() -> Array2<f64> {
    arr2(&[[0.1, 2.2, 1.4, -0.3], [0.0, 0.0, 0.0, 0.0], [1.9, 0.4, 0.0, 0.0]])
}

/// The pairs of a row with this shift, by the sum over all paths.
fn of_row(y: &Array2<f64>, row: usize, shift: f64) -> ArrayD<f64> {
    let length = LENGTHS[row];
    let mut pairs = ArrayD::from_elem(vec![4, 3, 3], f64::NAN);
    pairs.slice_axis_mut(Axis(0), (0..length).into()).fill(0.0);
    let mut evidence = 0.0;
    for path in paths(length + 1, 3) {
        let mut joint = [0.2, 0.5, 0.3][path[0]];
        for t in 0..length {
            let mean = path[t + 1] as f64 + shift;
            let likelihood =
                0.75 * normal(y[[row, t]], mean, 1.0).exp() + 0.25 * normal(y[[row, t]], mean, 3.0).exp();
            joint *= TABLE[path[t]][path[t + 1]] * likelihood;
        }
        evidence += joint;
        (0..length).for_each(|t| pairs[[t, path[t], path[t + 1]]] += joint);
    }
    pairs / evidence
}

#[test]
fn they_are_those_of_the_sum_over_all_paths() {
    let y = data();
    let (model, guide) = (hidden(&y, &LENGTHS), shifts(&y, &LENGTHS));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(2);
    for n in [1, 40] {
        let shift = svi.posterior().draws(n).unwrap().get("shift").unwrap().clone();
        let found = svi.posterior().pairwise_marginals(n).unwrap();
        assert_eq!(found.names().collect::<Vec<_>>(), ["z"]);
        let marginals = svi.posterior().marginals(n).unwrap();
        for (row, length) in LENGTHS.into_iter().enumerate() {
            let found = found.get("z").unwrap().index_axis(Axis(0), row).to_owned();
            let mut expected = of_row(&y, row, shift[[0]]);
            for k in 1..n {
                expected += &of_row(&y, row, shift[[k]]);
            }
            assert_close(&found, &(expected / n as f64));
            // Summed over one state they are the marginals of the other.
            let own = marginals.get("z").unwrap().index_axis(Axis(0), row).to_owned();
            assert_close(&found.sum_axis(Axis(1)), &own);
            if length > 0 {
                let first = marginals.get("first").unwrap().index_axis(Axis(0), row).to_owned();
                assert_close(&found.index_axis(Axis(0), 0).sum_axis(Axis(1)), &first);
            }
        }
    }
}

#[test]
fn they_are_the_gradient_by_the_transitions() {
    // Expected transitions over the probabilities are the derivatives of the evidence by these, whatever computes them.
    let y = data();
    let (model, guide) = (hidden(&y, &LENGTHS), shifts(&y, &LENGTHS));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(2);
    let found = svi.posterior().pairwise_marginals(1).unwrap().get("z").unwrap().clone();
    let transitions = found.mapv(|p| if p.is_nan() { 0.0 } else { p }).sum_axis(Axis(0)).sum_axis(Axis(0));
    let count: f64 = transitions.sum();
    close(count, LENGTHS.iter().sum::<usize>() as f64, 1e-12);
}

/// A planted error is seen: pairs of other data.
#[test]
#[should_panic(expected = "expected")]
fn pairs_of_other_data_differ() {
    let mut y = data();
    let expected = of_row(&y, 0, 0.2);
    y[[0, 1]] += 1e-6;
    assert_close(&of_row(&y, 0, 0.2), &expected);
}

/// Two chains side by side, of which one remembers two states, in steps of a plate's elements that a mask leaves out.
#[model]
fn side_by_side(y: &[f64], keep: &[bool]) {
    let second: Tensor = Tensor::from(&arr3(&[[[0.7, 0.3], [0.4, 0.6]], [[0.2, 0.8], [0.5, 0.5]]]));
    let own = arr2(&[[0.8, 0.2], [0.35, 0.65]]);
    markov!("time", y.len(), (0, 1, 1), |(a, a_before, b), t| {
        let next = sample!("a", Categorical::new(second.at(a).at(a_before)), enumerate);
        let b = sample!("b", Categorical::new(own.at(b)), enumerate);
        observe!("y", Normal::new(next.to_real() - 2.0 * b.to_real(), 1.0), y.at(t), mask(keep.at(t)));
        (next, a, b)
    });
}

#[guide(side_by_side)]
fn nothing(_y: &[f64], _keep: &[bool]) {}

#[test]
fn components_have_pairs_of_their_own() {
    let (y, keep) = ([0.4, -1.7, 0.2, -0.9], [true, true, false, true]);
    let second = [[[0.7, 0.3], [0.4, 0.6]], [[0.2, 0.8], [0.5, 0.5]]];
    let own = [[0.8, 0.2], [0.35, 0.65]];
    let mut expected = [ArrayD::zeros(vec![4, 2, 2]), ArrayD::zeros(vec![4, 2, 2])];
    let mut evidence = 0.0;
    for both in paths(8, 2) {
        let (a, b) = both.split_at(4);
        // The states before the first step are constants.
        let of_a = |t: usize| if t == 0 { 0 } else { a[t - 1] };
        let of_b = |t: usize| if t == 0 { 1 } else { b[t - 1] };
        let two_before = |t: usize| if t < 2 { [1, 0][t] } else { a[t - 2] };
        let step = |t: usize| -> f64 {
            let prior = second[of_a(t)][two_before(t)][a[t]] * own[of_b(t)][b[t]];
            let likelihood = normal(y[t], a[t] as f64 - 2.0 * b[t] as f64, 1.0).exp();
            prior * if keep[t] { likelihood } else { 1.0 }
        };
        let joint: f64 = (0..4).map(step).product();
        evidence += joint;
        for t in 0..4 {
            expected[0][[t, of_a(t), a[t]]] += joint;
            expected[1][[t, of_b(t), b[t]]] += joint;
        }
    }
    let mut svi = Svi::new(side_by_side(&y, &keep), nothing(&y, &keep), Elbo::default(), Adam::new(0.1));
    let found = svi.posterior().pairwise_marginals(1).unwrap();
    assert_eq!(found.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_close(found.get("a").unwrap(), &(&expected[0] / evidence));
    assert_close(found.get("b").unwrap(), &(&expected[1] / evidence));
}

#[test]
fn a_model_without_chains_has_none() {
    #[model]
    fn coin() {
        sample!("k", Bernoulli::new(0.3), enumerate);
    }
    #[guide(coin)]
    fn none() {}
    let mut svi = Svi::new(coin(), none(), Elbo::default(), Adam::new(0.1));
    assert_eq!(svi.posterior().pairwise_marginals(1).unwrap().names().count(), 0);
    let error = svi.posterior().pairwise_marginals(0).unwrap_err().to_string();
    assert!(error.contains("at least one draw"), "{error}");
}

/// A chain whose sites stand in a program that it calls runs step by step.
#[model]
fn one_step(before: Discrete, y: f64) -> Discrete {
    let table = arr2(&TABLE);
    let z = sample!("z", Categorical::new(table.at(before)), enumerate);
    observe!("y", Normal::new(z.to_real(), 1.0), y);
    z
}

#[model]
fn called(y: &[f64], length: usize) {
    markov!("time", y.len(), 1, lengths(length), |prev, _t| call!("step", one_step(prev, y[0])));
}

#[guide(called)]
fn of_called(_y: &[f64], _length: usize) {}

#[test]
fn a_chain_that_runs_step_by_step_has_the_pairs_of_its_steps() {
    let y = [0.9, 0.9, 0.9];
    let mut svi = Svi::new(called(&y, 3), of_called(&y, 3), Elbo::default(), Adam::new(0.1));
    let mut expected = ArrayD::zeros(vec![2, 3, 3]);
    let mut evidence = 0.0;
    for path in paths(3, 3) {
        let mut before = 1;
        let mut step =
            |z: usize| TABLE[std::mem::replace(&mut before, z)][z] * normal(0.9, z as f64, 1.0).exp();
        let joint: f64 = path.iter().map(|&z| step(z)).product();
        evidence += joint;
        (0..2).for_each(|t| expected[[t, path[t], path[t + 1]]] += joint);
    }
    let found = svi.posterior().pairwise_marginals(1).unwrap();
    assert_eq!(found.names().collect::<Vec<_>>(), ["step/z"]);
    assert_close(found.get("step/z").unwrap(), &(expected / evidence));
}
