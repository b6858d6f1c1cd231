//! Every family at values so far from its place that the log-density is beyond the number type: the words name the site and the element,
//! and no support.

use crate::dist::*;
use crate::element::Element;
use crate::error::Error;
use crate::log_density;
use crate::program::address::Name;
use crate::program::batch::Whole;
use crate::program::model::model;
use crate::program::plate::plate;
use crate::program::site::model_site;
use crate::program::sites::{Declared, StatedAs};
use crate::values::Values;
use ndarray::{ArrayD, IxDyn};

/// Evaluates a site in a plate of three rows, of which the second has the value `bad`.
fn density<E: Element, D>(
    dist: impl Fn() -> D,
    event: &[usize],
    good: &[f64],
    bad: &[f64],
) -> Result<f64, Error>
where
    D: Declared + Copy + Distribution<E, Support = <D as Declared>::Support>,
    <D as Declared>::Support: StatedAs<<D as Declared>::Support>,
{
    let program = model::<(), E, _, _>(|| {
        plate::<E, _, _, _>(Name::new("row"), 3, Whole, |_| {
            model_site::<E, <D as Declared>::Support, _>(Name::new("z"), dist()).draw();
        });
    });
    let shape: Vec<usize> = std::iter::once(3).chain(event.iter().copied()).collect();
    let values = ArrayD::from_shape_vec(IxDyn(&shape), [good, bad, good].concat()).expect("the shape fits");
    log_density(program, &Values::new().with("z", values))
}

/// Asserts that the log-density of a bad value overflows, in these words.
#[track_caller]
fn overflows<E: Element, D>(dist: impl Fn() -> D, event: &[usize], good: &[f64], bad: &[f64], words: &str)
where
    D: Declared + Copy + Distribution<E, Support = <D as Declared>::Support>,
    <D as Declared>::Support: StatedAs<<D as Declared>::Support>,
{
    let fine = density(&dist, event, good, good);
    assert!(fine.as_ref().is_ok_and(|log| log.is_finite()), "{words}: the good value: {fine:?}");
    let error = density(&dist, event, good, bad).expect_err(words);
    let said = error.to_string();
    assert!(matches!(error, Error::Overflow { .. }), "expected `{words}`: {said}");
    for words in ["site `z` at row = 1", " overflows", words] {
        assert!(said.contains(words), "expected `{words}` in: {said}");
    }
    assert!(!said.contains("support"), "{said}");
}

/// Names each family with a value near its mass, one far out, and the order of the log-density there.
macro_rules! numbers {
    ($element:ty; $($dist:expr, $good:expr, $bad:expr => $words:expr;)*) => {$(
        overflows::<$element, _>(|| $dist, &[], &[$good], &[$bad], $words);
    )*};
}

#[cfg(feature = "f32")]
#[test]
fn numbers_in_single_precision() {
    // The orders are those of the formulas: -z^2 / 2 for z = 9e23, for example.
    numbers! { f32;
        Normal::new(0.0, 1e-8), 1e-8, 9e15 => "the log-density of Normal overflows: about -4e47 is beyond f32";
        HalfNormal::new(1e-8), 1e-8, 9e15 => "about -4e47 is beyond f32";
        LogNormal::new(0.0, 1e-20), 1.0, 1e20 => "about -1e43 is beyond f32";
        Laplace::new(0.0, 1e-30), 0.0, 1e20 => "about -1e50 is beyond f32";
        Logistic::new(0.0, 1e-30), 0.0, 1e20 => "about -1e50 is beyond f32";
        Gumbel::new(0.0, 1.0), 0.0, -100.0 => "about -3e43 is beyond f32";
        Gumbel::new(0.0, 1.0), 0.0, -1000.0 => "it is beyond the range of f32, and of f64";
        Exponential::new(1e30), 1e-30, 1e20 => "about -1e50 is beyond f32";
        Gamma::new(2.0, 1e30), 1e-30, 1e20 => "about -1e50 is beyond f32";
        InverseGamma::new(2.0, 1e30), 1e30, 1e-20 => "about -1e50 is beyond f32";
        Weibull::new(1.0, 30.0), 1.0, 100.0 => "about -1e60 is beyond f32";
        Pareto::new(1.0, 1e38), 1.0, 1e20 => "about -5e39 is beyond f32";
        StudentT::new(3e38, 0.0, 1.0), 0.0, 1e38 => "about -1e40 is beyond f32";
        HalfStudentT::new(3e38, 1.0), 0.0, 1e38 => "about -1e40 is beyond f32";
        VonMises::new(0.0, 3e38), 0.0, 3.0 => "about -6e38 is beyond f32";
        Beta::new(1e38, 1e38), 0.5, 1e-30 => "about -7e39 is beyond f32";
        Poisson::new(1e-30), 0.0, 3e38 => "about -5e40 is beyond f32";
        Poisson::log_rate(-100.0), 0.0, 3e38 => "about -6e40 is beyond f32";
        Geometric::new(0.999_999_9), 0.0, 1e38 => "about -2e39 is beyond f32";
        Binomial::new(1e38, 1e-30), 1e8, 1e38 => "about -7e39 is beyond f32";
        NegativeBinomial::new(2.0, 1e-30), 0.0, 1e38 => "about -7e39 is beyond f32";
        Truncated::new(Normal::new(0.0, 1e-8), -1e30, 1e30), 0.0, 9e15 => "about -4e47 is beyond f32";
        ZeroInflated::new(0.5, Poisson::new(1e-30)), 0.0, 3e38 => "about -5e40 is beyond f32";
    }
}

#[test]
fn numbers_in_double_precision() {
    let words = "it is beyond the range of f64";
    numbers! { f64;
        Normal::new(0.0, 1e-8), 1e-8, 9e150 => words;
        HalfNormal::new(1e-8), 1e-8, 9e150 => words;
        LogNormal::new(0.0, 1e-160), 1.0, 1e20 => words;
        Laplace::new(0.0, 1e-200), 0.0, 1e200 => words;
        Logistic::new(0.0, 1e-200), 0.0, 1e200 => words;
        Gumbel::new(0.0, 1.0), 0.0, -1000.0 => words;
        Exponential::new(1e200), 1e-200, 1e200 => words;
        Gamma::new(2.0, 1e200), 1e-200, 1e200 => words;
        InverseGamma::new(2.0, 1e200), 1e200, 1e-200 => words;
        Weibull::new(1.0, 300.0), 1.0, 100.0 => words;
        Pareto::new(1.0, 1e307), 1.0, 1e20 => words;
        StudentT::new(1e307, 0.0, 1.0), 0.0, 1e200 => words;
        VonMises::new(0.0, 1e308), 0.0, 3.0 => words;
        Beta::new(1e307, 1e307), 0.5, 1e-30 => words;
        Poisson::new(1e-300), 0.0, 1e307 => words;
        Poisson::log_rate(-1000.0), 0.0, 1e308 => words;
        Geometric::new(1.0 - 1e-15), 0.0, 1e307 => words;
        NegativeBinomial::new(2.0, 1e-300), 0.0, 1e307 => words;
    }
}

#[cfg(feature = "f32")]
#[test]
fn arrays_in_single_precision() {
    let factor = |d: f32| ndarray::array![[d, 0.0], [0.0, d]];
    let (sharp, flat) = (factor(1e-8), factor(1e8));
    let pair: &[usize] = &[2];
    let words = "the log-density of MultivariateNormal overflows: about -4e47 is beyond f32";
    overflows::<f32, _>(
        || MultivariateNormal::new([0.0, 0.0], &sharp),
        pair,
        &[0.0, 0.0],
        &[9e15, 0.0],
        words,
    );
    let steep = ndarray::array![[1e-8_f32, 0.0], [1e15, 1e-8]];
    overflows::<f32, _>(
        || MultivariateNormal::new([0.0, 0.0], &steep),
        pair,
        &[0.0, 0.0],
        &[9e15, 0.0],
        "about -4e93 is beyond f32",
    );
    overflows::<f32, _>(
        || MultivariateNormal::precision([0.0, 0.0], &flat),
        pair,
        &[0.0, 0.0],
        &[9e15, 0.0],
        "about -4e47 is beyond f32",
    );
    overflows::<f32, _>(|| ZeroSumNormal::new(2, 1e-8), pair, &[0.0, 0.0], &[9e15, -9e15], "about -8e47");
    overflows::<f32, _>(|| Dirichlet::new([1e38, 1e38]), pair, &[0.5, 0.5], &[1e-30, 1.0], "about -7e39");
    overflows::<f32, _>(
        || Categorical::logits([3e38, -3e38]),
        &[],
        &[0.0],
        &[1.0],
        "about -6e38 is beyond f32",
    );
    overflows::<f32, _>(
        || LkjCholesky::new(2, 1e38),
        &[2, 2],
        &[1.0, 0.0, 0.0, 1.0],
        &[1.0, 0.0, 0.995_037_19, 0.099_503_72],
        "about -5e38 is beyond f32",
    );
}

#[test]
fn what_is_impossible_or_outside_is_no_overflow() {
    let zero = |found: Result<f64, Error>| assert_eq!(found.unwrap(), f64::NEG_INFINITY);
    zero(density::<f64, _>(|| Bernoulli::new(0.0), &[], &[0.0], &[1.0]));
    zero(density::<f64, _>(|| Poisson::new(0.0), &[], &[0.0], &[3.0]));
    zero(density::<f64, _>(|| Binomial::new(5.0, 0.0), &[], &[0.0], &[2.0]));
    zero(density::<f64, _>(|| Geometric::new(1.0), &[], &[0.0], &[2.0]));
    zero(density::<f64, _>(|| Categorical::new([1.0, 0.0]), &[], &[0.0], &[1.0]));
    zero(density::<f64, _>(|| Categorical::logits([0.0, f64::NEG_INFINITY]), &[], &[0.0], &[1.0]));
    zero(density::<f64, _>(|| Exponential::new(1.0), &[], &[1.0], &[-1.0]));
    zero(density::<f64, _>(|| Dirichlet::new([2.0, 2.0]), &[2], &[0.5, 0.5], &[0.5, 0.9]));
}
