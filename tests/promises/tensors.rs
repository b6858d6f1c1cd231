//! Tensors as programs use them: broadcast shapes, masks, both number types, lists of literal numbers.

use ppl::prelude::*;

/// A regression whose rows stand beside a vector, with activations and a mask of data.
#[model]
fn network(x: &ndarray::Array2<f64>, there: &[bool], y: &[f64]) {
    let w = sample!("w", Normal::new(Tensor::zeros(&[3]), 1.0));
    let hidden = (Tensor::from(x) - w).gelu().matmul([[1.0, 0.5], [0.25, -1.0], [2.0, 0.0]]);
    let mean = hidden.sum_over(1).where_data(there, 0.0).clamp(-5.0, 5.0);
    observe!("y", Normal::new(mean, 1.0), y);
}

#[guide(network)]
fn network_guide(_x: &ndarray::Array2<f64>, _there: &[bool], _y: &[f64]) {
    let loc = param!("loc", [0.1, -0.2, 0.3]);
    sample!("w", Normal::new(loc, [0.5, 0.6, 0.7]));
}

#[test]
fn a_network_of_tensors_is_trained() {
    let x = ndarray::array![[0.5, -1.0, 2.0], [1.5, 0.0, -0.5]];
    let (there, y) = ([true, false], [0.3, 0.4]);
    let mut svi = Svi::new(
        network(&x, &there, &y),
        network_guide(&x, &there, &y),
        Elbo::default().particles(3),
        Adam::new(0.01),
    )
    .seed(3);
    for _ in 0..20 {
        assert!(svi.step().unwrap().loss.is_finite());
    }
}

/// The same in single precision: numbers of `f32` stand beside values of it, and so do literals.
#[model(f32)]
fn single(y: &[f32], scale: f32) {
    let z = sample!("z", Normal::new([0.0, 0.0], 1.0_f32));
    let mean = ((z * scale).exp() * 2.0).tanh() + z.sum() * scale + [0.5, -0.5];
    observe!("y", Normal::new(mean + [1.0, 2.0].at(1), 1.0), y);
}

#[guide(single, f32)]
fn single_guide(_y: &[f32], _scale: f32) {
    sample!("z", Normal::new(param!("loc", [0.1, 0.2]), 0.5_f32));
}

#[test]
fn numbers_of_single_precision_stand_beside_values() {
    let y = [0.5_f32, 1.0];
    let mut svi = Svi::new(single(&y, 0.5), single_guide(&y, 0.5), Elbo::default(), Adam::new(0.01)).seed(1);
    assert!(svi.step().unwrap().loss.is_finite());
}

/// A list of literal numbers that a site indexes, with and without a name, and a table of them.
#[model]
fn mixture(y: f64) {
    let k = sample!("k", Bernoulli::new(0.3), enumerate);
    let spreads = [1.0, 2.0];
    let table = [[0.5, 0.25], [1.0, -1.0]];
    let mean = [0.0, 3.0].at(k) + table.at(k).sum();
    observe!("y", Normal::new(mean, spreads.at(k)), y);
}

#[guide(mixture)]
fn nothing(_y: f64) {}

#[test]
fn literals_are_data() {
    let y = 0.7;
    let mut svi = Svi::new(mixture(y), nothing(y), Evidence::new(), Adam::new(0.01));
    let density = |mean: f64, sd: f64| {
        (-0.5 * ((y - mean) / sd).powi(2)).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt())
    };
    let expected = -(0.7 * density(0.75, 1.0) + 0.3 * density(3.0, 2.0)).ln();
    assert!((svi.step().unwrap().loss - expected).abs() < 1e-12);
}

/// A matrix of each row is singular where a mask leaves the row out, or everywhere.
#[model]
fn determinants(y: &[f64], there: &[bool]) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    plate!("rows", y.len(), mask(there), |i| {
        let y = y.at(i);
        let matrix = Tensor::eye(2) * Tensor::stack(&[y, y]);
        observe!("log_det", Normal::new(matrix.log_det().to_real() + z, 1.0), 0.5);
    });
}

#[guide(determinants)]
fn of_z(_y: &[f64], _there: &[bool]) {
    sample!("z", Normal::new(param!("loc", 0.0), 1.0));
}

#[test]
fn a_singular_matrix_is_an_error_unless_it_is_left_out() {
    let y = [1.5, 0.0, 2.0];
    let step = |there: [bool; 3]| {
        let mut svi =
            Svi::new(determinants(&y, &there), of_z(&y, &there), Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().map(|step| step.loss)
    };
    let error = step([true; 3]).unwrap_err().to_string();
    let words = "log_det: the matrix of shape [2, 2] at rows = 1 is singular; its pivot 0 is 0";
    assert!(error.ends_with(words), "{error}");
    assert!(step([true, false, true]).unwrap().is_finite());
}
