//! Wrong data and wrong programs are errors that say what and where; parameters stay, and the next good step works.

use ppl::prelude::*;
use std::cell::Cell;
use std::panic::catch_unwind;

/// Takes a good step, then the given bad one, then a good one; returns the bad one's words.
macro_rules! bad_step {
    ($good:expr, $good_guide:expr, $bad:expr, $bad_guide:expr) => {{
        let mut svi = Svi::new($good, $good_guide, Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().unwrap();
        let before = svi.parameters();
        let error = svi.step_on($bad, $bad_guide).expect_err("the data are wrong");
        assert_eq!(svi.parameters(), before, "a failed step leaves the parameters as they were");
        let step = svi.step().unwrap();
        assert!(step.loss.is_finite());
        assert_ne!(svi.parameters(), before);
        error.to_string()
    }};
}

#[track_caller]
fn assert_says(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "expected `{word}` in: {error}");
    }
}

#[model]
fn waits(x: &[f64], rows: usize) {
    let rate = sample!("rate", Gamma::new(2.0, 1.0));
    plate!("people", rows, |i| observe!("wait", Exponential::new(rate), x.at(i)));
}

#[guide(waits)]
fn rate(_x: &[f64], _rows: usize) {
    sample!("rate", LogNormal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
}

const GOOD: [f64; 3] = [0.5, 1.5, 1.0];

#[test]
fn data_that_are_not_a_number() {
    let x = [0.5, f64::NAN, 1.0];
    let error = bad_step!(waits(&GOOD, 3), rate(&GOOD, 3), waits(&x, 3), rate(&x, 3));
    assert_says(&error, &["wait", "people = 1", "NaN", "wrong_data.rs"]);
}

#[test]
fn data_outside_the_support() {
    let x = [0.5, 1.0, -2.0];
    let error = bad_step!(waits(&GOOD, 3), rate(&GOOD, 3), waits(&x, 3), rate(&x, 3));
    assert_says(&error, &["wait", "people = 2", "-2", "Positive", "Exponential"]);
}

#[test]
fn infinite_data() {
    let x = [0.5, 1.0, f64::INFINITY];
    let error = bad_step!(waits(&GOOD, 3), rate(&GOOD, 3), waits(&x, 3), rate(&x, 3));
    assert_says(&error, &["wait", "people = 2", "inf"]);
}

#[test]
fn data_of_another_length_than_the_plate() {
    let x = [0.5, 1.0];
    let error = bad_step!(waits(&GOOD, 3), rate(&GOOD, 3), waits(&x, 3), rate(&x, 3));
    assert_says(&error, &["expected 3", "people", "got 2"]);
}

#[test]
fn empty_data() {
    let error = bad_step!(waits(&GOOD, 3), rate(&GOOD, 3), waits(&[], 0), rate(&[], 0));
    assert_says(&error, &["people", "no elements"]);
}

#[model]
fn part(x: &[f64], m: usize) {
    let rate = sample!("rate", Gamma::new(2.0, 1.0));
    plate!("people", x.len(), subsample(m), |i| observe!("wait", Exponential::new(rate), x.at(i)));
}

#[guide(part)]
fn rate_of_part(_x: &[f64], _m: usize) {
    sample!("rate", LogNormal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
}

#[test]
fn a_subsample_larger_than_its_plate() {
    for m in [0, 4] {
        let bad = part(&GOOD, m);
        let error = bad_step!(part(&GOOD, 2), rate_of_part(&GOOD, 2), bad, rate_of_part(&GOOD, m));
        assert_says(&error, &["people", &m.to_string(), "3 elements"]);
    }
}

#[test]
fn a_bad_row_of_a_subsample_is_named_by_its_place_in_the_whole() {
    let x = [0.5, 1.0, 0.7, -2.0, 1.1];
    let mut svi = Svi::new(part(&x, 2), rate_of_part(&x, 2), Elbo::default(), Adam::new(0.1)).seed(3);
    let errors: Vec<String> = (0..50).filter_map(|_| svi.step().err()).map(|e| e.to_string()).collect();
    assert!(errors.len() > 5 && errors.len() < 45, "the bad row is drawn now and then: {}", errors.len());
    for error in errors {
        assert_says(&error, &["people = 3", "-2"]);
    }
}

#[model]
fn labelled(label: &[usize], x: &[f64]) {
    let mu = plate!("component", 2, |_k| sample!("mu", Normal::new(0.0, 1.0)));
    plate!("rows", x.len(), |i| observe!("x", Normal::new(mu.at(label.at(i)), 1.0), x.at(i)));
}

#[guide(labelled)]
fn components(_label: &[usize], _x: &[f64]) {
    plate!("component", 2, |_k| {
        sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
    });
}

#[test]
fn an_index_out_of_range() {
    let (good, bad) = ([0, 1, 1], [0, 2, 1]);
    let error = bad_step!(
        labelled(&good, &GOOD),
        components(&good, &GOOD),
        labelled(&bad, &GOOD),
        components(&bad, &GOOD)
    );
    assert_says(&error, &["index 2", "2", "wrong_data.rs"]);
}

#[model]
fn vectors(x: &[f64], n: usize) {
    let mu = sample!("mu", Normal::new(vec![0.0; n].as_slice(), 1.0));
    observe!("x", Normal::new(mu, 1.0), x);
}

#[guide(vectors)]
fn vector_guide(_x: &[f64], _n: usize) {
    sample!("mu", Normal::new(param!("loc", [0.0, 0.0, 0.0]), param!("scale", 0.5, Positive)));
}

#[test]
fn shapes_that_do_not_fit() {
    let x = [0.5, 1.0];
    let error = bad_step!(vectors(&GOOD, 3), vector_guide(&GOOD, 3), vectors(&x, 3), vector_guide(&x, 3));
    assert_says(&error, &["`x`", "[3]", "[2]"]);
    let error =
        bad_step!(vectors(&GOOD, 3), vector_guide(&GOOD, 3), vectors(&GOOD, 2), vector_guide(&GOOD, 2));
    assert_says(&error, &["`mu`", "[2]", "[3]"]);
}

#[model]
fn parameters_of(which: usize) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    match which {
        0 => observe!("x", Normal::new(mu, 1.0), 0.5),
        1 => observe!("x", Normal::new([0.0, 1.0, 2.0], [1.0, 2.0]), 0.5),
        2 => observe!(
            "v",
            MultivariateNormal::new([0.0, 1.0, 2.0], &ndarray::array![[1.0, 0.0], [0.0, 1.0]]),
            [0.1, 0.2, 0.3]
        ),
        3 => observe!("k", Categorical::new(0.5), 1u32),
        4 => observe!("x", Normal::new(mu, -1.0), 0.5),
        5 => observe!("x", Normal::new(mu + [1.0, 2.0].at(5usize), 1.0), 0.5),
        6 => observe!("k", Categorical::new([0.2, 0.8]), 2u32),
        7 => observe!("k", Categorical::new([0.2, -0.9]), 1u32),
        8 => observe!("k", Bernoulli::new(0.5), 3u32),
        9 => observe!("k", Multinomial::new(3.0, [0.5, 0.5]), &[1u32, 2, 0]),
        10 => observe!("w", Dirichlet::new([2.0, 2.0]), [1.6, -0.6]),
        11 => observe!("w", Dirichlet::new([1.0, 1.0]), [0.2, 0.3, 0.5]),
        12 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).matmul([1.0, 2.0, 3.0]), 1.0), 0.5),
        13 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).transpose().sum(), 1.0), 0.5),
        14 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).sum_over(3).sum(), 1.0), 0.5),
        15 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).slice(0, 1..5).sum(), 1.0), 0.5),
        16 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).reshape(&[3]).sum(), 1.0), 0.5),
        17 => observe!("x", Normal::new(Tensor::concat(&[Tensor::stack(&[mu])], 1).sum(), 1.0), 0.5),
        18 => observe!(
            "x",
            Normal::new((Tensor::stack(&[mu, mu]) + Tensor::stack(&[mu, mu, mu])).sum(), 1.0),
            0.5
        ),
        19 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).cholesky().sum(), 1.0), 0.5),
        20 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).solve_lower([1.0, 2.0]).sum(), 1.0), 0.5),
        21 => observe!("x", Normal::new(Tensor::stack(&[mu, mu]).to_real(), 1.0), 0.5),
        22 => observe!("x", Normal::new(Tensor::stack::<Real>(&[]).sum(), 1.0), 0.5),
        23 => observe!("x", Normal::new((mu * 0.0).ln(), 1.0), 0.5),
        24 => observe!("x", LkjCholesky::new(2, 1.0), [0.5, 0.5]),
        25 => observe!("k", OrderedLogistic::new(mu, [1.0, -1.0]), 1u32),
        26 => observe!("w", ZeroSumNormal::new(3, 1.0), [1.0, 2.0, 0.5]),
        27 => observe!("w", ZeroSumNormal::new(3, 1.0), [0.5, -0.5]),
        28 => observe!("w", ZeroSumNormal::around([0.5, 0.5], 1.0), [0.5, -0.5]),
        29 => observe!("w", ZeroSumNormal::new(0, 1.0), [0.5, -0.5]),
        30 => observe!("x", Pareto::new(1.0, 2.0), 0.5),
        31 => observe!("w", VonMisesFisher::new([0.5, 0.5], 1.0), [0.6, 0.8]),
        32 => observe!("w", VonMisesFisher::uniform(2), [3.0, 4.0]),
        33 => observe!("w", VonMisesFisher::new([0.6, 0.8], -1.0), [0.6, 0.8]),
        34 => observe!("w", VonMisesFisher::new([0.6, 0.8], 1.0), [1.0, 0.0, 0.0]),
        35 => observe!("w", VonMisesFisher::uniform(1), [1.0]),
        _ => observe!("x", Uniform::new(0.0, 1.0), 2.5),
    }
}

#[guide(parameters_of)]
fn mu_guide(_which: usize) {
    sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
}

#[test]
fn every_misfit_of_a_site_is_an_error_with_both_sides() {
    let expected: [&[&str]; 36] = [
        &["loc", "[3]", "scale", "[2]"],
        &["[3]", "[2, 2]"],
        &["`k`"],
        &["scale", "positive", "-1"],
        &["index 5", "2"],
        &["`k`", "2"],
        &["`k`", "probs"],
        &["`k`", "3"],
        &["`k`", "[2]", "[3]"],
        &["`w`", "0.6"],
        &["`w`", "[2]", "[3]"],
        &["[2]", "[3]"],
        &["transpose", "[2]"],
        &["sum_over", "dimension 3", "[2]"],
        &["slice", "1..5", "[2]"],
        &["reshape", "[2]", "[3]"],
        &["concat", "dimension 1", "[1]"],
        &["addition", "[2]", "[3]"],
        &["cholesky", "[2]"],
        &["solve_lower", "[2]"],
        &["to_real", "[2]"],
        &["stack", "at least one"],
        &["`x`", "inf"],
        &["`x`", "[2, 2]", "[2]"],
        &["`k`", "cutpoints"],
        &["`w`", "(SumToZero) of ZeroSumNormal: it sums to 3.5"],
        &["`w`", "[3]", "[2]"],
        &["`w`", "loc of ZeroSumNormal must sum to zero, got [0.5, 0.5]"],
        &["`w`", "`loc` must be [n], not empty, got [0]"],
        &["`x`", "the value 0.5 is outside the support (Bounded) of Pareto(scale = 1, shape = 2)"],
        &["`w`", "mean_direction of VonMisesFisher must have length one, got [0.5, 0.5]"],
        &["`w`", "(UnitVector) of VonMisesFisher: its length is 5, expected 1"],
        &["`w`", "concentration of VonMisesFisher must be finite and not negative, got [-1.0]"],
        &["`w`", "[2]", "[3]"],
        &["`w`", "`mean_direction` must be [n] with n >= 2, got [1]"],
        &["`x`", "2.5"],
    ];
    let mut wrong = Vec::new();
    for (k, words) in expected.iter().enumerate() {
        let which = k + 1;
        let done =
            catch_unwind(|| bad_step!(parameters_of(0), mu_guide(0), parameters_of(which), mu_guide(which)));
        let Ok(error) = done else {
            wrong.push(format!("case {which} panicked"));
            continue;
        };
        let missing: Vec<_> = words.iter().filter(|w| !error.contains(**w)).collect();
        if !missing.is_empty() {
            wrong.push(format!("case {which}: expected {missing:?} in: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[model]
fn unnormalised(which: usize) {
    observe!("k", Categorical::new([0.2, if which == 0 { 0.9 } else { 0.8 }]), 1u32);
    observe!("w", Dirichlet::new([2.0, 1.0]), [0.5, if which == 1 { 0.6 } else { 0.5 }]);
}

#[guide(unnormalised)]
fn nothing(_which: usize) {}

#[model]
fn unnormalised_data() {
    observe!("w", Dirichlet::new([1.0, 1.0]), [0.5, 0.6]);
}

#[guide(unnormalised_data)]
fn nothing_else() {}

#[test]
fn observed_weights_that_do_not_sum_to_one() {
    let mut svi = Svi::new(unnormalised_data(), nothing_else(), Elbo::default(), Adam::new(0.1));
    assert_says(&svi.step().unwrap_err().to_string(), &["`w`", "0.6", "Simplex"]);
}

#[test]
fn what_no_density_shows_is_found_before_the_first_step() {
    let mut svi = Svi::new(unnormalised(0), nothing(0), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert_says(
        &error,
        &["`k`", "probs of Categorical must be probabilities that sum to one, got [0.2, 0.9]"],
    );
    // A failed step does not count as the first.
    assert_eq!(svi.step().unwrap_err().to_string(), error);
    let mut svi = Svi::new(unnormalised(1), nothing(1), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert_says(&error, &["`w`", "[0.5, 0.6] is outside the support (Simplex) of Dirichlet"]);
    let mut svi = Svi::new(unnormalised(2), nothing(2), Elbo::default(), Adam::new(0.1));
    // The density of the Dirichlet is one there.
    assert!((svi.step().unwrap().loss + 0.8f64.ln()).abs() < 1e-14);
}

#[model]
fn unnormalised_path() {
    let k = sample!("k", Categorical::new([0.5, 0.5]), enumerate, concrete);
    let weights = if k == 0 { [0.2, 0.8] } else { [0.2, 0.9] };
    observe!("x", Categorical::new(weights), 1u32);
}

#[guide(unnormalised_path)]
fn no_path() {}

#[test]
fn what_no_density_shows_is_found_on_every_path() {
    let mut svi = Svi::new(unnormalised_path(), no_path(), Elbo::default(), Adam::new(0.1));
    assert_says(&svi.step().unwrap_err().to_string(), &["`x`", "sum to one, got [0.2, 0.9]"]);
}

#[model]
fn leaks(which: usize) {
    let held: Cell<Option<Real>> = Cell::new(None);
    plate!("first", 3, |_i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        held.set(Some(z));
    });
    let z = held.take().unwrap();
    match which {
        0 => {}
        1 => observe!("x", Normal::new(z, 1.0), 0.5),
        2 => observe!("x", Normal::new(0.0, 1.0), z),
        3 => plate!("second", 2, |_j| observe!("x", Normal::new(z, 1.0), 0.5)),
        _ => {
            let stack = plate!("second", 2, |_j| z);
            observe!("x", Normal::new(stack.sum(), 1.0), 0.5);
        }
    }
}

#[guide(leaks)]
fn leaks_guide(_which: usize) {
    plate!("first", 3, |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), 1.0));
    });
}

#[test]
fn a_value_that_leaks_from_its_plate() {
    for which in 1..5 {
        let mut svi = Svi::new(leaks(which), leaks_guide(which), Elbo::default(), Adam::new(0.1));
        let error = svi.step().expect_err("a leak").to_string();
        assert_says(&error, &["`x`", "first", "not open"]);
    }
}

#[model]
fn stale(held: &Cell<Option<Real>>, uses: bool) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    let old = held.replace(Some(mu)).unwrap_or(mu);
    observe!("x", Normal::new(if uses { old } else { mu }, 1.0), 0.5);
}

#[guide(stale)]
fn stale_guide(_held: &Cell<Option<Real>>, _uses: bool) {
    sample!("mu", Normal::new(param!("loc", 0.0), 1.0));
}

#[test]
fn a_value_of_an_earlier_run() {
    let held = Cell::new(None);
    let mut svi = Svi::new(stale(&held, false), stale_guide(&held, false), Elbo::default(), Adam::new(0.1));
    svi.step().unwrap();
    let before = svi.parameters();
    let error = svi.step_on(stale(&held, true), stale_guide(&held, true)).expect_err("stale").to_string();
    assert_says(&error, &["after the run", "wrong_data.rs"]);
    assert_eq!(svi.parameters(), before);
    svi.step().unwrap();
}

#[test]
fn a_value_of_an_earlier_run_in_a_step_that_is_like_those_before() {
    let (held, uses) = (Cell::new(None), Cell::new(false));
    let program = model_that_keeps(&held, &uses);
    let mut svi = Svi::new(program, keeps_guide(&held, &uses), Elbo::default(), Adam::new(0.1));
    for _ in 0..4 {
        svi.step().unwrap();
    }
    uses.set(true);
    let error = svi.step().expect_err("stale").to_string();
    assert_says(&error, &["after the run", "wrong_data.rs"]);
}

#[model]
fn model_that_keeps(held: &Cell<Option<Real>>, uses: &Cell<bool>) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    let old = held.replace(Some(mu)).unwrap_or(mu);
    observe!("x", Normal::new(if uses.get() { old } else { mu }, 1.0), 0.5);
}

#[guide(model_that_keeps)]
fn keeps_guide(_held: &Cell<Option<Real>>, _uses: &Cell<bool>) {
    sample!("mu", Normal::new(param!("loc", 0.0), 1.0));
}

#[model]
fn scored(x: &[f64]) {
    let z = sample!("z", Bernoulli::new(0.3)).to_real();
    plate!("rows", x.len(), |i| observe!("x", Normal::new(2.0 * z, 1.0), x.at(i)));
}

#[guide(scored)]
fn scored_guide(_x: &[f64]) {
    sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::baseline(DecayingAverage::new(0.9)));
}

#[test]
fn a_failed_step_does_not_spoil_the_baseline() {
    let bad = [0.5, f64::NAN, 1.0];
    let error = bad_step!(scored(&GOOD), scored_guide(&GOOD), scored(&bad), scored_guide(&bad));
    assert_says(&error, &["`x`", "rows = 1", "NaN"]);
}

#[model]
fn refused_parameter(first: f64) {
    let a = param!("a", first, Positive);
    let b = param!("b", 0.5, Positive);
    observe!("x", Normal::new(a, b), 0.3);
}

#[guide(refused_parameter)]
fn no_sites(_first: f64) {}

#[test]
fn a_parameter_that_starts_outside_its_support() {
    let mut svi = Svi::new(refused_parameter(-1.0), no_sites(-1.0), Elbo::default(), Adam::new(0.1));
    for _ in 0..2 {
        let error = svi.step().expect_err("a negative start").to_string();
        assert_says(&error, &["`a`", "Positive", "-1"]);
    }
    svi.step_on(refused_parameter(1.0), no_sites(1.0)).unwrap();
    let parameters = svi.parameters();
    assert_eq!(parameters.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
    assert!((ppl_tests::named(&parameters, "a")[0].ln().abs() - 0.1).abs() < 1e-6);
}

#[model]
fn misfit(which: usize) {
    match which {
        0 => {
            sample!("z", Categorical::new([0.2, 0.3, 0.5]));
        }
        1 => {
            sample!("z", Categorical::new([0.2, 0.8]));
        }
        _ => plate!("rows", 2, |_i| {
            sample!("z", Categorical::new([0.2, 0.3, 0.5]));
        }),
    }
}

#[guide(misfit)]
fn three(_which: usize) {
    sample!("z", Categorical::logits(param!("logits", [0.0, 0.1, 30.0])));
}

#[test]
fn a_guide_that_does_not_fit() {
    let error = bad_step!(misfit(0), three(0), misfit(1), three(1));
    assert_says(&error, &["`z`", "2", "Categorical"]);
    let error = bad_step!(misfit(0), three(0), misfit(2), three(2));
    assert_says(&error, &["`z`", "rows", "no plate"]);
}
