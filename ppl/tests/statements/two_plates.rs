//! The semi-supervised classifier "M2" of Kingma and others (2014), with its labels in one plate and in two.

use ndarray::{Array2, Axis};
use ppl::prelude::*;

const POINTS: usize = 200;
const LABELLED: usize = 4;

#[model]
fn clusters(x: &Array2<f64>, labels: &[Option<bool>]) {
    let means = param!("means", ndarray::array![[-0.5, 0.0], [0.5, 0.0]]);
    plate!("row", labels.len(), |i| {
        let class = sample!("class", Bernoulli::new(0.5), given(labels.at(i)));
        observe!("x", Normal::new(means.at(class), 1.0), x.at(i));
    });
}

#[guide(clusters)]
fn classifier(x: &Array2<f64>, labels: &[Option<bool>]) {
    let (slopes, shift) = (param!("slopes", [0.1, 0.0]), param!("shift", 0.0));
    let has_label: Vec<bool> = labels.iter().map(Option::is_some).collect();
    let is_second: Vec<f64> = labels.iter().map(|label| f64::from(*label == Some(true))).collect();
    plate!("row", labels.len(), |i| {
        let logit = slopes.dot(x.at(i)) + shift;
        sample!("class", Bernoulli::logits(logit), enumerate, given(labels.at(i)));
        penalty!("of_labels", 0.1 * (logit.softplus() - logit * is_second.at(i)), mask(has_label.at(i)));
    });
}

/// As it is written without `given`: the labels are observations of a plate of their own.
#[model]
fn apart(known: &Array2<f64>, labels: &[bool], x: &Array2<f64>) {
    let means = param!("means", ndarray::array![[-0.5, 0.0], [0.5, 0.0]]);
    plate!("known", labels.len(), |i| {
        observe!("label", Bernoulli::new(0.5), labels.at(i));
        observe!("x_known", Normal::new(means.at(labels.at(i)), 1.0), known.at(i));
    });
    plate!("row", x.nrows(), |i| {
        let class = sample!("class", Bernoulli::new(0.5));
        observe!("x", Normal::new(means.at(class), 1.0), x.at(i));
    });
}

#[guide(apart)]
fn classifier_apart(known: &Array2<f64>, labels: &[bool], x: &Array2<f64>) {
    let (slopes, shift) = (param!("slopes", [0.1, 0.0]), param!("shift", 0.0));
    let is_second: Vec<f64> = labels.iter().map(|&label| f64::from(label)).collect();
    plate!("known", labels.len(), |i| {
        let logit = slopes.dot(known.at(i)) + shift;
        penalty!("of_labels", 0.1 * (logit.softplus() - logit * is_second.at(i)));
    });
    plate!("row", x.nrows(), |i| {
        sample!("class", Bernoulli::logits(slopes.dot(x.at(i)) + shift), enumerate);
    });
}

/// Points around (-1, 1) and (2, -1).
fn points() -> Array2<f64> {
    let wave = |k: usize, by: f64| (k as f64 * by).sin() * 2.4;
    Array2::from_shape_fn((POINTS, 2), |(k, d)| match (k % 2, d) {
        (0, 0) => -1.0 + wave(k, 1.7),
        (0, _) => 1.0 + wave(k, 2.9),
        (_, 0) => 2.0 + wave(k, 1.3),
        (_, _) => -1.0 + wave(k, 0.7),
    })
}

/// The share of the points without a label that the classifier puts where they were made.
fn accuracy(x: &Array2<f64>, parameters: &ppl::Parameters) -> f64 {
    let (slopes, shift) = (parameters.get("slopes").unwrap(), parameters.get("shift").unwrap()[[]]);
    let is_second = |k: usize| slopes[[0]] * x[[k, 0]] + slopes[[1]] * x[[k, 1]] + shift > 0.0;
    let right = (LABELLED..POINTS).filter(|&k| is_second(k) == (k % 2 == 1)).count();
    right as f64 / (POINTS - LABELLED) as f64
}

#[test]
fn one_plate_fits_as_two_do() {
    let x = points();
    let (known, rest) = x.view().split_at(Axis(0), LABELLED);
    let (known, rest) = (known.to_owned(), rest.to_owned());
    let labels: Vec<Option<bool>> = (0..POINTS).map(|k| (k < LABELLED).then_some(k % 2 == 1)).collect();
    let plain: Vec<bool> = labels.iter().copied().flatten().collect();
    let (model, guide) = (clusters(&x, &labels), classifier(&x, &labels));
    let mut one = Svi::new(model, guide, Elbo::default(), Adam::new(0.05));
    let (model, guide) = (apart(&known, &plain, &rest), classifier_apart(&known, &plain, &rest));
    let mut two = Svi::new(model, guide, Elbo::default(), Adam::new(0.05));
    for k in 0..800 {
        let (a, b) = (one.step().unwrap(), two.step().unwrap());
        assert!((a.loss - b.loss).abs() < 1e-8 * b.loss.abs(), "step {k}: {} and {}", a.loss, b.loss);
        assert!((a.elbo - b.elbo).abs() < 1e-8 * b.elbo.abs(), "step {k}: {} and {}", a.elbo, b.elbo);
    }
    let (one, two) = (accuracy(&x, &one.parameters()), accuracy(&x, &two.parameters()));
    println!("accuracy in one plate {one:.4}, in two {two:.4}");
    assert!(one == two && one > 0.8, "{one} and {two}");
}
