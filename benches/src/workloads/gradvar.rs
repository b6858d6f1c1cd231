//! The variance of one step's gradient by estimator and number of particles: `f(b) = sum (b_i - 0.499)^2` of twenty coins.
//!
//! The coins are `b_i ~ Bernoulli(sigmoid(theta_i))` at the probabilities 0.5 and 0.2, and the gradient is that of `E f` by
//! `theta`. The outcomes of a coin cost almost the same, so that all but a hundredth of a plain score-function estimate is noise.
//! `f` is the cost exactly: the prior is the proposal, through which no derivative flows, and a wait of `f` at rate one has the log-density `-f`.
//!
//! In rows of the form `joint` the coins are one array, and every coin's cost is that of all; in those of the form `apart` they
//! are a plate's elements, each with its own. `variance` is the trace of the covariance of one estimate, the mean of its squared
//! distance from the exact gradient over `--steps` estimates; `error` is its standard error, `closed` its closed form, and
//! `deviation` the distance of the mean estimate from the gradient in standard errors, the largest of the twenty.

use crate::arguments::{Arguments, Dtype};
use crate::report::{digits, line};
use crate::trouble::Trouble;
use closed::Coins;
use cpu_time::ProcessTime;
use ppl::objective::Objective;
use ppl::optim::{Optimiser, Sgd};
use ppl::{Elbo, Guide, GuidedBy, Model, Svi};
use serde_json::{Map, Value, json};

mod closed;

/// The number of coins.
const COINS: usize = 20;

/// What an outcome is compared with.
const TARGET: f64 = 0.499;

/// The probabilities of an outcome of one.
const PROBABILITIES: [f64; 2] = [0.5, 0.2];

/// The weight of the past in decaying averages.
const DECAY: f64 = 0.9;

/// Estimates before those that count, in which averages forget their start.
const WARM_UP: usize = 200;

/// What many estimates say of their estimator.
struct Row {
    estimator: &'static str,
    form: &'static str,
    particles: usize,
    variance: f64,
    error: f64,
    closed: f64,
    deviation: f64,
    microseconds: f64,
}

macro_rules! guide {
    ($module:ident, $element:ident, joint, $($estimator:tt)+) => {
        mod $module {
            use super::*;

            #[guide(joint, $element)]
            pub fn proposal(logit: f64) {
                let theta = param!("theta", init::full([COINS], logit));
                sample!("b", Bernoulli::logits(theta), $($estimator)+);
            }
        }
    };
    ($module:ident, $element:ident, apart, $($estimator:tt)+) => {
        mod $module {
            use super::*;

            #[guide(apart, $element)]
            pub fn proposal(logit: f64) {
                plate!("coin", COINS, |_i| {
                    sample!("b", Bernoulli::logits(param!("theta", logit)), $($estimator)+);
                });
            }
        }
    };
}

macro_rules! programs {
    ($module:ident, $element:ident, $({
        $guide:ident, $form:ident, $closed:ident, [$($particles:literal),+], [$($estimator:tt)+]
    })+) => {
        mod $module {
            use super::*;
            use ppl::prelude::*;

            #[model($element)]
            pub fn joint(logit: f64) {
                let theta = param!("theta", init::full([COINS], logit)).stop_gradient();
                let b = sample!("b", Bernoulli::logits(theta)).to_tensor();
                observe!("cost", Exponential::new(1.0), (b - TARGET).powi(2));
            }

            #[model($element)]
            pub fn apart(logit: f64) {
                plate!("coin", COINS, |_i| {
                    let theta = param!("theta", logit).stop_gradient();
                    let b = sample!("b", Bernoulli::logits(theta)).to_real();
                    observe!("cost", Exponential::new(1.0), (b - TARGET).powi(2));
                });
            }

            $(guide!($guide, $element, $form, $($estimator)+);)+

            /// Returns what each estimator does at a probability.
            pub fn rows(p: f64, draws: usize, seed: u64) -> Result<Vec<Row>, ppl::Error> {
                let logit = (p / (1.0 - p)).ln();
                let mut rows = Vec::new();
                $($({
                    let objective = Elbo::default().particles($particles);
                    let mut svi =
                        Svi::new($form(logit), $guide::proposal(logit), objective, Sgd::new(1.0)).seed(seed);
                    let coins = Coins::$form(p);
                    let names = (stringify!($guide), stringify!($form));
                    let known = (coins.$closed($particles), coins.slope());
                    rows.push(measure(names, $particles, known, draws, &mut svi)?);
                })+)+
                Ok(rows)
            }
        }
    };
}

macro_rules! table {
    ($module:ident, $element:ident) => {
        programs! {
            $module, $element,
            { score, joint, score, [1, 4], [Score::new()] }
            { average, joint, average, [1, 4], [Score::baseline(DecayingAverage::new(DECAY))] }
            { standardised, joint, average, [1], [Score::baseline(Standardised::new(DECAY))] }
            { other_particles, joint, others, [2, 4, 8], [Score::baseline(ppl::estimator::Baseline::LeaveOneOut)] }
            { leave_one_out_4, joint, four_others, [1], [LeaveOneOut::samples(4)] }
            { arm, joint, arm, [1], [Arm] }
            { dis_arm, joint, dis_arm, [1, 4], [DisArm] }
            { score_apart, apart, score, [1], [Score::new()] }
            { average_apart, apart, average, [1], [Score::baseline(DecayingAverage::new(DECAY))] }
            { other_particles_apart, apart, others, [2], [Score::baseline(ppl::estimator::Baseline::LeaveOneOut)] }
            { leave_one_out_4_apart, apart, four_others, [1], [LeaveOneOut::samples(4)] }
            { arm_apart, apart, arm, [1], [Arm] }
            { dis_arm_apart, apart, dis_arm, [1], [DisArm] }
            { sum_and_sample_1, apart, none, [1], [SumAndSample::new(1)] }
            { measure_valued, apart, none, [1], [MeasureValued] }
            { enumerated, apart, none, [1], [enumerate] }
        }
    };
}
table!(double, f64);
table!(single, f32);

/// Returns what many estimates of a gradient say of their estimator, whose variance is known, and so is each element of the
/// gradient.
fn measure<M, G>(
    (estimator, form): (&'static str, &'static str),
    particles: usize,
    (closed, exact): (f64, f64),
    draws: usize,
    svi: &mut Svi<M, G, Elbo, Sgd<M::Element>>,
) -> Result<Row, ppl::Error>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    Elbo: Objective<M::Element>,
    Sgd<M::Element>: Optimiser<M::Element>,
{
    for _ in 0..WARM_UP {
        svi.gradient()?;
    }
    let (mut sums, mut squares) = ([0.0; COINS], [0.0; COINS]);
    // Of the squared distance of an estimate from the gradient: the sum, and that of the squares.
    let (mut distances, mut squared_distances) = (0.0f64, 0.0f64);
    let began = ProcessTime::now();
    for _ in 0..draws {
        let (_, gradient) = svi.gradient()?;
        let mut distance = 0.0;
        for ((sum, square), by) in sums.iter_mut().zip(&mut squares).zip(gradient.get("theta")?) {
            let away = by - exact;
            *sum += away;
            *square += away * away;
            distance += away * away;
        }
        distances += distance;
        squared_distances += distance * distance;
    }
    let n = draws as f64;
    let microseconds = 1e6 * began.elapsed().as_secs_f64() / n;
    let variance = distances / n;
    let error = ((squared_distances / n - variance * variance).max(0.0) / n).sqrt();
    let deviation = sums.iter().zip(&squares).fold(0.0f64, |largest, (sum, square)| {
        // Without any variance nothing is left to compare with but rounding.
        let spread = square / n;
        if spread > 1e-20 { largest.max((sum / n).abs() / (spread / n).sqrt()) } else { largest }
    });
    let estimator = estimator.strip_suffix("_apart").unwrap_or(estimator);
    Ok(Row { estimator, form, particles, variance, error, closed, deviation, microseconds })
}

/// Runs the workload.
///
/// # Errors
///
/// If an estimate fails.
pub fn run(arguments: &Arguments) -> Result<String, Trouble> {
    // A standard error takes two.
    let arguments = &Arguments { steps: arguments.steps.max(2), ..arguments.clone() };
    let mut all = Map::new();
    for p in PROBABILITIES {
        let rows = match arguments.dtype {
            Dtype::F32 => single::rows(p, arguments.steps, arguments.seed)?,
            Dtype::F64 => double::rows(p, arguments.steps, arguments.seed)?,
        };
        let rows: Vec<Value> = rows.iter().map(Row::to_json).collect();
        all.insert(
            p.to_string(),
            json!({ "gradient": digits(Coins::apart(p).slope(), 12), "estimators": rows }),
        );
    }
    Ok(line(arguments, json!({ "probabilities": all })))
}

impl Row {
    fn to_json(&self) -> Value {
        json!({
            "estimator": self.estimator,
            "form": self.form,
            "particles": self.particles,
            "variance": digits(self.variance, 5),
            "error": digits(self.error, 2),
            "closed": digits(self.closed, 5),
            "deviation": digits(self.deviation, 3),
            "cpu_us_per_step": digits(self.microseconds, 4),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says which row's variance or mean is not what it should be.
    fn check(row: &Row, closed: f64) -> Result<(), String> {
        let Row { estimator, form, particles, variance, error, deviation, .. } = row;
        let away = (variance - closed).abs();
        // Rounding alone is left where every estimate is exact, or equally far away.
        if away <= 5.0 * error + 1e-9 * closed + 1e-20 && *deviation <= 5.0 {
            return Ok(());
        }
        Err(format!(
            "{estimator}, {form}, {particles} particles: {variance:e} +- {error:e}, expected {closed:e}; {deviation}"
        ))
    }

    #[test]
    fn variances_are_those_in_closed_form() {
        for p in PROBABILITIES {
            for row in double::rows(p, 2_000, 1).unwrap() {
                check(&row, row.closed).unwrap();
                // The estimates are enough to tell it from another.
                if row.closed > 0.0 {
                    assert!(check(&row, row.closed / 1.6).is_err() && check(&row, 1.6 * row.closed).is_err());
                }
            }
        }
    }

    /// The closed form of leave-one-out and that of the score function agree with sums over all outcomes of a pair of draws.
    #[test]
    fn closed_forms_are_sums_over_outcomes() {
        for p in PROBABILITIES {
            let coins = Coins { p, together: 3.0, all: 1.0 };
            let outcomes = || (0..8u32).map(|bits| [bits & 1, bits >> 1 & 1, bits >> 2 & 1].map(f64::from));
            let chance = |b: [f64; 3]| b.iter().map(|&b| if b == 1.0 { p } else { 1.0 - p }).product::<f64>();
            let cost = |b: [f64; 3]| b.iter().map(|b| (b - TARGET).powi(2)).sum::<f64>();
            let (mut of_score, mut of_others) = (0.0, 0.0);
            for b in outcomes() {
                of_score += chance(b) * (cost(b) * (b[0] - p) - coins.slope()).powi(2);
                for c in outcomes() {
                    let estimate = 0.5 * (cost(b) - cost(c)) * (b[0] - c[0]);
                    of_others += chance(b) * chance(c) * (estimate - coins.slope()).powi(2);
                }
            }
            assert!((coins.score(1) / of_score - 1.0).abs() < 1e-10, "{} {of_score}", coins.score(1));
            assert!((coins.others(2) / of_others - 1.0).abs() < 1e-8, "{} {of_others}", coins.others(2));
        }
    }
}
