//! The leave-one-out estimator: several samples, each with the mean of the others as its baseline.

use super::{Draft, Estimator, Method};
use crate::dist::Distribution;
use crate::element::Element;
use crate::estimator::rule::Control;
use crate::program::private::{Moves, Rule};
use crate::program::run::Run;
use crate::tape::node::NodeId;

/// The score function with the other samples as baseline: `1/S sum_s (f(z_s) - mean of f(z_r), r != s) grad log q(z_s)`.
///
/// The samples lie along an axis of the site's own; what does not depend on the site is computed once for all of them.
/// Every element of a plate has its own samples, and moves jointly with the others from sample to sample, so that a cost
/// may depend on several elements. A site that depends on this one is drawn anew for each sample, and has its own: two
/// sites of which one depends on the other need `S^2` evaluations of what depends on both.
///
/// With several particles the default of [`Score`](super::Score) takes their mean without any axis.
///
/// # Examples
///
/// ```
/// use ppl_runtime::estimator::LeaveOneOut;
///
/// // A single sample has no others.
/// assert_eq!(LeaveOneOut::samples(1), LeaveOneOut::samples(2));
/// ```
///
/// # References
///
/// Kool, van Hoof and Welling (2019), [Buy 4 REINFORCE samples, get a baseline for
/// free!](https://openreview.net/forum?id=r1lgTGL5DE), equation 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaveOneOut {
    samples: usize,
}

impl LeaveOneOut {
    /// Returns the estimator with this number of samples, which is held to at least two.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::estimator::LeaveOneOut;
    ///
    /// assert_ne!(LeaveOneOut::samples(4), LeaveOneOut::samples(2));
    /// ```
    pub fn samples(samples: usize) -> LeaveOneOut {
        LeaveOneOut { samples: samples.max(2) }
    }
}

impl<E: Element, D: Distribution<E>> Estimator<E, D> for LeaveOneOut {
    fn method(&self) -> Method {
        Method::LeaveOneOut(*self)
    }
}

impl LeaveOneOut {
    pub(super) fn propose<E: Element>(self, run: &mut Run<E>, draft: Draft<'_, E>) -> NodeId {
        run.propose_along(draft, |run, site| {
            let axis = run.open_axis(site, self.samples, Moves::Jointly)?;
            let value = run.draw_along(site, draft.dist, axis);
            let share = 1.0 / self.samples as f64;
            let log_weight = run.tape.constant_along(axis, |_| share.ln());
            let weight = run.tape.constant_along(axis, |_| share);
            Some((value, log_weight, Rule::Score { weight, control: Control::Others }))
        })
    }
}
