//! Families of arrays.

use super::rng;
use crate::campaign::{Generator, Target};
use crate::numbers;
use ppl::Element;
use ppl::family::*;
use rand::RngExt;

/// All families of arrays, in both number types.
#[derive(Debug)]
pub struct Structures;

/// One family at one point.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The number of the family in the table.
    family: usize,
    /// Whether the numbers are rounded to single precision.
    single: bool,
    x: Vec<f64>,
    parameters: Vec<Vec<f64>>,
    shapes: Vec<Vec<usize>>,
    seed: u64,
}

/// What an array is made like, so that members of the family come up.
#[derive(Clone, Copy, Debug)]
enum Sort {
    Number,
    Vector,
    /// A vector that sums to one.
    Weights,
    /// A vector that sums to zero.
    SumToZero,
    /// A vector of length one, with an element more: there are no directions of one.
    Direction,
    /// Increasing numbers.
    Ordered,
    /// A lower triangular matrix with a positive diagonal.
    Factor,
    /// The same with rows of unit length.
    Correlation,
    /// Positive scales, and a direction.
    ScalesAndDirection,
    Counts,
}

struct Entry {
    name: &'static str,
    x: Sort,
    parameters: &'static [Sort],
    double: fn(&Rows) -> Result<(), String>,
    single: fn(&Rows) -> Result<(), String>,
}

const fn entry<F: Structured<N>, const N: usize>(x: Sort, parameters: &'static [Sort; N]) -> Entry {
    Entry { name: F::NAME, x, parameters, double: laws::<f64, F, N>, single: laws::<f32, F, N> }
}

const TABLE: &[Entry] = &[
    entry::<categorical::CategoricalProbsFamily, 1>(Sort::Number, &[Sort::Weights]),
    entry::<categorical::CategoricalLogitsFamily, 1>(Sort::Number, &[Sort::Vector]),
    entry::<dirichlet::DirichletFamily, 1>(Sort::Weights, &[Sort::Vector]),
    entry::<low_rank_normal::LowRankNormalFamily, 2>(Sort::Vector, &[Sort::Vector, Sort::ScalesAndDirection]),
    entry::<lkj_cholesky::LkjCholeskyFamily, 2>(Sort::Correlation, &[Sort::Number, Sort::Vector]),
    entry::<multinomial::MultinomialProbsFamily, 2>(Sort::Counts, &[Sort::Number, Sort::Weights]),
    entry::<multinomial::MultinomialLogitsFamily, 2>(Sort::Counts, &[Sort::Number, Sort::Vector]),
    entry::<mvn_cholesky::MvNormalCholeskyFamily, 2>(Sort::Vector, &[Sort::Vector, Sort::Factor]),
    entry::<mvn_precision::MvNormalPrecisionFamily, 2>(Sort::Vector, &[Sort::Vector, Sort::Factor]),
    entry::<ordered_logistic::OrderedLogisticFamily, 2>(Sort::Number, &[Sort::Number, Sort::Ordered]),
    entry::<von_mises_fisher::VonMisesFisherFamily, 2>(Sort::Direction, &[Sort::Number, Sort::Direction]),
    entry::<zero_sum_normal::ZeroSumNormalFamily, 2>(Sort::SumToZero, &[Sort::Number, Sort::SumToZero]),
];

impl Sort {
    fn shape(self, n: usize) -> Vec<usize> {
        match self {
            Sort::Number => vec![],
            Sort::Factor | Sort::Correlation => vec![n, n],
            Sort::ScalesAndDirection => vec![2, n],
            Sort::Direction => vec![n + 1],
            _ => vec![n],
        }
    }

    fn array(self, n: usize, mood: fn(&mut Generator) -> f64, rng: &mut Generator) -> Vec<f64> {
        let len = self.shape(n).iter().product();
        let mut x: Vec<f64> = (0..len).map(|_| mood(rng)).collect();
        match self {
            Sort::Number | Sort::Vector => {}
            Sort::Weights => {
                let total: f64 = x.iter().map(|v| v.abs()).sum();
                x.iter_mut().for_each(|v| *v = v.abs() / total);
            }
            Sort::SumToZero => {
                let mean = x.iter().sum::<f64>() / len as f64;
                x.iter_mut().for_each(|v| *v -= mean);
            }
            Sort::Direction => {
                let length = x.iter().map(|v| v * v).sum::<f64>().sqrt();
                x.iter_mut().for_each(|v| *v /= length);
            }
            Sort::Ordered => x.sort_by(f64::total_cmp),
            Sort::ScalesAndDirection => x[..n].iter_mut().for_each(|v| *v = v.abs()),
            Sort::Counts => x.iter_mut().for_each(|v| *v = v.abs().floor()),
            Sort::Factor | Sort::Correlation => {
                for (i, row) in x.chunks_exact_mut(n).enumerate() {
                    row[i + 1..].fill(0.0);
                    row[i] = row[i].abs();
                    let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
                    if let Sort::Correlation = self {
                        row.iter_mut().for_each(|v| *v /= length);
                    }
                }
            }
        }
        x
    }
}

fn laws<E: Element, F: Structured<N>, const N: usize>(rows: &Rows) -> Result<(), String> {
    let law = |holds: bool, what: &str| {
        if holds { Ok(()) } else { Err(format!("{} #{} in {}: {what}", F::NAME, rows.family, E::NAME)) }
    };
    let element = |x: &Vec<f64>| -> Vec<E> { x.iter().map(|v| E::of(*v)).collect() };
    let (x, parameters) = (element(&rows.x), rows.parameters.iter().map(element).collect::<Vec<_>>());
    let p: [&[E]; N] = std::array::from_fn(|k| &parameters[k][..]);
    let shape: [&[usize]; N] = std::array::from_fn(|k| &rows.shapes[k][..]);
    let Ok(event) = F::event_shape(shape) else { return law(false, "no event shape") };
    if event.len() != x.len() {
        return law(false, "another event shape");
    }
    let accepted = F::check(p, shape).is_ok();
    let inside = F::contains(&x, p, shape);
    let mut scratch = vec![E::zero(); F::scratch(shape)];
    let mut by_value = vec![E::zero(); x.len()];
    let mut by = parameters.iter().map(|p| vec![E::zero(); p.len()]).collect::<Vec<_>>();
    let mut slices = by.iter_mut();
    let by_parameter: [&mut [E]; N] =
        std::array::from_fn(|_| slices.next().map_or_else(Default::default, |v| &mut v[..]));
    let log = F::log_density(&x, p, shape, Need::ALL, E::one(), &mut by_value, by_parameter, &mut scratch);
    let unknown = x.iter().any(|v| v.is_nan());
    law(!unknown || !inside, "NaN is inside")?;
    law(!unknown || log.is_nan() || log == E::neg_infinity(), "NaN in the value gives a density")?;
    if p.iter().any(|p| p.iter().any(|v| v.is_nan())) {
        law(!accepted || F::NAME == "LkjCholesky", "NaN is accepted in a parameter")?;
    }
    let mut moments = vec![E::zero(); x.len()];
    F::mean_into(p, shape, &mut moments);
    F::variance_into(p, shape, &mut moments);
    if !accepted {
        return Ok(());
    }
    let all = |holds: fn(E) -> bool| p.iter().all(|p| p.iter().all(|v| holds(*v)));
    let fits = all(numbers::fits) && x.iter().all(|v| numbers::fits(*v));
    let ordinary = |v: E| numbers::is_ordinary(v.as_f64());
    if inside {
        law(!log.is_nan() || !fits, "no density inside the support")?;
        law(log != E::infinity() || !fits, "an infinite density")?;
        if all(|v| numbers::is_ordinary(v.as_f64()) && v != E::zero())
            && x.iter().all(|v| ordinary(*v))
            && log.is_finite()
        {
            law(by_value.iter().all(|d| !d.is_nan()), "no partial by the value")?;
            law(by.iter().flatten().all(|d| !d.is_nan()), "no partial by a parameter")?;
        }
    } else if !unknown && fits {
        // The densities go on a little beside their surfaces, and at the edges of the simplex they may have no bound.
        let edge = ["Dirichlet", "LkjCholesky"].contains(&F::NAME) && is_beside(rows);
        law(log == E::neg_infinity() || edge, "a density outside the support")?;
    }
    let tame = all(|v| v == E::zero() || (0.05..=40.0).contains(&v.abs().as_f64()));
    let (mut z, mut noise) = (vec![E::zero(); x.len()], vec![E::zero(); x.len()]);
    if all(numbers::fits) {
        F::draw(&mut rng(rows.seed), p, shape, &mut z, &mut noise, &mut scratch);
        law(z.iter().all(|z| !z.is_nan()), "a draw that is no number")?;
    }
    if tame {
        law(F::contains(&z, p, shape), "a draw outside the support")?;
        if F::PATHWISE {
            by.iter_mut().for_each(|by| by.fill(E::zero()));
            let mut slices = by.iter_mut();
            let by_parameter: [&mut [E]; N] =
                std::array::from_fn(|_| slices.next().map_or_else(Default::default, |v| &mut v[..]));
            let dz = vec![E::one(); z.len()];
            F::pull_back(&z, &noise, &dz, p, shape, Need::ALL, by_parameter, &mut scratch);
            law(by.iter().flatten().all(|d| !d.is_nan()), "no partial of a draw")?;
        }
    }
    Ok(())
}

/// Returns whether rows that should have unit sum or length nearly have, or lie on the edge.
fn is_beside(rows: &Rows) -> bool {
    let sum: f64 = rows.x.iter().sum();
    let n = rows.shapes.last().map_or(1, |shape| shape[0]);
    let square = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>();
    (sum - 1.0).abs() < 0.03 || rows.x.chunks(n).all(|row| (square(row) - 1.0).abs() < 0.03)
}

impl Target for Structures {
    type Case = Rows;

    fn draw(&self, rng: &mut Generator) -> Rows {
        let family = rng.random_range(0..TABLE.len());
        let entry = &TABLE[family];
        let n = rng.random_range(1..5);
        // `K - 1` cutpoints are one at least.
        let mut array = |sort: Sort| {
            let mood = numbers::mood(rng);
            let mut x = sort.array(n, mood, rng);
            if rng.random_bool(0.1) && !x.is_empty() {
                let at = rng.random_range(0..x.len());
                x[at] = numbers::any(rng);
            }
            x
        };
        let x = array(entry.x);
        let mut parameters: Vec<Vec<f64>> = entry.parameters.iter().map(|sort| array(*sort)).collect();
        if let Sort::Counts = entry.x
            && rng.random_bool(0.7)
        {
            parameters[0][0] = x.iter().sum();
        }
        let shapes = entry.parameters.iter().map(|sort| sort.shape(n)).collect();
        Rows { family, single: rng.random_bool(0.4), x, parameters, shapes, seed: rng.random() }
    }

    fn run(&self, case: &Rows) -> Result<(), String> {
        let entry = &TABLE[case.family];
        if case.single { (entry.single)(case) } else { (entry.double)(case) }
    }

    fn simpler(&self, case: &Rows) -> Vec<Rows> {
        let mut found = Vec::new();
        for at in 0..case.x.len() {
            for simple in numbers::simpler(case.x[at]) {
                let mut next = case.clone();
                next.x[at] = simple;
                found.push(next);
            }
        }
        for k in 0..case.parameters.len() {
            for at in 0..case.parameters[k].len() {
                for simple in numbers::simpler(case.parameters[k][at]) {
                    let mut next = case.clone();
                    next.parameters[k][at] = simple;
                    found.push(next);
                }
            }
        }
        found
    }

    fn show(&self, case: &Rows) -> String {
        let Rows { family, single, x, parameters, seed, .. } = case;
        let float = if *single { "f32" } else { "f64" };
        format!("{}({parameters:?}) at {x:?} in {float}, seed {seed}", TABLE[*family].name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{self, Executions};

    #[test]
    fn families_of_arrays_at_arbitrary_points() {
        let found = campaign::run(&Structures, Executions { count: 10_000, seed: 1, from: 0 });
        assert!(found.failures.is_empty(), "{found}");
    }
}
