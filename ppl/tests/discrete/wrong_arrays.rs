//! Arrays of categories that are wrong: errors that name the site and the element, and leave the parameters as they were.

use super::*;
use ndarray::{Array2, arr2};

#[track_caller]
fn assert_says(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "expected `{word}` in: {error}");
    }
}

/// Takes a good step, then the bad one; returns its words.
macro_rules! bad_step {
    ($program:ident, $guide:ident, $good:expr, $bad:expr) => {{
        let (good, bad) = ($good, $bad);
        let mut svi = Svi::new($program(&good), $guide(&good), Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().unwrap();
        let before = svi.parameters();
        let error = svi.step_on($program(&bad), $guide(&bad)).unwrap_err().to_string();
        assert_eq!(svi.parameters(), before);
        svi.step().unwrap();
        error
    }};
}

#[model]
fn words(z: &Array2<Option<usize>>) {
    let l = param!("l", arr2(&[[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]));
    plate!("row", z.nrows(), |i| observe!("z", Categorical::logits(l), z.at(i)));
}

#[guide(words)]
fn of_words(_z: &Array2<Option<usize>>) {}

#[model]
fn chances(p: &Array2<f64>) {
    let shift = sample!("shift", Normal::new(0.0, 1.0));
    observe!("y", Normal::new(shift, 1.0), 0.5);
    observe!("z", Categorical::new(p), &[0_usize, 2]);
}

#[guide(chances)]
fn of_chances(_p: &Array2<f64>) {
    sample!("shift", Normal::new(param!("m", 0.1), 1.0));
}

#[test]
fn what_is_no_category_is_named_with_its_place() {
    let good = || arr2(&[[Some(0), Some(2)], [Some(1), Some(1)], [Some(2), Some(0)]]);
    let with = |label: Option<usize>| {
        let mut z = good();
        z[[1, 1]] = label;
        z
    };
    let error = bad_step!(words, of_words, good(), with(Some(3)));
    assert_says(&error, &["`z`", "row = 1", "element 1", "[3.0]", "Categorical", "expected one of 0..3"]);
    let error = bad_step!(words, of_words, good(), with(None));
    assert_says(&error, &["`z`", "row = 1", "element 1", "it is missing", "expected one of 0..3"]);
}

#[model]
fn kept_words(z: &Array2<Option<usize>>, kept: &[bool]) {
    let l = param!("l", arr2(&[[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]));
    plate!("row", z.nrows(), mask(kept), |i| observe!("z", Categorical::logits(l), z.at(i), weight(0.5)));
}

#[guide(kept_words)]
fn of_kept_words(_z: &Array2<Option<usize>>, _kept: &[bool]) {}

#[test]
fn a_row_that_is_left_out_may_be_missing() {
    let gradient = |z: &Array2<Option<usize>>, kept: &[bool]| {
        let (model, guide) = (kept_words(z, kept), of_kept_words(z, kept));
        Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).gradient().unwrap()
    };
    let holes = arr2(&[[Some(0), Some(2)], [None, Some(7)], [Some(2), Some(0)]]);
    let whole = arr2(&[[Some(0), Some(2)], [Some(2), Some(0)]]);
    let ((left, by_left), (right, by_right)) =
        (gradient(&holes, &[true, false, true]), gradient(&whole, &[true, true]));
    close(left.loss, right.loss, 1e-14);
    for (left, right) in by_left.get("l").unwrap().iter().zip(by_right.get("l").unwrap()) {
        close(*left, *right, 1e-14);
    }
    // Half of what both rows weigh.
    let log = |l: [f64; 3], k: usize| l[k] - l.iter().map(|l| l.exp()).sum::<f64>().ln();
    let (a, b) = ([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]);
    close(left.loss, -0.5 * (log(a, 0) + log(b, 2) + log(a, 2) + log(b, 0)), 1e-12);
}

#[test]
fn a_row_that_is_no_distribution_is_named() {
    let error = |p: &Array2<f64>| {
        let mut svi = Svi::new(chances(p), of_chances(p), Elbo::default(), Adam::new(0.1));
        svi.step().unwrap_err().to_string()
    };
    let found = error(&arr2(&[[0.2, 0.3, 0.5], [0.1, 0.1, 0.9]]));
    assert_says(
        &found,
        &["`z` at element 1", "probs of Categorical must be probabilities that sum to one", "0.9"],
    );
    assert_says(&error(&arr2(&[[0.2, 0.3, 0.5]; 3])), &["`z`", "values of shape [3], the data have [2]"]);
    let good = arr2(&[[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]);
    assert!(Svi::new(chances(&good), of_chances(&good), Elbo::default(), Adam::new(0.1)).step().is_ok());
}

#[model]
fn pair() {
    sample!("kind", Categorical::logits(Tensor::zeros(&[2, 3])));
}

#[guide(pair)]
fn triple() {
    sample!("kind", Categorical::logits(Tensor::zeros(&[3, 3])));
}

#[model]
fn many() {
    sample!("kind", Categorical::logits(Tensor::zeros(&[8, 3])), enumerate);
}

#[guide(many)]
fn of_many() {}

#[model]
fn known(labels: &[Option<usize>]) {
    plate!("row", labels.len(), |i| {
        sample!("kind", Categorical::logits(Tensor::zeros(&[2, 3])), given(labels.at(i)));
    });
}

#[guide(known)]
fn of_known(labels: &[Option<usize>]) {
    plate!("row", labels.len(), |i| {
        sample!("kind", Categorical::logits(Tensor::zeros(&[2, 3])), given(labels.at(i)));
    });
}

#[model]
fn branches() {
    let kind = sample!("kind", Categorical::logits(Tensor::zeros(&[2, 3])), concrete);
    if kind > 1 {
        factor!("cost", Real::from(1.0));
    }
}

#[guide(branches)]
fn of_branches() {
    sample!("kind", Categorical::logits(Tensor::zeros(&[2, 3])), concrete);
}

#[model]
fn misfit() {
    sample!("counts", Multinomial::logits([4.0, 3.0, 2.0], Tensor::zeros(&[2, 3])));
}

#[guide(misfit)]
fn of_misfit() {
    sample!("counts", Multinomial::logits(4.0, Tensor::zeros(&[3])));
}

#[test]
fn what_an_array_cannot_be_is_said() {
    macro_rules! error {
        ($model:expr, $guide:expr) => {
            Svi::new($model, $guide, Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string()
        };
    }
    assert_says(&error!(pair(), triple()), &["`kind`", "shape [2]", "shape [3]"]);
    assert_says(
        &error!(many(), of_many()),
        &["`kind`: has the shape [8], and 3^8 joint values", "4096", "plate"],
    );
    let labels = [Some(1), None];
    assert_says(&error!(known(&labels), of_known(&labels)), &["`kind`", "[2]", "a label is one number"]);
    assert_says(&error!(branches(), of_branches()), &["`kind`"]);
    assert_says(
        &error!(misfit(), of_misfit()),
        &[
            "`counts`",
            "parameters of Multinomial do not fit",
            "total_count has the shape [3]",
            "logits has [2, 3]",
        ],
    );
}
