//! Plates: loops over elements that are independent given what lies outside, run once along an axis.

use super::batch::{Batch, Selection};
use super::pass::Coverage;
use super::retrace::{Statement, What};
use super::run::Run;
use super::slot;
use super::stack::Stack;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::address::{Name, Subject};
use crate::random::{Generator, Key, Streams};
use crate::tape::axes::{Axis, AxisSet, FIRST_PLATE, MAX_AXES};
use crate::tape::node::NodeId;
use rand::RngExt;
use std::panic::Location;

/// The most plates that may be open at once.
const MAX_OPEN: usize = 9;

/// The most plates that a session can have: one axis each.
const MAX_PLATES: usize = MAX_AXES - FIRST_PLATE.0 as usize;

/// The index of a plate's element, for [`At::at`](crate::value::At::at); it exists only in the plate's body.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    pub(crate) plate: u32,
    pub(crate) generation: u32,
    thread_bound: std::marker::PhantomData<*const ()>,
}

/// The rows of an open plate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chosen {
    /// Consecutive ones: the first and the number.
    Range(usize, usize),
    /// Those listed in the plate.
    List,
}

/// A plate of a session.
#[derive(Debug)]
pub(crate) struct Plate {
    pub(crate) axis: Axis,
    pub(crate) size: usize,
    selection: Selection,
    rows: Vec<u32>,
    chosen: Option<Chosen>,
    /// The recording for which the rows were chosen.
    pub(super) stamp: u32,
    /// The rows as a node, and the run that it belongs to.
    node: Option<(u32, NodeId)>,
    /// A permutation of `0..size`, kept at the identity between draws.
    shuffle: Vec<u32>,
}

impl Plate {
    /// Returns the plate of this number, which no run has opened yet.
    pub(crate) fn new(number: u32, size: usize) -> Plate {
        let axis = FIRST_PLATE.0 as usize + number as usize;
        Plate {
            axis: Axis(axis.min(MAX_AXES - 1) as u8),
            size,
            selection: Selection::Whole,
            rows: Vec::new(),
            chosen: None,
            stamp: 0,
            node: None,
            shuffle: Vec::new(),
        }
    }

    /// Returns whether a plate of this number has an axis of its own, so that it can be opened.
    pub(crate) fn has_axis(number: u32) -> bool {
        (number as usize) < MAX_PLATES
    }

    /// Returns the number of elements that this step visits.
    pub(crate) fn visited(&self) -> usize {
        match self.selection {
            Selection::Whole | Selection::Of(_) => self.size,
            Selection::Random(m) | Selection::InOrder(m) | Selection::Block(_, m) => m,
        }
    }

    /// Returns whether the elements are those at hand of a stream.
    pub(crate) fn is_streamed(&self) -> bool {
        matches!(self.selection, Selection::Of(_))
    }

    /// Returns whether this step visits some of the elements alone.
    pub(crate) fn is_part(&self) -> bool {
        match self.selection {
            Selection::Of(all) => all != self.size,
            _ => self.visited() != self.size,
        }
    }

    /// Returns the factor by which a subsample stands for the whole.
    pub(crate) fn weight(&self) -> f64 {
        match (self.selection, self.visited()) {
            // The other blocks are visited too.
            (Selection::Block(..), _) => 1.0,
            (Selection::Of(all), m) => all as f64 / m as f64,
            (_, m) if m == 0 || m == self.size => 1.0,
            (_, m) => self.size as f64 / m as f64,
        }
    }

    fn choose(&mut self, streams: Streams, step: u64) {
        let m = self.visited();
        self.chosen = match self.selection {
            // All rows are visited in their own order, which is also that of the parameters inside the plate.
            _ if m == self.size => None,
            Selection::Whole | Selection::Of(_) => None,
            // All rows in their own order: a parameter of the plate is then used whole, in that order.
            Selection::Random(m) if m == self.size => None,
            Selection::Block(from, m) => Some(Chosen::Range(from, m)),
            Selection::Random(_) => {
                self.draw_rows(m, &mut streams.first());
                Some(Chosen::List)
            }
            Selection::InOrder(_) => {
                let from = (step as u128 * m as u128 % self.size as u128) as usize;
                if from + m <= self.size {
                    Some(Chosen::Range(from, m))
                } else {
                    self.rows.clear();
                    self.rows.extend((0..m).map(|k| ((from + k) % self.size) as u32));
                    Some(Chosen::List)
                }
            }
        };
    }

    /// Draws `m` rows by a partial Fisher-Yates shuffle, which is undone afterwards: `O(m)` a step.
    fn draw_rows(&mut self, m: usize, rng: &mut Generator) {
        if self.shuffle.len() != self.size {
            self.shuffle = (0..self.size as u32).collect();
        }
        let (shuffle, size) = (&mut self.shuffle[..], self.size as u32);
        self.rows.clear();
        self.rows.extend((0..m).map(|k| {
            let other = rng.random_range(k as u32..size) as usize;
            shuffle.swap(k, other);
            shuffle[k]
        }));
        // Positions past m were only ever swapped with one below it, so the rows name every entry to put back.
        for (k, &row) in self.rows.iter().enumerate() {
            shuffle[k] = k as u32;
            shuffle[row as usize] = row;
        }
    }
}

/// The plates of a session.
#[derive(Debug, Default)]
pub(crate) struct Plates {
    pub(crate) plates: Vec<Plate>,
}

impl Plates {
    /// Returns plates of the same sizes, which no run has opened yet.
    pub(crate) fn twin(&self) -> Plates {
        let known = self.plates.iter().enumerate();
        Plates { plates: known.map(|(k, plate)| Plate::new(k as u32, plate.size)).collect() }
    }

    pub(crate) fn rows(&self, index: Index) -> &[u32] {
        &self.plates[index.plate as usize].rows
    }

    /// Returns the row of the whole plate that position `k` of this step stands for.
    pub(crate) fn row(&self, plate: u32, k: usize) -> usize {
        let plate = &self.plates[plate as usize];
        match plate.chosen {
            None => k,
            Some(Chosen::Range(from, _)) => from + k,
            Some(Chosen::List) => plate.rows[k] as usize,
        }
    }

    /// Returns the factor by which the rows visited of these plates stand for all.
    pub(crate) fn weight_of(&self, axes: AxisSet) -> f64 {
        self.plates.iter().filter(|p| axes.contains(p.axis)).map(Plate::weight).product()
    }

    /// Returns whether some of the elements of these plates alone are visited.
    pub(crate) fn are_part(&self, axes: AxisSet) -> bool {
        self.plates.iter().any(|p| axes.contains(p.axis) && p.is_part())
    }

    /// Returns the plates that a recording has opened, with their numbers.
    pub(crate) fn of_recording(&self, recording: u32) -> impl Iterator<Item = (u32, &Plate)> {
        let numbered = self.plates.iter().enumerate().map(|(k, plate)| (k as u32, plate));
        numbered.filter(move |(_, plate)| plate.stamp == recording)
    }

    pub(crate) fn by_axis(&self, axis: Axis) -> Option<(u32, &Plate)> {
        self.plates.iter().enumerate().find(|(_, p)| p.axis == axis).map(|(k, p)| (k as u32, p))
    }
}

/// What an index of an open plate means for data of the right size.
pub(crate) struct OpenPlate {
    pub(crate) axis: Axis,
    pub(crate) rows: Option<Chosen>,
}

impl OpenPlate {
    pub(crate) fn axes(&self) -> AxisSet {
        AxisSet::of(self.axis)
    }
}

impl<E: Element> Run<E> {
    pub(crate) fn open_plate(
        &mut self,
        name: Name,
        size: usize,
        selection: Selection,
        place: Place,
    ) -> Option<Index> {
        let number = self.session.addresses.resolve(Subject::Plate, name);
        let selection = match (self.pass.coverage, self.pass.block_of(number)) {
            (Coverage::Subsampled, _) => selection,
            (_, Some(block)) => block.selection(size),
            (_, None) => Selection::Whole,
        };
        // A chain that runs step by step has a number among the plates' and no axis.
        while self.session.plates.plates.len() <= number as usize {
            self.session.plates.plates.push(Plate::new(self.session.plates.plates.len() as u32, size));
        }
        let refuse = |run: &mut Run<E>, detail: String| {
            let plate = run.session.addresses.text(Subject::Plate, number).to_owned();
            run.tape.fail(Error::Plate { place, plate, detail });
            None
        };
        if !Plate::has_axis(number) {
            return refuse(self, format!("a session can have at most {MAX_PLATES} plates"));
        }
        if self.scope.open.len() >= MAX_OPEN {
            return refuse(self, format!("plates can be nested at most {MAX_OPEN} deep"));
        }
        if self.scope.is_open(number) {
            return refuse(self, "is opened within itself".to_owned());
        }
        if size == 0 {
            return refuse(self, "has no elements; a plate needs at least one".to_owned());
        }
        if let Selection::Random(m) | Selection::InOrder(m) = selection
            && (m == 0 || m > size)
        {
            return refuse(self, format!("a subsample of {m} cannot be drawn from {size} elements"));
        }
        if let Selection::Of(all) = selection
            && all < size
        {
            return refuse(self, format!("has {size} elements at hand, which cannot be a part of {all}"));
        }
        let plate = &mut self.session.plates.plates[number as usize];
        if plate.stamp == self.tape.recording {
            if plate.size != size || plate.selection != selection {
                let (was, had) = (plate.size, plate.selection);
                return refuse(
                    self,
                    if was == size {
                        format!("was opened with {had:?} before in this run, and with {selection:?} here")
                    } else {
                        format!("had {was} elements before in this run, and has {size} here")
                    },
                );
            }
        } else {
            let streams = Key::new(self.session.seed, self.session.occasion)
                .streams(self.session.addresses.entry(Subject::Plate, number).hash);
            plate.size = size;
            plate.selection = selection;
            plate.stamp = self.tape.recording;
            plate.choose(streams, self.session.occasion.step);
            self.tape.sizes[plate.axis.0 as usize] = plate.visited() as u32;
        }
        Some(self.enter_plate(number))
    }

    /// Opens a plate whose rows have been chosen in this run.
    #[inline(always)]
    /// Returns the index of an open plate.
    pub(crate) fn index_of(&self, plate: u32) -> Index {
        Index { plate, generation: self.tape.generation, thread_bound: std::marker::PhantomData }
    }

    fn enter_plate(&mut self, number: u32) -> Index {
        let plate = &self.session.plates.plates[number as usize];
        self.scope.enter(number, plate.axis, plate.weight());
        Index { plate: number, generation: self.tape.generation, thread_bound: std::marker::PhantomData }
    }

    /// Opens a plate that is not opened as the run before did.
    #[inline(never)]
    fn record_opening(
        &mut self,
        name: Name,
        size: usize,
        selection: Selection,
        stacks: bool,
        place: Place,
    ) -> Option<Index> {
        if selection != Selection::Whole || stacks {
            self.interrupt();
        }
        let statement = Statement::new(What::open(size), place.0, &[]).named(name);
        if let Some(number) = self.follow(&statement) {
            return Some(self.enter_plate(number));
        }
        let mark = self.mark_noted();
        let opened = self.open_plate(name, size, selection, place)?;
        self.note(statement, mark, opened.plate);
        Some(opened)
    }

    /// Notes that a plate is closed, where the run before did something else.
    #[inline(never)]
    fn record_closing(&mut self, index: Index, place: &'static Location<'static>) {
        let statement = Statement::new(What::close(index.plate), place, &[]);
        if self.follow(&statement).is_none() {
            self.note(statement, self.mark_noted(), index.plate);
        }
    }

    /// Closes a plate; returns its axis.
    #[inline(always)]
    pub(crate) fn close_plate(&mut self, index: Index) -> Axis {
        let outside = self.scope.leave(index.plate);
        if self.scope.live != outside {
            self.leave_live(outside);
        }
        self.session.plates.plates[index.plate as usize].axis
    }

    /// Keeps of the live axes those that were live outside of a plate and those that belong to no plate but the open ones.
    fn leave_live(&mut self, outside: AxisSet) {
        let staying =
            self.scope.live.iter().filter(|&axis| {
                self.trace.enumerated(axis).is_some_and(|e| self.scope.axes.covers(e.plates))
            });
        self.scope.live = staying.fold(outside, |live, axis| live.union(AxisSet::of(axis)));
    }

    /// Checks an index against the open plates and against the size of what it indexes.
    pub(crate) fn plate_of(
        &mut self,
        index: Index,
        size: usize,
        what: &str,
        place: &'static Location<'static>,
    ) -> Option<OpenPlate> {
        let place = Place(place);
        if index.generation != self.tape.generation || !self.scope.is_open(index.plate) {
            let detail = "a plate's index is used outside the body of its plate".to_owned();
            self.tape.fail(Error::Scope { place, detail });
            return None;
        }
        let plate = &self.session.plates.plates[index.plate as usize];
        if plate.size != size {
            let detail = format!(
                "expected {} elements along plate `{}` in the first dimension of {what}, got {size}",
                plate.size,
                self.session.addresses.text(Subject::Plate, index.plate)
            );
            self.tape.fail(Error::Shape { place, operation: "at", detail });
            return None;
        }
        Some(OpenPlate { axis: plate.axis, rows: plate.chosen })
    }

    /// Returns the rows of an open plate as a node of integers along its axis.
    pub(crate) fn rows_node(&mut self, index: Index) -> NodeId {
        use crate::shape::Shape;
        use crate::tape::{deps::Deps, walk::Extent};
        let (tape, plates) = (&mut self.tape, &mut self.session.plates);
        let plate = &mut plates.plates[index.plate as usize];
        if let Some((stamp, node)) = plate.node
            && stamp == tape.generation
        {
            return node;
        }
        let extent = Extent { axes: AxisSet::of(plate.axis), shape: Shape::SCALAR };
        let node = tape.leaf(extent, Deps::NONE, |out| {
            for (k, to) in out.iter_mut().enumerate() {
                let row = match plate.chosen {
                    None => k,
                    Some(Chosen::Range(from, _)) => from + k,
                    Some(Chosen::List) => plate.rows[k] as usize,
                };
                *to = E::of(row as f64);
            }
        });
        plate.node = Some((tape.generation, node));
        node
    }
}

/// Runs the body of `plate!` once, along the plate's axis.
#[doc(hidden)]
#[track_caller]
pub fn plate<E: Element, R: Stack<E>, B: Batch, F: Fn(Index) -> R>(
    name: Name,
    size: usize,
    batch: B,
    body: F,
) -> R::Stacked {
    let place = Location::caller();
    let opened = E::open_plate(name, size, batch.selection(), !R::IS_NOTHING, place);
    let Some(index) = opened else {
        return R::nothing();
    };
    let value = body(index);
    // The stack is built while the plate's axis still has its size, but outside of the plate.
    match E::close_plate(index, place) {
        Some(axis) => value.stack(axis, place),
        None => R::nothing(),
    }
}

/// Opens a plate in the run in progress; what its body returns is stacked, if it is something.
pub(crate) fn open<E: Element>(
    name: Name,
    size: usize,
    selection: Selection,
    stacks: bool,
    place: &'static Location<'static>,
) -> Option<Index> {
    slot::with_compared(|run: &mut Run<E>| {
        if selection == Selection::Whole
            && !stacks
            && let Some(number) = run.followed(&Statement::new(What::open(size), place, &[]).named(name))
        {
            return Some(run.enter_plate(number));
        }
        run.record_opening(name, size, selection, stacks, Place(place))
    })?
}

/// Closes a plate in the run in progress; returns its axis.
pub(crate) fn close<E: Element>(index: Index, place: &'static Location<'static>) -> Option<Axis> {
    slot::with_compared(|run: &mut Run<E>| {
        if run.followed(&Statement::new(What::close(index.plate), place, &[])).is_none() {
            run.record_closing(index, place);
        }
        run.close_plate(index)
    })
}
