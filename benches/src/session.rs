//! Trains a guide, and measures it on the way.

use crate::arguments::Arguments;
use crate::report::{Measured, digits};
use crate::timer::Timer;
use crate::trouble::Trouble;
use ppl::objective::Objective;
use ppl::optim::{Adam, Optimiser};
use ppl::results::Summary;
use ppl::{Elbo, Guide, GuidedBy, Model, Parameters, Svi, Values};
use serde_json::{Map, Value, json};
use std::time::Instant;

/// The draws behind the posterior's means and deviations.
const POSTERIOR_DRAWS: usize = 4000;

/// Fewer steps are a trial.
const TRIAL: usize = 100;

/// The elements of a site that are reported.
const ELEMENTS: usize = 8;

/// What a workload says about its training.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The learning rate of Adam.
    pub rate: f64,
    /// The draws behind the final ELBO.
    pub draws: usize,
    /// The number of data among which the ELBO is divided: 1 where that of all data is reported.
    pub shares: usize,
}

/// What a workload may add to its posterior summary.
pub type More = fn(&Arguments, &Summary, &Parameters, &mut Map<String, Value>) -> Result<(), Trouble>;

/// Adds nothing.
pub fn nothing_more(
    _: &Arguments,
    _: &Summary,
    _: &Parameters,
    _: &mut Map<String, Value>,
) -> Result<(), Trouble> {
    Ok(())
}

/// Runs a workload and returns its report; `reference` is the point of its exact log joint density.
///
/// The answers are those after exactly `--steps` steps; windows that the timing needs beyond them come last.
///
/// # Errors
///
/// The first error of a step.
pub fn measure<M, G>(
    arguments: &Arguments,
    plan: Plan,
    reference: &Values,
    model: M,
    guide: G,
    more: More,
) -> Result<String, Trouble>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    Elbo: Objective<M::Element>,
    Adam<M::Element>: Optimiser<M::Element>,
{
    // Subsampled plates are visited whole, so that this is the joint density of all data.
    let log_joint = ppl::log_density(&model, reference)?;
    measure_beside(arguments, plan, log_joint, model, guide, more)
}

/// Does what [`measure`] does beside a log joint density that the workload computes itself.
///
/// # Errors
///
/// The first error of a step.
pub fn measure_beside<M, G>(
    arguments: &Arguments,
    plan: Plan,
    log_joint: f64,
    model: M,
    guide: G,
    more: More,
) -> Result<String, Trouble>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    Elbo: Objective<M::Element>,
    Adam<M::Element>: Optimiser<M::Element>,
{
    let began = Instant::now();
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(plan.rate)).seed(arguments.seed);
    let mut first_step = None;
    let mut timer = Timer::default();
    let mut advance = |svi: &mut Svi<M, G, Elbo, Adam<M::Element>>, n: usize| -> Result<(), ppl::Error> {
        for _ in 0..n {
            svi.step()?;
            first_step.get_or_insert_with(|| began.elapsed().as_secs_f64());
        }
        Ok(())
    };
    timer.train(arguments.steps, |n| advance(&mut svi, n))?;
    let mechanisms = ppl::__bench::mechanisms(&svi);
    // A few steps are a trial of the workload, and not a measurement.
    let evaluation_draws = if arguments.steps < TRIAL { arguments.steps } else { plan.draws };
    let mut evaluation = svi.evaluate(evaluation_draws)?;
    evaluation.loss /= plan.shares as f64;
    evaluation.standard_error /= plan.shares as f64;
    let parameters = svi.parameters();
    let posterior_draws = if arguments.steps < TRIAL { 2 } else { (POSTERIOR_DRAWS / plan.shares).max(2) };
    let summary = svi.posterior().draws(posterior_draws)?.summary();
    timer.extend(arguments.seconds, |n| advance(&mut svi, n))?;

    let mut posterior = Map::new();
    for (site, rows) in summary.iter() {
        let first = || rows.iter().take(ELEMENTS);
        let mean: Vec<f64> = first().map(|r| digits(r.mean, 5)).collect();
        let sd: Vec<f64> = first().map(|r| digits(r.deviation, 5)).collect();
        posterior.insert(site.to_owned(), json!({ "mean": mean, "sd": sd }));
    }
    more(arguments, &summary, &parameters, &mut posterior)?;
    let measured = Measured {
        first_step: first_step.unwrap_or(f64::NAN),
        timing: timer.timing(),
        evaluation,
        evaluation_draws,
        mechanisms,
        posterior,
        rate: plan.rate,
        log_joint,
    };
    Ok(measured.line(arguments))
}
