//! What comes after the end of a row's chain, where others go on: its state stays the last one, and draws are not there.

use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::run::Run;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::{Extent, Walk};
use crate::value::{Discrete, Value};
use std::ops::Range;
use std::panic::Location;

/// In which of a run's lists a draw stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Drawing {
    Latent,
    Observed,
}

/// The steps of a run's chains in which some rows had ended.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    steps: Vec<EndedStep>,
}

#[derive(Debug)]
struct EndedStep {
    /// Where the draws of the step stand in the lists of the run.
    latent: Range<usize>,
    observed: Range<usize>,
    running: NodeId,
}

impl Ends {
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
    }

    /// Returns which rows are there of the draw at a place of a list, if some are not.
    pub(crate) fn running_at(&self, drawing: Drawing, place: usize) -> Option<NodeId> {
        let draws = |step: &EndedStep| match drawing {
            Drawing::Latent => step.latent.clone(),
            Drawing::Observed => step.observed.clone(),
        };
        let at = self.steps.partition_point(|step| draws(step).end <= place);
        self.steps.get(at).filter(|step| draws(step).contains(&place)).map(|step| step.running)
    }
}

/// A step of a chain with ends, while its body runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenStep {
    running: NodeId,
    has_ended: bool,
    latent: usize,
    observed: usize,
}

impl<E: Element> Run<E> {
    /// Begins step `t` of a chain that runs step by step.
    pub(super) fn open_step(
        &mut self,
        lengths: Option<Discrete>,
        t: usize,
        place: &'static Location<'static>,
    ) -> Option<OpenStep> {
        let running = self.mask_ended(lengths?, t, place);
        let has_ended = self.tape.value(running).contains(&E::zero());
        self.scope.running = has_ended.then_some(running);
        let (latent, observed) = (self.trace.order.len(), self.trace.observations.len());
        Some(OpenStep { running, has_ended, latent, observed })
    }

    /// Ends a step. The states are those of all steps so far, of `width` values each; of rows that have ended the last one
    /// becomes the one before. Returns whether there are such rows.
    pub(super) fn close_step(
        &mut self,
        step: OpenStep,
        states: &mut [Value<E>],
        width: usize,
        place: &'static Location<'static>,
    ) -> bool {
        self.scope.masks.pop();
        self.scope.running = None;
        if !step.has_ended {
            return false;
        }
        let (latent, observed) =
            (step.latent..self.trace.order.len(), step.observed..self.trace.observations.len());
        self.trace.ends.steps.push(EndedStep { latent, observed, running: step.running });
        let (before, after) = states.split_at_mut(states.len() - width);
        let before = &before[before.len() - width..];
        for (&was, is) in before.iter().zip(after) {
            *is = self.hold(was, *is, step.running, place);
        }
        true
    }

    /// Returns a value of the state after a step where the chain runs, and of the state before it where it has ended.
    fn hold(
        &mut self,
        before: Value<E>,
        after: Value<E>,
        running: NodeId,
        place: &'static Location<'static>,
    ) -> Value<E> {
        let [was, is] = [before, after].map(|value| {
            let arg = self.tape.lift(value, place);
            self.tape.materialise(arg)
        });
        if was == is {
            return after;
        }
        let [first, shape] = [was, is].map(|id| self.tape.node(id).shape);
        if first != shape {
            let detail = format!(
                "a row without steps keeps the first state, which has the shape {first} where the states after it have {shape}"
            );
            self.tape.fail(Error::Shape { place: Place(place), operation: "markov", detail });
            return after;
        }
        Value::of_node(self.tape.held(is, was, running), &self.tape)
    }

    /// Returns a value that is given for the step in progress, with zeros in the rows that have ended, of which there is none.
    pub(crate) fn without_ended(&mut self, given: NodeId) -> NodeId {
        let Some(running) = self.scope.running else { return given };
        let extent = self.tape.node(given).extent();
        let nothing = self.tape.leaf(extent, Deps::NONE, |out| out.fill(E::zero()));
        self.tape.held(given, nothing, running)
    }
}

impl<E: Element> Tape<E> {
    /// Writes NaN over the elements of rows that have ended.
    pub(crate) fn leave_out_ended(&self, extent: Extent, running: NodeId, elements: &mut [f64]) {
        let by = Extent { shape: Shape::SCALAR, ..self.node(running).extent() };
        if !extent.axes.covers(by.axes) {
            return;
        }
        let running = self.value(running);
        Walk::new(&self.sizes, extent, &[extent, by]).rows(|offset, n, stride| {
            for i in 0..n {
                if running[offset[1] + i * stride[1]] == E::zero() {
                    elements[offset[0] + i * stride[0]] = f64::NAN;
                }
            }
        });
    }
}
