//! The variational Renyi bound.

use super::weighted::Bound;
use super::{at_least_one, delegate_to_bound};

/// The variational Renyi bound of order `alpha`, `1/(1 - alpha) log (1/K sum_k w_k^(1 - alpha))`, in expectation.
///
/// Order 1 is the evidence lower bound, averaged over the particles as [`Elbo`](super::Elbo) does, without closed
/// divergences; order 0 is the importance-weighted bound of [`Iwae`](super::Iwae). Orders between mass-covering (towards
/// minus infinity, where it may exceed the log-evidence) and mode-seeking (towards infinity) go down from one to the other. With
/// few particles the estimate is biased towards order 1. Plates, pathwise sites and sites with the score function are
/// treated as in `Iwae`.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// // The guide is exact, so that every order gives the evidence, 1/330.
/// for alpha in [-1.0, 0.0, 0.5, 1.0, 2.0] {
///     let mut other = Svi::new(&coin, &proposal, Renyi::new(alpha, 5), Adam::new(0.01)).seed(1);
///     assert!((other.step()?.loss - 330f64.ln()).abs() < 1e-9);
/// }
/// let error = Svi::new(&coin, &proposal, Renyi::new(f64::NAN, 5), Adam::new(0.01)).step().unwrap_err();
/// assert_eq!(error.to_string(), "the order of a Renyi bound must be finite, got NaN");
/// # use ppl_runtime::Renyi;
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
///
/// # References
///
/// Li and Turner (2016), Renyi divergence variational inference, equation 7, <https://arxiv.org/abs/1602.02311>. There the
/// gradient is pathwise; the score function is an addition.
#[derive(Clone, Debug)]
pub struct Renyi {
    alpha: f64,
    particles: usize,
    bound: Bound,
}

impl Renyi {
    /// Returns the bound of order `alpha` of `particles` draws; zero of them, or an order that is not finite, is an error of
    /// the first step.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{Renyi, objective::Objective};
    ///
    /// assert!(Objective::<f64>::check(&Renyi::new(0.5, 10)).is_ok());
    /// assert!(Objective::<f64>::check(&Renyi::new(f64::INFINITY, 10)).is_err());
    /// assert!(Objective::<f64>::check(&Renyi::new(0.5, 0)).is_err());
    /// ```
    pub fn new(alpha: f64, particles: usize) -> Renyi {
        Renyi { alpha, particles, bound: Bound::new(particles, 1.0 - alpha, false) }
    }

    fn refusal(&self) -> Result<(), String> {
        if !self.alpha.is_finite() {
            return Err(format!("the order of a Renyi bound must be finite, got {}", self.alpha));
        }
        at_least_one(self.particles)
    }
}

delegate_to_bound!(Renyi, renyi, renyi_mut);
