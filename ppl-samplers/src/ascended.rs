//! The end of an ascent, with what its path has shown of the curvature.

use crate::lbfgs::{End, Lbfgs, Memory};
use crate::line_search::Point;
use crate::target::{Target, TargetError};

/// Where an ascent of a log-density ended, and the inverse of the negative Hessian as its steps have shown it.
#[doc(hidden)]
pub struct Ascended {
    pub position: Vec<f64>,
    pub log_density: f64,
    /// Whether a further step promised less than the tolerance.
    pub has_converged: bool,
    /// The log-density of each point on the way.
    pub trail: Vec<f64>,
    memory: Memory,
}

impl Ascended {
    /// Climbs from a position, for so many iterations at most, until a step promises less than so many nats; nothing if the
    /// density is zero where it begins.
    ///
    /// # Errors
    ///
    /// Fatal ones of the target.
    pub fn from(
        target: &mut dyn Target,
        position: Vec<f64>,
        max_iterations: usize,
        tolerance: f64,
    ) -> Result<Option<Ascended>, TargetError> {
        let mut gradient = vec![0.0; position.len()];
        let log_density = match target.log_density_and_gradient(&position, &mut gradient) {
            Ok(log_density) => log_density,
            Err(error) if error.is_recoverable() => return Ok(None),
            Err(error) => return Err(error),
        };
        let start = Point { position, log_density, gradient };
        let mut memory = Memory::new(max_iterations);
        let mut before: Option<Point> = None;
        let mut trail = Vec::new();
        let settings = Lbfgs { memory: max_iterations, max_iterations, tolerance };
        let ascent = settings.ascend(target, start, &mut |point| {
            if let Some(before) = &before {
                memory.push(before, point);
            }
            trail.push(point.log_density);
            before = Some(point.clone());
        })?;
        let Point { position, log_density, .. } = ascent.point;
        let has_converged = ascent.end == End::Converged;
        Ok(Some(Ascended { position, log_density, has_converged, trail, memory }))
    }

    /// Returns the inverse of the negative Hessian times a vector.
    pub fn inverse_hessian_times(&self, vector: &[f64]) -> Vec<f64> {
        self.memory.times(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A normal density with precisions that differ by a factor of ten thousand.
    struct Normal;

    const PRECISIONS: [f64; 3] = [100.0, 1.0, 0.01];

    impl Target for Normal {
        fn dim(&self) -> usize {
            3
        }

        fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
            let mut log_density = 0.0;
            for k in 0..3 {
                gradient[k] = -PRECISIONS[k] * (x[k] - 1.0);
                log_density += 0.5 * gradient[k] * (x[k] - 1.0);
            }
            Ok(log_density)
        }
    }

    #[test]
    fn the_path_shows_the_curvature() {
        let ascended = Ascended::from(&mut Normal, vec![0.0, 3.0, 40.0], 50, 1e-9).unwrap().unwrap();
        assert!(ascended.has_converged && ascended.log_density > -1e-6);
        assert!(ascended.trail.is_sorted() && ascended.trail.last() == Some(&ascended.log_density));
        assert!(ascended.position.iter().zip([1e-3, 1e-3, 0.02]).all(|(x, near)| (x - 1.0).abs() < near));
        let found = ascended.inverse_hessian_times(&[1.0, 1.0, 1.0]);
        // A few steps of an inexact search show a factor of ten thousand to a tenth: what is left to gain is not asked for to more.
        for k in 0..3 {
            assert!((found[k] * PRECISIONS[k] - 1.0).abs() < 0.1, "{found:?}");
        }
    }
}
