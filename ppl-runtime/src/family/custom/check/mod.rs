//! Whether a custom family keeps its laws: what a user calls in a test.

mod continuous;
mod discrete;
#[cfg(test)]
mod tests;

use super::{ByCustom, CustomFamily, GradientOn, NumberSupport, Parameter, RandomSource};
use crate::family::numerical::{difference_by, step};
use crate::family::{Need, Outcomes, PARAMETERS, Univariate};
use crate::support::{Integer, Support};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;

/// The fewest draws by which anything is seen.
const FEWEST: usize = 1_000;

/// The steps of differences, as shares of the one for a function that changes as its argument does.
const SHARES: [f64; 3] = [1.0, 0.1, 0.01];

/// Checks that a [`CustomFamily`] keeps its laws, at the parameters that it is told.
///
/// At each of them it looks whether
/// - the density integrates (or sums) to one over the support, to 1e-6;
/// - the partial derivatives agree with six-point differences, to 1e-6;
/// - draws lie in the support and have the density (Kolmogorov-Smirnov, of integers chi-squared, at level 1e-6);
/// - the derivative of a draw is that at a fixed probability, to 1e-5;
/// - what the family gives is finite at the draws, and no NaN at the ends of the support;
/// - the values that it lists are those of its support.
///
/// The density has to be continuous inside of the support. Choose parameters of different sizes, inside of what they may be.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Density;
/// use ppl_runtime::family::custom::{ByScore, CheckFamily, CustomFamily, Parameter, RandomSource};
/// use ppl_runtime::support::RealLine;
///
/// struct Logistic;
///
/// impl CustomFamily<1> for Logistic {
///     type Support = RealLine;
///     type Gradient = ByScore;
///     const NAME: &'static str = "Logistic";
///     const PARAMETERS: [Parameter; 1] = [Parameter::real("loc")];
///     const GRADIENT: ByScore = ByScore;
///
///     fn log_density(x: f64, [loc]: [f64; 1]) -> Density<f64, 1> {
///         let z = x - loc;
///         // The sign of the slope is wrong.
///         let slope = (z / 2.0).tanh();
///         Density { log: -z.abs() - 2.0 * (-z.abs()).exp().ln_1p(), by_value: slope, by_parameter: [slope] }
///     }
///
///     fn draw(random: &mut RandomSource<'_>, [loc]: [f64; 1]) -> f64 {
///         let u = random.uniform();
///         loc + (u / (1.0 - u)).ln()
///     }
/// }
///
/// let broken = CheckFamily::new(1).at([0.5]).run::<Logistic, 1>().unwrap_err();
/// assert!(broken.to_string().contains("by the value"));
/// assert!(!broken.to_string().contains("by `loc`"));
/// ```
#[derive(Clone, Debug)]
pub struct CheckFamily {
    seed: u64,
    draws: usize,
    points: Vec<Vec<f64>>,
}

/// The laws that a custom family breaks.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::BrokenLaws;
///
/// fn first(broken: &BrokenLaws) -> &str {
///     &broken.laws[0]
/// }
/// # let _ = first;
/// fn is_error<E: std::error::Error>() -> bool {
///     true
/// }
/// assert!(is_error::<BrokenLaws>());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BrokenLaws {
    /// The family's name.
    pub family: &'static str,
    /// Each law that is broken, with the parameters, what was found and what was expected.
    pub laws: Vec<String>,
}

impl fmt::Display for BrokenLaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, law) in self.laws.iter().enumerate() {
            let separator = if k == 0 { "" } else { "\n" };
            write!(f, "{separator}{}: {law}", self.family)?;
        }
        Ok(())
    }
}

impl std::error::Error for BrokenLaws {}

impl CheckFamily {
    /// Returns a check of 100,000 draws from this seed, at no parameters yet.
    pub fn new(seed: u64) -> CheckFamily {
        CheckFamily { seed, draws: 100_000, points: Vec::new() }
    }

    /// Returns the check at these parameters too.
    #[must_use]
    pub fn at<const N: usize>(mut self, p: [f64; N]) -> CheckFamily {
        self.points.push(p.to_vec());
        self
    }

    /// Returns the check with this number of draws.
    #[must_use]
    pub fn draws(self, draws: usize) -> CheckFamily {
        CheckFamily { draws, ..self }
    }

    /// Checks the family.
    ///
    /// # Errors
    ///
    /// The laws that it breaks; or that there are no parameters, parameters that the family does not have, or fewer than 1,000 draws.
    pub fn run<F: CustomFamily<N>, const N: usize>(&self) -> Result<(), BrokenLaws> {
        let laws = self.broken(&Laws::<F, N>(PhantomData));
        if laws.is_empty() { Ok(()) } else { Err(BrokenLaws { family: F::NAME, laws }) }
    }

    fn broken(&self, family: &dyn Checked) -> Vec<String> {
        let mut broken = Vec::new();
        if self.points.is_empty() {
            broken.push("there is nothing to check; give parameters by `at`".to_owned());
        }
        if self.draws < FEWEST {
            broken.push(format!("{} draws are too few to see anything; at least {FEWEST}", self.draws));
            return broken;
        }
        for (k, p) in self.points.iter().enumerate() {
            let mut at = At { family, p, broken: Vec::new() };
            match at.refusal() {
                Some(refusal) => at.says(refusal),
                None => at.check(self.seed.wrapping_add(k as u64), self.draws),
            }
            broken.append(&mut at.broken);
        }
        broken
    }
}

/// Returns whether a number is larger than a limit, or none.
fn is_beyond(x: f64, limit: f64) -> bool {
    x.is_nan() || x.abs() > limit
}

/// A log-density with its partial derivatives.
#[derive(Clone, Copy)]
struct Partials {
    log: f64,
    by_value: f64,
    by: [f64; PARAMETERS],
}

/// A family without its type.
trait Checked {
    fn parameters(&self) -> &[Parameter];
    fn refusal(&self, p: &[f64]) -> Option<String>;
    fn is_discrete(&self) -> bool;
    fn ends(&self) -> (f64, f64);
    fn outcomes(&self) -> Outcomes;
    fn contains(&self, x: f64, p: &[f64]) -> bool;
    fn density(&self, x: f64, p: &[f64]) -> Partials;
    fn draw(&self, rng: &mut Xoshiro256PlusPlus, p: &[f64]) -> f64;
    fn draw_partials(&self, z: f64, p: &[f64]) -> Option<[f64; PARAMETERS]>;
}

struct Laws<F, const N: usize>(PhantomData<fn() -> F>);

fn point<const N: usize>(p: &[f64]) -> [f64; N] {
    std::array::from_fn(|k| p.get(k).copied().unwrap_or(f64::NAN))
}

fn padded<const N: usize>(by: [f64; N]) -> [f64; PARAMETERS] {
    std::array::from_fn(|k| by.get(k).copied().unwrap_or(0.0))
}

impl<F: CustomFamily<N>, const N: usize> Checked for Laws<F, N> {
    fn parameters(&self) -> &[Parameter] {
        const { &F::PARAMETERS }
    }

    fn refusal(&self, p: &[f64]) -> Option<String> {
        if p.len() != N {
            return Some(format!("it has {N} parameters"));
        }
        let bad = ByCustom::<F, N>::check(point::<N>(p)).err()?;
        Some(format!("{} must {}", bad.name, bad.must))
    }

    fn is_discrete(&self) -> bool {
        TypeId::of::<<F::Support as Support>::Kind>() == TypeId::of::<Integer>()
    }

    fn ends(&self) -> (f64, f64) {
        F::Support::ENDS
    }

    fn outcomes(&self) -> Outcomes {
        ByCustom::<F, N>::OUTCOMES
    }

    fn contains(&self, x: f64, p: &[f64]) -> bool {
        ByCustom::<F, N>::contains(x, point::<N>(p))
    }

    fn density(&self, x: f64, p: &[f64]) -> Partials {
        let density = ByCustom::<F, N>::log_density(x, point::<N>(p), Need::ALL);
        Partials { log: density.log, by_value: density.by_value, by: padded(density.by_parameter) }
    }

    fn draw(&self, rng: &mut Xoshiro256PlusPlus, p: &[f64]) -> f64 {
        F::draw(&mut RandomSource::new(rng), point::<N>(p))
    }

    fn draw_partials(&self, z: f64, p: &[f64]) -> Option<[f64; PARAMETERS]> {
        F::Gradient::IS_PATHWISE.then(|| padded(ByCustom::<F, N>::draw_partials(z, point::<N>(p))))
    }
}

/// The check at one list of parameters.
struct At<'a> {
    family: &'a dyn Checked,
    p: &'a [f64],
    broken: Vec<String>,
}

impl At<'_> {
    fn refusal(&self) -> Option<String> {
        self.family.refusal(self.p)
    }

    /// Notes a law that is broken here.
    fn says(&mut self, what: String) {
        let names = self.family.parameters().iter().zip(self.p);
        let at: Vec<String> =
            names.map(|(parameter, value)| format!("{} = {value}", parameter.name())).collect();
        let at = if self.p.len() == self.family.parameters().len() {
            at.join(", ")
        } else {
            format!("{:?}", self.p)
        };
        self.broken.push(format!("at {at}: {what}"));
    }

    fn broken_if(&mut self, what: Option<String>) {
        if let Some(what) = what {
            self.says(what);
        }
    }

    fn log_density(&self, x: f64) -> f64 {
        self.family.density(x, self.p).log
    }

    fn probability(&self, x: f64) -> f64 {
        self.log_density(x).exp()
    }

    fn with(&self, k: usize, value: f64) -> Vec<f64> {
        let mut p = self.p.to_vec();
        p[k] = value;
        p
    }

    fn check(&mut self, seed: u64, n: usize) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut draws: Vec<f64> = (0..n).map(|_| self.family.draw(&mut rng, self.p)).collect();
        if let Some(&z) = draws.iter().find(|&&z| !self.family.contains(z, self.p)) {
            return self.says(format!("the draw {z} lies outside of the support"));
        }
        draws.sort_by(f64::total_cmp);
        // Of the bulk, and both ends.
        let some: Vec<f64> = [0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0]
            .map(|u| draws[(u * (n - 1) as f64) as usize])
            .to_vec();
        if let Some(what) = some.iter().find_map(|&x| self.is_no_number(x)) {
            return self.says(what);
        }
        for &x in &some {
            self.check_partials(x);
        }
        if self.family.is_discrete() {
            self.check_integers(&draws)
        } else {
            self.check_numbers(&draws, &some)
        }
    }

    /// Says of a value in the support what of its density is no number.
    fn is_no_number(&self, x: f64) -> Option<String> {
        let Partials { log, by_value, by } = self.family.density(x, self.p);
        let at = |what: &str, found: f64| Some(format!("{what} is {found} at the value {x}"));
        if !log.is_finite() {
            return at("the log-density", log);
        }
        if !by_value.is_finite() {
            return at("the derivative of the log-density by the value", by_value);
        }
        let k = by.iter().position(|by| !by.is_finite())?;
        at(&format!("the derivative of the log-density by `{}`", self.family.parameters()[k].name()), by[k])
    }

    /// Checks the partial derivatives at a value.
    fn check_partials(&mut self, x: f64) {
        let Partials { log, by_value, by } = self.family.density(x, self.p);
        if self.family.is_discrete() {
            if by_value != 0.0 {
                self.says(format!("the derivative by the value must be zero for integers, got {by_value}"));
            }
        } else {
            let what = "the derivative of the log-density by the value";
            let inside = |h: f64| [-3.0, 3.0].iter().all(|k| self.family.contains(x + k * h, self.p));
            // Within the support, whose end may be near.
            let steps: Vec<f64> =
                SHARES.map(|part| part * step(x)).into_iter().chain([1e-4 * x.abs()]).collect();
            let steps: Vec<f64> = steps.into_iter().filter(|&h| inside(h)).collect();
            let wrong = self.compare(what, x, (by_value, log), (x, &|x| self.log_density(x)), &steps);
            self.broken_if(wrong);
        }
        for (k, parameter) in self.family.parameters().iter().enumerate() {
            if parameter.is_integer() {
                continue;
            }
            let (name, value) = (parameter.name(), self.p[k]);
            let accepted = |h: f64| {
                [-3.0, 3.0].iter().all(|j| {
                    let p = self.with(k, value + j * h);
                    self.family.refusal(&p).is_none() && self.family.contains(x, &p)
                })
            };
            let steps: Vec<f64> =
                SHARES.map(|part| part * step(value)).into_iter().filter(|&h| accepted(h)).collect();
            if steps.is_empty() && !parameter.moves_jump() {
                self.says(format!(
                    "the derivative by `{name}` cannot be checked at an end of what it may be"
                ));
            }
            let what = format!("the derivative of the log-density by `{name}`");
            let at = |v| self.family.density(x, &self.with(k, v)).log;
            let wrong = self.compare(&what, x, (by[k], log), (value, &at), &steps);
            self.broken_if(wrong);
        }
    }

    /// Compares a derivative with differences of a function around a point. Some step has to agree: one may be too long for the function, and a
    /// shorter one sees less of it. Beside the tolerance the rounding of the function itself is allowed for.
    fn compare(
        &self,
        what: &str,
        x: f64,
        (got, log): (f64, f64),
        (around, function): (f64, &dyn Fn(f64) -> f64),
        steps: &[f64],
    ) -> Option<String> {
        let mut found = Vec::new();
        for &h in steps {
            let expected = difference_by(function, around, h);
            let rounding = 64.0 * f64::EPSILON * log.abs().max(1.0) / h;
            if (got - expected).abs() <= 1e-6 * expected.abs() + rounding {
                return None;
            }
            found.push(expected);
        }
        let expected = found.first()?;
        Some(format!("{what} is {got} at the value {x}; differences give {expected}"))
    }
}
