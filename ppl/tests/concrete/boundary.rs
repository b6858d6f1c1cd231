use super::*;

#[model]
fn side() {
    let z = sample!("z", Normal::new(0.0, 1.0), concrete);
    observe!("x", Normal::new(if z > 0.0 { 2.0 } else { 0.0 }, 1.0), 1.5);
}

#[guide(side)]
fn shifted() {
    let m = param!("m", 0.0);
    sample!("z", Normal::new(m, 1.0), concrete);
}

#[guide(side)]
fn biased() {
    let m = param!("m", 0.0);
    // The pathwise gradient, which does not see the boundary.
    sample!("z", Normal::new(m, 1.0));
}

#[guide(side)]
fn scored() {
    let m = param!("m", 0.0);
    sample!("z", Normal::new(m, 1.0), Score::baseline(DecayingAverage::new(0.9)));
}

// The closed divergence has the gradient m = 0, so that the rest is minus that of the expected log-likelihood.
const SLOPE: f64 = -0.3989422804;

#[test]
fn the_score_function_sees_a_branch() {
    let mut svi = Svi::new(side(), shifted(), Elbo::default(), Adam::new(0.1)).seed(4);
    unbiased(SLOPE, (0..100_000).map(|_| svi.gradient().unwrap().1.get("m").unwrap()[[]]));
    let mut svi = Svi::new(side(), scored(), Elbo::default(), Adam::new(0.1)).seed(5);
    unbiased(SLOPE, (0..100_000).map(|_| svi.gradient().unwrap().1.get("m").unwrap()[[]]));
}

#[test]
fn a_pathwise_proposal_of_a_site_that_the_model_branches_on_is_refused() {
    let mut svi = Svi::new(side(), biased(), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("site `z`: the model may branch on the value"), "{error}");
    // Its loss is right, and can be asked for.
    assert!(svi.evaluate(10).unwrap().loss.is_finite());
}

#[test]
fn a_planted_error_is_caught() {
    let draw = |factor: f64| {
        let mut svi = Svi::new(side(), shifted(), Elbo::default(), Adam::new(0.1)).seed(6);
        z_score(SLOPE, (0..100_000).map(move |_| factor * svi.gradient().unwrap().1.get("m").unwrap()[[]]))
    };
    assert!(draw(1.1).unwrap().abs() > 5.0);
    assert!(z_score(SLOPE, [SLOPE, -1.0, 0.3].into_iter()).is_err());
    assert!(z_score(SLOPE, [SLOPE, f64::NAN].into_iter()).is_err());
}
