//! Bounds and log-evidence of other data, summed over draws and blocks of rows.

use super::builder::{Asked, Estimate};
use super::other_data::OtherData;
use crate::element::Element;
use crate::error::Error;
use crate::log_densities::{log_densities, run_weighed};
use crate::objective::{BoundRows, Objective, StreamedWeights};
use crate::posterior::at_least_one;
use crate::program::address::Subject;
use crate::program::pass::{Listener, Noise, Pass, Terms};
use crate::program::programs::Programs;
use crate::random::{Occasion, Purpose};
use crate::results::{EvidenceBounds, PlateBounds};
use crate::svi::core::Fit;
use crate::svi::step;

/// The memory of a recording that holds several draws, in bytes, and the most draws of one.
const MEMORY: usize = 4 << 20;
const MOST: usize = 1024;

/// Evaluates programs on other data.
pub(crate) fn evaluate_on<E: Element>(
    mut fit: Fit<'_, E>,
    programs: Programs<'_>,
    asked: &Asked,
) -> Result<EvidenceBounds, Error> {
    at_least_one(asked.draws)?;
    fit.objective.check().map_err(|what| Error::Setup { what })?;
    let mut other = OtherData::new(&mut fit, programs, asked)?;
    match asked.estimate {
        Estimate::Bound => other.bound(fit.objective, asked.draws),
        Estimate::Evidence => other.evidence(asked.draws),
    }
}

impl<E: Element> OtherData<'_, E> {
    /// Estimates an objective's bound.
    fn bound(&mut self, objective: &mut dyn Objective<E>, draws: usize) -> Result<EvidenceBounds, Error> {
        let (asked, particles) = (objective.pass(), objective.particles());
        let noise = if asked.noise == Noise::Drawn { Noise::Evaluated } else { asked.noise };
        let (terms, penalised, differentiates) = (Terms::Elements, false, false);
        let mut rows = BoundRows::new(self.plate());
        let mut totals = vec![0.0; draws];
        self.each_block(|this, coverage, is_first| {
            let pass = Pass { terms, coverage, noise, penalised, differentiates, ..asked };
            for (k, total) in totals.iter_mut().enumerate() {
                this.core.run.session.occasion = Occasion::new(Purpose::Evaluation, k as u64);
                rows.begin(is_first);
                let run = &mut this.core.run;
                let found = step::value(this.programs, objective, run, (pass, particles), Some(&mut rows));
                this.refuse_new_parameters()?;
                let found = found?;
                this.refuse_paths()?;
                this.core.run.session.checked = true;
                *total += if is_first { found.elbo } else { rows.within() };
            }
            Ok(())
        })?;
        let n = draws as f64;
        let mean = totals.iter().sum::<f64>() / n;
        let squares: f64 = totals.iter().map(|total| (total - mean).powi(2)).sum();
        let standard_error = if draws > 1 { (squares / (n - 1.0) / n).sqrt() } else { f64::NAN };
        Ok(EvidenceBounds::new(mean, standard_error, draws, self.by_plate(rows, n)))
    }

    /// Estimates the log-evidence by importance weights.
    fn evidence(&mut self, draws: usize) -> Result<EvidenceBounds, Error> {
        let mut rows = BoundRows::new(self.plate());
        let mut weights = StreamedWeights::default();
        let (mut total, mut variance, mut apart) = (0.0, 0.0, false);
        self.each_block(|this, coverage, is_first| {
            let pass = Pass { coverage, ..Pass::WEIGHED };
            this.check_weights(pass)?;
            if this.core.run.session.apart.needed {
                apart = true;
                return this.refuse_apart();
            }
            weights.clear();
            rows.begin(is_first);
            let (mut done, mut at_once) = (0, 1);
            while done < draws {
                let particles = at_once.min(draws - done);
                this.weigh(pass, done, particles)?;
                weights.add(&this.core.run, particles)?;
                done += particles;
                at_once = this.core.run.particles_within(MEMORY).clamp(1, MOST);
            }
            let (of_block, of_variance) = weights.finish(&this.core.run, &mut rows);
            if !of_block.is_finite() {
                let at_once = this.core.run.particles();
                return Err(step::explain(this.programs, &mut this.core.run, pass, at_once, -of_block));
            }
            total += if is_first { of_block } else { rows.within() };
            variance += of_variance;
            Ok(())
        })?;
        if apart {
            return self.evidence_apart(draws);
        }
        // Of one draw nothing is known, and rounding may leave less than nothing.
        let standard_error = if draws > 1 { variance.max(0.0).sqrt() } else { f64::NAN };
        Ok(EvidenceBounds::new(total, standard_error, draws, self.by_plate(rows, 1.0)))
    }

    /// Estimates the log-evidence of programs whose draws do not share a recording.
    fn evidence_apart(&mut self, draws: usize) -> Result<EvidenceBounds, Error> {
        let logs = log_densities(self.programs, &mut self.core, draws)?.log_weights();
        let n = draws as f64;
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (sum, squares) = logs.iter().fold((0.0, 0.0), |(sum, squares), log| {
            let weight = (log - largest).exp();
            (sum + weight, squares + weight * weight)
        });
        let variance = (squares / (sum * sum) - 1.0 / n) * n / (n - 1.0);
        let standard_error = if draws > 1 { variance.max(0.0).sqrt() } else { f64::NAN };
        let joint = |(_, plate): (u32, &str)| PlateBounds {
            plate: plate.to_owned(),
            rows: Vec::new(),
            is_joint: true,
        };
        let plates = self.core.run.session.addresses.all(Subject::Plate).map(joint).collect();
        Ok(EvidenceBounds::new(largest + (sum / n).ln(), standard_error, draws, plates))
    }

    /// Runs the programs once, and refuses a guide whose draws have no weights.
    fn check_weights(&mut self, pass: Pass) -> Result<(), Error> {
        let run = &mut self.core.run;
        run.session.occasion = Occasion::new(Purpose::Evaluation, 0);
        run.session.apart.end();
        run.session.paths.reset();
        run.begin(Pass { listener: Listener::SilentFaults, ..pass }, 1);
        run_weighed(run, self.programs);
        let outcome = run.outcome();
        self.refuse_new_parameters()?;
        if !self.core.run.session.apart.needed {
            outcome?;
            self.core.run.refuse_no_weights()?;
            self.core.run.refuse_part_of_rows()?;
        }
        Ok(())
    }

    fn weigh(&mut self, pass: Pass, first: usize, particles: usize) -> Result<(), Error> {
        let run = &mut self.core.run;
        run.session.occasion = Occasion::new(Purpose::Evaluation, 0).starting_at(first);
        run.begin(pass, particles);
        run_weighed(run, self.programs);
        run.outcome()
    }

    fn plate(&self) -> Option<u32> {
        self.blocks.map(|(plate, _)| plate)
    }

    fn by_plate(&self, rows: BoundRows, draws: f64) -> Vec<PlateBounds> {
        let shown = rows.into_plates().into_iter().map(|known| PlateBounds {
            plate: self.core.run.session.addresses.text(Subject::Plate, known.plate).to_owned(),
            rows: known.sums.into_iter().map(|sum| sum / draws).collect(),
            is_joint: known.is_joint,
        });
        shown.collect()
    }

    /// Refuses blocks where the model sums over paths: the logarithm of such a sum is none over rows.
    fn refuse_paths(&self) -> Result<(), Error> {
        if self.blocks.is_some() && self.core.run.session.paths.sums() {
            let what = "the model sums over the paths of its `concrete` sites, whose logarithm is no sum over rows; leave out `in_blocks`";
            return Err(Error::Setup { what: what.to_owned() });
        }
        Ok(())
    }

    /// Refuses blocks where the draws are run apart: each has one weight.
    fn refuse_apart(&self) -> Result<(), Error> {
        match self.blocks {
            None => Ok(()),
            Some(_) => {
                let what = "a program with a `concrete` site has one weight for a whole draw, which needs every row; leave out `in_blocks`";
                Err(Error::Setup { what: what.to_owned() })
            }
        }
    }
}
