//! A parameter has one shape, in every program and in every step.

use super::*;
use ndarray::Array2;
use std::cell::{Cell, RefCell};

#[model]
fn shifted(width: usize) {
    let z = sample!("z", Normal::new(param!("w", init::zeros([width])).sum(), 1.0));
    observe!("x", Normal::new(z, 1.0), 0.5);
}

#[guide(shifted)]
fn of_width(_width: usize) {
    sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[guide(shifted)]
fn of_two(_width: usize) {
    sample!("z", Normal::new(param!("w", init::zeros([2])).sum(), 1.0));
}

const MESSAGE: &str = "parameter `w`: was made with the shape [2], and has the shape [3] here";

#[test]
fn a_name_has_one_shape_in_both_programs() {
    let session = |width| Svi::new(shifted(width), of_two(width), Elbo::default(), Adam::new(0.1));
    assert!(session(2).step().is_ok());
    let message = session(3).step().unwrap_err().to_string();
    assert!(message.ends_with(MESSAGE) && message.contains("shapes.rs"), "{message}");
}

#[test]
fn other_data_cannot_make_it_another_shape_later() {
    let mut svi = Svi::new(shifted(2), of_width(2), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    svi.step_on(shifted(2), of_width(2)).unwrap();
    let before = svi.parameters();
    for _ in 0..2 {
        assert!(svi.step_on(shifted(3), of_width(3)).unwrap_err().to_string().ends_with(MESSAGE));
        assert_eq!(svi.parameters(), before);
    }
    let (model, guide) = (shifted(3), of_width(3));
    let error = svi.posterior_on(&model, &guide).predictive(2).unwrap_err().to_string();
    assert!(error.ends_with(MESSAGE), "{error}");
    assert_eq!(svi.parameters(), before);
    svi.step().unwrap();
    assert_ne!(svi.parameters(), before);
}

/// The programs may say another shape although their arguments are the same ones.
#[test]
fn a_program_that_changes_is_compared_in_every_step() {
    #[model]
    fn moving(width: &Cell<usize>) {
        observe!("x", Normal::new(param!("w", vec![0.5; width.get()]).sum(), 1.0), 0.9);
    }
    #[guide(moving)]
    fn nothing() {}
    #[model]
    fn element(width: &Cell<usize>) {
        observe!("x", Normal::new(param!("w", init::full([width.get()], 0.5)).at(0), 1.0), 0.9);
    }
    #[guide(element)]
    fn of_element() {}
    #[model]
    fn listed(data: &RefCell<Vec<f64>>) {
        observe!("x", Normal::new(param!("w", data.borrow().clone()).at(1), 1.0), 0.9);
    }
    #[guide(listed)]
    fn of_list() {}
    macro_rules! assert_compared {
        ($svi:expr, $set:expr) => {
            let (mut svi, set) = ($svi, $set);
            for _ in 0..5 {
                svi.step().unwrap();
            }
            let before = svi.parameters();
            set(3);
            for _ in 0..2 {
                let error = svi.step().unwrap_err().to_string();
                assert!(error.ends_with(MESSAGE), "{error}");
            }
            assert_eq!(svi.parameters(), before);
            set(2);
            for _ in 0..3 {
                svi.step().unwrap();
            }
            assert_ne!(svi.parameters(), before);
        };
    }
    let width = Cell::new(2);
    assert_compared!(Svi::new(moving(&width), nothing(), Elbo::default(), Adam::new(0.1)), |n| width.set(n));
    assert_compared!(Svi::new(element(&width), of_element(), Elbo::default(), Adam::new(0.1)), |n| width
        .set(n));
    let data = RefCell::new(vec![0.5; 2]);
    let set = |n| *data.borrow_mut() = vec![0.7; n];
    assert_compared!(Svi::new(listed(&data), of_list(), Elbo::default(), Adam::new(0.1)), set);
}

/// Arrays of fixed lengths, and numbers, say their shape by their types, at whatever place they stand.
#[test]
fn shapes_of_types_are_compared() {
    #[model]
    fn either(long: &Cell<u32>) {
        let sum = match long.get() {
            0 => param!("net", [0.5, 0.5]).sum(),
            1 => param!("net", [0.5, 0.5, 0.5]).sum(),
            _ => param!("net", 0.5),
        };
        observe!("x", Normal::new(sum, 1.0), 0.5);
    }
    #[guide(either)]
    fn nothing() {}
    let long = Cell::new(0);
    let mut svi = Svi::new(either(&long), nothing(), Elbo::default(), Adam::new(0.1));
    svi.step().unwrap();
    for (kind, shape) in [(1, "[3]"), (2, "[]"), (1, "[3]")] {
        long.set(kind);
        let error = svi.step().unwrap_err().to_string();
        assert!(
            error.ends_with(&format!("was made with the shape [2], and has the shape {shape} here")),
            "{error}"
        );
        long.set(0);
        svi.step().unwrap();
    }
}

#[model]
fn layer(inputs: usize, outputs: usize) {
    let w = param!("w", init::normal([inputs, outputs], 0.1));
    observe!("x", Normal::new(w.sum(), 1.0), 0.5);
}

#[model]
fn network(inputs: usize, outputs: usize) {
    call!("net", layer(inputs, outputs));
}

#[guide(network)]
fn of_network(_inputs: usize, _outputs: usize) {
    call!("net", of_layer());
}

#[guide(layer)]
fn of_layer() {}

#[test]
fn a_parameter_of_a_call_has_its_full_name() {
    let mut svi = Svi::new(network(2, 3), of_network(2, 3), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    let error = svi.step_on(network(3, 2), of_network(3, 2)).unwrap_err().to_string();
    assert!(
        error.ends_with("parameter `net/w`: was made with the shape [2, 3], and has the shape [3, 2] here"),
        "{error}"
    );
}

/// A site that a program branches on decides how long the array is: one of both lengths is refused as soon as it is met.
#[test]
fn a_concrete_site_cannot_decide_a_shape() {
    #[model]
    fn branches() {
        let many = sample!("many", Bernoulli::new(0.5), concrete);
        let w = param!("w", init::zeros([if many { 3 } else { 2 }]));
        observe!("x", Normal::new(w.sum(), 1.0), 0.5);
    }
    #[guide(branches)]
    fn guessed() {
        sample!("many", Bernoulli::new(param!("p", 0.5, UnitInterval)), concrete);
    }
    let mut svi = Svi::new(branches(), guessed(), Elbo::default(), Adam::new(0.1)).seed(1);
    let errors: Vec<String> =
        (0..40).filter_map(|_| svi.step().err()).map(|error| error.to_string()).collect();
    assert!((5..35).contains(&errors.len()), "{}", errors.len());
    assert!(errors.iter().all(|error| error.contains("`w`: was made with the shape [")), "{errors:?}");
}

#[model]
fn nested(first: &Array2<f64>, batch: usize) {
    plate!("row", 4, subsample(batch), |_i| {
        plate!("column", 3, |_j| {
            let level = param!("level", init::per_element(first));
            observe!("x", Normal::new(level, 1.0), 0.5);
        });
    });
}

#[guide(nested)]
fn of_nested(_first: &Array2<f64>, _batch: usize) {}

/// Rows of a subsample, and plates of other sizes, are compared by the whole.
#[test]
fn first_values_of_each_element_are_compared_with_the_plates() {
    let first = Array2::from_shape_fn((4, 3), |(i, j)| i as f64 - j as f64);
    let mut svi = Svi::new(nested(&first, 2), of_nested(&first, 2), Elbo::default(), Adam::new(0.1)).seed(1);
    for _ in 0..5 {
        svi.step().unwrap();
    }
    let other = Array2::zeros((4, 2));
    let error = svi.step_on(nested(&other, 2), of_nested(&other, 2)).unwrap_err().to_string();
    assert!(
        error.contains("expected one row for each element of the plates [4, 3], got the shape [4, 2]"),
        "{error}"
    );
}
