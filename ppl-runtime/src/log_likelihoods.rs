//! The log-likelihood of every observation at draws.

use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::log_densities::run_weighed;
use crate::posterior::{DRAWS, Found, Posterior, at_least_one, collect};
use crate::program::address::Subject;
use crate::program::handlers;
use crate::program::overlay::Action;
use crate::program::pass::{Latents, Pass};
use crate::program::programs::{Programs, RunsModel};
use crate::program::run::Run;
use crate::program::trace::Part;
use crate::program::{Guide, Model};
use crate::results::{Draws, LogLikelihoods};
use crate::svi::core::Core;
use crate::tape::axes::AxisSet;
use crate::values::Values;
use ndarray::Slice;
use std::sync::Arc;

/// A run of a model alone at given values, in which every term keeps its elements.
const AT_DRAWS: Pass = Pass { latents: Latents::Given, ..Pass::WEIGHED };

/// Returns the log-likelihood of every observation of a model at draws of its latent sites, those of a sampler for example.
///
/// Discrete sites that the model sums out are summed out of it: the log-likelihood of an element of a mixture is that of the mixture. An observation
/// is an element of the plates around `observe!`; observed values with an event are one, and so is what a discrete site that is summed out
/// joins, a chain for example. `factor!` is none, `scale` and `weight(..)` count as one.
///
/// # Errors
///
/// If there is no draw, a site has no values or values of another shape, or the program or its data is wrong. Parameters of the model have their first
/// values; those of a session are known to [`Posterior::log_likelihoods`].
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use ppl_runtime::dist::Normal;
/// use ppl_runtime::support::RealLine;
/// use ppl_runtime::{log_likelihoods, results::Draws};
/// use ppl_runtime::__private::{Name, model, model_site, observe};
///
/// // What `#[model] fn weight() { let mu = sample!("mu", Normal::new(0.0, 10.0)); observe!("y", Normal::new(mu, 1.0), 3.0); }` gives.
/// let weight = model::<(), f64, _, _>(|| {
///     let mu = model_site::<f64, RealLine, _>(Name::new("mu"), Normal::new(0.0, 10.0)).draw();
///     observe::<f64, _, _>(Name::new("y"), Normal::new(mu, 1.0), 3.0);
/// });
/// let mut draws = Draws::new();
/// draws.insert("mu", array![3.0, 5.0].into_dyn()).unwrap();
/// let found = log_likelihoods(&weight, &draws)?;
/// let y = found.values().get("y").unwrap();
/// assert!((y[[0]] - y[[1]] - 2.0).abs() < 1e-12);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub fn log_likelihoods<M: Model>(model: M, draws: &Draws) -> Result<LogLikelihoods, Error> {
    let values = M::Element::likelihoods_at(M::Element::core(0).get(), &model, draws)?;
    LogLikelihoods::new(values, None)
}

impl<M: Model, G: Guide<Element = M::Element>> Posterior<'_, M, G> {
    /// Returns the log-likelihood of every observation at `n` draws of the guide, which are those of [`draws`](Posterior::draws), together with
    /// the draws' log-weights, so that what comes of them is corrected for what the guide is not.
    ///
    /// What an observation is says [`log_likelihoods`].
    ///
    /// # Errors
    ///
    /// As for [`log_densities`](Posterior::log_densities).
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// let found = svi.posterior().log_likelihoods(1_000)?;
    /// // With one throw less the posterior is Beta(8, 4) or Beta(9, 3): of the throw left out it predicts 2/3 for a head, and 1/4 for a tail.
    /// let loo = found.loo()?;
    /// assert!((loo.elpd - (7.0 * (2.0f64 / 3.0).ln() + 2.0 * 0.25f64.ln())).abs() < 0.1);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_likelihoods(&mut self, n: usize) -> Result<LogLikelihoods, Error> {
        let weights = self.log_densities(n)?.log_weights();
        let (programs, core) = self.parts();
        LogLikelihoods::new(M::Element::likelihoods(programs, core, n)?, Some(weights.to_vec()))
    }
}

/// Finds the log-likelihoods at draws of a guide.
pub(crate) fn likelihoods<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<Draws, Error> {
    collect(&mut core.run, n, (Pass::WEIGHED, DRAWS), of_observations, &mut |run| {
        run_weighed(run, programs);
        run.spread_observations();
    })
}

/// Finds the log-likelihoods of a model at given draws.
pub(crate) fn likelihoods_at<E: Element>(
    core: &mut Core<E>,
    model: &dyn RunsModel,
    draws: &Draws,
) -> Result<Draws, Error> {
    at_least_one(draws.count())?;
    collect(&mut core.run, draws.count(), (AT_DRAWS, DRAWS), of_observations, &mut |run| {
        let first = run.session.occasion.particle + run.session.apart.particle;
        let these = Arc::new(Action::Replay(some_of(draws, first, run.particles())));
        run.execute(1, || {
            handlers::lay::<E>(&these);
            model.run_model();
            handlers::lift::<E>();
        });
        run.eliminate();
        run.spread_observations();
    })
}

/// Returns some of the draws.
fn some_of(draws: &Draws, first: usize, count: usize) -> Values {
    let mut some = Draws::new();
    for (name, array) in draws.iter() {
        let rows = array.slice_axis(ndarray::Axis(0), Slice::from(first..first + count));
        // They are as many of each site, so that none is refused.
        let _ = some.insert(name, rows.to_owned());
    }
    Values::from(&some)
}

impl<E: Element> Run<E> {
    /// Returns the observed site of a term, if it is the likelihood of data.
    fn observed_in(&self, term: usize) -> Option<u32> {
        let term = &self.trace.terms[term];
        let evidence = &self.trace.elimination.evidence;
        match term.part {
            Part::Likelihood => Some(term.site),
            Part::Evidence => evidence.iter().find(|(node, _)| *node == term.node).map(|(_, site)| *site),
            _ => None,
        }
    }

    /// Gives each likelihood an element for each of its plates' elements, also where they are alike.
    fn spread_observations(&mut self) {
        for k in 0..self.trace.terms.len() {
            if self.observed_in(k).is_none() {
                continue;
            }
            let term = self.trace.terms[k];
            let spread = self.tape.spread(term.node, term.open.intersection(AxisSet::PLATES));
            let evidence = &mut self.trace.elimination.evidence;
            evidence.iter_mut().filter(|(node, _)| *node == term.node).for_each(|found| found.0 = spread);
            self.trace.terms[k].node = spread;
        }
    }
}

fn of_observations<E: Element>(run: &Run<E>) -> Vec<Found> {
    let found = |k: usize| {
        let (site, value) = (run.observed_in(k)?, run.trace.terms[k].node);
        Some(Found { key: (Subject::Observation, site), value, is_integer: false, running: None })
    };
    (0..run.trace.terms.len()).filter_map(found).collect()
}
