//! A run of a session's programs: its parts by the time for which they last, and its beginning.

use super::limits::{stack_end, unless_stopped};
use super::pass::Pass;
use super::plate::Index;
use super::programs::Programs;
use super::scope::Scope;
use super::session::Session;
use super::slot;
use super::trace::Trace;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::Tape;
use crate::tape::axes::PARTICLES;
use crate::tape::node::NodeId;
use crate::tape::reported::Misfit;
use crate::tape::walk::Extent;
use crate::value::{Discrete, Handle, Value};
use std::panic::Location;

/// A run of the programs of a session; while a program runs, the thread's slot points at it.
///
/// Its parts end at different times: ARCHITECTURE has the table.
#[derive(Debug)]
pub struct Run<E: 'static> {
    /// What outlives the run.
    pub(crate) session: Session<E>,
    /// What the run computes.
    pub(crate) tape: Tape<E>,
    /// What sites have made of it.
    pub(crate) trace: Trace<E>,
    /// What is open around the statement in progress.
    pub(crate) scope: Scope<E>,
    /// What statements do.
    pub(crate) pass: Pass,
}

impl<E: Element> Run<E> {
    /// Returns a run of a new session.
    pub(crate) fn new(seed: u64) -> Run<E> {
        Run::of(Session::new(seed))
    }

    /// Returns a run of a session, which has not begun.
    pub(crate) fn of(session: Session<E>) -> Run<E> {
        Run { session, tape: Tape::new(), trace: Trace::new(), scope: Scope::new(), pass: Pass::OBJECTIVE }
    }

    /// Begins a new recording with this number of particles.
    pub(crate) fn begin(&mut self, pass: Pass, particles: usize) {
        self.tape.generation = slot::next_generation();
        if !self.begin_following(pass, particles) {
            self.session.memory.begin();
            self.session.params.begin();
            self.tape.clear();
            self.trace.clear();
            self.tape.recording = self.tape.generation;
            self.pass = pass;
            self.tape.differentiates = pass.differentiates;
            self.tape.is_checked = pass.is_checked();
            self.tape.deferral.allowed = pass.wants_totals();
            self.tape.sizes[PARTICLES.0 as usize] = particles as u32;
        }
        // The recording of a run that is followed stays, and the memory that it refers to; the programs begin where they did.
        self.tape.lifts_constants = false;
        self.trace.stopped = false;
        self.scope.begin(particles);
        self.session.paths.begin();
    }

    /// Runs the guide (0) or the model (1) with this state as the run in progress; returns nothing if the program was stopped.
    pub(crate) fn execute<R>(&mut self, program: usize, body: impl FnOnce() -> R) -> Option<R> {
        self.session.addresses.begin(program);
        self.session.addresses.step = None;
        // What the other program read plainly is unknown to this one.
        self.scope.control = 0;
        self.trace.concrete_sites = 0;
        self.scope.stack_end = stack_end();
        unless_stopped(|| slot::install(self, body))
    }

    /// Runs the guide, and then the model, unless the guide was stopped.
    pub(crate) fn execute_both(&mut self, programs: Programs<'_>) {
        let mut went_on = self.execute(0, || programs.guide.run_guide()).is_some();
        if went_on && self.lacks_parts() {
            let (pass, particles) = (self.pass, self.particles());
            self.learn_parts(programs);
            if self.tape.error.is_some() {
                return;
            }
            self.begin(pass, particles);
            went_on = self.execute(0, || programs.guide.run_guide()).is_some();
        }
        if went_on {
            self.execute(1, || programs.model.run_model());
            self.refuse_idle_patterns();
        }
    }

    /// Returns the first error of the recording.
    pub(crate) fn outcome(&mut self) -> Result<(), Error> {
        match self.tape.error.take() {
            None => Ok(()),
            Some(error) => Err(self.with_names(*error)),
        }
    }

    /// Returns an error of the tape, which knows axes by number, with the names of their sites and plates.
    #[cold]
    fn with_names(&self, error: Error) -> Error {
        let too_large = self.tape.too_large.and_then(|found| self.name_too_large(found));
        let misfit = self.tape.misfit.map(|Misfit { operands, operation, place }| {
            let [left, right] = operands.map(|extent| self.shape_in_plates(extent));
            let detail = format!("the shapes {left} and {right} do not fit");
            Error::Shape { place, operation, detail }
        });
        too_large.or(misfit).unwrap_or(error)
    }

    #[cold]
    pub(crate) fn too_many_dimensions(&mut self, place: &'static Location<'static>) {
        let detail = format!("an array can have at most {} dimensions", crate::shape::MAX_RANK);
        self.tape.fail(Error::Shape { place: Place(place), operation: "array", detail });
    }

    /// Records the rows of `x` along an open plate: a view where the layout allows it.
    pub(crate) fn rows_of(&mut self, x: NodeId, index: Index, place: &'static Location<'static>) -> NodeId {
        let extent = self.tape.node(x).extent();
        let rest = extent.shape.without_first();
        let Some(plate) = self.plate_of(index, extent.shape.dim(0), "the tensor", place) else {
            return self.tape.placeholder(Extent { axes: extent.axes, shape: rest });
        };
        let inside = extent.axes.innermost().is_none_or(|axis| axis < plate.axis);
        if plate.rows.is_none() && inside {
            return self.tape.view(x, Extent { axes: extent.axes.union(plate.axes()), shape: rest }, 0);
        }
        let rows = self.rows_node(index);
        // The plate's own rows are within its size, which was compared with the dimension.
        self.tape.gather(x, rows).unwrap_or(x)
    }

    /// Records the rows of `x` that a discrete value names.
    pub(crate) fn gather_by(
        &mut self,
        x: NodeId,
        index: Discrete,
        place: &'static Location<'static>,
    ) -> NodeId {
        let value: Value<E> = index.to_value();
        let arg = self.tape.lift(value, place);
        let index = self.tape.materialise(arg);
        let extent = self.tape.node(x).extent();
        let placeholder = Extent { axes: extent.axes, shape: extent.shape.without_first() };
        if self.tape.node(index).shape.rank() != 0 {
            let detail = format!(
                "expected one integer, got an array of shape {}",
                self.shape_in_plates(self.tape.node(index).extent())
            );
            self.tape.fail(Error::Shape { place: Place(place), operation: "at", detail });
            return self.tape.placeholder(placeholder);
        }
        if let Some(axis) = self.tape.every_outcome(index, extent.shape.dim(0))
            && !extent.axes.contains(axis)
        {
            return self.tape.unstack(x, axis);
        }
        self.tape.gather(x, index).unwrap_or_else(|bad| {
            let size = extent.shape.dim(0);
            self.tape.fail(Error::Index { place: Place(place), index: bad.to_string(), size });
            self.tape.placeholder(placeholder)
        })
    }
}
