//! The exact evidence.

use super::{Elbo, Objective, Step};
use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::pass::{Noise, Pass};
use crate::program::run::Run;
use crate::program::trace::Term;
use crate::state::Visitor;

/// The exact log-evidence `log p(x)` of a model whose latent sites are all summed out: `sample!(.., enumerate)`.
///
/// The guide proposes nothing. Nothing is random, so that every step is one of maximum likelihood with an exact gradient. A
/// subsampled plate gives an unbiased estimate where each of its elements is summed out by itself; where they share a site
/// that is summed out outside of it, that is an error of the elimination.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Bernoulli, Normal};
/// use ppl_runtime::optim::Adam;
/// use ppl_runtime::support::Boolean;
/// use ppl_runtime::{AnyGuide, Evidence, Svi};
/// # use ppl_runtime::__private::{Name, guide, model, model_site, observe};
///
/// // What a `#[model]` with `sample!("b", Bernoulli::new(0.3), enumerate)` and its empty `#[guide]` give.
/// let coin = model::<AnyGuide, f64, _, _>(|| {
///     let b = model_site::<f64, Boolean, _>(Name::new("b"), Bernoulli::new(0.3)).enumerated().draw();
///     observe::<f64, _, _>(Name::new("x"), Normal::new(2.0 * b.to_real(), 1.0), 1.5);
/// });
/// let nothing = guide::<AnyGuide, f64, _, _>(|| {});
/// let mut svi = Svi::new(coin, nothing, Evidence::new(), Adam::new(0.1));
/// let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
/// let exact: f64 = 0.3 * density(1.5 - 2.0) + 0.7 * density(1.5);
/// assert!((svi.step()?.loss + exact.ln()).abs() < 1e-14);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Evidence {
    sum: Elbo,
}

impl Evidence {
    /// Returns the objective.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{Evidence, objective::Objective};
    ///
    /// assert_eq!(Objective::<f64>::particles(&Evidence::new()), 1);
    /// ```
    #[allow(clippy::new_without_default)]
    pub fn new() -> Evidence {
        Evidence { sum: Elbo::default() }
    }
}

impl<E: Element> Objective<E> for Evidence {
    super::through_the_engine!(evidence, evidence_mut);

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn particles(&self) -> usize {
        1
    }

    fn pass(&self) -> Pass {
        Pass { noise: Noise::Refused, ..Objective::<E>::pass(&self.sum) }
    }

    fn seed(&mut self, run: &mut Run<E>) -> Result<Step, Error> {
        refuse_proposals(run)?;
        self.sum.seed(run)
    }

    fn value(&mut self, run: &Run<E>) -> Result<Step, Error> {
        refuse_proposals(run)?;
        self.sum.value(run)
    }

    fn contribution(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        self.sum.contribution(run, term)
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("Evidence");
        // It refuses proposals, so that there are no score sites.
        Ok(())
    }
}

/// Refuses what would make the loss other than the evidence.
fn refuse_proposals<E: Element>(run: &Run<E>) -> Result<(), Error> {
    if let Some((number, entry)) = run.sampled().next() {
        let site = run.session.addresses.text(Subject::Site, number).to_owned();
        let detail = "has a proposal, and `Evidence` is exact only where the model sums every latent site out; draw it with \
                      `enumerate` in the model, or use `Elbo`"
            .to_owned();
        return Err(match entry.place {
            Some(place) => Error::Site { place, site, detail },
            None => Error::Setup { what: format!("site `{site}` {detail}") },
        });
    }
    Ok(())
}
