//! The word that a run says of itself when it is over.

use std::fmt;

/// What a run says of itself when it is over; it prints in words.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let report = svi.run_with(400, RunOptions::default().progress(false))?;
/// assert!(matches!(report.verdict, Verdict::StillImproving { .. }));
/// let report = svi.run_with(100_000, RunOptions::default().progress(false))?;
/// assert_eq!(report.verdict, Verdict::Converged);
/// assert_eq!(report.verdict.to_string(), "converged");
/// # use ppl_runtime::{RunOptions, Verdict};
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing worth having is left to gain by more steps.
    Converged,
    /// The loss falls; or it may do so, unseen below its noise, and more steps would tell.
    #[non_exhaustive]
    StillImproving {
        /// By how many nats the loss fell in a step of the last half of the stage (NaN after very few steps).
        per_step: f64,
        /// The standard error of that.
        error: f64,
    },
    /// More steps of the same kind lead nowhere.
    Unstable(Instability),
}

/// Why more steps of the same kind lead nowhere; it prints in words, with what to try.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Instability;
///
/// let words = "the loss rises; take a lower learning rate";
/// assert_eq!(Instability::Rising.to_string(), words);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Instability {
    /// The loss has risen: by more than half a nat for each parameter, and surely.
    Rising,
    /// The parameters swing further than their own scales: their mean has a loss that is lower by half a nat for each of them, or
    /// more. The scale of a parameter is the change of it that costs half a nat.
    Swinging,
    /// The losses have no variance: so heavy is the tail of their distribution.
    #[non_exhaustive]
    HeavyTails {
        /// The shape of a generalised Pareto distribution of the tail, which has a variance below 0.5 and a mean below 1.
        k_hat: f64,
    },
    /// Where the parameters go the loss falls without end, as far as numbers can show.
    Unbounded,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Converged => write!(f, "converged"),
            Verdict::StillImproving { per_step, error } => {
                write!(f, "still improving")?;
                if *per_step > 2.0 * error {
                    write!(f, " by {per_step:.1e} ± {error:.1e} nats a step")
                } else if per_step.is_finite() && error.is_finite() {
                    // What the noise may hide, to two standard errors.
                    write!(f, ", by less than {:.1e} nats a step", per_step.max(0.0) + 2.0 * error)
                } else {
                    Ok(())
                }
            }
            Verdict::Unstable(why) => write!(f, "unstable: {why}"),
        }
    }
}

impl fmt::Display for Instability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instability::Rising => write!(f, "the loss rises; take a lower learning rate"),
            Instability::Swinging => {
                write!(f, "the parameters swing further than their own scales; take a lower learning rate")
            }
            Instability::HeavyTails { k_hat } => write!(
                f,
                "the losses have no variance (tail of shape {k_hat:.2}, above 0.5); take a guide with lighter tails"
            ),
            Instability::Unbounded => write!(
                f,
                "the loss falls without end where the parameters go; give the model proper priors, or scales a lower bound"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_read_well() {
        let of = |per_step, error| Verdict::StillImproving { per_step, error }.to_string();
        assert_eq!(of(3.14e-4, 2e-5), "still improving by 3.1e-4 ± 2.0e-5 nats a step");
        assert_eq!(of(1e-6, 2e-6), "still improving, by less than 5.0e-6 nats a step");
        assert_eq!(of(-1e-3, 2e-6), "still improving, by less than 4.0e-6 nats a step");
        assert_eq!(of(f64::NAN, f64::NAN), "still improving");
        let tails = Verdict::Unstable(Instability::HeavyTails { k_hat: 1.23 }).to_string();
        assert!(tails.starts_with("unstable: the losses have no variance (tail of shape 1.23, above 0.5); "));
    }
}
