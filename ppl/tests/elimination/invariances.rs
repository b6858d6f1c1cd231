//! What may not change an answer: names of outcomes, the order of data, how plates are cut and nested, subsamples, scales.

use crate::{nothing, unguided};
use ppl::prelude::*;
use ppl::{Model, SitePart};

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// The loss of a model that sums out all of its sites, and its derivative by `shift`.
fn loss(model: impl Model<Element = f64>) -> (f64, f64) {
    let mut svi = Svi::new(unguided(model), nothing(), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    let total: f64 = svi.parts().iter().map(|part: &SitePart| part.loss).sum();
    close(total, step.loss);
    (step.loss, gradient.get("shift").unwrap()[[]])
}

fn assert_same(a: (f64, f64), b: (f64, f64)) {
    close(a.0, b.0);
    close(a.1, b.1);
}

const X: [f64; 6] = [-1.0, 0.5, 4.0, 5.5, 0.1, 2.0];
const WEIGHTS: [f64; 3] = [0.2, 0.5, 0.3];
const MEANS: [f64; 3] = [-1.0, 0.0, 5.0];

#[model]
fn mixture(x: &[f64], weights: &[f64], means: &[f64]) {
    let shift = param!("shift", 0.3);
    let k = sample!("k", Bernoulli::new(0.6), enumerate).to_real();
    plate!("data", x.len(), |i| {
        let z = sample!("z", Categorical::new(weights), enumerate);
        observe!("x", Normal::new(means.at(z) + shift * k, 0.7), x.at(i));
    });
}

#[model]
fn split(left: &[f64], right: &[f64], weights: &[f64], means: &[f64]) {
    let shift = param!("shift", 0.3);
    let k = sample!("k", Bernoulli::new(0.6), enumerate).to_real();
    plate!("left", left.len(), |i| {
        let z = sample!("y", Categorical::new(weights), enumerate);
        observe!("x", Normal::new(means.at(z) + shift * k, 0.7), left.at(i));
    });
    plate!("right", right.len(), |i| {
        let z = sample!("z", Categorical::new(weights), enumerate);
        observe!("w", Normal::new(means.at(z) + shift * k, 0.7), right.at(i));
    });
}

#[test]
fn outcomes_have_no_names_and_data_no_order() {
    let expected = loss(mixture(&X, &WEIGHTS, &MEANS));
    let other = mixture(&X, &[0.5, 0.3, 0.2], &[0.0, 5.0, -1.0]);
    assert_same(loss(other), expected);
    let mut reversed = X;
    reversed.reverse();
    assert_same(loss(mixture(&reversed, &WEIGHTS, &MEANS)), expected);
    for cut in [1, 3, 5] {
        assert_same(loss(split(&X[..cut], &X[cut..], &WEIGHTS, &MEANS)), expected);
    }
}

#[test]
fn a_scale_multiplies_the_loss() {
    let expected = loss(mixture(&X, &WEIGHTS, &MEANS));
    for scale in [2.0, 0.5] {
        let found = loss(mixture(&X, &WEIGHTS, &MEANS).scale(scale));
        assert_same(found, (scale * expected.0, scale * expected.1));
    }
}

mod nests {
    use super::*;

    #[model]
    fn rows_first(n: usize, m: usize) {
        let shift = param!("shift", 0.3);
        let k = sample!("k", Bernoulli::new(0.6), enumerate).to_real();
        plate!("row", n, |i| {
            let row = X.at(0) + shift * k;
            plate!("column", m, |j| {
                let z = sample!("z", Categorical::new(WEIGHTS), enumerate);
                observe!("x", Normal::new(MEANS.at(z) + row, 0.7), table(n, m).at(i).at(j));
            });
        });
    }

    #[model]
    fn columns_first(n: usize, m: usize) {
        let shift = param!("shift", 0.3);
        let k = sample!("k", Bernoulli::new(0.6), enumerate).to_real();
        plate!("column", m, |j| {
            plate!("row", n, |i| {
                let z = sample!("z", Categorical::new(WEIGHTS), enumerate);
                observe!("x", Normal::new(MEANS.at(z) + X.at(0) + shift * k, 0.7), table(n, m).at(i).at(j));
            });
        });
    }

    fn table(n: usize, m: usize) -> ndarray::Array2<f64> {
        ndarray::Array2::from_shape_fn((n, m), |(i, j)| (i * i) as f64 * 0.3 - j as f64)
    }

    #[test]
    fn the_cost_is_linear_in_the_size_of_a_plate() {
        let cost = |n: usize, m: usize| {
            let mut svi = Svi::new(unguided(rows_first(n, m)), nothing(), Elbo::default(), Adam::new(0.1));
            svi.step().unwrap();
            svi.elimination().cost()
        };
        // Three outcomes by two for each element, and two for the switch outside.
        for (n, m) in [(4, 3), (8, 3), (16, 3), (16, 6), (16, 12), (32, 24)] {
            assert_eq!(cost(n, m), (6 * n * m + 2) as f64);
        }
    }

    #[test]
    fn plates_nest_in_either_order() {
        for (n, m) in [(2, 3), (4, 1), (3, 5)] {
            assert_same(loss(rows_first(n, m)), loss(columns_first(n, m)));
        }
    }
}

mod subsamples {
    use super::*;

    #[model]
    fn whole(x: &[f64]) {
        let shift = param!("shift", 0.3);
        plate!("data", x.len(), |i| {
            let z = sample!("z", Categorical::new(WEIGHTS), enumerate);
            observe!("x", Normal::new(MEANS.at(z) + shift, 0.7), x.at(i));
        });
    }

    #[model]
    fn some(x: &[f64], rows: usize) {
        let shift = param!("shift", 0.3);
        plate!("data", x.len(), in_order(rows), |i| {
            let z = sample!("z", Categorical::new(WEIGHTS), enumerate);
            observe!("x", Normal::new(MEANS.at(z) + shift, 0.7), x.at(i));
        });
    }

    #[test]
    fn the_mean_over_all_subsamples_is_the_whole() {
        let expected = loss(whole(&X));
        for rows in [1, 2, 3, 4] {
            let mut svi = Svi::new(unguided(some(&X, rows)), nothing(), Elbo::default(), Adam::new(0.1));
            // After this many steps every row was visited equally often.
            let steps = X.len();
            let mut mean = (0.0, 0.0);
            for _ in 0..steps {
                let (step, gradient) = svi.gradient().unwrap();
                mean.0 += step.loss / steps as f64;
                mean.1 += gradient.get("shift").unwrap()[[]] / steps as f64;
            }
            assert_same(mean, expected);
        }
    }

    /// A global site that is summed out, too, needs the whole plate: the logarithm of a sum is no sum.
    #[model]
    fn outer(x: &[f64]) {
        let shift = param!("shift", 0.3);
        let k = sample!("k", Bernoulli::new(0.6), enumerate).to_real();
        plate!("data", x.len(), in_order(2), |i| {
            observe!("x", Normal::new(k + shift, 0.7), x.at(i));
        });
    }

    #[test]
    fn a_site_outside_of_a_subsample_is_refused() {
        let mut svi = Svi::new(unguided(outer(&X)), nothing(), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(
            error.contains("site `k`: is summed out over a subsample of the plates [data] inside of it"),
            "{error}"
        );
    }
}
