//! Ranks of simulated values among draws, and what they say.

use crate::error::Error;
use crate::results::{Draws, DrawsError, element_name, indices_of};
use crate::values::Values;
use ppl_diagnostics::ranks::Ranks;
use std::fmt;

/// The probability with which exact ranks of all numbers together are called off.
const LEVEL: f64 = 0.01;

/// One number of a latent site, and the ranks of its simulated values.
///
/// # Examples
///
/// See [`calibrate`](crate::calibrate).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CalibratedRow {
    /// The site's name.
    pub site: String,
    /// The element's indices: those of its plates, then those of its event.
    pub indices: Vec<usize>,
    /// How many draws were smaller than the value, for each simulation that did not fail, in order.
    pub ranks: Vec<usize>,
    /// How likely uniform ranks leave their simultaneous band as far as these (Saeilynoja et al. 2022): uniform itself, if the engine is exact.
    pub p_value: f64,
    /// By how many standard errors values lie above the middle of the draws: positive where the draws are too low.
    pub bias: f64,
    /// By how many standard errors ranks lie further from the middle than uniform ones do: positive where the draws are too narrow.
    pub narrowness: f64,
}

impl CalibratedRow {
    fn of(site: String, indices: Vec<usize>, ranks: Vec<usize>, draws: usize) -> CalibratedRow {
        let n = ranks.len() as f64;
        let p_value = Ranks::new(&ranks, draws).map_or(f64::NAN, |ranks| ranks.ecdf_p_value());
        // Of a uniform number the variance is 1/12, and that of its squared distance from the middle is 1/180.
        let (mut bias, mut narrowness) = (0.0, 0.0);
        for &rank in &ranks {
            let from_middle = (rank as f64 + 0.5) / (draws as f64 + 1.0) - 0.5;
            bias += from_middle;
            narrowness += from_middle * from_middle - 1.0 / 12.0;
        }
        let (bias, narrowness) = (bias * (12.0 / n).sqrt(), narrowness * (180.0 / n).sqrt());
        CalibratedRow { site, indices, ranks, p_value, bias, narrowness }
    }

    /// Returns the element's name, as `theta[3]`.
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn name(&self) -> String {
        element_name(&self.site, &self.indices)
    }

    /// Says what is wrong with the draws, by what stands out most.
    fn fault(&self) -> &'static str {
        match (self.bias, self.narrowness) {
            (bias, narrow) if bias.abs() > narrow.abs() && bias > 0.0 => "draws too low",
            (bias, narrow) if bias.abs() > narrow.abs() => "draws too high",
            (_, narrow) if narrow > 0.0 => "draws too narrow",
            _ => "draws too wide",
        }
    }
}

/// Whether an engine finds what a model has drawn; made by [`calibrate`](crate::calibrate).
///
/// # Examples
///
/// See [`calibrate`](crate::calibrate).
#[derive(Debug)]
pub struct Calibration {
    rows: Vec<CalibratedRow>,
    simulations: usize,
    draws: usize,
    failures: Vec<(usize, Error)>,
}

impl Calibration {
    /// Returns the numbers of all latent sites, in the order of the engine's draws.
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn rows(&self) -> &[CalibratedRow] {
        &self.rows
    }

    /// Returns one number by its site and its indices.
    ///
    /// # Errors
    ///
    /// If there is no such site, or no such element of it.
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn row(&self, site: &str, indices: &[usize]) -> Result<&CalibratedRow, DrawsError> {
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

    /// Returns among how many draws each value was ranked: ranks are 0 up to this number.
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Returns the simulations for which the engine failed, by their numbers: their ranks are missing.
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn failures(&self) -> &[(usize, Error)] {
        &self.failures
    }

    /// Returns the rows whose ranks are not uniform, worst first: of an exact engine there are any in one of a hundred calibrations, however many
    /// rows there are (Holm 1979).
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn off(&self) -> Vec<&CalibratedRow> {
        let mut rows: Vec<&CalibratedRow> = self.rows.iter().collect();
        rows.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
        let count = rows.len();
        let kept =
            rows.iter().enumerate().take_while(|(k, row)| row.p_value < LEVEL / (count - k) as f64).count();
        rows.truncate(kept);
        rows
    }

    /// Returns whether no row's ranks are off.
    ///
    /// # Examples
    ///
    /// See [`calibrate`](crate::calibrate).
    pub fn is_uniform(&self) -> bool {
        self.off().is_empty()
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name().chars().count()).max().unwrap_or(0).max(4);
        let off: Vec<String> = self.off().iter().map(|row| row.name()).collect();
        writeln!(f, "{:width$}  {:>8} {:>7} {:>10}", "site", "p-value", "bias", "narrowness")?;
        for row in &self.rows {
            let name = row.name();
            let fault = if off.contains(&name) { format!("  {}", row.fault()) } else { String::new() };
            let (p, bias, narrow) = (row.p_value, row.bias, row.narrowness);
            writeln!(f, "{name:width$}  {p:>8.4} {bias:>+7.1} {narrow:>+10.1}{fault}")?;
        }
        let ranked = self.simulations - self.failures.len();
        writeln!(
            f,
            "{ranked} simulations, {} draws of each; bias and narrowness in standard errors, positive where draws are too low or too narrow",
            self.draws
        )?;
        if let Some((k, error)) = self.failures.first() {
            writeln!(f, "{} simulations failed, the first of them number {k}: {error}", self.failures.len())?;
        }
        match off.len() {
            0 => writeln!(f, "All ranks are as uniform as those of an exact engine."),
            1 => writeln!(
                f,
                "The ranks of {} are not uniform: the engine does not find its posterior.",
                off[0]
            ),
            n => writeln!(
                f,
                "The ranks of {n} of {} numbers are not uniform, {} most of all: the engine does not find their posterior.",
                self.rows.len(),
                off[0]
            ),
        }
    }
}

/// Ranks as they come.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    sites: Vec<(String, Vec<usize>, Vec<Vec<usize>>)>,
    draws: usize,
    failures: Vec<(usize, Error)>,
}

impl Ranking {
    /// Ranks the values of one simulation among an engine's draws.
    pub(super) fn rank(&mut self, truth: &Values, draws: &Draws) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::Setup { what });
        if self.sites.is_empty() {
            let known = draws.iter().filter(|(name, _)| truth.place(name).is_some());
            self.sites = known
                .map(|(name, array)| {
                    let shape = array.shape()[1..].to_vec();
                    let elements = shape.iter().product();
                    (name.to_owned(), shape, vec![Vec::new(); elements])
                })
                .collect();
            self.draws = draws.count();
        }
        if draws.count() != self.draws {
            let (found, expected) = (draws.count(), self.draws);
            return wrong(format!(
                "the engine returned {found} draws, after {expected} in an earlier simulation"
            ));
        }
        for (site, shape, ranks) in &mut self.sites {
            let (Ok(array), Some(place)) = (draws.get(site), truth.place(site)) else {
                return wrong(format!("the engine's draws lack `{site}`, which an earlier simulation had"));
            };
            let value = &truth.entries[place].1;
            if array.shape()[1..] != shape[..] || value.shape() != &shape[..] {
                let found = &array.shape()[1..];
                return wrong(format!(
                    "`{site}` has the shape {:?} in the model and {found:?} in the draws",
                    value.shape()
                ));
            }
            for (element, (&value, ranks)) in value.iter().zip(ranks.iter_mut()).enumerate() {
                let row = array.iter().skip(element).step_by(shape.iter().product::<usize>().max(1));
                ranks.push(row.filter(|draw| **draw < value).count());
            }
        }
        Ok(())
    }

    /// Notes a simulation for which the engine failed.
    pub(super) fn fail(&mut self, simulation: usize, error: Error) {
        self.failures.push((simulation, error));
    }

    /// Returns what the ranks say.
    pub(super) fn finish(mut self, simulations: usize) -> Result<Calibration, Error> {
        if self.failures.len() == simulations {
            return Err(self.failures.swap_remove(0).1);
        }
        if self.sites.is_empty() {
            let what = "no draws of the engine are of a latent site of the model".to_owned();
            return Err(Error::Setup { what });
        }
        let draws = self.draws;
        let rows = self.sites.into_iter().flat_map(|(site, shape, ranks)| {
            ranks.into_iter().enumerate().map(move |(element, ranks)| {
                CalibratedRow::of(site.clone(), indices_of(element, &shape), ranks, draws)
            })
        });
        Ok(Calibration { rows: rows.collect(), simulations, draws, failures: self.failures })
    }
}
