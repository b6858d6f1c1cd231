//! What is known of a draw besides its value.

use super::Tape;
use super::node::{Arg, NodeId};
use crate::element::Element;
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

/// What is known of one draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<E> {
    value: NodeId,
    /// The function that gave the value, and what it was given.
    origin: (Through<E>, NodeId),
}

impl<E: Element> Tape<E> {
    /// Notes that a draw is what a function makes of another one.
    pub(crate) fn note_origin(&mut self, value: NodeId, through: Through<E>, x: NodeId) {
        // Nodes are recorded in the order of their numbers, and so this list stays in that order.
        if self.known.last().is_none_or(|last| last.value.0 < value.0) {
            self.known.push(Known { value, origin: (through, x) });
        }
    }

    /// Returns what the function was given whose value this is, if a draw went through this very function.
    ///
    /// It has all its digits, where the inverse of the function would have lost them.
    pub(crate) fn origin_through(&self, value: Arg<E>, through: &Through<E>) -> Option<NodeId> {
        let at = self.known.binary_search_by_key(&value.id.0, |known| known.value.0).ok()?;
        let (by, x) = &self.known[at].origin;
        (by == through).then_some(*x)
    }

    /// Forgets what is known of nodes from this number on.
    pub(crate) fn forget_known_from(&mut self, nodes: usize) {
        let kept = self.known.partition_point(|known| (known.value.0 as usize) < nodes);
        self.known.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{Interval, Positive};

    #[test]
    fn a_draw_is_known_through_its_own_function_alone() {
        let mut tape = Tape::<f64>::new();
        let node = |id| Arg { id: NodeId(id), value: 0.0 };
        let exp = Through::Bijection(Positive.into());
        let affine = |scale| Through::Affine([Arg::constant(1.0), scale]);
        tape.note_origin(NodeId(4), exp, NodeId(3));
        tape.note_origin(NodeId(9), affine(node(2)), NodeId(4));
        assert_eq!(tape.origin_through(node(4), &exp), Some(NodeId(3)));
        assert_eq!(tape.origin_through(node(9), &affine(node(2))), Some(NodeId(4)));
        assert_eq!(tape.origin_through(node(9), &affine(node(5))), None);
        assert_eq!(tape.origin_through(node(9), &affine(Arg::constant(2.0))), None);
        assert_eq!(tape.origin_through(node(4), &Through::Bijection(Interval::new(0.0, 1.0).into())), None);
        assert_eq!(tape.origin_through(node(5), &exp), None);
        assert_eq!(tape.origin_through(Arg::constant(1.0), &exp), None);
        tape.forget_known_from(9);
        assert_eq!(tape.origin_through(node(9), &affine(node(2))), None);
        assert_eq!(tape.origin_through(node(4), &exp), Some(NodeId(3)));
    }
}
