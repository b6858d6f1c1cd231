//! What does not fit of a cell that is run over sequences.

use super::over::AnyCell;
use crate::element::Element;
use crate::program::run::Run;
use crate::shape::Shape;
use crate::tape::node::NodeId;
use crate::tape::ops::recurrence::{RecurrenceOperands, whole_length};

impl<E: Element> Run<E> {
    /// Returns which operand has not the dimensions that a cell's operands have.
    pub(super) fn misshapen(&self, cell: &AnyCell<E>, operands: &RecurrenceOperands) -> Option<String> {
        let AnyCell { inputs, size, .. } = *cell;
        let columns = cell.kind.columns() * size;
        let shape = |id: NodeId| self.tape.node(id).shape;
        let ends_in = |shape: Shape, size: usize| shape.dims().last().is_some_and(|&d| d as usize == size);
        let xs = shape(operands.inputs);
        if xs.rank() < 2 || !ends_in(xs, inputs) {
            return Some(format!(
                "expected inputs of the shape [.., steps, inputs = {inputs}], got {}",
                self.shape_of_operand(operands.inputs)
            ));
        }
        for (what, id) in ["state", "memory"].into_iter().zip(operands.first) {
            if id.is_some() && !ends_in(shape(id), size) {
                return Some(format!(
                    "expected a first {what} of the shape [.., size = {size}], got {}",
                    self.shape_of_operand(id)
                ));
            }
        }
        let weights = [
            ("w", Shape::matrix(inputs, columns)),
            ("v", Shape::matrix(size, columns)),
            ("b", Shape::vector(columns)),
            ("a", Shape::vector(columns)),
        ];
        for ((name, expected), id) in weights.into_iter().zip(operands.weights) {
            if id.is_some() && shape(id) != expected {
                let found = self.shape_of_operand(id);
                return Some(format!(
                    "expected `{name}` of the shape {expected}, for {inputs} inputs and a state of {size} numbers, got {found}"
                ));
            }
        }
        None
    }

    /// Says that the dimensions before those of single rows do not fit.
    #[cold]
    pub(super) fn unlike_leading(&self, operands: &RecurrenceOperands) -> String {
        let parts = [
            ("inputs [.., steps, inputs]", operands.inputs),
            ("a first state [.., size]", operands.first[0]),
            ("a first memory [.., size]", operands.first[1]),
            ("lengths [..]", operands.lengths),
        ];
        let named = parts.into_iter().filter(|(_, id)| id.is_some());
        let named: Vec<String> =
            named.map(|(what, id)| format!("{what} of the shape {}", self.shape_of_operand(id))).collect();
        format!("the dimensions before those of single rows do not fit: {}", named.join(", "))
    }

    /// Returns which length is no number of steps, unless a mask leaves it out.
    pub(super) fn wrong_length(&self, lengths: NodeId, steps: usize) -> Option<String> {
        let values = self.tape.value(lengths);
        let is_wrong = |&k: &usize| whole_length(values[k], steps).is_none();
        let mut wrong = (0..values.len()).filter(is_wrong).peekable();
        wrong.peek()?;
        let node = self.tape.node(lengths);
        let width = node.shape.len().max(1);
        let left_out = self.scope.mask().map(|mask| self.tape.left_out(mask, node.axes));
        let k = wrong.find(|k| left_out.as_ref().is_none_or(|left_out| !left_out[k / width]))?;
        let event = (node.shape.rank() > 0).then_some(k % width);
        let at = self.name_element(node.axes, k / width, event);
        Some(format!(
            "the length{at} is {}; expected a whole number up to {steps}, which is the number of steps",
            values[k]
        ))
    }

    fn shape_of_operand(&self, id: NodeId) -> String {
        self.shape_in_plates(self.tape.node(id).extent())
    }
}
