//! The maximum of a log-density, and what kind of maximum it is.

mod examine;
mod trail;

use crate::error::{SamplerError, check_count, check_positive};
use crate::hessian::Hessian;
use crate::lbfgs::{Ascent, End, Lbfgs};
use crate::linalg::{dot, norm};
use crate::line_search::Point;
use crate::random::{Purpose, fill_standard_normal, stream};
use crate::start::find_start;
use crate::target::{Target, evaluate, evaluate_inside};
use examine::{Verdict, examine};
use trail::Trail;

/// How often an ascent goes on from a better point that the examination of its end has found.
const RESUMPTIONS: usize = 3;

/// Settings of the search for a maximum a posteriori: the mode of a log-density, by L-BFGS.
///
/// Where an ascent ends, the Hessian is taken and the log-density tried on both sides along each of its principal directions. So a density that goes on
/// rising, or does not change along a direction, is told from a mode. At a mode a few Newton steps follow.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Map, Stop, Target, TargetError};
///
/// /// Rosenbrock's function as a log-density.
/// struct Banana;
///
/// impl Target for Banana {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///         gradient[0] = 2.0 * a + 400.0 * x[0] * b;
///         gradient[1] = -200.0 * b;
///         Ok(-a * a - 100.0 * b * b)
///     }
/// }
///
/// let mode = Map::new().start([-1.2, 1.0]).run(&mut Banana)?;
/// assert_eq!(mode.stop, Stop::Converged);
/// assert!(mode.position.iter().all(|x| (x - 1.0).abs() < 1e-9));
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
///
/// # References
///
/// Nocedal and Wright (2006), *Numerical Optimization*, second edition, algorithms 3.5, 3.6, 7.4 and 7.5.
#[derive(Debug, Clone)]
#[must_use]
pub struct Map {
    start: Option<Vec<f64>>,
    seed: u64,
    restarts: usize,
    jitter: f64,
    memory: usize,
    max_iterations: usize,
    tolerance: f64,
    examined_up_to: usize,
}

/// The end of an ascent.
///
/// # Examples
///
/// See [`Map`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Mode {
    /// The point, `[dim]`.
    pub position: Vec<f64>,
    /// The log-density there, natural log.
    pub log_density: f64,
    /// The Euclidean length of the gradient there.
    pub gradient_norm: f64,
    /// L-BFGS iterations.
    pub iterations: usize,
    /// Evaluations of the log-density and its gradient by these iterations.
    pub evaluations: usize,
    /// Why the ascent ended, and what was found there.
    pub stop: Stop,
}

/// Why an ascent ended, and what was found there.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Map, Stop, Target, TargetError};
///
/// /// Of `x + y` alone the density knows something.
/// struct Sum;
///
/// impl Target for Sum {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         gradient.fill(1.0 - x[0] - x[1]);
///         Ok(-0.5 * (x[0] + x[1] - 1.0).powi(2))
///     }
/// }
///
/// let mode = Map::new().run(&mut Sum)?;
/// assert_eq!(mode.stop, Stop::FlatDirection { coordinates: vec![0, 1] });
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// At a mode.
    Converged,
    /// The iterations were used up while the density still rose.
    OutOfIterations,
    /// No step along the last direction satisfies the conditions on it.
    LineSearchFailed,
    /// The density goes on rising, or does not fall, as these coordinates grow: the mode is at infinity, or very far away.
    ModeAtInfinity {
        /// The coordinates that grow, in ascending order.
        coordinates: Vec<usize>,
    },
    /// The Hessian is singular: the density does not change along a direction in which these coordinates move.
    FlatDirection {
        /// The coordinates that move, in ascending order.
        coordinates: Vec<usize>,
    },
}

impl Default for Map {
    fn default() -> Map {
        Map::new()
    }
}

impl Map {
    /// The settings' defaults: a start drawn from uniform(-2, 2), seed 0, no restarts, ten pairs of memory, 2,000 iterations, a tolerance of
    /// 1e-10 nats, examination up to 500 dimensions.
    ///
    /// # Examples
    ///
    /// See [`Map`].
    pub fn new() -> Map {
        Map {
            start: None,
            seed: 0,
            restarts: 0,
            jitter: 1.0,
            memory: 10,
            max_iterations: 2000,
            tolerance: 1e-10,
            examined_up_to: 500,
        }
    }

    /// Begins at a point, `[dim]`. Without it, at one drawn from uniform(-2, 2) where the density is finite.
    pub fn start(mut self, point: impl Into<Vec<f64>>) -> Map {
        self.start = Some(point.into());
        self
    }

    /// The seed of the first point and of restarts.
    pub fn seed(mut self, seed: u64) -> Map {
        self.seed = seed;
        self
    }

    /// So many ascents more: from the point of [`Map::start`] with a normal jitter added, or from other random points.
    pub fn restarts(mut self, restarts: usize) -> Map {
        self.restarts = restarts;
        self
    }

    /// The standard deviation of the jitter of restarts, in each coordinate. The default is 1.
    pub fn jitter(mut self, deviation: f64) -> Map {
        self.jitter = deviation;
        self
    }

    /// How many steps L-BFGS remembers.
    pub fn memory(mut self, pairs: usize) -> Map {
        self.memory = pairs;
        self
    }

    /// The greatest number of iterations of an ascent.
    pub fn max_iterations(mut self, iterations: usize) -> Map {
        self.max_iterations = iterations;
        self
    }

    /// The ascent ends when steps promise to raise the log-density by less than so many nats, which is half the square of the distance to the
    /// mode in the units of the quasi-Newton metric: 1e-10 nats are about 1.4e-5 posterior deviations.
    pub fn tolerance(mut self, nats: f64) -> Map {
        self.tolerance = nats;
        self
    }

    /// Ends are examined for targets of at most so many dimensions, with six evaluations and a cubic cost in them. Above, a mode at infinity is
    /// told by the path alone, and a flat direction not at all.
    pub fn examined_up_to(mut self, dim: usize) -> Map {
        self.examined_up_to = dim;
        self
    }

    /// The best of the modes of [`Map::run_all`].
    ///
    /// # Errors
    ///
    /// As [`Map::run_all`].
    pub fn run(&self, target: &mut dyn Target) -> Result<Mode, SamplerError> {
        Ok(self.run_all(target)?.swap_remove(0))
    }

    /// The ends of the ascent and of all restarts, the greatest log-density first.
    ///
    /// # Errors
    ///
    /// If the target stops; if no initial point has a finite density; if a setting, or the length of the start, is wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_samplers::{Map, Target, TargetError};
    ///
    /// /// Two modes near -2 and 2, the second the higher by a nat.
    /// struct Two;
    ///
    /// impl Target for Two {
    ///     fn dim(&self) -> usize {
    ///         1
    ///     }
    ///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
    ///         let well = x[0] * x[0] - 4.0;
    ///         gradient[0] = -4.0 * x[0] * well + 0.25;
    ///         Ok(-well * well + 0.25 * x[0])
    ///     }
    /// }
    ///
    /// let modes = Map::new().restarts(9).run_all(&mut Two)?;
    /// assert_eq!(modes.len(), 10);
    /// assert!((modes[0].position[0] - 2.0).abs() < 0.01);
    /// assert!((modes[9].position[0] + 2.0).abs() < 0.01);
    /// # Ok::<(), ppl_samplers::SamplerError>(())
    /// ```
    pub fn run_all(&self, target: &mut dyn Target) -> Result<Vec<Mode>, SamplerError> {
        check_count("memory", self.memory)?;
        check_count("max_iterations", self.max_iterations)?;
        check_positive("tolerance", self.tolerance)?;
        check_positive("jitter", self.jitter)?;
        let mut modes = Vec::with_capacity(1 + self.restarts);
        for run in 0..=self.restarts {
            let start = self.starting_point(target, run)?;
            modes.push(self.ascend(target, &start)?);
        }
        modes.sort_by(|a, b| b.log_density.total_cmp(&a.log_density));
        Ok(modes)
    }

    fn starting_point(&self, target: &mut dyn Target, run: usize) -> Result<Vec<f64>, SamplerError> {
        let mut rng = stream(self.seed, Purpose::Restart, run);
        let start = find_start(target, self.start.as_deref(), &mut rng)?;
        if self.start.is_none() || run == 0 {
            return Ok(start);
        }
        // A jitter that leads outside is halved; the start itself is inside.
        let mut jitter = vec![0.0; start.len()];
        fill_standard_normal(&mut rng, &mut jitter);
        let mut gradient = vec![0.0; start.len()];
        let mut size = self.jitter;
        for _ in 0..30 {
            let point: Vec<f64> = start.iter().zip(&jitter).map(|(x, z)| x + size * z).collect();
            if evaluate_inside(target, &point, &mut gradient)?.is_some() {
                return Ok(point);
            }
            size *= 0.5;
        }
        Ok(start)
    }

    fn ascend(&self, target: &mut dyn Target, start: &[f64]) -> Result<Mode, SamplerError> {
        let settings =
            Lbfgs { memory: self.memory, max_iterations: self.max_iterations, tolerance: self.tolerance };
        let mut trail = Trail::new(start);
        let (mut iterations, mut evaluations) = (0, 0);
        let mut from = start.to_vec();
        let mut resumptions = 0;
        loop {
            let mut gradient = vec![0.0; from.len()];
            let log_density = evaluate(target, &from, &mut gradient)?;
            let begin = Point { position: from, log_density, gradient };
            let Ascent { point, end, iterations: more, evaluations: other } =
                settings.ascend(target, begin, &mut |point| trail.visit(point))?;
            iterations += more;
            evaluations += other;
            let verdict = self.judge(target, &point, end, &trail)?;
            let (point, stop) = match verdict {
                Verdict::Higher(place) if resumptions < RESUMPTIONS => {
                    resumptions += 1;
                    from = place;
                    continue;
                }
                Verdict::Higher(_) => (point, Stop::OutOfIterations),
                Verdict::Mode(hessian) => (polish(target, point, &hessian)?, Stop::Converged),
                Verdict::Stopped(stop) => (point, stop),
            };
            return Ok(Mode {
                gradient_norm: norm(&point.gradient),
                position: point.position,
                log_density: point.log_density,
                iterations,
                evaluations,
                stop,
            });
        }
    }

    fn judge(
        &self,
        target: &mut dyn Target,
        point: &Point,
        end: End,
        trail: &Trail,
    ) -> Result<Verdict, SamplerError> {
        let ended = match end {
            End::Converged => Stop::Converged,
            End::OutOfIterations => Stop::OutOfIterations,
            End::LineSearchFailed => Stop::LineSearchFailed,
        };
        if end == End::Converged && point.position.len() <= self.examined_up_to {
            return examine(target, trail.start(), point);
        }
        let grown = trail.grown(point, end == End::Converged);
        if !grown.is_empty() {
            return Ok(Verdict::Stopped(Stop::ModeAtInfinity { coordinates: grown }));
        }
        Ok(Verdict::Stopped(ended))
    }
}

/// Goes on from where L-BFGS has converged by Newton steps of one Hessian, as long as they bring the gradient down.
fn polish(target: &mut dyn Target, mut point: Point, hessian: &Hessian) -> Result<Point, SamplerError> {
    let Some(factor) = hessian.factor() else { return Ok(point) };
    let newton = |gradient: &[f64]| {
        let mut step = gradient.to_vec();
        factor.solve(&mut step);
        let size = dot(&step, gradient);
        (step, size)
    };
    let (mut step, mut size) = newton(&point.gradient);
    for _ in 0..10 {
        let position: Vec<f64> = point.position.iter().zip(&step).map(|(x, step)| x + step).collect();
        let mut gradient = vec![0.0; position.len()];
        let Some(log_density) = evaluate_inside(target, &position, &mut gradient)? else { break };
        let (next_step, next_size) = newton(&gradient);
        if next_size.is_nan() || next_size > 0.25 * size {
            break;
        }
        point = Point { position, log_density, gradient };
        (step, size) = (next_step, next_size);
    }
    Ok(point)
}
