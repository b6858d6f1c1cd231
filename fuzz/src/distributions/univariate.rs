//! Families of one number, the truncated and the inflated among them.

use super::rng;
use crate::campaign::{Generator, Target};
use crate::numbers;
use ppl::Element;
use ppl::family::truncation::Truncation;
use ppl::family::zero_inflation::ZeroInflation;
use ppl::family::*;
use rand::RngExt;

/// All families of one number, in both number types.
#[derive(Debug)]
pub struct Univariates;

/// One family at one point.
#[derive(Clone, Debug)]
pub struct Point {
    /// The number of the family in the table.
    family: usize,
    /// Whether the numbers are rounded to single precision.
    single: bool,
    x: f64,
    parameters: Vec<f64>,
    /// What draws are made from, and the probability that a quantile is asked for.
    seed: u64,
}

/// What the table knows of a family.
struct Entry {
    name: &'static str,
    parameters: usize,
    double: fn(&Point) -> Result<(), String>,
    single: fn(&Point) -> Result<(), String>,
}

const fn entry<F: Univariate<N>, const N: usize>() -> Entry {
    wrapped::<F, N>(N)
}

/// A wrapper has room for the parameters of any base; `used` are its own.
const fn wrapped<F: Univariate<N>, const N: usize>(used: usize) -> Entry {
    Entry { name: F::NAME, parameters: used, double: laws::<f64, F, N>, single: laws::<f32, F, N> }
}

const TABLE: &[Entry] = &[
    entry::<bernoulli::BernoulliProbsFamily, 1>(),
    entry::<bernoulli::BernoulliLogitsFamily, 1>(),
    entry::<beta::BetaFamily, 2>(),
    entry::<beta_binomial::BetaBinomialFamily, 3>(),
    entry::<binomial::BinomialProbsFamily, 2>(),
    entry::<binomial::BinomialLogitsFamily, 2>(),
    entry::<cauchy::CauchyFamily, 2>(),
    entry::<exponential::ExponentialFamily, 1>(),
    entry::<gamma::GammaFamily, 2>(),
    entry::<geometric::GeometricFamily, 1>(),
    entry::<geometric_logits::GeometricLogitsFamily, 1>(),
    entry::<gumbel::GumbelFamily, 2>(),
    entry::<half_cauchy::HalfCauchyFamily, 1>(),
    entry::<half_normal::HalfNormalFamily, 1>(),
    entry::<half_student_t::HalfStudentTFamily, 2>(),
    entry::<inverse_gamma::InverseGammaFamily, 2>(),
    entry::<laplace::LaplaceFamily, 2>(),
    entry::<log_normal::LogNormalFamily, 2>(),
    entry::<logistic::LogisticFamily, 2>(),
    entry::<negative_binomial::NegativeBinomialProbsFamily, 2>(),
    entry::<negative_binomial::NegativeBinomialLogitsFamily, 2>(),
    entry::<normal::NormalFamily, 2>(),
    entry::<pareto::ParetoFamily, 2>(),
    entry::<poisson::PoissonFamily, 1>(),
    entry::<poisson::PoissonLogRateFamily, 1>(),
    entry::<student_t::StudentTFamily, 3>(),
    entry::<uniform::UniformFamily, 2>(),
    entry::<von_mises::VonMisesFamily, 2>(),
    entry::<weibull::WeibullFamily, 2>(),
    wrapped::<Truncation<normal::NormalFamily, 2>, 4>(4),
    wrapped::<Truncation<log_normal::LogNormalFamily, 2>, 4>(4),
    wrapped::<Truncation<cauchy::CauchyFamily, 2>, 4>(4),
    wrapped::<Truncation<laplace::LaplaceFamily, 2>, 4>(4),
    wrapped::<Truncation<logistic::LogisticFamily, 2>, 4>(4),
    wrapped::<Truncation<gumbel::GumbelFamily, 2>, 4>(4),
    wrapped::<Truncation<exponential::ExponentialFamily, 1>, 4>(3),
    wrapped::<Truncation<uniform::UniformFamily, 2>, 4>(4),
    wrapped::<ZeroInflation<poisson::PoissonFamily, 1, false>, 4>(2),
    wrapped::<ZeroInflation<negative_binomial::NegativeBinomialProbsFamily, 2, true>, 4>(3),
    wrapped::<ZeroInflation<binomial::BinomialProbsFamily, 2, false>, 4>(3),
    wrapped::<ZeroInflation<geometric::GeometricFamily, 1, true>, 4>(2),
];

/// Families whose density has no bound at an edge of their support, for some of their parameters. The edge is not inside then.
const UNBOUNDED: [&str; 3] = ["Beta", "Gamma", "Weibull"];

/// The law is broken, or not, at this point.
fn law(holds: bool, name: &str, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{name}: {what}")) }
}

/// Checks the laws of [`Univariate`] that hold at every point.
fn laws<E: Element, F: Univariate<N>, const N: usize>(point: &Point) -> Result<(), String> {
    let name = format!("{} #{} in {}", F::NAME, point.family, E::NAME);
    let law = |holds, what: &str| law(holds, &name, what);
    let x = E::of(point.x);
    let p: [E; N] = std::array::from_fn(|k| E::of(point.parameters.get(k).copied().unwrap_or_default()));
    let accepted = F::check(p).is_ok();
    let inside = F::contains(x, p);
    let density = F::log_density(x, p, Need::ALL);
    let given = F::log_density_given(x, p, F::constants(p), Need::ALL);
    let alone = F::log_density(x, p, Need::NONE);
    law(same(density, given), "constants change the density")?;
    law(same(density, alone), "the density depends on the partials that are asked for")?;
    if F::HAS_SHORTCUT && F::shortcut_fits(x, p) && accepted && inside {
        let shortcut = F::shortcut(x, p, Need::ALL).log.as_f64();
        let tolerance = if E::NAME == "f64" { 1e-9 } else { 1e-3 };
        let near = (shortcut - density.log.as_f64()).abs() <= tolerance * shortcut.abs().max(1.0);
        law(near || shortcut == density.log.as_f64(), "the shortcut is another")?;
    }
    law(!x.is_nan() || density.log.is_nan(), "NaN as the value gives a density")?;
    law(!x.is_nan() || !inside, "NaN is inside")?;
    if p.iter().any(|v| v.is_nan()) {
        law(!accepted, "NaN is accepted as a parameter")?;
        let none = density.log.is_nan() || density.log == E::neg_infinity();
        law(none, "NaN as a parameter gives a density")?;
    }
    let _ = (F::mean(p), F::variance(p), F::entropy(p));
    let mut draws = rng(point.seed);
    let u = E::of(draws.random_range(1e-9..1.0));
    let (cdf, quantile) = (F::cdf(x, p), F::icdf(u, p));
    if !accepted {
        return Ok(());
    }
    let ordinary = |x: E| numbers::is_ordinary(x.as_f64());
    let familiar = p.iter().all(|v| ordinary(*v));
    let tame = p.iter().all(|v| *v == E::zero() || (0.05..=40.0).contains(&v.abs().as_f64()));
    let fits = p.iter().chain([&x]).all(|v| numbers::fits(*v));
    if inside {
        law(!density.log.is_nan() || !fits, "no density inside the support")?;
        law(density.log != E::infinity() || !fits, "an infinite density")?;
        if familiar && ordinary(x) && density.log.abs() < E::of(1e4) && is_interior::<E, F, N>(x, p) {
            law(!density.by_value.is_nan(), "no partial by the value")?;
            law(density.by_parameter.iter().all(|d| !d.is_nan()), "no partial by a parameter")?;
            if F::PATHWISE {
                let partials = F::draw_partials(x, p);
                law(partials.iter().all(|d| !d.is_nan()), "no partial of a draw")?;
            }
        }
    } else if !x.is_nan() {
        let edge = x == E::zero() || x == E::one();
        let unbounded = UNBOUNDED.contains(&F::NAME) && edge && density.log == E::infinity();
        let nothing = density.log == E::neg_infinity() || unbounded;
        law(nothing || !(fits || x.is_infinite()), "a density outside the support")?;
    }
    if let Some(cdf) = cdf
        && !x.is_nan()
        && p.iter().all(|v| numbers::is_moderate(*v))
        && (numbers::is_moderate(x) || x.is_infinite())
    {
        law(!cdf.is_nan(), "no cdf")?;
        law((E::zero()..=E::one()).contains(&cdf), "a cdf outside of the unit interval")?;
    }
    if let Some(quantile) = quantile
        && u > E::zero()
        && u < E::one()
        && p.iter().all(|v| numbers::is_moderate(*v))
    {
        law(!quantile.is_nan(), "no quantile")?;
    }
    for _ in 0..2 {
        let z = F::draw(&mut draws, p);
        law(!z.is_nan(), "a draw that is no number")?;
        if tame {
            law(z.is_finite(), "an infinite draw")?;
            law(F::contains(z, p), "a draw outside the support")?;
            // Its logarithm may be too large for single precision, far out in a tail.
            let probable = F::log_density(z, p, Need::NONE).log > E::neg_infinity();
            law(probable || E::NAME == "f32", "a draw without a density")?;
        }
    }
    Ok(())
}

fn same<E: Element, const N: usize>(one: Density<E, N>, other: Density<E, N>) -> bool {
    let (one, other) = (one.log.as_f64(), other.log.as_f64());
    one == other || one.is_nan() && other.is_nan() || (one - other).abs() <= 1e-5 * one.abs().max(1.0)
}

/// Returns whether the points around `x` lie in the support too (integers have none around them), and those around the
/// parameters in the family.
fn is_interior<E: Element, F: Univariate<N>, const N: usize>(x: E, p: [E; N]) -> bool {
    let step = E::of(1e-3) * x.abs().max(E::of(1e-3));
    let discrete = x.fract() == E::zero() && ![x - step, x + step].iter().any(|x| F::contains(*x, p));
    let member = |k: usize, step: E| {
        [-step, step]
            .iter()
            .all(|step| F::check(std::array::from_fn(|j| if j == k { p[j] + *step } else { p[j] })).is_ok())
    };
    let among_members =
        (0..N).all(|k| member(k, E::of(1e-3) * p[k].abs().max(E::of(1e-3))) || member(k, E::one()));
    among_members && (discrete || F::contains(x - step, p) && F::contains(x + step, p))
}

impl Target for Univariates {
    type Case = Point;

    fn draw(&self, rng: &mut Generator) -> Point {
        let family = rng.random_range(0..TABLE.len());
        let mood = numbers::mood(rng);
        let parameters = (0..TABLE[family].parameters).map(|_| mood(rng)).collect();
        let mood = numbers::mood(rng);
        Point { family, single: rng.random_bool(0.4), x: mood(rng), parameters, seed: rng.random() }
    }

    fn run(&self, case: &Point) -> Result<(), String> {
        let entry = &TABLE[case.family];
        if case.single { (entry.single)(case) } else { (entry.double)(case) }
    }

    fn simpler(&self, case: &Point) -> Vec<Point> {
        let mut found: Vec<Point> =
            numbers::simpler(case.x).into_iter().map(|x| Point { x, ..case.clone() }).collect();
        for k in 0..case.parameters.len() {
            for simple in numbers::simpler(case.parameters[k]) {
                let mut next = case.clone();
                next.parameters[k] = simple;
                found.push(next);
            }
        }
        found
    }

    fn show(&self, case: &Point) -> String {
        let Point { family, single, x, parameters, seed } = case;
        let float = if *single { "f32" } else { "f64" };
        format!("{}({parameters:?}) at {x:?} in {float}, seed {seed}", TABLE[*family].name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{self, Executions};

    #[test]
    fn families_at_arbitrary_points() {
        let found = campaign::run(&Univariates, Executions { count: 30_000, seed: 1, from: 0 });
        assert!(found.failures.is_empty(), "{found}");
    }
}
