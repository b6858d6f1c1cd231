//! Free bits: what the divergence of a site counts for at least.

use super::address::Subject;
use super::run::Run;
use super::trace::Part;
use super::weight::{FloorOf, Weight};
use crate::dist::form::Form;
use crate::element::Element;
use crate::error::Place;
use crate::shape::Shape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::ops::{Binary, Unary};
use crate::tape::walk::Extent;

/// Free bits, in nats, with what they are a floor of: without a word, the divergence of each row, summed over its event (Kingma and others 2016,
/// equation 15, which is `per_dimension` and `of_mean`).
///
/// In a program `free_bits(0.5).per_dimension()` makes one.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::{FreeBits, Weight};
///
/// let bits = FreeBits::new(0.5).per_dimension().of_mean();
/// assert_eq!(bits.after(10), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeBits<W> {
    least: W,
    floor_of: FloorOf,
}

impl<W: Weight> FreeBits<W> {
    /// Returns a floor for each row, by a number or a [`Schedule`](crate::optim::Schedule) of nats.
    pub fn new(least: W) -> FreeBits<W> {
        FreeBits { least, floor_of: FloorOf::default() }
    }

    /// Makes it a floor for each number of the event: of a family that is independent over them.
    #[must_use]
    pub fn per_dimension(mut self) -> FreeBits<W> {
        self.floor_of.each_dimension = true;
        self
    }

    /// Makes it a floor of the mean over the rows that a step visits, those aside that a mask leaves out.
    #[must_use]
    pub fn of_mean(mut self) -> FreeBits<W> {
        self.floor_of.mean = true;
        self
    }
}

impl<W: Weight> Weight for FreeBits<W> {
    fn after(&self, steps: u64) -> f64 {
        self.least.after(steps)
    }

    fn floor_of(&self) -> FloorOf {
        self.floor_of
    }
}

/// A floor in a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    pub(crate) least: f64,
    pub(crate) of: FloorOf,
}

/// A proposal and its prior, with their divergence for each row.
pub(super) struct Pair<'a, E: Element> {
    pub(super) q: &'a Form<E>,
    pub(super) p: &'a Form<E>,
    pub(super) shape: Shape,
    pub(super) divergence: NodeId,
}

impl<E: Element> Run<E> {
    /// Adds what a divergence lacks of its floor: together they are the larger one of the two.
    pub(super) fn add_floor(
        &mut self,
        floor: Floor,
        pair: &Pair<'_, E>,
        site: u32,
        axes: AxisSet,
        place: Place,
    ) {
        if !floor.of.each_dimension || pair.shape.rank() == 0 {
            return self.add_lack(floor, pair.divergence, site, axes, place);
        }
        for k in 0..pair.shape.len() {
            let [q, p] = [pair.q, pair.p].map(|form| form.dimension(k, pair.shape, &mut self.tape));
            let divergence = match (q, p) {
                (Some(q), Some(p)) => Form::divergence(&q, &p, &mut self.tape, Shape::SCALAR, Use::Seeded),
                _ => None,
            };
            let Some(divergence) = divergence else {
                let detail = "has `free_bits` for each dimension, which need a family that is independent over them; leave `per_dimension` out";
                return self.fail_at(Subject::Site, site, place, detail.to_owned());
            };
            self.add_lack(floor, divergence, site, axes, place);
        }
    }

    fn add_lack(&mut self, floor: Floor, divergence: NodeId, site: u32, axes: AxisSet, place: Place) {
        if floor.of.mean {
            return self.add_lack_of_mean(floor.least, divergence, site, axes, place);
        }
        let lack = self.lack(divergence, floor.least);
        self.add_term(lack, Part::Floor, site, axes, place);
    }

    /// Adds what the mean over the rows lacks of its floor, once for each row.
    fn add_lack_of_mean(&mut self, least: f64, divergence: NodeId, site: u32, axes: AxisSet, place: Place) {
        let tried = self.tape.node(divergence).axes.intersection(AxisSet::OUTCOMES);
        if !tried.is_empty() {
            let detail = "has `free_bits` of a mean, and a divergence that depends on a site tried at every value, so that there are means of every combination; \
                          leave `of_mean` out";
            return self.fail_at(Subject::Site, site, place, detail.to_owned());
        }
        let (kept, spelt) = self.mask_term(divergence, axes, E::zero());
        let rows = spelt.union(self.tape.node(kept).axes).intersection(AxisSet::PLATES);
        let kept = self.tape.spread(kept, rows);
        let mean = self.tape.sum_axes(kept, rows, self.tape.elements_of(rows).recip());
        let lack = match self.share_kept(rows) {
            None => self.lack(mean, least),
            Some(share) => {
                // A row that is left out has no floor either.
                let least = self.tape.affine(share, E::of(least), E::zero());
                let [least, mean] = [least, mean].map(|id| Arg { id, value: E::zero() });
                let Ok(lack) = self.tape.binary(Binary::Sub, least, mean) else { return };
                self.tape.unary(Unary::Relu, Arg { id: lack, value: E::zero() })
            }
        };
        // The plates that it does not have stand in its scale, as many times as they have rows.
        self.add_whole_term(lack, Part::Floor, site, axes.minus(rows), place);
    }

    /// Returns which share of the elements along these axes the masks keep, if there are any.
    fn share_kept(&mut self, rows: AxisSet) -> Option<NodeId> {
        self.scope.mask()?;
        let one = self.tape.leaf(Extent::SCALAR, Deps::NONE, |out| out.fill(E::one()));
        let (kept, _) = self.mask_term(one, AxisSet::EMPTY, E::zero());
        let kept = self.tape.spread(kept, rows);
        Some(self.tape.sum_axes(kept, rows, self.tape.elements_of(rows).recip()))
    }

    /// Returns what a divergence lacks of its floor.
    fn lack(&mut self, divergence: NodeId, least: f64) -> NodeId {
        let lack = self.tape.affine(divergence, -E::one(), E::of(least));
        self.tape.unary(Unary::Relu, Arg { id: lack, value: E::zero() })
    }

    #[cold]
    pub(super) fn refuse_free_bits(&mut self, site: u32, place: Place) {
        let detail = "has `free_bits`, which need a closed divergence of the guide's proposal from the prior: the larger one of an estimate and a \
                      floor is biased; use `Elbo` with closed divergences, and a proposal of the prior's family";
        self.fail_at(Subject::Site, site, place, detail.to_owned());
    }
}
