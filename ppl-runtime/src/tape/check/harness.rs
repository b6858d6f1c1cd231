//! The harness: cases, their recording, and the comparison with naive values and with differences.

use crate::program::address::Name;
use crate::program::batch::{Batch, Selection};
use crate::program::pass::Pass;
use crate::program::plate::{Index, plate};
use crate::program::run::Run;
use crate::program::slot;
use crate::random::Generator;
use crate::shape::Shape;
use crate::tape::axes::{Axis, AxisSet, FIRST_PLATE};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use crate::value::{Discrete, Handle, Real, Tensor, Value};
use rand::{RngExt, SeedableRng};
use std::cell::RefCell;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// An input: the plates that it varies along, its event shape, and its elements.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) plates: Vec<usize>,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
    /// Whether it is a constant, like data.
    constant: bool,
}

/// Plates, from the outermost inwards, and inputs inside them.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) plates: Vec<(usize, Selection)>,
    pub(crate) inputs: Vec<Input>,
    rng: u64,
    /// Whether every element of the result has the same seed, which some terms may count on.
    equal_seeds: bool,
}

/// An input or a result as the naive twin sees it.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    plates: Vec<usize>,
    sizes: Vec<usize>,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Dense {
    fn offset(&self, row: &[usize]) -> usize {
        self.plates.iter().fold(0, |at, &p| at * self.sizes[p] + row[p])
    }

    /// Returns the event at these positions along all plates of the case.
    pub(crate) fn event(&self, row: &[usize]) -> &[f64] {
        let width: usize = self.shape.iter().product();
        let at = self.offset(row) * width;
        &self.values[at..at + width]
    }

    /// Returns one element.
    pub(crate) fn at(&self, row: &[usize], event: &[usize]) -> f64 {
        let index = self.shape.iter().zip(event).fold(0, |at, (&d, &i)| at * d + i);
        self.event(row)[if self.shape.is_empty() { 0 } else { index }]
    }
}

/// A recording of a case.
pub(crate) struct Recorded {
    pub(crate) run: Run<f64>,
    pub(crate) leaves: Vec<NodeId>,
    pub(crate) out: NodeId,
}

/// What a case checks: a function of the inputs and of the plates' indices.
pub(crate) type Operation<'a> = &'a dyn Fn(&[Value<f64>], &[Index]) -> Value<f64>;

#[derive(Clone, Copy)]
struct Chosen(Selection);

impl Batch for Chosen {
    fn selection(self) -> Selection {
        self.0
    }
}

impl Case {
    /// Returns a case without inputs in plates of these sizes.
    pub(crate) fn new(plates: &[usize]) -> Case {
        let plates = plates.iter().map(|&n| (n, Selection::Whole)).collect();
        Case { plates, inputs: Vec::new(), rng: 1, equal_seeds: false }
    }

    /// Makes plate `k` a subsample of `m` rows.
    pub(crate) fn subsampled(mut self, k: usize, m: usize) -> Case {
        self.plates[k].1 = Selection::Random(m);
        self
    }

    /// Returns the number of rows that a plate has in the run.
    pub(crate) fn size(&self, plate: usize) -> usize {
        match self.plates[plate] {
            (n, Selection::Whole | Selection::Of(_)) => n,
            (_, Selection::Random(m) | Selection::InOrder(m) | Selection::Block(_, m)) => m,
        }
    }

    /// Adds an input with elements drawn uniformly from a range.
    pub(crate) fn input(mut self, plates: &[usize], shape: &[usize], range: std::ops::Range<f64>) -> Case {
        let len = plates.iter().map(|&p| self.size(p)).product::<usize>() * shape.iter().product::<usize>();
        self.rng += 1;
        let mut rng = Generator::seed_from_u64(self.rng);
        let values =
            (0..len).map(|_| range.start + rng.random::<f64>() * (range.end - range.start)).collect();
        self.given(plates, shape, values)
    }

    /// Gives every element of the result the same seed.
    pub(crate) fn equal_seeds(mut self) -> Case {
        self.equal_seeds = true;
        self
    }

    /// Makes the last input a constant.
    pub(crate) fn constant(mut self) -> Case {
        if let Some(last) = self.inputs.last_mut() {
            last.constant = true;
        }
        self
    }

    /// Returns the plates along which any input varies.
    pub(crate) fn reached(&self) -> Vec<usize> {
        (0..self.plates.len()).filter(|p| self.inputs.iter().any(|i| i.plates.contains(p))).collect()
    }

    /// Adds an input with these elements.
    pub(crate) fn given(mut self, plates: &[usize], shape: &[usize], values: Vec<f64>) -> Case {
        self.inputs.push(Input { plates: plates.to_vec(), shape: shape.to_vec(), values, constant: false });
        self
    }

    /// Returns the rows of the whole plate that the run visits.
    pub(crate) fn rows(&self, plate: usize) -> Vec<usize> {
        let recorded = self.record(&self.values(), &|_, _| Value::constant(0.0));
        (0..self.size(plate)).map(|k| recorded.run.session.plates.row(plate as u32, k)).collect()
    }

    fn dense(&self) -> Vec<Dense> {
        let sizes: Vec<usize> = (0..self.plates.len()).map(|p| self.size(p)).collect();
        let of = |i: &Input| Dense {
            plates: i.plates.clone(),
            sizes: sizes.clone(),
            shape: i.shape.clone(),
            values: i.values.clone(),
        };
        self.inputs.iter().map(of).collect()
    }

    /// Records the operation with these elements of the inputs.
    pub(crate) fn record(&self, values: &[Vec<f64>], op: Operation<'_>) -> Recorded {
        let mut run: Run<f64> = Run::new(7);
        run.begin(Pass::OBJECTIVE, 1);
        let leaves = RefCell::new(Vec::new());
        let out = RefCell::new(None);
        let body = |indices: &[Index]| {
            let inputs: Vec<Value<f64>> = self
                .inputs
                .iter()
                .zip(values)
                .map(|(input, values)| {
                    slot::with(|run: &mut Run<f64>| {
                        let id = leaf(run, input, values);
                        leaves.borrow_mut().push(id);
                        Value::of_node(id, &run.tape)
                    })
                    .expect("a run is in progress")
                })
                .collect();
            let value = op(&inputs, indices);
            let id = slot::with(|run: &mut Run<f64>| run.tape.materialise(value.arg()));
            *out.borrow_mut() = id;
        };
        run.execute(0, || open(&self.plates, &RefCell::new(Vec::new()), &body));
        let out = out.borrow_mut().take().expect("the body of the plates runs");
        Recorded { run, leaves: leaves.into_inner(), out }
    }

    fn values(&self) -> Vec<Vec<f64>> {
        self.inputs.iter().map(|i| i.values.clone()).collect()
    }

    /// Checks the operation's value against `naive`, which gets the inputs, the row of the plates and the event index,
    /// and its adjoints against differences.
    #[track_caller]
    pub(crate) fn check(
        &self,
        what: &str,
        op: impl Fn(&[Value<f64>], &[Index]) -> Value<f64>,
        naive: impl Fn(&[Dense], &[usize], &[usize]) -> f64,
    ) {
        self.check_value(what, &op, naive);
        self.check_adjoints(what, &op);
    }

    /// Checks the value alone.
    #[track_caller]
    pub(crate) fn check_value(
        &self,
        what: &str,
        op: Operation<'_>,
        naive: impl Fn(&[Dense], &[usize], &[usize]) -> f64,
    ) {
        let mut recorded = self.record(&self.values(), op);
        assert_eq!(recorded.run.outcome(), Ok(()), "{what}");
        let got = recorded.dense(self.plates.len());
        let inputs = self.dense();
        for row in positions(&got.sizes) {
            for event in positions(&got.shape) {
                let (found, expected) = (got.at(&row, &event), naive(&inputs, &row, &event));
                assert!(
                    found == expected || (found - expected).abs() <= 1e-11 * expected.abs().max(1e-3),
                    "{what}: the value at {row:?} {event:?} is {found}, expected {expected}"
                );
            }
        }
    }

    /// Checks the adjoint of every element of every input by six-point differences.
    #[track_caller]
    pub(crate) fn check_adjoints(&self, what: &str, op: Operation<'_>) {
        let mut recorded = self.record(&self.values(), op);
        assert_eq!(recorded.run.outcome(), Ok(()), "{what}");
        assert!(recorded.run.tape.node(recorded.out).has_gradient(), "{what}: no gradient flows");
        let mut cotangent = cotangent(recorded.run.tape.value(recorded.out).len());
        if self.equal_seeds {
            cotangent.fill(0.7);
        }
        recorded.sweep(&cotangent);
        let adjoints: Vec<Vec<f64>> = (recorded.leaves.iter().zip(&self.inputs))
            .map(
                |(&leaf, input)| {
                    if input.constant { Vec::new() } else { recorded.run.tape.adjoint(leaf).to_vec() }
                },
            )
            .collect();
        let mut values = self.values();
        for (k, adjoints) in adjoints.iter().enumerate() {
            for (i, &got) in adjoints.iter().enumerate() {
                let x = values[k][i];
                // The seeded sum, and the size of its summands, of which the difference sees the rounding.
                let mut size = 0.0f64;
                let mut at = |v: f64| {
                    values[k][i] = v;
                    let recorded = self.record(&values, op);
                    values[k][i] = x;
                    let out = recorded.run.tape.value(recorded.out);
                    size = size.max(out.iter().zip(&cotangent).map(|(y, c)| (y * c).abs()).sum());
                    out.iter().zip(&cotangent).map(|(y, c)| y * c).sum::<f64>()
                };
                let h = crate::family::check::step(x);
                let mut pair = |m: f64| at(x + m * h) - at(x - m * h);
                let expected = (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h);
                let rounding = 64.0 * f64::EPSILON * size.max(1e-3) / h;
                assert!(
                    (got - expected).abs() <= 1e-6 * expected.abs() + rounding,
                    "{what}: the adjoint of input {k}, element {i} (at {x}) is {got}, the difference quotient {expected}"
                );
            }
        }
    }
}

impl Recorded {
    /// Sweeps back from these adjoints of the result.
    pub(crate) fn sweep(&mut self, cotangent: &[f64]) {
        let tape = &mut self.run.tape;
        tape.clear_adjoints();
        tape.adjoint_mut(self.out).copy_from_slice(cotangent);
        tape.sweep();
    }

    fn dense(&self, plates: usize) -> Dense {
        let tape = &self.run.tape;
        let node = tape.node(self.out);
        let has = |p: &usize| node.axes.contains(Axis(FIRST_PLATE.0 + *p as u8));
        Dense {
            plates: (0..plates).filter(has).collect(),
            sizes: (0..plates).map(|p| tape.sizes[p + 1] as usize).collect(),
            shape: node.shape.to_vec(),
            values: tape.value(self.out).to_vec(),
        }
    }
}

fn leaf(run: &mut Run<f64>, input: &Input, values: &[f64]) -> NodeId {
    let axes =
        input.plates.iter().fold(AxisSet::EMPTY, |s, &p| s.union(AxisSet::of(Axis(FIRST_PLATE.0 + p as u8))));
    let shape = Shape::of(&input.shape).expect("a small shape");
    let id = run.tape.leaf(Extent { axes, shape }, Deps::NONE, |out| out.copy_from_slice(values));
    if !input.constant {
        run.tape.mark_parameter(id);
    }
    id
}

/// Opens the plates one inside the other and runs the body in the innermost.
fn open(plates: &[(usize, Selection)], indices: &RefCell<Vec<Index>>, body: &dyn Fn(&[Index])) {
    let depth = indices.borrow().len();
    let Some(&(size, selection)) = plates.get(depth) else {
        return body(&indices.borrow());
    };
    plate::<f64, (), _, _>(Name::new(NAMES[depth]), size, Chosen(selection), |index| {
        indices.borrow_mut().push(index);
        open(plates, indices, body);
    });
}

fn cotangent(len: usize) -> Vec<f64> {
    let mut rng = Generator::seed_from_u64(len as u64 + 99);
    (0..len).map(|_| rng.random::<f64>() * 2.0 - 1.0).collect()
}

/// Returns every position in an array of this shape, in row-major order.
pub(crate) fn positions(shape: &[usize]) -> Vec<Vec<usize>> {
    let len: usize = shape.iter().product();
    let mut all = Vec::with_capacity(len);
    for mut k in 0..len {
        let mut position = vec![0; shape.len()];
        for (slot, &d) in position.iter_mut().zip(shape).rev() {
            *slot = k % d;
            k /= d;
        }
        all.push(position);
    }
    all
}

/// Returns the input as a scalar.
pub(crate) fn real(x: Value<f64>) -> Real {
    Real::from_value(x)
}

/// Returns the input as an array.
pub(crate) fn tensor(x: Value<f64>) -> Tensor {
    Tensor::from_value(x)
}

/// Returns integers along some of the plates of a case.
pub(crate) fn integers(plates: &[usize], values: &[usize]) -> Discrete {
    let axes =
        plates.iter().fold(AxisSet::EMPTY, |s, &p| s.union(AxisSet::of(Axis(FIRST_PLATE.0 + p as u8))));
    let extent = Extent { axes, shape: Shape::SCALAR };
    slot::with(|run: &mut Run<f64>| {
        let id = run.tape.leaf(extent, Deps::NONE, |out| {
            for (to, &v) in out.iter_mut().zip(values) {
                *to = v as f64;
            }
        });
        Discrete::of_node(id, &run.tape)
    })
    .expect("a run is in progress")
}

/// Returns the value of a handle.
pub(crate) fn value(x: impl Handle<f64>) -> Value<f64> {
    x.to_value()
}

#[test]
#[should_panic(expected = "the difference quotient")]
fn a_wrong_derivative_is_rejected() {
    // Through `stop_gradient` the square has half of its derivative.
    Case::new(&[3]).input(&[0], &[], 0.5..1.5).check(
        "planted",
        |x, _| value(real(x[0]) * real(x[0]).stop_gradient()),
        |x, row, _| x[0].at(row, &[]).powi(2),
    );
}

#[test]
#[should_panic(expected = "the difference quotient")]
fn a_small_error_in_one_element_is_rejected() {
    // The value is x itself, the adjoint of the second element is too large by 2e-5 of it.
    let wrong = |x: Tensor| {
        let extra = x.slice(0, 1..2) * 2e-5;
        Tensor::concat(&[x.slice(0, 0..1), x.slice(0, 1..2) + extra - extra.stop_gradient()], 0)
    };
    Case::new(&[]).input(&[], &[2], 0.5..1.5).check(
        "planted",
        |x, _| value(wrong(tensor(x[0]))),
        |x, row, event| x[0].at(row, event),
    );
}

#[test]
#[should_panic(expected = "the value at")]
fn a_wrong_value_is_rejected() {
    Case::new(&[3]).input(&[0], &[], 0.5..1.5).check(
        "planted",
        |x, _| value(real(x[0]) * 2.0),
        |x, row, _| x[0].at(row, &[]) * 2.0 + 1e-10,
    );
}
