//! Sites that are known here and there in both programs: against sums over the outcomes of those that are not, and against
//! closed forms.

use ppl::prelude::*;
use ppl::support::UnitInterval;
use ppl::{Handlers, Values, log_density, prior_predictive};

fn close(found: f64, expected: f64) {
    let tolerance = 1e-10 * expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected}");
}

fn normal(x: f64, loc: f64, scale: f64) -> f64 {
    let z = (x - loc) / scale;
    -0.5 * z * z - scale.ln() - 0.5 * std::f64::consts::TAU.ln()
}

/// A class, which some rows say, and a number that depends on it.
#[model]
fn classes(x: &[f64; 5], labels: &[Option<bool>], kept: &[bool], weight: f64) {
    let (p, m) = (param!("p", 0.3, UnitInterval), param!("m", 1.4));
    plate!("row", x.len(), mask(kept), |i| {
        let z = sample!("z", Bernoulli::new(p), given(labels.at(i)), weight(weight));
        observe!("x", Normal::new(z.to_real() * m, 1.0), x.at(i));
    });
}

macro_rules! guides_of_classes {
    ($($name:ident: $($option:expr),*;)*) => {$(
        #[guide(classes)]
        fn $name(x: &[f64; 5], labels: &[Option<bool>], kept: &[bool], _weight: f64) {
            let (slope, shift) = (param!("slope", 0.7), param!("shift", -0.4));
            plate!("row", x.len(), mask(kept), |i| {
                let logit = x.at(i) * slope + shift;
                sample!("z", Bernoulli::logits(logit), given(labels.at(i)) $(, $option)*);
            });
        }
    )*};
}
guides_of_classes! {
    tried: enumerate;
    scored: Score::new();
    left_out: LeaveOneOut::samples(3);
    by_arm: Arm;
    by_dis_arm: DisArm;
    summed_and_sampled: SumAndSample::new(1);
    measured: MeasureValued;
}

const X: [f64; 5] = [0.8, -0.4, 2.1, 1.0, -1.3];
const LABELS: [Option<bool>; 5] = [None, Some(true), None, Some(false), None];
const ALL: [bool; 5] = [true; 5];
const SOME: [bool; 5] = [true, true, false, true, true];
const NAMES: [&str; 4] = ["p", "m", "slope", "shift"];
const AT: [f64; 4] = [-0.8472978603872037, 1.4, 0.7, -0.4];

/// The loss, where the divergence of the rows without a label is multiplied by `kl`.
fn exact(kept: [bool; 5], weight: f64, kl: f64, [p, m, slope, shift]: [f64; 4]) -> f64 {
    let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
    let bernoulli = |on: bool, p: f64| if on { p } else { 1.0 - p };
    let mut loss = 0.0;
    for ((x, label), _) in X.into_iter().zip(LABELS).zip(kept).filter(|(_, kept)| *kept) {
        let of_x = |z: bool| normal(x, f64::from(u8::from(z)) * m, 1.0);
        match label {
            Some(z) => loss -= weight * bernoulli(z, sigmoid(p)).ln() + of_x(z),
            None => {
                for z in [false, true] {
                    let q = bernoulli(z, sigmoid(x * slope + shift));
                    loss -= q * (kl * weight * (bernoulli(z, sigmoid(p)) / q).ln() + of_x(z));
                }
            }
        }
    }
    loss
}

fn exact_gradient(kept: [bool; 5], weight: f64, kl: f64) -> [f64; 4] {
    std::array::from_fn(|k| {
        let h = 1e-3;
        let at = |n: f64| {
            let mut at = AT;
            at[k] += n * h;
            exact(kept, weight, kl, at)
        };
        (45.0 * (at(1.0) - at(-1.0)) - 9.0 * (at(2.0) - at(-2.0)) + at(3.0) - at(-3.0)) / (60.0 * h)
    })
}

#[test]
fn tried_at_every_value_losses_and_gradients_are_exact() {
    for (kept, weight, kl) in
        [(ALL, 1.0, 1.0), (SOME, 1.0, 1.0), (ALL, 0.6, 1.0), (ALL, 1.0, 0.25), (SOME, 0.6, 0.25)]
    {
        for closed in [true, false] {
            let elbo = Elbo::default().closed_kl(closed).kl_weight(kl);
            let (model, guide) = (classes(&X, &LABELS, &kept, weight), tried(&X, &LABELS, &kept, weight));
            let mut svi = Svi::new(model, guide, elbo, Adam::new(0.1));
            for _ in 0..2 {
                let (step, gradient) = svi.gradient().unwrap();
                close(step.loss, exact(kept, weight, kl, AT));
                close(step.elbo, -exact(kept, 1.0, 1.0, AT));
                for (name, exact) in NAMES.iter().zip(exact_gradient(kept, weight, kl)) {
                    let found = gradient.get(name).unwrap()[[]];
                    assert!((found - exact).abs() < 1e-9, "{name}: {found}, expected {exact}");
                }
            }
        }
    }
}

macro_rules! unbiased {
    ($($test:ident: $guide:ident;)*) => {$(
        #[test]
        fn $test() {
            let elbo = Elbo::default().particles(1_000);
            let (model, guide) = (classes(&X, &LABELS, &SOME, 0.6), $guide(&X, &LABELS, &SOME, 0.6));
            let mut svi = Svi::new(model, guide, elbo, Adam::new(0.1)).seed(3);
            let mut sums = [[0.0; 2]; 4];
            let steps = 250;
            for _ in 0..steps {
                let (_, gradient) = svi.gradient().unwrap();
                for (sum, name) in sums.iter_mut().zip(NAMES) {
                    let found = gradient.get(name).unwrap()[[]];
                    *sum = [sum[0] + found, sum[1] + found * found];
                }
            }
            let n = f64::from(steps);
            for ((name, exact), [sum, squares]) in NAMES.iter().zip(exact_gradient(SOME, 0.6, 1.0)).zip(sums) {
                let mean = sum / n;
                let error = ((squares / n - mean * mean).max(0.0) / (n - 1.0)).sqrt();
                assert!((mean - exact).abs() < 5.0 * error + 1e-9, "{name}: {mean} +- {error}, expected {exact}");
                // The draws see a bias of a twentieth.
                assert!(5.0 * error < 0.05 * exact.abs(), "{name}: {error}, {exact}");
            }
        }
    )*};
}
unbiased! {
    score_gradients_have_the_exact_expectation: scored;
    leave_one_out_gradients_have_the_exact_expectation: left_out;
    arm_gradients_have_the_exact_expectation: by_arm;
    dis_arm_gradients_have_the_exact_expectation: by_dis_arm;
    sum_and_sample_gradients_have_the_exact_expectation: summed_and_sampled;
    measure_valued_gradients_have_the_exact_expectation: measured;
}

/// Heights of which some are known, and what was measured of them with an error.
#[model]
fn heights(x: &[f64], labels: &[Option<f64>]) {
    let mu = param!("mu", 0.3);
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(mu, 1.0), given(labels.at(i)));
        observe!("x", Normal::new(z, 0.5), x.at(i));
    });
}

/// The posterior, at the first value of `off`.
#[guide(heights)]
fn posterior_of_heights(x: &[f64], labels: &[Option<f64>]) {
    let off = param!("off", 0.0);
    plate!("row", x.len(), |i| {
        // Precisions of 1 and 4.
        let loc = (x.at(i) * 4.0 + 0.3) / 5.0 + off;
        sample!("z", Normal::new(loc, 0.2_f64.sqrt()), given(labels.at(i)));
    });
}

const MEASURED: [f64; 4] = [0.2, -1.1, 1.9, 0.7];
const HEIGHTS: [Option<f64>; 4] = [Some(0.5), None, Some(1.2), None];

fn log_evidence() -> f64 {
    let term = |(&x, z): (&f64, Option<f64>)| match z {
        Some(z) => normal(z, 0.3, 1.0) + normal(x, z, 0.5),
        None => normal(x, 0.3, 1.25_f64.sqrt()),
    };
    MEASURED.iter().zip(HEIGHTS).map(term).sum()
}

#[test]
fn under_the_posterior_every_objective_is_the_log_evidence() {
    macro_rules! check {
        ($($objective:expr),*) => {$({
            let (model, guide) = (heights(&MEASURED, &HEIGHTS), posterior_of_heights(&MEASURED, &HEIGHTS));
            let mut svi = Svi::new(model, guide, $objective, Adam::new(0.1)).seed(2);
            close(svi.gradient().unwrap().0.loss, -log_evidence());
        })*};
    }
    let estimated = || Elbo::default().closed_kl(false);
    check!(
        estimated(),
        estimated().particles(3),
        estimated().sticking_the_landing(),
        Iwae::new(4),
        Renyi::new(0.5, 4),
        Vimco::new(4)
    );
}

#[test]
fn closed_divergences_leave_known_elements_out() {
    let (model, guide) = (heights(&MEASURED, &HEIGHTS), posterior_of_heights(&MEASURED, &HEIGHTS));
    let mut svi = Svi::new(model, guide, Elbo::default().particles(1_000), Adam::new(0.1)).seed(2);
    svi.set_parameter("off", 0.4).unwrap();
    // The loss is that of the posterior, and for each element without a label (shift / deviation)^2 / 2.
    let expected = -log_evidence() + 2.0 * 0.5 * 0.16 / 0.2;
    let losses: Vec<[f64; 2]> = (0..200)
        .map(|_| {
            let (step, gradient) = svi.gradient().unwrap();
            [step.loss, gradient.get("off").unwrap()[[]]]
        })
        .collect();
    for (k, expected) in [expected, 2.0 * 0.4 / 0.2].into_iter().enumerate() {
        let mean = losses.iter().map(|l| l[k]).sum::<f64>() / 200.0;
        let variance = losses.iter().map(|l| (l[k] - mean).powi(2)).sum::<f64>() / 199.0;
        let error = (variance / 200.0).sqrt();
        assert!((mean - expected).abs() < 5.0 * error, "{mean} +- {error}, expected {expected}");
        assert!(5.0 * error < 0.05 * expected, "{error}, {expected}");
    }
}

#[test]
fn draws_hold_the_labels_and_simulations_do_not() -> Result<(), Box<dyn std::error::Error>> {
    let (model, guide) = (heights(&MEASURED, &HEIGHTS), posterior_of_heights(&MEASURED, &HEIGHTS));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1));
    svi.step()?;
    let mut posterior = svi.posterior();
    let (draws, joint) = (posterior.draws(20)?, posterior.joint(20)?);
    for draws in [draws, joint] {
        for row in draws.get("z")?.outer_iter() {
            assert!(row[0] == 0.5 && row[2] == 1.2 && row[1] != row[3], "{row}");
        }
    }
    let drawn = prior_predictive(heights(&MEASURED, &HEIGHTS), 3, 1)?;
    assert!(drawn.get("z")?.outer_iter().all(|row| row[0] != 0.5 && row[2] != 1.2));
    Ok(())
}

#[test]
fn densities_at_given_values_are_those_of_the_labels() -> Result<(), Box<dyn std::error::Error>> {
    let unknown = |z: f64, x: f64| normal(z, 0.3, 1.0) + normal(x, z, 0.5);
    let known = unknown(0.5, 0.2) + unknown(1.2, 1.9);
    let values = [9.0, -0.2, 9.0, 0.4];
    let model = || heights(&MEASURED, &HEIGHTS);
    let expected = known + unknown(-0.2, -1.1) + unknown(0.4, 0.7);
    close(log_density(model(), &Values::new().with("z", values))?, expected);
    close(log_density(model().condition("z", values), &Values::new())?, expected);
    // What a site is set to it is everywhere, without a density.
    let set = [0.1, -0.2, 0.3, 0.4];
    let of_x: f64 = MEASURED.iter().zip(set).map(|(&x, z)| normal(x, z, 0.5)).sum();
    close(log_density(model().intervene("z", set), &Values::new())?, of_x);
    Ok(())
}

#[model]
fn halves(x: &[f64], labels: &[Option<bool>]) {
    plate!("row", x.len(), in_order(2), |i| {
        let z = sample!("z", Bernoulli::new(0.3), given(labels.at(i)));
        observe!("x", Normal::new(z.to_real() * 1.4, 1.0), x.at(i));
    });
}

#[guide(halves)]
fn of_halves(x: &[f64], labels: &[Option<bool>]) {
    let slope = param!("slope", 0.7);
    plate!("row", x.len(), in_order(2), |i| {
        let logit = x.at(i) * slope - 0.4;
        sample!("z", Bernoulli::logits(logit), enumerate, given(labels.at(i)));
    });
}

#[test]
fn rows_that_are_visited_bring_their_labels() {
    let (x, labels) = (&X[..4], &LABELS[..4]);
    let mut svi = Svi::new(halves(x, labels), of_halves(x, labels), Elbo::default(), Sgd::new(1e-200));
    let halves: f64 = (0..2).map(|_| svi.step().unwrap().loss).sum();
    let mut kept = ALL;
    kept[4] = false;
    close(halves / 2.0, exact(kept, 1.0, 1.0, AT));
}

/// The same element has a floor of its own.
#[model]
fn floored(x: &[f64], labels: &[Option<bool>]) {
    plate!("row", x.len(), |i| {
        let z = sample!("z", Bernoulli::logits(0.2), given(labels.at(i)), free_bits(0.5));
        observe!("x", Normal::new(z.to_real(), 1.0), x.at(i));
    });
}

#[guide(floored)]
fn of_floored(x: &[f64], labels: &[Option<bool>]) {
    plate!("row", x.len(), |i| {
        sample!("z", Bernoulli::logits(param!("logit", 0.4)), enumerate, given(labels.at(i)));
    });
}

#[test]
fn known_elements_have_no_floor() {
    let mut svi = Svi::new(floored(&X, &LABELS), of_floored(&X, &LABELS), Elbo::default(), Adam::new(0.1));
    let (step, _) = svi.gradient().unwrap();
    let (p, q) = (1.0 / (1.0 + (-0.2_f64).exp()), 1.0 / (1.0 + (-0.4_f64).exp()));
    let divergence = q * (q / p).ln() + (1.0 - q) * ((1.0 - q) / (1.0 - p)).ln();
    // Three elements without a label lie below their floor.
    close(step.loss + step.elbo, 3.0 * (0.5 - divergence));
}

macro_rules! refusal {
    ($model:expr, $guide:expr) => {
        Svi::new($model, $guide, Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string()
    };
}

#[test]
fn labels_of_both_programs_are_the_same() {
    let other = [Some(0.5), None, None, None];
    let said = refusal!(heights(&MEASURED, &HEIGHTS), posterior_of_heights(&MEASURED, &other));
    assert!(
        said.contains("`z`: the label of element 2 is 1.2 in the model, and none in the guide"),
        "{said}"
    );
    let other = [Some(0.5), None, Some(1.25), None];
    let said = refusal!(heights(&MEASURED, &HEIGHTS), posterior_of_heights(&MEASURED, &other));
    assert!(said.contains("the label of element 2 is 1.2 in the model, and 1.25 in the guide"), "{said}");
}

#[test]
fn labels_are_numbers_of_the_support() {
    let labels = [Some(0.5), Some(f64::NAN), None, None];
    let said = refusal!(heights(&MEASURED, &labels), posterior_of_heights(&MEASURED, &labels));
    assert!(said.contains("the label of element 1 is NaN"), "{said}");
}

#[model]
fn positive(labels: &[Option<f64>]) {
    plate!("row", labels.len(), |i| sample!("z", LogNormal::new(0.0, 1.0), given(labels.at(i))));
}

#[guide(positive)]
fn of_positive(labels: &[Option<f64>]) {
    plate!("row", labels.len(), |i| sample!("z", LogNormal::new(param!("m", 0.0), 1.0), given(labels.at(i))));
}

#[test]
fn a_label_outside_of_the_support_is_named() {
    let labels = [None, Some(-2.0), Some(1.0)];
    let said = refusal!(positive(&labels), of_positive(&labels));
    assert!(["`z`", "-2", "row = 1"].iter().all(|word| said.contains(word)), "{said}");
}

/// A guide of another model, without labels.
#[guide]
fn unlabelled(x: &[f64]) {
    plate!("row", x.len(), |_i| sample!("z", Normal::new(param!("loc", 0.0), 1.0)));
}

#[model]
fn shifted(x: &[f64], labels: &[Option<f64>]) {
    let shift = sample!("shift", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| sample!("z", Normal::new(shift, 1.0), given(labels.at(i))));
}

#[model]
fn shifted_without_labels(x: &[f64]) {
    let shift = sample!("shift", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |_i| sample!("z", Normal::new(shift, 1.0)));
}

#[test]
fn where_a_handler_changed_the_model_labels_are_asked_for_when_it_runs() {
    let handled = shifted(&MEASURED, &HEIGHTS).condition("shift", 0.2);
    let said = refusal!(handled, unlabelled(&MEASURED));
    assert!(said.contains("`z`: has labels in the model and none in the guide"), "{said}");
    let handled = shifted_without_labels(&MEASURED).condition("shift", 0.2);
    let said = refusal!(handled, posterior_of_heights(&MEASURED, &HEIGHTS));
    assert!(said.contains("`z`: has labels in the guide and none in the model"), "{said}");
}
