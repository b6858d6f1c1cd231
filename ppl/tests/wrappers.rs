//! Distributions made of other distributions, in whole programs with known answers.

use ppl::prelude::*;

/// Returns the loss of one step, which is exact where nothing is random.
fn loss<M, G>(model: M, guide: G) -> f64
where
    M: ppl::Model<Element = f64>,
    M::Sites: ppl::GuidedBy<G::Sites>,
    G: ppl::Guide<Element = f64>,
{
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.01)).seed(1);
    svi.step().unwrap().loss
}

fn assert_close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance * expected.abs().max(1.0), "got {got}, expected {expected}");
}

#[model]
fn weights() {
    sample!("w", Dirichlet::new([2.0, 3.0, 5.0]));
}

#[guide(weights)]
fn best_weights() {
    sample!("w", Delta::new(param!("w", init::uniform_simplex(3), Simplex)));
}

#[test]
fn a_delta_finds_the_mode_on_a_simplex() {
    let mut svi = Svi::new(weights(), best_weights(), Elbo::default(), Adam::new(0.02)).seed(1);
    for _ in 0..3_000 {
        svi.step().unwrap();
    }
    let parameters = svi.parameters();
    // The mode of a Dirichlet is (a - 1) / sum(a - 1).
    for (got, expected) in parameters.get("w").unwrap().iter().zip([1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]) {
        assert_close(*got, expected, 1e-4);
    }
    // scipy.stats.dirichlet.logpdf at the mode.
    assert_close(svi.step().unwrap().loss, -2.240727231385838, 1e-6);
    let draws = svi.posterior().draws(3).unwrap();
    let w = draws.get("w").unwrap();
    assert_eq!(w.shape(), [3, 3]);
    assert_eq!(w[[0, 1]], w[[2, 1]]);
}

#[model]
fn positive() {
    sample!("s", HalfNormal::new(1.0));
}

#[guide(positive)]
fn negative_delta() {
    sample!("s", Delta::new(param!("s", -1.0)));
}

#[test]
fn a_delta_outside_the_support_is_an_error_with_the_site() {
    let mut svi = Svi::new(positive(), negative_delta(), Elbo::default(), Adam::new(0.02));
    let message = svi.step().unwrap_err().to_string();
    assert!(message.contains("`s`") && message.contains("-1"), "{message}");
}

#[model]
fn one_copy(x: &[f64]) {
    observe!("x", Normal::new(0.0, 1.0).expand(&[]), x);
}

#[guide(one_copy)]
fn no_site(_x: &[f64]) {}

#[test]
fn one_copy_is_of_one_number() {
    let x = [0.5, 1.5];
    let mut svi = Svi::new(one_copy(&x), no_site(&x), Elbo::default(), Adam::new(0.02));
    let message = svi.step().unwrap_err().to_string();
    assert!(message.contains("`x`") && message.contains("the data have [2]"), "{message}");
}

#[model]
fn clusters(x: &[f64]) {
    let w = sample!("w", Dirichlet::new([1.0, 1.0]));
    let mu = sample!("mu", Normal::new(0.0, 1.0).expand(&[2]));
    plate!("data", x.len(), |i| {
        let parts = [Normal::new(mu.at(0), 1.0), Normal::new(mu.at(1), 1.0)];
        observe!("x", Mixture::new(w, parts), x.at(i));
    });
}

#[guide(clusters)]
fn at_points(_x: &[f64]) {
    sample!("w", Delta::new(&[0.3, 0.7]));
    sample!("mu", Delta::new(&[-1.0, 2.0]));
}

#[test]
fn mixtures_are_observed_in_a_plate() {
    let x = [-0.5, 1.5, 3.0];
    assert_close(loss(clusters(&x), at_points(&x)), 9.630762462052228, 1e-12);
    let mut svi = Svi::new(clusters(&x), at_points(&x), Elbo::default(), Adam::new(0.02));
    svi.step().unwrap();
    let predicted = svi.posterior().predictive(4_000).unwrap();
    let x = predicted.get("x").unwrap();
    assert_eq!(x.shape(), [4_000, 3]);
    // The mean is .3 * -1 + .7 * 2, the standard error of 12,000 draws about .016.
    assert_close(x.mean().unwrap(), 1.1, 0.08);
}

#[model]
fn weights_of_a_layer() {
    sample!("w", Normal::new(0.0, 1.0).expand(&[3]));
}

#[guide(weights_of_a_layer)]
fn full_rank() {
    let loc = param!("loc", init::full([3], 0.5));
    sample!(
        "w",
        MultivariateNormal::new(loc, param!("tril", init::scaled_identity(3, 0.5), CovarianceCholesky))
    );
}

#[test]
fn copies_have_a_closed_divergence_from_a_full_rank_guide() {
    let expected = 3.0 * (0.5 * (0.25 + 0.25 - 1.0) - 0.5_f64.ln());
    assert_close(loss(weights_of_a_layer(), full_rank()), expected, 1e-12);
}

#[model]
fn cut_off() {
    sample!("a", Truncated::new(Normal::new(0.0, 1.0), 10.0, 11.0));
    sample!("b", Truncated::positive(Normal::new(-1.0, 1.0)), on(Positive));
}

#[guide(cut_off)]
fn the_same() {
    let zero = param!("zero", 0.0);
    sample!("a", Truncated::new(Normal::new(zero, 1.0), 10.0, 11.0));
    sample!("b", Truncated::positive(Normal::new(zero - 1.0, 1.0)), on(Positive));
}

#[test]
fn truncations_propose_and_are_proposed() {
    assert_close(loss(cut_off(), the_same()), 0.0, 1e-12);
    let mut svi = Svi::new(cut_off(), the_same(), Elbo::default(), Adam::new(0.02));
    svi.step().unwrap();
    let draws = svi.posterior().draws(2_000).unwrap();
    assert!(draws.get("a").unwrap().iter().all(|a| (10.0..=11.0).contains(a)));
    // scipy.stats.truncnorm.mean: far out it is nearly the end.
    assert_close(draws.get("a").unwrap().mean().unwrap(), 10.09806837493302, 0.002);
    assert!(draws.get("b").unwrap().iter().all(|b| *b >= 0.0));
}

#[model]
fn functions() {
    sample!("s", Transformed::new(Normal::new(0.3, 0.7), Exp), on(Positive));
    sample!("p", Transformed::new(Normal::new(0.0, 1.0), Sigmoid), on(UnitInterval));
}

#[guide(functions)]
fn of_others() {
    sample!("s", LogNormal::new(0.3, 0.7));
    sample!("p", Transformed::new(Normal::new(param!("loc", 0.0), 1.0), Sigmoid), on(UnitInterval));
}

#[test]
fn transformed_distributions_are_those_that_have_names() {
    // Both sites have the same density in the guide, so that the loss is zero at every draw.
    assert_close(loss(functions(), of_others()), 0.0, 1e-12);
}

#[model]
fn visits(counts: &[u64]) {
    let rate = sample!("rate", Gamma::new(2.0, 1.0));
    plate!("day", counts.len(), |i| {
        observe!("count", ZeroInflated::new(0.25, Poisson::new(rate)), counts.at(i));
        observe!("again", ZeroInflated::logits(-(3.0_f64.ln()), Poisson::log_rate(rate.ln())), counts.at(i));
    });
}

#[guide(visits)]
fn known_rate(_counts: &[u64]) {
    sample!("rate", Delta::new(1.5));
}

#[test]
fn counts_with_many_zeros() {
    let counts = [0, 3, 0, 1];
    assert_close(loss(visits(&counts), known_rate(&counts)), 12.080404387620039, 1e-12);
    let mut svi = Svi::new(visits(&counts), known_rate(&counts), Elbo::default(), Adam::new(0.02));
    svi.step().unwrap();
    let draws = svi.posterior().predictive(5_000).unwrap();
    let zeros = draws.get("count").unwrap().iter().filter(|c| **c == 0.0).count() as f64 / 20_000.0;
    assert_close(zeros, 0.25 + 0.75 * (-1.5_f64).exp(), 0.02);
}

#[model]
fn constants() {
    let base = Normal::new(Tensor::zeros(&[2, 2]), Tensor::ones(&[2, 2]));
    sample!("a", base, on(RealLine));
    sample!("b", Normal::new(Tensor::eye(2), Tensor::full(&[2, 2], 2.0)));
}

#[guide(constants)]
fn at_ones() {
    sample!("a", Delta::new(Tensor::ones(&[2, 2])));
    sample!("b", Delta::new(Tensor::ones(&[2, 2])));
}

#[test]
fn constant_tensors() {
    let half_ln = 0.5 * (2.0 * std::f64::consts::PI).ln();
    let expected = 4.0 * (0.5 + half_ln) + 4.0 * (2.0_f64.ln() + half_ln) + 2.0 * 0.125;
    assert_close(loss(constants(), at_ones()), expected, 1e-12);
}

#[guide(weights)]
fn logistic_normal() {
    let loc = param!("loc", [0.0, 0.0]);
    let scale = param!("scale", [0.5, 0.5], Positive);
    sample!("w", Transformed::new(Normal::new(loc, scale), Simplex), on(Simplex));
}

/// Nothing is observed: the evidence is one, so the loss is the divergence of the guide from a Dirichlet.
#[test]
fn a_logistic_normal_comes_close_to_a_dirichlet() {
    let mut svi = Svi::new(weights(), logistic_normal(), Elbo::default(), Adam::new(0.02)).seed(1);
    svi.run(20_000).unwrap();
    // The least divergence and where it lies, by quadrature with 60 x 60 nodes.
    let parameters = svi.parameters();
    for (name, least) in [("loc", [-0.317955, -0.666934]), ("scale", [0.673031, 0.543120])] {
        for (got, expected) in parameters.get(name).unwrap().iter().zip(least) {
            assert_close(*got, expected, 0.02);
        }
    }
    let divergence = svi.evaluate(100_000).unwrap();
    assert!((divergence.loss - 0.0363897).abs() < 4.0 * divergence.standard_error + 1e-3, "{divergence:?}");
}

#[model]
fn cutpoints() {
    let base = Normal::new([0.0, 0.5, -0.3], 1.5);
    sample!("cuts", Transformed::new(base, Ordered), on(Ordered));
}

#[guide(cutpoints)]
fn the_same_cutpoints() {
    let loc = param!("loc", [0.0, 0.5, -0.3]);
    sample!("cuts", Transformed::new(Normal::new(loc, 1.5), Ordered), on(Ordered));
}

#[test]
fn an_ordered_prior_is_answered_by_itself() {
    let mut svi = Svi::new(cutpoints(), the_same_cutpoints(), Elbo::default(), Adam::new(0.02)).seed(1);
    // Proposal and prior are the same density at every draw.
    assert_close(svi.gradient().unwrap().0.loss, 0.0, 1e-12);
    let report = svi.check_gradients(ppl::GradientCheck::default().draws(20_000)).unwrap();
    assert!(report.passed(), "{report}");
    let draws = svi.posterior().draws(100).unwrap();
    let cuts = draws.get("cuts").unwrap();
    assert!((0..100).all(|k| cuts[[k, 0]] < cuts[[k, 1]] && cuts[[k, 1]] < cuts[[k, 2]]));
}
