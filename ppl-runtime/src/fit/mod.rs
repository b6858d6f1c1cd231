//! A fit in three lines: a model, a guide that need not be written, and whether to trust what comes out.

mod frame;
mod guide;
mod restarts;
mod summary;
mod trust;
mod whitened;

pub use frame::FoundFrame;
pub(crate) use frame::set_frame;
pub use guide::FitGuide;
pub use restarts::FitMode;
pub use summary::{FitRow, FitSummary};
pub use trust::Trust;

use crate::auto;
use crate::error::Error;
use crate::objective::Elbo;
use crate::optim::Adam;
use crate::posterior::Posterior;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::results::Draws;
use crate::svi::{Report, Svi};
use restarts::{Ends, Plan};

/// How many steps a fit takes at most, and how many draws it looks at.
const STEPS: u64 = 100_000;
const DRAWS: usize = 4_000;
const MORE_DRAWS: usize = 40_000;

/// The optimiser's rate, in the frame in which the guide begins: there every scale is about one.
const RATE: f64 = 0.02;

/// Begins a fit of a model, by default with the guide [`auto::MeanField`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Normal};
/// use ppl_runtime::support::RealLine;
/// use ppl_runtime::{auto, fit};
/// use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
///
/// // What `#[model] fn weight() { let mu = sample!("mu", Normal::new(0.0, 10.0)); observe!("y", Normal::new(mu, 1.0), 3.0); }` gives.
/// let weight = model::<AnyGuide, f64, _, _>(|| {
///     let mu = model_site::<f64, RealLine, _>(Name::new("mu"), Normal::new(0.0, 10.0)).draw();
///     observe::<f64, _, _>(Name::new("y"), Normal::new(mu, 1.0), 3.0);
/// });
/// let fitted = fit(weight).guide(auto::FullRank).seed(1).run()?;
/// println!("{}", fitted.summary());
/// let mu = fitted.summary().row("mu", &[])?.clone();
/// assert!((mu.mean - 3.0 / 1.01).abs() < 0.1 && fitted.trust().k_hat < 0.7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit<M: Model>(model: M) -> Fitting<M, auto::MeanField> {
    let (guide, draws, objective) = (auto::MeanField, None, None);
    let (seed, steps, rate, restarts, progress) = (0, STEPS, RATE, 1, false);
    Fitting { model, guide, seed, steps, draws, rate, restarts, objective, progress }
}

/// A fit that has not been run, as [`fit`] returns it.
///
/// # Examples
///
/// See [`fit`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Fitting<M, G> {
    model: M,
    guide: G,
    seed: u64,
    steps: u64,
    draws: Option<usize>,
    rate: f64,
    restarts: usize,
    objective: Option<Elbo>,
    progress: bool,
}

impl<M: Model, G> Fitting<M, G> {
    /// Sets the guide: an automatic one, as [`auto::FullRank`], or one of your own.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn guide<H: FitGuide<M::Element>>(self, guide: H) -> Fitting<M, H> {
        let Fitting { model, seed, steps, draws, rate, restarts, objective, progress, .. } = self;
        Fitting { model, guide, seed, steps, draws, rate, restarts, objective, progress }
    }

    /// Sets the seed that every random number comes from (0 by default).
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn seed(self, seed: u64) -> Self {
        Fitting { seed, ..self }
    }

    /// Sets how many steps the optimiser takes at most (100,000 by default); it stops by itself when there is nothing left to gain.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn steps(self, steps: u64) -> Self {
        Fitting { steps, ..self }
    }

    /// Sets how many draws of the guide are looked at. By default these are 4,000, and ten times as many where the weights of so few do
    /// not tell enough.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn draws(self, draws: usize) -> Self {
        Fitting { draws: Some(draws), ..self }
    }

    /// Sets the rate of the optimiser, which is Adam (0.02 by default: the scales of an automatic guide are about one where it begins).
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn rate(self, rate: f64) -> Self {
        Fitting { rate, ..self }
    }

    /// Sets from how many starts the guide is fitted (one by default): the best end is kept, and the summary says where others ended and
    /// which numbers differ there. Nothing is averaged over them.
    ///
    /// Starts differ by where a path to a mode begins, which comes from the seed, and by the draws. A guide of your own begins at its own first
    /// values, of which only the random ones differ.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::Normal;
    /// use ppl_runtime::fit;
    /// use ppl_runtime::support::RealLine;
    /// use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
    ///
    /// // What `sample!("z", Normal::new(0.2, 2.0))` and `observe!("y", Normal::new(z * z, 0.5), 4.0)` give: the posterior has two modes.
    /// let square = model::<AnyGuide, f64, _, _>(|| {
    ///     let z = model_site::<f64, RealLine, _>(Name::new("z"), Normal::new(0.2, 2.0)).draw();
    ///     observe::<f64, _, _>(Name::new("y"), Normal::new(z * z, 0.5), 4.0);
    /// });
    /// let fitted = fit(square).restarts(8).steps(4_000).seed(1).run()?;
    /// assert!(fitted.summary().row("z", &[])?.raw_mean > 1.8);
    /// // The other one is less probable by a factor of exp(0.2): of 2 * 2 * 0.2 / 2^2.
    /// let mode = &fitted.modes()[0];
    /// assert!((mode.lower_by - 0.2).abs() < 0.05 && mode.differing == ["z"]);
    /// assert!(fitted.summary().warnings()[0].contains("elsewhere"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restarts(self, starts: usize) -> Self {
        Fitting { restarts: starts, ..self }
    }

    /// Sets the bound that is maximised: by default [`Elbo::default`], with the landing stuck for a guide that proposes all sites together.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn objective(self, objective: Elbo) -> Self {
        Fitting { objective: Some(objective), ..self }
    }

    /// Sets whether a progress bar is shown (it is not by default).
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn progress(self, progress: bool) -> Self {
        Fitting { progress, ..self }
    }
}

impl<M, G> Fitting<M, G>
where
    M: Model,
    G: FitGuide<M::Element>,
    M::Sites: GuidedBy<<G::Guide as Guide>::Sites>,
{
    /// Fits the guide, and looks at its draws.
    ///
    /// An automatic guide begins in a frame of its own: the best normal approximation along a few paths to a mode (Pathfinder: Zhang et al.
    /// 2022) gives a centre and a unit for the unconstrained numbers, so that columns need not be standardised and the scales of the
    /// guide are about one. Where there is none to be found, it begins at zero.
    ///
    /// # Errors
    ///
    /// If a program or its data is wrong, or the model has sites that the guide cannot propose. That a fit is poor is no error: its
    /// summary says so.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn run(self) -> Result<Fitted<M, G::Guide>, Error> {
        let Fitting { model, guide, seed, steps, draws, rate, restarts, objective, progress } = self;
        let how = guide.how();
        let elbo = match how {
            _ if objective.is_some() => objective.unwrap_or_default(),
            // Only at the best guide, where the draws' log-weights are all the same, has this gradient no noise.
            Some(how) if how.is_joint() => Elbo::default().sticking_the_landing(),
            _ => Elbo::default(),
        };
        let mut svi = Svi::new(model, guide.into_guide(), elbo, Adam::new(rate)).seed(seed);
        let plan = Plan { how, seed, steps, rate, progress, starts: restarts };
        let Ends { report, modes, failures } = restarts::run(&mut svi, &plan)?;
        let is_point = how.is_some_and(|how| !how.has_frame());
        let mut count = draws.unwrap_or(DRAWS);
        let mut trust = Trust::unknown();
        if !is_point {
            trust = Trust::of(&mut svi.posterior(), count);
            if draws.is_none() && trust.may_change(count) {
                count = MORE_DRAWS;
                trust = Trust::of(&mut svi.posterior(), count);
            }
        }
        let draws = svi.posterior().draws(count)?;
        let is_joint = how.is_some_and(|how| how.is_joint());
        Ok(Fitted { svi, report, draws, trust, is_joint, modes, failures })
    }
}

/// A guide that was fitted: its draws, and what is known of how near they are to the posterior.
///
/// # Examples
///
/// See [`fit`].
pub struct Fitted<M: Model, G> {
    svi: Svi<M, G, Elbo, Adam<M::Element>>,
    report: Report,
    draws: Draws,
    trust: Trust,
    is_joint: bool,
    modes: Vec<FitMode>,
    failures: Option<(usize, String)>,
}

impl<M, G> Fitted<M, G>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
{
    /// Returns the draws of the guide.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn draws(&self) -> &Draws {
        &self.draws
    }

    /// Returns what the optimiser's run says.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns whether the guide is near the posterior, by the importance weights of its draws.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Returns means, deviations and quantiles, raw and corrected by importance weights, with what is wrong in words.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn summary(&self) -> FitSummary {
        let mut summary = FitSummary::of(&self.draws, &self.trust, &self.report, self.is_joint);
        summary.elsewhere.extend(self.modes.iter().map(ToString::to_string));
        if let Some((count, error)) = &self.failures {
            summary.elsewhere.push(format!("Of the other starts {count} failed: {error}."));
        }
        summary
    }

    /// Returns where starts have ended that did not end at the best place, the next best first; see [`Fitting::restarts`].
    ///
    /// # Examples
    ///
    /// See [`Fitting::restarts`].
    pub fn modes(&self) -> &[FitMode] {
        &self.modes
    }

    /// Returns the guide at its fitted parameters, to draw from, predict with and ask on.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn posterior(&mut self) -> Posterior<'_, M, G> {
        self.svi.posterior()
    }

    /// Returns the session, to go on with by hand.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn into_svi(self) -> Svi<M, G, Elbo, Adam<M::Element>> {
        self.svi
    }
}
