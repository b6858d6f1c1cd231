//! Chains: states of which each depends on the one before.
//!
//! A chain whose state is made of enumerated sites is run once, with the state before, the state after and time as axes,
//! and is contracted when the run is over. Any other chain runs step by step.

#![allow(clippy::needless_range_loop)] // Several arrays by one component.

use super::address::{Name, Subject};
use super::enumerate::Enumeration;
use super::plate::{Index, Whole};
use super::run::Run;
use super::scope;
use super::state::{Chained, Initial, State};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::axes::{Axis, AxisSet, FIRST_PLATE, PARTICLES};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::chain::ChainAxes;
use crate::tape::shape::Shape;
use crate::tape::walk::Extent;
use crate::value::{Discrete, Handle, Subscript, Value};
use std::panic::Location;

/// The most components that the state of a chain may have.
pub(crate) const MAX_STATE: usize = 4;

/// The time of a chain's step: an index for [`At::at`](crate::value::At::at).
#[derive(Clone, Copy, Debug)]
pub struct Time(Moment);

#[derive(Clone, Copy, Debug)]
enum Moment {
    /// All steps at once, along an axis.
    Every(Index),
    Step(usize),
}

impl Subscript for Time {
    fn choice(self) -> crate::value::Choice {
        match self.0 {
            Moment::Every(index) => crate::value::Choice::Plate(index),
            Moment::Step(t) => crate::value::Choice::One(t),
        }
    }
}

/// How many steps a chain has, where that differs among the elements of the plates around it.
pub trait Lengths: Copy {
    #[doc(hidden)]
    fn lengths(self) -> Option<Discrete>;
}

/// Every chain has all the steps.
#[derive(Clone, Copy, Debug)]
pub struct Unending;

impl Lengths for Unending {
    fn lengths(self) -> Option<Discrete> {
        None
    }
}

impl Lengths for Discrete {
    fn lengths(self) -> Option<Discrete> {
        Some(self)
    }
}

impl Lengths for usize {
    fn lengths(self) -> Option<Discrete> {
        Some(Discrete::from(self))
    }
}

/// A chain of enumerated sites that a run recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain<E> {
    pub(crate) time: Axis,
    /// The plates around the chain.
    pub(crate) plates: AxisSet,
    /// The components of the state.
    pub(crate) count: usize,
    /// The axes of the state before a step.
    pub(crate) before: [Axis; MAX_STATE],
    /// The axes of the state after it: of sites of the step, or of the state before.
    pub(crate) after: [Axis; MAX_STATE],
    /// The state before the first step.
    pub(crate) first: [Arg<E>; MAX_STATE],
    pub(crate) lengths: Option<NodeId>,
    /// The number of its name, and whether the guide proposes it.
    pub(crate) number: u32,
    pub(crate) proposed: bool,
    pub(crate) place: Place,
}

impl<E> Chain<E> {
    /// Returns the axes of both states.
    pub(crate) fn axes(&self) -> AxisSet {
        let both = self.before[..self.count].iter().chain(&self.after[..self.count]);
        both.fold(AxisSet::EMPTY, |set, &axis| set.union(AxisSet::of(axis)))
    }
}

/// The numbers of outcomes of a chain's state, which its first run finds out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateSizes {
    sizes: [u32; MAX_STATE],
}

/// How far the lists of a run reached, to go back to.
struct Mark {
    terms: usize,
    enumerations: usize,
    sites: usize,
    scores: usize,
    live: AxisSet,
}

impl<E: Element> Run<E> {
    /// Returns whether chains of enumerated sites are run once, along axes, in this run.
    fn contracts_chains(&self) -> bool {
        match self.addresses.in_guide() {
            true => self.behaviour.terms && !self.behaviour.probes,
            false => !(self.behaviour.draws_latents || self.behaviour.simulates),
        }
    }

    fn mark(&self) -> Mark {
        Mark {
            terms: self.trace.terms.len(),
            enumerations: self.trace.enumerations.len(),
            sites: self.trace.order.len(),
            scores: self.trace.scores.len(),
            live: self.live,
        }
    }

    fn back_to(&mut self, mark: &Mark) {
        self.trace.terms.truncate(mark.terms);
        self.trace.enumerations.truncate(mark.enumerations);
        self.trace.scores.truncate(mark.scores);
        while self.trace.order.len() > mark.sites {
            if let Some(site) = self.trace.order.pop() {
                self.entry(site).stamp = 0;
            }
        }
        self.live = mark.live;
    }

    /// Reads how many outcomes each component of a state has, after a step whose terms are not kept.
    fn learn_sizes(&mut self, chain: u32, next: &[Discrete], mark: &Mark) {
        let mut found = StateSizes::default();
        for (k, &component) in next.iter().enumerate() {
            let value: Value<E> = component.to_value();
            let id = value.arg().id;
            let sizes = &self.tape.sizes;
            let drawn = self.trace.enumerations[mark.enumerations..].iter().find(|e| e.outcomes == id);
            found.sizes[k] = drawn.map_or(0, |e| sizes[e.axis.0 as usize]);
        }
        // A component that is one of the state before has as many outcomes as the one whose place it takes.
        for _ in 0..next.len() {
            for k in 0..next.len() {
                if found.sizes[k] == 0 {
                    found.sizes[k] = self.size_behind(next[k], &found.sizes);
                }
            }
        }
        let chain = chain as usize;
        if self.state_sizes.len() <= chain {
            self.state_sizes.resize(chain + 1, StateSizes::default());
        }
        self.state_sizes[chain] = found;
    }

    fn size_behind(&self, component: Discrete, sizes: &[u32; MAX_STATE]) -> u32 {
        let value: Value<E> = component.to_value();
        let id = value.arg().id;
        self.first_states.iter().position(|&first| first == id).map_or(0, |k| sizes[k])
    }

    /// Gives the state before a step an axis for each component.
    fn open_state(&mut self, chain: u32, count: usize, place: Place) -> Option<[Discrete; MAX_STATE]> {
        let plates = self.axes.minus(AxisSet::of(PARTICLES));
        let mut state = [Discrete::orphan(); MAX_STATE];
        for (k, component) in state[..count].iter_mut().enumerate() {
            let size = self.state_sizes.get(chain as usize).map_or(0, |found| found.sizes[k]);
            let axis = Axis(self.trace.enumerations.len() as u8 + 1);
            if size == 0 || axis >= FIRST_PLATE {
                let detail = match size {
                    0 => "the next state must be made of sites drawn with `enumerate` in the body and of components of \
                          the state before"
                        .to_owned(),
                    _ => format!("a run can have at most {} enumerated sites", FIRST_PLATE.0 - 1),
                };
                self.fail_chain(chain, place, detail);
                return None;
            }
            self.tape.sizes[axis.0 as usize] = size;
            self.live = self.live.union(AxisSet::of(axis));
            let outcomes = self.outcomes_node(axis, Deps::NONE);
            self.trace.enumerations.push(Enumeration {
                axis,
                site: u32::MAX,
                outcomes,
                in_order: true,
                plates,
                // A guide's states are weighed when the chain is complete; until then they stand for themselves.
                log_weight: self.addresses.in_guide().then_some(outcomes),
                probe: None,
                chained: true,
            });
            *component = Discrete::of_node(outcomes, self);
        }
        Some(state)
    }

    /// Keeps a chain whose body has been run, for the elimination.
    fn close_state(&mut self, chain: u32, kept: Recorded<'_>) {
        let Recorded { time, before, next, first, lengths, place } = kept;
        let plates = self.axes.minus(AxisSet::of(PARTICLES));
        let mut chained = Chain {
            time,
            plates,
            count: next.len(),
            before: [Axis(0); MAX_STATE],
            after: [Axis(0); MAX_STATE],
            first: [Arg::constant(E::zero()); MAX_STATE],
            lengths,
            number: chain,
            proposed: self.addresses.in_guide(),
            place,
        };
        for k in 0..next.len() {
            let id = |handle: Discrete| -> NodeId { Handle::<E>::to_value(handle).arg().id };
            let axis = |run: &Run<E>, node: NodeId| {
                run.trace.enumerations.iter().position(|e| e.outcomes == node && node.is_some())
            };
            let (Some(was), Some(is)) = (axis(self, id(before[k])), axis(self, id(next[k]))) else {
                let detail = "the next state must be made of sites drawn with `enumerate` in the body and of components \
                              of the state before";
                return self.fail_chain(chain, place, detail.to_owned());
            };
            let (was_axis, found) = (self.trace.enumerations[was].axis, self.trace.enumerations[is]);
            let sizes = &self.tape.sizes;
            if sizes[was_axis.0 as usize] != sizes[found.axis.0 as usize] {
                let (a, b) = (sizes[was_axis.0 as usize], sizes[found.axis.0 as usize]);
                // The next run finds the sizes out anew.
                self.state_sizes[chain as usize] = StateSizes::default();
                let detail =
                    format!("component {k} of the state has {a} values before a step and {b} after it");
                return self.fail_chain(chain, place, detail);
            }
            if !found.plates.contains(time) {
                let detail = "the next state depends on a site drawn outside of the chain".to_owned();
                return self.fail_chain(chain, place, detail);
            }
            self.trace.enumerations[is].chained = true;
            self.trace.enumerations[was].site = found.site;
            (chained.before[k], chained.after[k]) = (was_axis, found.axis);
            chained.first[k] = self.lift_at(Handle::<E>::to_value(first[k]), place.0);
        }
        if chained.proposed {
            self.weigh_pairs(&chained);
        }
        self.trace.chains.push(chained);
    }

    /// Gives the states of a guide's chain their joint probabilities, two steps at a time.
    fn weigh_pairs(&mut self, chain: &Chain<E>) {
        let axes =
            ChainAxes { time: chain.time, count: chain.count, before: chain.before, after: chain.after };
        let mut proposals = Vec::with_capacity(chain.count);
        for k in 0..chain.count {
            let found = self.trace.enumerated(chain.after[k]);
            // A component that the state only remembers has no proposal of its own.
            if let Some(log) =
                found.and_then(|e| e.log_weight).filter(|_| !chain.before.contains(&chain.after[k]))
            {
                proposals.push(log);
            }
        }
        if proposals.len() < chain.count {
            let detail = "a guide's enumerated chain must draw every component of its state in each step";
            return self.fail_chain(chain.number, chain.place, detail.to_owned());
        }
        let mut start: Option<NodeId> = None;
        for k in 0..chain.count {
            let first = self.tape.materialise(chain.first[k]);
            let certain = self.tape.certain(first, chain.before[k]);
            let arg = |id| Arg { id, value: E::zero() };
            start = Some(match start {
                None => certain,
                Some(sum) => {
                    self.tape.binary(crate::tape::ops::Binary::Add, arg(sum), arg(certain)).unwrap_or(sum)
                }
            });
        }
        let Some(start) = start else { return };
        let pairs = self.tape.pairs(&proposals, start, axes);
        for e in &mut self.trace.enumerations {
            if chain.before[..chain.count].contains(&e.axis) || chain.after[..chain.count].contains(&e.axis) {
                e.log_weight = Some(pairs);
            }
        }
    }

    /// Returns the state before a step of the chain of this number, if the guide proposes it along axes.
    fn proposed_state(&mut self, chain: u32) -> Option<([Discrete; MAX_STATE], usize)> {
        let found = *self.trace.chains.iter().find(|c| c.proposed && c.number == chain)?;
        let mut state = [Discrete::orphan(); MAX_STATE];
        for (slot, &axis) in state.iter_mut().zip(&found.before[..found.count]) {
            let outcomes = self.trace.enumerated(axis)?.outcomes;
            *slot = Discrete::of_node(outcomes, self);
        }
        self.live = self.live.union(found.axes());
        Some((state, found.count))
    }

    /// Checks that the model's next state is the guide's.
    fn agree_on_state(&mut self, chain: u32, next: &[Discrete], place: Place) {
        let Some(found) = self.trace.chains.iter().find(|c| c.proposed && c.number == chain) else { return };
        let agrees = next.len() == found.count
            && next.iter().zip(&found.after).all(|(&component, &axis)| {
                let id = Handle::<E>::to_value(component).arg().id;
                self.trace.enumerated(axis).is_some_and(|e| e.outcomes == id)
            });
        if !agrees {
            let detail = "the next state of the model is made of other sites than the guide's, which tries every value";
            self.fail_chain(chain, place, detail.to_owned());
        }
    }

    /// Masks the steps after a chain's end, along time.
    fn mask_time(
        &mut self,
        lengths: Option<Discrete>,
        time: Axis,
        place: &'static Location<'static>,
    ) -> bool {
        let Some(lengths) = lengths else { return false };
        let arg = self.lift_at(Handle::<E>::to_value(lengths), place);
        let node = self.tape.materialise(arg);
        let by = Extent { axes: self.tape.node(node).axes, shape: Shape::SCALAR };
        let along = Extent { axes: AxisSet::of(time), shape: Shape::SCALAR };
        let domain = Extent { axes: by.axes.union(along.axes), shape: Shape::SCALAR };
        let walk = crate::tape::walk::Walk::new(&self.tape.sizes, domain, &[by, along, domain]);
        let lengths = self.tape.value(node).to_vec();
        let running = self.tape.leaf(domain, Deps::NONE, |out| {
            walk.rows(|offset, n, stride| {
                for i in 0..n {
                    let t = offset[1] + i * stride[1];
                    let runs = lengths[offset[0] + i * stride[0]].as_f64() > t as f64;
                    out[offset[2] + i * stride[2]] = if runs { E::one() } else { E::zero() };
                }
            });
        });
        let running = match self.masks.last() {
            Some(&outer) => self.tape.masked(running, outer, E::zero()),
            None => running,
        };
        self.masks.push(running);
        true
    }

    pub(crate) fn fail_chain(&mut self, chain: u32, place: Place, detail: String) {
        let plate = self.addresses.text(Subject::Plate, chain).to_owned();
        self.tape.fail(Error::Plate { place, plate, detail });
    }

    /// Masks the elements whose chain has ended before step `t`; returns whether there is a mask to take away.
    fn mask_ended(&mut self, lengths: Option<Discrete>, t: usize, place: &'static Location<'static>) -> bool {
        let Some(lengths) = lengths else { return false };
        let arg = self.lift_at(Handle::<E>::to_value(lengths), place);
        let node = self.tape.materialise(arg);
        let (axes, len) = (self.tape.node(node).axes, self.tape.node(node).len as usize);
        let from = self.tape.value(node).to_vec();
        debug_assert_eq!(from.len(), len);
        let running = self.tape.leaf(Extent { axes, shape: Shape::SCALAR }, Deps::NONE, |out| {
            for (to, n) in out.iter_mut().zip(from) {
                *to = if n.as_f64() > t as f64 { E::one() } else { E::zero() };
            }
        });
        let running = match self.masks.last() {
            Some(&outer) => self.tape.masked(running, outer, E::zero()),
            None => running,
        };
        self.masks.push(running);
        true
    }
}

/// What running a chain's body gave.
struct Recorded<'a> {
    time: Axis,
    before: &'a [Discrete],
    next: &'a [Discrete],
    first: &'a [Discrete],
    lengths: Option<NodeId>,
    place: Place,
}

/// Runs a chain step by step and returns the stack of its states: the body of `markov!` where nothing is enumerated.
#[doc(hidden)]
#[track_caller]
pub fn markov_steps<E, I, L, F>(
    name: Name,
    steps: usize,
    init: I,
    lengths: L,
    body: F,
) -> <I::State as State<E>>::Stacked
where
    E: Element,
    I: Initial<E>,
    I::State: State<E>,
    L: Lengths,
    F: Fn(I::State, Time) -> I::State,
{
    let place = Location::caller();
    let lengths = lengths.lengths();
    let opened = scope::with(|run: &mut Run<E>| run.enter_steps(name, steps, Place(place)));
    let (outside, chain) = match opened {
        Some(Some(entered)) => entered,
        _ => return <I::State as State<E>>::nothing(),
    };
    let proposed = scope::with(|run: &mut Run<E>| !run.addresses.in_guide() && run.proposes_chain(chain));
    if proposed == Some(true) {
        answer_along_axes::<E, I::State, F>(name, steps, chain, lengths, body, place);
        return <I::State as State<E>>::nothing();
    }
    let mut state = init.initial();
    let mut states = Vec::with_capacity(steps);
    for t in 0..steps {
        let masked = scope::with(|run: &mut Run<E>| {
            run.addresses.step = Some(t as u32);
            run.mask_ended(lengths, t, place)
        });
        state = body(state, Time(Moment::Step(t)));
        if masked == Some(true) {
            scope::with(|run: &mut Run<E>| run.masks.pop());
        }
        states.push(state);
    }
    scope::with(|run: &mut Run<E>| {
        run.addresses.step = outside;
        <I::State as State<E>>::stack(&states, run, place)
    })
    .unwrap_or_else(<I::State as State<E>>::nothing)
}

/// Runs the body of a model's chain once, where the guide tries every value of its states.
fn answer_along_axes<E, S, F>(
    name: Name,
    steps: usize,
    chain: u32,
    lengths: Option<Discrete>,
    body: F,
    place: &'static Location<'static>,
) where
    E: Element,
    S: State<E>,
    F: Fn(S, Time) -> S,
{
    let at = Place(place);
    let opened = scope::with(|run: &mut Run<E>| {
        let (index, outside, _) = run.open_plate_of_time(name, steps, at)?;
        let time = run.plates.plates[chain as usize].axis;
        let masked = run.mask_time(lengths, time, place);
        let (before, count) = run.proposed_state(chain)?;
        Some((index, outside, masked, before, count))
    });
    let Some(Some((index, outside, masked, before, count))) = opened else { return };
    let mut after = [Discrete::orphan(); MAX_STATE];
    let arity = match S::of_components(&before, count) {
        Some(state) => body(state, Time(Moment::Every(index))).components(&mut after),
        None => 0,
    };
    scope::with(|run: &mut Run<E>| {
        if masked {
            run.masks.pop();
        }
        run.close_plate(outside);
        run.agree_on_state(chain, &after[..arity], at);
    });
}

impl<E: Element> Run<E> {
    fn proposes_chain(&self, chain: u32) -> bool {
        self.trace.chains.iter().any(|c| c.proposed && c.number == chain)
    }

    /// Begins a chain that runs step by step; returns the step around it, and the chain's number.
    fn enter_steps(&mut self, name: Name, steps: usize, place: Place) -> Option<(Option<u32>, u32)> {
        let chain = self.addresses.resolve(Subject::Plate, name);
        if steps == 0 {
            self.fail_chain(chain, place, "has no steps; a chain needs at least one".to_owned());
            return None;
        }
        if self.addresses.step.is_some() {
            let detail = "stands in another chain that runs step by step; give the inner one a `for` loop with an index";
            self.fail_chain(chain, place, detail.to_owned());
            return None;
        }
        Some((self.addresses.step, chain))
    }
}

/// Runs a chain whose state is enumerated: once, along axes, where sites are summed out, else step by step.
#[doc(hidden)]
#[track_caller]
pub fn markov_chain<E, I, L, F>(name: Name, steps: usize, init: I, lengths: L, body: F)
where
    E: Element,
    I: Initial<E>,
    I::State: Chained + State<E>,
    L: Lengths,
    F: Fn(I::State, Time) -> I::State,
{
    let place = Location::caller();
    let contracts = scope::with(|run: &mut Run<E>| run.contracts_chains());
    match contracts {
        None => {}
        Some(false) => {
            markov_steps::<E, I, L, F>(name, steps, init, lengths, body);
        }
        Some(true) => contract::<E, I::State, F>(name, steps, init.initial(), lengths.lengths(), body, place),
    }
}

fn contract<E, S, F>(
    name: Name,
    steps: usize,
    first: S,
    lengths: Option<Discrete>,
    body: F,
    place: &'static Location<'static>,
) where
    E: Element,
    S: Chained,
    F: Fn(S, Time) -> S,
{
    let at = Place(place);
    let Some(opened) = scope::with(|run: &mut Run<E>| run.open_plate_of_time(name, steps, at)) else {
        return;
    };
    let Some((index, outside, chain)) = opened else { return };
    let known = scope::with(|run: &mut Run<E>| {
        run.state_sizes.get(chain as usize).is_some_and(|found| found.sizes[0] != 0)
    });
    let mut components = [Discrete::orphan(); MAX_STATE];
    let count = first.spread_into(&mut components);
    let firsts = components;
    if known != Some(true) {
        // The first run finds out how many outcomes the components have, by one step that is not kept.
        let mark = scope::with(|run: &mut Run<E>| {
            run.first_states.clear();
            for k in 0..count {
                // A node for each component, so that one that is passed on is recognised.
                let arg = run.lift_at(Handle::<E>::to_value(firsts[k]), place);
                let node = run.tape.materialise(arg);
                run.first_states.push(run.tape.stop_gradient(node));
            }
            for k in 0..count {
                components[k] = Discrete::of_node(run.first_states[k], run);
            }
            run.mark()
        });
        let next = body(S::gather(&components), Time(Moment::Every(index)));
        let mut after = [Discrete::orphan(); MAX_STATE];
        next.spread_into(&mut after);
        scope::with(|run: &mut Run<E>| {
            if let Some(mark) = &mark {
                run.learn_sizes(chain, &after[..count], mark);
                run.back_to(mark);
            }
        });
    }
    let before = scope::with(|run: &mut Run<E>| run.open_state(chain, count, at));
    if let Some(Some(before)) = before {
        // The kernel knows where a model's chain ends; a guide's steps behind the end are left out one by one.
        let masked = scope::with(|run: &mut Run<E>| {
            let time = run.plates.plates[chain as usize].axis;
            run.addresses.in_guide() && run.mask_time(lengths, time, place)
        });
        let next = body(S::gather(&before), Time(Moment::Every(index)));
        let mut after = [Discrete::orphan(); MAX_STATE];
        next.spread_into(&mut after);
        scope::with(|run: &mut Run<E>| {
            if masked == Some(true) {
                run.masks.pop();
            }
            let lengths = lengths.map(|n| {
                let arg = run.lift_at(Handle::<E>::to_value(n), place);
                run.tape.materialise(arg)
            });
            let time = run.close_plate(outside);
            let recorded = Recorded {
                time,
                before: &before[..count],
                next: &after[..count],
                first: &firsts[..count],
                lengths,
                place: at,
            };
            run.close_state(chain, recorded);
        });
    } else {
        scope::with(|run: &mut Run<E>| run.close_plate(outside));
    }
}

impl<E: Element> Run<E> {
    fn open_plate_of_time(
        &mut self,
        name: Name,
        steps: usize,
        place: Place,
    ) -> Option<(Index, super::plate::Outside, u32)> {
        let (index, outside) = self.open_plate(name, steps, super::plate::Batch::selection(Whole), place)?;
        let chain = outside.number();
        Some((index, outside, chain))
    }
}
