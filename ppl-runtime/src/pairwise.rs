//! The posterior probabilities of states of a chain that follow each other.

use crate::conditional::{Sums, each_conditional};
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::posterior::Posterior;
use crate::program::address::Subject;
use crate::program::pass::Pass;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::{Guide, Model};
use crate::results::Marginals;
use crate::svi::core::Core;
use crate::tape::ops::log_sum::Semiring;
use ndarray::{ArrayD, Axis};

impl<M: Model, G: Guide<Element = M::Element>> Posterior<'_, M, G> {
    /// Returns the posterior probabilities of each two states of a chain that follow each other, given all of its data, for every chain that the
    /// model sums out: the mean over `n` draws of the guide's sites, exact where the guide draws nothing.
    ///
    /// They are the expected transitions of a hidden Markov model (the `xi` of Baum and Welch's algorithm): each step's sum over one state
    /// is the other's [`marginals`](Posterior::marginals).
    ///
    /// # Shapes
    ///
    /// `[plates.., steps, before, after]` for each site that is a component of a chain's state: at step `t` the outcomes of this component before
    /// the step and of the site after it. Before the first step that is the state that the chain begins with. All are NaN in the steps behind the end of a
    /// chain. A component that the state only remembers has no entry of its own. In a chain that runs step by step (its sites are those of a program that it
    /// calls) the pairs begin with those of the first two steps.
    ///
    /// # Errors
    ///
    /// As [`marginals`](Posterior::marginals).
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::{Categorical, Normal};
    /// use ppl_runtime::support::Finite;
    /// use ppl_runtime::{At, Elbo, Svi, optim::Adam};
    /// use ppl_runtime::__private::{Name, Unending, guide, markov_chain, model, model_site, observe};
    ///
    /// // What `markov!("time", 2, 0, |prev, t| { let z = sample!("z", Categorical::new(table.at(prev)), enumerate); .. z })` gives.
    /// let (y, table) = ([0.2, 1.4], ndarray::arr2(&[[0.7, 0.3], [0.4, 0.6]]));
    /// let hidden = model::<ppl_runtime::AnyGuide, f64, _, _>(|| {
    ///     markov_chain::<f64, _, _, _>(Name::new("time"), y.len(), 0, Unending, |prev, t| {
    ///         let z = model_site::<f64, Finite, _>(Name::new("z"), Categorical::new(table.at(prev))).enumerated().draw();
    ///         observe::<f64, _, _>(Name::new("y"), Normal::new(z.to_real(), 1.0), y.at(t));
    ///         z
    ///     });
    /// });
    /// let nothing = guide::<(), f64, _, _>(|| ());
    /// let mut svi = Svi::new(hidden, nothing, Elbo::default(), Adam::new(0.01));
    /// let pairs = svi.posterior().pairwise_marginals(1)?.get("z").unwrap().clone();
    /// assert_eq!(pairs.shape(), [2, 2, 2]);
    /// // The chain begins with state 0, and each step's pairs sum to one.
    /// assert_eq!(pairs[[0, 1, 0]] + pairs[[0, 1, 1]], 0.0);
    /// assert!((pairs.index_axis(ndarray::Axis(0), 1).sum() - 1.0).abs() < 1e-12);
    /// // Summed over the state before, they are the marginals of the state after.
    /// let marginals = svi.posterior().marginals(1)?;
    /// assert!((pairs[[1, 0, 1]] + pairs[[1, 1, 1]] - marginals.get("z").unwrap()[[1, 1]]).abs() < 1e-12);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Rabiner (1989), "A tutorial on hidden Markov models and selected applications in speech recognition", equation 37.
    pub fn pairwise_marginals(&mut self, n: usize) -> Result<Marginals, Error> {
        let (programs, core) = self.parts();
        M::Element::pairwise_marginals(programs, core, n)
    }
}

/// Returns the posterior probabilities of the states before and after each step of the model's chains.
pub(crate) fn pairwise_marginals<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<Marginals, Error> {
    let mut sums = Sums::default();
    let mut mismatch = None;
    each_conditional(programs, core, n, (Pass::PAIRWISE, &|_| Semiring::Sum), &mut |run, _, seen| {
        for (name, steps) in run.steps_of_pairs() {
            seen.count(&name, run.particles());
            match steps.whole() {
                Some(pairs) => sums.add(name, &pairs),
                None => mismatch = Some(name),
            }
        }
    })?;
    match mismatch {
        None => Ok(sums.mean(n, 2)),
        Some(name) => {
            let what = format!("site `{name}` does not have the same outcomes in every step of its chain");
            Err(Error::Setup { what })
        }
    }
}

/// The pairs of a site: of all steps, or step by step.
enum Steps {
    All(ArrayD<f64>),
    Each(Vec<(u32, ArrayD<f64>)>),
}

impl Steps {
    /// Returns `[particles, plates.., steps, before, after]`, if the steps are alike.
    fn whole(self) -> Option<ArrayD<f64>> {
        match self {
            Steps::All(pairs) => Some(pairs),
            Steps::Each(mut steps) => {
                steps.sort_by_key(|(t, _)| *t);
                let views: Vec<_> = steps.iter().map(|(_, pairs)| pairs.view()).collect();
                let time = views.first()?.ndim() - 2;
                ndarray::stack(Axis(time), &views).ok()
            }
        }
    }
}

impl<E: Element> Run<E> {
    /// Returns the probabilities of each pair that the run has probed, by the names of the sites.
    fn steps_of_pairs(&self) -> Vec<(String, Steps)> {
        let mut all: Vec<(String, Steps)> = Vec::new();
        for pair in &self.trace.pairs {
            let found = self.probabilities(pair.probe, &[pair.before, pair.after], pair.running);
            let addresses = &self.session.addresses;
            let Some((name, step)) = &addresses.entry(Subject::Site, pair.site).series else {
                all.push((addresses.text(Subject::Site, pair.site).to_owned(), Steps::All(found)));
                continue;
            };
            match all.iter_mut().find(|(known, _)| known == name) {
                Some((_, Steps::Each(steps))) => steps.push((*step, found)),
                _ => all.push((name.clone(), Steps::Each(vec![(*step, found)]))),
            }
        }
        all
    }
}
