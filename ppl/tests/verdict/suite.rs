//! What a program of the suite is, how it is run, and the two rates by which the rule is judged.

use ppl::prelude::*;
use ppl::{Evaluation, FitGuide, Fitted, Guide, GuidedBy, Model, Report, RunOptions};

/// A converged run may be this far above the best long run, in nats, and three standard errors.
pub const NEAR: f64 = 0.05;

/// How a program is run.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// As a user runs it: up to so many steps with Adam at a rate of 0.01, or those that a fit chooses.
    Judged { steps: u64, seed: u64 },
    /// So many steps from the same first values, at a rate that falls like a cosine.
    Long { steps: u64, seed: u64, rate: f64 },
}

/// What a run said, and the loss where it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub report: Option<Report>,
    pub found: Evaluation,
}

/// A program of the suite.
pub struct Program {
    pub name: &'static str,
    /// The loss of the best long run, and its standard error.
    pub best: (f64, f64),
    pub run: fn(How) -> Outcome,
}

impl How {
    fn seed(self) -> u64 {
        let (How::Judged { seed, .. } | How::Long { seed, .. }) = self;
        seed
    }

    fn adam(self) -> Adam {
        match self {
            How::Judged { .. } => Adam::new(0.01),
            How::Long { steps, rate, .. } => Adam::new(Schedule::cosine(rate, steps)),
        }
    }

    /// Runs a session that is written by hand.
    pub fn session<M, G>(self, model: M, guide: G, draws: usize) -> Outcome
    where
        M: Model<Element = f64>,
        M::Sites: GuidedBy<G::Sites>,
        G: Guide<Element = f64>,
    {
        let mut svi = Svi::new(model, guide, Elbo::default(), self.adam()).seed(self.seed());
        let report = match self {
            How::Judged { steps, .. } => {
                Some(svi.run_with(steps, RunOptions::default().progress(false)).unwrap())
            }
            How::Long { steps, .. } => {
                (0..steps).for_each(|_| {
                    svi.step().unwrap();
                });
                None
            }
        };
        Outcome { report, found: svi.evaluate(draws).unwrap() }
    }

    /// Runs a fit; one that is long goes on from where the fit begins, with averages that are as precise as its steps allow.
    pub fn fit<M, G>(self, model: M, guide: G, draws: usize) -> Outcome
    where
        M: Model<Element = f64>,
        G: FitGuide<f64>,
        M::Sites: GuidedBy<<G::Guide as Guide>::Sites>,
    {
        let run = |steps: u64, rate: f64| -> Fitted<M, G::Guide> {
            fit(model).guide(guide).seed(self.seed()).steps(steps).rate(rate).draws(100).run().unwrap()
        };
        match self {
            How::Judged { steps, .. } => {
                let fitted = run(steps, 0.02);
                let report = Some(fitted.outcome().clone());
                Outcome { report, found: fitted.into_svi().evaluate(draws).unwrap() }
            }
            How::Long { steps, rate, .. } => {
                let mut svi = run(1, rate).into_svi();
                let options = RunOptions::default().progress(false).tolerance(1e-9);
                svi.run_with(steps, options).unwrap();
                Outcome { report: None, found: svi.evaluate(draws).unwrap() }
            }
        }
    }
}

/// A run of a program beside its best long run.
pub struct Judged {
    pub name: &'static str,
    pub report: Report,
    /// By how much its loss exceeds the best one, and three standard errors of that.
    pub gap: f64,
    pub noise: f64,
}

impl Judged {
    pub fn is_near(&self) -> bool {
        self.gap <= NEAR + self.noise
    }

    pub fn is_wrong(&self) -> bool {
        self.report.converged && !self.is_near()
    }
}

impl Program {
    pub fn judge(&self, steps: u64, seed: u64) -> Judged {
        let started = std::time::Instant::now();
        let Outcome { report, found } = (self.run)(How::Judged { steps, seed });
        let (best, error) = self.best;
        let (gap, noise) = (found.loss - best, 3.0 * found.standard_error.hypot(error));
        let judged = Judged { name: self.name, report: report.expect("a judged run"), gap, noise };
        let mark = match (judged.is_wrong(), judged.is_near(), judged.report.converged) {
            (true, ..) => "WRONG",
            (_, true, false) => "near, and not said",
            (_, true, true) => "",
            (_, false, _) => "far",
        };
        let seconds = started.elapsed().as_secs_f64();
        println!("{:<22} {seconds:>5.1} s  {gap:+.4} ({noise:.4})  {mark:<18}  {}", self.name, judged.report);
        judged
    }
}

/// The two rates: of the runs called converged those that are near, and of those that are near the ones called converged.
pub fn rates(judged: &[Judged]) -> (f64, f64) {
    let count = |of: &dyn Fn(&Judged) -> bool| judged.iter().filter(|run| of(run)).count() as f64;
    let (said, near) = (count(&|run| run.report.converged), count(&Judged::is_near));
    let both = count(&|run| run.report.converged && run.is_near());
    (both / said, both / near)
}

/// Returns the least loss of long runs from the same first values.
pub fn best_of_long_runs(program: &Program, steps: u64, seed: u64) -> (f64, f64) {
    let runs = [0.03, 0.01, 0.003].map(|rate| (program.run)(How::Long { steps, seed, rate }).found);
    let losses = runs.iter().map(|run| format!("{:.4} ± {:.4}", run.loss, run.standard_error));
    let best = runs.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)).expect("three runs");
    println!(
        "{:<22} ({:.4}, {:.4})   of {}",
        program.name,
        best.loss,
        best.standard_error,
        losses.collect::<Vec<_>>().join(", ")
    );
    (best.loss, best.standard_error)
}

/// Writes a program of the suite down: its name, the best long run, the draws of an evaluation, and how it is run.
macro_rules! program {
    ($name:literal, $best:expr, |$how:ident| $body:expr) => {
        Program { name: $name, best: $best, run: |$how: How| -> Outcome { $body } }
    };
}
pub(crate) use program;
