//! What the elements of each plate have of a bound.

use super::log_weights::{LogWeights, varies};
use crate::element::Element;
use crate::kernel::vector;
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::shape::Shape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::walk::Extent;

/// The sums over draws of what the elements of plates have of a bound.
///
/// A plate may be visited in blocks of its rows: what is outside of it is the same in each of these, and counts in the first.
#[derive(Clone, Debug, Default)]
#[doc(hidden)]
pub struct BoundRows {
    plates: Vec<PlateRows>,
    /// The plate that is visited in blocks.
    in_blocks: Option<u32>,
    /// Whether an earlier block has had what is outside of it.
    had_outside: bool,
    /// What the recording in progress adds, within that plate and in all.
    within: f64,
}

/// The elements of one plate.
#[derive(Clone, Debug)]
pub(crate) struct PlateRows {
    pub(crate) plate: u32,
    pub(crate) sums: Vec<f64>,
    /// Whether the bound has parts that depend on several of its elements and are no sum over them.
    pub(crate) is_joint: bool,
}

impl BoundRows {
    /// Returns sums of nothing, for a plate that may be visited in blocks.
    pub(crate) fn new(in_blocks: Option<u32>) -> BoundRows {
        BoundRows { in_blocks, ..BoundRows::default() }
    }

    /// Begins a recording of the first block or of a later one.
    pub(crate) fn begin(&mut self, is_first: bool) {
        (self.had_outside, self.within) = (!is_first, 0.0);
    }

    /// Returns what the recording has in the plate that is visited in blocks.
    pub(crate) fn within(&self) -> f64 {
        self.within
    }

    /// Returns the sums by plate.
    pub(crate) fn into_plates(self) -> Vec<PlateRows> {
        self.plates
    }

    /// Adds a term, of which each element counts `share` times.
    pub(crate) fn add_term<E: Element>(&mut self, run: &Run<E>, term: &Term, share: f64) {
        // They are minimised, and in no bound. A scale of zero leaves out what would be infinite.
        if matches!(term.part, Part::Floor | Part::Penalty) || term.scale == 0.0 {
            return;
        }
        let (values, node) = (run.tape.value(term.node), run.tape.node(term.node));
        self.add(run, (values, node.extent()), term.open, share * term.factor());
    }

    /// Adds the bounds of elements that have weights of their own.
    pub(super) fn add_bounds<E: Element>(
        &mut self,
        run: &Run<E>,
        logs: &LogWeights,
        bounds: &[f64],
        share: f64,
    ) {
        let extent = Extent { axes: logs.split, shape: Shape::SCALAR };
        self.add(run, (bounds, extent), logs.split, share * logs.scale);
        for (plate, known) in run.session.plates.of_recording(run.tape.recording) {
            let weighed = |term: &Term| varies(run, term) && term.open.contains(known.axis);
            if !logs.split.contains(known.axis) && run.trace.terms.iter().any(weighed) {
                self.entry(plate, known.size).is_joint = true;
            }
        }
    }

    fn add<E: Element, V: Element>(
        &mut self,
        run: &Run<E>,
        (values, extent): (&[V], Extent),
        open: AxisSet,
        factor: f64,
    ) {
        if values.is_empty() {
            return;
        }
        let plates = &run.session.plates;
        let blocked = self.in_blocks.map(|plate| &plates.plates[plate as usize]);
        let is_within = blocked.is_some_and(|plate| open.contains(plate.axis));
        if is_within {
            self.within += factor * vector::sum_in_double(values);
        } else if self.had_outside {
            return;
        }
        for (plate, known) in plates.of_recording(run.tape.recording) {
            if !open.contains(known.axis) {
                continue;
            }
            let sums = &mut self.entry(plate, known.size).sums;
            if !extent.axes.contains(known.axis) {
                // They are alike, and the factor counts them.
                let each = factor * vector::sum_in_double(values) / known.visited() as f64;
                (0..known.visited()).for_each(|k| sums[plates.row(plate, k)] += each);
                continue;
            }
            each_row(run, (values, extent), known.axis, |k, part| {
                sums[plates.row(plate, k)] += factor * vector::sum_in_double(part);
            });
        }
    }

    fn entry(&mut self, plate: u32, size: usize) -> &mut PlateRows {
        let at = self.plates.iter().position(|known| known.plate == plate).unwrap_or_else(|| {
            self.plates.push(PlateRows { plate, sums: vec![0.0; size], is_joint: false });
            self.plates.len() - 1
        });
        let rows = &mut self.plates[at];
        if rows.sums.len() < size {
            rows.sums.resize(size, 0.0);
        }
        rows
    }
}

/// Calls `row` with the place along an axis of each run of elements that lie in one row.
fn each_row<E: Element, V>(
    run: &Run<E>,
    (values, extent): (&[V], Extent),
    axis: Axis,
    mut row: impl FnMut(usize, &[V]),
) {
    let inside = run.tape.elements_of(extent.axes.inside(axis)) as usize * extent.shape.len();
    let visited = run.tape.sizes[axis.0 as usize] as usize;
    for block in values.chunks(inside * visited) {
        block.chunks(inside).enumerate().for_each(|(k, part)| row(k, part));
    }
}
