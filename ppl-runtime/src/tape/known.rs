//! What is known of a draw besides its value: what it was computed from, and its complement.
//!
//! The complement of a probability is one minus it, with all its digits. Where a draw lies so close to one that the difference
//! is rounded away, whoever needs it asks here. What only picks elements of a draw (an index, a stack, a view, a stopped
//! gradient) hands the complement on; every other operation drops it.

use super::Tape;
use super::deps::Deps;
use super::node::{Arg, NO_ADJOINT, Node, NodeId, Op, Store};
use super::ops::Unary;
use super::ops::draw::DrawLoops;
use super::walk::Extent;
use crate::element::Element;
use crate::family::PARAMETERS;
use crate::random::{Key, Streams};
use crate::support::{AnyBijection, UnitInterval};

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

/// A draw as it can be made a second time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Again<E> {
    pub(crate) loops: DrawLoops<E>,
    pub(crate) streams: Streams,
    pub(crate) p: [Arg<E>; PARAMETERS],
    pub(crate) domain: Extent,
    pub(crate) pathwise: bool,
    pub(crate) deps: Deps,
}

/// How the complement of a value is had.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Complement<E> {
    /// The value is itself the complement of this one.
    Of(NodeId),
    /// A draw from the same streams, of a family whose last parameter is the value.
    Drawn(Again<E>),
    /// The value is the logistic function of this one.
    Logistic(NodeId),
    /// The value is a part of this one, from some element on.
    Part(NodeId, usize),
    /// The value is elements of this one, by a plan.
    Copied(NodeId, u32),
    /// The value is rows of this one, which an index chooses.
    Chosen(NodeId, NodeId),
    /// The value is the nodes of a list from some place on, so many, one after the other along a dimension.
    Joined(u32, u32, u8),
}

/// What is known of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<E> {
    value: NodeId,
    /// The function that gave the value, and what it was given.
    origin: Option<(Through<E>, NodeId)>,
    complement: Option<Complement<E>>,
    /// The complement, if it has been recorded.
    recorded: NodeId,
    /// The noise that the value was drawn by, and the parameters.
    noise: Option<(NodeId, [Arg<E>; 2])>,
}

impl<E: Element> Tape<E> {
    /// Returns what is known of a value, as a place in the list.
    #[inline]
    fn known_of(&self, value: NodeId) -> Option<usize> {
        if self.known.is_empty() {
            return None;
        }
        self.known.binary_search_by_key(&value.0, |known| known.value.0).ok()
    }

    /// Returns what is known of a node that has just been recorded, to be added to.
    fn known_mut(&mut self, value: NodeId) -> Option<&mut Known<E>> {
        // Nodes are recorded in the order of their numbers, and so this list stays in that order.
        if self.known.last().is_none_or(|last| last.value.0 < value.0) {
            let (origin, complement, recorded, noise) = (None, None, NodeId::NONE, None);
            self.known.push(Known { value, origin, complement, recorded, noise });
        }
        self.known.last_mut().filter(|last| last.value == value)
    }

    /// Returns whether the complement of any value may be known.
    #[inline]
    pub(crate) fn knows_complements(&self) -> bool {
        !self.known.is_empty()
    }

    /// Notes that a draw is what a function makes of another one.
    pub(crate) fn note_origin(&mut self, value: NodeId, through: Through<E>, x: NodeId) {
        let is_logistic = through == Through::Bijection(UnitInterval.into());
        if let Some(known) = self.known_mut(value) {
            known.origin = Some((through, x));
            known.complement = is_logistic.then_some(Complement::Logistic(x));
        }
    }

    /// Notes how the complement of a value that has just been recorded is had.
    pub(crate) fn note_complement(&mut self, value: NodeId, complement: Complement<E>) {
        if let Some(known) = self.known_mut(value) {
            known.complement = Some(complement);
        }
    }

    /// Notes that a value which has just been recorded holds elements of another one, if the complement of that is known.
    #[inline]
    pub(crate) fn hand_on_complement(&mut self, from: NodeId, value: NodeId, complement: Complement<E>) {
        if self.known_of(from).is_some_and(|at| self.known[at].complement.is_some()) {
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
        if let Some(known) = self.known_mut(value) {
            known.noise = Some((noise, p));
        }
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

    /// Records one minus a value, where that is known with more digits than the difference has.
    pub(crate) fn complement(&mut self, value: NodeId) -> Option<NodeId> {
        let at = self.known_of(value)?;
        let Known { complement, recorded, .. } = self.known[at];
        if recorded.is_some() {
            return Some(recorded);
        }
        let made = match complement? {
            Complement::Of(other) => return Some(other),
            Complement::Drawn(Again { loops, streams, mut p, domain, pathwise, deps }) => {
                p[loops.arity - 1] = Arg { id: value, value: E::zero() };
                self.draw_numbers(&loops, &streams, &p, domain, pathwise, deps)
            }
            Complement::Logistic(x) => {
                let reflected = self.affine(x, -E::one(), E::zero());
                let shape = self.node(value).shape;
                self.bijection(UnitInterval.into(), reflected, shape)
            }
            Complement::Part(whole, skip) => {
                let whole = self.complement(whole)?;
                let extent = self.node(value).extent();
                self.view(whole, extent, skip)
            }
            Complement::Copied(whole, plan) => {
                let whole = self.complement(whole)?;
                let (extent, plan) = (self.node(value).extent(), self.plans[plan as usize]);
                self.strided(whole, extent, plan, Deps::NONE)
            }
            Complement::Chosen(whole, index) => {
                let whole = self.complement(whole)?;
                self.gather(whole, index).ok()?
            }
            Complement::Joined(list, count, dim) => self.joined_complements(list, count, dim),
        };
        let (deps, stopped) = (self.node(value).deps, !self.node(value).has_gradient());
        let node = &mut self.nodes[made.0 as usize];
        node.deps = deps;
        if stopped {
            node.adjoint = NO_ADJOINT;
        }
        self.known[at].recorded = made;
        self.note_complement(made, Complement::Of(value));
        Some(made)
    }

    fn joined_complements(&mut self, list: u32, count: u32, dim: u8) -> NodeId {
        let mut parts = std::mem::take(&mut self.joining);
        parts.clear();
        for k in list..list + count {
            let part = self.lists[k as usize];
            let complement = self.complement(part).unwrap_or_else(|| self.affine(part, -E::one(), E::one()));
            parts.push(complement);
        }
        let joined = self.join(&parts, dim as usize);
        self.joining = parts;
        joined
    }

    /// Records the log-odds of a probability, where its complement is known.
    pub(crate) fn log_odds(&mut self, value: NodeId) -> Option<NodeId> {
        let complement = self.complement(value)?;
        let [of, against] = [value, complement].map(|id| self.unary(Unary::Ln, Arg { id, value: E::zero() }));
        let against = Arg { id: against, value: E::zero() };
        // Both have the shape of the value.
        self.binary(super::ops::Binary::Sub, Arg { id: of, value: E::zero() }, against).ok()
    }

    /// Forgets what is known of nodes from this number on.
    pub(crate) fn forget_known_from(&mut self, nodes: usize) {
        let kept = self.known.partition_point(|known| (known.value.0 as usize) < nodes);
        self.known.truncate(kept);
        for known in &mut self.known {
            if known.recorded.0 as usize >= nodes {
                known.recorded = NodeId::NONE;
            }
        }
    }

    /// Makes draws that are made again those of a run with this key.
    pub(crate) fn draw_again_by(&mut self, key: Key) {
        for known in &mut self.known {
            if let Some(Complement::Drawn(again)) = &mut known.complement
                && let Some(site) = again.streams.site()
            {
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
    use crate::tape::ops::Unary;
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

    #[test]
    fn what_picks_elements_hands_the_complement_on() {
        let mut tape = Tape::<f64>::new();
        let logits = leaf(&mut tape, &[50.0, -1.0, 3.0]);
        let map = UnitInterval.into();
        let p = tape.bijection(map, logits, [3].into());
        tape.note_origin(p, Through::Bijection(map), logits);
        let index = leaf(&mut tape, &[2.0, 0.0]);
        let index = tape.view(index, Extent { axes: AxisSet::EMPTY, shape: [2].into() }, 0);
        let (first, stopped) = (tape.slice(p, 0, 0, 1), tape.stop_gradient(p));
        let joined = tape.join(&[first, index], 0);
        let exponential = tape.unary(Unary::Exp, Arg { id: p, value: 0.0 });
        // 1 / (1 + e^50), which one minus the value is not.
        let small = 1.928_749_847_963_917_8e-22;
        let complements = |tape: &mut Tape<f64>, id| tape.complement(id).map(|id| tape.value(id).to_vec());
        for id in [p, first, stopped] {
            let found = complements(&mut tape, id).unwrap();
            assert!((found[0] / small - 1.0).abs() < 1e-14, "{found:?}");
        }
        let found = complements(&mut tape, joined).unwrap();
        assert!((found[0] / small - 1.0).abs() < 1e-14 && found[1..] == [-1.0, 1.0], "{found:?}");
        assert_eq!(complements(&mut tape, exponential), None);
        // The complement of the complement is the value, and asking again records nothing.
        let complement = tape.complement(p).unwrap();
        assert_eq!(tape.complement(complement), Some(p));
        assert_eq!(tape.complement(p), Some(complement));
        let odds = tape.log_odds(p).unwrap();
        assert!((tape.value(odds)[0] - 50.0).abs() < 1e-13);
    }
}
