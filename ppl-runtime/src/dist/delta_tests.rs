//! A point's draw, density and derivative.

use super::*;
use crate::dist::check_tape::{Bench, Operand, ROWS, assert_draw_gradient};
use crate::value::{Real, Tensor};

#[test]
fn a_draw_is_the_value_along_every_open_axis() {
    let mut bench = Bench::new(&[Operand::vector(&[0.2, 0.8]), Operand::number(3.0)]);
    let delta = Delta::new(bench.handle::<Tensor>(0));
    assert_eq!(bench.event_shape(&delta).unwrap(), [2]);
    let draw = bench.draw(&delta, &[2], 1);
    assert_eq!(bench.values(draw), [0.2, 0.8].repeat(ROWS));
    let constant = Delta::new(3.0);
    let draw = bench.draw(&constant, &[], 1);
    assert_eq!(bench.values(draw), [3.0; ROWS]);
}

#[test]
fn derivatives_flow_to_the_value() {
    let operands = [Operand::vector(&[0.2, 0.8])];
    assert_draw_gradient(&operands, &[2], |bench| Delta::new(bench.handle::<Tensor>(0)));
    let operands = [Operand::rows([0.2, 0.8, -3.0])];
    assert_draw_gradient(&operands, &[], |bench| Delta::new(bench.handle::<Real>(0)));
}

#[test]
fn the_density_is_one_at_the_value_and_zero_elsewhere() {
    let mut bench = Bench::new(&[Operand::number(0.5), Operand::rows([0.5, 0.6, 0.5])]);
    let delta = Delta::new(bench.handle::<Real>(0));
    let own = bench.draw(&delta, &[], 1);
    let log = bench.log_density(&delta, Arg { id: own, value: 0.0 }, Use::Seeded);
    assert_eq!(bench.values(log), [0.0; ROWS]);
    let log = bench.log_density(&delta, bench.arg(1), Use::Elements);
    assert_eq!(bench.values(log), [0.0, f64::NEG_INFINITY, 0.0]);
    let log = bench.log_density(&delta, bench.arg(1), Use::Total);
    assert_eq!(bench.values(log), [f64::NEG_INFINITY]);
    let log = bench.log_density(&delta, Arg::constant(f64::NAN), Use::Total);
    assert!(bench.values(log)[0].is_nan());
    let value = bench.arg(1);
    let trouble = delta
        .law()
        .find_trouble(&mut bench.run.tape, std::panic::Location::caller(), value, None, Wanted::Faults)
        .unwrap();
    assert_eq!((trouble.row, trouble.detail.as_str()), (1, "the value 0.6 is not that of Delta(0.5)"));
}
