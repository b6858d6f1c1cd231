//! Programs that other systems run with a warning at most, and answer wrongly. Here each does not compile, or its answer is
//! that of a sum over all outcomes.

use ppl::estimator::Baseline;
use ppl::prelude::*;
use ppl_tests::{assert_mean, named};

#[track_caller]
fn close(found: f64, exact: f64) {
    assert!((found - exact).abs() <= 1e-9, "found {found}, exact {exact}");
}

const Q: f64 = 0.4;

/// The loss of the coin below a site that is 1 with probability `Q`, and its slope by `Q`.
const LOSS: f64 = 1.6665209543;
const SLOPE: f64 = -0.5581672478;

#[model]
fn branching() {
    if sample!("b", Bernoulli::new(0.3), concrete) {
        observe!("x", Normal::new(2.0, 1.0), 1.5);
    } else {
        observe!("x", Normal::new(0.0, 1.0), 1.5);
    }
}

#[guide(branching)]
fn every_branch() {
    sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)), enumerate, concrete);
}

#[guide(branching)]
fn one_branch() {
    sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)), concrete);
}

/// A branch on a sampled value. One system has the slope 0.441, because it follows the branch that was traced.
///
/// Without the word `concrete` it does not compile: `tests/ui/values/branches_on_discrete.rs`.
#[test]
fn a_branch_on_a_sampled_bernoulli() {
    let mut svi = Svi::new(branching(), every_branch(), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, LOSS);
    // The session's derivative is by the logit.
    close(named(&gradient, "q")[0] / (Q * (1.0 - Q)), SLOPE);

    let mut svi = Svi::new(branching(), one_branch(), Elbo::default(), Adam::new(0.1)).seed(1);
    let (losses, slopes): (Vec<f64>, Vec<f64>) = (0..200_000)
        .map(|_| {
            let (step, gradient) = svi.gradient().unwrap();
            (step.loss, named(&gradient, "q")[0] / (Q * (1.0 - Q)))
        })
        .unzip();
    assert_mean("the loss of a branch", &losses, LOSS, 0.02);
    assert_mean("the slope of a branch", &slopes, SLOPE, 0.05);
}

#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
}

#[guide(coin)]
fn drawn() {
    sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)), Score::baseline(Baseline::LeaveOneOut));
}

/// Returns the loss of two particles, `ones` of which are 1, and the score of their draws by `q`.
fn of_two(ones: usize) -> (f64, f64) {
    let weight = |b: bool| {
        let (prior, q, mean) = if b { (0.3, Q, 2.0) } else { (0.7, 1.0 - Q, 0.0) };
        prior * ppl_tests::log_normal_density(1.5, mean, 1.0).exp() / q
    };
    let (one, zero) = (ones as f64, 2.0 - ones as f64);
    let mean = (one * weight(true) + zero * weight(false)) / 2.0;
    (-mean.ln(), one / Q - zero / (1.0 - Q))
}

/// An importance-weighted bound with a discrete guide. One system has the slope 0, another 0.276.
///
/// The gradient of a step is a function of the draws, so that its expectation is a sum over what they may be.
#[test]
fn an_importance_weighted_bound_with_a_discrete_guide() {
    let mut svi = Svi::new(coin(), drawn(), Iwae::new(2), Adam::new(0.1)).seed(2);
    let mut met = [None; 3];
    for _ in 0..1_000 {
        let (step, gradient) = svi.gradient().unwrap();
        let ones = (0..3).find(|&ones| (of_two(ones).0 - step.loss).abs() < 1e-12).expect("a known outcome");
        let slope = named(&gradient, "q")[0] / (Q * (1.0 - Q));
        close(slope, *met[ones].get_or_insert(slope));
    }
    let chances = [(1.0 - Q) * (1.0 - Q), 2.0 * Q * (1.0 - Q), Q * Q];
    let over = |of: &dyn Fn(usize) -> f64| -> f64 { (0..3).map(|ones| chances[ones] * of(ones)).sum() };
    close(over(&|ones| of_two(ones).0), 1.6480656495);
    close(over(&|ones| met[ones].expect("each outcome is met")), -0.3014899269);
    // The sum over outcomes sees what is left out: without the part by the score it is another number.
    let pathwise = over(&|ones| met[ones].unwrap_or(0.0) - of_two(ones).0 * of_two(ones).1);
    assert!((pathwise + 0.3014899269).abs() > 0.1, "{pathwise}");
}

#[model]
fn chain(y: &[usize]) {
    let table = ndarray::array![[0.75, 0.25], [0.25, 0.75]];
    markov!("time", y.len(), 0, |before, t| {
        let state = sample!("state", Categorical::new(table.at(before)), enumerate);
        observe!("y", Categorical::new(table.at(state)), y.at(t));
        state
    });
}

#[guide(chain)]
fn nothing(_y: &[usize]) {}

/// A chain whose state is summed out. One system has 3.348 after three steps and 15.066 after ten.
#[test]
fn a_chain() {
    for (steps, exact) in [(2, 1.6739764336), (3, 2.2493405785), (10, 5.9439738588)] {
        let y = vec![1; steps];
        let mut svi = Svi::new(chain(&y), nothing(&y), Elbo::default(), Adam::new(0.1));
        close(svi.step().unwrap().loss, exact);
        close(svi.evaluate(1).unwrap().loss, exact);
    }
}

#[model]
fn side() {
    let z = sample!("z", Normal::new(0.0, 1.0), concrete);
    observe!("x", Normal::new(if z > 0.0 { 2.0 } else { 0.0 }, 1.0), 1.5);
}

#[guide(side)]
fn by_score() {
    sample!("z", Normal::new(param!("m", 0.0), 1.0), concrete);
}

#[guide(side)]
fn by_path() {
    sample!("z", Normal::new(param!("m", 0.0), 1.0));
}

/// A pathwise gradient through a comparison is 0 where it should be `1 / sqrt(2 pi)`.
///
/// The comparison of a smooth value does not compile: `tests/ui/values/compares_real.rs`; nor does the pathwise estimator of a
/// concrete one: `tests/ui/concrete/pathwise.rs`. A guide whose own site is not concrete is refused when it runs.
#[test]
fn a_gradient_through_a_comparison() {
    let mut svi = Svi::new(side(), by_score(), Elbo::default(), Adam::new(0.1)).seed(3);
    let slopes: Vec<f64> = (0..200_000).map(|_| named(&svi.gradient().unwrap().1, "m")[0]).collect();
    // The loss is minus the log-likelihood, and the divergence is level at 0.
    assert_mean("the slope of a side", &slopes, -0.3989422804, 0.02);

    let error = Svi::new(side(), by_path(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("site `z`: the model may branch on the value"), "{error}");
}

#[model]
fn level() {
    let level = sample!("level", Normal::new(0.0, 1.0));
    observe!("x", Normal::new(level, 1.0), 1.5);
}

#[guide]
fn misspelt() {
    sample!("levle", Normal::new(param!("loc", 0.0), 1.0));
}

/// A guide with a misspelt site: elsewhere the model's own site is drawn from its prior, and the guide's parameter drifts.
///
/// Against its model it does not compile: `tests/ui/guide/unknown_site.rs` and `tests/ui/guide/missing_site.rs`. A guide of no
/// model in particular is refused when it runs, and its parameter stays.
#[test]
fn a_misspelt_site() {
    let mut svi = Svi::new(level(), misspelt(), Elbo::default(), Adam::new(0.1));
    for _ in 0..3 {
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("`level`") || error.contains("`levle`"), "{error}");
    }
    assert!(svi.parameters().get("loc").map_or(0.0, |loc| loc[[]]) == 0.0);
}
