//! A distribution as data: a family with the handles that it is called with, or distributions that are put together.
//!
//! What a program writes has a type for each family and kind of parameters; what a run works with has none, so that it is
//! compiled once.

use super::distribution::{Caller, Operands, Request, Trouble, Wanted};
use super::form::{Form, Tag};
use super::mixture::MixtureLaw;
use super::transformed::TransformedLaw;
use crate::element::Element;
use crate::family::Outcomes;
use crate::family::PARAMETERS;
use crate::shape::{MAX_RANK, Shape};
use crate::tape::Tape;
use crate::tape::axes::Axis;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::value::Value;

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
}

/// Something that has a law.
#[doc(hidden)]
pub trait HasLaw<E: Element> {
    /// Returns the distribution without its type.
    fn law(&self) -> Law<'_, E>;
}

/// A family of distributions, to which a member's operands are handed as data.
#[doc(hidden)]
pub trait Family<E: Element>: Sync {
    /// Returns which of the families it is that others know by name.
    fn tag(&self) -> Option<Tag> {
        None
    }

    /// Returns whether draws can be differentiated by the parameters.
    fn is_pathwise(&self) -> bool;

    /// Returns whether all probability lies at one value.
    fn is_certain(&self) -> bool {
        false
    }

    /// Returns whether a member is independent over the elements of an array, so that scalar parameters fit data of any shape.
    fn is_elementwise(&self) -> bool;

    /// Returns how many operands, the first ones, move a jump of the density of a latent (or observed) value.
    fn jump_operands(&self, observed: bool) -> usize {
        let _ = observed;
        0
    }

    /// Returns whether a user wrote it, so that draws which no density weighs are looked at.
    fn is_custom(&self) -> bool {
        false
    }

    /// Returns whether the density has a total, so that draws exist.
    fn is_proper(&self) -> bool {
        true
    }

    /// Returns how many values a member has, if they can be listed.
    fn outcomes(&self) -> Outcomes {
        Outcomes::Unlisted
    }

    /// Returns the function that gives the most probable value of a member of a family of numbers, if it is known.
    fn mode(&self) -> Option<fn([E; PARAMETERS]) -> E> {
        None
    }

    /// Returns the family between two bounds, which come before the parameters.
    fn truncated(&self) -> Option<&'static dyn Family<E>> {
        None
    }

    /// Returns the family inflated by zeros, with their share (or its log-odds) before the parameters.
    fn zero_inflated(&self, by_logits: bool) -> Option<&'static dyn Family<E>> {
        let _ = by_logits;
        None
    }

    /// Returns the family by the log-odds of its last parameter, if that is a probability.
    fn by_log_odds(&self) -> Option<&'static dyn Family<E>> {
        None
    }

    /// Returns the operand that the mathematics has for handle `k`.
    fn operand(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>], k: usize) -> Arg<E> {
        tape.lift(p[k], place)
    }

    /// Returns the event shape of a value.
    ///
    /// # Errors
    ///
    /// A sentence with the shapes that do not fit.
    fn event_shape(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> Result<Shape, String>;

    /// Records a draw.
    fn draw(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>], request: Request) -> NodeId;

    /// Records the log-density of a value, summed over its event.
    fn log_density(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        usage: Use,
    ) -> NodeId;

    /// Records the log-density of a value of event shape `event`, by operands of the tape.
    fn log_density_at(
        &self,
        tape: &mut Tape<E>,
        p: &[Arg<E>],
        value: Arg<E>,
        event: Shape,
        usage: Use,
    ) -> NodeId;

    /// Records the log-probability of each of `outcomes`, which lie along `axis`.
    fn log_probabilities(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        outcomes: NodeId,
        axis: Axis,
    ) -> NodeId {
        let _ = axis;
        self.log_density(tape, place, p, Arg { id: outcomes, value: E::zero() }, Use::Seeded)
    }

    /// Finds the first element with what is wanted: parameters outside the family or a value outside the support, or a log-density
    /// that overflows.
    fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble>;
}

/// Returns the operands of a family's handles; one that there is not is a number.
pub(super) fn lift<E: Element, const N: usize>(
    tape: &mut Tape<E>,
    place: Caller,
    p: &[Value<E>],
) -> [Arg<E>; N] {
    let mut args = [Arg::constant(E::zero()); N];
    for (arg, &value) in args.iter_mut().zip(p) {
        *arg = tape.lift(value, place);
    }
    args
}

/// A member of a family.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Member<'a, E: 'static> {
    pub(crate) family: &'static dyn Family<E>,
    operands: Handles<'a, E>,
}

/// The handles that a family is called with.
#[derive(Clone, Copy)]
enum Handles<'a, E> {
    Of(&'a [Value<E>]),
    /// Those of a wrapper and of what it wraps.
    Together([Value<E>; PARAMETERS], usize),
}

impl<'a, E: Element> Member<'a, E> {
    /// Returns the member of a family with these operands.
    #[inline(always)]
    pub(crate) fn new(family: &'static dyn Family<E>, operands: &'a [Value<E>]) -> Member<'a, E> {
        Member { family, operands: Handles::Of(operands) }
    }

    /// Returns the member of a family with operands that are put together here.
    pub(crate) fn together<'b>(
        family: &'static dyn Family<E>,
        operands: impl IntoIterator<Item = &'b Value<E>>,
    ) -> Member<'a, E> {
        let mut all = [Value::constant(E::zero()); PARAMETERS];
        let mut count = 0;
        for (slot, &operand) in all.iter_mut().zip(operands) {
            *slot = operand;
            count += 1;
        }
        Member { family, operands: Handles::Together(all, count) }
    }

    /// Returns the handles that the family is called with.
    #[inline(always)]
    pub(crate) fn operands(&self) -> &[Value<E>] {
        match &self.operands {
            Handles::Of(operands) => operands,
            Handles::Together(operands, count) => &operands[..*count],
        }
    }

    /// Returns what tells the family from others: the address of its functions.
    #[inline]
    pub(crate) fn family_address(&self) -> usize {
        std::ptr::from_ref(self.family).cast::<()>() as usize
    }

    /// Returns a member of another family, whose own operands come first.
    pub(crate) fn wrapped(&self, family: &'static dyn Family<E>, own: &[Value<E>]) -> Member<'a, E> {
        // A wrapper's family has places for all, of which the last may be empty.
        let empty = [Value::constant(E::zero()); PARAMETERS];
        Member::together(family, own.iter().chain(self.operands()).chain(&empty))
    }

    fn event_shape(&self, tape: &mut Tape<E>, place: Caller) -> Result<Shape, String> {
        self.family.event_shape(tape, place, self.operands())
    }

    /// Returns the event shape of independent copies.
    fn shape_of_copies(
        &self,
        shape: Option<Shape>,
        tape: &mut Tape<E>,
        place: Caller,
    ) -> Result<Shape, String> {
        let own = self.event_shape(tape, place)?;
        let shape = shape.ok_or_else(|| format!("more than {MAX_RANK} dimensions to expand to"))?;
        if own.rank() != 0 && own != shape {
            return Err(format!("a distribution of shape {own} cannot be expanded to {shape}"));
        }
        Ok(shape)
    }

    /// Returns the operands and the event shape.
    fn describe(&self, tape: &mut Tape<E>, place: Caller) -> (Operands, Result<Shape, String>) {
        let mut operands = Operands::default();
        let mut are_numbers = true;
        for &value in self.operands() {
            let arg = tape.lift_waiting(value, place);
            if arg.id.is_some() {
                let node = tape.node(arg.id);
                are_numbers &= node.shape.rank() == 0;
                operands.axes = operands.axes.union(node.axes);
                operands.deps = operands.deps.union(node.deps);
            }
        }
        // Mostly all parameters of a family of numbers are numbers.
        let plain = are_numbers && self.family.is_elementwise();
        let shape = if plain { Ok(Shape::SCALAR) } else { self.event_shape(tape, place) };
        (operands, shape)
    }
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

    /// Returns the distribution by the log-odds of its probability, where that is a draw so close to one that its complement is
    /// known by itself; else as it is.
    pub(crate) fn with_all_digits(&self, tape: &mut Tape<E>, place: Caller) -> Law<'a, E> {
        let Law::Member(member) = self else { return *self };
        if !tape.knows_complements() {
            return *self;
        }
        let (Some(family), Some((probability, others))) =
            (member.family.by_log_odds(), member.operands().split_last())
        else {
            return *self;
        };
        let probability = tape.lift(*probability, place);
        match tape.log_odds(probability.id) {
            Some(logit) => {
                let logit = Value::of_node(logit, tape);
                Law::Member(Member::together(family, others.iter().chain([&logit])))
            }
            None => *self,
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
            Law::Mixture(_) => false,
        }
    }

    /// Returns whether this holds of every family that it is made of.
    pub(crate) fn every_family(&self, holds: fn(&dyn Family<E>) -> bool) -> bool {
        match self {
            Law::Member(member) | Law::Copies(member, _) => holds(member.family),
            Law::Transformed(transformed) => transformed.base().every_family(holds),
            Law::Mixture(mixture) => mixture.every_family(holds),
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
            Law::Mixture(_) => false,
        }
    }

    /// Returns the dependencies of those parameters that move a jump of the density of a latent (or observed) value.
    ///
    /// A pathwise gradient does not see the jump, so these parameters may not depend on a pathwise site.
    pub(crate) fn jump_deps(&self, tape: &mut Tape<E>, place: Caller, observed: bool) -> Deps {
        match self {
            Law::Member(member) | Law::Copies(member, _) => {
                let moving = member.family.jump_operands(observed);
                Operands::of(tape, place, &member.operands()[..moving]).deps
            }
            Law::Transformed(transformed) => transformed.base().jump_deps(tape, place, observed),
            Law::Mixture(_) => Deps::NONE,
        }
    }

    /// Returns the axes and dependencies of the parameters.
    pub(crate) fn operands(&self, tape: &mut Tape<E>, place: Caller) -> Operands {
        match self {
            Law::Member(member) | Law::Copies(member, _) => Operands::of(tape, place, member.operands()),
            Law::Transformed(transformed) => transformed.operands(tape, place),
            Law::Mixture(mixture) => mixture.operands(tape, place),
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
        }
    }
}
