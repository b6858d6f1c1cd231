//! One chain of `nuts-rs`: a target in its terms, and its statistics in ours.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use nuts_rs::{
    Chain as _, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError,
    LowRankNutsSettings, Settings,
};
use rand::Rng;

use super::{DrawStatistics, Metric, Nuts};
use crate::error::SamplerError;
use crate::random::Generator;
use crate::target::{Target, TargetError, evaluate};

/// A chain with either metric.
pub(super) enum Sampler<'a> {
    Diagonal(Box<<DiagNutsSettings as Settings>::Chain<CpuMath<Density<'a>>>>),
    LowRank(Box<<LowRankNutsSettings as Settings>::Chain<CpuMath<Density<'a>>>>),
}

/// A sampler at work on a target.
pub(super) struct RunningChain<'a> {
    sampler: Sampler<'a>,
    number: usize,
    /// The target's fatal error, which `nuts-rs` would hand on as text.
    fatal: Rc<RefCell<Option<TargetError>>>,
    /// The step size by which the next draw is made; nothing before the first.
    step_size: Option<f64>,
}

/// A target in the terms of `nuts-rs`.
pub(super) struct Density<'a> {
    target: &'a mut dyn Target,
    fatal: Rc<RefCell<Option<TargetError>>>,
}

/// An evaluation that failed, for `nuts-rs`, which asks no more than whether it may go on.
#[derive(Debug, thiserror::Error)]
#[error("the log-density cannot be evaluated")]
pub(super) struct Failure {
    recoverable: bool,
}

impl LogpError for Failure {
    fn is_recoverable(&self) -> bool {
        self.recoverable
    }
}

impl HasDims for Density<'_> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_owned(), self.target.dim() as u64)])
    }
}

impl CpuLogpFunc for Density<'_> {
    type LogpError = Failure;
    type FlowParameters = ();
    type ExpandedVector = ();

    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn logp(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, Failure> {
        match evaluate(self.target, position, gradient) {
            Ok(log_density) => {
                // It refuses to begin where an element of the gradient is nought, as it is at a mode. The smallest number moves nothing.
                for g in gradient.iter_mut().filter(|g| **g == 0.0) {
                    *g = f64::MIN_POSITIVE;
                }
                Ok(log_density)
            }
            Err(error) => {
                let recoverable = error.is_recoverable();
                if !recoverable {
                    *self.fatal.borrow_mut() = Some(error);
                }
                Err(Failure { recoverable })
            }
        }
    }

    fn expand_vector<R: Rng + ?Sized>(&mut self, _: &mut R, _: &[f64]) -> Result<(), CpuMathError> {
        Ok(())
    }
}

/// A draw and its statistics, from either type of chain.
macro_rules! next_draw {
    ($chain:expr, $step_size:expr) => {{
        let (position, _, stats, progress) = $chain.expanded_draw().map_err(|error| error.to_string())?;
        let statistics = DrawStatistics {
            log_density: stats.point.logp,
            divergent: progress.diverging,
            depth: stats.depth as usize,
            max_depth_reached: stats.maxdepth_reached,
            gradients: progress.num_gradients as usize,
            step_size: $step_size.unwrap_or(stats.adapt.step_size.step_size_bar),
            energy: stats.point.energy,
            acceptance: stats.adapt.step_size.mean_tree_accept,
        };
        Ok((position, statistics, progress.step_size))
    }};
}

impl<'a> RunningChain<'a> {
    pub(super) fn new(
        settings: &Nuts,
        number: usize,
        target: &'a mut dyn Target,
        start: &[f64],
        rng: &mut Generator,
    ) -> Result<RunningChain<'a>, SamplerError> {
        let fatal = Rc::new(RefCell::new(None));
        let density = CpuMath::new(Density { target, fatal: Rc::clone(&fatal) });
        let begun = match settings.metric {
            Metric::Diagonal => {
                let theirs = settings.diagonal();
                theirs.new_chain(number as u64, density, rng).and_then(|mut chain| {
                    chain.set_position(start)?;
                    Ok(Sampler::Diagonal(Box::new(chain)))
                })
            }
            Metric::LowRank => {
                let theirs = settings.low_rank();
                theirs.new_chain(number as u64, density, rng).and_then(|mut chain| {
                    chain.set_position(start)?;
                    Ok(Sampler::LowRank(Box::new(chain)))
                })
            }
        };
        match begun {
            Ok(sampler) => Ok(RunningChain { sampler, number, fatal, step_size: None }),
            Err(error) => Err(failure(&fatal, number, error.to_string())),
        }
    }

    /// The next draw with its statistics.
    pub(super) fn next(&mut self) -> Result<(Box<[f64]>, DrawStatistics), SamplerError> {
        match self.draw() {
            Ok((position, statistics, next_step_size)) => {
                self.step_size = Some(next_step_size);
                Ok((position, statistics))
            }
            Err(message) => Err(failure(&self.fatal, self.number, message)),
        }
    }

    fn draw(&mut self) -> Result<(Box<[f64]>, DrawStatistics, f64), String> {
        match &mut self.sampler {
            Sampler::Diagonal(chain) => next_draw!(chain, self.step_size),
            Sampler::LowRank(chain) => next_draw!(chain, self.step_size),
        }
    }
}

fn failure(fatal: &RefCell<Option<TargetError>>, chain: usize, message: String) -> SamplerError {
    match fatal.take() {
        Some(error) => SamplerError::Target(error),
        None => SamplerError::Engine { chain, message },
    }
}
