//! Runs of many steps, which stop when there is nothing left to gain.

use super::losses::{Losses, Smoothed};
use super::polish::{Lengths, Polish};
use super::report::Report;
use super::session::Svi;
use crate::GuidedBy;
use crate::error::Error;
use crate::objective::{Objective, Step};
use crate::optim::Optimiser;
use crate::program::{Guide, Model};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt;
use std::io::IsTerminal;
use std::ops::ControlFlow;

/// How often steps that are too long are shortened before the run gives up on the last stage.
const RESTARTS: u32 = 6;

type Callback<'a> = Box<dyn FnMut(u64, &Step) -> ControlFlow<()> + 'a>;

/// How [`Svi::run_with`] decides to stop, and what it shows.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let mut largest = f64::NEG_INFINITY;
/// let options = RunOptions::default().progress(false).on_step(|_, step| {
///     largest = largest.max(step.loss);
///     ControlFlow::Continue(())
/// });
/// let report = svi.run_with(1_000, options)?;
/// assert!(largest >= report.loss);
/// # use ppl_runtime::RunOptions;
/// # use std::ops::ControlFlow;
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub struct RunOptions<'a> {
    window: u64,
    patience: u32,
    tolerance: f64,
    averages: bool,
    progress: bool,
    callback: Option<Callback<'a>>,
}

impl Default for RunOptions<'_> {
    fn default() -> Self {
        RunOptions {
            window: 100,
            patience: 5,
            tolerance: 5e-4,
            averages: true,
            progress: true,
            callback: None,
        }
    }
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RunOptions { window, patience, tolerance, averages, progress, callback } = self;
        f.debug_struct("RunOptions")
            .field("window", window)
            .field("patience", patience)
            .field("tolerance", tolerance)
            .field("averages", averages)
            .field("progress", progress)
            .field("callback", &callback.is_some())
            .finish()
    }
}

impl<'a> RunOptions<'a> {
    /// Sets the fewest steps between two looks at the loss, 100 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::RunOptions;
    ///
    /// assert!(format!("{:?}", RunOptions::default().window(50)).contains("window: 50"));
    /// ```
    #[must_use]
    pub fn window(mut self, steps: u64) -> Self {
        self.window = steps;
        self
    }

    /// Sets how many looks in a row must find that the loss has stopped falling, 5 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::RunOptions;
    ///
    /// assert!(format!("{:?}", RunOptions::default().patience(3)).contains("patience: 3"));
    /// ```
    #[must_use]
    pub fn patience(mut self, looks: u32) -> Self {
        self.patience = looks;
        self
    }

    /// Sets the standard error that every averaged parameter shall reach, 5e-4 by default.
    ///
    /// # Units
    ///
    /// Those of unconstrained space: a relative error of a positive parameter, an absolute one of a parameter on the real
    /// line.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::RunOptions;
    ///
    /// assert!(format!("{:?}", RunOptions::default().tolerance(0.01)).contains("tolerance: 0.01"));
    /// ```
    #[must_use]
    pub fn tolerance(mut self, error: f64) -> Self {
        self.tolerance = error;
        self
    }

    /// Says whether the run ends with averaged parameters (it does by default); else it stops with the optimiser's own
    /// as soon as the loss has stopped falling.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let report = svi.run_with(100_000, RunOptions::default().averages(false).progress(false))?;
    /// assert!(report.converged && report.steps < 100_000);
    /// # use ppl_runtime::RunOptions;
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn averages(mut self, averages: bool) -> Self {
        self.averages = averages;
        self
    }

    /// Says whether a bar shows the progress (it does by default); it is shown on a terminal only.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::RunOptions;
    ///
    /// assert!(format!("{:?}", RunOptions::default().progress(false)).contains("progress: false"));
    /// ```
    #[must_use]
    pub fn progress(mut self, shown: bool) -> Self {
        self.progress = shown;
        self
    }

    /// Calls `callback` after each step with its number, from one, and what it found; `ControlFlow::Break` ends the run.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let stop = |t, _: &ppl_runtime::Step| if t == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    /// assert_eq!(svi.run_with(100, RunOptions::default().on_step(stop))?.steps, 7);
    /// # use ppl_runtime::RunOptions;
    /// # use std::ops::ControlFlow;
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn on_step(mut self, callback: impl FnMut(u64, &Step) -> ControlFlow<()> + 'a) -> Self {
        self.callback = Some(Box::new(callback));
        self
    }

    fn check(&self) -> Result<(), String> {
        if self.window == 0 {
            return Err("the window must be at least 1 step, got 0".to_owned());
        }
        if self.patience == 0 {
            return Err("the patience must be at least 1, got 0".to_owned());
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            return Err(format!("the tolerance must be positive and finite, got {}", self.tolerance));
        }
        Ok(())
    }
}

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

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Takes up to `steps` steps, until neither the loss nor the precision of the parameters asks for more.
    ///
    /// The run has two stages.
    ///
    /// 1. *Descent*, with the session's optimiser. Every hundred steps (later every twentieth part of the steps so far),
    ///    the mean loss of the last quarter of the steps is compared with that of the third quarter. The loss has stopped
    ///    falling when at five looks in a row the fall is below its standard error, which accounts for correlated steps
    ///    and leaves out a drift within either quarter. Where the loss is too noisy for that, the parameters may still show
    ///    that they are under way: if one of them has gone further since than steps without a direction would take it, the
    ///    descent goes on.
    /// 2. *Averaging*. Each parameter has a step length of its own, measured on the optimiser's last steps and then held
    ///    but for a slow decrease, and what the run leaves is the average of the iterates. Such steps rest where the
    ///    expected gradient vanishes; those of an adaptive rule do not, because their length looks at the gradient of the
    ///    moment. The run ends when every parameter's average has a standard error below the tolerance.
    ///
    /// If the steps run out in the first stage, the parameters are the last ones of the optimiser. A learning rate that
    /// falls to nothing within `steps` steps fits in with this: the second stage has then little left to do.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step), with the parameters as they were before the step that failed; also if `steps` is zero.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let report = svi.run(10_000)?;
    /// assert!(report.converged, "{report}");
    /// // The evidence is B(9, 4) / B(2, 2) = 1 / 330, and the guide can be exact.
    /// assert!((report.loss - 330f64.ln()).abs() < 5.0 * report.standard_error, "{report}");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Polyak and Juditsky (1992), Acceleration of stochastic approximation by averaging. Dhaka et al. (2020), Robust,
    /// accurate stochastic optimization for variational inference, <https://arxiv.org/abs/2009.00666>, has a like
    /// division into stages, with other tests.
    pub fn run(&mut self, steps: u64) -> Result<Report, Error> {
        self.run_with(steps, RunOptions::default())
    }

    /// Takes up to `steps` steps as [`run`](Svi::run) does, with other options.
    ///
    /// # Errors
    ///
    /// As [`run`](Svi::run); also if an option cannot be used.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let rough = svi.run_with(1_000_000, RunOptions::default().tolerance(0.05).progress(false))?;
    /// assert!(rough.converged && rough.steps < 20_000 && rough.precision <= 0.05);
    /// let error = svi.run_with(10, RunOptions::default().tolerance(-1.0)).unwrap_err();
    /// assert_eq!(error.to_string(), "the tolerance must be positive and finite, got -1");
    /// # use ppl_runtime::RunOptions;
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn run_with(&mut self, steps: u64, options: RunOptions<'_>) -> Result<Report, Error> {
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
    ) -> Result<Option<Lengths<M::Element>>, Error> {
        let (mut next_look, mut stalls) = (window, 0);
        let mut stalled_at = (0, Vec::new());
        while watch.goes_on() {
            let step = self.step()?;
            losses.push(step.loss);
            watch.count(&step);
            if watch.taken < next_look {
                continue;
            }
            next_look = watch.taken + window.max(watch.taken / 20);
            stalls = if losses.stalled() == Some(true) { stalls + 1 } else { 0 };
            if stalls == 1 {
                stalled_at = (watch.taken, self.run.params.values.clone());
            }
            if stalls >= patience {
                let Some(lengths) = self.measure(watch, losses, 2 * window)? else { break };
                let steps = watch.taken - stalled_at.0;
                if !lengths.under_way(&stalled_at.1, &self.run.params.values, steps) {
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
    ) -> Result<Option<Lengths<M::Element>>, Error> {
        let mut lengths = Lengths::default();
        for _ in 0..steps {
            if !watch.goes_on() {
                return Ok(None);
            }
            lengths.before(&self.run.params.values);
            let step = self.step()?;
            lengths.after(&self.rows, &self.gradient, &self.run.params.values);
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
        lengths: &Lengths<M::Element>,
        window: u64,
        tolerance: f64,
        descended: Smoothed,
    ) -> Result<f64, Error> {
        let mut polish = Polish::new(lengths, &self.run.params.values);
        let mut restarts = 0;
        let mut recent = Losses::new(window / 10);
        let mut since = 0;
        while watch.goes_on() {
            let step = match self.record() {
                Ok(step) => step,
                // Steps that are too long end where nothing is finite; a fault of the programs comes again.
                Err(_) if restarts < RESTARTS => {
                    restarts += 1;
                    self.run.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                    (recent, since) = (Losses::new(window / 10), 0);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if self.run.params.values.len() != polish.start.len() {
                // A parameter that the descent has not seen: there is no length for it.
                self.apply(step)?;
                watch.count(&step);
                return Ok(f64::NAN);
            }
            self.collect_gradient()?;
            polish.update(&self.rows, &self.gradient, &mut self.run.params.values);
            losses.push(step.loss);
            recent.push(step.loss);
            watch.count(&step);
            since += 1;
            if since >= 4 * window {
                let now = recent.smoothed();
                let worse = now.mean - descended.mean > 6.0 * now.error.hypot(descended.error);
                if worse && restarts < RESTARTS {
                    restarts += 1;
                    self.run.params.values.copy_from_slice(&polish.start);
                    polish.restart();
                }
                (recent, since) = (Losses::new(window / 10), 0);
            }
            if polish.at_batch() && polish.precision() <= tolerance && losses.stalled() == Some(true) {
                break;
            }
        }
        polish.finish_into(&mut self.run.params.values);
        Ok(polish.precision())
    }
}
