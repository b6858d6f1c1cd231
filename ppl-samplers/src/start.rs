//! Where an engine begins: a point that was handed in, or one drawn until the log-density is finite.

use rand::RngExt;

use crate::error::SamplerError;
use crate::random::Generator;
use crate::target::{Target, TargetError, evaluate};

/// How many points are tried before an engine gives up, as in Stan (2024), reference manual, section *Initialization*.
const TRIES: usize = 100;

/// The given point if it is one, else a point drawn from uniform(-2, 2) in each coordinate at which all is finite.
pub(crate) fn find_start(
    target: &mut dyn Target,
    given: Option<&[f64]>,
    rng: &mut Generator,
) -> Result<Vec<f64>, SamplerError> {
    match given {
        Some(point) => check_start(target, point),
        None => draw_start(target, rng),
    }
}

fn check_start(target: &mut dyn Target, point: &[f64]) -> Result<Vec<f64>, SamplerError> {
    let dim = target.dim();
    if point.len() != dim {
        return Err(SamplerError::Length { what: "an initial point", expected: dim, found: point.len() });
    }
    match evaluate(target, point, &mut vec![0.0; dim]) {
        Ok(_) => Ok(point.to_vec()),
        Err(TargetError::Outside(reason)) => {
            Err(SamplerError::OutsideAtStart { reason: reason.into_owned() })
        }
        Err(error) => Err(error.into()),
    }
}

fn draw_start(target: &mut dyn Target, rng: &mut Generator) -> Result<Vec<f64>, SamplerError> {
    let mut gradient = vec![0.0; target.dim()];
    let mut best = f64::NAN;
    let mut last = String::new();
    for _ in 0..TRIES {
        let point: Vec<f64> = gradient.iter().map(|_| rng.random_range(-2.0..2.0)).collect();
        // Not by `evaluate`, so that the value is known where the gradient alone is not finite.
        match target.log_density_and_gradient(&point, &mut gradient) {
            Ok(value) if value.is_finite() && gradient.iter().all(|g| g.is_finite()) => {
                return Ok(point);
            }
            Ok(value) => {
                best = best.max(value);
                last = match gradient.iter().position(|g| !g.is_finite()) {
                    Some(i) if value.is_finite() => format!("element {i} of the gradient is {}", gradient[i]),
                    _ => format!("the log-density is {value}"),
                };
            }
            Err(TargetError::Outside(reason)) => last = reason.into_owned(),
            Err(error) => return Err(error.into()),
        }
    }
    Err(SamplerError::NoStart { tries: TRIES, best, reason: last })
}
