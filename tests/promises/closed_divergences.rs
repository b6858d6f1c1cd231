//! A divergence has its closed form where that is the expectation; where it is not, asking for one changes no bit.

use ppl::prelude::*;

/// Takes the gradient with and without closed divergences, of programs in which none is closed.
macro_rules! assert_estimated {
    ($model:expr, $guide:expr) => {{
        let gradient = |closed| {
            let elbo = Elbo::default().closed_kl(closed);
            Svi::new($model, $guide, elbo, Adam::new(0.1)).seed(1).gradient().unwrap()
        };
        assert_eq!(gradient(true), gradient(false));
    }};
}

// Of a normal proposal and a Laplace prior none is known, nor of a Poisson and a geometric distribution.

#[model]
fn place_from_a() {
    let a = sample!("a", Laplace::new(0.0, 1.0));
    sample!("b", Normal::new(a, 1.0));
}

#[model]
fn spread_from_a() {
    let a = sample!("a", Laplace::new(0.0, 1.0));
    sample!("b", Normal::new(0.0, a.exp()));
}

#[guide]
fn a_from_b() {
    let b = sample!("b", Normal::new(param!("m", 0.4), param!("s", 0.8, Positive)));
    sample!("a", Normal::new(0.5 * b, param!("t", 0.6, Positive)));
}

#[test]
fn a_prior_that_the_guide_computes_from_the_site_is_no_prior_of_a_closed_form() {
    assert_estimated!(place_from_a().scale(1.0), a_from_b());
    assert_estimated!(spread_from_a().scale(1.0), a_from_b());
}

#[model]
fn branches() {
    let a = sample!("a", Geometric::new(0.3), concrete);
    sample!("b", Normal::new(if a > 1 { 1.0 } else { -1.0 }, 1.0));
}

#[guide(branches)]
fn branch_from_b() {
    let b = sample!("b", Normal::new(param!("m", 0.4), param!("s", 0.8, Positive)), Score::new());
    sample!("a", Poisson::new((0.5 * b).exp()), concrete);
}

#[test]
fn nor_is_one_that_a_branch_chooses() {
    assert_estimated!(branches(), branch_from_b());
}

#[model]
fn masked(there: &[bool]) {
    plate!("rows", there.len(), mask(there), |_i| sample!("z", Normal::new(0.0, 1.0)));
}

#[guide(masked)]
fn masked_guide(there: &[bool]) {
    let (m, s) = (param!("m", 0.4), param!("s", 0.8, Positive));
    plate!("rows", there.len(), mask(there), |_i| sample!("z", Normal::new(m, s)));
}

#[test]
fn elements_that_only_one_program_has_are_estimated() {
    assert_estimated!(masked(&[true, true, false]), masked_guide(&[true, false, true]));
}

#[model]
fn unit(spread: &[f64]) {
    plate!("rows", spread.len(), |_i| sample!("z", Normal::new(0.0, 1.0)));
}

#[guide(unit)]
fn of_each_row(spread: &[f64]) {
    plate!("rows", spread.len(), |i| sample!("z", Normal::new(0.0, spread.at(i))));
}

#[test]
fn every_parameter_may_have_the_plates() {
    let spread = [0.5, 1.5, 2.0];
    let expected: f64 = spread.iter().map(|s: &f64| 0.5 * (s * s - 1.0) - s.ln()).sum();
    let mut svi = Svi::new(unit(&spread), of_each_row(&spread), Elbo::default(), Adam::new(0.1));
    assert!((svi.step().unwrap().kl - expected).abs() < 1e-12);
}

#[model]
fn three() {
    sample!("k", Categorical::new([0.2, 0.3, 0.5]));
}

#[guide(three)]
fn two_of_them() {
    sample!("k", Categorical::new([0.25, 0.75]));
}

#[test]
fn vectors_of_two_lengths_have_none() {
    let at_the_draw = [(0.25f64 / 0.2).ln(), (0.75f64 / 0.3).ln()];
    let mut svi = Svi::new(three(), two_of_them(), Elbo::default(), Adam::new(0.1)).seed(1);
    for _ in 0..5 {
        let kl = svi.step().unwrap().kl;
        assert!(at_the_draw.iter().any(|value| (kl - value).abs() < 1e-12), "{kl}");
    }
}
