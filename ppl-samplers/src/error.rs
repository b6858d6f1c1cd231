//! What can go wrong in an engine.

use crate::target::TargetError;

/// Why an engine has no answer.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Map, SamplerError, Target, TargetError};
///
/// struct Nowhere;
///
/// impl Target for Nowhere {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn log_density_and_gradient(&mut self, _: &[f64], _: &mut [f64]) -> Result<f64, TargetError> {
///         Ok(f64::NEG_INFINITY)
///     }
/// }
///
/// let error = Map::new().run(&mut Nowhere).unwrap_err();
/// assert!(matches!(error, SamplerError::NoStart { tries: 100, .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// The target stopped the engine.
    #[error("the log-density cannot be evaluated any more: {0}")]
    Target(#[source] TargetError),
    /// No point was found at which the log-density and its gradient are finite.
    #[error(
        "the log-density is finite at none of {tries} initial points drawn from uniform(-2, 2); the best \
         value was {best}, the last reason: {reason}"
    )]
    NoStart {
        /// How many points were tried.
        tries: usize,
        /// The greatest log-density that was found (not a number where there was none), natural log.
        best: f64,
        /// Why the last of them was refused.
        reason: String,
    },
    /// The log-density or its gradient is not finite at the point that was handed in.
    #[error("the log-density cannot be evaluated at the point that was given: {reason}")]
    OutsideAtStart {
        /// What is not finite.
        reason: String,
    },
    /// A vector or a list has another length than the target or the settings ask for.
    #[error("expected {what} of length {expected}, found {found}")]
    Length {
        /// What was handed in.
        what: &'static str,
        /// The length that it must have.
        expected: usize,
        /// The length that it has.
        found: usize,
    },
    /// A setting has a value with which the engine cannot work.
    #[error("{setting} must be {expected}, got {found}")]
    Setting {
        /// The name of the setting.
        setting: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
    /// The log-density does not fall off along a direction, so that there is no normal at this point.
    #[error(
        "the negative Hessian is not positive definite: its correlation form has the eigenvalue \
         {eigenvalue:.3e}, along coordinates {coordinates:?}"
    )]
    NotPositiveDefinite {
        /// The coordinates that move most along the direction, in ascending order.
        coordinates: Vec<usize>,
        /// The smallest eigenvalue of the negative Hessian after each coordinate is scaled to curvature one; the curvature itself where it is
        /// not positive on a coordinate alone.
        eigenvalue: f64,
    },
    /// The log-density is not finite next to a point, however small the step.
    #[error(
        "the log-density is not finite next to the point along coordinate {coordinate}, so that it has no Hessian"
    )]
    NoHessian {
        /// The coordinate that was moved.
        coordinate: usize,
    },
    /// No point of a path gave a normal with a finite evidence bound.
    #[error("none of the {points} points of the path gives a normal with a finite evidence lower bound")]
    NoPathNormal {
        /// How many points the path has.
        points: usize,
    },
    /// All importance weights are zero, or one is not a number.
    #[error("the log-weights cannot be normalised: {reason}")]
    Weights {
        /// What is wrong with them.
        reason: String,
    },
    /// The library behind an engine failed for a reason of its own.
    #[error("the sampler failed in chain {chain}: {message}")]
    Engine {
        /// The chain.
        chain: usize,
        /// What the library says.
        message: String,
    },
}

impl From<TargetError> for SamplerError {
    fn from(error: TargetError) -> SamplerError {
        SamplerError::Target(error)
    }
}

/// Refuses a setting that is not a positive, finite number.
pub(crate) fn check_positive(setting: &'static str, found: f64) -> Result<(), SamplerError> {
    if found > 0.0 && found.is_finite() {
        return Ok(());
    }
    Err(SamplerError::Setting { setting, expected: "positive and finite", found })
}

/// Refuses a count of nought.
pub(crate) fn check_count(setting: &'static str, found: usize) -> Result<(), SamplerError> {
    if found > 0 {
        return Ok(());
    }
    Err(SamplerError::Setting { setting, expected: "at least 1", found: 0.0 })
}
