//! Guides whose draws have no weights are refused, in words that name the site; their steps go on.

use super::*;
use ppl::{Guide, GuidedBy, Model};

#[model]
fn pair() {
    sample!("a", Normal::new(0.0, 1.0));
    sample!("b", Normal::new(0.0, 1.0));
}

fn refusal<M, G>(model: M, guide: G) -> String
where
    M: Model<Element = f64>,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = f64>,
{
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(1);
    // Draws are made all the same.
    assert_eq!(svi.posterior().draws(3).unwrap().count(), 3);
    let before = svi.parameters();
    let error = svi.posterior().log_densities(40).unwrap_err().to_string();
    assert_eq!(svi.posterior().log_densities(3).unwrap_err().to_string(), error);
    assert_eq!(svi.parameters(), before);
    error
}

macro_rules! refused {
    ($name:ident, $site:literal, $said:literal, $body:block) => {
        #[test]
        fn $name() {
            #[guide(pair)]
            fn proposal() $body
            let error = refusal(pair(), proposal());
            assert!(error.contains($site) && error.contains($said), "{error}");
        }
    };
}

refused!(a_point_has_no_density, "`a`", "at a value that no auxiliary site draws", {
    sample!("a", Delta::new(param!("at", 0.2)));
    sample!("b", Normal::new(0.0, 1.0));
});

refused!(a_point_at_another_site_has_none_either, "`b`", "at a value that no auxiliary site draws", {
    let a = sample!("a", Normal::new(0.0, 1.0));
    sample!("b", Delta::new(a));
});

refused!(
    an_auxiliary_site_that_moves_another_is_not_handed_on,
    "`aux`",
    "no `Delta` hands all of its draw on",
    {
        let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
        sample!("a", Normal::new(aux, 1.0));
        sample!("b", Normal::new(0.0, 1.0));
    }
);

refused!(a_draw_is_handed_on_as_a_whole, "`aux`", "no `Delta` hands all of its draw on", {
    let aux = sample!("aux", Normal::new([0.0, 0.1, 0.2], 1.0), auxiliary);
    sample!("a", Delta::new(aux.at(0)));
    sample!("b", Normal::new(aux.at(1).to_real(), 1.0));
});

refused!(a_computed_value_has_no_density, "`a`", "computed from the auxiliary site `aux`", {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Delta::new(2.0 * aux));
    sample!("b", Normal::new(0.0, 1.0));
});

#[model]
fn branches() {
    sample!("far", Bernoulli::new(0.3), concrete);
    sample!("a", Normal::new(0.0, 1.0));
}

#[guide(branches)]
fn point_in_one() {
    if sample!("far", Bernoulli::new(0.5), concrete) {
        sample!("a", Delta::new(1.5));
    } else {
        sample!("a", Normal::new(0.0, 1.0));
    }
}

#[test]
fn every_draw_of_a_program_that_branches_is_looked_at() {
    for seed in 0..4 {
        let mut svi = Svi::new(branches(), point_in_one(), Elbo::default(), Adam::new(0.1)).seed(seed);
        let error = svi.posterior().log_densities(40).unwrap_err().to_string();
        assert!(error.contains("`a`") && error.contains("no auxiliary site draws"), "{error}");
    }
}

/// What is wrong although every density is finite is found before the first step, and here too.
#[model]
fn wrong_weights() {
    sample!("k", Categorical::new([0.2, 0.3, 0.6]));
}

#[guide(wrong_weights)]
fn of_weights() {
    sample!("k", Categorical::new([0.2, 0.3, 0.5]));
}

#[test]
fn weights_of_a_model_that_do_not_sum_to_one_are_no_density() {
    let error = refusal(wrong_weights(), of_weights());
    assert!(error.contains("`k`"), "{error}");
}

#[model]
fn not_a_number(x: f64) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    observe!("x", Normal::new((z - 50.0).ln(), 1.0), x);
}

#[guide(not_a_number)]
fn of_not_a_number(_x: f64) {
    sample!("z", Normal::new(0.0, 1.0));
}

#[test]
fn a_density_that_is_no_number_names_its_site() {
    let error = refusal(not_a_number(0.3), of_not_a_number(0.3));
    assert!(error.contains("`x`") && error.contains("NaN"), "{error}");
}
