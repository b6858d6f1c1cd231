//! The variance of one step's gradient by estimator, beside the exact gradient: four binary factors behind each of eight data.
//!
//! A datum is normal around the sum of its factors' effects. The proposal has one logit for each factor, which all
//! data share. All 16 combinations are tried for the exact gradient. `variance` is the sum over the four logits of the
//! variance of one estimate with one particle (two for leave-one-out by particles), from `--steps` estimates; `deviation`
//! is that of the mean estimate from the exact gradient in standard errors, the largest of the four; that of the standardised
//! baseline, which changes the length of the gradient, is not meant to be small.

use crate::arguments::{Arguments, Dtype};
use crate::report::{digits, line};
use crate::trouble::Trouble;
use cpu_time::ProcessTime;
use ppl::objective::Objective;
use ppl::optim::{Optimiser, Sgd};
use ppl::{Elbo, Guide, GuidedBy, Model, Svi};
use serde_json::{Map, Value, json};

/// The prior probability of a factor.
const PRIOR: f64 = 0.3;

/// What each factor adds to the mean of a datum.
const EFFECTS: [f64; 4] = [1.0, -0.7, 1.8, 0.4];

/// The data.
const DATA: [f64; 8] = [0.2, 1.1, -0.6, 2.9, 1.4, 0.0, 2.1, -1.2];

/// The logits of the proposal.
const LOGITS: [f64; 4] = [-0.3, 0.4, 0.1, -0.8];

/// The names of the logits in the programs.
const PARAMETERS: [&str; 4] = ["l0", "l1", "l2", "l3"];

macro_rules! guide {
    ($module:ident, $element:ident, $($estimator:tt)+) => {
        mod $module {
            use super::super::{DATA, LOGITS};
            use super::*;

            #[guide(factors, $element)]
            pub fn proposal() {
                let (l0, l1) = (param!("l0", LOGITS[0]), param!("l1", LOGITS[1]));
                let (l2, l3) = (param!("l2", LOGITS[2]), param!("l3", LOGITS[3]));
                plate!("datum", DATA.len(), |_i| {
                    sample!("z0", Bernoulli::logits(l0), $($estimator)+);
                    sample!("z1", Bernoulli::logits(l1), $($estimator)+);
                    sample!("z2", Bernoulli::logits(l2), $($estimator)+);
                    sample!("z3", Bernoulli::logits(l3), $($estimator)+);
                });
            }
        }
    };
}

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::{DATA, EFFECTS, PRIOR};
            use ppl::prelude::*;

            #[model($element)]
            pub fn factors(x: &[$element]) {
                plate!("datum", DATA.len(), |i| {
                    let z0 = sample!("z0", Bernoulli::new(PRIOR)).to_real();
                    let z1 = sample!("z1", Bernoulli::new(PRIOR)).to_real();
                    let z2 = sample!("z2", Bernoulli::new(PRIOR)).to_real();
                    let z3 = sample!("z3", Bernoulli::new(PRIOR)).to_real();
                    let mean = z0 * EFFECTS[0] + z1 * EFFECTS[1] + z2 * EFFECTS[2] + z3 * EFFECTS[3];
                    observe!("x", Normal::new(mean, 1.0), x.at(i));
                });
            }

            guide!(exact, $element, enumerate);
            guide!(score, $element, Score::new());
            guide!(others, $element, Score::baseline(ppl::estimator::Baseline::LeaveOneOut));
            guide!(average, $element, Score::baseline(DecayingAverage::new(0.9)));
            guide!(standardised, $element, Score::baseline(Standardised::new(0.9)));
            guide!(leave_one_out, $element, LeaveOneOut::samples(2));
            guide!(arm, $element, Arm);
            guide!(dis_arm, $element, DisArm);
            guide!(sum_and_sample, $element, SumAndSample::new(1));
            guide!(measure_valued, $element, MeasureValued);

            /// Returns the exact gradient, and what each estimator does, by name.
            pub fn table(
                draws: usize,
                seed: u64,
            ) -> Result<([f64; 4], super::Map<String, super::Value>), ppl::Error> {
                let x = DATA.map(|x| x as $element);
                let mut summed = Svi::new(factors(&x), exact::proposal(), Elbo::default(), Sgd::new(1.0));
                let exact = super::gradient(&mut summed)?;
                let mut rows = super::Map::new();
                macro_rules! row {
                    ($name:literal, $guide:ident, $particles:literal) => {
                        let objective = Elbo::default().particles($particles);
                        let mut svi =
                            Svi::new(factors(&x), $guide::proposal(), objective, Sgd::new(1.0)).seed(seed);
                        let row = super::moments(draws, &exact, || super::gradient(&mut svi))?;
                        rows.insert($name.to_owned(), row);
                    };
                }
                row!("score", score, 1);
                row!("score_two_particles_leave_one_out", others, 2);
                row!("score_decaying_average", average, 1);
                row!("score_standardised", standardised, 1);
                row!("leave_one_out_2", leave_one_out, 1);
                row!("arm", arm, 1);
                row!("dis_arm", dis_arm, 1);
                row!("sum_and_sample_1", sum_and_sample, 1);
                row!("measure_valued", measure_valued, 1);
                row!("enumerate", exact, 1);
                Ok((exact, rows))
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns one estimate of the gradient.
fn gradient<M, G>(svi: &mut Svi<M, G, Elbo, Sgd<M::Element>>) -> Result<[f64; 4], ppl::Error>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    Elbo: Objective<M::Element>,
    Sgd<M::Element>: Optimiser<M::Element>,
{
    let (_, gradient) = svi.gradient()?;
    let mut all = [0.0; 4];
    for (to, name) in all.iter_mut().zip(PARAMETERS) {
        *to = gradient.get(name)?[[]];
    }
    Ok(all)
}

/// Returns what many estimates of the gradient say of their estimator.
fn moments(
    draws: usize,
    exact: &[f64; 4],
    mut gradient: impl FnMut() -> Result<[f64; 4], ppl::Error>,
) -> Result<Value, ppl::Error> {
    let (mut sums, mut squares) = ([0.0; 4], [0.0; 4]);
    let began = ProcessTime::now();
    for _ in 0..draws {
        for (k, g) in gradient()?.into_iter().enumerate() {
            // Deviations from the exact gradient keep the digits that a small variance needs.
            sums[k] += g - exact[k];
            squares[k] += (g - exact[k]).powi(2);
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let n = draws as f64;
    let (mut variance, mut deviation, mut bias) = (0.0f64, 0.0f64, [0.0; 4]);
    for k in 0..4 {
        bias[k] = sums[k] / n;
        let own = (squares[k] / n - bias[k].powi(2)).max(0.0) * n / (n - 1.0);
        variance += own;
        // Without any variance nothing is left to compare with.
        if own > 1e-18 {
            deviation = deviation.max(bias[k].abs() / (own / n).sqrt());
        }
    }
    Ok(json!({
        "variance": digits(variance, 5),
        "deviation": digits(deviation, 3),
        "mean_error": bias.map(|b| digits(b, 3)),
        "cpu_us_per_step": digits(1e6 * seconds / n, 4),
    }))
}

/// Runs the workload.
///
/// # Errors
///
/// If an estimate fails.
pub fn run(arguments: &Arguments) -> Result<String, Trouble> {
    // A variance takes two.
    let arguments = &Arguments { steps: arguments.steps.max(2), ..arguments.clone() };
    let draws = arguments.steps;
    let (exact, rows) = match arguments.dtype {
        Dtype::F32 => single::table(draws, arguments.seed)?,
        Dtype::F64 => double::table(draws, arguments.seed)?,
    };
    Ok(line(arguments, json!({ "gradient": exact.map(|g| digits(g, 12)), "estimators": rows })))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the gradient by sums over all outcomes that know nothing of the library.
    fn by_hand() -> [f64; 4] {
        let q = LOGITS.map(|l| 1.0 / (1.0 + (-l).exp()));
        let mut gradient = [0.0; 4];
        for x in DATA {
            for outcome in 0..16 {
                let z: [bool; 4] = std::array::from_fn(|k| outcome >> k & 1 == 1);
                let mean: f64 = (0..4).filter(|&k| z[k]).map(|k| EFFECTS[k]).sum();
                let mut cost = 0.5 * (x - mean).powi(2);
                let mut weight = 1.0;
                for k in 0..4 {
                    let (of_q, of_p) = if z[k] { (q[k], PRIOR) } else { (1.0 - q[k], 1.0 - PRIOR) };
                    cost += of_q.ln() - of_p.ln();
                    weight *= of_q;
                }
                for k in 0..4 {
                    gradient[k] += weight * cost * (f64::from(u8::from(z[k])) - q[k]);
                }
            }
        }
        gradient
    }

    #[test]
    fn trying_all_outcomes_gives_the_exact_gradient() {
        let (got, _) = double::table(2, 0).unwrap();
        for (got, expected) in got.into_iter().zip(by_hand()) {
            assert!((got - expected).abs() < 1e-12 * expected.abs().max(1.0), "{got} instead of {expected}");
        }
    }
}
