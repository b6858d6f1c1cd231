//! Guides whose auxiliary sites make them no density of the model's sites are refused before the first step; those that hand draws on are not.

use ppl::prelude::*;
use ppl::{Guide, GuidedBy, Model};

#[model]
fn pair() {
    sample!("a", Normal::new(0.0, 1.0));
    sample!("b", Normal::new(0.0, 1.0));
}

#[model]
fn positive() {
    sample!("a", Gamma::new(2.0, 1.0));
}

fn first_step<M, G>(model: M, guide: G) -> Result<f64, String>
where
    M: Model<Element = f64>,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = f64>,
{
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().map(|step| step.loss).map_err(|error| error.to_string())
}

macro_rules! accepted {
    ($name:ident, $model:ident, $body:block) => {
        #[test]
        fn $name() {
            #[guide($model)]
            fn proposal() $body
            let found = first_step($model(), proposal());
            assert!(found.is_ok(), "{found:?}");
        }
    };
}

macro_rules! refused {
    ($name:ident, $model:ident, $site:literal, $said:literal, $body:block) => {
        #[test]
        fn $name() {
            #[guide($model)]
            fn proposal() $body
            let error = first_step($model(), proposal()).unwrap_err();
            assert!(error.contains($site) && error.contains($said), "{error}");
        }
    };
}

accepted!(elements_are_handed_on, pair, {
    let aux = sample!("aux", Normal::new([0.1, 0.2], param!("scale", 0.5, Positive)), auxiliary);
    sample!("a", Delta::new(aux.at(1)));
    sample!("b", Delta::new(aux.at(0)));
});

accepted!(correlated_elements_are_handed_on, pair, {
    let aux = sample!("aux", MultivariateNormal::new([0.0, 0.1], root()), auxiliary);
    sample!("a", Delta::new(aux.at(0)));
    sample!("b", Delta::new(aux.at(1)));
});

accepted!(parameters_are_points, pair, {
    sample!("a", Delta::new(param!("a_at", 0.2) * 2.0));
    sample!("b", Delta::new(param!("b_at", 0.1)));
});

accepted!(an_auxiliary_site_may_move_another, pair, {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Normal::new(aux * param!("slope", 0.3), 1.0));
    sample!("b", Normal::new(0.0, 1.0));
});

refused!(a_multiple_has_another_density, pair, "`a`", "computed from the auxiliary site `aux`", {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Delta::new(2.0 * aux));
    sample!("b", Normal::new(0.0, 1.0));
});

refused!(a_shift_by_a_parameter_has_too, pair, "`a`", "computed from the auxiliary site `aux`", {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Delta::new(aux + param!("shift", 0.5)));
    sample!("b", Normal::new(0.0, 1.0));
});

refused!(an_exponential_has_another_density, positive, "`a`", "`Transformed::new(.., Exp)`", {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Delta::new(aux.exp()));
});

refused!(one_draw_is_not_two_sites, pair, "`b`", "another site, or element, has been given already", {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Delta::new(aux));
    sample!("b", Delta::new(aux));
});

refused!(an_auxiliary_site_is_used, pair, "`aux`", "nothing depends on it", {
    sample!("aux", Normal::new(0.0, param!("scale", 1.0, Positive)), auxiliary);
    sample!("a", Normal::new(0.0, 1.0));
    sample!("b", Normal::new(0.0, 1.0));
});

/// A Cholesky factor.
fn root() -> &'static ndarray::Array2<f64> {
    static ROOT: std::sync::OnceLock<ndarray::Array2<f64>> = std::sync::OnceLock::new();
    ROOT.get_or_init(|| ndarray::arr2(&[[1.0, 0.0], [0.4, 0.8]]))
}

#[model]
fn rows(n: usize) {
    plate!("row", n, |_| sample!("z", Normal::new(0.0, 1.0)));
}

#[guide(rows)]
fn within(n: usize) {
    plate!("row", n, |_| {
        let aux = sample!("aux", Normal::new(param!("loc", 0.1), 1.0), auxiliary);
        sample!("z", Delta::new(aux));
    });
}

#[guide(rows)]
fn outside(n: usize) {
    let aux = sample!("aux", Normal::new(param!("loc", 0.1), 1.0), auxiliary);
    plate!("row", n, |_| sample!("z", Delta::new(aux)));
}

#[test]
fn in_a_plate_each_element_has_its_own() {
    assert!(first_step(rows(4), within(4)).is_ok());
    let error = first_step(rows(4), outside(4)).unwrap_err();
    assert!(error.contains("`z`") && error.contains("another site, or element"), "{error}");
    assert!(first_step(rows(1), outside(1)).is_ok());
}

/// A loss of the two ways to say the same guide, which agree in expectation.
#[test]
fn what_is_handed_on_has_the_loss_of_the_site_itself() {
    #[guide(pair)]
    fn handed() {
        let aux = sample!("aux", Normal::new([0.4, -0.2], 0.5), auxiliary);
        sample!("a", Delta::new(aux.at(0)));
        sample!("b", Delta::new(aux.at(1)));
    }
    let n = 100_000;
    let mut svi = Svi::new(pair(), handed(), Elbo::default().particles(n), Adam::new(0.1)).seed(1);
    let kl = |m: f64| 0.5 * (0.25 + m * m - 1.0) - 0.5f64.ln();
    let loss = svi.step().unwrap().loss;
    assert!((loss - kl(0.4) - kl(-0.2)).abs() < 0.02, "{loss}");
}

#[model]
fn branches() {
    sample!("far", Bernoulli::new(0.3), concrete);
    sample!("a", Normal::new(0.0, 1.0));
}

#[guide(branches)]
fn uses_in_one() {
    let aux = sample!("aux", Normal::new(0.0, 1.0), auxiliary);
    let far = sample!("far", Bernoulli::new(param!("q", 0.4, ppl::support::UnitInterval)), concrete);
    let loc = if far { aux } else { Real::from(0.0) };
    sample!("a", Normal::new(loc, 1.0));
}

#[test]
fn another_branch_may_use_it() {
    for seed in 0..4 {
        let mut svi = Svi::new(branches(), uses_in_one(), Elbo::default(), Adam::new(0.1)).seed(seed);
        assert!(svi.step().is_ok());
    }
}
