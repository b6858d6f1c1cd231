//! What a model says without a guide: its joint log-density at given values, and draws from it.

use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::posterior::{DRAWS, all, collect};
use crate::program::Model;
use crate::program::handlers;
use crate::program::overlay::Action;
use crate::program::pass::{Listener, Observations, Pass};
use crate::program::paths::MOST_PATHS;
use crate::program::programs::{Programs, RunsModel};
use crate::program::run::Run;
use crate::results::Draws;
use crate::svi::core::Core;
use crate::values::Values;
use std::sync::Arc;

/// Returns the log-density of a model at given values of all its latent sites, jointly with its data.
///
/// Subsampled plates are visited whole, and parameters have their first values; a session evaluates it at its own
/// ([`Posterior::log_joint`](crate::Posterior::log_joint)). Nothing is random, so hidden sites are an error.
///
/// # Units
///
/// Nats, with every normalising constant; minus infinity where a value is outside of its support.
///
/// # Errors
///
/// If the program or its data is wrong, a latent site has no value or one of another shape (it is `[plates.., event..]`),
/// a name is not a latent site of the model, or the density is not a number or its logarithm beyond the number type.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Exponential;
/// use ppl_runtime::support::Positive;
/// use ppl_runtime::{Values, log_density};
/// use ppl_runtime::__private::{Name, model, model_site};
///
/// // What `#[model] fn wait() { sample!("t", Exponential::new(2.0)); }` gives.
/// let wait = model::<(), f64, _, _>(|| {
///     model_site::<f64, Positive, _>(Name::new("t"), Exponential::new(2.0)).draw();
/// });
/// assert_eq!(log_density(&wait, &Values::new().with("t", 3.0))?, 2f64.ln() - 6.0);
/// assert_eq!(log_density(&wait, &Values::new().with("t", -1.0))?, f64::NEG_INFINITY);
/// let error = log_density(&wait, &Values::new().with("t", [1.0, 2.0])).unwrap_err();
/// assert!(error.to_string().ends_with("site `t`: expected a value of shape [], got [2]"));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub fn log_density<M: Model>(model: M, values: &Values) -> Result<f64, Error> {
    M::Element::joint_log_density(M::Element::core(0).get(), &model, values)
}

/// Returns `n` draws from a model: of its latent sites from their priors, and of the data that they would give.
///
/// Subsampled plates are drawn whole, and parameters have their first values.
///
/// # Shapes
///
/// `[n, plates.., event..]` for each site, the latent ones first.
///
/// # Errors
///
/// If `n` is zero, or the program or its data is wrong.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::Exponential;
/// use ppl_runtime::prior_predictive;
/// use ppl_runtime::support::Positive;
/// use ppl_runtime::__private::{Name, model, model_site};
///
/// // What `#[model] fn wait() { sample!("t", Exponential::new(2.0)); }` gives.
/// let wait = model::<(), f64, _, _>(|| {
///     model_site::<f64, Positive, _>(Name::new("t"), Exponential::new(2.0)).draw();
/// });
/// let draws = prior_predictive(&wait, 10_000, 1)?;
/// assert_eq!(draws.get("t").unwrap().shape(), [10_000]);
/// // The mean is 1/2, and the standard error of 10,000 draws 1/200.
/// assert!((draws.summary().row("t", &[]).unwrap().mean - 0.5).abs() < 5.0 / 200.0);
/// assert_eq!(prior_predictive(&wait, 10_000, 1)?, draws);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub fn prior_predictive<M: Model>(model: M, n: usize, seed: u64) -> Result<Draws, Error> {
    M::Element::simulate(M::Element::core(seed).get(), &model, n)
}

/// Draws latent sites and data from a model.
pub(crate) fn simulate<E: Element>(
    core: &mut Core<E>,
    model: &dyn RunsModel,
    n: usize,
) -> Result<Draws, Error> {
    collect(&mut core.run, n, (Pass::SIMULATION, DRAWS), all, &mut |run| {
        run.execute(1, || model.run_model());
        run.assign_quantities();
    })
}

/// Evaluates the joint log-density of a model at given values, with the parameters of `run`.
pub(crate) fn joint_log_density<E: Element>(
    core: &mut Core<E>,
    model: &dyn RunsModel,
    values: &Values,
) -> Result<f64, Error> {
    let replay = Arc::new(Action::Replay(values.clone()));
    let replayed = || {
        handlers::lay::<E>(&replay);
        model.run_model();
        handlers::lift::<E>();
    };
    let run = &mut core.run;
    run.session.apart.end();
    run.session.paths.reset();
    // Each path of sites that the model sums over by running again is a term; without such sites there is one.
    let mut terms = Vec::new();
    let is_zero = loop {
        run.begin(Pass::DENSITY, 1);
        run.execute(1, replayed);
        run.eliminate();
        run.outcome()?;
        let term: f64 = run.log_joint();
        if term.is_nan() {
            break false;
        }
        terms.push(term);
        if terms.len() > MOST_PATHS {
            return Err(run.too_many_paths());
        }
        if !run.session.paths.next_of_model() {
            if terms[..] == [f64::NEG_INFINITY] {
                break true;
            }
            return Ok(log_sum(&terms));
        }
    };
    run.begin(Pass { listener: Listener::Faults, ..Pass::DENSITY }, 1);
    run.execute(1, replayed);
    if is_zero {
        // A value outside of its support has no density; within it the logarithm may be beyond the number type.
        return match run.outcome() {
            Err(error @ Error::Overflow { .. }) => Err(error),
            _ => Ok(f64::NEG_INFINITY),
        };
    }
    run.outcome()?;
    let detail = run.first_bad_term().unwrap_or_else(|| "every site alone is finite".to_owned());
    Err(Error::NotFinite { what: "the log-density (NaN)".to_owned(), detail })
}

/// Returns the logarithm of the sum of the exponentials.
pub(crate) fn log_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match terms {
        // Exactly, not up to rounding.
        [one] => *one,
        _ if terms.iter().any(|t| t.is_nan()) => f64::NAN,
        _ if largest.is_infinite() => largest,
        _ => largest + terms.iter().map(|t| (t - largest).exp()).sum::<f64>().ln(),
    }
}

/// Runs both programs once, so that all their parameters exist.
pub(crate) fn initialise<E: Element>(run: &mut Run<E>, programs: Programs<'_>) -> Result<(), Error> {
    run.begin(Pass { observations: Observations::Scored, ..Pass::SIMULATION }, 1);
    run.execute_both(programs);
    run.outcome()
}

impl<E: Element> Run<E> {
    /// Returns the sum of the terms of a run of the model alone.
    fn log_joint(&self) -> f64 {
        // No part of a model is certain: a factor of zero leaves out what would be infinite.
        let counted = self.trace.terms.iter().filter(|term| term.scale != 0.0);
        counted.map(|term| self.tape.weigh(term)).sum()
    }
}
