//! Runs of many steps, which stop when there is nothing left to gain.

use super::report::Report;
use super::session::Svi;
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::{Objective, Step};
use crate::optim::Optimiser;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use std::fmt;
use std::ops::ControlFlow;

pub(super) type Callback<'a> = Box<dyn FnMut(u64, &Step) -> ControlFlow<()> + 'a>;

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
    pub(super) window: u64,
    pub(super) patience: u32,
    pub(super) tolerance: Option<f64>,
    pub(super) averages: bool,
    pub(super) progress: bool,
    pub(super) callback: Option<Callback<'a>>,
}

impl Default for RunOptions<'_> {
    fn default() -> Self {
        RunOptions {
            window: 100,
            patience: 5,
            tolerance: None,
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

    /// Sets the standard error that every averaged parameter shall reach, in units of its own scale; by default it is enough that next to nothing
    /// is left to gain.
    ///
    /// # Units
    ///
    /// The scale of a parameter is the change of it that costs half a nat. For the location of a normal proposal that is its
    /// deviation, where the guide fits; for the logarithm of a scale it is about 0.7. It does not depend on the units of the
    /// data, nor on how a support is mapped to the real line.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::RunOptions;
    ///
    /// assert!(format!("{:?}", RunOptions::default().tolerance(0.01)).contains("tolerance: Some(0.01)"));
    /// ```
    #[must_use]
    pub fn tolerance(mut self, error: f64) -> Self {
        self.tolerance = Some(error);
        self
    }

    /// Says whether the run ends with averaged parameters (it does by default); else it stops with the optimiser's own
    /// as soon as the loss has stopped falling and the last iterate costs no more than 0.02 nats more than the mean of the last
    /// ones, which steps of a constant length may never reach.
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

    pub(super) fn check(&self) -> Result<(), String> {
        if self.window == 0 {
            return Err("the window must be at least 1 step, got 0".to_owned());
        }
        if self.patience == 0 {
            return Err("the patience must be at least 1, got 0".to_owned());
        }
        if let Some(tolerance) = self.tolerance.filter(|&t| !(t > 0.0 && t.is_finite())) {
            return Err(format!("the tolerance must be positive and finite, got {tolerance}"));
        }
        Ok(())
    }
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
    /// The run has two stages, which may alternate.
    ///
    /// 1. *Descent*, with the session's optimiser. Every hundred steps (later every twentieth part of the steps so far),
    ///    the mean loss of the last quarter of the steps is compared with that of the third quarter. The loss has stopped
    ///    falling when at five looks in a row the fall is below its standard error, which accounts for correlated steps
    ///    and leaves out a drift within either quarter. Where the loss is too noisy for that, the parameters may still show
    ///    that they are under way: if one of them has gone further since than steps without a direction would take it, or if
    ///    the way between the means of two windows of iterates leads on to a lower loss, the descent goes on.
    /// 2. *Averaging*. Each parameter has a step length of its own, measured on the optimiser's last steps and then held
    ///    but for a slow decrease, and what the run leaves is the average of the iterates. Such steps rest where the
    ///    expected gradient vanishes; those of an adaptive rule do not, because their length looks at the gradient of the
    ///    moment. The windows of this stage are each twice as long as the last. If the means of two of them lead on to a lower
    ///    loss, the descent was over too early: it begins again, and takes at least twice the steps.
    ///
    /// The run has *converged*, and ends, when
    ///
    /// - the means of the last window and of the one before cost at most 0.02 nats more than the average of both;
    /// - nothing lower lies on the line through these means, beyond the later one;
    /// - at most 0.02 nats are left to gain at the average, sure to two standard errors: half of `g H^-1 g`, where the gradient `g` is the mean
    ///   of as many fresh draws as the window has steps, or of 8,192, and the curvature `H` is what a descent of the loss on few draws, which
    ///   stay the same, has shown;
    /// - the end of that descent has no lower loss on other draws, nor has the way to it;
    /// - where a [tolerance](RunOptions::tolerance) is set, every parameter's average has a standard error below it, in units of its scale.
    ///
    /// Where draws that stay the same give no smooth loss (discrete draws of the guide, concrete sites, wake-sleep), and of more than 2,000
    /// parameters, the place of the third and fourth condition is taken by the last, with a tolerance of 0.02 if none is set, and by one more: the
    /// window is long beside what the iterates remember, so that R-hat of its halves is expected to be at most 1.1. Gradients of the third and fourth count
    /// as no steps, and change nothing that later steps draw; they take about as much time as the steps of a window.
    ///
    /// Otherwise the verdict is *unstable*, with the reason: the losses have no variance, they rise, the parameters swing further than their own
    /// scales, or the loss falls without end. Or it is *still improving*, by how much a step.
    ///
    /// Losses are compared by common random numbers: the same draws at both places. A difference is then as noisy as the places
    /// are far apart; and being in nats it is relative to the scales that the guide itself has, whatever its parameters.
    ///
    /// If the steps run out before, what is left is still an average: of half of the last descent or of less, or of the last
    /// windows of the averages, whichever has the lowest loss; after fewer than 320 steps it is the last iterate. A learning
    /// rate that falls to nothing within `steps` steps fits in with this.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step), with the parameters as they were before the step that failed; also if `steps` is zero.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let report = svi.run(100_000)?;
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
    /// division into stages, with R-hat of windows of iterates and Monte Carlo standard errors of their average. Welandawe
    /// et al. (2022), A framework for improving the reliability of black-box variational inference,
    /// <https://arxiv.org/abs/2203.15945>, compares successive averages by their symmetrised divergence, which is closed for
    /// normal guides; here it is the difference of losses, which every guide has. Yaida (2019), Fluctuation-dissipation
    /// relations for stochastic gradient descent, <https://arxiv.org/abs/1810.00004>: the first of them gives the scales. Giordano, Ingram and
    /// Broderick (2024), Black box variational inference with a deterministic objective, <https://arxiv.org/abs/2304.05527>, descends on draws
    /// that stay the same.
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
        M::Element::run(self.fit(), steps, options)
    }
}
