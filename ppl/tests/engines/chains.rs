//! Chains of NUTS: seeds, threads, starts, and what their summaries say.

use ppl::prelude::*;

#[model]
fn pair() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    sample!("b", Normal::new(a, 0.5));
}

#[test]
fn draws_depend_on_the_seed_and_not_on_threads() {
    let run = |seed, threads| {
        let settings = ppl::nuts(pair()).chains(3).warmup(100).draws(50).seed(seed).threads(threads);
        settings.run().unwrap()
    };
    assert_eq!(run(1, 1).draws(), run(1, 3).draws());
    assert_ne!(run(1, 1).draws(), run(2, 1).draws());
}

#[test]
fn chains_begin_where_they_are_told() {
    let start = |a: f64| Values::new().with("a", a).with("b", a);
    // Without warmup, and with the first step size, a chain does not go far.
    let starts = [start(-3.0), start(3.0)];
    let model = pair();
    let settings = ppl::nuts(&model).chains(2).warmup(0).draws(1).max_depth(1).seed(1);
    let sampled = settings.clone().starts(&starts).run().unwrap();
    let a = sampled.draws().get("a").unwrap();
    assert!(a[[0]] < 0.0 && a[[1]] > 0.0, "{a}");
    let error = settings.starts(&starts[..1]).run().unwrap_err().to_string();
    assert!(error.contains("one for each chain, of length 2, found 1"), "{error}");
}

#[model]
fn two_places() {
    let x = sample!("x", Flat::new());
    factor!("wells", -0.5 * (x * x - 100.0).powi(2));
}

#[test]
fn chains_that_do_not_agree_are_told() {
    let at = |x: f64| Values::new().with("x", x);
    let settings = ppl::nuts(two_places()).chains(2).starts(&[at(-9.9), at(9.9)]).seed(1);
    let summary = settings.run().unwrap().summary();
    assert!(summary.rows()[0].r_hat > 1.5, "{summary}");
    assert!(summary.to_string().contains("of `x`): the chains do not agree"), "{summary}");
}

#[model]
fn funnel() {
    let v = sample!("v", Normal::new(0.0, 3.0));
    sample!("x", Normal::new(0.0, (0.5 * v).exp()).expand(&[9]));
}

#[test]
fn divergences_and_depth_are_told() {
    let sampled = ppl::nuts(funnel()).chains(2).warmup(300).draws(300).max_depth(4).seed(1).run().unwrap();
    let divergences: usize = sampled.chains().iter().map(|chain| chain.divergences()).sum();
    let deepest: usize = sampled.chains().iter().map(|chain| chain.deepest).sum();
    let summary = sampled.summary();
    assert!(divergences > 0 && deepest > 0, "{summary}");
    let text = summary.warnings().join("\n");
    assert!(text.contains(&format!("{divergences} of 600 trajectories diverged")), "{text}");
    assert!(text.contains(&format!("{deepest} of 600 trajectories were cut short")), "{text}");
}

#[test]
fn settings_that_cannot_work_are_told() {
    let message = |settings: ppl::NutsSettings<_>| settings.run().unwrap_err().to_string();
    let settings = || ppl::nuts(pair()).warmup(10).draws(10);
    assert_eq!(message(settings().chains(0)), "chains must be at least 1, got 0");
    assert_eq!(message(settings().draws(0)), "draws must be at least 1, got 0");
    assert!(
        message(settings().target_acceptance(1.0)).starts_with("target_acceptance must be between 0 and 1")
    );
    assert!(message(settings().max_depth(0)).starts_with("max_depth must be between 1 and 30"));
}
