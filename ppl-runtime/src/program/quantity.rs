//! Quantities that a program states: draws and predictions report them by name.

use super::address::{Name, Subject};
use super::notes::Described;
use super::run::Run;
use super::slot;
use crate::dist::Operands;
use crate::element::Element;
use crate::error::Place;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::{Extent, Walk};
use crate::value::{Discrete, Handle, Real, Tensor, Value};
use std::panic::Location;

/// What may be a quantity of a program of element `E`: a value, an array or an integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no quantity that draws can report",
    label = "neither a real number nor an array nor an integer of the program",
    note = "state a `Real`, a `Tensor`, a `Discrete` or a number"
)]
pub trait Quantity<E: Element>: Copy {
    /// Whether it is an integer, whose draws are summarised by how often each value is drawn.
    #[doc(hidden)]
    const IS_INTEGER: bool = false;

    #[doc(hidden)]
    fn quantity(self) -> Value<E>;
}

impl<E: Element> Quantity<E> for f64 {
    fn quantity(self) -> Value<E> {
        Value::constant(E::of(self))
    }
}

impl<E: Element> Quantity<E> for Real<E> {
    fn quantity(self) -> Value<E> {
        self.to_value()
    }
}

impl<E: Element> Quantity<E> for Tensor<E> {
    fn quantity(self) -> Value<E> {
        self.to_value()
    }
}

impl<E: Element> Quantity<E> for Discrete {
    const IS_INTEGER: bool = true;

    fn quantity(self) -> Value<E> {
        self.to_value()
    }
}

/// A quantity in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatedQuantity {
    pub(crate) number: u32,
    pub(crate) node: NodeId,
    pub(crate) is_integer: bool,
    /// The particles and the plates that were open at the statement.
    open: AxisSet,
    /// Which rows are there, in a step of a chain that has ended in some.
    pub(crate) running: Option<NodeId>,
    place: Place,
}

/// States a quantity and returns it: the body of `deterministic!`.
#[doc(hidden)]
#[track_caller]
pub fn deterministic<E: Element, Q: Quantity<E>>(name: Name, quantity: Q) -> Q {
    E::take_quantity(name, quantity.quantity(), Q::IS_INTEGER, Location::caller());
    quantity
}

/// Takes the statement in the run in progress, if there is one. In a step it changes nothing, and is not compared.
pub(crate) fn take<E: Element>(
    name: Name,
    quantity: Value<E>,
    is_integer: bool,
    place: &'static Location<'static>,
) {
    slot::with_compared(|run: &mut Run<E>| {
        if !run.trace.overlays.is_empty() {
            let number = run.session.addresses.resolve(Subject::Quantity, name);
            run.mark_known(Subject::Quantity, number);
        }
        if run.pass.reports_quantities() || run.pass.is_explained() {
            run.state_quantity(name, (quantity, is_integer), Place(place));
        } else if !run.session.addresses.in_guide() {
            run.session.model_has_quantities = true;
        }
    });
}

impl<E: Element> Run<E> {
    fn state_quantity(&mut self, name: Name, (quantity, is_integer): (Value<E>, bool), place: Place) {
        self.session.model_has_quantities |= !self.session.addresses.in_guide();
        let number = self.session.addresses.resolve(Subject::Quantity, name);
        let quantity = self.tape.lift(quantity, place.0);
        let extent = self.tape.extent(&quantity);
        if self.pass.is_explained() {
            self.trace.notes.described = Described::quantity();
            let deps = self.tape.deps(&quantity);
            let operands = Operands { axes: extent.axes, deps, ..Operands::default() };
            self.note_statement(Subject::Quantity, number, (extent.shape, operands), place);
            if !self.pass.reports_quantities() {
                return;
            }
        }
        if !self.is_in_reach(Subject::Quantity, number, ("the quantity", extent.axes), place) {
            return;
        }
        if self.trace.quantities.iter().any(|stated| stated.number == number) {
            let detail =
                "is stated twice in this run; give it an index, or another name in the other program";
            return self.fail_at(Subject::Quantity, number, place, detail.to_owned());
        }
        let (node, open, running) = (self.tape.materialise(quantity), self.scope.axes, self.scope.running);
        self.trace.quantities.push(StatedQuantity { number, node, is_integer, open, running, place });
    }

    /// Gives each quantity its value at the outcomes that were drawn for the sites that the model sums out, and every element of the
    /// plates around it.
    ///
    /// The adjoint of a site's probe is one at the outcome that was drawn, and zero elsewhere.
    pub(crate) fn assign_quantities(&mut self) {
        if self.tape.error.is_some() {
            return;
        }
        for k in 0..self.trace.quantities.len() {
            let StatedQuantity { number, mut node, open, place, .. } = self.trace.quantities[k];
            while let Some(axis) = self.tape.node(node).axes.intersection(AxisSet::OUTCOMES).innermost() {
                let summed = self.trace.enumerated(axis);
                let Some(probe) = summed.and_then(|e| e.probe) else {
                    let site = summed.map_or("a site", |e| self.session.site_name(e.site));
                    let detail = format!(
                        "depends on a value of `{site}` that is drawn elsewhere, as the state before a step is; state it where `{site}` stands"
                    );
                    return self.fail_at(Subject::Quantity, number, place, detail);
                };
                let to = self.tape.node(node).axes.union(self.tape.node(probe).axes).minus(AxisSet::of(axis));
                node = self.selected(node, to, Some(probe));
            }
            let whole = self.tape.node(node).axes.union(open);
            self.trace.quantities[k].node = self.selected(node, whole, None);
        }
    }

    /// Returns a value along the axes `to`; along those that only the value and `probe` have, at the outcome where the adjoint
    /// of the probe is one.
    fn selected(&mut self, node: NodeId, to: AxisSet, probe: Option<NodeId>) -> NodeId {
        let from = self.tape.node(node).extent();
        let by = probe.map_or(Extent::SCALAR, |probe| self.tape.node(probe).extent());
        let to = Extent { axes: to, shape: from.shape };
        let domain = Extent { axes: to.axes.union(from.axes).union(by.axes), shape: from.shape };
        let mut selected = vec![E::nan(); self.tape.len_of(to)];
        let values = self.tape.value(node);
        let chosen = probe.map(|probe| self.tape.adjoint(probe));
        Walk::new(&self.tape.sizes, domain, &[to, from, by]).rows(|offset, n, stride| {
            for i in 0..n {
                if chosen.is_none_or(|chosen| chosen[offset[2] + i * stride[2]].as_f64() > 0.5) {
                    selected[offset[0] + i * stride[0]] = values[offset[1] + i * stride[1]];
                }
            }
        });
        self.tape.leaf(to, Deps::NONE, |out| out.copy_from_slice(&selected))
    }
}
