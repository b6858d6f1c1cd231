//! The evidence lower bound.

use super::{Objective, Step};
use crate::element::Element;
use crate::error::Error;
use crate::estimator::seeds::Scores;
use crate::program::pass::{Divergences, Pass};
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::state::Visitor;
use crate::tape::Tape;

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
    pub(super) scores: Scores,
}

impl Default for Elbo {
    /// Returns the bound with one particle and closed divergences.
    fn default() -> Self {
        Elbo { particles: 1, closed_divergences: true, sticks_landing: false, scores: Scores::default() }
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

    /// Returns what a term adds to the loss.
    #[inline(always)]
    fn share<E: Element>(&self, tape: &Tape<E>, particles: usize, term: &Term) -> f64 {
        -tape.weigh(term) / particles as f64
    }
}

/// The parts of a loss, as they add up.
#[derive(Clone, Copy, Default)]
struct Parts {
    log_likelihood: f64,
    kl: f64,
}

impl Parts {
    /// Adds what a term adds to the loss.
    #[inline(always)]
    fn add(&mut self, term: &Term, value: f64) {
        match term.part {
            Part::Likelihood | Part::Factor | Part::Evidence => self.log_likelihood -= value,
            Part::Prior | Part::Proposal | Part::Divergence => self.kl += value,
        }
    }

    fn step(self) -> Step {
        let Parts { log_likelihood, kl } = self;
        Step { loss: kl - log_likelihood, log_likelihood, kl }
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
        run.tape.clear_adjoints();
        let (share, particles) = (run.share(), run.particles());
        let Run { tape, trace, .. } = run;
        let mut parts = Parts::default();
        for term in &trace.terms {
            parts.add(term, self.share(tape, particles, term));
            if !trace.is_score_proposal(term) {
                tape.seed(term, -share);
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
        let mut parts = Parts::default();
        for term in &run.trace.terms {
            parts.add(term, self.share(&run.tape, run.particles(), term));
        }
        Ok(parts.step())
    }

    fn contribution(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        Some(self.share(&run.tape, run.particles(), term))
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
