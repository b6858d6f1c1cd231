//! What a run says when it is over.

use super::verdict::Verdict;
use crate::results::{LeftOut, worth_saying};
use std::fmt;

/// The report of a run of many steps; it prints in one line.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let report = svi.run_with(400, RunOptions::default().progress(false))?;
/// assert_eq!(report.steps, 400);
/// assert!(report.to_string().starts_with("still improving"));
/// assert!(report.to_string().contains(" after 400 of 400 steps: loss 5."), "{report}");
/// # use ppl_runtime::RunOptions;
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The steps taken.
    pub steps: u64,
    /// The steps that were allowed.
    pub most: u64,
    /// What the run says of itself: that it has converged, that it is still improving, or that it is unstable.
    pub verdict: Verdict,
    /// Whether the verdict is [`Verdict::Converged`]: at the parameters' averages next to nothing is left to gain, windows of the iterates agree,
    /// and a tolerance that was set is reached; without averages, the loss has stopped falling and the noise of the last step costs nothing.
    pub converged: bool,
    /// The mean loss of the last stretch of steps, in nats.
    pub loss: f64,
    /// The standard error of that mean, which accounts for correlated steps (NaN after very few steps).
    pub standard_error: f64,
    /// The largest standard error of an averaged parameter, in units of its scale: the change of it that costs half a nat
    /// (NaN if nothing was averaged for long enough).
    pub precision: f64,
    /// What lies above the last values that `enumerate, up_to(n)` tries in the model, for each such site (none where there is no such site).
    pub left_out: Vec<LeftOut>,
    /// Means of the loss over consecutive batches, each with the number of steps at its end.
    pub history: Vec<(u64, f64)>,
}

impl Report {
    /// Returns the report of a guide that is where it shall be without a step.
    pub(crate) fn without_steps(loss: f64, standard_error: f64) -> Report {
        let (verdict, converged, precision) = (Verdict::Converged, true, f64::NAN);
        let (left_out, history) = (Vec::new(), Vec::new());
        Report { steps: 0, most: 0, verdict, converged, loss, standard_error, precision, left_out, history }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { verdict, steps, most, loss, standard_error, .. } = self;
        if *most == 0 {
            return write!(f, "at the mode: loss {} nats", with_error(*loss, *standard_error));
        }
        let (steps, most) = (grouped(*steps), grouped(*most));
        match verdict {
            // Its reason is a sentence of its own.
            Verdict::Unstable(_) => write!(f, "unstable")?,
            _ => write!(f, "{verdict}")?,
        }
        write!(f, " after {steps} of {most} steps: loss {} nats", with_error(*loss, *standard_error))?;
        if self.precision.is_finite() {
            write!(f, ", parameters averaged to ± {:.1e} of their scales", self.precision)?;
        }
        if let Verdict::Unstable(why) = verdict {
            write!(f, "; {why}")?;
        }
        for left_out in worth_saying(&self.left_out) {
            write!(f, "; {left_out}")?;
        }
        Ok(())
    }
}

/// Returns a number with its standard error, which has two digits and gives the number as many places.
pub(super) fn with_error(number: f64, error: f64) -> String {
    if error.is_finite() && error > 0.0 {
        let places = (1.0 - error.log10().floor()).clamp(0.0, 12.0) as usize;
        format!("{number:.places$} ± {error:.places$}")
    } else {
        format!("{number}")
    }
}

/// Returns a number with a comma before each three digits.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Instability;
    use super::*;

    #[test]
    fn reports_read_well() {
        let report = Report {
            steps: 12_300,
            most: 1_000_000,
            verdict: Verdict::Converged,
            converged: true,
            loss: 31.823_456,
            standard_error: 0.012_3,
            precision: 4.9e-4,
            left_out: Vec::new(),
            history: Vec::new(),
        };
        let expected = "converged after 12,300 of 1,000,000 steps: loss 31.823 ± 0.012 nats, \
                        parameters averaged to ± 4.9e-4 of their scales";
        assert_eq!(report.to_string(), expected);
        let left_out = |mass| vec![LeftOut { site: "k".to_owned(), up_to: 40, mass }];
        let little = Report { left_out: left_out(1e-7), ..report.clone() };
        assert_eq!(little.to_string(), expected);
        let much = Report { left_out: left_out(0.02), ..report.clone() };
        let warned =
            "; 2.0e-2 of the prior probability of `k` lies above 40, up to which it is summed: raise `up_to`";
        assert_eq!(much.to_string(), expected.to_owned() + warned);
        let of = |per_step, error| Verdict::StillImproving { per_step, error };
        let (verdict, precision) = (of(f64::NAN, f64::NAN), f64::NAN);
        let short = Report { steps: 3, most: 3, verdict, converged: false, loss: 2.5, precision, ..report };
        let short = Report { standard_error: f64::NAN, ..short };
        assert_eq!(short.to_string(), "still improving after 3 of 3 steps: loss 2.5 nats");
        let large = Report { loss: 123_456.7, standard_error: 321.0, verdict: of(2.5, 0.1), ..short };
        let expected =
            "still improving by 2.5e0 ± 1.0e-1 nats a step after 3 of 3 steps: loss 123457 ± 321 nats";
        assert_eq!(large.to_string(), expected);
        let unstable = Report { verdict: Verdict::Unstable(Instability::Rising), ..large };
        let expected =
            "unstable after 3 of 3 steps: loss 123457 ± 321 nats; the loss rises; take a lower learning rate";
        assert_eq!(unstable.to_string(), expected);
    }
}
