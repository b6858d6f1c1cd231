//! The importance-weighted bound.

use super::weighted::Bound;
use super::{at_least_one, delegate_to_bound};

/// The importance-weighted bound, `E[log (1/K sum_k w_k)]` with `w_k = p(x, z_k) / q(z_k)` for `K` draws `z_k` of the guide.
///
/// It is never above the log-evidence, never below the bound of fewer particles, and with one particle is the evidence lower
/// bound. Divergences are estimated, never closed.
///
/// - Where every sampled site lies in one plate, and no term couples two of its elements, the bound is the sum of its
///   elements' bounds, each with weights of its own, and the plate may be subsampled. Else a particle has one weight for
///   the whole draw; subsampling is then an error.
/// - Pathwise sites are differentiated through the weights, each draw with its normalised weight.
/// - A site with the score function has as cost the whole bound of its element, less its baseline. By default that is what
///   the other particles say, as in [`Vimco`](super::Vimco); `Score::baseline(DecayingAverage::new(0.9))` or `Score::new()`
///   ask for another.
/// - A site that has several values in one particle, because the guide tries every value or by its estimator, is an error
///   unless there is one particle: a bound of several is no expectation over the values of one.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// // The guide is exact, so that every weight is the evidence, 1/330, and the bound has no noise.
/// let mut other = Svi::new(&coin, &proposal, Iwae::new(5), Adam::new(0.01)).seed(1);
/// assert!((other.step()?.loss - 330f64.ln()).abs() < 1e-9);
/// let error = Svi::new(&coin, &proposal, Iwae::new(0), Adam::new(0.01)).step().unwrap_err();
/// assert_eq!(error.to_string(), "the number of particles must be at least 1, got 0");
/// # use ppl_runtime::Iwae;
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
///
/// # References
///
/// Burda, Grosse and Salakhutdinov (2016), Importance weighted autoencoders, equation 8,
/// <https://arxiv.org/abs/1509.00519>. There a draw is one data point's; the split along plates is the same for many.
#[derive(Clone, Debug)]
pub struct Iwae {
    particles: usize,
    bound: Bound,
}

impl Iwae {
    /// Returns the bound of `particles` draws; zero of them is an error of the first step.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{Iwae, objective::Objective};
    ///
    /// assert_eq!(Objective::<f64>::particles(&Iwae::new(5)), 5);
    /// assert!(Objective::<f64>::check(&Iwae::new(0)).is_err());
    /// ```
    pub fn new(particles: usize) -> Iwae {
        Iwae { particles, bound: Bound::new(particles, 1.0, false) }
    }

    fn refusal(&self) -> Result<(), String> {
        at_least_one(self.particles)
    }
}

delegate_to_bound!(Iwae, iwae, iwae_mut);
