//! The importance-weighted bound with each particle's score measured against the other particles.

use super::weighted::Bound;
use super::{at_least_one, delegate_to_bound};

/// The importance-weighted bound of [`Iwae`](super::Iwae), with a baseline for each particle that is made of the others.
///
/// The baseline of particle `k` is the bound with `w_k` replaced by the geometric mean of the other weights, which does not
/// depend on draw `k`, so that the gradient stays unbiased. It is used for every site with the score function, whatever
/// baseline the site names. Pathwise sites are differentiated as in `Iwae`.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let mut other = Svi::new(&coin, &proposal, Vimco::new(5), Adam::new(0.01)).seed(1);
/// assert!((other.step()?.loss - 330f64.ln()).abs() < 1e-9);
/// let error = Svi::new(&coin, &proposal, Vimco::new(1), Adam::new(0.01)).step().unwrap_err();
/// assert_eq!(error.to_string(), "leaving one particle out needs at least 2, got 1");
/// # use ppl_runtime::Vimco;
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
///
/// # References
///
/// Mnih and Rezende (2016), Variational inference for Monte Carlo objectives, section 2 (the local learning signals, with
/// the geometric mean), <https://arxiv.org/abs/1602.06725>.
#[derive(Clone, Debug)]
pub struct Vimco {
    particles: usize,
    bound: Bound,
}

impl Vimco {
    /// Returns the bound of `particles` draws; fewer than two of them are an error of the first step.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{Vimco, objective::Objective};
    ///
    /// assert!(Objective::<f64>::check(&Vimco::new(2)).is_ok());
    /// assert!(Objective::<f64>::check(&Vimco::new(1)).is_err());
    /// ```
    pub fn new(particles: usize) -> Vimco {
        Vimco { particles, bound: Bound::new(particles, 1.0, true) }
    }

    fn refusal(&self) -> Result<(), String> {
        at_least_one(self.particles)?;
        match self.particles {
            1 => Err("leaving one particle out needs at least 2, got 1".to_owned()),
            _ => Ok(()),
        }
    }
}

delegate_to_bound!(Vimco, vimco, vimco_mut);
