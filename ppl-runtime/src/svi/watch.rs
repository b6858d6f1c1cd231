//! What goes on around the steps of a run.

use super::losses::Smoothed;
use super::recent::Recent;
use super::report::with_error;
use super::run::Callback;
use super::verdict::Verdict;
use crate::objective::Step;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// What goes on around the steps of a run: their number, the bar and the callback.
pub(super) struct Watch<'a> {
    pub(super) taken: u64,
    most: u64,
    stopped: bool,
    /// The losses of the last steps.
    pub(super) recent: Recent,
    bar: Option<ProgressBar>,
    /// What the last look at the losses has found.
    found: Option<String>,
    callback: Option<Callback<'a>>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(most: u64, progress: bool, callback: Option<Callback<'a>>) -> Watch<'a> {
        let bar = if progress { bar(most) } else { None };
        Watch { taken: 0, most, stopped: false, recent: Recent::default(), bar, found: None, callback }
    }

    /// Counts a step; afterwards [`goes_on`](Watch::goes_on) says whether there is to be another one.
    pub(super) fn count(&mut self, step: &Step) {
        self.taken += 1;
        self.recent.push(step.loss);
        if let Some(bar) = &self.bar
            && self.taken.is_multiple_of(64)
        {
            bar.set_position(self.taken);
            bar.set_message(self.found.clone().unwrap_or_else(|| format!("loss {:.6}", step.loss)));
        }
        if let Some(callback) = &mut self.callback {
            self.stopped |= callback(self.taken, step).is_break();
        }
    }

    /// Shows the mean loss with its error, and the verdict so far.
    pub(super) fn tell(&mut self, loss: Smoothed, so_far: Verdict) {
        if self.bar.is_some() {
            self.found = Some(format!("loss {}, {so_far}", with_error(loss.mean, loss.error)));
        }
    }

    pub(super) fn goes_on(&self) -> bool {
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
