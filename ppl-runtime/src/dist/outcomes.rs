//! Distributions with a finite list of outcomes, whose sites can be tried at every value.

use super::distribution::{Caller, Distribution};
use super::{Bernoulli, BetaBinomial, Binomial, Categorical, Expandable, Expanded, OrderedLogistic};
use crate::element::Element;
use crate::family::Outcomes;
use crate::tape::Tape;
use crate::value::Value;

/// A distribution of one of the integers `0..n`, so that `enumerate` can try each of them; or of an array of such numbers, of which it tries the joint values, up
/// to 4096.
///
/// The trait is sealed: a family of one's own on `Boolean` or `Finite` is one.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Categorical, FiniteOutcomes};
///
/// fn can_be_enumerated<D: FiniteOutcomes<f64>>() -> bool {
///     true
/// }
/// assert!(can_be_enumerated::<Categorical>());
/// ```
#[diagnostic::on_unimplemented(
    message = "the values of `{Self}` cannot be listed",
    label = "a continuous or infinite distribution",
    note = "`enumerate` needs a distribution with a finite list of values, like `Bernoulli` or `Categorical`; of counts without an end it tries the first ones: `enumerate, up_to(40)`"
)]
pub trait FiniteOutcomes<E: Element>: Distribution<E> {}

impl<E: Element> FiniteOutcomes<E> for Bernoulli<E> {}
impl<E: Element> FiniteOutcomes<E> for Categorical<E> {}
impl<E: Element> FiniteOutcomes<E> for OrderedLogistic<E> {}
impl<E: Element> FiniteOutcomes<E> for Binomial<E> {}
impl<E: Element> FiniteOutcomes<E> for BetaBinomial<E> {}
impl<E: Element, D: Expandable<E> + FiniteOutcomes<E>> FiniteOutcomes<E> for Expanded<D> {}

impl Outcomes {
    /// Returns the number of values of the member with these parameters, or why they cannot be listed.
    pub(crate) fn count<E: Element>(
        self,
        tape: &mut Tape<E>,
        place: Caller,
        parameters: &[Value<E>],
    ) -> Option<Result<usize, String>> {
        match self {
            Outcomes::Unlisted => None,
            Outcomes::Two => Some(Ok(2)),
            Outcomes::Fixed(count) => Some(Ok(count)),
            Outcomes::AlongParameter { parameter, more } => {
                Some(Ok(length(tape, place, parameters[parameter]) + more))
            }
            Outcomes::UpToParameter(parameter) => Some(counts(tape, place, parameters[parameter])),
        }
    }
}

/// Returns the length of a member's vector, which is the last dimension.
fn length<E: Element>(tape: &mut Tape<E>, place: Caller, vector: Value<E>) -> usize {
    let arg = tape.lift(vector, place);
    let (_, member) = tape.extent(&arg).shape.split_last(1);
    member.len()
}

/// Returns the number of counts up to the largest total; those above an element's own total have probability zero there.
fn counts<E: Element>(tape: &mut Tape<E>, place: Caller, total: Value<E>) -> Result<usize, String> {
    let arg = tape.lift(total, place);
    let totals = if arg.id.is_some() { tape.value(arg.id) } else { std::slice::from_ref(&arg.value) };
    let is_count = |t: &&E| **t >= E::zero() && t.as_f64() <= 1e6 && t.as_f64().fract() == 0.0;
    if let Some(bad) = totals.iter().find(|t| !is_count(t)) {
        return Err(format!(
            "cannot be enumerated: its total must be a whole number up to 1000000, got {bad}"
        ));
    }
    Ok(totals.iter().fold(0.0, |most: f64, t| most.max(t.as_f64())) as usize + 1)
}
