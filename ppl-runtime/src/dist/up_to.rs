//! A distribution of counts of which the first ones are tried.

use super::distribution::{Caller, Operands, Request, Trouble, Wanted};
use super::law::Law;
use crate::element::Element;
use crate::family::categorical::CategoricalLogitsFamily;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::Axis;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::Binary;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::Value;

/// The largest count that is tried.
const MOST: usize = 1_000_000;

/// A distribution of counts of which those up to the last are tried, without its type.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct UpToLaw<'a, E: Element> {
    base: &'a Law<'a, E>,
    last: usize,
    /// Whether what lies above the last has no probability, as in a guide; else it is left out of a sum.
    cut_off: bool,
}

impl<'a, E: Element> UpToLaw<'a, E> {
    /// Returns the first counts of a distribution, which are all that there are where the rest is cut off.
    pub(crate) fn new(base: &'a Law<'a, E>, last: usize, cut_off: bool) -> UpToLaw<'a, E> {
        UpToLaw { base, last, cut_off }
    }

    /// Returns the distribution with all of its counts.
    pub(crate) fn base(&self) -> &'a Law<'a, E> {
        self.base
    }

    /// Returns the last count that is tried.
    pub(crate) fn last(&self) -> usize {
        self.last
    }

    pub(crate) fn operands(&self, tape: &mut Tape<E>, place: Caller) -> Operands {
        self.base.operands(tape, place)
    }

    pub(crate) fn event_shape(&self, tape: &mut Tape<E>, place: Caller) -> Result<Shape, String> {
        let shape = self.base.event_shape(tape, place)?;
        if self.last > MOST {
            return Err(format!("cannot be tried up to {}; `up_to` must be at most {MOST}", self.last));
        }
        if self.cut_off && shape.rank() != 0 {
            return Err(format!(
                "has the shape {shape}; in a guide `up_to` is of one count: draw each in a plate"
            ));
        }
        Ok(shape)
    }

    /// Records the log-probability of each count, as an array for each element.
    fn table(&self, tape: &mut Tape<E>, place: Caller) -> NodeId {
        let mut rows = std::mem::take(&mut tape.joining);
        rows.clear();
        for count in 0..=self.last {
            let log = self.base.log_density(tape, place, Arg::constant(E::of(count as f64)), Use::Seeded);
            let extent = Extent { shape: [1].into(), ..tape.node(log).extent() };
            rows.push(tape.view(log, extent, 0));
        }
        let table = tape.join(&rows, 0);
        tape.joining = rows;
        table
    }

    pub(crate) fn draw(&self, tape: &mut Tape<E>, place: Caller, request: Request) -> NodeId {
        if !self.cut_off {
            return self.base.draw(tape, place, request);
        }
        let logits = self.table(tape, place);
        let logits = Value::of_node(logits, tape);
        E::family::<CategoricalLogitsFamily>().draw(tape, place, &[logits], request)
    }

    pub(crate) fn log_density(&self, tape: &mut Tape<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        let log = self.base.log_density(tape, place, value, usage);
        if !self.cut_off {
            return log;
        }
        let table = self.table(tape, place);
        let total = tape.reduce(Along::LogSumExp, table, None);
        let log = self.given_total(tape, log, total);
        self.without_the_rest(tape, log, value)
    }

    /// Records the log-probability of each of `outcomes`, which are all of them, along `axis`.
    pub(crate) fn log_probabilities(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        outcomes: NodeId,
        axis: Axis,
    ) -> NodeId {
        let log = self.base.log_probabilities(tape, place, outcomes, axis);
        if !self.cut_off {
            return log;
        }
        let total = tape.log_sum(&[log], axis);
        self.given_total(tape, log, total)
    }

    fn given_total(&self, tape: &mut Tape<E>, log: NodeId, total: NodeId) -> NodeId {
        let [log, total] = [log, total].map(|id| Arg { id, value: E::zero() });
        // Both are numbers, of plates that are open.
        tape.binary(Binary::Sub, log, total).unwrap_or(log.id)
    }

    /// Makes counts above the last one impossible, if there are any.
    fn without_the_rest(&self, tape: &mut Tape<E>, log: NodeId, value: Arg<E>) -> NodeId {
        let last = E::of(self.last as f64);
        if !value.id.is_some() || tape.value(value.id).iter().all(|&v| v <= last) {
            return log;
        }
        let node = tape.node(value.id);
        let (extent, deps) = (node.extent(), node.deps);
        let allowed = tape.derived([value.id], extent, deps, |[counts], out| {
            for (out, &count) in out.iter_mut().zip(counts) {
                *out = if count <= last { E::zero() } else { E::neg_infinity() };
            }
        });
        let [log, allowed] = [log, allowed].map(|id| Arg { id, value: E::zero() });
        tape.binary(Binary::Add, log, allowed).unwrap_or(log.id)
    }

    pub(crate) fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        self.base.find_trouble(tape, place, value, mask, wanted)
    }
}
