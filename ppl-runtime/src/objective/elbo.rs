//! The evidence lower bound.

use super::{Objective, Step};
use crate::element::Element;
use crate::error::Error;
use crate::estimator::seeds::Scores;
use crate::optim::Schedule;
use crate::program::pass::{Divergences, Pass};
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::state::Visitor;

/// The evidence lower bound, `E_q[log p(x, z) - log q(z)]`, averaged over particles.
///
/// Where proposal and prior have a closed Kullback-Leibler divergence it replaces its estimate. Sites with a pathwise
/// gradient are differentiated through their draws; for the others each cost is the sum of just those terms that depend
/// on the site, element by element of the plates that they share.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Elbo, objective::Objective};
///
/// let elbo = Elbo::default().particles(8);
/// assert_eq!(Objective::<f64>::particles(&elbo), 8);
/// assert!(Objective::<f64>::check(&Elbo::default().particles(0)).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Elbo {
    particles: usize,
    closed_divergences: bool,
    sticks_landing: bool,
    kl_weight: Option<Schedule>,
    pub(super) scores: Scores,
}

impl Default for Elbo {
    /// Returns the bound with one particle and closed divergences.
    fn default() -> Self {
        Elbo {
            particles: 1,
            closed_divergences: true,
            sticks_landing: false,
            kl_weight: None,
            scores: Scores::default(),
        }
    }
}

impl Elbo {
    /// Averages over this number of draws from the guide.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut many = Svi::new(&coin, &proposal, Elbo::default().particles(100), Adam::new(0.01)).seed(1);
    /// // The loss of a hundred draws strays a tenth as far from its mean, ln 330.
    /// assert!((many.step()?.loss - 330f64.ln()).abs() < 0.5);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn particles(mut self, particles: usize) -> Self {
        self.particles = particles;
        self
    }

    /// Says whether closed divergences replace their estimates (they do by default).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let estimated = Elbo::default().closed_kl(false);
    /// let mut other = Svi::new(&coin, &proposal, estimated, Adam::new(0.01)).seed(1);
    /// // At the exact posterior the estimated bound has no noise, because that of the two parts cancels.
    /// assert!((other.step()?.loss - 330f64.ln()).abs() < 1e-9);
    /// assert!((svi.step()?.loss - 330f64.ln()).abs() > 1e-9);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn closed_kl(mut self, closed: bool) -> Self {
        self.closed_divergences = closed;
        self
    }

    /// Drops the derivative of `log q` by its own parameters, whose expectation is zero (Roeder et al. 2017, equation 8).
    ///
    /// The variance of the gradient then vanishes where the guide is exact. It needs the estimated divergence, so closed
    /// ones are not used.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let elbo = Elbo::default().sticking_the_landing();
    /// let mut other = Svi::new(&coin, &proposal, elbo, Adam::new(0.01)).seed(1);
    /// // The guide is exact, so that its gradient vanishes at every draw.
    /// let (_, gradient) = other.gradient()?;
    /// assert!(gradient.iter().all(|(_, g)| g[[]].abs() < 1e-9));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn sticking_the_landing(mut self) -> Self {
        self.sticks_landing = true;
        self
    }

    /// Weighs the divergence of the guide from the prior in the loss: a number, or a schedule by the number of steps taken (an
    /// annealed divergence begins small, so that a guide with a strong decoder does not collapse onto the prior).
    ///
    /// What is weighed are the terms of sites that the guide proposes, closed or not, in the costs of score sites too. What is left of sites
    /// that the model sums out counts as data where an observation is in it, else as prior. Reports are of the bound as it is:
    /// [`Step::elbo`](super::Step::elbo), evaluation and importance weights.
    ///
    /// # Errors
    ///
    /// In a step: if the weight is negative or not finite, if summing a site out joins data with a site that the guide proposes, or if
    /// the model sums over paths of `concrete` sites; their logarithms are no sum of data and divergence.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// # use ppl_runtime::optim::Schedule;
    /// let annealed = Elbo::default().kl_weight(Schedule::constant(1.0).after_warmup(1_000));
    /// let mut other = Svi::new(&coin, &proposal, annealed, Adam::new(0.01)).seed(1);
    /// let step = other.step()?;
    /// assert!((step.loss - (0.001 * step.kl - step.log_likelihood)).abs() < 1e-12);
    /// assert_eq!(step.elbo, step.log_likelihood - step.kl);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Bowman et al. (2016), Generating sentences from a continuous space, <https://arxiv.org/abs/1511.06349>, section 3.1; Higgins et al.
    /// (2017), beta-VAE.
    pub fn kl_weight(mut self, weight: impl Into<Schedule>) -> Self {
        self.kl_weight = Some(weight.into());
        self
    }

    /// Computes the parts of the loss.
    fn parts<E: Element>(run: &Run<E>) -> Parts {
        let mut parts = Parts::default();
        for term in &run.trace.terms {
            let value = -run.tape.weigh(term) / run.particles() as f64;
            parts.add(term, value, term.tempering(run.session.kl_weight));
        }
        parts
    }

    /// Refuses a weight of the divergence that is none, or that has nothing to weigh.
    #[inline(always)]
    fn check_weight<E: Element>(&self, run: &Run<E>) -> Result<(), Error> {
        match self.kl_weight {
            None => Ok(()),
            Some(_) => refuse_weight(run),
        }
    }
}

#[cold]
fn refuse_weight<E: Element>(run: &Run<E>) -> Result<(), Error> {
    let weight = run.session.kl_weight;
    if !(weight.is_finite() && weight >= 0.0) {
        let what = format!("`kl_weight` must be finite and not negative, got {weight}");
        return Err(Error::Setup { what });
    }
    match run.trace.elimination.mixed {
        Some(site) if weight != 1.0 => {
            let site = run.session.site_name(site);
            let what = format!(
                "`kl_weight` cannot weigh a part of what is left of `{site}` when it is summed out: data and a site that the guide \
                 proposes are in it"
            );
            Err(Error::Setup { what })
        }
        _ => Ok(()),
    }
}

/// The parts of a loss, as they add up.
#[derive(Clone, Copy, Default)]
struct Parts {
    log_likelihood: f64,
    kl: f64,
    /// What weights add.
    excess: f64,
}

impl Parts {
    /// Adds a term, with its value as a part of the loss; there it counts by `tempering`.
    #[inline(always)]
    fn add(&mut self, term: &Term, value: f64, tempering: f64) {
        match term.part {
            Part::Likelihood | Part::Factor | Part::Evidence => self.log_likelihood -= value,
            Part::Penalty | Part::Floor => return self.excess += tempering * value,
            Part::Prior | Part::Proposal | Part::Divergence | Part::Marginal => self.kl += value,
        }
        if tempering != 1.0 {
            self.excess += (tempering - 1.0) * value;
        }
    }

    fn step(self) -> Step {
        Step::of(self.log_likelihood, self.kl, self.excess)
    }
}

impl<E: Element> Objective<E> for Elbo {
    super::through_the_engine!(elbo, elbo_mut);

    fn check(&self) -> Result<(), String> {
        super::at_least_one(self.particles)
    }

    fn particles(&self) -> usize {
        self.particles
    }

    fn pass(&self) -> Pass {
        let divergences = match (self.sticks_landing, self.closed_divergences) {
            (true, _) => Divergences::LandingStuck,
            (false, true) => Divergences::Closed,
            (false, false) => Divergences::Estimated,
        };
        Pass { divergences, ..Pass::OBJECTIVE }
    }

    fn seed(&mut self, run: &mut Run<E>) -> Result<Step, Error> {
        self.check_weight(run)?;
        run.tape.clear_adjoints();
        let (share, particles, kl_weight) = (run.share(), run.particles(), run.session.kl_weight);
        let Run { tape, trace, .. } = run;
        let mut parts = Parts::default();
        for term in &trace.terms {
            let tempering = term.tempering(kl_weight);
            parts.add(term, -tape.weigh(term) / particles as f64, tempering);
            if !trace.is_score_proposal(term) {
                tape.seed(term, -share * tempering);
            }
        }
        let step = parts.step();
        // A step without a finite loss fails, and the baselines must not learn from it.
        if step.loss.is_finite() && !trace.scores.is_empty() {
            self.scores.seed(run);
        }
        Ok(step)
    }

    fn value(&mut self, run: &Run<E>) -> Result<Step, Error> {
        self.check_weight(run)?;
        Ok(Self::parts(run).step())
    }

    fn contribution(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        Some(-run.tape.weigh(term) * term.tempering(run.session.kl_weight) / run.particles() as f64)
    }

    fn kl_weight(&self, steps: u64) -> f64 {
        self.kl_weight.as_ref().map_or(1.0, |weight| weight.at(steps))
    }

    fn runs_apart(&self) -> bool {
        true
    }

    fn note(&mut self, run: &mut Run<E>) {
        self.scores.note(run);
    }

    fn finish(&mut self, succeeded: bool) {
        self.scores.finish(succeeded);
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("Elbo");
        self.scores.state(visitor)
    }
}
