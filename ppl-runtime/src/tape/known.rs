//! What is known of a draw besides its value: what it was computed from, and its complement.
//!
//! The complement of a probability is one minus it, with all its digits. Where a draw lies so close to one that the difference
//! is rounded away, whoever needs it asks here. Most operations tell by themselves how it is had (`complement.rs`); noted is what
//! they do not: that a value was drawn, and that it holds elements of another one (an index, a stack, a view, a stopped gradient).

use super::Tape;
use super::deps::Deps;
use super::node::{Arg, NO_ADJOINT, Node, NodeId, Op, Store};
use super::ops::draw::DrawLoops;
use super::walk::Extent;
use crate::element::Element;
use crate::family::PARAMETERS;
use crate::random::{Key, Streams};
use crate::support::AnyBijection;

/// A function that a draw went through last, with its parameters as they stand on the tape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Through<E> {
    Bijection(AnyBijection),
    /// Location and scale.
    Affine([Arg<E>; 2]),
    /// The exponent.
    Power(Arg<E>),
}

impl<E: Element> PartialEq for Through<E> {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Arg<E>, b: &Arg<E>| {
            a.id == b.id && (a.id.is_some() || a.value.as_f64().to_bits() == b.value.as_f64().to_bits())
        };
        match (self, other) {
            (Through::Bijection(a), Through::Bijection(b)) => a == b,
            (Through::Affine([a, b]), Through::Affine([c, d])) => same(a, c) && same(b, d),
            (Through::Power(a), Through::Power(b)) => same(a, b),
            _ => false,
        }
    }
}

/// A draw of how far a value lies below the upper end of its support, by the random numbers of that value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Again<E> {
    pub(crate) value: NodeId,
    /// The upper end.
    pub(crate) end: E,
    /// Whether no value is negative.
    pub(crate) starts_at_zero: bool,
    pub(crate) loops: DrawLoops<E>,
    /// Whether the last parameter is the value.
    pub(crate) passes_value: bool,
    pub(crate) streams: Streams,
    pub(crate) p: [Arg<E>; PARAMETERS],
    pub(crate) domain: Extent,
    pub(crate) pathwise: bool,
    pub(crate) deps: Deps,
}

/// How the complement of a value is had whose operation does not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Complement {
    /// The value is itself the complement of this one.
    Of(NodeId),
    /// The distance of a draw to its upper end is drawn, by this record.
    Drawn(u32),
    /// The value is a part of this one, from some element on.
    Part(NodeId, usize),
    /// The value is elements of this one, by a plan.
    Copied(NodeId, u32),
    /// The value is rows of this one, which an index chooses.
    Chosen(NodeId, NodeId),
    /// The value is the nodes of a list from some place on, so many, one after the other along a dimension.
    Joined(u32, u32, u8),
}

/// How many functions of a value are kept once they are recorded.
pub(super) const ASPECTS: usize = 4;

/// What is known of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<E> {
    value: NodeId,
    /// The function that gave the value, and what it was given.
    origin: Option<(Through<E>, NodeId)>,
    pub(super) complement: Option<Complement>,
    /// What `complement.rs` makes of the value, where it has been recorded.
    pub(super) recorded: [NodeId; ASPECTS],
    /// The noise that the value was drawn by, and the parameters.
    noise: Option<(NodeId, [Arg<E>; 2])>,
}

impl<E: Element> Tape<E> {
    /// Returns what is known of a value, as a place in the list.
    #[inline]
    pub(super) fn known_of(&self, value: NodeId) -> Option<usize> {
        if self.known.is_empty() {
            return None;
        }
        self.known.binary_search_by_key(&value.0, |known| known.value.0).ok()
    }

    /// Returns what is known of a node, to be added to.
    pub(super) fn known_mut(&mut self, value: NodeId) -> &mut Known<E> {
        // Nodes are mostly recorded in the order of their numbers, and so this list stays in that order.
        let at = match self.known.last() {
            Some(last) if last.value.0 >= value.0 => {
                self.known.binary_search_by_key(&value.0, |known| known.value.0)
            }
            _ => Err(self.known.len()),
        };
        let at = at.unwrap_or_else(|at| {
            let known = Known {
                value,
                origin: None,
                complement: None,
                recorded: [NodeId::NONE; ASPECTS],
                noise: None,
            };
            self.known.insert(at, known);
            at
        });
        &mut self.known[at]
    }

    /// Notes that a draw is what a function makes of another one.
    pub(crate) fn note_origin(&mut self, value: NodeId, through: Through<E>, x: NodeId) {
        self.known_mut(value).origin = Some((through, x));
    }

    /// Notes how the complement of a value is had.
    pub(super) fn note_complement(&mut self, value: NodeId, complement: Complement) {
        self.known_mut(value).complement = Some(complement);
    }

    /// Notes how the distance of a draw to its upper end is drawn.
    pub(crate) fn note_draw(&mut self, again: Again<E>) {
        let record = self.draws_again.len() as u32;
        self.draws_again.push(again);
        self.note_complement(again.value, Complement::Drawn(record));
    }

    /// Notes that a value holds elements of another one, if how far those lie below an upper end is known.
    #[inline]
    pub(crate) fn hand_on_complement(&mut self, from: NodeId, value: NodeId, complement: Complement) {
        if self.has_upper_end(from) {
            self.note_complement(value, complement);
        }
    }

    /// Notes the noise of a structured draw that has just been recorded with these parameters.
    pub(crate) fn note_noise(&mut self, value: NodeId, p: [Arg<E>; 2]) {
        let Op::RowDraw(rule) = self.node(value).op else { return };
        let noise = self.row_draws[rule as usize].noise;
        let draw = self.node(value);
        let leaf = Node { op: Op::Leaf, store: Store::Arena(noise), adjoint: NO_ADJOINT, ..*draw };
        let noise = self.push_node(leaf);
        self.known_mut(value).noise = Some((noise, p));
    }

    /// Returns the noise that a value was drawn by, if it was with these parameters: the same nodes, or the same elements through
    /// none of which a derivative flows. Where it flows through some of them alone, the value does not move as the density does.
    pub(crate) fn noise_of(&self, value: Arg<E>, p: &[Arg<E>]) -> Option<NodeId> {
        let (noise, drawn_with) = self.known[self.known_of(value.id)?].noise?;
        let pairs = || p.iter().zip(&drawn_with);
        let fits = pairs().all(|(a, b)| self.are_same(a, b))
            && (pairs().all(|(a, b)| a.id == b.id) || !p.iter().any(|a| self.has_gradient(a)));
        fits.then_some(noise)
    }

    /// Returns whether two operands are the same elements, through which derivatives may flow or not.
    fn are_same(&self, a: &Arg<E>, b: &Arg<E>) -> bool {
        if a.id == b.id {
            return a.id.is_some() || a.value.as_f64().to_bits() == b.value.as_f64().to_bits();
        }
        a.id.is_some() && b.id.is_some() && {
            let (a, b) = (self.node(a.id), self.node(b.id));
            a.store == b.store && a.extent() == b.extent()
        }
    }

    /// Returns what the function was given whose value this is, if a draw went through this very function.
    ///
    /// It has all its digits, where the inverse of the function would have lost them.
    pub(crate) fn origin_through(&self, value: Arg<E>, through: &Through<E>) -> Option<NodeId> {
        let (by, x) = self.known[self.known_of(value.id)?].origin?;
        (by == *through).then_some(x)
    }

    /// Forgets what is known of nodes from this number on.
    pub(crate) fn forget_known_from(&mut self, nodes: usize) {
        let kept = self.known.partition_point(|known| (known.value.0 as usize) < nodes);
        self.known.truncate(kept);
        for known in &mut self.known {
            for recorded in &mut known.recorded {
                if recorded.0 as usize >= nodes {
                    *recorded = NodeId::NONE;
                }
            }
        }
        let kept = self.draws_again.partition_point(|again| (again.value.0 as usize) < nodes);
        self.draws_again.truncate(kept);
    }

    /// Makes draws that are made again those of a run with this key.
    pub(crate) fn draw_again_by(&mut self, key: Key) {
        for again in &mut self.draws_again {
            if let Some(site) = again.streams.site() {
                again.streams = key.streams(site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{Interval, Positive};
    use crate::tape::axes::AxisSet;
    use crate::tape::walk::Extent;

    fn leaf(tape: &mut Tape<f64>, values: &[f64]) -> NodeId {
        let extent = Extent { axes: AxisSet::EMPTY, shape: [values.len()].into() };
        tape.leaf(extent, Deps::NONE, |out| out.copy_from_slice(values))
    }

    #[test]
    fn a_draw_is_known_through_its_own_function_alone() {
        let mut tape = Tape::<f64>::new();
        let ids: Vec<NodeId> = (0..10).map(|k| leaf(&mut tape, &[f64::from(k)])).collect();
        let node = |k: usize| Arg { id: ids[k], value: 0.0 };
        let exp = Through::Bijection(Positive.into());
        let affine = |scale| Through::Affine([Arg::constant(1.0), scale]);
        tape.note_origin(ids[4], exp, ids[3]);
        tape.note_origin(ids[9], affine(node(2)), ids[4]);
        assert_eq!(tape.origin_through(node(4), &exp), Some(ids[3]));
        assert_eq!(tape.origin_through(node(9), &affine(node(2))), Some(ids[4]));
        assert_eq!(tape.origin_through(node(9), &affine(node(5))), None);
        assert_eq!(tape.origin_through(node(9), &affine(Arg::constant(2.0))), None);
        assert_eq!(tape.origin_through(node(4), &Through::Bijection(Interval::new(0.0, 1.0).into())), None);
        assert_eq!(tape.origin_through(node(5), &exp), None);
        assert_eq!(tape.origin_through(Arg::constant(1.0), &exp), None);
        tape.forget_known_from(9);
        assert_eq!(tape.origin_through(node(9), &affine(node(2))), None);
        assert_eq!(tape.origin_through(node(4), &exp), Some(ids[3]));
    }
}
