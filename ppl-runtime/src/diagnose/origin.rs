//! What made a value that is not finite: the first operation whose operands still are.

use crate::dist::overflow::number;
use crate::element::Element;
use crate::program::address::Subject;
use crate::program::run::Run;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::ops::linalg::Linear;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::shape_ops::Move;
use crate::tape::ops::square::Square;
use crate::tape::ops::take::Take;
use crate::tape::ops::{Binary, Unary};
use crate::tape::walk::Extent;

impl<E: Element> Run<E> {
    /// Says what made the first of these nodes that is not finite at an element: `` `ln` of -0.3 ``.
    pub(crate) fn origin_of(
        &self,
        nodes: &[NodeId],
        axes: AxisSet,
        row: usize,
        event: Option<usize>,
    ) -> Option<String> {
        nodes.iter().find_map(|&id| {
            let (first, width) = self.row_of(id, axes, row);
            let bad = |&k: &usize| !self.tape.value(id)[k].is_finite();
            let exact = event.filter(|&k| k < width).map(|k| first + k).filter(bad);
            let element = exact.or_else(|| (first..first + width).find(bad))?;
            self.origin(id, element)
        })
    }

    /// Returns the first element of a node in a row of `axes`, and how many the row has there.
    pub(super) fn row_of(&self, id: NodeId, axes: AxisSet, row: usize) -> (usize, usize) {
        let extent = self.tape.node(id).extent();
        let width = extent.shape.len().max(1);
        (self.tape.position(axes, row, extent.axes) * width, width)
    }

    /// Says what made an element that is not finite, if an operation did.
    fn origin(&self, mut id: NodeId, mut element: usize) -> Option<String> {
        let tape = &self.tape;
        let value = |id: NodeId, k: usize| tape.value(id)[k];
        // Every turn goes to an earlier node.
        loop {
            (id, element) = match &tape.node(id).op {
                Op::Leaf => match tape.producer(id, element) {
                    (source, _) if source == id => return self.parameter_at(id, element),
                    source => source,
                },
                &Op::Unary(kind, x) if value(x, element).is_finite() => {
                    return Some(format!("`{}` of {}", unary_name(kind), number(value(x, element).as_f64())));
                }
                &Op::Affine(x, ..) if value(x, element).is_finite() => {
                    return Some(format!("a linear function of {}", number(value(x, element).as_f64())));
                }
                &(Op::Unary(_, x) | Op::Affine(x, ..)) => (x, element),
                &(Op::Binary(kind, a, b) | Op::Broadcast(kind, a, b)) => {
                    let [first, second] =
                        [a, b].map(|arg| self.operand_at(arg, tape.node(id).extent(), element));
                    match [first, second].into_iter().find(|(_, value)| !value.is_finite()) {
                        None => return Some(applied(kind, first.1, second.1)),
                        Some((Some(next), _)) => next,
                        Some((None, constant)) => return Some(format!("the constant {constant}")),
                    }
                }
                &Op::Select(mask, a, b) => {
                    let extent = tape.node(id).extent();
                    let [mask, a, b] = [mask, a, b].map(|id| {
                        let (place, value) = self.operand_at(Arg { id, value: E::zero() }, extent, element);
                        (place.unwrap_or((id, 0)), value)
                    });
                    let chosen = if mask.1 == E::zero() { b } else { a };
                    if mask.1.is_nan() { mask.0 } else { chosen.0 }
                }
                op => {
                    let (what, operands) = self.tape.gathering(op)?;
                    let bad = operands.iter().find_map(|&x| {
                        let at = tape.value(x).iter().position(|v| !v.is_finite())?;
                        Some((x, at))
                    });
                    match bad {
                        Some(next) => next,
                        None => return Some(format!("{what} of finite numbers")),
                    }
                }
            };
        }
    }

    /// Returns an operand's element for an element of the result, and its value.
    pub(super) fn operand_at(
        &self,
        arg: Arg<E>,
        result: Extent,
        element: usize,
    ) -> (Option<(NodeId, usize)>, E) {
        if !arg.id.is_some() {
            return (None, arg.value);
        }
        let inner = result.shape.len().max(1);
        let (first, _) = self.row_of(arg.id, result.axes, element / inner);
        let at = first + self.tape.node(arg.id).shape.place_of(element % inner, &result.shape);
        (Some((arg.id, at)), self.tape.value(arg.id)[at])
    }

    /// Returns the parameter that a leaf is of.
    fn parameter_at(&self, leaf: NodeId, element: usize) -> Option<String> {
        let of_leaf = |&&number: &&u32| self.session.params.params[number as usize].leaf == leaf;
        let number = *self.session.params.used.iter().find(of_leaf)?;
        Some(format!(
            "{}, {} in unconstrained space,",
            self.name_parameter(number, element),
            self.tape.value(leaf)[element]
        ))
    }

    /// Returns a parameter of this run with an element of it: `` parameter `loc` at school = 3 ``.
    pub(crate) fn name_parameter(&self, number: u32, element: usize) -> String {
        let param = &self.session.params.params[number as usize];
        let extent = self.tape.node(param.leaf).extent();
        let width = extent.shape.len().max(1);
        let event = (extent.shape.rank() > 0).then_some(element % width);
        let at = self.name_element(extent.axes, element / width, event);
        format!("parameter `{}`{at}", self.session.addresses.text(Subject::Parameter, number))
    }
}

/// Returns a function of two numbers with its operands.
pub(super) fn applied<E: Element>(kind: Binary, a: E, b: E) -> String {
    let (a, b) = (number(a.as_f64()), number(b.as_f64()));
    match kind {
        Binary::Add => format!("{a} + {b}"),
        Binary::Sub => format!("{a} - {b}"),
        Binary::Mul => format!("{a} * {b}"),
        Binary::Div => format!("{a} / {b}"),
        Binary::Pow => format!("{a} to the power {b}"),
        Binary::Max => format!("the maximum of {a} and {b}"),
        Binary::Min => format!("the minimum of {a} and {b}"),
        Binary::Leak => format!("`leaky_relu` of {a} with the slope {b}"),
        Binary::LnBeside => format!("`ln` of {a}, which is {b} less than one"),
        Binary::LnLack => format!("`ln` of 1 - exp({a})"),
    }
}

pub(super) fn unary_name(kind: Unary) -> &'static str {
    match kind {
        Unary::Exp => "exp",
        Unary::Ln | Unary::LnRest => "ln",
        Unary::Ln1p => "ln_1p",
        Unary::ExpM1 => "exp_m1",
        Unary::Sqrt => "sqrt",
        Unary::Square => "square",
        Unary::Recip => "recip",
        Unary::Tanh => "tanh",
        Unary::Sigmoid => "sigmoid",
        Unary::Softplus => "softplus",
        Unary::Relu => "relu",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Abs => "abs",
        Unary::LnGamma => "ln_gamma",
        Unary::Digamma => "digamma",
        Unary::Erf => "erf",
        Unary::Elu => "elu",
        Unary::Silu => "silu",
        Unary::Gelu => "gelu",
    }
}

fn reduction_name(kind: Along) -> &'static str {
    match kind {
        Along::Sum => "a sum",
        Along::Mean => "a mean",
        Along::Max => "a maximum",
        Along::LogSumExp => "a log-sum-exp",
        Along::Softmax => "a softmax",
        Along::LogSoftmax => "a log-softmax",
        Along::CumSum => "`cumsum`",
    }
}

impl<E: Element> Tape<E> {
    /// Returns where a position among some axes lies among others.
    fn position(&self, axes: AxisSet, mut row: usize, of: AxisSet) -> usize {
        let (mut at, mut stride) = (0, 1);
        let size = |axis: crate::tape::axes::Axis| (self.sizes[axis.0 as usize] as usize).max(1);
        for axis in axes.union(of).iter_inward_out() {
            let mut k = 0;
            if axes.contains(axis) {
                (k, row) = (row % size(axis), row / size(axis));
            }
            if of.contains(axis) {
                (at, stride) = (at + k * stride, stride * size(axis));
            }
        }
        at
    }

    /// Returns an operation whose elements are made of several others, with its operands.
    fn gathering(&self, op: &Op<E>) -> Option<(&'static str, Vec<NodeId>)> {
        let list = |start: u32, count: u32| self.lists[start as usize..(start + count) as usize].to_vec();
        Some(match *op {
            Op::Move(Move::Strided(x, _)) => ("a copy", vec![x]),
            Op::Move(Move::Gather { x, .. }) => ("`at`", vec![x]),
            Op::Take(Take { x, .. }) => ("`gather`", vec![x]),
            Op::Move(Move::Join { list: start, count, .. }) => ("a stack", list(start, count)),
            Op::Reduction(reduction) => (reduction_name(reduction.kind), vec![reduction.x]),
            Op::Contraction(product) => ("a product", vec![product.a, product.b]),
            Op::LogContraction(product) => ("`log_matmul`", vec![product.a, product.b]),
            Op::Linear(Linear::Cholesky { x, .. }) => ("`cholesky`", vec![x]),
            Op::Linear(Linear::Solve { l, b, .. }) => ("a triangular solve", vec![l, b]),
            Op::Square(Square::LogDet { x, .. }) => ("`log_det`", vec![x]),
            Op::Square(Square::Solve { a, b, .. }) => ("`solve`", vec![a, b]),
            Op::Square(Square::Inverse { x, .. }) => ("`inverse`", vec![x]),
            Op::Recurrence(k) => ("a recurrent cell", self.recurrences[k as usize].operands().collect()),
            Op::Bijection(_, x) => ("the map to the support", vec![x]),
            Op::Inverse(_, y) => ("the map from the support", vec![y]),
            Op::LogDet(_, x, y) => ("the determinant of the map to the support", vec![x, y]),
            _ => return None,
        })
    }
}
