//! A distribution that the library does not have: the same steps as the model that states its density as a factor, and unbiased gradients.

use ppl::dist::Custom;
use ppl::family::Density;
use ppl::family::custom::{ByCdf, ByDraw, ByScore, CustomFamily, GradientOn, Parameter, RandomSource};
use ppl::objective::Objective;
use ppl::prelude::*;
use ppl::support::Continuous;
use ppl::{GradientCheck, Guide, GuidedBy};

/// How the gradient of draws is known, and by which factor it is wrong.
pub trait Way: 'static {
    type Gradient: GradientOn<Continuous, 2>;
    const GRADIENT: Self::Gradient;
}

pub struct Explicit;
pub struct Implicit;
pub struct Scored;
pub struct Wrong;

fn by_draw(t: f64, [shape, rate]: [f64; 2]) -> [f64; 2] {
    [(-rate * t).exp_m1() / (shape * rate), -t / rate]
}

impl Way for Explicit {
    type Gradient = ByDraw<2>;
    const GRADIENT: ByDraw<2> = ByDraw(by_draw);
}

impl Way for Implicit {
    type Gradient = ByCdf<2>;
    // Of `1 - exp(-shape (exp(rate t) - 1))`.
    const GRADIENT: ByCdf<2> = ByCdf(|t, [shape, rate]| {
        let survival = (-shape * (rate * t).exp_m1()).exp();
        [survival * (rate * t).exp_m1(), survival * shape * t * (rate * t).exp()]
    });
}

impl Way for Scored {
    type Gradient = ByScore;
    const GRADIENT: ByScore = ByScore;
}

impl Way for Wrong {
    type Gradient = ByDraw<2>;
    const GRADIENT: ByDraw<2> = ByDraw(|t, p| by_draw(t, p).map(|by| 1.05 * by));
}

pub struct GompertzFamily<W>(W);

impl<W: Way> CustomFamily<2> for GompertzFamily<W> {
    type Support = Positive;
    type Gradient = W::Gradient;
    const NAME: &'static str = "Gompertz";
    const PARAMETERS: [Parameter; 2] = [Parameter::positive("shape"), Parameter::positive("rate")];
    const GRADIENT: W::Gradient = W::GRADIENT;

    fn log_density(t: f64, [shape, rate]: [f64; 2]) -> Density<f64, 2> {
        let grown = (rate * t).exp_m1();
        Density {
            log: (shape * rate).ln() + rate * t - shape * grown,
            by_value: rate - shape * rate * (grown + 1.0),
            by_parameter: [1.0 / shape - grown, 1.0 / rate + t - shape * t * (grown + 1.0)],
        }
    }

    fn draw(random: &mut RandomSource<'_>, [shape, rate]: [f64; 2]) -> f64 {
        (random.exponential() / shape).ln_1p() / rate
    }
}

type Gompertz = Custom<GompertzFamily<Explicit>, 2>;

const YEARS: [f64; 6] = [3.1, 7.4, 10.0, 8.8, 10.0, 5.9];

#[model]
fn lifetimes(years: &[f64], stated: bool) {
    let shape = sample!("shape", LogNormal::new(-3.0, 1.0));
    let rate = sample!("rate", LogNormal::new(-1.0, 0.5));
    plate!("person", years.len(), |i| {
        if stated {
            let t = years.at(i);
            factor!("died", (shape * rate).ln() + rate * t - shape * ((rate * t).exp() - 1.0));
        } else {
            observe!("years", Gompertz::new(shape, rate), years.at(i));
        }
    });
}

#[guide(lifetimes)]
fn proposal(_years: &[f64], _stated: bool) {
    sample!("shape", LogNormal::new(param!("e", -3.0), param!("e_sd", 0.3, Positive)));
    sample!("rate", LogNormal::new(param!("l", -1.0), param!("l_sd", 0.3, Positive)));
}

#[test]
fn its_observations_are_factors_of_its_density() {
    for particles in [1, 4] {
        let make = |stated| {
            let elbo = Elbo::default().particles(particles);
            Svi::new(lifetimes(&YEARS, stated), proposal(&YEARS, stated), elbo, Adam::new(0.02)).seed(1)
        };
        let (mut observed, mut stated) = (make(false), make(true));
        for _ in 0..20 {
            let (found, expected) = (observed.step().unwrap().loss, stated.step().unwrap().loss);
            assert!((found - expected).abs() <= 1e-10 * expected.abs(), "{found} and {expected}");
        }
    }
}

#[model]
fn waiting(first: f64) {
    let t = sample!("t", Gompertz::new(0.4, 0.8));
    observe!("first", Normal::new(t, 1.5), first);
}

#[guide(waiting)]
fn explicit(_first: f64) {
    sample!("t", Gompertz::new(param!("shape", 0.7, Positive), param!("rate", 0.9, Positive)));
}

#[guide(waiting)]
fn implicit(_first: f64) {
    let q = Custom::<GompertzFamily<Implicit>, 2>::new(
        param!("shape", 0.7, Positive),
        param!("rate", 0.9, Positive),
    );
    sample!("t", q, on(Positive), Pathwise);
}

#[guide(waiting)]
fn scored(_first: f64) {
    let q = Custom::<GompertzFamily<Scored>, 2>::new(
        param!("shape", 0.7, Positive),
        param!("rate", 0.9, Positive),
    );
    sample!("t", q, on(Positive));
}

#[guide(waiting)]
fn wrong(_first: f64) {
    let q = Custom::<GompertzFamily<Wrong>, 2>::new(
        param!("shape", 0.7, Positive),
        param!("rate", 0.9, Positive),
    );
    sample!("t", q, on(Positive));
}

fn passes<G: Guide<Element = f64>, O: Objective<f64> + Clone>(guide: G, objective: O, draws: usize) -> bool
where
    waiting::Sites: GuidedBy<G::Sites>,
{
    let mut svi = Svi::new(waiting(1.2), guide, objective, Adam::new(0.1)).seed(4);
    let check = GradientCheck::default().draws(draws).reference(draws / 4);
    svi.check_gradients(check).unwrap().passed()
}

#[test]
fn gradients_are_unbiased_by_cdfs_and_scores() {
    // By draws they are the same as by cdfs, as the next test but one says.
    assert!(passes(implicit(1.2), Elbo::default().particles(16), 8_000));
    assert!(passes(scored(1.2), Elbo::default().particles(16), 8_000));
}

#[test]
fn five_percent_in_the_derivative_of_draws_are_seen() {
    assert!(!passes(wrong(1.2), Elbo::default().particles(16), 8_000));
}

#[test]
fn both_derivatives_of_draws_agree() {
    let run = |explicitly: bool| {
        let mut losses = Vec::new();
        macro_rules! steps {
            ($guide:expr) => {{
                let mut svi = Svi::new(waiting(1.2), $guide, Elbo::default(), Adam::new(0.05)).seed(2);
                (0..20).for_each(|_| losses.push(svi.step().unwrap().loss));
            }};
        }
        if explicitly {
            steps!(explicit(1.2))
        } else {
            steps!(implicit(1.2))
        }
        losses
    };
    for (found, expected) in run(false).into_iter().zip(run(true)) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} and {expected}");
    }
}

#[test]
fn it_has_its_own_name_in_explanations() {
    let svi = Svi::new(waiting(1.2), explicit(1.2), Elbo::default(), Adam::new(0.1));
    let explained = svi.explain().unwrap().to_string();
    assert!(explained.contains("Gompertz") && !explained.contains("Custom"), "{explained}");
}
