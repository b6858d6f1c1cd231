//! A distribution as data: a member of a family, or distributions that are put together.
//!
//! What a program writes has a type for each family and kind of parameters; what a run works with has none, so that it is
//! compiled once.

use super::distribution::{Caller, Operands, Request, Trouble, Wanted};
use super::form::{Form, Tag};
use super::member::{Family, Member};
use super::mixture::MixtureLaw;
use super::transformed::TransformedLaw;
use super::up_to::UpToLaw;
use crate::element::Element;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::Axis;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;

/// A distribution without its type.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub enum Law<'a, E: Element> {
    /// A member of a family.
    Member(Member<'a, E>),
    /// Independent copies of a member over an event of this shape, or of too many dimensions.
    Copies(Member<'a, E>, Option<Shape>),
    Transformed(TransformedLaw<'a, E>),
    Mixture(MixtureLaw<'a, E>),
    /// The first counts of a distribution.
    UpTo(UpToLaw<'a, E>),
}

/// Something that has a law.
#[doc(hidden)]
pub trait HasLaw<E: Element> {
    /// Returns the distribution without its type.
    fn law(&self) -> Law<'_, E>;
}

impl<'a, E: Element> Law<'a, E> {
    /// Returns the member, if it is one.
    #[inline]
    pub(crate) fn member(&self) -> Option<&Member<'a, E>> {
        match self {
            Law::Member(member) | Law::Copies(member, _) => Some(member),
            _ => None,
        }
    }

    /// Returns the distribution by the log-odds of its probabilities, where these tell how far they lie below one; else as it is.
    pub(crate) fn with_all_digits(&self, tape: &mut Tape<E>, place: Caller) -> Law<'a, E> {
        match self {
            Law::Member(member) => Law::Member(member.with_all_digits(tape, place)),
            Law::Copies(member, shape) => Law::Copies(member.with_all_digits(tape, place), *shape),
            _ => *self,
        }
    }

    /// Returns the member, if it is one whose family and operands tell all.
    #[inline(always)]
    pub(crate) fn plain_member(&self) -> Option<&Member<'a, E>> {
        match self {
            Law::Member(member) => Some(member),
            _ => None,
        }
    }

    /// Returns which of the families it is that others know by name.
    pub(crate) fn tag(&self) -> Option<Tag> {
        self.member()?.family.tag()
    }

    /// Returns whether draws can be differentiated by the parameters.
    #[inline]
    pub(crate) fn is_pathwise(&self) -> bool {
        match self {
            Law::Member(member) | Law::Copies(member, _) => member.family.is_pathwise(),
            Law::Transformed(transformed) => transformed.is_pathwise(),
            Law::Mixture(_) | Law::UpTo(_) => false,
        }
    }

    /// Returns whether this holds of every family that it is made of.
    pub(crate) fn every_family(&self, holds: fn(&dyn Family<E>) -> bool) -> bool {
        match self {
            Law::Member(member) | Law::Copies(member, _) => holds(member.family),
            Law::Transformed(transformed) => transformed.base().every_family(holds),
            Law::Mixture(mixture) => mixture.every_family(holds),
            Law::UpTo(first) => first.base().every_family(holds),
        }
    }

    /// Returns whether a user wrote a family of it.
    pub(crate) fn is_custom(&self) -> bool {
        !self.every_family(|family| !family.is_custom())
    }

    /// Returns whether the density has a total, so that draws exist.
    pub(crate) fn is_proper(&self) -> bool {
        self.every_family(|family| family.is_proper())
    }

    /// Returns whether all probability lies at one value.
    pub(crate) fn is_certain(&self) -> bool {
        self.member().is_some_and(|member| member.family.is_certain())
    }

    /// Returns whether it is independent over the elements of an array, so that scalar parameters fit data of any shape.
    pub(crate) fn is_elementwise(&self) -> bool {
        match self {
            Law::Member(member) => member.family.is_elementwise(),
            Law::Copies(..) => false,
            Law::Transformed(transformed) => transformed.base().is_elementwise(),
            Law::Mixture(_) | Law::UpTo(_) => false,
        }
    }

    /// Returns the axes and dependencies of the parameters.
    pub(crate) fn operands(&self, tape: &mut Tape<E>, place: Caller) -> Operands {
        match self {
            Law::Member(member) | Law::Copies(member, _) => Operands::of(tape, place, member.operands()),
            Law::Transformed(transformed) => transformed.operands(tape, place),
            Law::Mixture(mixture) => mixture.operands(tape, place),
            Law::UpTo(first) => first.operands(tape, place),
        }
    }

    /// Returns the event shape of a value.
    ///
    /// # Errors
    ///
    /// A sentence with the shapes that do not fit.
    pub(crate) fn event_shape(&self, tape: &mut Tape<E>, place: Caller) -> Result<Shape, String> {
        match self {
            Law::Member(member) => member.event_shape(tape, place),
            Law::Copies(member, shape) => member.shape_of_copies(*shape, tape, place),
            Law::Transformed(transformed) => transformed.event_shape(tape, place),
            Law::Mixture(mixture) => mixture.event_shape(tape, place),
            Law::UpTo(first) => first.event_shape(tape, place),
        }
    }

    /// Returns the operands and the event shape.
    pub(crate) fn describe(&self, tape: &mut Tape<E>, place: Caller) -> (Operands, Result<Shape, String>) {
        match self {
            Law::Member(member) => member.describe(tape, place),
            _ => (self.operands(tape, place), self.event_shape(tape, place)),
        }
    }

    /// Records a draw.
    pub(crate) fn draw(&self, tape: &mut Tape<E>, place: Caller, request: Request) -> NodeId {
        match self {
            Law::Member(member) | Law::Copies(member, _) => {
                member.family.draw(tape, place, member.operands(), request)
            }
            Law::Transformed(transformed) => transformed.draw(tape, place, request),
            Law::Mixture(mixture) => mixture.draw(tape, place, request),
            Law::UpTo(first) => first.draw(tape, place, request),
        }
    }

    /// Records the log-density of a value, summed over its event.
    pub(crate) fn log_density(&self, tape: &mut Tape<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        match self {
            Law::Member(member) | Law::Copies(member, _) => {
                member.family.log_density(tape, place, member.operands(), value, usage)
            }
            Law::Transformed(transformed) => transformed.log_density(tape, place, value, usage),
            Law::Mixture(mixture) => mixture.log_density(tape, place, value, usage),
            Law::UpTo(first) => first.log_density(tape, place, value, usage),
        }
    }

    /// Returns the family and its operands, where closed divergences are known.
    pub(crate) fn form(&self, tape: &mut Tape<E>, place: Caller) -> Option<Form<E>> {
        let member = self.member()?;
        let tag = member.family.tag().filter(|tag| tag.has_divergences())?;
        Some(Form::new(tag, member, tape, place))
    }

    /// Returns the number `n` of values, if they are the integers `0..n`, or why these values cannot be listed.
    pub(crate) fn listed(&self, tape: &mut Tape<E>, place: Caller) -> Option<Result<usize, String>> {
        if let Law::UpTo(first) = self {
            return Some(Ok(first.last() + 1));
        }
        let member = self.member()?;
        member.family.outcomes().count(tape, place, member.operands())
    }

    /// Returns the number `n` of outcomes `0..n`.
    ///
    /// # Errors
    ///
    /// A sentence that says why they cannot be listed.
    pub(crate) fn outcomes(&self, tape: &mut Tape<E>, place: Caller) -> Result<usize, String> {
        let unlisted = || Err("cannot be enumerated: its values cannot be listed".to_owned());
        self.listed(tape, place).unwrap_or_else(unlisted)
    }

    /// Records the log-probability of each of `outcomes`, which lie along `axis`.
    pub(crate) fn log_probabilities(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        outcomes: NodeId,
        axis: Axis,
    ) -> NodeId {
        match self {
            Law::Member(member) | Law::Copies(member, _) => {
                member.family.log_probabilities(tape, place, member.operands(), outcomes, axis)
            }
            Law::UpTo(first) => first.log_probabilities(tape, place, outcomes, axis),
            _ => self.log_density(tape, place, Arg { id: outcomes, value: E::zero() }, Use::Seeded),
        }
    }

    /// Finds the first element with what is wanted: parameters outside the family or a value outside the support, or a log-density
    /// that overflows.
    pub(crate) fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        match self {
            Law::Member(member) | Law::Copies(member, _) => {
                member.family.find_trouble(tape, place, member.operands(), value, mask, wanted)
            }
            Law::Transformed(transformed) => transformed.find_trouble(tape, place, value, mask, wanted),
            Law::Mixture(mixture) => mixture.find_trouble(tape, place, value, mask, wanted),
            Law::UpTo(first) => first.find_trouble(tape, place, value, mask, wanted),
        }
    }
}
