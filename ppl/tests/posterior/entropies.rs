//! The entropy of what a model sums out, against sums over all assignments.

use super::*;
use ndarray::{Array2, arr2};

/// The entropy of a distribution by its unnormalised probabilities.
fn entropy(weights: impl Iterator<Item = f64> + Clone) -> f64 {
    let total: f64 = weights.clone().sum();
    weights.map(|w| w / total).filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum()
}

/// Sites outside and inside of a plate, of which a mask leaves some out and labels say others; data of one row are seen twice.
#[model]
fn mixture(x: &[f64], keep: &[bool], labels: &[Option<usize>]) {
    let shift = sample!("shift", Normal::new(0.0, 1.0));
    let k = sample!("k", Categorical::new([0.3, 0.5, 0.2]), enumerate);
    plate!("row", x.len(), mask(keep), |i| {
        let z = sample!("z", Bernoulli::new(0.2 + 0.3 * k.to_real()), enumerate, given(labels.at(i)));
        observe!("x", Normal::new(2.0 * z.to_real() + k.to_real() + shift, 1.0), x.at(i));
        // Alike in every row.
        factor!("tie", -0.3 * k.to_real() * z.to_real());
    });
    plate!("alike", 3, |_| {
        sample!("w", Bernoulli::new(0.25), enumerate);
    });
}

#[guide(mixture)]
fn shifts(_x: &[f64], _keep: &[bool], _labels: &[Option<usize>]) {
    sample!("shift", Normal::new(param!("loc", 0.1), 0.6));
}

#[test]
fn it_is_that_of_the_sum_over_all_assignments() {
    let x = [0.3, 2.4, -0.6, 1.5];
    let keep = [true, true, false, true];
    let labels = [None, Some(1), None, None];
    let (model, guide) = (mixture(&x, &keep, &labels), shifts(&x, &keep, &labels));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(2);
    let coin = |p: f64, v: usize| if v == 1 { p } else { 1.0 - p };
    for n in [1, 40] {
        let found = svi.posterior().summed_out_entropy(n).unwrap();
        let shift = svi.posterior().draws(n).unwrap().get("shift").unwrap().clone();
        assert_eq!(found.len(), n);
        for draw in 0..n {
            let weight = |number: usize| -> f64 {
                let k = number % 3;
                let mut joint = [0.3, 0.5, 0.2][k];
                for (position, i) in [0, 1, 3].into_iter().enumerate() {
                    let z = ((number / 3) >> position) & 1;
                    if labels[i].is_some_and(|label| label != z) {
                        return 0.0;
                    }
                    let mean = (2 * z + k) as f64 + shift[[draw]];
                    joint *= coin(0.2 + 0.3 * k as f64, z) * normal(x[i], mean, 1.0).exp();
                    joint *= (-0.3 * (k * z) as f64).exp();
                }
                joint
            };
            let of_coins = 3.0 * entropy([0.25, 0.75].into_iter());
            close(found[draw], entropy((0..24).map(weight)) + of_coins, 1e-10);
        }
    }
}

#[model]
fn hidden(y: &Array2<f64>, lengths: &[usize], keep: &[bool]) {
    plate!("row", lengths.len(), mask(keep), |i| {
        markov!("time", y.dim().1, 0, lengths(lengths.at(i)), |prev, t| {
            let table = param!("table", arr2(&[[0.7, 0.3], [0.4, 0.6]]));
            let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
            observe!("y", Normal::new(z.to_real(), 0.8), y.at(i).at(t));
            z
        });
    });
}

#[guide(hidden)]
fn nothing(_y: &Array2<f64>, _lengths: &[usize], _keep: &[bool]) {}

#[test]
fn chains_have_that_of_their_paths() {
    let y = arr2(&[[0.2, 1.4, 0.5], [0.9, -0.3, 0.0], [0.1, 0.2, 0.3], [0.7, 0.7, 0.7]]);
    let (lengths, keep) = ([3, 2, 0, 3], [true, true, true, false]);
    let mut svi =
        Svi::new(hidden(&y, &lengths, &keep), nothing(&y, &lengths, &keep), Elbo::default(), Adam::new(0.1));
    let table = [[0.7, 0.3], [0.4, 0.6]];
    let of_row = |row: usize| {
        let weight = |path: usize| -> f64 {
            let mut before = 0;
            let step = |t: usize| {
                let z = path >> t & 1;
                table[std::mem::replace(&mut before, z)][z] * normal(y[[row, t]], z as f64, 0.8).exp()
            };
            (0..lengths[row]).map(step).product()
        };
        entropy((0..1 << lengths[row]).map(weight))
    };
    let expected: f64 = (0..4).filter(|&row| keep[row]).map(of_row).sum();
    close(svi.posterior().summed_out_entropy(1).unwrap()[0], expected, 1e-10);
}

#[test]
fn it_is_between_nothing_and_the_logarithm_of_the_assignments() {
    #[model]
    fn coins(p: f64) {
        plate!("coin", 4, |_| {
            sample!("z", Bernoulli::new(p), enumerate);
        });
    }
    #[guide(coins)]
    fn none(_p: f64) {}
    for (p, expected) in [(0.5, 4.0 * 2f64.ln()), (0.0, 0.0), (1.0, 0.0)] {
        let mut svi = Svi::new(coins(p), none(p), Elbo::default(), Adam::new(0.1));
        close(svi.posterior().summed_out_entropy(1).unwrap()[0], expected, 1e-14);
    }
}

#[test]
fn without_sites_to_sum_out_there_is_none() {
    #[model]
    fn plain() {
        sample!("z", Normal::new(0.0, 1.0));
    }
    #[guide(plain)]
    fn of_plain() {
        sample!("z", Normal::new(0.0, 1.0));
    }
    let mut svi = Svi::new(plain(), of_plain(), Elbo::default(), Adam::new(0.1));
    assert_eq!(svi.posterior().summed_out_entropy(3).unwrap().to_vec(), [0.0; 3]);
    assert!(svi.posterior().summed_out_entropy(0).unwrap_err().to_string().contains("at least one draw"));
}
