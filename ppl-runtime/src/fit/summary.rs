//! The table of a fit, and what is wrong with it in words.

use super::Trust;
use crate::results::{Draws, DrawsError, Summary};
use crate::svi::{Report, Verdict, grouped};
use ndarray::Axis;
use std::fmt;

/// By how much a raw number may differ from the corrected one: of deviations for a mean, relative for a deviation.
const FAR: f64 = 0.1;

/// A number that was fitted: an element of a latent site, or of a quantity that the model states.
///
/// # Examples
///
/// See [`fit`](crate::fit).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FitRow {
    /// The site, and the indices of the element.
    pub site: String,
    /// The indices of plates and of the event.
    pub indices: Vec<usize>,
    /// The mean of the guide's draws, or the corrected one where there is one.
    pub mean: f64,
    /// The deviation, in the same way.
    pub deviation: f64,
    /// The mean of the guide's draws.
    pub raw_mean: f64,
    /// The deviation of the guide's draws.
    pub raw_deviation: f64,
    /// The quantiles at the levels [`Summary::LEVELS`], corrected where the mean is.
    pub quantiles: [f64; 5],
    /// Whether the raw numbers are far from the corrected ones: the mean by a tenth of the deviation, or the deviation by a tenth of itself.
    pub is_off: bool,
    label: String,
}

impl FitRow {
    /// Returns the element as tables name it.
    ///
    /// # Examples
    ///
    /// See [`fit`](crate::fit).
    pub fn name(&self) -> String {
        self.label.clone()
    }
}

/// The summary of a fit, which prints as a table with what is wrong below it.
///
/// # Examples
///
/// See [`fit`](crate::fit).
#[derive(Clone, Debug)]
pub struct FitSummary {
    rows: Vec<FitRow>,
    trust: Trust,
    outcome: Report,
    count: usize,
    /// Whether the guide proposes all sites together already.
    is_joint: bool,
    /// Where other starts ended, in sentences.
    pub(super) elsewhere: Vec<String>,
}

impl FitSummary {
    pub(super) fn of(draws: &Draws, trust: &Trust, outcome: &Report, is_joint: bool) -> FitSummary {
        let summary: Summary = draws.summary();
        let mut rows = Vec::new();
        for ((site, array), (_, raw)) in draws.iter().zip(summary.iter()) {
            for (lane, raw) in array.lanes(Axis(0)).into_iter().zip(raw) {
                let values: Vec<f64> = lane.iter().copied().collect();
                let (raw_mean, raw_deviation) = (raw.mean, raw.deviation);
                let corrected = trust.corrected(&values);
                let ([mean, deviation], quantiles) =
                    corrected.unwrap_or(([raw_mean, raw_deviation], raw.quantiles));
                let is_off = (raw_mean - mean).abs() > FAR * deviation
                    || (raw_deviation / deviation - 1.0).abs() > FAR;
                rows.push(FitRow {
                    site: site.to_owned(),
                    indices: raw.indices.clone(),
                    mean,
                    deviation,
                    raw_mean,
                    raw_deviation,
                    quantiles,
                    is_off: corrected.is_some() && is_off,
                    label: raw.name().to_owned(),
                });
            }
        }
        let (trust, outcome, count) = (trust.clone(), outcome.clone(), draws.count());
        FitSummary { rows, trust, outcome, count, is_joint, elsewhere: Vec::new() }
    }

    /// Returns the rows, site by site.
    ///
    /// # Examples
    ///
    /// See [`fit`](crate::fit).
    pub fn rows(&self) -> &[FitRow] {
        &self.rows
    }

    /// Returns the row of an element.
    ///
    /// # Errors
    ///
    /// If there is no such site, or the site has no such element.
    ///
    /// # Examples
    ///
    /// See [`fit`](crate::fit).
    pub fn row(&self, site: &str, indices: &[usize]) -> Result<&FitRow, DrawsError> {
        let of_site = || self.rows.iter().filter(|row| row.site == site);
        if of_site().next().is_none() {
            let mut names: Vec<&str> = self.rows.iter().map(|row| row.site.as_str()).collect();
            names.dedup();
            return Err(DrawsError::unknown(site, || names.iter().copied()));
        }
        of_site().find(|row| row.indices == indices).ok_or_else(|| DrawsError::UnknownElement {
            name: site.to_owned(),
            indices: indices.to_vec(),
            last: of_site().next_back().map(|row| row.indices.clone()),
        })
    }

    /// Returns the row of an element by its name, as the table has it: `theta[3]`, or `level[ANOKA]` where elements are
    /// [labelled](super::Fitted::labelled).
    ///
    /// # Errors
    ///
    /// If no element has that name: the error says which one is most like it.
    ///
    /// # Examples
    ///
    /// See [`Fitted::labelled`](super::Fitted::labelled).
    pub fn named(&self, name: &str) -> Result<&FitRow, DrawsError> {
        let names = || self.rows.iter().map(|row| row.label.as_str());
        self.rows.iter().find(|row| row.label == name).ok_or_else(|| DrawsError::unknown(name, names))
    }

    /// Returns what is wrong, and what to try, in sentences; nothing if nothing is known to be.
    ///
    /// # Examples
    ///
    /// See [`fit`](crate::fit).
    pub fn warnings(&self) -> Vec<String> {
        let mut found = self.elsewhere.clone();
        if !self.outcome.converged {
            let steps = grouped(self.outcome.steps);
            found.push(match self.outcome.verdict {
                Verdict::Unstable(why) => format!("The optimiser's run is unstable after {steps} steps: {why}."),
                _ if self.outcome.precision.is_finite() => format!(
                    "The optimiser was not seen to converge in {steps} steps, though its parameters are known to ± {:.1e} of their scales: \
                     more steps (`.steps(..)`) would tell.",
                    self.outcome.precision
                ),
                _ => format!("The optimiser has not converged in {steps} steps: let it take more, by `.steps(..)`."),
            });
        }
        let Trust { k_hat, threshold, .. } = self.trust;
        if k_hat.is_nan() {
            found.push("The draws have no importance weights, so that nothing is known of how near the guide is to the posterior.".to_owned());
        } else if !self.trust.is_reliable() {
            let reason = match k_hat <= threshold {
                true => format!("its draws are worth {:.0} of the posterior", self.trust.effective_size),
                false => format!("k-hat {k_hat:.2}, above {threshold:.2}"),
            };
            let other = if self.is_joint { "" } else { "`auto::FullRank`, " };
            found.push(format!(
                "The guide is not near the posterior ({reason}): neither these numbers nor corrected ones are to be trusted. Try {other}a \
                 parameterisation in which the sites depend less on each other, or a guide of your own."
            ));
        } else {
            let off = self.rows.iter().filter(|row| row.is_off).count();
            if off > 0 {
                found.push(format!(
                    "Of {off} of {} numbers (marked *) the guide's own mean is off by more than a tenth of the deviation, or its deviation by \
                     more than 10 %; shown are those that are corrected by importance weights.",
                    self.rows.len()
                ));
            }
        }
        found
    }
}

impl fmt::Display for FitSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.rows.iter().map(FitRow::name).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
        writeln!(
            f,
            "{:width$}  {:>10} {:>10} {:>10} {:>10} {:>10}",
            "site", "mean", "sd", "5%", "50%", "95%"
        )?;
        for (name, row) in names.iter().zip(&self.rows) {
            let [low, _, median, _, high] = row.quantiles.map(number);
            let mark = if row.is_off { " *" } else { "" };
            let (mean, deviation) = (number(row.mean), number(row.deviation));
            writeln!(f, "{name:width$}  {mean:>10} {deviation:>10} {low:>10} {median:>10} {high:>10}{mark}")?;
        }
        writeln!(f, "{}", self.outcome)?;
        let Trust { k_hat, effective_size, .. } = self.trust;
        if !k_hat.is_nan() {
            let [count, worth] = [self.count as u64, effective_size.round() as u64].map(grouped);
            writeln!(f, "k-hat {k_hat:.2}; {count} draws are worth {worth} of the posterior")?;
        }
        self.warnings().iter().try_for_each(|warning| writeln!(f, "{warning}"))
    }
}

/// Returns a number with four digits, or as tables write large and small ones.
pub(super) fn number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    if !(1e-4..1e6).contains(&size) {
        return format!("{x:.3e}");
    }
    let places = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
    format!("{x:.places$}")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_four_digits() {
        let found = [0.0, 1.0, -12.345, 123_456.0, 0.001_234_56, 1e-9, 2.5e8].map(number);
        assert_eq!(found, ["0", "1.000", "-12.35", "123456", "0.001235", "1.000e-9", "2.500e8"]);
    }
}
