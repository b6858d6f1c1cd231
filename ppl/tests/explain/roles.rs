//! Roles, gradients and costs, by handlers, estimators and objectives.

use super::programs::*;
use ndarray::array;
use ppl::prelude::*;
use ppl::{SiteGradient, SiteRole};

#[model]
fn chain() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    let b = sample!("b", Normal::new(a, 1.0));
    observe!("x", Normal::new(a + b, 1.0), 0.5);
    observe!("y", Normal::new(b, 1.0), 0.5);
}

#[guide(chain)]
fn of_chain() {
    let a = sample!("a", Normal::new(param!("la", 0.0), 1.0));
    sample!("b", Normal::new(a + param!("lb", 0.0), 1.0));
}

#[guide]
fn of_a() {
    sample!("a", Normal::new(param!("la", 0.0), 1.0));
}

#[test]
fn edges_do_not_go_through_another_site() {
    let svi = Svi::new(chain(), of_chain(), Elbo::default(), Adam::new(0.1));
    let explanation = svi.explain().unwrap();
    let of_model = |site: &str| explanation.site(site).unwrap().model.as_ref().unwrap().sites.join(" ");
    assert_eq!(["a", "b", "x", "y"].map(of_model), ["", "a", "a b", "b"]);
    // A parameter reaches only the site that it is drawn with, though later draws depend on that.
    let of_guide = |site: &str| explanation.site(site).unwrap().guide.clone().unwrap();
    assert_eq!((of_guide("a").sites.len(), of_guide("a").parameters), (0, vec!["la".to_owned()]));
    assert_eq!(
        (of_guide("b").sites, of_guide("b").parameters),
        (vec!["a".to_owned()], vec!["lb".to_owned()])
    );
}

#[test]
fn handlers_change_what_a_site_is() {
    let role = |model: ppl::Handled<_>| {
        let svi = Svi::new(model, of_a(), Elbo::default(), Adam::new(0.1));
        svi.explain().unwrap().site("b").unwrap().role
    };
    assert_eq!(role(chain().condition("b", 1.0)), SiteRole::Observed);
    assert_eq!(role(chain().intervene("b", 1.0)), SiteRole::Handled);
    assert_eq!(role(chain().block(["b"])), SiteRole::Handled);
}

#[model]
fn coins() {
    let a = sample!("a", Bernoulli::new(0.3));
    observe!("x", Normal::new(a.to_real(), 1.0), 0.5);
}

macro_rules! coin_guides {
    ($($name:ident: [$($estimator:tt)*])*) => {$(
        #[guide(coins)]
        fn $name() {
            sample!("a", Bernoulli::new(param!("q", 0.4, UnitInterval)), $($estimator)*);
        }
    )*};
}
coin_guides! {
    plain: [Score::new()]
    averaged: [Score::baseline(DecayingAverage::new(0.8))]
    standardised: [Score::baseline(Standardised::new(0.7))]
    given: [Score::baseline(Given(param!("b", 0.5)))]
    learned: [Score::baseline(Learned(param!("b", 0.5)))]
    three_parts: [Score::baseline((Learned(param!("b", 0.5)), Standardised::new(0.7)))]
    critical: [Score::baseline(SelfCritical)]
    left_out: [LeaveOneOut::samples(4)]
    arm: [Arm]
    dis_arm: [DisArm]
    listed: [SumAndSample::new(1)]
    measured: [MeasureValued]
    tried: [enumerate]
}

#[test]
fn every_estimator_has_its_words() {
    macro_rules! words {
        ($guide:ident, $objective:expr) => {{
            let explanation = Svi::new(coins(), $guide(), $objective, Adam::new(0.1)).explain().unwrap();
            let site = explanation.site("a").unwrap();
            (site.gradient.as_ref().unwrap().to_string(), site.whole_cost)
        }};
        ($guide:ident) => {
            words!($guide, Elbo::default()).0
        };
    }
    assert_eq!(words!(plain), "score, less nothing");
    assert_eq!(words!(averaged), "score, less its decaying average (0.8)");
    assert_eq!(words!(standardised), "score, less its decaying average (0.7), standardised");
    assert_eq!(words!(given), "score, less a value of the guide");
    assert_eq!(words!(learned), "score, less a learned value");
    assert_eq!(
        words!(three_parts),
        "score, less a learned value, then its decaying average (0.7), standardised"
    );
    assert_eq!(words!(critical), "score, less the loss at its most probable value");
    assert_eq!(words!(left_out), "LeaveOneOut over 4 values");
    assert_eq!(words!(arm), "Arm over 2 values");
    assert_eq!(words!(dis_arm), "DisArm over 2 values");
    assert_eq!(words!(listed), "SumAndSample over 2 values");
    assert_eq!(words!(measured), "every one of 2 outcomes");
    assert_eq!(words!(tried), "every one of 2 outcomes");
    assert_eq!(words!(plain, Iwae::new(3)), ("score, less nothing".to_owned(), true));
    let without_own = ("score, less the bound without its own weight".to_owned(), true);
    assert_eq!(words!(plain, Vimco::new(3)), without_own);
    assert_eq!(words!(plain, WakeSleep::new(3)), ("of log q at weighed draws".to_owned(), false));
}

#[test]
fn a_score_site_lists_its_cost_and_a_pathwise_one_none() {
    let x = ndarray::Array2::from_elem((2, 3), 0.5);
    let svi = Svi::new(nested(&x), nests(&x), Elbo::default(), Adam::new(0.1));
    let explanation = svi.explain().unwrap();
    let z = explanation.site("z").unwrap();
    let SiteGradient::Score { baseline } = z.gradient.clone().unwrap() else { panic!("{z:?}") };
    assert_eq!(baseline, "its decaying average (0.5)");
    assert!(z.closed_divergence && !z.whole_cost);
    let [x, total] = &z.cost[..] else { panic!("{:?}", z.cost) };
    assert_eq!((x.site.as_str(), x.part, x.crossed), ("x", "log-likelihood", false));
    assert_eq!((&x.by_element[..], &x.summed[..]), (&["row".to_owned()][..], &["column".to_owned()][..]));
    assert_eq!((total.site.as_str(), total.crossed, total.summed.len()), ("total", true, 0));
}

#[model]
fn many(n: usize) {
    let mut sum = Real::from(0.0);
    for k in 0..n {
        sum += sample!("z"[k], Normal::new(0.0, 1.0));
    }
    observe!("x", Normal::new(sum, 1.0), 0.5);
}

#[guide(many)]
fn of_many(n: usize) {
    for k in 0..n {
        sample!("z"[k], Normal::new(param!("m", 0.0), 1.0));
    }
}

#[test]
fn sites_that_share_a_bit_have_no_edges_that_are_guesses() {
    let explained = |n| Svi::new(many(n), of_many(n), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let edges = |n| explained(n).site("x").unwrap().model.as_ref().unwrap().sites.len();
    assert_eq!((edges(63), edges(64), edges(70)), (63, 64, 63));
    let said = "sites or parameters from the 64th on cannot be told apart; nothing is said to depend on them";
    assert!(!explained(64).to_string().contains(said));
    assert!(explained(70).to_string().ends_with(said));
}

#[model]
fn inner() -> Real {
    sample!("z", Normal::new(param!("m", 0.0), 1.0))
}

#[model]
fn outer() {
    let z = call!("net", inner());
    observe!("x", Truncated::new(Laplace::new(z, 1.0), 0.0, 3.0), 0.5);
}

#[guide(inner)]
fn of_inner() {
    sample!("z", Normal::new(param!("l", 0.0), 1.0), Pathwise);
}

#[guide(outer)]
fn of_outer() {
    call!("net", of_inner());
}

#[test]
fn calls_prefix_names_and_wrappers_keep_what_they_wrap() {
    let explanation = Svi::new(outer(), of_outer(), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let z = explanation.site("net/z").unwrap();
    assert_eq!(z.gradient, Some(SiteGradient::Pathwise));
    assert_eq!(z.model.as_ref().unwrap().parameters, ["net/m"]);
    assert_eq!(z.guide.as_ref().unwrap().parameters, ["net/l"]);
    assert_eq!(explanation.site("x").unwrap().model.as_ref().unwrap().distribution, "Truncated<Laplace>");
    assert!(z.guide.as_ref().unwrap().place.to_string().contains("roles.rs:"));
}

#[model]
fn states(y: &[f64]) {
    markov!("time", y.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(array![[0.75, 0.25], [0.35, 0.65]].at(prev)));
        observe!("y", Normal::new(z.to_real() * 1.5, 1.0), y.at(t));
        z
    });
}

#[guide(states)]
fn structured(y: &[f64]) {
    let logits = param!("logits", array![[0.2, -0.3], [0.5, 0.1]]);
    markov!("time", y.len(), 0, |prev, _t| sample!("z", Categorical::logits(logits.at(prev)), enumerate));
}

#[test]
fn a_chain_that_the_guide_enumerates_depends_on_its_state_before() {
    let y = [0.2, 1.4, -0.3];
    let explanation =
        Svi::new(states(&y), structured(&y), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let z = explanation.site("z").unwrap();
    assert_eq!((z.role, z.gradient.clone()), (SiteRole::Latent, Some(SiteGradient::Outcomes(2))));
    let (model, guide) = (z.model.as_ref().unwrap(), z.guide.as_ref().unwrap());
    assert_eq!((&model.sites[..], &guide.sites[..]), (&["z".to_owned()][..], &["z".to_owned()][..]));
    assert_eq!((model.parameters.len(), &guide.parameters[..]), (0, &["logits".to_owned()][..]));
    assert_eq!(explanation.site("y").unwrap().model.as_ref().unwrap().sites, ["z"]);
    assert_eq!(explanation.plates().len(), 1);
}
