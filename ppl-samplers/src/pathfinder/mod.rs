//! Normals along the paths of L-BFGS, of which the best are drawn from.

mod normal;

use crate::draws::Draws;
use crate::error::{SamplerError, check_count, check_positive};
use crate::lbfgs::Lbfgs;
use crate::line_search::Point;
use crate::random::{Generator, Purpose, stream};
use crate::start::find_start;
use crate::target::{Target, evaluate, evaluate_inside};
use crate::threads::{Make, run_jobs, threads_for};
use normal::{Estimate, PathNormal};

/// Settings of Pathfinder: L-BFGS climbs towards a mode, each point of its path gives a normal, and the one with the greatest evidence lower bound is drawn
/// from.
///
/// Several paths give a mixture, from which [`resample`](crate::resample) chooses by importance weights; smooth them before (Vehtari et al. 2024).
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Pathfinder, Target, TargetError, resample};
///
/// struct Normal;
///
/// impl Target for Normal {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         gradient[0] = 3.0 - x[0];
///         gradient[1] = -x[1] / 4.0;
///         Ok(-0.5 * (x[0] - 3.0).powi(2) - x[1] * x[1] / 8.0)
///     }
/// }
///
/// let found = Pathfinder::new().paths(2).draws(500).run(|| Normal)?;
/// let log_weights: Vec<f64> = found.paths.iter().flat_map(|path| path.log_weights.iter().copied()).collect();
/// let positions: Vec<&[f64]> = found.paths.iter().flat_map(|path| path.draws.iter()).collect();
/// let chosen = resample(&log_weights, 1000, 1)?;
/// let mean = chosen.iter().map(|&i| positions[i][0]).sum::<f64>() / 1000.0;
/// assert!((mean - 3.0).abs() < 0.2);
/// // The log-density lacks no constant but log(4 pi).
/// assert!((found.paths[0].elbo - (4.0 * std::f64::consts::PI).ln()).abs() < 0.1);
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
///
/// # References
///
/// Zhang, Carpenter, Gelman and Vehtari (2022), [Pathfinder: Parallel quasi-Newton variational
/// inference](https://jmlr.org/papers/v23/21-0889.html), algorithms 1 to 4. Deviations: steps enter the estimate where `s^T z > 1e-12 |s| |z|`, which
/// does not depend on units; the thin QR factors serve for all sizes; 25 draws for each bound, and not 5; Pareto smoothing is left to the caller.
#[derive(Debug, Clone)]
#[must_use]
pub struct Pathfinder {
    seed: u64,
    paths: usize,
    threads: Option<usize>,
    draws: usize,
    elbo_draws: usize,
    memory: usize,
    max_iterations: usize,
    tolerance: f64,
    starts: Vec<Vec<f64>>,
}

/// The paths that gave a normal.
///
/// # Examples
///
/// See [`Pathfinder`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Paths {
    /// In the order of their numbers, at least one.
    pub paths: Vec<Path>,
    /// The numbers of the paths that failed, and why; none of these errors is fatal.
    pub failures: Vec<(usize, SamplerError)>,
}

/// The best normal of a path.
///
/// # Examples
///
/// ```
/// # use ppl_samplers::{Pathfinder, Target, TargetError};
/// # struct Normal;
/// # impl Target for Normal {
/// #     fn dim(&self) -> usize { 1 }
/// #     fn log_density_and_gradient(&mut self, x: &[f64], g: &mut [f64]) -> Result<f64, TargetError> {
/// #         g[0] = -x[0];
/// #         Ok(-0.5 * x[0] * x[0])
/// #     }
/// # }
/// let path = Pathfinder::new().run_single(&mut Normal)?;
/// let first = path.draws.iter().next().unwrap();
/// assert!((path.log_density(first)? - path.draws.log_q()[0]).abs() < 1e-12);
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Path {
    /// Draws of the normal, with its log-density.
    pub draws: Draws,
    /// `log p - log q` of each draw, natural log; minus infinity outside.
    pub log_weights: Vec<f64>,
    /// The estimated evidence lower bound, in nats.
    pub elbo: f64,
    /// The iteration of L-BFGS whose normal it is, counted from one.
    pub iteration: usize,
    /// How many iterations the path has.
    pub iterations: usize,
    normal: PathNormal,
}

impl Path {
    /// The normal's mean, `[dim]`.
    pub fn mean(&self) -> &[f64] {
        self.normal.mean()
    }

    /// The normal's covariance matrix, `[dim, dim]`, row-major.
    pub fn covariance(&self) -> Vec<f64> {
        self.normal.covariance()
    }

    /// The normal's log-density at a point, natural log.
    ///
    /// # Errors
    ///
    /// If the point has another length than the mean.
    pub fn log_density(&self, position: &[f64]) -> Result<f64, SamplerError> {
        let expected = self.mean().len();
        if position.len() != expected {
            return Err(SamplerError::Length { what: "a point", expected, found: position.len() });
        }
        Ok(self.normal.log_density(position))
    }
}

impl Default for Pathfinder {
    fn default() -> Pathfinder {
        Pathfinder::new()
    }
}

impl Pathfinder {
    /// The settings' defaults: seed 0, four paths on as many threads as there are cores, 1,000 draws of each, 25 draws for each bound, six
    /// steps of memory, 1,000 iterations, a tolerance of 1e-8 nats, starts drawn from uniform(-2, 2).
    pub fn new() -> Pathfinder {
        Pathfinder {
            seed: 0,
            paths: 4,
            threads: None,
            draws: 1000,
            elbo_draws: 25,
            memory: 6,
            max_iterations: 1000,
            tolerance: 1e-8,
            starts: Vec::new(),
        }
    }

    /// The seed. What a path draws depends on it and on the path's number, not on threads.
    pub fn seed(mut self, seed: u64) -> Pathfinder {
        self.seed = seed;
        self
    }

    /// The number of paths.
    pub fn paths(mut self, paths: usize) -> Pathfinder {
        self.paths = paths;
        self
    }

    /// The number of threads on which paths run.
    pub fn threads(mut self, threads: usize) -> Pathfinder {
        self.threads = Some(threads);
        self
    }

    /// The number of draws from the best normal of each path.
    pub fn draws(mut self, draws: usize) -> Pathfinder {
        self.draws = draws;
        self
    }

    /// The number of draws by which each point's evidence lower bound is estimated.
    pub fn elbo_draws(mut self, draws: usize) -> Pathfinder {
        self.elbo_draws = draws;
        self
    }

    /// How many steps L-BFGS and the estimates of the covariance remember: the rank is at most twice that.
    pub fn memory(mut self, pairs: usize) -> Pathfinder {
        self.memory = pairs;
        self
    }

    /// The greatest number of iterations of a path.
    pub fn max_iterations(mut self, iterations: usize) -> Pathfinder {
        self.max_iterations = iterations;
        self
    }

    /// A path ends when steps promise to raise the log-density by less than so many nats.
    pub fn tolerance(mut self, nats: f64) -> Pathfinder {
        self.tolerance = nats;
        self
    }

    /// Where paths begin, one point for each, `[dim]`.
    pub fn starts(mut self, points: impl Into<Vec<Vec<f64>>>) -> Pathfinder {
        self.starts = points.into();
        self
    }

    /// Runs all paths, each thread on a target of its own.
    ///
    /// # Errors
    ///
    /// If the target stops, all paths fail (with the error of the first), or a setting or a start is wrong.
    pub fn run<'t, T: Target + 't>(&self, make: impl Fn() -> T + Sync) -> Result<Paths, SamplerError> {
        self.run_all(&move || Box::new(make()) as Box<dyn Target + 't>)
    }

    /// Runs the first path alone, on the caller's thread.
    ///
    /// # Errors
    ///
    /// As [`Pathfinder::run`].
    pub fn run_single(&self, target: &mut dyn Target) -> Result<Path, SamplerError> {
        self.check()?;
        self.follow(target, 0)
    }

    fn run_all(&self, make: Make<'_, '_>) -> Result<Paths, SamplerError> {
        self.check()?;
        if !self.starts.is_empty() && self.starts.len() != self.paths {
            let (expected, found) = (self.paths, self.starts.len());
            return Err(SamplerError::Length {
                what: "a list of starts, one for each path,",
                expected,
                found,
            });
        }
        let threads = threads_for(self.paths, self.threads);
        let results =
            run_jobs(self.paths, threads, make, &|target, index, _| match self.follow(target, index) {
                Err(
                    error @ (SamplerError::NoPathNormal { .. }
                    | SamplerError::NoStart { .. }
                    | SamplerError::OutsideAtStart { .. }),
                ) => Ok(Err(error)),
                result => result.map(Ok),
            })?;
        let (mut paths, mut failures) = (Vec::new(), Vec::new());
        for (index, result) in results.into_iter().enumerate() {
            match result {
                Ok(path) => paths.push(path),
                Err(error) => failures.push((index, error)),
            }
        }
        if paths.is_empty() {
            return Err(failures.swap_remove(0).1);
        }
        Ok(Paths { paths, failures })
    }

    fn check(&self) -> Result<(), SamplerError> {
        check_count("paths", self.paths)?;
        check_count("elbo_draws", self.elbo_draws)?;
        check_count("memory", self.memory)?;
        check_count("max_iterations", self.max_iterations)?;
        check_positive("tolerance", self.tolerance)
    }

    fn follow(&self, target: &mut dyn Target, index: usize) -> Result<Path, SamplerError> {
        let mut rng = stream(self.seed, Purpose::Path, index);
        let position = find_start(target, self.starts.get(index).map(Vec::as_slice), &mut rng)?;
        let mut gradient = vec![0.0; position.len()];
        let log_density = evaluate(target, &position, &mut gradient)?;
        let start = Point { position, log_density, gradient };
        let settings =
            Lbfgs { memory: self.memory, max_iterations: self.max_iterations, tolerance: self.tolerance };
        let mut points: Vec<Point> = Vec::new();
        settings.ascend(target, start, &mut |point| points.push(point.clone()))?;

        let dim = target.dim();
        let mut estimate = Estimate::new(dim, self.memory);
        let mut best: Option<(f64, usize, PathNormal)> = None;
        for (before, pair) in points.windows(2).enumerate() {
            estimate.take(&pair[0], &pair[1]);
            let Some(normal) = estimate.normal(&pair[1]) else { continue };
            let elbo = self.elbo(target, &normal, &mut rng)?;
            if elbo.is_finite() && best.as_ref().is_none_or(|(greatest, ..)| elbo > *greatest) {
                best = Some((elbo, before + 1, normal));
            }
        }
        let iterations = points.len() - 1;
        let (elbo, iteration, normal) = best.ok_or(SamplerError::NoPathNormal { points: iterations })?;
        let mut draws = Draws::with_capacity(dim, self.draws);
        let mut position = vec![0.0; dim];
        for _ in 0..self.draws {
            let log_q = normal.draw_into(&mut rng, &mut position);
            draws.push(&position, log_q);
        }
        let log_weights = draws.log_weights(target)?;
        Ok(Path { draws, log_weights, elbo, iteration, iterations, normal })
    }

    /// The mean of `log p - log q` over draws of the normal; minus infinity if one lies outside.
    fn elbo(
        &self,
        target: &mut dyn Target,
        normal: &PathNormal,
        rng: &mut Generator,
    ) -> Result<f64, SamplerError> {
        let mut position = vec![0.0; target.dim()];
        let mut gradient = vec![0.0; target.dim()];
        let mut sum = 0.0;
        for _ in 0..self.elbo_draws {
            let log_q = normal.draw_into(rng, &mut position);
            match evaluate_inside(target, &position, &mut gradient)? {
                Some(log_p) => sum += log_p - log_q,
                None => return Ok(f64::NEG_INFINITY),
            }
        }
        Ok(sum / self.elbo_draws as f64)
    }
}
