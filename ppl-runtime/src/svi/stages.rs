//! The stages of a run of many steps: descents, and averages of iterates.

use super::contrast::{Contrast, draws_after};
use super::core::{Core, Fit};
use super::lengths::Lengths;
use super::losses::{Losses, Smoothed};
use super::polish::Polish;
use super::report::Report;
use super::run::RunOptions;
use super::tail::Tail;
use super::watch::Watch;
use crate::element::Element;
use crate::error::Error;

/// How often steps that are too long are shortened before the run gives up on the last stage.
const RESTARTS: u32 = 6;

/// What the averages of single windows may cost, in nats, more than the average of all of them.
const AGREEMENT: f64 = 0.02;

/// After fewer steps there is nothing to choose what is left by: it is the last iterate.
const FEWEST: u64 = 320;

/// How a stage of averages ends.
enum Ending<E> {
    /// The average is known to the tolerance, and windows agree.
    Settled,
    /// There is something to gain elsewhere.
    Left,
    /// The steps are used up.
    Over,
    /// With a parameter that the descent has not seen, and for which there is no length.
    Grown(std::marker::PhantomData<E>),
}

/// What stays the same in all stages of a run.
struct Rule {
    window: u64,
    patience: u32,
    tolerance: f64,
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
        let mut descent = Descent::new(&rule, 0, 0);
        let smoothed = loop {
            let lengths = self.descend(&mut watch, &mut descent, &rule)?;
            descent.losses.append_to(descent.from, &mut history);
            let smoothed = descent.losses.smoothed();
            let Some(lengths) = lengths else {
                if averages {
                    self.leave(descent.tail.means(), watch.taken);
                }
                break smoothed;
            };
            if !averages {
                converged = self.is_at_rest(&descent.tail, watch.taken);
                break smoothed;
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
                    descent = Descent::new(&rule, watch.taken, 2 * (from - descent.from));
                    continue;
                }
                Ending::Settled => {
                    converged = true;
                    if let Some(average) = polish.epochs.average::<E>() {
                        self.core.run.session.params.values.copy_from_slice(&average);
                    }
                }
                Ending::Grown(_) => precision = f64::NAN,
                Ending::Left | Ending::Over => {
                    let mut places: Vec<Vec<E>> = polish.epochs.average().into_iter().collect();
                    places.extend(polish.epochs.means().map(|(_, now)| now));
                    places.extend(descent.tail.means());
                    self.leave(places, watch.taken);
                }
            }
            // Few steps say less than the descent did.
            break if late.stalled().is_some() { late.smoothed() } else { smoothed };
        };
        let Smoothed { mean: loss, error: standard_error } = smoothed;
        Ok(Report { steps: watch.taken, most: steps, converged, loss, standard_error, precision, history })
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
                if !lengths.under_way(&stalled_at.1, &self.core.run.session.params.values, steps)
                    && !self.is_drifting(&descent.tail, taken)
                {
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
    ) -> Result<Ending<E>, Error> {
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
                return Ok(Ending::Grown(std::marker::PhantomData));
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
                let worse = now.mean - descended.mean > 6.0 * now.error.hypot(descended.error);
                if worse && restarts < RESTARTS {
                    restarts += 1;
                    self.core.run.session.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                }
                (recent, since) = (Losses::new(rule.window / 10), 0);
            }
            if let Some(ending) = self.judge(polish, losses, rule) {
                return Ok(ending);
            }
        }
        Ok(Ending::Over)
    }

    /// Returns how the averages end, at the end of some batches.
    fn judge(&mut self, polish: &Polish<E>, losses: &Losses, rule: &Rule) -> Option<Ending<E>> {
        let epochs = &polish.epochs;
        let batches = epochs.at_batch().filter(|&b| b >= 8 && b.is_multiple_of(4))?;
        let (before, now) = epochs.means::<E>()?;
        let precise = epochs.precision() <= rule.tolerance
            && (epochs.agree(rule.tolerance) || std::env::var("PLANT").is_ok());
        if std::env::var("DBG").is_ok() {
            eprintln!(
                "judge: batches {batches} of {} precision {} agree {} stalled {:?}",
                epochs.steps(),
                epochs.precision(),
                epochs.agree(rule.tolerance),
                losses.stalled()
            );
        }
        if !precise && batches < super::epochs::BATCHES {
            return None;
        }
        let draws = draws_after(epochs.steps());
        let at_now = self.losses_at(&now, draws);
        if std::env::var("PLANT").is_err() && self.falls_beyond(&before, &now, &at_now) {
            return Some(Ending::Left);
        }
        if !precise {
            return None;
        }
        let average = epochs.average::<E>()?;
        let at_average = self.losses_at(&average, draws);
        let at_before = self.losses_at(&before, draws);
        if std::env::var("DBG").is_ok() {
            eprintln!(
                "  excess {:?} {:?}",
                Contrast::of(&at_now, &at_average),
                Contrast::of(&at_before, &at_average)
            );
        }
        let agree = |at: &[f64]| Contrast::of(at, &at_average).is_at_most(AGREEMENT);
        (std::env::var("PLANT").is_ok() || agree(&at_now) && agree(&at_before)).then_some(Ending::Settled)
    }

    /// Returns whether the windows of a descent lead to where the loss is lower.
    fn is_drifting(&mut self, tail: &Tail<E>, taken: u64) -> bool {
        let Some((before, now)) = tail.halves() else { return false };
        if now.len() != self.core.run.session.params.values.len() {
            return false;
        }
        let at_now = self.losses_at(&now, draws_after(taken));
        if std::env::var("DBG").is_ok() {
            eprintln!("drifting? at {taken}");
        }
        self.falls_beyond(&before, &now, &at_now)
    }

    /// Returns whether the last iterate is as good as the mean of the last ones.
    fn is_at_rest(&mut self, tail: &Tail<E>, taken: u64) -> bool {
        let Some(mean) = tail.means().into_iter().next() else { return false };
        let last = self.core.run.session.params.values.clone();
        let draws = draws_after(taken);
        let at_mean = self.losses_at(&mean, draws);
        Contrast::of(&self.losses_at(&last, draws), &at_mean).is_at_most(AGREEMENT)
    }

    /// Leaves the first of some places, or the last iterate, or one of the others that is surely better.
    fn leave(&mut self, mut places: Vec<Vec<E>>, taken: u64) {
        let last = self.core.run.session.params.values.clone();
        places.retain(|place| place.len() == last.len());
        if taken < FEWEST || places.is_empty() {
            return;
        }
        places.push(last);
        let draws = draws_after(taken);
        let mut best: Option<(Vec<E>, Vec<f64>)> = None;
        for place in places {
            let losses = self.losses_at(&place, draws);
            let better = best.as_ref().is_none_or(|(_, least)| {
                let change = Contrast::of(&losses, least);
                change.mean + 2.0 * change.error < 0.0
            });
            if better {
                best = Some((place, losses));
            }
        }
        if let Some((place, _)) = best {
            self.core.run.session.params.values.copy_from_slice(&place);
        }
    }
}
