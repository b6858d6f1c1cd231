//! Distributions with a finite list of outcomes, whose sites can be tried at every value.

use super::distribution::{Caller, Distribution};
use super::types::CategoricalParameters;
use super::{Bernoulli, BetaBinomial, Binomial, Categorical, OrderedLogistic};
use crate::element::Element;
use crate::program::run::Run;
use crate::tape::axes::Axis;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::reduce::Along;
use crate::tape::ops::summand::Use;
use crate::value::Value;

/// A distribution of one of the integers `0..n`, so that `enumerate` can try each of them.
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
    note = "`enumerate` needs a distribution with a finite list of values, like `Bernoulli` or `Categorical`"
)]
pub trait FiniteOutcomes<E: Element>: Distribution<E> {
    /// Returns the number `n` of outcomes `0..n`.
    ///
    /// # Errors
    ///
    /// A sentence that says why they cannot be listed.
    #[doc(hidden)]
    fn outcomes(&self, run: &mut Run<E>, place: Caller) -> Result<usize, String>;

    /// Records the log-probability of each of `outcomes`, which lie along `axis`.
    #[doc(hidden)]
    fn log_probabilities(&self, run: &mut Run<E>, place: Caller, outcomes: NodeId, axis: Axis) -> NodeId {
        let _ = axis;
        self.log_density(run, place, Arg { id: outcomes, value: E::zero() }, Use::Seeded)
    }
}

impl<E: Element> FiniteOutcomes<E> for Bernoulli<E> {
    fn outcomes(&self, _: &mut Run<E>, _: Caller) -> Result<usize, String> {
        Ok(2)
    }
}

impl<E: Element> FiniteOutcomes<E> for Categorical<E> {
    fn outcomes(&self, run: &mut Run<E>, place: Caller) -> Result<usize, String> {
        Ok(length(run, place, self.parameters()[0]))
    }

    fn log_probabilities(&self, run: &mut Run<E>, place: Caller, outcomes: NodeId, axis: Axis) -> NodeId {
        let logits = match self.0 {
            // The derivatives of one row serve every outcome: `n` numbers in place of `n` for each.
            CategoricalParameters::Logits([logits]) if run.masks.is_empty() => run.lift_at(logits, place),
            // What a mask leaves out may not be a number, which a density by itself keeps to its own element.
            _ => return self.log_density(run, place, Arg { id: outcomes, value: E::zero() }, Use::Seeded),
        };
        let logits = run.tape.materialise(logits);
        let rows = run.tape.reduce(Along::LogSoftmax, logits, Some(0));
        run.tape.unstack(rows, axis)
    }
}

impl<E: Element> FiniteOutcomes<E> for OrderedLogistic<E> {
    fn outcomes(&self, run: &mut Run<E>, place: Caller) -> Result<usize, String> {
        Ok(length(run, place, self.parameters()[1]) + 1)
    }
}

impl<E: Element> FiniteOutcomes<E> for Binomial<E> {
    fn outcomes(&self, run: &mut Run<E>, place: Caller) -> Result<usize, String> {
        counts(run, place, self.parameters()[0])
    }
}

impl<E: Element> FiniteOutcomes<E> for BetaBinomial<E> {
    fn outcomes(&self, run: &mut Run<E>, place: Caller) -> Result<usize, String> {
        counts(run, place, self.parameters()[0])
    }
}

fn length<E: Element>(run: &mut Run<E>, place: Caller, vector: Value<E>) -> usize {
    let arg = run.lift_at(vector, place);
    run.tape.extent(&arg).shape.dim(0)
}

/// Returns the number of counts up to a total, which has to be the same for every element.
fn counts<E: Element>(run: &mut Run<E>, place: Caller, total: Value<E>) -> Result<usize, String> {
    let arg = run.lift_at(total, place);
    let totals = if arg.id.is_some() { run.tape.value(arg.id) } else { std::slice::from_ref(&arg.value) };
    let first = totals.first().copied().unwrap_or(E::zero());
    if totals.iter().any(|&t| t != first) {
        return Err("cannot be enumerated: its elements have different totals, so different lists of values"
            .to_owned());
    }
    if !(first >= E::zero() && first.as_f64() <= 1e6 && first.as_f64().fract() == 0.0) {
        return Err(format!(
            "cannot be enumerated: its total must be a whole number up to 1000000, got {first}"
        ));
    }
    Ok(first.as_f64() as usize + 1)
}
