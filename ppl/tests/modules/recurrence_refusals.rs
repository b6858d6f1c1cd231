//! What a session says to sequences that do not fit a cell, and that it is then as it was.

use super::*;
use ndarray::{Array2, Array3};

#[guide]
fn nothing() {}

#[model]
fn encoded(x: &Array3<f64>, lengths: &[i64], inputs: usize, keep: &[bool]) {
    let cell = module!("cell", nn::gru(inputs, 2));
    plate!("text", lengths.len(), mask(keep), |i| {
        let last = cell.over(x.at(i), cell.zeros(), nn::lengths(lengths.at(i))).last();
        observe!("y", Normal::new(last, 1.0), &[0.3, 0.2]);
    });
}

fn x() -> Array3<f64> {
    Array3::from_shape_fn((3, 5, 2), |(i, j, k)| ((i * 7 + j * 3 + k) as f64).sin())
}

/// Returns what the session of a model says, whose last step was not taken.
macro_rules! refused {
    ($model:expr) => {{
        let mut svi = Svi::new($model, nothing(), Elbo::default(), Adam::new(0.1)).seed(1);
        let error = svi.step().unwrap_err();
        assert!(matches!(error, ppl::Error::Module { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains("recurrence_refusals.rs:"), "{error}");
        error
    }};
}

#[test]
fn lengths_are_whole_numbers_of_steps() {
    let (x, all) = (x(), [true; 3]);
    for (length, shown) in [(6, "6"), (-1, "-1"), (1 << 40, "1099511627776")] {
        let lengths = [5, length, 2];
        let error = refused!(encoded(&x, &lengths, 2, &all));
        let words = format!(
            "module `cell`: the length at text = 1 is {shown}; expected a whole number up to 5, which is the number of steps"
        );
        assert!(error.ends_with(&words), "{error}");
        // Unless a mask leaves the row out.
        let model = encoded(&x, &lengths, 2, &[true, false, true]);
        Svi::new(model, nothing(), Elbo::default(), Adam::new(0.1)).step().unwrap();
    }
    #[model]
    fn of_a_batch(x: &Array3<f64>, n: &[u32]) {
        let cell = module!("cell", nn::lstm(2, 2));
        let states = cell.over(x, cell.zeros(), nn::lengths(Discrete::from(&ndarray::ArrayView1::from(n))));
        penalty!("p", states.states().sum());
    }
    let error = refused!(of_a_batch(&x, &[5, 0, 9]));
    assert!(error.contains("module `cell`: the length at element 2 is 9; expected"), "{error}");
    let error = refused!(of_a_batch(&x, &[5, 0]));
    assert!(
        error.ends_with(
            "module `cell`: the dimensions before those of single rows do not fit: inputs [.., steps, inputs] of the shape \
             [3, 5, 2], a first state [.., size] of the shape [2], a first memory [.., size] of the shape [2], lengths [..] of the shape [2]"
        ),
        "{error}"
    );
}

/// A session whose data are wrong in one step goes on when they are right again.
#[test]
fn nothing_moves_in_a_step_that_is_refused() {
    let (x, all) = (x(), [true; 3]);
    let mut svi =
        Svi::new(encoded(&x, &[5, 3, 2], 2, &all), nothing(), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    let before = svi.parameters();
    svi.step_on(encoded(&x, &[5, 6, 2], 2, &all), nothing()).unwrap_err();
    assert_eq!(svi.parameters(), before);
    svi.step_on(encoded(&x, &[5, 4, 2], 2, &all), nothing()).unwrap();
    assert_ne!(svi.parameters(), before);
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let (x, all) = (x(), [true; 3]);
    let error = refused!(encoded(&x, &[5, 3, 2], 4, &all));
    let words =
        "module `cell`: expected inputs of the shape [.., steps, inputs = 4], got [5, 2] in plates [text]";
    assert!(error.ends_with(words), "{error}");

    #[model]
    fn of_state(x: &Array3<f64>, first: &Array2<f64>) {
        let cell = module!("cell", nn::lstm(2, 3));
        let states = cell.over(x, ([0.0, 0.0, 0.0], first), nn::every_step());
        penalty!("p", states.last().1.sum());
    }
    let (short, few) = (Array2::zeros((3, 2)), Array2::zeros((2, 3)));
    let error = refused!(of_state(&x, &short));
    let words = "module `cell`: expected a first memory of the shape [.., size = 3], got [3, 2]";
    assert!(error.ends_with(words), "{error}");
    let error = refused!(of_state(&x, &few));
    assert!(error.contains("do not fit: inputs [.., steps, inputs] of the shape [3, 5, 2]"), "{error}");
    assert!(error.ends_with("a first memory [.., size] of the shape [2, 3]"), "{error}");

    #[model]
    fn of_weights(x: &Array3<f64>) {
        let mut cell = module!("cell", nn::gru(2, 3));
        cell.v = Tensor::zeros(&[3, 8]);
        penalty!("p", cell.over(x, cell.zeros(), nn::every_step()).last().sum());
    }
    let error = refused!(of_weights(&x));
    let words =
        "module `cell`: expected `v` of the shape [3, 9], for 2 inputs and a state of 3 numbers, got [3, 8]";
    assert!(error.ends_with(words), "{error}");
}

#[test]
fn integers_without_a_vector_are_named() {
    #[model]
    fn words(text: &Array2<i32>) {
        let words = module!("words", nn::embedding(5, 2));
        plate!("text", text.nrows(), |i| {
            observe!("y", Normal::new(words.at(text.at(i)).sum(), 0.5), 0.3);
        });
    }
    for (word, shown) in [(5, "5"), (-2, "-2")] {
        let mut text = Array2::from_elem((3, 4), 1);
        text[[1, 2]] = word;
        let error = refused!(words(&text));
        let words = format!(
            "module `words`: the integer at text = 1, element 2 is {shown}; expected one of its 5 vectors, which begin at 0"
        );
        assert!(error.ends_with(&words), "{error}");
    }
    #[model]
    fn one(word: usize) {
        let words = module!("words", nn::embedding(3, 2));
        penalty!("p", words.at(Discrete::from(word)).sum());
    }
    let error = refused!(one(3));
    assert!(
        error.ends_with("module `words`: the integer is 3; expected one of its 3 vectors, which begin at 0"),
        "{error}"
    );
}
