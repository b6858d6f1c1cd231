//! A family as a table of functions, and a member of it: the family with the handles that it is called with.

use super::distribution::{Caller, Operands, Request, Trouble, Wanted};
use super::form::Tag;
use crate::element::Element;
use crate::family::{Outcomes, PARAMETERS, Standard};
use crate::shape::{MAX_RANK, Shape};
use crate::tape::Tape;
use crate::tape::axes::Axis;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::value::Value;

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

    /// Returns how many of the last dimensions of an operand one number of an event has, where a member is independent over the numbers
    /// of its event.
    fn rank_of_number(&self, operand: usize) -> Option<usize> {
        let _ = operand;
        self.is_elementwise().then_some(0)
    }

    /// Returns how many operands, the first ones, move a jump of the density of a latent (or observed) value.
    fn jump_operands(&self, observed: bool) -> usize {
        let _ = observed;
        0
    }

    /// Returns how members are images of a standard one.
    fn standard(&self) -> Standard {
        Standard::No
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

    /// Records the most probable value of a member whose operand lists the probabilities of all.
    fn likeliest(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> Option<NodeId> {
        let _ = (tape, place, p);
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

    /// Returns whether a parameter is a probability that it can have by its log-odds.
    fn has_probabilities(&self) -> bool {
        false
    }

    /// Returns the family by the log-odds of a parameter, if that is a probability.
    fn by_log_odds(&self, parameter: usize) -> Option<&'static dyn Family<E>> {
        let _ = parameter;
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

    /// Returns the same member by the log-odds of its probabilities, where these tell how far they lie below one.
    #[inline]
    pub(super) fn with_all_digits(&self, tape: &mut Tape<E>, place: Caller) -> Member<'a, E> {
        if self.family.has_probabilities() { self.by_log_odds(tape, place) } else { *self }
    }

    #[inline(never)]
    fn by_log_odds(&self, tape: &mut Tape<E>, place: Caller) -> Member<'a, E> {
        let mut found = *self;
        for k in (0..self.operands().len()).rev() {
            let Some(family) = found.family.by_log_odds(k) else { continue };
            let probability = tape.lift_waiting(found.operands()[k], place);
            // What is no probability is said so, and not of its log-odds.
            if let Some(logit) = tape.log_odds(probability.id)
                && !(tape.is_checked && tape.value(logit).iter().any(|logit| !logit.is_finite()))
            {
                let logit = Value::of_node(logit, tape);
                let operands = found.operands();
                let others = operands[..k].iter().chain([&logit]).chain(&operands[k + 1..]);
                found = Member::together(family, others);
            }
        }
        found
    }

    pub(super) fn event_shape(&self, tape: &mut Tape<E>, place: Caller) -> Result<Shape, String> {
        self.family.event_shape(tape, place, self.operands())
    }

    /// Returns the event shape of independent copies.
    pub(super) fn shape_of_copies(
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
    pub(super) fn describe(&self, tape: &mut Tape<E>, place: Caller) -> (Operands, Result<Shape, String>) {
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
