//! Copies of a distribution are those of one whose parameters are arrays.

use super::*;
use crate::dist::check_tape::{Bench, Operand, ROWS, assert_draw_gradient, assert_gradient};
use crate::dist::form::Form;
use crate::dist::{MultivariateNormal, Normal, Poisson, Truncated, ZeroInflated};
use crate::tape::ops::summand::Use;
use crate::value::{Discrete, Real, Tensor};

fn operands() -> Vec<Operand> {
    vec![
        Operand::array(&[2, 2], &[0.3, -1.0, 2.0, 0.1]),
        Operand::rows([0.2, -0.4, 1.0]),
        Operand::number(1.3),
    ]
}

#[test]
fn densities_are_sums_over_the_event() {
    let found = assert_gradient(&operands(), &[], |bench, usage| {
        let normal = Normal::new(bench.handle::<Real>(1), bench.handle::<Real>(2)).expand(&[2, 2]);
        assert_eq!(bench.event_shape(&normal).unwrap(), [2, 2]);
        bench.log_density(&normal, bench.arg(0), usage)
    });
    for (row, loc) in [0.2, -0.4, 1.0].into_iter().enumerate() {
        let log = |x: f64| {
            -0.5 * ((x - loc) / 1.3_f64).powi(2) - 1.3_f64.ln() - crate::family::normal::HALF_LN_TWO_PI
        };
        let expected: f64 = [0.3, -1.0, 2.0, 0.1].into_iter().map(log).sum();
        assert!((found[row] - expected).abs() < 1e-13);
    }
}

#[test]
fn draws_are_independent_along_the_event_and_differentiable() {
    let normal =
        |bench: &Bench| Normal::new(bench.handle::<Real>(1), bench.handle::<Real>(2)).expand(&[2, 2]);
    assert_draw_gradient(&operands(), &[2, 2], normal);
    let mut bench = Bench::new(&operands());
    let normal = normal(&bench);
    let draw = bench.draw(&normal, &[2, 2], 3);
    let mut values = bench.values(draw);
    assert_eq!(values.len(), 4 * ROWS);
    values.sort_by(f64::total_cmp);
    values.dedup();
    assert_eq!(values.len(), 4 * ROWS);
}

#[test]
fn the_closed_divergence_from_copies_is_that_from_an_array() {
    let operands = [Operand::vector(&[0.3, -0.8]), Operand::array(&[2, 2], &[0.7, 0.0, 0.2, 1.1])];
    let mut bench = Bench::new(&operands);
    let place = std::panic::Location::caller();
    let guide = MultivariateNormal::new(bench.handle::<Tensor>(0), bench.handle::<Tensor>(1));
    let q = guide.law().form(&mut bench.run.tape, place).unwrap();
    let prior: Expanded<Normal> = Normal::new(0.0, 1.0).expand(&[2]);
    let p = prior.law().form(&mut bench.run.tape, place).unwrap();
    let node =
        Form::divergence(&q, &p, &mut bench.run.tape, Shape::vector(2), Use::Total).expect("a closed form");
    // (|mean|^2 + |tril|^2 - n) / 2 - ln det tril.
    let expected = 0.5 * (0.09 + 0.64 + 0.49 + 0.04 + 1.21 - 2.0) - (0.7_f64 * 1.1).ln();
    assert!((bench.values(node)[0] - expected).abs() < 1e-14);
}

#[test]
fn counts_and_wrappers_expand() {
    fn integers<D: Distribution<f64, Value = Discrete>>(_: &D) {}
    fn arrays<D: Distribution<f64, Value = Tensor>>(_: &D) {}
    integers(&Poisson::new(2.0).expand(&[3]));
    integers(&ZeroInflated::new(0.2, Poisson::new(2.0)).expand(&[3]));
    arrays(&Truncated::new(Normal::new(0.0, 1.0), 0.0, 2.0).expand(&[3]));
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let mut bench = Bench::new(&[Operand::vector(&[0.3, -0.8])]);
    let normal = Normal::new(bench.handle::<Tensor>(0), 1.0);
    assert_eq!(bench.event_shape(&normal.expand(&[2])).unwrap(), [2]);
    assert_eq!(
        bench.event_shape(&normal.expand(&[3])).unwrap_err(),
        "a distribution of shape [2] cannot be expanded to [3]"
    );
    assert!(bench.event_shape(&normal.expand(&[1; 9])).unwrap_err().contains("dimensions"));
}
