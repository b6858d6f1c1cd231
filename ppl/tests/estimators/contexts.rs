//! Each estimator in single precision, in plates of which a step visits some rows, and with elements that masks leave out.

use super::*;
use ppl::estimator::Baseline;

/// Where `THERE` is false an element may be left out.
const X: [f64; 6] = [0.3, 2.2, -0.4, 1.6, 0.9, 1.2];
const THERE: [bool; 6] = [true, false, true, true, false, true];
const EVERY: [bool; 6] = [true; 6];

/// What each row's own parameter is at first.
const OWN: f64 = 0.2;

/// The factor of all terms, by which costs deviate by less than one: then a standardised baseline has the factor one.
const SCALE: f64 = 0.05;

/// How the gradient of the sites is estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Default,
    Plain,
    Average,
    Normalised,
    Known,
    Taught,
    Particles,
    Others,
    Critical,
    Antithetic,
    Integrated,
    Summed,
    Sampled,
    Measured,
    Tried,
}

const KINDS: [Kind; 15] = [
    Kind::Default,
    Kind::Plain,
    Kind::Average,
    Kind::Normalised,
    Kind::Known,
    Kind::Taught,
    Kind::Particles,
    Kind::Others,
    Kind::Critical,
    Kind::Antithetic,
    Kind::Integrated,
    Kind::Summed,
    Kind::Sampled,
    Kind::Measured,
    Kind::Tried,
];

impl Kind {
    /// Returns whether every draw is the gradient.
    fn is_exact(self) -> bool {
        // Of two outcomes one is summed, and the other is all the rest.
        matches!(self, Kind::Summed | Kind::Tried)
    }
}

/// Returns the sums over all outcomes of the rows that are there.
fn exact(there: &[bool; 6]) -> Step {
    let mut found = Step::new([0.0; 2], [0.0; 6], 0.0);
    let number = |b: bool| f64::from(u8::from(b));
    for i in (0..6).filter(|&i| there[i]) {
        let qa = logistic(0.4 + OWN + 0.3 * X[i]);
        for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
            let qb = logistic(-0.5 + 0.9 * number(a));
            let log_q = log_bernoulli(a, qa) + log_bernoulli(b, qb);
            let log_p = log_bernoulli(a, 0.3) + log_bernoulli(b, 0.7 - 0.4 * number(a));
            let cost = log_q - log_p - log_normal(X[i], number(a) + 1.5 * number(b), 0.8);
            let weighed = SCALE * log_q.exp() * cost;
            found.loss += weighed;
            found.own[i] += weighed * (number(a) - qa);
            found.shared[1] += weighed * (number(b) - qb) * number(a);
        }
        found.shared[0] += found.own[i];
    }
    found
}

/// The gradients and the loss of one step.
#[derive(Clone, Debug)]
struct Step {
    shared: [f64; 2],
    own: [f64; 6],
    loss: f64,
}

impl Step {
    fn new(shared: [f64; 2], own: [f64; 6], loss: f64) -> Step {
        Step { shared, own, loss }
    }

    fn all(&self) -> Vec<f64> {
        self.shared.iter().chain(&self.own).copied().chain([self.loss]).collect()
    }

    /// Returns the gradients by `l`, by `d` and by a sum of the rows' own parameters of which no two cancel; and the loss.
    fn few(&self, exact: &Step) -> Vec<f64> {
        let factor = |i: usize| exact.own[i].signum() * [1.0, 1.5, 2.0][i % 3];
        let tilted: f64 = (0..6).map(|i| factor(i) * self.own[i]).sum();
        vec![self.shared[0], self.shared[1], tilted, self.loss]
    }
}

/// Which rows a step visits.
#[derive(Clone, Copy, Debug)]
enum Rows {
    Whole,
    /// Four of the six; all choices are alike.
    Random,
    /// Four of the six, so that three steps visit each row twice.
    InOrder,
}

impl Rows {
    /// Returns a number of particles: what is chosen at random varies with the choice, however many there are.
    fn particles(self) -> usize {
        if let Rows::Random = self { 8 } else { 20 }
    }
}

/// Returns the mean of several steps, each with a weight.
fn mean(steps: &[(f64, Step)]) -> Vec<f64> {
    let total: f64 = steps.iter().map(|(weight, _)| weight).sum();
    let of = |k: usize| steps.iter().map(|(weight, step)| weight * step.all()[k]).sum::<f64>() / total;
    (0..9).map(of).collect()
}

/// Returns a step for each choice of four rows, weighed by the number of choices that are like it: those whose other rows are
/// left out.
fn each_choice(what: &str, there: &[bool; 6], step: &mut impl FnMut() -> Step) -> Vec<(f64, Step)> {
    let absent = there.iter().filter(|&&t| !t).count();
    // The ways in which those of the four that are not seen can be chosen.
    let like = |rows: usize| match (absent, 4 - rows) {
        (_, 0) => 1.0,
        (2, 1) => 2.0,
        (2, 2) => 1.0,
        other => panic!("{what}: {other:?}"),
    };
    let seen = |step: &Step| step.own.map(|by| by != 0.0);
    let mut found: Vec<(f64, Step)> = Vec::new();
    for _ in 0..1_000 {
        let new = step();
        if !found.iter().any(|(_, old)| seen(old) == seen(&new)) {
            let rows = seen(&new).into_iter().filter(|&s| s).count();
            found.push((like(rows), new));
        }
        if found.iter().map(|(weight, _)| weight).sum::<f64>() == 15.0 {
            return found;
        }
    }
    panic!("{what}: not every choice of rows was seen: {found:?}");
}

/// Asserts that the steps have the exact numbers as their expectation, if they are to be drawn often; and where every draw is
/// exact, to this tolerance.
fn compare(
    what: &str,
    (rows, often): (Rows, bool),
    tolerance: Option<f64>,
    there: &[bool; 6],
    exact: &Step,
    step: &mut impl FnMut() -> Step,
) {
    let mut checked = || {
        let step = step();
        for (i, by) in step.own.into_iter().enumerate() {
            assert!(there[i] || by == 0.0, "{what}: the gradient {by} by element {i}, which is left out");
        }
        step
    };
    if let Some(tolerance) = tolerance {
        let steps = match rows {
            Rows::Whole => vec![(1.0, checked())],
            Rows::InOrder => (0..3).map(|_| (1.0, checked())).collect(),
            Rows::Random => each_choice(what, there, &mut checked),
        };
        for (k, (found, expected)) in mean(&steps).into_iter().zip(exact.all()).enumerate() {
            let away = (found - expected).abs();
            assert!(away <= tolerance, "{what}, number {k}: found {found}, expected {expected}");
        }
    }
    if !often {
        assert!((0..20).all(|_| checked().loss.is_finite()), "{what}");
        return;
    }
    let together = if let Rows::InOrder = rows { 3 } else { 1 };
    let draw = || {
        let steps: Vec<_> = (0..together).map(|_| checked().few(exact)).collect();
        (0..4).map(|k| steps.iter().map(|s| s[k]).sum::<f64>() / f64::from(together)).collect()
    };
    Moments::sharp(&exact.few(exact), draw).assert_unbiased(what, &exact.few(exact));
}

/// The model's and the guide's plates have these options; their sites, those of `site`.
macro_rules! context {
    (
        $name:ident, $element:ident, ($x:ident, $there:ident, $i:ident),
        model [$($model:tt)*], guide [$($guide:tt)*], site [$($site:tt)*],
        masked $masked:literal, rows $rows:expr, tolerance $tolerance:literal
    ) => {
        mod $name {
            use super::*;

            #[model($element)]
            fn pair($x: &[$element], $there: &[bool]) {
                plate!("i", $x.len(), $($model)* |$i| {
                    let a = sample!("a", Bernoulli::new(0.3) $($site)*).to_real();
                    let b = sample!("b", Bernoulli::new(0.7 - 0.4 * a) $($site)*).to_real();
                    observe!("x", Normal::new(a + 1.5 * b, 0.8), $x.at($i) $($site)*);
                });
            }

            #[guide(pair, $element)]
            fn proposal($x: &[$element], $there: &[bool], kind: Kind) {
                let (l, d) = (param!("l", 0.4), param!("d", 0.9));
                let level = param!("level", -0.1);
                plate!("i", $x.len(), $($guide)* |$i| {
                    // What is left out may be no number, here and in the baselines.
                    let x = $x.at($i);
                    let first = l + param!("own", OWN) + 0.3 * x;
                    let a = match kind {
                        Kind::Default => sample!("a", Bernoulli::logits(first) $($site)*),
                        Kind::Plain => sample!("a", Bernoulli::logits(first), Score::new() $($site)*),
                        Kind::Average => sample!("a", Bernoulli::logits(first), Score::baseline(DecayingAverage::new(0.9)) $($site)*),
                        Kind::Normalised => sample!("a", Bernoulli::logits(first), Score::baseline(Standardised::new(0.9)) $($site)*),
                        Kind::Known => sample!("a", Bernoulli::logits(first), Score::baseline(Given(0.05 * x - 0.1)) $($site)*),
                        Kind::Taught => sample!("a", Bernoulli::logits(first), Score::baseline(Learned(level + 0.05 * x)) $($site)*),
                        Kind::Particles => sample!("a", Bernoulli::logits(first), Score::baseline(Baseline::LeaveOneOut) $($site)*),
                        Kind::Others => sample!("a", Bernoulli::logits(first), LeaveOneOut::samples(3) $($site)*),
                        Kind::Critical => sample!("a", Bernoulli::logits(first), Score::baseline(SelfCritical) $($site)*),
                        Kind::Antithetic => sample!("a", Bernoulli::logits(first), Arm $($site)*),
                        Kind::Integrated => sample!("a", Bernoulli::logits(first), DisArm $($site)*),
                        Kind::Summed => sample!("a", Bernoulli::logits(first), SumAndSample::new(1) $($site)*),
                        Kind::Sampled => sample!("a", Bernoulli::logits(first), SumAndSample::new(0) $($site)*),
                        Kind::Measured => sample!("a", Bernoulli::logits(first), MeasureValued $($site)*),
                        Kind::Tried => sample!("a", Bernoulli::logits(first), enumerate $($site)*),
                    };
                    let second = d * a.to_real() - 0.5;
                    match kind {
                        Kind::Default => sample!("b", Bernoulli::logits(second) $($site)*),
                        Kind::Plain => sample!("b", Bernoulli::logits(second), Score::new() $($site)*),
                        Kind::Average => sample!("b", Bernoulli::logits(second), Score::baseline(DecayingAverage::new(0.9)) $($site)*),
                        Kind::Normalised => sample!("b", Bernoulli::logits(second), Score::baseline(Standardised::new(0.9)) $($site)*),
                        Kind::Known => sample!("b", Bernoulli::logits(second), Score::baseline(Given(0.05 * x - 0.1)) $($site)*),
                        Kind::Taught => sample!("b", Bernoulli::logits(second), Score::baseline(Learned(level + 0.05 * x)) $($site)*),
                        Kind::Particles => sample!("b", Bernoulli::logits(second), Score::baseline(Baseline::LeaveOneOut) $($site)*),
                        Kind::Others => sample!("b", Bernoulli::logits(second), LeaveOneOut::samples(3) $($site)*),
                        Kind::Critical => sample!("b", Bernoulli::logits(second), Score::baseline(SelfCritical) $($site)*),
                        Kind::Antithetic => sample!("b", Bernoulli::logits(second), Arm $($site)*),
                        Kind::Integrated => sample!("b", Bernoulli::logits(second), DisArm $($site)*),
                        Kind::Summed => sample!("b", Bernoulli::logits(second), SumAndSample::new(1) $($site)*),
                        Kind::Sampled => sample!("b", Bernoulli::logits(second), SumAndSample::new(0) $($site)*),
                        Kind::Measured => sample!("b", Bernoulli::logits(second), MeasureValued $($site)*),
                        Kind::Tried => sample!("b", Bernoulli::logits(second), enumerate $($site)*),
                    };
                });
            }

            /// Checks an estimator with and without closed divergences, with the draws that an expectation takes in one of the two.
            fn check(kind: Kind) {
                let there = if $masked { THERE } else { EVERY };
                // Where the guide proposes an element that the model leaves out, its logits must be numbers.
                let leaves_out = stringify!($($guide)* $($site)*).contains("mask");
                let nonsense = [<$element>::NAN, <$element>::INFINITY];
                let x: [$element; 6] = std::array::from_fn(|i| match there[i] || !leaves_out {
                    true => X[i] as $element,
                    false => nonsense[i % 2],
                });
                let exact = exact(&there);
                for closed in [true, false] {
                    let what = format!("{kind:?} {}, closed divergences: {closed}", stringify!($name));
                    let model = ppl::Handlers::scale(pair(&x, &there), SCALE);
                    let elbo = particles($rows.particles()).closed_kl(closed);
                    let mut svi = Svi::new(model, proposal(&x, &there, kind), elbo, Sgd::new(1.0)).seed(27);
                    let mut step = || {
                        let (step, gradient) = svi.gradient().unwrap();
                        let of = |name: &str| gradient.get(name).unwrap().iter().copied().collect::<Vec<f64>>();
                        Step::new([of("l")[0], of("d")[0]], of("own").try_into().unwrap(), step.loss)
                    };
                    // Every other estimator, and in the other precision the others.
                    let often = closed == ((kind as usize % 2 == 0) == (size_of::<$element>() == 8));
                    let rows = ($rows, often);
                    compare(&what, rows, kind.is_exact().then_some($tolerance), &there, &exact, &mut step);
                }
            }

            #[test]
            fn is_unbiased() {
                KINDS.into_iter().for_each(check);
            }
        }
    };
}

context!(single, f32, (x, there, i), model [], guide [], site [], masked false, rows Rows::Whole, tolerance 2e-6);
context!(
    at_random, f64, (x, there, i), model [subsample(4),], guide [subsample(4),], site [],
    masked false, rows Rows::Random, tolerance 1e-10
);
context!(
    in_order, f64, (x, there, i), model [in_order(4),], guide [in_order(4),], site [],
    masked false, rows Rows::InOrder, tolerance 1e-10
);
context!(
    masked_plate, f64, (x, there, i), model [mask(there),], guide [mask(there),], site [],
    masked true, rows Rows::Whole, tolerance 1e-10
);
context!(
    masked_sites, f64, (x, there, i), model [], guide [], site [, mask(there.at(i))],
    masked true, rows Rows::Whole, tolerance 1e-10
);
context!(
    masked_model, f64, (x, there, i), model [mask(there),], guide [], site [],
    masked true, rows Rows::Whole, tolerance 1e-10
);
context!(
    single_masked_at_random, f32, (x, there, i),
    model [subsample(4), mask(there),], guide [subsample(4), mask(there),], site [],
    masked true, rows Rows::Random, tolerance 2e-6
);
context!(
    single_masked_in_order, f32, (x, there, i), model [in_order(4),], guide [in_order(4),], site [, mask(there.at(i))],
    masked true, rows Rows::InOrder, tolerance 2e-6
);
