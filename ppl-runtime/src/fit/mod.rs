//! A fit in three lines: a model, a guide that need not be written, and whether to trust what comes out.

mod frame;
mod guide;
#[cfg(feature = "report")]
mod page;
mod principal;
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
use crate::calibrate::{Calibration, calibrate};
use crate::error::Error;
#[cfg(feature = "report")]
use crate::latent::LogDensity;
use crate::objective::Elbo;
use crate::optim::Adam;
use crate::posterior::Posterior;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::results::{Draws, DrawsError};
use crate::svi::{Report, Svi};
use ppl_diagnostics::loo::Loo;
use restarts::{Ends, Starts};

/// How many steps a fit takes at most, and how many draws it looks at.
const STEPS: u64 = 100_000;
const DRAWS: usize = 4_000;
const MORE_DRAWS: usize = 40_000;

/// Among how many draws a calibration ranks values.
const RANKED_AMONG: usize = 1_000;

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
        let (plan, at_mode) = (guide.plan(), guide.is_at_mode());
        let is_joint = plan.as_ref().is_some_and(|plan| plan.joint().is_some());
        let is_point = plan.as_ref().is_some_and(|plan| !plan.has_frame());
        let elbo = match () {
            () if objective.is_some() => objective.unwrap_or_default(),
            // Only at the best guide, where the draws' log-weights are all the same, has this gradient no noise.
            () if is_joint => Elbo::default().sticking_the_landing(),
            () => Elbo::default(),
        };
        let mut svi = Svi::new(model, guide.into_guide(), elbo, Adam::new(rate)).seed(seed);
        let starts = Starts { plan, at_mode, seed, steps, rate, progress, count: restarts };
        let Ends { outcome, modes, failures } = restarts::run(&mut svi, &starts)?;
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
        Ok(Fitted { svi, outcome, draws, trust, is_joint, modes, failures })
    }
}

impl<M, G> Fitting<M, G>
where
    M: Model,
    G: FitGuide<M::Element> + Clone,
    M::Sites: GuidedBy<<G::Guide as Guide>::Sites>,
{
    /// Draws values and data from the model `n` times, fits the guide to each of these data, and ranks the values among the guide's draws, which
    /// are not corrected: [`calibrate`](crate::calibrate()) with this fit as its engine. By default 1,000 draws are ranked among.
    ///
    /// # Errors
    ///
    /// As for [`calibrate`](crate::calibrate()); also for a guide of your own, which may read the data: make it of the simulated ones there.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::{Exponential, Poisson};
    /// use ppl_runtime::support::Positive;
    /// use ppl_runtime::{auto, fit};
    /// use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
    ///
    /// // What `#[model] fn calls() { let rate = sample!("rate", Exponential::new(1.0)); observe!("count", Poisson::new(rate), 3); }` gives.
    /// let calls = model::<AnyGuide, f64, _, _>(|| {
    ///     let rate = model_site::<f64, Positive, _>(Name::new("rate"), Exponential::new(1.0)).draw();
    ///     observe::<f64, _, _>(Name::new("count"), Poisson::new(rate), 3);
    /// });
    /// let calibration = fit(calls).guide(auto::Delta).seed(1).calibrate(40)?;
    /// // One point is far too narrow.
    /// assert!(calibration.row("rate", &[])?.narrowness > 3.0, "{calibration}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn calibrate(self, n: usize) -> Result<Calibration, Error> {
        if self.guide.plan().is_none() {
            let what =
                "a guide of your own may read the data: make it of the simulated data, by `ppl::calibrate`"
                    .to_owned();
            return Err(Error::Setup { what });
        }
        calibrate(&self.model, n, self.seed, |simulated| {
            let of_simulated = fit(simulated.model())
                .guide(self.guide.clone())
                .seed(simulated.seed())
                .steps(self.steps)
                .rate(self.rate)
                .draws(self.draws.unwrap_or(RANKED_AMONG));
            let of_simulated =
                Fitting { objective: self.objective.clone(), restarts: self.restarts, ..of_simulated };
            Ok(of_simulated.run()?.draws)
        })
    }
}

/// A guide that was fitted: its draws, and what is known of how near they are to the posterior.
///
/// # Examples
///
/// See [`fit`].
pub struct Fitted<M: Model, G> {
    svi: Svi<M, G, Elbo, Adam<M::Element>>,
    outcome: Report,
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

    /// Names the elements of a site along its outermost plate, for tables and draws: by the levels of a factor, for example.
    ///
    /// # Errors
    ///
    /// As for [`Draws::label`].
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::Exponential;
    /// use ppl_runtime::support::Positive;
    /// use ppl_runtime::fit;
    /// use ppl_runtime::__private::{AnyGuide, Name, Whole, model, model_site, plate};
    ///
    /// // What `#[model] fn calls() { plate!("shop", 2, |_i| sample!("rate", Exponential::new(1.0))); }` gives.
    /// let calls = model::<AnyGuide, f64, _, _>(|| {
    ///     plate::<f64, _, _, _>(Name::new("shop"), 2, Whole, |_i| {
    ///         model_site::<f64, Positive, _>(Name::new("rate"), Exponential::new(1.0)).draw()
    ///     });
    /// });
    /// let fitted = fit(calls).steps(2_000).run()?.labelled("rate", ["north", "south"])?;
    /// assert_eq!(fitted.summary().named("rate[south]")?.indices, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn labelled<S: Into<String>>(
        mut self,
        site: &str,
        labels: impl IntoIterator<Item = S>,
    ) -> Result<Self, DrawsError> {
        self.draws.label(site, labels)?;
        Ok(self)
    }

    /// Returns what the optimiser's run came to.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn outcome(&self) -> &Report {
        &self.outcome
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
        let mut summary = FitSummary::of(&self.draws, &self.trust, &self.outcome, self.is_joint);
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

    /// Writes a page of one file: what is to be thought of the fit, its numbers, the course of the loss, densities, intervals, pairs, the model and its
    /// diagnosis. It needs no network and no script, and is made for phones and for dark screens too.
    ///
    /// The page's title is the file's name. With the feature `svg` it has a picture of the model. The fit stays as it is, and
    /// what cannot be shown is a sentence on the page.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; the error names it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::Normal;
    /// use ppl_runtime::support::RealLine;
    /// use ppl_runtime::{auto, fit};
    /// use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
    ///
    /// let weight = model::<AnyGuide, f64, _, _>(|| {
    ///     let mu = model_site::<f64, RealLine, _>(Name::new("mu"), Normal::new(0.0, 10.0)).draw();
    ///     observe::<f64, _, _>(Name::new("y"), Normal::new(mu, 1.0), 3.0);
    /// });
    /// let fitted = fit(weight).guide(auto::FullRank).seed(1).run()?;
    /// let path = std::env::temp_dir().join(format!("weight-{}.html", std::process::id()));
    /// fitted.report(&path)?;
    /// assert!(std::fs::read_to_string(&path)?.contains(">Densities</h2>"));
    /// let error = fitted.report("no/such/folder/fit.html").unwrap_err();
    /// assert!(error.to_string().contains("no/such/folder/fit.html"));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "report")]
    pub fn report(&self, path: impl AsRef<std::path::Path>) -> Result<(), Error> {
        // A model with sites that have no unconstrained numbers has no ends that would be known.
        let density = LogDensity::new(&self.svi.model);
        let ends = density.iter().flat_map(LogDensity::ends).map(|(site, ends)| (site.to_owned(), ends));
        page::write(
            path.as_ref(),
            &page::Shown {
                draws: &self.draws,
                trust: &self.trust,
                outcome: &self.outcome,
                summary: &self.summary(),
                explanation: self.svi.explain(),
                ends: ends.collect(),
            },
        )
    }

    /// Returns the guide at its fitted parameters, to draw from, predict with and ask on.
    ///
    /// # Examples
    ///
    /// See [`fit`].
    pub fn posterior(&mut self) -> Posterior<'_, M, G> {
        self.svi.posterior()
    }

    /// Estimates how well each observation is predicted by the posterior of the others, from draws of the guide that are weighed by their
    /// importance: [`compare`](ppl_diagnostics::loo::compare) sets models side by side.
    ///
    /// # Errors
    ///
    /// As for [`Posterior::log_likelihoods`] and [`LogLikelihoods::loo`](crate::results::LogLikelihoods::loo).
    ///
    /// # Examples
    ///
    /// See [`LogLikelihoods`](crate::results::LogLikelihoods).
    pub fn loo(&mut self) -> Result<Loo, Error> {
        let count = self.draws.count().min(DRAWS);
        self.svi.posterior().log_likelihoods(count)?.loo()
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
