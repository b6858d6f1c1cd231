//! Handlers: what they do to densities, gradients and the set of latent sites.

use ndarray::{Array1, Array2, array};
use ppl::prelude::*;
use ppl::{Error, Handlers, Values, log_density, prior_predictive};

/// Returns the log-density of a normal distribution.
fn normal(x: f64, loc: f64, scale: f64) -> f64 {
    let z = (x - loc) / scale;
    -0.5 * z * z - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

fn assert_close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

#[model]
fn chain(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    let sigma = sample!("sigma", LogNormal::new(0.0, 1.0));
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(mu, sigma));
        observe!("x", Normal::new(z, 0.5), x.at(i));
    });
}

#[guide(chain)]
fn chain_guide(x: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 0.3), param!("mu_scale", 0.7, Positive)));
    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.5, Positive)));
    plate!("row", x.len(), |_i| {
        sample!("z", Normal::new(param!("z_loc", 0.1), param!("z_scale", 0.9, Positive)));
    });
}

#[guide]
fn without_mu(x: &[f64]) {
    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.5, Positive)));
    plate!("row", x.len(), |_i| {
        sample!("z", Normal::new(param!("z_loc", 0.1), param!("z_scale", 0.9, Positive)));
    });
}

const X: [f64; 3] = [0.5, -1.0, 2.0];
const Z: [f64; 3] = [0.1, 0.2, 0.3];

fn point() -> Values {
    Values::new().with("mu", 0.4).with("sigma", 1.5).with("z", Z)
}

/// Returns the terms of `chain` at `point`: mu, sigma, z and x.
fn terms() -> [f64; 4] {
    let z: f64 = Z.iter().map(|&z| normal(z, 0.4, 1.5)).sum();
    let x: f64 = X.iter().zip(Z).map(|(&x, z)| normal(x, z, 0.5)).sum();
    [normal(0.4, 0.0, 2.0), normal(1.5f64.ln(), 0.0, 1.0) - 1.5f64.ln(), z, x]
}

#[test]
fn densities_are_the_sums_of_their_terms() -> Result<(), Error> {
    let [mu, sigma, z, x] = terms();
    let model = chain(&X);
    assert_close(log_density(&model, &point())?, mu + sigma + z + x);
    let rest = Values::new().with("sigma", 1.5).with("z", Z);
    assert_close(log_density((&model).condition("mu", 0.4), &rest)?, mu + sigma + z + x);
    assert_close(log_density((&model).intervene("mu", 0.4), &rest)?, sigma + z + x);
    assert_close(log_density((&model).scale(2.5), &point())?, 2.5 * (mu + sigma + z + x));
    assert_close(log_density((&model).replay(point()), &Values::new())?, mu + sigma + z + x);
    // Nested: what is inside is scaled, and each handler has its own site.
    let nested = (&model).intervene("sigma", 1.5).scale(3.0).condition("mu", 0.4).condition("z", Z);
    assert_close(log_density(nested, &Values::new())?, 3.0 * (mu + z + x));
    Ok(())
}

#[model]
fn impossible() {
    observe!("x", Uniform::new(0.0, 1.0), 2.0);
}

#[test]
fn what_counts_nothing_may_be_infinite() -> Result<(), Error> {
    assert_eq!(log_density(impossible(), &Values::new())?, f64::NEG_INFINITY);
    assert_eq!(log_density(impossible().scale(0.0), &Values::new())?, 0.0);
    Ok(())
}

#[test]
fn a_name_that_the_model_lacks_suggests_the_nearest() {
    let refusal = |error: Result<f64, Error>| error.unwrap_err().to_string();
    let model = chain(&X);
    let expected = "no latent site `sgima` in the model; did you mean `sigma`?";
    let all = point();
    assert_eq!(refusal(log_density(&model, &all.clone().with("sgima", 1.0))), expected);
    let free = |m: &dyn Fn() -> Result<f64, Error>| refusal(m());
    let drawn = |model: ppl::Handled<_>| prior_predictive(model, 1, 0).map(|_| 0.0);
    assert_eq!(free(&|| drawn(chain(&X).condition("sgima", 1.0))), expected);
    assert_eq!(free(&|| drawn(chain(&X).block(["sgima"]))), expected);
    // Once it is given, a site is not latent any more for the handlers outside.
    let twice = chain(&X).intervene("mu", 1.0).condition("mu", 2.0);
    let error = prior_predictive(twice, 1, 0).unwrap_err().to_string();
    assert_eq!(error, "no latent site `mu` in the model; there are `sigma`, `z`");
    let missing = Values::new().with("mu", 0.4).with("z", Z);
    assert_eq!(refusal(log_density(&model, &missing)), "no value is given for the latent site `sigma`");
}

#[test]
fn shapes_are_checked_and_named() {
    let model = chain(&X);
    let message = |values: Values| log_density(&model, &values).unwrap_err().to_string();
    let wrong = message(point().with("z", [1.0, 2.0]));
    assert!(wrong.ends_with("site `z`: expected a value of shape [3] (first row), got [2]"), "{wrong}");
    let wrong = message(point().with("mu", [1.0]));
    assert!(wrong.ends_with("site `mu`: expected a value of shape [], got [1]"), "{wrong}");
    let transposed = message(point().with("z", array![[1.0, 2.0, 3.0]]));
    assert!(transposed.ends_with("expected a value of shape [3] (first row), got [1, 3]"), "{transposed}");
}

#[test]
fn a_value_outside_of_the_support_has_no_density() -> Result<(), Error> {
    let outside = Values::new().with("p", 1.5);
    assert_eq!(log_density(uniform(), &outside)?, f64::NEG_INFINITY);
    // Here it is another site's scale, so that there is no density at all.
    let error = log_density(chain(&X), &point().with("sigma", -1.0)).unwrap_err().to_string();
    assert!(error.contains("site `sigma`: the value -1 is outside the support (Positive)"), "{error}");
    let mut svi = Svi::new(chain(&X).condition("sigma", -1.0), no_sigma(&X), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("site `sigma`") && error.contains("-1"), "{error}");
    Ok(())
}

#[model]
fn uniform() {
    sample!("p", Beta::new(2.0, 3.0));
}

#[guide]
fn no_sigma(x: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 0.3), param!("mu_scale", 0.7, Positive)));
    plate!("row", x.len(), |_i| {
        sample!("z", Normal::new(param!("z_loc", 0.1), param!("z_scale", 0.9, Positive)));
    });
}

#[test]
fn the_guide_of_a_handled_model_is_checked_when_it_runs() {
    for model in [chain(&X).condition("mu", 0.2), chain(&X).intervene("mu", 0.2), chain(&X).block(["mu"])] {
        let mut full = Svi::new(&model, chain_guide(&X), Elbo::default(), Adam::new(0.1));
        let error = full.step().unwrap_err().to_string();
        assert_eq!(error, "the guide proposes `mu`, which is not a latent site of the model");
        let mut fits = Svi::new(&model, without_mu(&X), Elbo::default(), Adam::new(0.1));
        fits.step().unwrap();
        let mut lacks = Svi::new(&model, no_sigma(&X), Elbo::default(), Adam::new(0.1));
        let error = lacks.step().unwrap_err().to_string();
        assert_eq!(error, "the guide does not propose the latent site `sigma`");
    }
}

#[test]
fn a_conditioned_site_is_likelihood_and_never_a_closed_divergence() -> Result<(), Error> {
    let model = chain(&X).condition("mu", 0.2);
    let mut svi = Svi::new(model, without_mu(&X), Elbo::default(), Adam::new(0.1)).seed(3);
    svi.step()?;
    let parts = svi.parts();
    let mu = parts.iter().find(|p| p.site == "mu").unwrap();
    assert!(mu.observed);
    assert_close(mu.loss, -normal(0.2, 0.0, 2.0));
    // The same as observing it, with the same noise.
    let mut observed =
        Svi::new(mu_observed(&X, 0.2), without_mu(&X), Elbo::default(), Adam::new(0.1)).seed(3);
    let mut conditioned =
        Svi::new(chain(&X).condition("mu", 0.2), without_mu(&X), Elbo::default(), Adam::new(0.1)).seed(3);
    for _ in 0..20 {
        let (a, b) = (observed.step()?, conditioned.step()?);
        assert_close(a.loss, b.loss);
        assert_close(a.kl, b.kl);
    }
    assert_eq!(observed.parameters(), conditioned.parameters());
    Ok(())
}

#[model]
fn mu_observed(x: &[f64], mu: f64) {
    observe!("mu", Normal::new(0.0, 2.0), mu);
    let sigma = sample!("sigma", LogNormal::new(0.0, 1.0));
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(mu, sigma));
        observe!("x", Normal::new(z, 0.5), x.at(i));
    });
}

#[model]
fn normal_normal(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(normal_normal)]
fn normal_guide(x: &[f64]) {
    let scale = param!("scale", 1.0, Positive);
    plate!("row", x.len(), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), scale));
    });
}

/// The mean of many gradients is that of plain gradient descent with a rate of one from the same start.
fn mean_gradient<M, G>(model: M, guide: G, elbo: Elbo, n: usize) -> (Array1<f64>, f64)
where
    M: ppl::Model<Element = f64>,
    M::Sites: ppl::GuidedBy<G::Sites>,
    G: ppl::Guide<Element = f64>,
{
    let mut svi = Svi::new(model, guide, elbo.particles(n), Sgd::new(1.0)).seed(5);
    svi.set_parameter("loc", [0.0, 0.0]).unwrap();
    svi.set_parameter("scale", 1.0).unwrap();
    svi.step().unwrap();
    let parameters = svi.parameters();
    let loc = parameters.get("loc").unwrap().mapv(|x| -x);
    // In unconstrained space the derivative is by the logarithm, which at one is that by the scale.
    let scale = -parameters.get("scale").unwrap()[[]].ln();
    (loc.into_dimensionality().unwrap(), scale)
}

#[test]
fn a_scaled_model_has_scaled_gradients() {
    // d loss / d loc = [.5, -2], d loss / d scale = 2, from a closed form; the deviations of one particle's gradient
    // are at most 6.
    let x = [-0.5, 2.0];
    let n = 40_000;
    let tolerance = 5.0 * 6.0 / (n as f64).sqrt();
    for elbo in [Elbo::default(), Elbo::default().closed_kl(false)] {
        let (loc, scale) = mean_gradient(normal_normal(&x), normal_guide(&x), elbo.clone(), n);
        for (found, expected) in [(loc[0], 0.5), (loc[1], -2.0), (scale, 2.0)] {
            assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
        }
        let (twice, twice_scale) = mean_gradient(normal_normal(&x).scale(2.0), normal_guide(&x), elbo, n);
        for (one, two) in [(loc[0], twice[0]), (loc[1], twice[1]), (scale, twice_scale)] {
            assert!((2.0 * one - two).abs() < 1e-9, "twice {one} is not {two}");
        }
    }
}

#[test]
fn replayed_sites_keep_their_densities_and_the_guide_its_terms() -> Result<(), Error> {
    let x = [-0.5, 2.0];
    let draws = Values::new().with("z", [0.3, -0.2]);
    let mut svi =
        Svi::new(normal_normal(&x).replay(draws), normal_guide(&x), Elbo::default(), Adam::new(0.1)).seed(1);
    let step = svi.step()?;
    let likelihood: f64 = normal(-0.5, 0.3, 1.0) + normal(2.0, -0.2, 1.0);
    assert_close(step.log_likelihood, likelihood);
    let prior = normal(0.3, 0.0, 1.0) + normal(-0.2, 0.0, 1.0);
    let z = svi.posterior().draws(1)?;
    assert_eq!(z.get("z").unwrap().shape(), [1, 2]);
    // The guide's draws of the step are not listed; their log-density is that of two standard normal draws.
    assert!((step.kl + prior).abs() < 20.0 && step.kl != 0.0);
    Ok(())
}

#[model]
fn some_rows(there: &[bool]) {
    plate!("row", there.len(), mask(there), |_i| sample!("z", Normal::new(0.0, 1.0)));
}

#[guide(some_rows)]
fn evenly(there: &[bool]) {
    plate!("row", there.len(), |_i| sample!("z", Uniform::new(-4.0, 4.0)));
}

#[test]
fn the_term_of_a_replayed_proposal_has_the_mask_and_the_scale_of_the_model() -> Result<(), Error> {
    // The proposal has one density, wherever it is drawn.
    let there = [true, false, true];
    let kl = -2.0 * 8f64.ln() - normal(0.1, 0.0, 1.0) - normal(0.3, 0.0, 1.0);
    let replayed = || some_rows(&there).replay(Values::new().with("z", Z));
    let step = Svi::new(replayed(), evenly(&there), Elbo::default(), Adam::new(0.1)).step()?;
    assert_close(step.kl, kl);
    let step = Svi::new(replayed().scale(3.0), evenly(&there), Elbo::default(), Adam::new(0.1)).step()?;
    assert_close(step.kl, 3.0 * kl);
    Ok(())
}

#[test]
fn one_draw_stands_for_every_particle_and_several_need_as_many() -> Result<(), Error> {
    let draws = prior_predictive(chain(&X), 4, 7)?;
    let one = Values::of_draw(&draws, 2)?;
    let many = prior_predictive(chain(&X).replay(&one), 5, 8)?;
    let again = prior_predictive(chain(&X).replay(&draws), 4, 8)?;
    for site in ["mu", "sigma", "z"] {
        let first = draws.get(site).unwrap();
        assert_eq!(again.get(site).unwrap(), first);
        for k in 0..5 {
            let row = |array: &ndarray::ArrayD<f64>, k| array.index_axis(ndarray::Axis(0), k).to_owned();
            assert_eq!(row(many.get(site).unwrap(), k), row(first, 2));
        }
    }
    assert_ne!(again.get("x").unwrap(), draws.get("x").unwrap());
    let error = prior_predictive(chain(&X).replay(&draws), 3, 8).unwrap_err().to_string();
    assert!(error.ends_with("site `mu`: expected a value of shape [3] (first draws), got [4]"), "{error}");
    Ok(())
}

#[model]
fn inner(scale: f64) -> Real {
    sample!("z", Normal::new(0.0, scale))
}

#[model]
fn outer(x: f64) {
    let a = call!("left", inner(1.0));
    let b = call!("right", inner(2.0));
    observe!("x", Normal::new(a + b, 1.0), x);
}

#[test]
fn names_inside_calls_have_the_prefix() -> Result<(), Error> {
    let rest = Values::new().with("right/z", -0.5);
    let (left, right, x) = (normal(0.25, 0.0, 1.0), normal(-0.5, 0.0, 2.0), normal(1.0, -0.25, 1.0));
    assert_close(log_density(outer(1.0).condition("left/z", 0.25), &rest)?, left + right + x);
    assert_close(log_density(outer(1.0).intervene("left/z", 0.25), &rest)?, right + x);
    let error = log_density(outer(1.0).intervene("z", 0.25), &rest.with("left/z", 1.0)).unwrap_err();
    assert!(error.to_string().starts_with("no latent site `z` in the model; "), "{error}");
    Ok(())
}

#[test]
fn a_handler_inside_a_call_sees_the_names_without_the_prefix() -> Result<(), Error> {
    use ppl::__private::{Name, call, model};
    let program = model::<ppl::AnyGuide, f64, _, _>(|| {
        let a = call(Name::new("left"), inner(1.0).condition("z", 0.25));
        let b = call(Name::new("right"), inner(2.0).scale(2.0));
        observe_sum(a + b);
    });
    let rest = Values::new().with("right/z", -0.5);
    let (left, right, x) = (normal(0.25, 0.0, 1.0), normal(-0.5, 0.0, 2.0), normal(1.0, -0.25, 1.0));
    assert_close(log_density(program, &rest)?, left + 2.0 * right + x);
    Ok(())
}

fn observe_sum(sum: Real) {
    use ppl::__private::{Name, observe};
    observe::<f64, _, _>(Name::new("x"), Normal::new(sum, 1.0), 1.0);
}

#[model]
fn hidden_switch(x: f64) {
    let b = sample!("b", Bernoulli::new(param!("p", 0.4, UnitInterval)));
    let z = sample!("z", Normal::new(0.0, 1.0));
    observe!("x", Normal::new(2.0 * b.to_real() + z, 1.0), x);
}

#[guide]
fn z_only() {
    sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[test]
fn a_hidden_site_is_integrated_over_with_its_parameters() {
    // The loss is E over b of f(b), where f(1) - f(0) is the difference of E_z (x - 2b - z)^2 / 2 at z ~ Normal(0, 1):
    // ((x - 2)^2 - x^2) / 2 = 2 - 2x, so that d loss / dp = 2 - 2x; by the logit it is times p (1 - p).
    let (x, p, n) = (1.5, 0.4, 40_000);
    let mut svi =
        Svi::new(hidden_switch(x).block(["b"]), z_only(), Elbo::default().particles(n), Sgd::new(1.0))
            .seed(2);
    svi.set_parameter("p", p).unwrap();
    svi.step().unwrap();
    let moved = svi.parameters().get("p").unwrap()[[]];
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let found = logit(p) - logit(moved);
    let expected = (2.0 - 2.0 * x) * p * (1.0 - p);
    assert!((found - expected).abs() < 5.0 * 2.0 / (n as f64).sqrt(), "{found} is not {expected}");
    assert!(svi.parts().iter().all(|part| part.site != "b"));
}

#[model]
fn subsampled(x: &[f64], m: usize) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("row", x.len(), subsample(m), |i| {
        let z = sample!("z", Normal::new(mu, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide]
fn mu_only() {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[test]
fn a_given_array_is_read_at_the_rows_of_the_subsample() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    // Each element is exactly its datum, so that the likelihood is the same whichever rows are drawn.
    let model = subsampled(&x, 4).intervene("z", &x);
    let mut svi = Svi::new(model, mu_only(), Elbo::default(), Adam::new(0.01)).seed(1);
    for _ in 0..10 {
        assert_close(svi.step().unwrap().log_likelihood, 20.0 * normal(0.0, 0.0, 1.0));
    }
}

#[model]
fn grid(m: usize) {
    plate!("row", 2, |_i| {
        plate!("column", m, |_j| {
            let v = sample!("v", MultivariateNormal::new(&array![0.0, 0.0], &Array2::eye(2)));
            observe!("y", Normal::new(v, 1.0), &array![0.0, 0.0]);
        })
    });
}

#[test]
fn arrays_have_the_plates_before_the_event() -> Result<(), Error> {
    let draws = prior_predictive(grid(3), 7, 1)?;
    assert_eq!(draws.get("v").unwrap().shape(), [7, 2, 3, 2]);
    let v = Values::of_draw(&draws, 0)?;
    let sum: f64 = draws.get("v").unwrap().index_axis(ndarray::Axis(0), 0).iter().map(|v| v * v).sum();
    let found = log_density(grid(3), &v)?;
    assert_close(found, -sum - 12.0 * (2.0 * std::f64::consts::PI).ln());
    Ok(())
}
