//! Sites that a guide leaves to the library: their proposals are made where the model meets them.
//!
//! A guide says once, in [`take`], how it leaves them. The model then meets a latent site that nobody has proposed, and the proposal is made on
//! the spot, in the plates and masks that are open there: a distribution of unconstrained numbers, taken onto the support by its bijection
//! (Kucukelbir et al. 2017, section 2.3, equation 5). So they are proposals as any others are, with closed divergences where these are known.

mod block;
mod bounds;
mod named;
mod parameters;
mod plan;
mod propose;
mod standard;
mod way;

pub(crate) use block::{BlockFrame, Spread};
pub(crate) use parameters::{Frame, OwnSites};
#[doc(hidden)]
pub use plan::SitePlan;
pub(crate) use plan::SiteRule;

use super::pass::Latents;
use super::run::Run;
use super::slot;
use crate::element::Element;
use crate::error::Error;

/// How a guide leaves sites to the library.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(hidden)]
pub enum Automatic {
    /// At one point, with the density of the bijection: the model's log-density as a function of unconstrained numbers.
    Point,
    /// At the point that is given for the site, which becomes that of its parameters.
    Recalled,
    /// At one point of the support: its density is the model's there, whatever the bijection.
    Mode,
    /// Independent normal distributions of the unconstrained numbers, whose scales are this at first.
    MeanField { scale: f64 },
    /// One multivariate normal distribution of all unconstrained numbers, whose covariance factor is diagonal with this scale at first.
    FullRank { scale: f64 },
    /// The same with a covariance that is diagonal but for so many directions, whose scales are this at first.
    LowRank { scale: f64, rank: usize },
}

impl Automatic {
    /// Returns whether it proposes all sites together.
    pub(crate) fn is_joint(&self) -> bool {
        matches!(self, Automatic::FullRank { .. } | Automatic::LowRank { .. })
    }

    /// Returns whether it proposes in a frame, and not at points.
    pub(crate) fn has_frame(&self) -> bool {
        self.is_joint() || matches!(self, Automatic::MeanField { .. })
    }
}

/// Takes the statement of a guide that it leaves the sites that it does not propose.
pub(crate) fn take<E: Element>(plan: &SitePlan) {
    slot::with_compared(|run: &mut Run<E>| {
        if run.pass.latents == Latents::Dreamt {
            let detail = "an automatic guide cannot learn from dreams: its proposals are made where the model meets its sites; \
                          use an objective without a sleep phase";
            run.tape.fail(Error::Guide { detail: detail.to_owned() });
        }
        run.trace.automatic = Some(plan.others);
        let automatic = &mut run.session.automatic;
        automatic.on = true;
        if automatic.plan.as_ref() != Some(plan) {
            automatic.plan = Some(plan.clone());
            if let Err(what) = plan.check() {
                run.tape.fail(Error::Setup { what });
            }
        }
    });
    if let Some(how) = plan.joint() {
        block::draw::<E>(how);
    }
}
