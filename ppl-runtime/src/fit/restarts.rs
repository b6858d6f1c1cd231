//! Fits from several starts: the best is kept, and where others ended elsewhere they are told apart.

use super::frame;
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::Elbo;
use crate::optim::Adam;
use crate::program::automatic::SitePlan;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::results::{Draws, Summary};
use crate::svi::core::HoldsCore;
use crate::svi::{Evaluation, Report, RunOptions, Svi};
use std::fmt;

/// The draws by which two ends are compared.
const DRAWS: usize = 4_000;

/// Two ends differ in a number whose means are further apart than so many of the larger deviation, or whose deviations differ by such a factor.
const APART: f64 = 2.0;

/// Or if one has a lower bound by more nats, and surely so.
const LOWER: f64 = 0.5;

/// How many numbers a sentence names.
const NAMED: usize = 3;

/// How precise the parameters of a guide of all sites together are to be: of their scales.
const TOLERANCE: f64 = 0.01;

/// What the sessions of a fit have in common, and how many there are.
pub(super) struct Starts {
    pub(super) plan: Option<SitePlan>,
    /// Whether the guide is what the curvature at the mode says.
    pub(super) at_mode: bool,
    pub(super) seed: u64,
    pub(super) steps: u64,
    pub(super) rate: f64,
    pub(super) progress: bool,
    pub(super) count: usize,
}

/// Where other starts of a fit ended than the best one; it prints as a sentence.
///
/// # Examples
///
/// See [`Fitting::restarts`](super::Fitting::restarts).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FitMode {
    /// How many starts ended there.
    pub starts: usize,
    /// The evidence lower bound there, its standard error, and by how much it lies below the best one.
    pub elbo: f64,
    /// The standard error of the bound.
    pub standard_error: f64,
    /// By how many nats the bound lies below that of the fit.
    pub lower_by: f64,
    /// The numbers that differ from those of the fit, as tables name them, the most different ones first.
    pub differing: Vec<String>,
    /// What the run says that ended there.
    pub outcome: Report,
    /// The draws of the guide there.
    pub draws: Draws,
    /// The mean and the deviation of the first of these numbers, there and in the fit.
    numbers: Vec<[(f64, f64); 2]>,
}

/// What one start has come to.
struct End<E: 'static> {
    core: Box<dyn HoldsCore<E>>,
    optimiser: Adam<E>,
    outcome: Report,
    evaluation: Evaluation,
    draws: Draws,
    starts: usize,
}

/// What all starts have come to: the report of the best one, whose state the session has, and the others.
pub(super) struct Ends {
    pub(super) outcome: Report,
    pub(super) modes: Vec<FitMode>,
    /// How many starts failed, and the first of their errors.
    pub(super) failures: Option<(usize, String)>,
}

/// Fits from all starts.
pub(super) fn run<M, G>(svi: &mut Svi<M, G, Elbo, Adam<M::Element>>, starts: &Starts) -> Result<Ends, Error>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
{
    if starts.count == 0 {
        return Err(Error::Setup { what: "expected at least one start, got 0".to_owned() });
    }
    if starts.count == 1 {
        let outcome = one(svi, starts, starts.seed, frame::PATHS)?;
        return Ok(Ends { outcome, modes: Vec::new(), failures: None });
    }
    let mut ends: Vec<End<M::Element>> = Vec::new();
    let (mut failed, mut first_error) = (0, None);
    for k in 0..starts.count {
        match another(svi, starts, k as u64) {
            Ok(end) => add(&mut ends, end),
            Err(error) => {
                failed += 1;
                first_error.get_or_insert(error);
            }
        }
    }
    let mut ends = ends.into_iter();
    let Some(best) = ends.next() else {
        return Err(first_error.unwrap_or(Error::Setup { what: "no start was made".to_owned() }));
    };
    let modes = ends.map(|end| end.beside(&best)).collect();
    (svi.core, svi.optimiser) = (best.core, best.optimiser);
    Ok(Ends { outcome: best.outcome, modes, failures: first_error.map(|error| (failed, error.to_string())) })
}

/// Fits from one start: where an automatic guide begins comes from the seed.
fn one<M, G>(
    svi: &mut Svi<M, G, Elbo, Adam<M::Element>>,
    starts: &Starts,
    seed: u64,
    paths: u64,
) -> Result<Report, Error>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
{
    if let Some(plan) = starts.plan.as_ref().filter(|_| starts.at_mode) {
        let found = frame::find_at_mode(&svi.model, seed, paths)?;
        M::Element::set_frame(svi.core.get(), plan, &found);
        let Evaluation { loss, standard_error, .. } = svi.evaluate(DRAWS)?;
        return Ok(Report::without_steps(loss, standard_error));
    }
    if let Some(plan) = starts.plan.as_ref().filter(|plan| plan.has_frame())
        && let Some(found) = frame::find(&svi.model, seed, paths)?
    {
        M::Element::set_frame(svi.core.get(), plan, &found);
    }
    let options = RunOptions::default().progress(starts.progress);
    // Weights of draws from a guide that fits closely tell of small errors too.
    let is_joint = starts.plan.as_ref().is_some_and(|plan| plan.joint().is_some());
    let options = if is_joint { options.tolerance(TOLERANCE) } else { options };
    svi.run_with(starts.steps, options)
}

/// Fits from a start by its number, and leaves the session as new. All but the first begin by one path alone, which leads to the mode nearest to
/// where it begins; several paths would mostly lead to the same.
fn another<M, G>(
    svi: &mut Svi<M, G, Elbo, Adam<M::Element>>,
    starts: &Starts,
    number: u64,
) -> Result<End<M::Element>, Error>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
{
    let seed = starts.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let new = |seed: u64| {
        let mut core = M::Element::core(0);
        M::Element::set_seed(core.get(), seed);
        core
    };
    svi.core = new(seed);
    svi.optimiser = Adam::new(starts.rate);
    let outcome = one(svi, starts, seed, if number == 0 { frame::PATHS } else { 1 })?;
    let evaluation = svi.evaluate(DRAWS)?;
    let draws = svi.posterior().draws(DRAWS)?;
    let core = std::mem::replace(&mut svi.core, new(starts.seed));
    let optimiser = std::mem::replace(&mut svi.optimiser, Adam::new(starts.rate));
    Ok(End { core, optimiser, outcome, evaluation, draws, starts: 1 })
}

/// Puts an end among others, best first; those that are at one place are one, which is the better of them.
fn add<E>(ends: &mut Vec<End<E>>, mut end: End<E>) {
    if let Some(k) = ends.iter().position(|other| !differ(&end, other)) {
        let same = ends.remove(k);
        let starts = end.starts + same.starts;
        end = if same.evaluation.loss <= end.evaluation.loss { same } else { end };
        end.starts = starts;
    }
    let at = ends.partition_point(|other| other.evaluation.loss <= end.evaluation.loss);
    ends.insert(at, end);
}

fn differ<E>(a: &End<E>, b: &End<E>) -> bool {
    let noise = a.evaluation.standard_error.hypot(b.evaluation.standard_error);
    let apart = (a.evaluation.loss - b.evaluation.loss).abs();
    apart > LOWER + 3.0 * noise || !differences(&a.draws, &b.draws).is_empty()
}

/// A number that differs: by how much, its name, and its mean and deviation at both places.
struct Difference {
    size: f64,
    name: String,
    numbers: [(f64, f64); 2],
}

/// Returns the numbers that differ between two places, the most different ones first.
fn differences(there: &Draws, here: &Draws) -> Vec<Difference> {
    let (there, here): (Summary, Summary) = (there.summary(), here.summary());
    let mut found = Vec::new();
    for ((_, a), (_, b)) in there.iter().zip(here.iter()) {
        for (a, b) in a.iter().zip(b) {
            let (low, high) = (a.deviation.min(b.deviation), a.deviation.max(b.deviation));
            let size = ((a.mean - b.mean).abs() / (APART * high)).max(high / (APART * APART * low));
            if size > 1.0 {
                let numbers = [(a.mean, a.deviation), (b.mean, b.deviation)];
                found.push(Difference { size, name: a.name().to_owned(), numbers });
            }
        }
    }
    found.sort_by(|a, b| b.size.total_cmp(&a.size));
    found
}

impl<E> End<E> {
    fn beside(self, best: &End<E>) -> FitMode {
        let differences = differences(&self.draws, &best.draws);
        let numbers = differences.iter().take(NAMED).map(|d| d.numbers).collect();
        let differing = differences.into_iter().map(|d| d.name).collect();
        let End { outcome, evaluation, draws, starts, .. } = self;
        let Evaluation { loss, standard_error } = evaluation;
        let lower_by = loss - best.evaluation.loss;
        FitMode { starts, elbo: -loss, standard_error, lower_by, differing, outcome, draws, numbers }
    }
}

impl fmt::Display for FitMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FitMode { starts, elbo, lower_by, differing, numbers, .. } = self;
        let (starts, ended) = if *starts == 1 {
            ("One start".to_owned(), "ended")
        } else {
            (format!("{starts} starts"), "ended")
        };
        write!(f, "{starts} {ended} elsewhere, with an ELBO of {elbo:.2}, lower by {lower_by:.2} nats")?;
        for (k, (name, [there, here])) in differing.iter().zip(numbers).enumerate() {
            let mark = if k == 0 { ": there" } else { "," };
            let number = |(mean, deviation): &(f64, f64)| format!("{mean:.3} ± {deviation:.3}");
            write!(f, "{mark} `{name}` is {} (here {})", number(there), number(here))?;
        }
        match differing.len().saturating_sub(NAMED) {
            0 => write!(f, "."),
            more => write!(f, ", and {more} more differ."),
        }
    }
}
