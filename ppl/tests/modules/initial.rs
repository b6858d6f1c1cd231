//! First values: their laws, and that they go by name and seed alone.

use super::*;
use ndarray::{ArrayD, Ix2};
use ppl::Init;

/// Returns the first value that a session of this seed has of an initialiser.
fn drawn(init: impl Init<Kind = ppl::__private::Array> + Clone, seed: u64) -> ArrayD<f64> {
    #[model]
    fn one<I: Init<Kind = ppl::__private::Array> + Clone>(init: &I) {
        let w = param!("w", init.clone());
        penalty!("of_w", w.sum());
    }
    #[guide]
    fn nothing() {}
    let mut svi = Svi::new(one(&init), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(seed);
    svi.step().unwrap();
    svi.parameters().get("w").unwrap().clone()
}

/// Asserts that independent numbers of mean zero have this variance, and this mean fourth power, to five standard errors.
fn assert_moments(values: &ArrayD<f64>, variance: f64, fourth: f64, eighth: f64) {
    let n = values.len() as f64;
    let mean = |power: i32| values.iter().map(|v| v.powi(power)).sum::<f64>() / n;
    assert!(mean(1).abs() < 5.0 * (variance / n).sqrt(), "mean {}", mean(1));
    let error = ((fourth - variance * variance) / n).sqrt();
    assert!(5.0 * error < 0.05 * variance, "{n} numbers cannot tell");
    assert!((mean(2) - variance).abs() < 5.0 * error, "variance {}, expected {variance}", mean(2));
    let error = ((eighth - fourth * fourth) / n).sqrt();
    assert!((mean(4) - fourth).abs() < 5.0 * error, "fourth power {}, expected {fourth}", mean(4));
}

/// The moments of a uniform number on `[-a, a]`.
fn assert_uniform(values: &ArrayD<f64>, a: f64) {
    assert_moments(values, a * a / 3.0, a.powi(4) / 5.0, a.powi(8) / 9.0);
    let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    assert!(largest <= a && largest > 0.99 * a, "{largest}, {a}");
}

fn assert_normal(values: &ArrayD<f64>, variance: f64) {
    assert_moments(values, variance, 3.0 * variance.powi(2), 105.0 * variance.powi(4));
}

#[test]
fn variances_go_by_inputs_and_outputs() {
    assert_uniform(&drawn(init::glorot([300, 100]), 1), (6.0 / 400.0f64).sqrt());
    assert_normal(&drawn(init::he([300, 100]), 1), 2.0 / 300.0);
    // A window of 3 by 5 multiplies both.
    assert_uniform(&drawn(init::glorot([3, 5, 40, 60]), 2), (6.0 / (15.0 * 100.0f64)).sqrt());
    assert_normal(&drawn(init::he([3, 5, 40, 60]), 2), 2.0 / (15.0 * 40.0));
    let moved = drawn(init::uniform([200, 200], 1.0, 3.0), 3) - 2.0;
    assert_uniform(&moved, 1.0);
}

#[test]
fn a_wrong_variance_is_noticed() {
    let wrong = || assert_normal(&drawn(init::he([300, 100]), 1), 2.0 / 320.0);
    assert!(std::panic::catch_unwind(wrong).is_err());
    let wrong = || assert_uniform(&drawn(init::he([300, 100]), 1), (6.0f64 / 300.0).sqrt());
    assert!(std::panic::catch_unwind(wrong).is_err());
}

#[test]
fn rows_or_columns_are_orthonormal() {
    for (rows, columns) in [(50, 30), (30, 50), (40, 40), (7, 1), (1, 7)] {
        let found = drawn(init::orthogonal([rows, columns]), 4).into_dimensionality::<Ix2>().unwrap();
        let product = if rows >= columns { found.t().dot(&found) } else { found.dot(&found.t()) };
        for ((i, j), &v) in product.indexed_iter() {
            let expected = f64::from(u8::from(i == j));
            assert!((v - expected).abs() < 1e-14, "[{rows}, {columns}]: {v} at {i}, {j}");
        }
    }
    let found = drawn(init::orthogonal([2, 3, 4]), 4).into_shape_with_order((6, 4)).unwrap();
    let product = found.t().dot(&found);
    assert!((&product - &ndarray::Array2::<f64>::eye(4)).iter().all(|v| v.abs() < 1e-14));
    // Uniform on all such matrices: an element has mean zero, variance 1/n and mean fourth power 3/(n(n + 2)).
    let firsts = (0..4_000).map(|seed| drawn(init::orthogonal([4, 4]), seed)[[0, 0]]);
    let firsts = ArrayD::from_shape_vec(vec![4_000], firsts.collect()).unwrap();
    // The square is Beta(1/2, 3/2): its fourth moment is that of the eighth power.
    let eighth = (0..4).map(|k| (0.5 + f64::from(k)) / (2.0 + f64::from(k))).product();
    assert_moments_of(&firsts, [0.25, 3.0 / 24.0, eighth]);
}

fn assert_moments_of(values: &ArrayD<f64>, [variance, fourth, eighth]: [f64; 3]) {
    let n = values.len() as f64;
    for (power, expected, square) in [(1, 0.0, variance), (2, variance, fourth), (4, fourth, eighth)] {
        let mean = values.iter().map(|v| v.powi(power)).sum::<f64>() / n;
        let error = ((square - expected * expected) / n).sqrt();
        assert!((mean - expected).abs() < 5.0 * error, "power {power}: {mean}, expected {expected}");
    }
}

#[test]
fn shapes_and_bounds_that_cannot_be_are_errors() {
    #[model]
    fn of_bounds(low: f64, high: f64) {
        penalty!("p", param!("w", init::uniform([3], low, high)).sum());
    }
    #[model]
    fn of_rank() {
        penalty!("p", param!("w", init::he([3])).sum());
    }
    #[guide]
    fn nothing() {}
    for (low, high) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let mut svi = Svi::new(of_bounds(low, high), nothing(), Elbo::default(), Sgd::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("parameter `w`: starts between bounds that are no interval"), "{error}");
    }
    let mut svi = Svi::new(of_rank(), nothing(), Elbo::default(), Sgd::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(
        error.ends_with(
            "parameter `w`: needs a shape of two dimensions at least, inputs and outputs, got [3]"
        )
    );
    // Layers without numbers are no mistake.
    assert_eq!(drawn(init::orthogonal([0, 3]), 1).len() + drawn(init::glorot([0, 3]), 1).len(), 0);
}

/// The values go by the name and the seed: not by which program runs first, nor by what else there is.
#[test]
fn first_values_go_by_name_and_seed() {
    #[model]
    fn bare(second: bool) {
        if second {
            module!("other", nn::mlp(&[7, 5], Activation::Relu));
        }
        let net = module!("net", nn::mlp(&[3, 4, 2], Activation::Relu));
        let z = sample!("z", Normal::new(0.0, 1.0));
        penalty!("p", net.apply(Tensor::stack(&[z, z, z])).sum());
    }
    #[guide(bare)]
    fn without(_second: bool) {
        sample!("z", Normal::new(0.0, 1.0));
    }
    #[guide(bare)]
    fn with(_second: bool) {
        let net = module!("net", nn::mlp(&[3, 4, 2], Activation::Relu));
        sample!("z", Normal::new(net.apply([0.1, 0.2, 0.3]).sum(), 1.0));
    }
    macro_rules! first {
        ($guide:expr, $second:expr, $seed:expr) => {{
            let mut svi = Svi::new(bare($second), $guide, Elbo::default(), Sgd::new(1e-300)).seed($seed);
            svi.step().unwrap();
            svi.parameters().get("net/layer[1]/w").unwrap().clone()
        }};
    }
    let found = first!(with(false), false, 5);
    assert_eq!(found, first!(without(false), false, 5));
    assert_eq!(found, first!(without(true), true, 5));
    assert_ne!(found, first!(with(false), false, 6));
}
