//! The stages of a run of many steps: descents, and averages of iterates.

use super::core::{Core, Fit};
use super::judge::Ending;
use super::lengths::Lengths;
use super::losses::{Losses, Smoothed};
use super::polish::Polish;
use super::report::Report;
use super::run::RunOptions;
use super::tail::Tail;
use super::verdict::Verdict;
use super::watch::Watch;
use crate::element::Element;
use crate::error::Error;
use crate::results::LeftOut;

/// How often steps that are too long are shortened before the run gives up on the last stage.
const RESTARTS: u32 = 6;

/// The draws by which a run looks, when it is over, at what its sums leave out.
const LOOKS: usize = 16;

/// What stays the same in all stages of a run.
struct Rule {
    window: u64,
    patience: u32,
    tolerance: Option<f64>,
}

/// A descent so far.
struct Descent<E> {
    losses: Losses,
    tail: Tail<E>,
    /// The steps before it, and the fewest that it takes.
    from: u64,
    fewest: u64,
}

impl<E: Element> Descent<E> {
    fn new(rule: &Rule, from: u64, fewest: u64) -> Descent<E> {
        Descent { losses: Losses::new(rule.window / 10), tail: Tail::new(rule.window), from, fewest }
    }
}

impl<E: Element> Fit<'_, E> {
    /// Takes up to so many steps, in two stages which may alternate.
    pub(crate) fn run(mut self, steps: u64, options: RunOptions<'_>) -> Result<Report, Error> {
        options.check().map_err(|what| Error::Setup { what })?;
        if steps == 0 {
            return Err(Error::Setup { what: "expected at least one step, got 0".to_owned() });
        }
        let RunOptions { window, patience, tolerance, averages, progress, callback } = options;
        let rule = Rule { window, patience, tolerance };
        let mut watch = Watch::new(steps, progress, callback);
        let (mut history, mut precision, mut converged) = (Vec::new(), f64::NAN, false);
        let mut averaged = None;
        let mut left: Option<Vec<E>> = None;
        let mut descent = Descent::new(&rule, 0, 0);
        let smoothed = loop {
            let told = history.len();
            let lengths = self.descend(&mut watch, &mut descent, &rule)?;
            descent.losses.append_to(descent.from, &mut history);
            let smoothed = descent.losses.smoothed();
            let Some(lengths) = lengths else {
                if averages {
                    let places = descent.tail.means().into_iter().chain(left);
                    self.leave(places.collect(), watch.taken);
                }
                break smoothed;
            };
            if !averages {
                converged = self.is_at_rest(&descent.tail, watch.taken);
                if converged || !watch.goes_on() {
                    break smoothed;
                }
                // The noise of the steps may hide what a longer window shows.
                descent.fewest = 2 * watch.taken;
                history.truncate(told);
                continue;
            }
            let from = watch.taken;
            let mut polish = Polish::new(&lengths, &self.core.run.session.params.values);
            let mut late = Losses::new(window / 10);
            let ending = self.average(&mut watch, &mut polish, &mut late, &rule, smoothed)?;
            late.append_to(from, &mut history);
            precision = polish.epochs.precision();
            match ending {
                Ending::Left if watch.goes_on() => {
                    // A longer window has shown what a shorter one did not.
                    left = polish.epochs.average();
                    descent = Descent::new(&rule, watch.taken, 2 * (from - descent.from));
                    continue;
                }
                Ending::Settled => {
                    converged = true;
                    if let Some(average) = polish.epochs.average::<E>() {
                        self.core.set_values(&average);
                    }
                }
                Ending::Grown => precision = f64::NAN,
                Ending::Left | Ending::Over => {
                    let mut places: Vec<Vec<E>> = polish.epochs.average().into_iter().collect();
                    places.extend(polish.epochs.means().map(|(_, now)| now));
                    places.extend(descent.tail.means());
                    self.leave(places, watch.taken);
                }
            }
            // Few steps say less than the descent did.
            if late.stalled().is_none() {
                break smoothed;
            }
            let smoothed = late.smoothed();
            averaged = Some(late);
            break smoothed;
        };
        let verdict = match converged {
            true => Verdict::Converged,
            false => self.unconverged(&watch, precision, &descent, averaged.as_ref()),
        };
        let Smoothed { mean: loss, error: standard_error } = smoothed;
        let left_out = self.left_out();
        Ok(Report {
            steps: watch.taken,
            most: steps,
            verdict,
            converged,
            loss,
            standard_error,
            precision,
            left_out,
            history,
        })
    }

    /// Returns the verdict of a run that has not converged, by the losses of its last stage: of a descent, or of averages.
    fn unconverged(
        &mut self,
        watch: &Watch<'_>,
        precision: f64,
        descent: &Descent<E>,
        averaged: Option<&Losses>,
    ) -> Verdict {
        let Descent { losses, tail, .. } = descent;
        // Steps of averages become shorter by themselves, so that of a descent before them only the noise matters.
        let descended = averaged.is_none().then_some((losses, tail));
        match self.instability(&watch.recent, descended, (watch.taken, precision)) {
            Some(why) => Verdict::Unstable(why),
            None => still_improving(averaged.unwrap_or(losses)),
        }
    }

    /// Returns what sums over the first values of the model's sites leave out where the run has come to.
    fn left_out(&mut self) -> Vec<LeftOut> {
        if !self.core.run.session.sums_first_counts {
            return Vec::new();
        }
        // A draw at which the loss is infinite is no reason to lose the report of the run.
        let _ = self.mean_loss(LOOKS);
        self.core.run.session.left_out()
    }

    /// Steps with the optimiser until the loss has stopped falling, no parameter is under way and nothing lower lies where the
    /// iterates drift; returns the lengths of the last steps then, and `None` if the steps run out before.
    fn descend(
        &mut self,
        watch: &mut Watch<'_>,
        descent: &mut Descent<E>,
        rule: &Rule,
    ) -> Result<Option<Lengths<E>>, Error> {
        let (mut next_look, mut stalls) = (watch.taken + rule.window, 0);
        let mut stalled_at = (0, Vec::new());
        while watch.goes_on() {
            let step = self.take_step()?;
            descent.losses.push(step.loss);
            descent.tail.add(&self.core.run.session.params.values);
            watch.count(&step);
            if watch.taken < next_look {
                continue;
            }
            watch.tell(descent.losses.smoothed(), still_improving(&descent.losses));
            let taken = watch.taken - descent.from;
            next_look = watch.taken + rule.window.max(taken / 20);
            stalls = if descent.losses.stalled() == Some(true) { stalls + 1 } else { 0 };
            if stalls == 1 {
                stalled_at = (watch.taken, self.core.run.session.params.values.clone());
            }
            if stalls >= rule.patience && taken >= descent.fewest {
                stalls = 0;
                let Some(lengths) = self.measure(watch, descent, 2 * rule.window)? else { break };
                let steps = watch.taken - stalled_at.0;
                let is_smooth = self.last_step_was_smooth();
                let is_over = !lengths.under_way(&stalled_at.1, &self.core.run.session.params.values, steps)
                    && !self.is_drifting(&descent.tail, taken);
                if is_over || is_smooth && self.has_little_to_gain(&descent.tail, taken) {
                    return Ok(Some(lengths));
                }
            }
        }
        Ok(None)
    }

    /// Measures the optimiser's steps; returns `None` if there are not as many left.
    fn measure(
        &mut self,
        watch: &mut Watch<'_>,
        descent: &mut Descent<E>,
        steps: u64,
    ) -> Result<Option<Lengths<E>>, Error> {
        let mut lengths = Lengths::default();
        for _ in 0..steps {
            if !watch.goes_on() {
                return Ok(None);
            }
            lengths.before(&self.core.run.session.params.values);
            let step = self.take_step()?;
            lengths.after(&self.core.rows, &self.core.gradient, &self.core.run.session.params.values);
            descent.losses.push(step.loss);
            descent.tail.add(&self.core.run.session.params.values);
            watch.count(&step);
        }
        Ok(Some(lengths))
    }

    /// Averages iterates until windows of them agree and their mean is known to the tolerance.
    fn average(
        &mut self,
        watch: &mut Watch<'_>,
        polish: &mut Polish<E>,
        losses: &mut Losses,
        rule: &Rule,
        descended: Smoothed,
    ) -> Result<Ending, Error> {
        let mut restarts = 0;
        let mut recent = Losses::new(rule.window / 10);
        let mut since = 0;
        while watch.goes_on() {
            let step = match self.record() {
                Ok(step) => step,
                // Steps that are too long end where nothing is finite; a fault of the programs comes again.
                Err(_) if restarts < RESTARTS => {
                    restarts += 1;
                    self.core.run.session.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                    (recent, since) = (Losses::new(rule.window / 10), 0);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if self.core.run.session.params.values.len() != polish.start.len() {
                self.apply(step)?;
                watch.count(&step);
                return Ok(Ending::Grown);
            }
            self.collect_gradient()?;
            let Core { run, gradient, rows, .. } = &mut *self.core;
            polish.update(rows, gradient, &mut run.session.params.values);
            losses.push(step.loss);
            recent.push(step.loss);
            watch.count(&step);
            since += 1;
            if since >= 4 * rule.window {
                let now = recent.smoothed();
                watch.tell(losses.smoothed(), still_improving(losses));
                let worse = now.mean - descended.mean > 6.0 * now.error.hypot(descended.error);
                if worse && restarts < RESTARTS {
                    restarts += 1;
                    self.core.run.session.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                }
                (recent, since) = (Losses::new(rule.window / 10), 0);
            }
            if let Some(ending) = self.judge(polish, rule.tolerance) {
                return Ok(ending);
            }
        }
        Ok(Ending::Over)
    }
}

/// Returns by how much losses fall in a step, as a verdict.
fn still_improving(losses: &Losses) -> Verdict {
    let unknown = Smoothed { mean: f64::NAN, error: f64::NAN };
    let Smoothed { mean: per_step, error } = losses.fall().unwrap_or(unknown);
    Verdict::StillImproving { per_step, error }
}
