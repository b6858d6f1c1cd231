use super::*;

#[model]
fn runs() {
    let mut n = 0;
    while sample!("again"[n], Bernoulli::new(0.5), concrete) {
        n += 1;
    }
    observe!("x", Normal::new(n as f64, 0.1), 1.0);
}

#[guide(runs)]
fn longer() {
    let mut n = 0;
    while sample!("again"[n], Bernoulli::new(param!("q", 0.8, UnitInterval)), concrete) {
        n += 1;
    }
}

/// The number of steps of one draw: the first site that says no.
fn length(draws: &ppl::results::Draws, k: usize) -> usize {
    (0..).find(|n| draws.get(&format!("again[{n}]")).unwrap()[[k]] == 0.0).unwrap()
}

#[test]
fn each_draw_is_a_run_and_what_it_lacks_is_nan() {
    let n = 3_000;
    let draws = ppl::prior_predictive(runs(), n, 1).unwrap();
    let again = draws.get("again[1]").unwrap();
    for k in 0..n {
        let (steps, x) = (length(&draws, k), draws.get("x").unwrap()[[k]]);
        assert_eq!(steps == 0, again[[k]].is_nan());
        assert!((x - steps as f64).abs() < 1.0);
    }
    let first: f64 = draws.get("again[0]").unwrap().sum() / n as f64;
    assert!((first - 0.5).abs() < 5.0 * 0.5 / (n as f64).sqrt());
    assert_eq!(draws.names().last(), Some("x"));
    // The draws of the guide are the same in each kind of request.
    let mut svi = Svi::new(runs(), longer(), Elbo::default(), Adam::new(0.1)).seed(2);
    let joint = svi.posterior().joint(50).unwrap();
    let draws = svi.posterior().draws(50).unwrap();
    let predictive = svi.posterior().predictive(50).unwrap();
    assert_eq!(joint.get("x").unwrap(), predictive.get("x").unwrap());
    for k in 0..50 {
        assert_eq!(length(&joint, k), length(&draws, k));
    }
    let mean = svi.posterior().draws(2_000).unwrap().get("again[0]").unwrap().sum() / 2_000.0;
    assert!((mean - 0.8).abs() < 5.0 * 0.4 / 2_000_f64.sqrt(), "{mean}");
}

#[model]
fn side() {
    let z = sample!("z", Normal::new(0.0, 1.0), concrete);
    observe!("x", Normal::new(if z > 0.0 { 2.0 } else { 0.0 }, 1.0), 1.5);
}

#[guide(side)]
fn guess() {
    sample!("z", Normal::new(param!("m", 0.0), 1.0), concrete);
}

#[guide]
fn empty() {}

#[test]
fn values_may_be_given() {
    let at = |z: f64, loc: f64| normal(z, 0.0) + normal(1.5, loc);
    close(ppl::log_density(side(), &Values::new().with("z", 0.5)).unwrap(), at(0.5, 2.0), 1e-14);
    close(ppl::log_density(side(), &Values::new().with("z", -0.5)).unwrap(), at(-0.5, 0.0), 1e-14);
    let mut svi = Svi::new(side().condition("z", 0.5), empty(), Elbo::default(), Adam::new(0.1));
    close(svi.step().unwrap().loss, -at(0.5, 2.0), 1e-14);
    let mut svi = Svi::new(side().intervene("z", -0.5), empty(), Elbo::default(), Adam::new(0.1));
    close(svi.step().unwrap().loss, -normal(1.5, 0.0), 1e-14);
    // A hidden site is drawn from the model: the loss is the mean over its two sides.
    let elbo = Elbo::default().particles(4);
    let mut svi = Svi::new(side().block(["z"]), empty(), elbo, Adam::new(0.1)).seed(3);
    let found = svi.evaluate(2_000).unwrap();
    let expected = -0.5 * (normal(1.5, 0.0) + normal(1.5, 2.0));
    assert!((found.loss - expected).abs() < 5.0 * found.standard_error && found.standard_error < 0.02);
    // Draws are given back one to a particle.
    let mut svi = Svi::new(side(), guess(), Elbo::default(), Adam::new(0.1)).seed(4);
    let draws = svi.posterior().draws(20).unwrap();
    let again = svi.posterior().predictive_on(side().replay(draws.clone()), 20).unwrap();
    for k in 0..20 {
        let loc = if draws.get("z").unwrap()[[k]] > 0.0 { 2.0 } else { 0.0 };
        assert!((again.get("x").unwrap()[[k]] - loc).abs() < 5.0);
    }
}

#[test]
fn each_particle_replays_a_draw_of_its_own() {
    let draws = ppl::prior_predictive(side(), 20, 7).unwrap();
    let again = ppl::prior_predictive(side().replay(&draws), 20, 8).unwrap();
    assert_eq!(again.get("z").unwrap(), draws.get("z").unwrap());
}

#[test]
fn particles_have_streams_of_their_own_and_a_seed_gives_one_run() {
    let run = || {
        let mut svi = Svi::new(side(), guess(), Elbo::default().particles(3), Adam::new(0.1)).seed(5);
        (0..5).map(|_| svi.step().unwrap().loss).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
    // Of one particle the loss takes two values, of three particles that are alike too.
    let mut distinct: Vec<u64> = run().iter().map(|loss| (loss * 1e9) as u64).collect();
    distinct.dedup();
    assert!(distinct.len() > 2, "{distinct:?}");
}
