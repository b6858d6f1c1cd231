//! What engines refuse, in the model's words.

use ppl::prelude::*;

#[model]
fn coin() {
    let fair = sample!("fair", Bernoulli::new(0.5));
    observe!("y", Normal::new(fair.to_real(), 1.0), 0.3);
}

#[model]
fn nothing() {
    observe!("y", Normal::new(0.0, 1.0), 0.3);
}

#[model]
fn scale() {
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    factor!("edge", (sigma - 1.0).ln());
    deterministic!("square", sigma.powi(2));
}

fn at(sigma: f64) -> Values {
    Values::new().with("sigma", sigma)
}

#[test]
fn discrete_sites_are_named() {
    let errors = [
        ppl::map(coin()).run().map(|_| ()),
        ppl::laplace(coin()).run().map(|_| ()),
        ppl::pathfinder(coin()).run().map(|_| ()),
        #[cfg(feature = "nuts")]
        ppl::nuts(coin()).run().map(|_| ()),
    ];
    for error in errors {
        let error = error.unwrap_err().to_string();
        assert!(error.contains("site `fair`: is discrete"), "{error}");
    }
}

#[test]
fn a_model_without_sites_is_refused() {
    let error = ppl::laplace(nothing()).run().unwrap_err();
    assert_eq!(error.to_string(), "the model has no latent site with a number to draw");
}

#[test]
fn starts_outside_are_told() {
    let message = |values: Values| ppl::map(scale()).start(values).run().unwrap_err().to_string();
    let outside = message(at(0.5));
    assert!(outside.starts_with("start 0 lies where the density is zero or not finite: "), "{outside}");
    let negative = message(at(-2.0));
    assert!(negative.contains("sigma") && negative.contains("-2"), "{negative}");
    assert!(message(Values::new()).contains("no value is given for the latent site `sigma`"));
    assert!(message(at(2.0).with("square", 4.0)).contains("`square`"));
    assert!(ppl::map(scale()).start(at(2.0)).run().unwrap().is_mode());
    let second = ppl::pathfinder(scale()).paths(2).starts(&[at(2.0), at(0.1)]).run().unwrap_err().to_string();
    assert!(second.starts_with("start 1 "), "{second}");
}

#[test]
fn settings_that_cannot_work_are_told() {
    let message = |result: Result<ppl::Sampled, ppl::Error>| result.unwrap_err().to_string();
    assert_eq!(message(ppl::laplace(scale()).draws(0).run()), "draws must be at least 1, got 0");
    assert_eq!(message(ppl::pathfinder(scale()).draws(0).run()), "draws must be at least 1, got 0");
    assert_eq!(message(ppl::pathfinder(scale()).paths(0).run()), "paths must be at least 1, got 0");
    let few = ppl::pathfinder(scale()).starts(&[at(2.0)]).run();
    assert!(message(few).contains("of length 4, found 1"));
}

#[test]
fn unknown_names_are_told() {
    let sampled = ppl::laplace(scale()).start(at(2.0)).draws(50).run().unwrap();
    let summary = sampled.summary();
    assert!(summary.row("tau", &[]).unwrap_err().to_string().contains("no site `tau`"));
    assert!(summary.row("sigma", &[1]).unwrap_err().to_string().contains("no element [1] of site `sigma`"));
    assert_eq!(sampled.start(50).unwrap_err().to_string(), "no draw 50; there are 50, from 0");
}
