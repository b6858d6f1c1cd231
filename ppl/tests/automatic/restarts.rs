//! Fits from several starts: the best is kept, other modes are told apart, and nothing is averaged over them.

use ppl::prelude::*;
use ppl::{auto, fit};

/// Two modes, near 2 and -2, of which the first has a prior density that is higher by exp(0.4).
#[model]
fn square() {
    let z = sample!("z", Normal::new(0.4, 2.0));
    let beside = sample!("beside", Normal::new(1.0, 0.5));
    observe!("y", Normal::new(z * z, 0.5), 4.0);
    observe!("x", Normal::new(beside, 0.5), 1.0);
}

#[test]
fn another_mode_is_reported_apart() {
    let fitted = fit(square()).restarts(8).seed(1).run().unwrap();
    let z = fitted.summary().row("z", &[]).unwrap().clone();
    assert!((z.raw_mean - 2.0).abs() < 0.05 && z.raw_deviation < 0.2, "{z:?}");
    let [mode] = fitted.modes() else { panic!("{:?}", fitted.modes()) };
    assert!(mode.starts > 0 && mode.starts < 8, "{}", mode.starts);
    assert_eq!(mode.differing, ["z"]);
    // The prior's densities at 2 and at -2 differ by exp(2 * 2 * 0.4 / 4), and the modes are a little further out than that and in.
    assert!((mode.lower_by - 0.4).abs() < 0.05, "{}", mode.lower_by);
    let other = mode.draws.summary();
    assert!((other.row("z", &[]).unwrap().mean + 2.0).abs() < 0.05);
    let [sentence, ..] = &fitted.summary().warnings()[..] else { panic!("a sentence") };
    assert!(
        sentence.contains("elsewhere, with an ELBO of") && sentence.contains("`z` is -1.9"),
        "{sentence}"
    );
}

/// Columns that say one thing: one mode.
#[model]
fn one_mode(y: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    let sigma = sample!("sigma", HalfNormal::new(5.0));
    plate!("row", y.len(), |i| observe!("y", Normal::new(mu, sigma), y.at(i)));
}

const Y: [f64; 10] = [1.2, 0.3, -0.4, 2.1, 0.9, 1.7, -0.2, 0.8, 1.1, 0.5];

#[test]
fn starts_that_end_at_one_place_are_one() {
    let fitted = fit(one_mode(&Y)).guide(auto::FullRank).restarts(3).seed(1).run().unwrap();
    assert!(fitted.modes().is_empty(), "{:?}", fitted.modes());
    assert!(!fitted.summary().to_string().contains("elsewhere"));
}

#[test]
fn one_start_is_what_there_is_without_restarts() {
    let plain = fit(one_mode(&Y)).seed(3).run().unwrap();
    let one = fit(one_mode(&Y)).restarts(1).seed(3).run().unwrap();
    assert_eq!(plain.outcome(), one.outcome());
    let error = fit(one_mode(&Y)).restarts(0).run().err().unwrap().to_string();
    assert_eq!(error, "expected at least one start, got 0");
}

/// The session that is left is that of the best start, and can go on.
#[test]
fn the_best_session_is_left() {
    let fitted = fit(square()).restarts(8).seed(1).run().unwrap();
    let mut svi = fitted.into_svi();
    let before = svi.evaluate(4_000).unwrap().loss;
    (0..100).for_each(|_| {
        svi.step().unwrap();
    });
    assert!((svi.evaluate(4_000).unwrap().loss - before).abs() < 0.1);
    assert!((svi.posterior().draws(1_000).unwrap().summary().row("z", &[]).unwrap().mean - 2.0).abs() < 0.2);
}
