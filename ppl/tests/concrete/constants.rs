use super::*;

// No handle tells the likelihoods of the two arms apart: their terms are constants.
#[model]
fn arms() {
    let z = sample!("z", Bernoulli::new(0.5), concrete);
    if z {
        observe!("hit", Bernoulli::new(0.9), true);
    } else {
        observe!("miss", Bernoulli::new(0.2), true);
    }
}

#[guide(arms)]
fn drawn() {
    sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), concrete);
}

#[guide(arms)]
fn handle() {
    sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)));
}

#[guide(arms)]
fn every() {
    sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), enumerate, concrete);
}

/// The loss, and its derivative by the logit of q.
fn exact() -> (f64, f64) {
    let q: f64 = 0.3;
    let costs = [(1.0 - q).ln() - (0.5_f64 * 0.2).ln(), q.ln() - (0.5_f64 * 0.9).ln()];
    ((1.0 - q) * costs[0] + q * costs[1], q * (1.0 - q) * (costs[1] - costs[0]))
}

#[test]
fn terms_without_any_handle_are_costs_of_the_site() {
    let (loss, slope) = exact();
    let mut svi = Svi::new(arms(), every(), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, loss, 1e-12);
    close(gradient.get("q").unwrap()[[]], slope, 1e-12);
    let mut svi = Svi::new(arms(), drawn(), Elbo::default(), Adam::new(0.1)).seed(7);
    unbiased(slope, (0..60_000).map(|_| svi.gradient().unwrap().1.get("q").unwrap()[[]]));
    // The guide may leave the branch to the model.
    let mut svi = Svi::new(arms(), handle(), Elbo::default().particles(2), Adam::new(0.1)).seed(8);
    unbiased(slope, (0..60_000).map(|_| svi.gradient().unwrap().1.get("q").unwrap()[[]]));
}

#[test]
fn a_guide_s_branch_is_seen_through_the_values_that_it_draws() {
    // The guide draws `w` differently after `z`, and the model knows `z` through nothing else.
    #[model]
    fn level() {
        let w = sample!("w", Normal::new(0.0, 1.0));
        sample!("z", Bernoulli::new(0.5));
        observe!("x", Normal::new(w, 1.0), 1.0);
    }
    #[guide(level)]
    fn branching() {
        let up = sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete);
        sample!("w", Normal::new(if up { 1.0 } else { -0.5 }, 0.5));
    }
    #[guide(level)]
    fn exact() {
        let up = sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate, concrete);
        sample!("w", Normal::new(if up { 1.0 } else { -0.5 }, 0.5));
    }
    let q: f64 = 0.4;
    // Given z: KL(w) + E[-log p(x | w)].
    let cost = |loc: f64| 0.5 * (0.25 + loc * loc - 1.0) - 0.5_f64.ln() - normal(1.0, loc) + 0.5 * 0.25;
    let slope = q * (1.0 - q) * (cost(1.0) - cost(-0.5) + (q / (1.0 - q)).ln());
    let by = |gradient: &ppl::Parameters| gradient.get("q").unwrap()[[]];
    let mut svi = Svi::new(level(), exact(), Elbo::default(), Adam::new(0.1)).seed(9);
    unbiased(slope, (0..20_000).map(|_| by(&svi.gradient().unwrap().1)));
    let mut svi = Svi::new(level(), branching(), Elbo::default(), Adam::new(0.1)).seed(9);
    unbiased(slope, (0..60_000).map(|_| by(&svi.gradient().unwrap().1)));
}

// Whatever the site is, the cost is the same.
#[model]
fn alike() {
    if sample!("z", Bernoulli::new(0.5), concrete) {
        observe!("x", Normal::new(0.0, 1.0), 2.0);
    } else {
        observe!("y", Normal::new(0.0, 1.0), 2.0);
    }
}

#[guide(alike)]
fn averaged(baseline: ppl::estimator::Baseline) {
    let q = param!("q", 0.5, UnitInterval);
    sample!("z", Bernoulli::new(q), Score::baseline(baseline), concrete);
}

#[test]
fn the_average_of_a_constant_cost_is_that_cost_from_the_second_step_on() {
    for baseline in [ppl::estimator::Baseline::from(DecayingAverage::new(0.9)), Standardised::new(0.9).into()]
    {
        let mut svi = Svi::new(alike(), averaged(baseline), Elbo::default(), Adam::new(0.1)).seed(1);
        let mut slope = || svi.gradient().unwrap().1.get("q").unwrap()[[]];
        // The divergence is at its least, so that the score alone is left.
        assert!(slope().abs() > 0.5);
        for _ in 0..3 {
            let slope = slope();
            assert!(slope.abs() < 1e-12, "{slope}");
        }
    }
}
