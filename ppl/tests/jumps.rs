//! A bound that moves with a pathwise site is refused: the pathwise gradient would miss the jump of the density.

use ppl::prelude::*;
use ppl::support::Bounded;

/// Asserts that a step fails, and that the error says why at site `x`.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(step: Result<T, ppl::Error>, why: &str) {
    let message = step.expect_err(why).to_string();
    assert!(message.contains("site `x`") && message.contains(why), "{message}");
}

#[model]
fn uniform_to(width: f64) {
    let end = sample!("end", Exponential::new(1.0));
    observe!("x", Uniform::new(0.0, end), width);
}

#[guide(uniform_to)]
fn pathwise() {
    sample!("end", LogNormal::new(param!("loc", 1.0), 0.1));
}

#[guide(uniform_to)]
fn score() {
    sample!("end", LogNormal::new(param!("loc", 1.0), 0.1), Score::new());
}

#[test]
fn a_pathwise_site_may_not_move_a_bound() {
    let mut svi = Svi::new(uniform_to(0.5), pathwise(), Elbo::default(), Sgd::new(0.1));
    assert_refused(svi.step(), "the density jumps");
    assert_eq!(svi.parameters().get("loc").expect("it was made")[[]], 1.0);
}

#[test]
fn a_score_site_may() {
    let mut svi = Svi::new(uniform_to(0.5), score(), Elbo::default(), Sgd::new(0.1));
    assert!(svi.step().is_ok());
}

#[model]
fn uniform_between(low: f64, high: f64) {
    sample!("x", Uniform::new(low, high));
}

#[guide(uniform_between)]
fn inside() {
    sample!("x", Uniform::new(0.25, param!("high", 0.5, Positive)));
}

#[test]
fn bounds_that_are_parameters_or_data_are_free() {
    let mut svi = Svi::new(uniform_between(0.0, 1.0), inside(), Elbo::default(), Sgd::new(0.1));
    let step = svi.step().expect("nothing jumps");
    assert!((step.loss - 4f64.ln()).abs() < 1e-12, "{}", step.loss);
}

#[model]
fn transformed_to(width: f64) {
    let end = sample!("end", Exponential::new(1.0));
    observe!("x", Transformed::new(Uniform::new(0.0, end), Affine::new(1.0, 2.0)), width);
}

#[guide(transformed_to)]
fn pathwise_end() {
    sample!("end", LogNormal::new(param!("loc", 1.0), 0.1));
}

#[test]
fn nor_the_bound_of_what_is_transformed() {
    let mut svi = Svi::new(transformed_to(1.5), pathwise_end(), Elbo::default(), Sgd::new(0.1));
    assert_refused(svi.step(), "the density jumps");
}

#[model]
fn known_exactly(x: f64) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    observe!("x", Delta::new(mu), x);
}

#[guide(known_exactly)]
fn drawn() {
    sample!("mu", Normal::new(param!("loc", 1.0), 1.0));
}

#[test]
fn nor_the_only_value_that_may_be_observed() {
    let mut svi = Svi::new(known_exactly(0.5), drawn(), Elbo::default(), Sgd::new(0.1));
    assert_refused(svi.step(), "the density jumps");
}

#[model]
fn pareto(x: f64) {
    let scale = sample!("scale", Exponential::new(1.0));
    let shape = sample!("shape", Exponential::new(1.0));
    observe!("x", Pareto::new(scale, shape), x);
}

#[guide(pareto)]
fn pathwise_scale() {
    sample!("scale", LogNormal::new(param!("scale", -1.0), 0.1));
    sample!("shape", LogNormal::new(param!("shape", 0.0), 0.1));
}

#[guide(pareto)]
fn pathwise_shape() {
    sample!("scale", LogNormal::new(param!("scale", -1.0), 0.1), Score::new());
    sample!("shape", LogNormal::new(param!("shape", 0.0), 0.1));
}

#[test]
fn of_a_pareto_only_the_scale_moves_the_jump() {
    let mut svi = Svi::new(pareto(2.0), pathwise_scale(), Elbo::default(), Sgd::new(0.1));
    assert_refused(svi.step(), "the density jumps");
    let mut svi = Svi::new(pareto(2.0), pathwise_shape(), Elbo::default(), Sgd::new(0.1));
    assert!(svi.step().is_ok());
}

/// A mixture has the jumps of its components.
#[model]
fn mixed_to(width: f64) {
    let end = sample!("end", Exponential::new(1.0));
    let ends = [Uniform::new(0.0, 1.0), Uniform::new(0.0, end)];
    observe!("x", Mixture::new([0.5, 0.5], ends), width);
}

#[guide(mixed_to)]
fn pathwise_mixed() {
    sample!("end", LogNormal::new(param!("loc", 1.0), 0.1));
}

#[test]
fn nor_the_bound_of_a_component() {
    let mut svi = Svi::new(mixed_to(1.5), pathwise_mixed(), Elbo::default(), Sgd::new(0.1));
    assert_refused(svi.step(), "the density jumps");
}

#[guide(uniform_between)]
fn scored() {
    sample!("x", Uniform::new(0.25, param!("high", 0.5, Positive)), Score::new());
}

#[guide(uniform_between)]
fn scored_within_numbers() {
    let scale = param!("scale", 0.5, Positive);
    sample!("x", Truncated::new(Normal::new(0.3, scale), 0.0, 1.0), Score::new(), on(Bounded));
}

#[guide(uniform_between)]
fn mixed_within_parameters() {
    let high = param!("high", 0.5, Positive);
    sample!("x", Mixture::new([0.5, 0.5], [Uniform::new(0.0, 1.0), Uniform::new(0.0, high)]), on(Bounded));
}

#[guide(uniform_between)]
fn left_out() {
    sample!("x", Uniform::new(0.0, param!("high", 0.5, Positive)), LeaveOneOut::samples(2));
}

#[guide(uniform_between)]
fn branched_on() {
    sample!("x", Uniform::new(0.0, param!("high", 0.5, Positive)), concrete);
}

/// The loss of the first is minus the logarithm of a width, whose derivative the score function has as zero.
#[test]
fn a_support_that_moves_has_no_score_function() {
    macro_rules! refused {
        ($guide:expr) => {{
            let mut svi = Svi::new(uniform_between(0.0, 1.0), $guide, Elbo::default(), Sgd::new(0.1));
            let why = "the support moves with a parameter, which the score function does not see";
            assert_refused(svi.step(), why);
            // What has no derivative needs no score function.
            assert!(svi.evaluate(10).is_ok() && svi.posterior().draws(10).is_ok());
        }};
    }
    refused!(scored());
    refused!(mixed_within_parameters());
    refused!(left_out());
    refused!(branched_on());
    let mut svi =
        Svi::new(uniform_between(0.0, 1.0), scored_within_numbers(), Elbo::default(), Sgd::new(0.1));
    assert!(svi.step().is_ok());
}
