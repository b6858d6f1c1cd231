//! Distributions on a tape: their log-densities, draws and gradients, for tests of what is made of other distributions.

use super::distribution::{Distribution, Request};
use crate::family::check::assert_derivative;
use crate::program::pass::Pass;
use crate::program::run::Run;
use crate::random::Streams;
use crate::shape::Shape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::{Handle, Value};
use std::panic::Location;

/// The axis of the plate that operands may have, and its size.
const PLATE: Axis = Axis(1);
pub(crate) const ROWS: usize = 3;

/// An operand of a test: its event shape, whether it has a row for each element of the plate, and its elements.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    shape: Vec<usize>,
    in_plate: bool,
    pub(crate) data: Vec<f64>,
}

impl Operand {
    pub(crate) fn number(value: f64) -> Operand {
        Operand { shape: vec![], in_plate: false, data: vec![value] }
    }

    pub(crate) fn array(shape: &[usize], data: &[f64]) -> Operand {
        assert_eq!(shape.iter().product::<usize>(), data.len());
        Operand { shape: shape.to_vec(), in_plate: false, data: data.to_vec() }
    }

    pub(crate) fn vector(data: &[f64]) -> Operand {
        Operand::array(&[data.len()], data)
    }

    /// One number for each element of the plate.
    pub(crate) fn rows(data: [f64; ROWS]) -> Operand {
        Operand { shape: vec![], in_plate: true, data: data.to_vec() }
    }
}

/// A test's run with its operands as parameters of the tape.
pub(crate) struct Bench {
    pub(crate) run: Run<f64>,
    ids: Vec<NodeId>,
}

impl Bench {
    pub(crate) fn new(operands: &[Operand]) -> Bench {
        let mut run = Run::new(1);
        run.begin(Pass::OBJECTIVE, 1);
        run.tape.sizes[PLATE.0 as usize] = ROWS as u32;
        run.scope.axes = AxisSet::of(PLATE);
        let ids = operands
            .iter()
            .map(|operand| {
                let axes = if operand.in_plate { AxisSet::of(PLATE) } else { AxisSet::EMPTY };
                let extent = Extent { axes, shape: Shape::of(&operand.shape).unwrap() };
                let id = run.tape.leaf(extent, Deps::NONE, |out| out.copy_from_slice(&operand.data));
                run.tape.mark_parameter(id);
                id
            })
            .collect();
        Bench { run, ids }
    }

    /// Returns operand `k` as a handle.
    pub(crate) fn handle<H: Handle<f64>>(&self, k: usize) -> H {
        H::from_value(Value::of_node(self.ids[k], &self.run.tape))
    }

    pub(crate) fn arg(&self, k: usize) -> Arg<f64> {
        Arg { id: self.ids[k], value: 0.0 }
    }

    pub(crate) fn log_density<D: Distribution<f64>>(
        &mut self,
        dist: &D,
        value: Arg<f64>,
        usage: Use,
    ) -> NodeId {
        dist.law().log_density(&mut self.run.tape, Location::caller(), value, usage)
    }

    /// Draws along the plate and, with `copies`, along a first event dimension.
    pub(crate) fn draw<D: Distribution<f64>>(&mut self, dist: &D, shape: &[usize], seed: u64) -> NodeId {
        let request = Request {
            streams: Streams::new(seed, 0, 0),
            extent: Extent { axes: AxisSet::of(PLATE), shape: Shape::of(shape).unwrap() },
            pathwise: true,
            deps: Deps { aligned: 1, crossed: 0 },
        };
        dist.law().draw(&mut self.run.tape, Location::caller(), request)
    }

    pub(crate) fn event_shape<D: Distribution<f64>>(&mut self, dist: &D) -> Result<Vec<usize>, String> {
        dist.law().event_shape(&mut self.run.tape, Location::caller()).map(|shape| shape.to_vec())
    }

    pub(crate) fn values(&self, id: NodeId) -> Vec<f64> {
        self.run.tape.value(id).to_vec()
    }

    /// Returns the derivatives of `seeds . node` by every operand.
    pub(crate) fn gradient(&mut self, node: NodeId, seeds: &[f64]) -> Vec<Vec<f64>> {
        let tape = &mut self.run.tape;
        tape.clear_adjoints();
        if tape.node(node).has_gradient() {
            for (adjoint, seed) in tape.adjoint_mut(node).iter_mut().zip(seeds) {
                *adjoint += seed;
            }
        }
        tape.sweep();
        self.ids.iter().map(|&id| tape.adjoint(id).to_vec()).collect()
    }
}

/// Returns seeds that differ from element to element, unless all must be the same.
fn seeds(n: usize, usage: Use) -> Vec<f64> {
    (0..n).map(|k| if usage == Use::Seeded { 1.0 + 0.5 * k as f64 } else { 1.0 }).collect()
}

/// Asserts for every use that what `build` records has the gradient of its six-point differences by all operands but
/// those in `fixed`, and returns its elements along the plate.
#[track_caller]
pub(crate) fn assert_gradient(
    operands: &[Operand],
    fixed: &[usize],
    build: impl Fn(&mut Bench, Use) -> NodeId,
) -> Vec<f64> {
    let mut elements = Vec::new();
    let mut totals = Vec::new();
    for usage in [Use::Elements, Use::Seeded, Use::Total] {
        let evaluate = |operands: &[Operand]| {
            let mut bench = Bench::new(operands);
            let node = build(&mut bench, usage);
            assert!(bench.run.tape.error.is_none(), "{:?}", bench.run.tape.error);
            (bench, node)
        };
        let (mut bench, node) = evaluate(operands);
        let found = bench.values(node);
        totals.push(found.iter().sum::<f64>());
        let seeds = seeds(found.len(), usage);
        let gradient = bench.gradient(node, &seeds);
        for (k, operand) in operands.iter().enumerate().filter(|(k, _)| !fixed.contains(k)) {
            for (j, &x) in operand.data.iter().enumerate() {
                let at = |v: f64| {
                    let mut moved = operands.to_vec();
                    moved[k].data[j] = v;
                    let (bench, node) = evaluate(&moved);
                    bench.values(node).iter().zip(&seeds).map(|(v, s)| v * s).sum()
                };
                let what = format!("{usage:?}: by element {j} of operand {k}");
                assert_derivative(&what, at, x, gradient[k][j]);
            }
        }
        if usage == Use::Elements {
            elements = found;
        }
    }
    assert!(totals.iter().all(|t| (t - totals[0]).abs() <= 1e-12 * totals[0].abs().max(1.0)), "{totals:?}");
    elements
}

/// Asserts that a pathwise draw, whose noise does not depend on the operands, has the gradient of its differences.
#[track_caller]
pub(crate) fn assert_draw_gradient<D: Distribution<f64>>(
    operands: &[Operand],
    shape: &[usize],
    dist: impl Fn(&Bench) -> D,
) {
    let draw = |operands: &[Operand]| {
        let mut bench = Bench::new(operands);
        let d = dist(&bench);
        let node = bench.draw(&d, shape, 7);
        assert!(bench.run.tape.error.is_none(), "{:?}", bench.run.tape.error);
        (bench, node)
    };
    let (mut bench, node) = draw(operands);
    let weights = seeds(bench.values(node).len(), Use::Seeded);
    assert_eq!(bench.run.tape.node(node).deps.aligned, 1, "a draw depends on its site");
    let gradient = bench.gradient(node, &weights);
    for (k, operand) in operands.iter().enumerate() {
        for (j, &x) in operand.data.iter().enumerate() {
            let at = |v: f64| {
                let mut moved = operands.to_vec();
                moved[k].data[j] = v;
                let (bench, node) = draw(&moved);
                bench.values(node).iter().zip(&weights).map(|(v, s)| v * s).sum()
            };
            assert_derivative(&format!("draw by element {j} of operand {k}"), at, x, gradient[k][j]);
        }
    }
}

#[test]
#[should_panic]
fn a_planted_error_of_the_gradient_is_seen() {
    use crate::tape::ops::Unary;
    let operands = [Operand::number(0.3)];
    assert_gradient(&operands, &[], |bench, _| {
        // The square root's gradient with the square's value.
        let root = bench.run.tape.unary(Unary::Square, bench.arg(0));
        bench.run.tape.stop_gradient(root)
    });
}
