//! Chains inside of plates of which a step visits some sequences, with ends, with sequences and observations that masks leave
//! out, in both precisions; against sums over every path.

#[path = "../unbiased/mod.rs"]
#[allow(dead_code)] // Some of it serves other tests.
mod unbiased;

use super::*;
use ndarray::Array2;
use unbiased::*;

/// Four sequences of at most three steps.
const Y: [[f64; 3]; 4] = [[0.2, 1.4, -0.3], [1.1, 0.2, 2.0], [-0.6, 0.9, 1.8], [0.4, 1.3, 0.1]];

/// Which sequences are there, how long they are, and which observations are.
const THERE: [bool; 4] = [true, false, true, true];
const LENGTHS: [usize; 4] = [3, 3, 2, 3];
const SEEN: [[bool; 3]; 4] =
    [[true, true, false], [true, true, true], [true, true, true], [false, true, true]];

const STICKY: [[f64; 2]; 2] = [[0.75, 0.25], [0.35, 0.65]];

/// Returns whether an observation counts.
fn counts(i: usize, t: usize) -> bool {
    THERE[i] && t < LENGTHS[i] && SEEN[i][t]
}

/// The observations; those that do not count are no numbers, or infinite.
fn data() -> Array2<f64> {
    Array2::from_shape_fn((4, 3), |(i, t)| match (counts(i, t), t) {
        (true, _) => Y[i][t],
        (false, 0) => f64::INFINITY,
        (false, _) => f64::NAN,
    })
}

fn seen() -> Array2<bool> {
    Array2::from_shape_fn((4, 3), |(i, t)| SEEN[i][t])
}

/// Sums `f(path, log p(path, y))` over the paths of a sequence, where the mean of an observation is `effect` times its state.
fn over_paths(i: usize, effect: f64, mut f: impl FnMut(&[usize], f64)) {
    for bits in 0..1usize << LENGTHS[i] {
        let path: Vec<usize> = (0..LENGTHS[i]).map(|t| bits >> t & 1).collect();
        let (mut before, mut log) = (0, 0.0);
        for (t, &z) in path.iter().enumerate() {
            log += STICKY[before][z].ln();
            if SEEN[i][t] {
                log += log_normal(Y[i][t], effect * z as f64, 1.0);
            }
            before = z;
        }
        f(&path, log);
    }
}

/// The gradients and the loss: of one step, or the mean of several.
type Numbers = Vec<f64>;

fn mean_of(steps: &[Numbers]) -> Numbers {
    (0..steps[0].len()).map(|k| steps.iter().map(|s| s[k]).sum::<f64>() / steps.len() as f64).collect()
}

/// Returns the mean over the choices of three of the four sequences, each of which has another loss.
fn mean_of_choices(mut step: impl FnMut() -> Numbers) -> Numbers {
    let mut found: Vec<Numbers> = Vec::new();
    for _ in 0..100 {
        let new = step();
        let loss = |numbers: &Numbers| numbers[numbers.len() - 1];
        if !found.iter().any(|old| (loss(old) - loss(&new)).abs() < 1e-6) {
            found.push(new);
        }
    }
    assert_eq!(found.len(), 4, "{found:?}");
    mean_of(&found)
}

/// Which sequences a step visits.
#[derive(Clone, Copy)]
enum Rows {
    Whole,
    Random,
    /// Three of the four, so that four steps visit each of them three times.
    InOrder,
}

impl Rows {
    /// Returns a number of particles: what is chosen at random varies with the choice, however many there are.
    fn particles(self) -> usize {
        if let Rows::Random = self { 6 } else { 20 }
    }
}

fn mean_over(rows: Rows, mut step: impl FnMut() -> Numbers) -> Numbers {
    match rows {
        Rows::Whole => step(),
        Rows::InOrder => mean_of(&[(); 4].map(|()| step())),
        Rows::Random => mean_of_choices(step),
    }
}

fn assert_all(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        let within = tolerance * expected.abs().max(1.0);
        assert!((found - expected).abs() <= within, "{what}, number {k}: found {found}, expected {expected}");
    }
}

/// The negative log-evidence, with its derivative by the effect.
fn evidence(effect: f64) -> f64 {
    (0..4)
        .filter(|&i| THERE[i])
        .map(|i| {
            let mut total = 0.0;
            over_paths(i, effect, |_, log| total += log.exp());
            -total.ln()
        })
        .sum()
}

/// The negative bound: every step's proposal has the logit `l + d z + 0.5 t` after the state `z`.
fn bound([l, d, effect]: [f64; 3]) -> f64 {
    let mut total = 0.0;
    for i in (0..4).filter(|&i| THERE[i]) {
        over_paths(i, effect, |path, log| {
            let (mut before, mut log_q) = (0, 0.0);
            for (t, &z) in path.iter().enumerate() {
                log_q += log_bernoulli(z == 1, logistic(l + d * before as f64 + SLOPE[t]));
                before = z;
            }
            total += log_q.exp() * (log_q - log);
        });
    }
    total
}

const SLOPE: [f64; 3] = [0.0, 0.5, 1.0];

/// How the sites of a guide's chain that runs step by step are differentiated.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Default,
    Average,
    Known,
    Others,
    Antithetic,
    Integrated,
    Summed,
    Sampled,
    Measured,
}

const KINDS: [Kind; 9] = [
    Kind::Default,
    Kind::Average,
    Kind::Known,
    Kind::Others,
    Kind::Antithetic,
    Kind::Integrated,
    Kind::Summed,
    Kind::Sampled,
    Kind::Measured,
];

macro_rules! context {
    ($name:ident, $element:ident, [$($visit:tt)*], $rows:expr, $tolerance:literal) => {
        mod $name {
            use super::*;

            fn observations() -> Array2<$element> {
                data().mapv(|y| y as $element)
            }

            #[model($element)]
            fn summed(y: &Array2<$element>, there: &[bool], lengths: &[usize], seen: &Array2<bool>) {
                let effect = param!("effect", 1.5);
                let table: Tensor<$element> = Tensor::stack(&STICKY.map(|row| Tensor::stack(&row.map(|p| Real::from(p as $element)))));
                plate!("sequence", y.nrows(), $($visit)* mask(there), |i| {
                    markov!("time", y.ncols(), 0, lengths(lengths.at(i)), |before, t| {
                        let z = sample!("z", Categorical::new(table.at(before)), enumerate);
                        observe!("y", Normal::new(effect * z.to_real(), 1.0), y.at(i).at(t), mask(seen.at(i).at(t)));
                        z
                    });
                });
            }

            #[guide(summed, $element)]
            fn nothing() {}

            #[test]
            fn a_chain_that_is_summed_out() {
                let (y, seen) = (observations(), seen());
                let model = summed(&y, &THERE, &LENGTHS, &seen);
                let mut svi = Svi::new(model, nothing(), Elbo::default(), Sgd::new(1.0)).seed(3);
                let found = mean_over($rows, || {
                    let (step, gradient) = svi.gradient().unwrap();
                    vec![gradient.get("effect").unwrap()[[]], step.loss]
                });
                assert_all("summed out", &found, &[slope(evidence, 1.5), evidence(1.5)], $tolerance);
            }

            #[model($element)]
            fn hidden(y: &Array2<$element>, there: &[bool], lengths: &[usize], seen: &Array2<bool>) {
                let effect = param!("effect", 1.5);
                plate!("sequence", y.nrows(), $($visit)* mask(there), |i| {
                    markov!("time", y.ncols(), 0, lengths(lengths.at(i)), |before, t| {
                        // The table's second column.
                        let z = sample!("z", Bernoulli::new(0.25 + 0.4 * before.to_real()));
                        observe!("y", Normal::new(effect * z.to_real(), 1.0), y.at(i).at(t), mask(seen.at(i).at(t)));
                        z
                    });
                });
            }

            #[guide(hidden, $element)]
            fn structured(y: &Array2<$element>, there: &[bool], lengths: &[usize]) {
                let (l, d) = (param!("l", 0.5), param!("d", -1.2));
                plate!("sequence", y.nrows(), $($visit)* mask(there), |i| {
                    markov!("time", y.ncols(), 0, lengths(lengths.at(i)), |before, t| {
                        let logit = l + d * before.to_real() + SLOPE.map(|s| s as $element).at(t);
                        sample!("z", Bernoulli::logits(logit), enumerate)
                    });
                });
            }

            #[test]
            fn a_chain_of_a_guide_that_is_averaged_over() {
                let (y, seen) = (observations(), seen());
                let expected = gradient_and_value(bound, [0.5, -1.2, 1.5]);
                for closed in [true, false] {
                    let model = hidden(&y, &THERE, &LENGTHS, &seen);
                    let elbo = Elbo::default().closed_kl(closed);
                    let mut svi = Svi::new(model, structured(&y, &THERE, &LENGTHS), elbo, Sgd::new(1.0)).seed(4);
                    let found = mean_over($rows, || {
                        let (step, gradient) = svi.gradient().unwrap();
                        let by = |name: &str| gradient.get(name).unwrap()[[]];
                        vec![by("l"), by("d"), by("effect"), step.loss]
                    });
                    assert_all("averaged over", &found, &expected, $tolerance);
                }
            }

            #[guide(hidden, $element)]
            fn stepwise(guesses: &Array2<$element>, there: &[bool], lengths: &[usize], kind: Kind) {
                let (l, d) = (param!("l", 0.5), param!("d", -1.2));
                plate!("sequence", guesses.nrows(), $($visit)* mask(there), |i| {
                    markov!("time", guesses.ncols(), 0, lengths(lengths.at(i)), |before, t| {
                        let logit = l + d * before.to_real() + SLOPE.map(|s| s as $element).at(t);
                        match kind {
                            Kind::Default => sample!("z", Bernoulli::logits(logit)),
                            Kind::Average => sample!("z", Bernoulli::logits(logit), Score::baseline(DecayingAverage::new(0.9))),
                            Kind::Known => sample!("z", Bernoulli::logits(logit), Score::baseline(Given(guesses.at(i).at(t)))),
                            Kind::Others => sample!("z", Bernoulli::logits(logit), LeaveOneOut::samples(2)),
                            Kind::Antithetic => sample!("z", Bernoulli::logits(logit), Arm),
                            Kind::Integrated => sample!("z", Bernoulli::logits(logit), DisArm),
                            Kind::Summed => sample!("z", Bernoulli::logits(logit), SumAndSample::new(1)),
                            Kind::Sampled => sample!("z", Bernoulli::logits(logit), SumAndSample::new(0)),
                            Kind::Measured => sample!("z", Bernoulli::logits(logit), MeasureValued),
                        }
                    });
                });
            }

            #[test]
            fn a_chain_of_a_guide_that_is_drawn() {
                let (y, seen) = (observations(), seen());
                // Of a step that is not there the baseline is no number.
                let guesses = Array2::from_shape_fn((4, 3), |(i, t)| match THERE[i] && t < LENGTHS[i] {
                    true => 4.0 - 1.3 * t as $element,
                    false => <$element>::NAN,
                });
                let expected = gradient_and_value(bound, [0.5, -1.2, 1.5]);
                for kind in KINDS {
                    let model = hidden(&y, &THERE, &LENGTHS, &seen);
                    let elbo = Elbo::default().particles($rows.particles());
                    let guide = stepwise(&guesses, &THERE, &LENGTHS, kind);
                    let mut svi = Svi::new(model, guide, elbo, Sgd::new(1.0)).seed(5);
                    let mut step = || {
                        let (step, gradient) = svi.gradient().unwrap();
                        let by = |name: &str| gradient.get(name).unwrap()[[]];
                        vec![by("l"), by("d"), by("effect"), step.loss]
                    };
                    let draw = || match $rows {
                        Rows::InOrder => mean_of(&[(); 4].map(|()| step())),
                        _ => step(),
                    };
                    let what = format!("{kind:?} {}", stringify!($name));
                    Moments::sharp(&expected, draw).assert_unbiased(&what, &expected);
                }
            }
        }
    };
}

// By differences of the sixth order the derivatives have ten digits; single precision has seven, of which the sums take one.
context!(double, f64, [], Rows::Whole, 1e-10);
context!(at_random, f64, [subsample(3),], Rows::Random, 1e-10);
context!(single_in_order, f32, [in_order(3),], Rows::InOrder, 2e-6);
