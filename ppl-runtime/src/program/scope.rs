//! Where a program is: what plates, masks and handlers open and close around a statement.

use super::free_bits::Floor;
use super::given::Labelling;
use super::module::InMaking;
use crate::element::Element;
use crate::tape::axes::{Axis, AxisSet, PARTICLES};
use crate::tape::node::NodeId;
use crate::value::Value;

/// An open plate, with what to go back to when it closes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened {
    pub(crate) plate: u32,
    axes: AxisSet,
    live: AxisSet,
    scale: f64,
}

/// What is open around the statement in progress.
#[derive(Debug)]
pub(crate) struct Scope<E: 'static> {
    /// The axes of the open plates and, where there are several, of the particles.
    pub(crate) axes: AxisSet,
    /// The open plates, from the outermost one inwards.
    pub(crate) open: Vec<Opened>,
    /// The axes of discrete sites that are tried at every value and belong to no plate but the open ones.
    pub(crate) live: AxisSet,
    /// The factor of the open plates and of `scale`.
    pub(crate) scale: f64,
    /// By how much more the terms of the statement in progress count in what a step minimises than in the bound.
    pub(crate) weight: f64,
    /// What the divergence of the statement in progress counts for at least.
    pub(crate) free_bits: Option<Floor>,
    /// What becomes of the labels of the site in progress.
    pub(crate) labelling: Labelling,
    /// The masks around the statement.
    pub(crate) masks: Vec<NodeId>,
    /// Which rows are running, in a step of a chain that has ended in others.
    pub(crate) running: Option<NodeId>,
    /// The sites whose values decide which statements of the program come next.
    pub(crate) control: u64,
    /// The module that is being made: its parameters are of no plate.
    pub(crate) module: Option<InMaking>,
    /// Where the stack ended when the program began.
    pub(crate) stack_end: usize,
    /// The components of the first state of the chain whose sizes are being found out.
    pub(crate) first_states: Vec<NodeId>,
    /// The states of the chain that runs step by step, so far.
    pub(crate) states: Vec<Value<E>>,
}

impl<E: Element> Scope<E> {
    pub(crate) fn new() -> Scope<E> {
        Scope {
            axes: AxisSet::EMPTY,
            open: Vec::new(),
            live: AxisSet::EMPTY,
            scale: 1.0,
            weight: 1.0,
            free_bits: None,
            labelling: Labelling::None,
            masks: Vec::new(),
            running: None,
            control: 0,
            module: None,
            stack_end: 0,
            first_states: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Goes back to where programs begin, with this number of particles.
    pub(crate) fn begin(&mut self, particles: usize) {
        self.axes = if particles == 1 { AxisSet::EMPTY } else { AxisSet::of(PARTICLES) };
        self.live = AxisSet::EMPTY;
        // A program that panicked may have left plates, masks and a module open.
        self.open.clear();
        self.masks.clear();
        self.module = None;
        self.running = None;
        self.scale = 1.0;
        (self.weight, self.free_bits) = (1.0, None);
    }

    /// Goes into a plate along this axis, whose rows stand for the whole by this weight.
    #[inline(always)]
    pub(crate) fn enter(&mut self, plate: u32, axis: Axis, weight: f64) {
        self.open.push(Opened { plate, axes: self.axes, live: self.live, scale: self.scale });
        self.axes = self.axes.union(AxisSet::of(axis));
        self.scale *= weight;
    }

    /// Goes back out of a plate, and of what was left open in it; returns the axes outside of it that were live.
    #[inline(always)]
    pub(crate) fn leave(&mut self, plate: u32) -> AxisSet {
        while let Some(outside) = self.open.pop() {
            (self.axes, self.scale) = (outside.axes, outside.scale);
            if outside.plate == plate {
                return outside.live;
            }
        }
        self.live
    }

    /// Returns the open plates around a parameter, from the outermost one inwards: none within a module.
    #[inline(always)]
    pub(crate) fn around_parameter(&self) -> &[Opened] {
        if self.module.is_some() { &[] } else { &self.open }
    }

    /// Returns whether a plate is open.
    #[inline(always)]
    pub(crate) fn is_open(&self, plate: u32) -> bool {
        self.open.iter().any(|opened| opened.plate == plate)
    }

    /// Returns the axes that a value may have here.
    #[inline(always)]
    pub(crate) fn reach(&self) -> AxisSet {
        self.axes.union(self.live)
    }

    /// Returns the mask around the statement, if there is one: what any of the open ones leaves out is left out.
    #[inline(always)]
    pub(crate) fn mask(&self) -> Option<NodeId> {
        self.masks.last().copied()
    }
}
