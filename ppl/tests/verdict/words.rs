//! The words of runs that have not converged: still improving, or unstable and why.

use crate::first::X;
use crate::programs::*;
use ppl::prelude::*;
use ppl::{Instability, RunOptions, Verdict};

fn quiet() -> RunOptions<'static> {
    RunOptions::default().progress(false)
}

/// Runs from seed 1, and returns the verdict.
macro_rules! verdict {
    ($model:expr, $guide:expr, $optimiser:expr, $steps:expr) => {{
        let mut svi = Svi::new($model, $guide, Elbo::default(), $optimiser).seed(1);
        let report = svi.run_with($steps, quiet()).unwrap();
        println!("{report}");
        assert_eq!(report.converged, report.verdict == Verdict::Converged);
        report.verdict
    }};
}

#[track_caller]
fn per_step(verdict: Verdict) -> (f64, f64) {
    match verdict {
        Verdict::StillImproving { per_step, error, .. } => (per_step, error),
        other => panic!("{other}"),
    }
}

#[test]
fn a_run_on_its_way_says_how_much_a_step_gains() {
    let far: Vec<f64> = X.iter().map(|x| 3.0 + x).collect();
    let verdict = verdict!(normal_mean(&far, 1.0, 1.0), normal_mean_guide(0.3), Adam::new(1e-4), 4_000);
    let (gain, error) = per_step(verdict);
    // The loss is a parabola of the location with a curvature of eleven and its least value at 3.45 (38 / 11). A step moves by the rate, so
    // that the location is 0.3 between the last two quarters.
    let expected = 1e-4 * 11.0 * (38.0 / 11.0 - 0.3);
    assert!((gain - expected).abs() < 0.1 * expected + 4.0 * error, "{gain} ± {error}, not {expected}");
    assert!(gain > 4.0 * error);
}

#[test]
fn a_run_that_noise_hides_says_how_little_that_is() {
    let verdict = verdict!(funnel(), funnel_guide(), Adam::new(0.01), 3_000);
    let (_, error) = per_step(verdict);
    assert!(error > 0.0 && error < 0.01, "{verdict}");
}

#[test]
fn very_few_steps_tell_nothing() {
    let verdict = verdict!(funnel(), funnel_guide(), Adam::new(0.01), 10);
    assert!(per_step(verdict).0.is_nan());
}

#[test]
fn steps_that_are_much_too_long_are_unstable() {
    // The averages would find shorter steps. Without them the loss stands still, high above its least value, which is no convergence.
    let (model, guide) = (normal_mean(&X, 1.0, 1.0), normal_mean_guide(1.0));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(5.0)).seed(1);
    let report = svi.run_with(3_000, quiet().averages(false)).unwrap();
    assert!(!report.converged, "{report}");
    // A rate that grows until the steps lead away.
    let growing = Schedule::steps(1e-3, [(700, 1e-2), (1_400, 0.1), (1_800, 1.0), (2_200, 10.0)]);
    let verdict = verdict!(normal_mean(&X, 1.0, 1.0), normal_mean_guide(1.0), Adam::new(growing), 6_000);
    // That the loss rises or that it has no variance: both are true here.
    assert!(
        matches!(verdict, Verdict::Unstable(Instability::Rising | Instability::HeavyTails { .. })),
        "{verdict}"
    );
}

/// A loss whose expectation is that of the square of a Cauchy variable.
#[model]
fn square() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    observe!("y", Normal::new(z, 0.5), 1.0);
}

#[guide(square)]
fn cauchy_guide() {
    sample!("z", Cauchy::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[test]
fn losses_without_a_variance_are_unstable() {
    let verdict = verdict!(square(), cauchy_guide(), Adam::new(0.01), 5_000);
    let Verdict::Unstable(Instability::HeavyTails { k_hat, .. }) = verdict else { panic!("{verdict}") };
    // The square of a Cauchy variable has a tail of shape two.
    assert!((1.4..2.6).contains(&k_hat), "{k_hat}");
}

/// One number, whose scale is as good as it is small.
#[model]
fn one_number() {
    let scale = sample!("scale", Flat::on(Positive), on(Positive));
    let mu = sample!("mu", Flat::new());
    observe!("y", Normal::new(mu, scale), 1.0);
    observe!("again", Normal::new(mu, scale), 1.0);
    observe!("third", Normal::new(mu, scale), 1.0);
}

/// Neither data nor a prior holds the location.
#[model]
fn nothing_known() {
    sample!("mu", Flat::new());
}

#[guide(nothing_known)]
fn ever_wider() {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[test]
fn a_loss_without_a_lower_bound_is_unstable() {
    let verdict = verdict!(nothing_known(), ever_wider(), Adam::new(0.01), 3_000);
    assert_eq!(verdict, Verdict::Unstable(Instability::Unbounded));
    // Here the way down becomes ever narrower, and the steps jump across it.
    let verdict = verdict!(one_number(), auto::guide(auto::Delta), Adam::new(0.01), 3_000);
    assert!(matches!(verdict, Verdict::Unstable(_)), "{verdict}");
}

/// A location five hundred away is far, and its loss has a bound.
#[test]
fn a_long_way_is_not_unstable() {
    let far: Vec<f64> = X.iter().map(|x| 500.0 + x).collect();
    let verdict = verdict!(normal_mean(&far, 1000.0, 1.0), normal_mean_guide(1.0), Adam::new(0.01), 3_000);
    let (gain, error) = per_step(verdict);
    assert!(gain > 4.0 * error);
}
