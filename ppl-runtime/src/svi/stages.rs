//! The stages of a run of many steps: a descent, then averages of iterates.

use super::core::{Core, Fit};
use super::losses::{Losses, Smoothed};
use super::polish::{Lengths, Polish};
use super::report::Report;
use super::run::{Callback, RunOptions};
use crate::element::Element;
use crate::error::Error;
use crate::objective::Step;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// How often steps that are too long are shortened before the run gives up on the last stage.
const RESTARTS: u32 = 6;

/// What goes on around the steps of a run: their number, the bar and the callback.
struct Watch<'a> {
    taken: u64,
    most: u64,
    stopped: bool,
    bar: Option<ProgressBar>,
    callback: Option<Callback<'a>>,
}

impl Watch<'_> {
    /// Counts a step; afterwards [`goes_on`](Watch::goes_on) says whether there is to be another one.
    fn count(&mut self, step: &Step) {
        self.taken += 1;
        if let Some(bar) = &self.bar
            && self.taken.is_multiple_of(64)
        {
            bar.set_position(self.taken);
            bar.set_message(format!("loss {:.6}", step.loss));
        }
        if let Some(callback) = &mut self.callback {
            self.stopped |= callback(self.taken, step).is_break();
        }
    }

    fn goes_on(&self) -> bool {
        self.taken < self.most && !self.stopped
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(most: u64) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(most);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} [{elapsed}<{eta}] {msg}") {
        bar.set_style(style);
    }
    Some(bar)
}

impl<E: Element> Fit<'_, E> {
    /// Takes up to so many steps, in two stages.
    pub(crate) fn run(mut self, steps: u64, options: RunOptions<'_>) -> Result<Report, Error> {
        options.check().map_err(|what| Error::Setup { what })?;
        if steps == 0 {
            return Err(Error::Setup { what: "expected at least one step, got 0".to_owned() });
        }
        let RunOptions { window, patience, tolerance, averages, progress, callback } = options;
        let bar = if progress { bar(steps) } else { None };
        let mut watch = Watch { taken: 0, most: steps, stopped: false, bar, callback };
        let mut losses = Losses::new(window / 10);
        let lengths = self.descend(&mut watch, &mut losses, window, patience)?;
        let converged = lengths.is_some();
        let mut history = Vec::new();
        losses.append_to(0, &mut history);
        let mut smoothed = losses.smoothed();
        let mut precision = f64::NAN;
        if let Some(lengths) = lengths
            && averages
            && watch.goes_on()
        {
            let from = watch.taken;
            let mut late = Losses::new(window / 10);
            precision = self.average(&mut watch, &mut late, &lengths, window, tolerance, smoothed)?;
            late.append_to(from, &mut history);
            // Few steps say less than the descent did.
            if late.stalled().is_some() {
                smoothed = late.smoothed();
            }
        }
        let Smoothed { mean: loss, error: standard_error } = smoothed;
        Ok(Report { steps: watch.taken, most: steps, converged, loss, standard_error, precision, history })
    }

    /// Steps with the optimiser until the loss has stopped falling and no parameter is under way; returns the lengths of
    /// the last steps then, and `None` if the steps run out before.
    fn descend(
        &mut self,
        watch: &mut Watch<'_>,
        losses: &mut Losses,
        window: u64,
        patience: u32,
    ) -> Result<Option<Lengths<E>>, Error> {
        let (mut next_look, mut stalls) = (window, 0);
        let mut stalled_at = (0, Vec::new());
        while watch.goes_on() {
            let step = self.take_step()?;
            losses.push(step.loss);
            watch.count(&step);
            if watch.taken < next_look {
                continue;
            }
            next_look = watch.taken + window.max(watch.taken / 20);
            stalls = if losses.stalled() == Some(true) { stalls + 1 } else { 0 };
            if stalls == 1 {
                stalled_at = (watch.taken, self.core.run.session.params.values.clone());
            }
            if stalls >= patience {
                let Some(lengths) = self.measure(watch, losses, 2 * window)? else { break };
                let steps = watch.taken - stalled_at.0;
                if !lengths.under_way(&stalled_at.1, &self.core.run.session.params.values, steps) {
                    return Ok(Some(lengths));
                }
                stalls = 0;
            }
        }
        Ok(None)
    }

    /// Measures the optimiser's steps; returns `None` if there are not as many left.
    fn measure(
        &mut self,
        watch: &mut Watch<'_>,
        losses: &mut Losses,
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
            losses.push(step.loss);
            watch.count(&step);
        }
        Ok(Some(lengths))
    }

    /// Averages iterates until their mean is known to the tolerance; returns how well it is known.
    fn average(
        &mut self,
        watch: &mut Watch<'_>,
        losses: &mut Losses,
        lengths: &Lengths<E>,
        window: u64,
        tolerance: f64,
        descended: Smoothed,
    ) -> Result<f64, Error> {
        let mut polish = Polish::new(lengths, &self.core.run.session.params.values);
        let mut restarts = 0;
        let mut recent = Losses::new(window / 10);
        let mut since = 0;
        while watch.goes_on() {
            let step = match self.record() {
                Ok(step) => step,
                // Steps that are too long end where nothing is finite; a fault of the programs comes again.
                Err(_) if restarts < RESTARTS => {
                    restarts += 1;
                    self.core.run.session.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                    (recent, since) = (Losses::new(window / 10), 0);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if self.core.run.session.params.values.len() != polish.start.len() {
                // A parameter that the descent has not seen: there is no length for it.
                self.apply(step)?;
                watch.count(&step);
                return Ok(f64::NAN);
            }
            self.collect_gradient()?;
            let Core { run, gradient, rows, .. } = &mut *self.core;
            polish.update(rows, gradient, &mut run.session.params.values);
            losses.push(step.loss);
            recent.push(step.loss);
            watch.count(&step);
            since += 1;
            if since >= 4 * window {
                let now = recent.smoothed();
                let worse = now.mean - descended.mean > 6.0 * now.error.hypot(descended.error);
                if worse && restarts < RESTARTS {
                    restarts += 1;
                    self.core.run.session.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                }
                (recent, since) = (Losses::new(window / 10), 0);
            }
            if polish.at_batch() && polish.precision() <= tolerance && losses.stalled() == Some(true) {
                break;
            }
        }
        polish.finish_into(&mut self.core.run.session.params.values);
        Ok(polish.precision())
    }
}
