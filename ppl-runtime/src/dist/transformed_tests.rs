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
            <B as Bijector<f64>>::NAME
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
    // The image of 60 rounds to one, of which the nearest number inside is given, and its density is that of 60 all the same.
    let mut bench = Bench::new(&[Operand::number(60.0)]);
    let base = Normal::new(bench.handle::<Real>(0), 1e-3);
    let transformed = Transformed::new(base, Sigmoid);
    let draw = bench.draw(&transformed, &[], 1);
    assert_eq!(bench.values(draw), [1.0 - 0.5 * f64::EPSILON; ROWS]);
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
        .find_trouble(&mut bench.run.tape, std::panic::Location::caller(), value, None, Wanted::Faults)
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

/// The density of the image of independent normals, from the Jacobian's determinant in closed form.
fn assert_vectors<B: Bijector<f64> + Maps<crate::support::RealLine>>(
    map: B,
    x: &[f64],
    (shape, y): (&[usize], &[f64]),
    log_det: f64,
) {
    let location: Vec<f64> = (0..x.len()).map(|k| 0.3 * k as f64 - 0.2).collect();
    let operands = [Operand::array(shape, y), Operand::vector(&location), Operand::number(1.7)];
    let image = |bench: &Bench| {
        Transformed::new(Normal::new(bench.handle::<Tensor>(1), bench.handle::<Real>(2)), map)
    };
    // Where one element may not move alone, the derivatives by the value are left to the laws of the bijections.
    let fixed: &[usize] = if B::NAME == "Ordered" { &[] } else { &[0] };
    let found = assert_gradient(&operands, fixed, |bench, usage| {
        let transformed = image(bench);
        assert_eq!(bench.event_shape(&transformed).unwrap(), shape);
        bench.log_density(&transformed, bench.arg(0), usage)
    });
    let normal = |(x, loc): (&f64, &f64)| {
        -0.5 * ((x - loc) / 1.7_f64).powi(2) - 1.7_f64.ln() - crate::family::normal::HALF_LN_TWO_PI
    };
    let expected = x.iter().zip(&location).map(normal).sum::<f64>() - log_det;
    assert!(
        (found[0] - expected).abs() < 1e-12 * expected.abs().max(1.0),
        "{}: {found:?} {expected}",
        B::NAME
    );
    // A draw has the density of what it was computed from.
    let mut bench = Bench::new(&operands);
    let transformed = image(&bench);
    let draw = bench.draw(&transformed, shape, 5);
    let own = bench.log_density(&transformed, Arg { id: draw, value: 0.0 }, Use::Seeded);
    let again = {
        let values = bench.values(draw);
        let width = values.len() / ROWS;
        let row = Operand::array(shape, &values[..width]);
        let mut bench = Bench::new(&[row, operands[1].clone(), operands[2].clone()]);
        let transformed = image(&bench);
        let log = bench.log_density(&transformed, bench.arg(0), Use::Seeded);
        bench.values(log)[0]
    };
    assert!((bench.values(own)[0] - again).abs() < 1e-9 * again.abs().max(1.0), "{}", B::NAME);
    assert_draw_gradient(&operands[1..], shape, |bench| {
        Transformed::new(Normal::new(bench.handle::<Tensor>(0), bench.handle::<Real>(1)), map)
    });
}

#[test]
fn maps_onto_vectors_and_matrices() {
    use crate::support::{CovarianceCholesky, Ordered, Simplex, SumToZero, UnitVector};
    // The logistic normal distribution: ln |det J| = ln(K) / 2 + sum(ln y), and the first log-ratio is ln(y0 / y1) / sqrt 2.
    let y = [0.2_f64, 0.5, 0.3];
    let ratios = [(y[0] / y[1]).ln() / 2f64.sqrt(), (y[0] * y[1] / (y[2] * y[2])).ln() / 6f64.sqrt()];
    let log_det = 0.5 * 3f64.ln() + y.iter().map(|y| y.ln()).sum::<f64>();
    assert_vectors(Simplex, &ratios, (&[3], &y), log_det);
    assert_vectors(SumToZero, &[2f64.sqrt(), 6f64.sqrt()], (&[3], &[2.0, 0.0, -2.0]), 0.0);
    // The stereographic projection: x = 1 in the plane is a quarter of a turn, and `s` is one there.
    assert_vectors(UnitVector, &[1.0], (&[2], &[0.5f64.sqrt(), -0.5f64.sqrt()]), 0.0);
    let cuts = [-1.0, 0.5, 4.0];
    assert_vectors(Ordered, &[-1.0, 1.5f64.ln(), 3.5f64.ln()], (&[3], &cuts), 1.5f64.ln() + 3.5f64.ln());
    let factor = [2.0, 0.0, -1.2, 0.4];
    let x = [2f64.ln(), -3.0, 0.4f64.ln()];
    assert_vectors(CovarianceCholesky, &x, (&[2, 2], &factor), 2f64.ln() + 2.0 * 0.4f64.ln());
}

#[test]
fn values_that_are_no_image_are_named() {
    use crate::support::{Ordered, Simplex};
    let mut bench = Bench::new(&[Operand::vector(&[1.0, 0.5]), Operand::vector(&[0.0, 1.0])]);
    let ordered = Transformed::new(Normal::new(bench.handle::<Tensor>(1), 1.0), Ordered);
    let log = bench.log_density(&ordered, bench.arg(0), Use::Seeded);
    assert_eq!(bench.values(log)[0], f64::NEG_INFINITY);
    let value = bench.arg(0);
    let place = std::panic::Location::caller();
    let trouble =
        ordered.law().find_trouble(&mut bench.run.tape, place, value, None, Wanted::Faults).unwrap();
    assert_eq!(
        trouble.detail,
        "element 1 is 0.5, expected more than the element before it, 1: no value of Ordered"
    );
    let number = Transformed::new(Normal::new(0.0, 1.0), Simplex);
    assert_eq!(
        bench.event_shape(&number).unwrap_err(),
        "Simplex of a value of shape []: expected a vector [n], got shape []"
    );
}

/// Where the landing is stuck, a draw's own parameters are constants in its density, and the draw moves with them.
#[test]
fn a_stuck_landing_moves_through_the_function() {
    let mut bench = Bench::new(&[Operand::number(0.3), Operand::number(1.5)]);
    let real = |k| bench.handle::<Real>(k);
    let transformed = Transformed::new(Normal::new(0.0, 1.0), Affine::new(real(0), real(1)));
    let draw = bench.draw(&transformed, &[], 5);
    bench.run.tape.lifts_constants = true;
    let log = bench.log_density(&transformed, Arg { id: draw, value: 0.0 }, Use::Total);
    bench.run.tape.lifts_constants = false;
    let draws = bench.values(draw);
    // d/dz ln N(z; .3, 1.5) = -(z - .3) / 1.5^2, times dz/dloc = 1 and dz/dscale = (z - .3) / 1.5.
    let slope = |z: f64| -(z - 0.3) / 2.25;
    let by_loc: f64 = draws.iter().map(|&z| slope(z)).sum();
    let by_scale: f64 = draws.iter().map(|&z| slope(z) * (z - 0.3) / 1.5).sum();
    let gradient = bench.gradient(log, &[1.0]);
    let found = [gradient[0][0], gradient[1][0]];
    assert!((found[0] - by_loc).abs() < 1e-12 && (found[1] - by_scale).abs() < 1e-12, "{found:?}");
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

#[test]
fn a_value_whose_inverse_image_overflows_is_not_blamed_on_the_base() {
    let mut bench = Bench::new(&[Operand::rows([0.5, 1e200, -1.0]), Operand::number(1e-200)]);
    let base = Normal::new(0.0, 1.0);
    let transformed = Transformed::new(base, Affine::new(0.0, bench.handle::<Real>(1)));
    let (value, place) = (bench.arg(0), std::panic::Location::caller());
    let tape = &mut bench.run.tape;
    let trouble = transformed.law().find_trouble(tape, place, value, None, Wanted::Faults).unwrap();
    assert_eq!((trouble.row, trouble.fault), (1, Fault::Density { is_possible: true }));
    let expected = "the value overflows before Affine: what 1e200 is the image of is beyond f64";
    assert_eq!(trouble.detail, expected);
    // A value that the base does not have is one all the same.
    let mut bench = Bench::new(&[Operand::rows([0.5, -3.0, 1.0]), Operand::number(2.0)]);
    let positive = Transformed::new(LogNormal::new(0.0, 1.0), Affine::new(0.0, bench.handle::<Real>(1)));
    let value = bench.arg(0);
    let tape = &mut bench.run.tape;
    let trouble = positive.law().find_trouble(tape, place, value, None, Wanted::Faults).unwrap();
    assert_eq!((trouble.row, trouble.fault), (1, Fault::Value));
}
