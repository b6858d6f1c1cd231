//! Targets that cannot be evaluated, and settings that cannot be.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

use ppl_samplers::{Laplace, Map, Pathfinder, SamplerError, Target, TargetError};

use crate::kit::{EightSchools, Function};

/// A normal that stops for good at an evaluation.
pub struct Stopping<'a> {
    pub left: &'a AtomicUsize,
}

#[derive(Debug, thiserror::Error)]
#[error("the file is gone")]
struct Gone;

impl Target for Stopping<'_> {
    fn dim(&self) -> usize {
        2
    }
    fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            return Err(TargetError::fatal(Gone));
        }
        gradient.copy_from_slice(&[-x[0], -x[1]]);
        Ok(-0.5 * (x[0] * x[0] + x[1] * x[1]))
    }
}

/// That an error is the one of [`Stopping`], with its source.
#[track_caller]
pub fn assert_stopped<R: std::fmt::Debug>(result: Result<R, SamplerError>) {
    let error = result.unwrap_err();
    let source = error.source().and_then(Error::source);
    assert!(source.is_some_and(|source| source.is::<Gone>()), "{error:?}");
    assert_eq!(error.to_string(), "the log-density cannot be evaluated any more: the file is gone");
}

#[test]
fn a_fatal_error_stops_every_engine() {
    for evaluations in [0, 1, 2, 5] {
        let left = AtomicUsize::new(evaluations);
        assert_stopped(Map::new().run(&mut Stopping { left: &left }));
        left.store(evaluations, Ordering::Relaxed);
        assert_stopped(Laplace::at(&mut Stopping { left: &left }, &[0.0; 2]));
        left.store(evaluations, Ordering::Relaxed);
        assert_stopped(Pathfinder::new().run(|| Stopping { left: &left }));
    }
}

#[test]
fn without_a_finite_start_the_reason_is_told() {
    let outside = || Function(2, |_: &[f64], _: &mut [f64]| f64::NEG_INFINITY);
    let error = Map::new().run(&mut outside()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the log-density is finite at none of 100 initial points drawn from uniform(-2, 2); the best value was -inf, \
         the last reason: the log-density is -inf"
    );
    assert!(matches!(Pathfinder::new().run(outside), Err(SamplerError::NoStart { .. })));
    let mut steep = Function(1, |_: &[f64], g: &mut [f64]| {
        g[0] = f64::NAN;
        3.5
    });
    match Map::new().run(&mut steep).unwrap_err() {
        SamplerError::NoStart { tries: 100, best, reason } => {
            assert_eq!((best, reason.as_str()), (3.5, "element 0 of the gradient is NaN"));
        }
        error => panic!("{error}"),
    }
    let error = Map::new().start([1.0]).run(&mut steep).unwrap_err();
    assert!(matches!(error, SamplerError::OutsideAtStart { .. }), "{error}");
    // One point in fifty is inside.
    let mut rare = Function(1, |x: &[f64], g: &mut [f64]| {
        g[0] = -x[0];
        if x[0] < 1.92 { f64::NEG_INFINITY } else { -0.5 * x[0] * x[0] }
    });
    assert!(Map::new().seed(1).run(&mut rare).is_ok());
}

#[test]
fn wrong_settings_are_refused() {
    let setting = |error: SamplerError| match error {
        SamplerError::Setting { setting, .. } => setting,
        error => panic!("{error}"),
    };
    assert_eq!(setting(Map::new().memory(0).run(&mut EightSchools).unwrap_err()), "memory");
    assert_eq!(setting(Map::new().max_iterations(0).run(&mut EightSchools).unwrap_err()), "max_iterations");
    assert_eq!(setting(Map::new().tolerance(f64::NAN).run(&mut EightSchools).unwrap_err()), "tolerance");
    assert_eq!(setting(Map::new().jitter(-1.0).run(&mut EightSchools).unwrap_err()), "jitter");
    assert_eq!(setting(Pathfinder::new().paths(0).run(|| EightSchools).unwrap_err()), "paths");
    assert_eq!(setting(Pathfinder::new().elbo_draws(0).run(|| EightSchools).unwrap_err()), "elbo_draws");
    let length = |error: SamplerError| match error {
        SamplerError::Length { expected, found, .. } => (expected, found),
        error => panic!("{error}"),
    };
    assert_eq!(length(Map::new().start([0.0; 9]).run(&mut EightSchools).unwrap_err()), (10, 9));
    assert_eq!(length(Laplace::at(&mut EightSchools, &[0.0; 3]).unwrap_err()), (10, 3));
    let starts = vec![vec![0.0; 10]; 3];
    assert_eq!(length(Pathfinder::new().starts(starts).run(|| EightSchools).unwrap_err()), (4, 3));
}

#[test]
fn an_empty_vector_has_a_mode_and_a_normal() {
    let mut nothing = Function(0, |_: &[f64], _: &mut [f64]| 1.5);
    let mode = Map::new().run(&mut nothing).unwrap();
    let laplace = Laplace::at(&mut nothing, &mode.position).unwrap();
    assert_eq!((mode.log_density, laplace.log_evidence()), (1.5, 1.5));
    assert_eq!(laplace.draws(3, 0).log_q(), [0.0; 3]);
    assert!(matches!(
        Pathfinder::new().run_single(&mut nothing),
        Err(SamplerError::NoPathNormal { points: 0 })
    ));
}
