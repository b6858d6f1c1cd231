//! Reweighted wake-sleep.

use super::weighted::Weighted;
use super::{BoundRows, Objective, Step, at_least_one};
use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::pass::{Gradient, Pass};
use crate::program::run::Run;
use crate::program::trace::{Entry, Part, Term};
use crate::state::Visitor;

/// Reweighted wake-sleep: model and guide each learn from weighted draws, and no draw is differentiated.
///
/// With `K` draws `z_k` of the guide, `w_k = p(x, z_k) / q(z_k)` and `v_k = w_k / sum_j w_j`, a step goes along
///
/// - for the model's parameters, `sum_k v_k grad log p(x, z_k)`, the gradient of the importance-weighted bound (*wake-theta*);
/// - for the guide's, `sum_k v_k grad log q(z_k)`, which fits the guide to the posterior as the weighted draws show it
///   (*wake-phi*). Its aim is the divergence of the posterior from the guide, not of the guide from the posterior.
///
/// A parameter of both gets both. Draws are constants, so that discrete sites are like others; no site's estimator matters,
/// and one that the guide would try at every value is drawn. Both gradients are self-normalised: their bias vanishes as `K` grows, and where the guide is exact. The loss
/// of a step is the importance-weighted bound, with weights for each element of a plate, as for [`Iwae`](super::Iwae).
///
/// The *sleep phase* fits the guide to what the model dreams: [`Svi::dream`](crate::Svi::dream) draws latent sites and data
/// from the model, and [`Svi::sleep_step`](crate::Svi::sleep_step) takes a step with the guide on those data.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let mut other = Svi::new(&coin, &proposal, WakeSleep::new(20), Adam::new(0.05)).seed(1);
/// other.set_parameter("a", 1.0)?;
/// let before = other.evaluate(100)?.loss;
/// for _ in 0..300 {
///     other.step()?;
/// }
/// // The evidence of 7 heads in 9 throws is 1/330.
/// let after = other.evaluate(100)?.loss;
/// assert!(after < before && (after - 330f64.ln()).abs() < 0.01);
/// # use ppl_runtime::WakeSleep;
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
///
/// # References
///
/// Bornschein and Bengio (2015), Reweighted wake-sleep, <https://arxiv.org/abs/1406.2751>, section 2; Le et al. (2019),
/// Revisiting reweighted wake-sleep, <https://arxiv.org/abs/1805.10469>, has the three phases by these names.
#[derive(Clone, Debug)]
pub struct WakeSleep {
    particles: usize,
    weighted: Weighted,
}

impl WakeSleep {
    /// Returns the wake phases with `particles` draws; zero of them is an error of the first step.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{WakeSleep, objective::Objective};
    ///
    /// assert_eq!(Objective::<f64>::particles(&WakeSleep::new(5)), 5);
    /// assert!(Objective::<f64>::check(&WakeSleep::new(0)).is_err());
    /// ```
    pub fn new(particles: usize) -> WakeSleep {
        WakeSleep { particles, weighted: Weighted::new(particles, 1.0) }
    }
}

impl<E: Element> Objective<E> for WakeSleep {
    super::through_the_engine!(wake_sleep, wake_sleep_mut);

    fn check(&self) -> Result<(), String> {
        at_least_one(self.particles)
    }

    fn particles(&self) -> usize {
        self.particles
    }

    fn pass(&self) -> Pass {
        Pass { gradient: Gradient::Weights, ..self.weighted.pass() }
    }

    fn seed(&mut self, run: &mut Run<E>) -> Result<Step, Error> {
        run.tape.clear_adjoints();
        let step = self.value(run)?;
        // Both `log p` and `log q` are to rise at the draws of high weight.
        self.weighted.seed_direct(run, |part| if part == Part::Penalty { part.sign() } else { 1.0 });
        Ok(step)
    }

    fn value(&mut self, run: &Run<E>) -> Result<Step, Error> {
        refuse_hidden(run)?;
        self.weighted.value(run)
    }

    fn contribution(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        self.weighted.contribution(run, term)
    }

    fn add_rows(&self, run: &Run<E>, share: f64, rows: &mut BoundRows) {
        self.weighted.add_rows(run, share, rows)
    }

    fn remainder(&self, run: &Run<E>) -> Option<f64> {
        self.weighted.remainder(run)
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("WakeSleep");
        // No site is a score site: draws are constants, and there is nothing that steps would learn.
        Ok(())
    }
}

/// Refuses sites that a handler draws from the model, whose density is no term.
fn refuse_hidden<E: Element>(run: &Run<E>) -> Result<(), Error> {
    let is_hidden = |site: &u32, entry: &Entry<E>| !entry.is_noise() && !run.trace.order.contains(site);
    let Some((site, entry)) = run.sampled().find(|(site, entry)| is_hidden(site, entry)) else {
        return Ok(());
    };
    let name = run.session.addresses.text(Subject::Site, site).to_owned();
    let detail = "is hidden, so that it has no density from which its parameters could learn".to_owned();
    Err(match entry.place {
        Some(place) => Error::Site { place, site: name, detail },
        None => Error::Setup { what: format!("site `{name}` {detail}") },
    })
}
