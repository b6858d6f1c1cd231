//! One session's state, and what it does for the run in progress.

use super::address::Addresses;
use super::apart::Apart;
use super::memory::Memory;
use super::param::Params;
use super::pass::Pass;
use super::paths::Paths;
use super::plate::{Index, Plates};
use super::programs::Programs;
use super::retrace::Retrace;
use super::scope;
use super::trace::Trace;
use crate::diagnose::Notes;
use crate::element::Element;
use crate::eliminate::{Elimination, Weights};
use crate::error::{Error, Place};
use crate::random::Occasion;
use crate::tape::Tape;
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::lift::Misfit;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use crate::value::{Discrete, Handle, Value};
use crate::values::Values;
use std::panic::Location;

/// The state of a session; while a program runs, the thread's slot points at it.
#[derive(Debug)]
pub struct Run<E: 'static> {
    pub(crate) tape: Tape<E>,
    pub(crate) addresses: Addresses,
    pub(crate) plates: Plates,
    pub(crate) params: Params<E>,
    pub(crate) trace: Trace<E>,
    pub(crate) memory: Memory<E>,
    pub(crate) overlays: super::overlay::Overlays,
    pub(crate) pass: Pass,
    /// Whether passes have looked for what is wrong in the programs although every density is finite.
    pub(crate) checked: bool,
    /// The axes of the open plates and, where there are several, of the particles.
    pub(crate) axes: AxisSet,
    /// The axes of discrete sites that are tried at every value and belong to no plate but the open ones.
    pub(crate) live: AxisSet,
    pub(crate) elimination: Elimination,
    /// The joint weights of the guide's outcomes.
    pub(crate) weights: Weights,
    /// The factor of the open plates and of `scale`.
    pub(crate) scale: f64,
    pub(crate) seed: u64,
    /// Which run of the session it is, for its random streams.
    pub(crate) occasion: Occasion,
    /// The numbers of outcomes of each chain's state.
    pub(crate) state_sizes: Vec<super::markov::StateSizes>,
    /// The components of the first state of the chain whose sizes are being found out.
    pub(crate) first_states: Vec<NodeId>,
    /// The states of the chain that runs step by step, so far.
    pub(crate) states: Vec<Value<E>>,
    /// The particles that are run apart, if they are.
    pub(crate) apart: Apart<E>,
    /// The path in progress through the outcomes of concrete sites.
    pub(crate) paths: Paths,
    /// The sites whose values decide which statements of the program come next.
    pub(crate) control: u64,
    /// How many concrete sites the run has met.
    pub(crate) concrete_sites: u32,
    /// The values at which a guide is asked for its log-density in the sleep phase.
    pub(crate) dream: Values,
    /// What an explaining or checking run notes of each site.
    pub(crate) notes: Notes,
    /// The masks around the statement in progress.
    pub(crate) masks: Vec<NodeId>,
    /// The statements of the last run, to be followed.
    pub(crate) retrace: Retrace<E>,
    /// A list of outcomes that estimators reuse.
    pub(crate) order: Vec<u32>,
}

impl<E: Element> Run<E> {
    pub(crate) fn new(seed: u64) -> Run<E> {
        Run {
            tape: Tape::new(),
            addresses: Addresses::default(),
            plates: Plates::default(),
            params: Params::new(),
            trace: Trace::new(),
            memory: Memory::default(),
            overlays: super::overlay::Overlays::default(),
            pass: Pass::OBJECTIVE,
            checked: false,
            axes: AxisSet::EMPTY,
            live: AxisSet::EMPTY,
            elimination: Elimination::default(),
            weights: Weights::default(),
            scale: 1.0,
            seed,
            occasion: Occasion::default(),
            state_sizes: Vec::new(),
            first_states: Vec::new(),
            states: Vec::new(),
            apart: Apart::default(),
            paths: Paths::default(),
            control: 0,
            concrete_sites: 0,
            dream: Values::new(),
            notes: Notes::default(),
            masks: Vec::new(),
            retrace: Retrace::default(),
            order: Vec::new(),
        }
    }

    /// Begins a new recording with this number of particles.
    pub(crate) fn begin(&mut self, pass: Pass, particles: usize) {
        self.tape.generation = scope::next_generation();
        if self.begin_following(pass, particles) {
            // The recording stays, and the memory that it refers to; the programs begin where they did.
            return self.begin_programs(particles);
        }
        self.memory.begin();
        self.tape.clear();
        self.trace.clear();
        self.params.begin();
        self.overlays.clear();
        self.notes.clear();
        self.pass = pass;
        self.tape.differentiates = pass.differentiates;
        self.tape.deferral.allowed = pass.wants_totals();
        self.tape.sizes[PARTICLES.0 as usize] = particles as u32;
        self.begin_programs(particles);
    }

    fn begin_programs(&mut self, particles: usize) {
        self.tape.lifts_constants = false;
        self.axes = AxisSet::EMPTY;
        self.live = AxisSet::EMPTY;
        self.masks.clear();
        self.paths.begin();
        self.concrete_sites = 0;
        self.scale = 1.0;
        // A program that panicked may have left plates open.
        self.plates.open.clear();
        for plate in &mut self.plates.plates {
            plate.close();
        }
        if particles != 1 {
            self.axes = AxisSet::of(PARTICLES);
        }
    }

    /// Runs the guide (0) or the model (1) with this state as the run in progress.
    pub(crate) fn execute<R>(&mut self, program: usize, body: impl FnOnce() -> R) -> R {
        self.addresses.begin(program);
        self.addresses.step = None;
        // What the other program read plainly is unknown to this one.
        self.control = 0;
        scope::install(self, body)
    }

    /// Runs the guide, and then the model.
    pub(crate) fn execute_both(&mut self, programs: Programs<'_>) {
        self.execute(0, || programs.guide.run_guide());
        self.execute(1, || programs.model.run_model());
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
            let detail = format!("the shapes {left} and {right} are not equal");
            Error::Shape { place, operation, detail }
        });
        too_large.or(misfit).unwrap_or(error)
    }

    #[cold]
    pub(crate) fn too_many_dimensions(&mut self, place: &'static Location<'static>) {
        let detail = format!("an array can have at most {} dimensions", crate::tape::shape::MAX_RANK);
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
