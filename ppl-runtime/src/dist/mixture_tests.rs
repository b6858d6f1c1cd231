//! A mixture's density, gradient, draws and what it refuses.

use super::*;
use crate::dist::check_tape::{Bench, Operand, ROWS, assert_gradient};
use crate::dist::{Laplace, MultivariateNormal, Normal, Poisson, StudentT, Uniform};
use crate::family::Univariate;
use crate::family::check::assert_distributed;
use crate::family::normal::NormalFamily;
use crate::value::{Discrete, Real, Tensor};

type Normals = Mixture<[Normal; 2]>;

/// The value in the plate, the weights, then the parameters of two normals.
fn operands(x: [f64; ROWS], weights: [f64; 2]) -> Vec<Operand> {
    let numbers = [-1.0, 0.7, 2.0, 1.5].map(Operand::number);
    [vec![Operand::rows(x), Operand::vector(&weights)], numbers.to_vec()].concat()
}

fn normals(bench: &Bench) -> [Normal; 2] {
    let real = |k| bench.handle::<Real>(k);
    [Normal::new(real(2), real(3)), Normal::new(real(4), real(5))]
}

#[test]
fn densities_are_those_of_scipy_and_partials_are_derivatives() {
    let x = [-1.3, 0.4, 30.0];
    let found = assert_gradient(&operands(x, [0.3, 0.7]), &[], |bench, usage| {
        let mixture: Normals = Mixture::new(bench.handle::<Tensor>(1), normals(bench));
        bench.log_density(&mixture, bench.arg(0), usage)
    });
    // scipy.special.logsumexp of scipy.stats.norm.logpdf plus the logarithms of the weights.
    for (got, expected) in found.iter().zip([-1.757197529421955, -2.0515023923760274, -175.90330080747384]) {
        assert!((got - expected).abs() < 1e-12 * expected.abs(), "{got} {expected}");
    }
    let by_logits = assert_gradient(&operands(x, [1.3, 1.3 + (7.0_f64 / 3.0).ln()]), &[], |bench, usage| {
        let mixture: Normals = Mixture::logits(bench.handle::<Tensor>(1), normals(bench));
        bench.log_density(&mixture, bench.arg(0), usage)
    });
    for (a, b) in found.iter().zip(by_logits) {
        assert!((a - b).abs() < 1e-13 * b.abs());
    }
}

#[test]
fn a_component_without_weight_takes_no_part() {
    let operands = operands([0.5, -0.5, 2.5], [1.0, 0.0]);
    let mut bench = Bench::new(&operands);
    let mixture: Normals = Mixture::new(bench.handle::<Tensor>(1), normals(&bench));
    let log = bench.log_density(&mixture, bench.arg(0), Use::Seeded);
    let alone = bench.log_density(&normals(&bench)[0], bench.arg(0), Use::Seeded);
    assert_eq!(bench.values(log), bench.values(alone));
}

#[test]
fn outside_every_component_the_density_is_zero() {
    let operands = [Operand::rows([0.5, 2.5, 1.5]), Operand::vector(&[0.5, 0.5])];
    let mut bench = Bench::new(&operands);
    let parts = [Uniform::new(0.0, 1.0), Uniform::new(2.0, 3.0)];
    let mixture: Mixture<[Uniform; 2]> = Mixture::new(bench.handle::<Tensor>(1), parts);
    let log = bench.log_density(&mixture, bench.arg(0), Use::Seeded);
    assert_eq!(bench.values(log), [0.5_f64.ln(), 0.5_f64.ln(), f64::NEG_INFINITY]);
    let value = bench.arg(0);
    let trouble = mixture
        .law()
        .find_trouble(&mut bench.run.tape, std::panic::Location::caller(), value, None, Wanted::Faults)
        .unwrap();
    assert_eq!(trouble.row, 1, "the first that component 0 cannot have");
    assert!(
        trouble.detail.starts_with("in component 0 of a mixture, the value 2.5 is outside"),
        "{trouble:?}"
    );
}

#[test]
fn vectors_are_mixed_as_a_whole() {
    let operands = [
        Operand::vector(&[0.4, -1.0]),
        Operand::vector(&[0.25, 0.75]),
        Operand::vector(&[0.0, 1.0]),
        Operand::vector(&[1.0, -1.0]),
        Operand::array(&[2, 2], &[1.2, 0.0, -0.3, 0.8]),
    ];
    // Above the diagonal there is nothing to differentiate.
    let triangular: Vec<Operand> = operands[..4].to_vec();
    let found = assert_gradient(&triangular, &[], |bench, usage| {
        let tril = bench.run.tape.leaf(
            Extent { axes: Default::default(), shape: Shape::of(&[2, 2]).unwrap() },
            Default::default(),
            |out| out.copy_from_slice(&operands[4].data),
        );
        let tril = Value::of_node(tril, &bench.run.tape);
        let tensor = |k| bench.handle::<Tensor>(k);
        let tril = <Tensor as crate::value::Handle<f64>>::from_value(tril);
        let parts = vec![MultivariateNormal::new(tensor(2), tril), MultivariateNormal::new(tensor(3), tril)];
        let mixture = Mixture::new(tensor(1), parts);
        assert_eq!(bench.event_shape(&mixture).unwrap(), [2]);
        bench.log_density(&mixture, bench.arg(0), usage)
    });
    // scipy.stats.multivariate_normal.logpdf, as above.
    assert!((found[0] - -2.2058783327322438).abs() < 1e-12, "{found:?}");
}

#[test]
fn draws_have_the_density() {
    let mut bench = Bench::new(&operands([0.0; ROWS], [0.3, 0.7]));
    let mixture: Normals = Mixture::new(bench.handle::<Tensor>(1), normals(&bench));
    let draws: Vec<f64> = (0..7_000)
        .flat_map(|seed| {
            let drawn = bench.draw(&mixture, &[], seed);
            assert!(!bench.run.tape.node(drawn).has_gradient());
            assert_eq!(bench.run.tape.node(drawn).deps.aligned, 1);
            bench.values(drawn)
        })
        .collect();
    assert_distributed("mixture", draws, |x| {
        let cdf = |p| NormalFamily::cdf(x, p).unwrap();
        0.3 * cdf([-1.0, 0.7]) + 0.7 * cdf([2.0, 1.5])
    });
}

#[test]
fn counts_can_be_mixed() {
    let operands = [
        Operand::rows([0.0, 3.0, 40.0]),
        Operand::vector(&[0.6, 0.4]),
        Operand::number(2.0),
        Operand::number(30.0),
    ];
    let found = assert_gradient(&operands, &[0], |bench, usage| {
        let parts = [2, 3].map(|k| Poisson::new(bench.handle::<Real>(k)));
        let mixture = Mixture::new(bench.handle::<Tensor>(1), parts);
        bench.log_density(&mixture, bench.arg(0), usage)
    });
    for (got, expected) in found.iter().zip([-2.5108256237655295, -2.2231435497584697, -5.189035180145324]) {
        assert!((got - expected).abs() < 1e-12 * expected.abs(), "{got} {expected}");
    }
    fn integers<D: Distribution<f64, Value = Discrete>>(_: &D) {}
    let bench = Bench::new(&operands);
    integers(&Mixture::new(bench.handle::<Tensor>(1), [Poisson::new(1.0)]));
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let mut bench = Bench::new(&[Operand::vector(&[0.2, 0.3, 0.5]), Operand::vector(&[1.0, 2.0])]);
    let two: Normals =
        Mixture::new(bench.handle::<Tensor>(0), [Normal::new(0.0, 1.0), Normal::new(0.0, 1.0)]);
    assert_eq!(
        bench.event_shape(&two).unwrap_err(),
        "a mixture of 2 components has weights of shape [2], got [3]"
    );
    let none = Mixture::new(bench.handle::<Tensor>(0), Vec::<Normal>::new());
    assert!(bench.event_shape(&none).is_err());
    let vectors = [0, 1].map(|k| Normal::new(bench.handle::<Tensor>(k), 1.0));
    let mixed = Mixture::new(bench.handle::<Tensor>(1), vectors);
    assert_eq!(
        bench.event_shape(&mixed).unwrap_err(),
        "the components of a mixture have the shapes [3] and [2]"
    );
}

#[test]
fn weights_that_are_no_probabilities_are_named() {
    let mut bench = Bench::new(&operands([0.0; ROWS], [0.3, 0.8]));
    let mixture: Normals = Mixture::new(bench.handle::<Tensor>(1), normals(&bench));
    let value = bench.arg(0);
    let trouble = mixture
        .law()
        .find_trouble(&mut bench.run.tape, std::panic::Location::caller(), value, None, Wanted::Faults)
        .unwrap();
    assert_eq!(trouble.detail, "weights of Mixture must be probabilities that sum to one, got [0.3, 0.8]");
}

#[test]
fn components_may_be_of_several_families() {
    let operands = operands([-1.3, 0.4, 30.0], [0.3, 0.7]);
    let found = assert_gradient(&operands, &[], |bench, usage| {
        let real = |k| bench.handle::<Real>(k);
        let parts = (Normal::new(real(2), real(3)), StudentT::new(4.0, real(4), real(5)));
        let mixture = Mixture::new(bench.handle::<Tensor>(1), parts);
        bench.log_density(&mixture, bench.arg(0), usage)
    });
    let density = |x: f64| {
        let (a, b) = ((x + 1.0) / 0.7, (x - 2.0) / 1.5);
        let normal = (-0.5 * a * a).exp() / (0.7 * std::f64::consts::TAU.sqrt());
        // The density of Student's t with four degrees of freedom is 3/8 (1 + x^2 / 4)^(-5/2).
        (0.3 * normal + 0.7 * 0.375 * (1.0 + b * b / 4.0).powf(-2.5) / 1.5).ln()
    };
    for (got, x) in found.iter().zip([-1.3, 0.4, 30.0]) {
        assert!((got - density(x)).abs() < 1e-12, "{got} {}", density(x));
    }
}

#[test]
fn draws_of_several_families_have_the_density() {
    let mut bench = Bench::new(&operands([0.0; ROWS], [0.3, 0.7]));
    let normal = normals(&bench)[0];
    let mixture = Mixture::new(bench.handle::<Tensor>(1), (normal, Laplace::new(2.0, 1.5)));
    let draws: Vec<f64> = (0..7_000)
        .flat_map(|seed| {
            let drawn = bench.draw(&mixture, &[], seed);
            bench.values(drawn)
        })
        .collect();
    assert_distributed("mixture", draws, |x| {
        let z = (x - 2.0) / 1.5;
        let laplace = if z < 0.0 { 0.5 * z.exp() } else { 1.0 - 0.5 * (-z).exp() };
        0.3 * NormalFamily::cdf(x, [-1.0, 0.7]).unwrap() + 0.7 * laplace
    });
}
