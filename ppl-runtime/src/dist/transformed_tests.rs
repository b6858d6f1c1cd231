//! A transformed distribution is the one that its function makes of the base.

use super::*;
use crate::dist::check_tape::{Bench, Operand, ROWS, assert_draw_gradient, assert_gradient};
use crate::dist::{Affine, Exp, LogNormal, MultivariateNormal, Normal, Power, Sigmoid, Softplus, Tanh};
use crate::value::{Real, Tensor};

/// The value in the plate, then the location and the scale.
fn operands(y: [f64; ROWS]) -> Vec<Operand> {
    vec![Operand::rows(y), Operand::number(0.3), Operand::number(1.7)]
}

fn normal(bench: &Bench) -> Normal {
    Normal::new(bench.handle::<Real>(1), bench.handle::<Real>(2))
}

fn log_normal_density(x: f64) -> f64 {
    -0.5 * ((x - 0.3) / 1.7_f64).powi(2) - 1.7_f64.ln() - crate::family::normal::HALF_LN_TWO_PI
}

/// Checks density, gradient and draws of a function of a normal, given its inverse and the logarithm of the inverse's slope.
fn assert_map<B: Bijector<f64> + Maps<crate::support::RealLine>>(
    map: B,
    y: [f64; ROWS],
    inverse: impl Fn(f64) -> (f64, f64),
) {
    let found = assert_gradient(&operands(y), &[], |bench, usage| {
        let transformed = Transformed::new(normal(bench), map);
        bench.log_density(&transformed, bench.arg(0), usage)
    });
    for (got, y) in found.iter().zip(y) {
        let (x, slope) = inverse(y);
        let expected = log_normal_density(x) + slope;
        assert!(
            (got - expected).abs() <= 1e-12 * expected.abs().max(1.0),
            "{} at {y}: {got} {expected}",
            B::NAME
        );
    }
    assert_draw_gradient(&operands(y), &[], |bench| Transformed::new(normal(bench), map));
    // The density of a draw is seen through what it was computed from.
    let mut bench = Bench::new(&operands(y));
    let transformed = Transformed::new(normal(&bench), map);
    let draw = bench.draw(&transformed, &[], 5);
    let near = bench.log_density(&transformed, Arg { id: draw, value: 0.0 }, Use::Seeded);
    let values = bench.values(draw);
    for (got, y) in bench.values(near).into_iter().zip(values) {
        let (x, slope) = inverse(y);
        assert!((got - log_normal_density(x) - slope).abs() < 1e-9);
    }
}

#[test]
fn functions_of_a_normal() {
    assert_map(Exp, [1e-3, 2.0, 400.0], |y| (y.ln(), -y.ln()));
    assert_map(Sigmoid, [0.03, 0.6, 0.9], |y| ((y / (1.0 - y)).ln(), -(y * (1.0 - y)).ln()));
    assert_map(Softplus, [0.02, 1.5, 30.0], |y| (y + (-(-y).exp_m1()).ln(), -(-(-y).exp_m1()).ln()));
    assert_map(Tanh, [-0.8, 0.1, 0.9], |y| (y.atanh(), -(1.0 - y * y).ln()));
}

#[test]
fn functions_with_parameters() {
    let operands = [operands([0.4, 2.0, -9.0]), vec![Operand::number(1.2), Operand::number(-2.5)]].concat();
    let affine = |bench: &Bench| {
        let map = Affine::new(bench.handle::<Real>(3), bench.handle::<Real>(4));
        Transformed::new(normal(bench), map)
    };
    let found = assert_gradient(&operands, &[], |bench, usage| {
        let transformed = affine(bench);
        bench.log_density(&transformed, bench.arg(0), usage)
    });
    // It is the normal with another location and scale.
    let mut bench = Bench::new(&operands);
    let direct = Normal::new(1.2 - 2.5 * 0.3, 2.5 * 1.7);
    let log = bench.log_density(&direct, bench.arg(0), Use::Elements);
    for (a, b) in found.iter().zip(bench.values(log)) {
        assert!((a - b).abs() < 1e-13);
    }
    assert_draw_gradient(&operands[1..], &[], |bench| {
        let real = |k| bench.handle::<Real>(k);
        Transformed::new(Normal::new(real(0), real(1)), Affine::new(real(2), real(3)))
    });

    let operands = [self::operands([0.4, 2.0, 90.0]), vec![Operand::number(-1.5)]].concat();
    let found = assert_gradient(&operands, &[], |bench, usage| {
        let base = LogNormal::new(bench.handle::<Real>(1), bench.handle::<Real>(2));
        let power = Transformed::new(base, Power::new(bench.handle::<Real>(3)));
        bench.log_density(&power, bench.arg(0), usage)
    });
    let mut bench = Bench::new(&operands);
    let direct = LogNormal::new(-1.5 * 0.3, 1.5 * 1.7);
    let log = bench.log_density(&direct, bench.arg(0), Use::Elements);
    for (a, b) in found.iter().zip(bench.values(log)) {
        assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{a} {b}");
    }
}

#[test]
fn saturated_draws_keep_their_density() {
    // The image of 60 is one in floating point, and its density is that of 60 all the same.
    let mut bench = Bench::new(&[Operand::number(60.0)]);
    let base = Normal::new(bench.handle::<Real>(0), 1e-3);
    let transformed = Transformed::new(base, Sigmoid);
    let draw = bench.draw(&transformed, &[], 1);
    assert_eq!(bench.values(draw), [1.0; ROWS]);
    let slope = bench.log_density(&transformed, Arg { id: draw, value: 0.0 }, Use::Seeded);
    assert!(
        bench.values(slope).iter().all(|&log| log.is_finite() && log > 55.0),
        "{:?}",
        bench.values(slope)
    );
}

#[test]
fn outside_the_image_the_density_is_zero() {
    let mut bench = Bench::new(&operands([0.5, -1.0, 1.5]));
    let transformed = Transformed::new(normal(&bench), Exp);
    let log = bench.log_density(&transformed, bench.arg(0), Use::Seeded);
    let found = bench.values(log);
    assert!(found[0].is_finite() && found[1] == f64::NEG_INFINITY && found[2].is_finite(), "{found:?}");
    let value = bench.arg(0);
    let trouble = transformed
        .law()
        .find_trouble(&mut bench.run.tape, std::panic::Location::caller(), value, None)
        .unwrap();
    assert_eq!((trouble.row, trouble.detail.as_str()), (1, "the value -1 is no value of Exp"));
    let unit = Transformed::new(normal(&bench), Sigmoid);
    let log = bench.log_density(&unit, bench.arg(0), Use::Seeded);
    let found = bench.values(log);
    assert!(found[0].is_finite() && found[1..] == [f64::NEG_INFINITY; 2], "{found:?}");
}

#[test]
fn vectors_are_transformed_element_by_element() {
    let operands = [Operand::vector(&[0.4, 3.0]), Operand::vector(&[0.0, 1.0]), Operand::number(0.7)];
    let found = assert_gradient(&operands, &[], |bench, usage| {
        let base = Normal::new(bench.handle::<Tensor>(1), bench.handle::<Real>(2));
        let transformed = Transformed::new(base, Exp);
        assert_eq!(bench.event_shape(&transformed).unwrap(), [2]);
        bench.log_density(&transformed, bench.arg(0), usage)
    });
    let mut bench = Bench::new(&operands);
    let direct = LogNormal::new(bench.handle::<Tensor>(1), 0.7);
    let log = bench.log_density(&direct, bench.arg(0), Use::Total);
    assert!((found[0] - bench.values(log)[0]).abs() < 1e-13);

    let mut bench =
        Bench::new(&[Operand::vector(&[0.0, 1.0]), Operand::array(&[2, 2], &[1.0, 0.0, 0.5, 1.0])]);
    let base = MultivariateNormal::new(bench.handle::<Tensor>(0), bench.handle::<Tensor>(1));
    assert_eq!(bench.event_shape(&Transformed::new(base, Exp)).unwrap(), [2]);
    let stretched = Transformed::new(base, Affine::new(bench.handle::<Tensor>(1), 1.0));
    assert!(bench.event_shape(&stretched).unwrap_err().contains("[2, 2]"));
}

#[test]
fn a_draw_that_is_not_differentiated_has_no_gradient() {
    use crate::random::Streams;
    use crate::tape::walk::Extent;
    let mut bench = Bench::new(&[Operand::number(0.3), Operand::number(1.5)]);
    let real = |k| bench.handle::<Real>(k);
    let transformed = Transformed::new(Normal::new(real(0), 1.0), Affine::new(0.0, real(1)));
    let request = Request {
        streams: Streams::new(1, 0, 0),
        extent: Extent::SCALAR,
        pathwise: false,
        deps: Default::default(),
    };
    let draw = transformed.law().draw(&mut bench.run.tape, std::panic::Location::caller(), request);
    assert!(!bench.run.tape.node(draw).has_gradient() && !bench.run.tape.lifts_constants);
}
