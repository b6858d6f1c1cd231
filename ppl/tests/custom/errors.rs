//! What a user's family gives that is wrong is an error that names the site, and changes nothing.

use ppl::dist::Custom;
use ppl::family::custom::{ByDraw, CustomFamily, Parameter, RandomSource};
use ppl::family::{BadParameter, Density};
use ppl::prelude::*;

const X: [f64; 3] = [0.5, 1.5, 2.5];

const SOUND: u8 = 0;
const NAN_LOG: u8 = 1;
const INFINITE_LOG: u8 = 2;
const NAN_PARTIAL: u8 = 3;
const INFINITE_SLOPE: u8 = 4;
const OUTSIDE: u8 = 5;
const NAN_DRAW: u8 = 6;
const NAN_GRADIENT: u8 = 7;
const IMPOSSIBLE: u8 = 8;

/// The exponential distribution by two parameters whose product is its rate, with an error.
struct Faulty<const ERROR: u8>;

impl<const ERROR: u8> CustomFamily<2> for Faulty<ERROR> {
    type Support = Positive;
    type Gradient = ByDraw<2>;
    const NAME: &'static str = "Faulty";
    const PARAMETERS: [Parameter; 2] = [Parameter::positive("rate"), Parameter::real("speed")];
    const GRADIENT: ByDraw<2> = ByDraw(|z, [rate, speed]| match ERROR {
        NAN_GRADIENT => [f64::NAN; 2],
        _ => [-z / rate, -z / speed],
    });

    fn log_density(x: f64, [rate, speed]: [f64; 2]) -> Density<f64, 2> {
        let product = rate * speed;
        let mut density = Density {
            log: product.ln() - product * x,
            by_value: -product,
            by_parameter: [1.0 / rate - speed * x, 1.0 / speed - rate * x],
        };
        match ERROR {
            NAN_LOG => density.log = f64::NAN,
            INFINITE_LOG => density.log = f64::INFINITY,
            IMPOSSIBLE => density.log = f64::NEG_INFINITY,
            NAN_PARTIAL => density.by_parameter[1] = f64::NAN,
            INFINITE_SLOPE => density.by_value = f64::NEG_INFINITY,
            _ => {}
        }
        density
    }

    fn draw(random: &mut RandomSource<'_>, [rate, speed]: [f64; 2]) -> f64 {
        match ERROR {
            OUTSIDE => -1.0,
            NAN_DRAW => f64::NAN,
            _ => random.exponential() / (rate * speed),
        }
    }

    fn check([rate, speed]: [f64; 2]) -> Result<(), BadParameter> {
        if rate * speed > 0.0 { Ok(()) } else { Err(BadParameter { name: "speed", must: "be positive" }) }
    }
}

macro_rules! programs {
    ($($name:ident: $error:expr;)*) => {$(
        mod $name {
            use super::*;

            type Faulty = Custom<super::Faulty<{ $error }>, 2>;

            #[model]
            pub fn latent() {
                sample!("wait", Exponential::new(2.0));
            }

            #[guide(latent)]
            pub fn proposal() {
                sample!("wait", Faulty::new(param!("rate", 2.0, Positive), param!("speed", 0.5)));
            }

            #[model]
            pub fn observed(x: &[f64]) {
                let rate = sample!("rate", Exponential::new(1.0));
                plate!("row", x.len(), |i| observe!("x", Faulty::new(rate, 1.0), x.at(i)));
            }

            #[guide(observed)]
            pub fn of_observed(_x: &[f64]) {
                sample!("rate", LogNormal::new(param!("loc", 0.0), 0.1));
            }

            #[model]
            pub fn noisy() {
                let rate = sample!("rate", Exponential::new(1.0));
                let wait = noise!("wait", Faulty::new(2.0, 1.0));
                observe!("y", Normal::new(wait, rate), 1.0);
            }

            #[guide(noisy)]
            pub fn of_noisy() {
                sample!("rate", LogNormal::new(param!("loc", 0.0), 0.1));
            }

            fn of_latent() -> Result<f64, String> {
                let mut svi = Svi::new(latent(), proposal(), Elbo::default(), Adam::new(0.1)).seed(1);
                let step = svi.step().map(|step| step.loss).map_err(|error| error.to_string());
                assert!(step.is_ok() || svi.parameters().get("speed").unwrap()[[]] == 0.5);
                step
            }

            pub fn of_data(x: &[f64]) -> Result<f64, String> {
                let mut svi = Svi::new(observed(x), of_observed(x), Elbo::default(), Adam::new(0.1)).seed(1);
                let step = svi.step().map(|step| step.loss).map_err(|error| error.to_string());
                assert!(step.is_ok() || svi.parameters().get("loc").unwrap()[[]] == 0.0);
                step
            }

            fn of_noise() -> Result<f64, String> {
                let mut svi = Svi::new(noisy(), of_noisy(), Elbo::default(), Adam::new(0.1)).seed(1);
                svi.step().map(|step| step.loss).map_err(|error| error.to_string())
            }

            /// Of a latent site, of data, of noise, and of a simulation.
            pub fn found() -> [Result<f64, String>; 4] {
                [of_latent(), of_data(&X), of_noise(), simulated()]
            }

            fn simulated() -> Result<f64, String> {
                let draws = ppl::prior_predictive(observed(&[1.0, 2.0]), 3, 1).map_err(|error| error.to_string())?;
                Ok(draws.get("x").unwrap().sum())
            }
        }
    )*};
}
programs! {
    sound: SOUND;
    nan_log: NAN_LOG;
    infinite_log: INFINITE_LOG;
    nan_partial: NAN_PARTIAL;
    infinite_slope: INFINITE_SLOPE;
    outside: OUTSIDE;
    nan_draw: NAN_DRAW;
    nan_gradient: NAN_GRADIENT;
    impossible: IMPOSSIBLE;
}

#[track_caller]
fn assert_says(found: Result<f64, String>, parts: &[&str]) {
    let message = found.expect_err("the family is wrong");
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn a_sound_one_has_none() {
    assert!(sound::found().into_iter().all(|found| found.is_ok_and(f64::is_finite)));
}

#[test]
fn a_log_density_that_is_no_number() {
    let [latent, data, ..] = nan_log::found();
    assert_says(latent, &["site `wait`", "Faulty", "gives the log-density NaN"]);
    assert_says(data, &["site `x` at row = 0", "at the value 0.5, rate = ", "log-density NaN"]);
    let [latent, ..] = infinite_log::found();
    assert_says(latent, &["site `wait`", "gives the log-density inf"]);
    let [_, data, ..] = impossible::found();
    assert_says(data, &["site `x` at row = 0", "the log-density of Faulty"]);
}

#[test]
fn a_derivative_that_is_no_number() {
    let [latent, ..] = nan_partial::found();
    assert_says(latent, &["site `wait`", "NaN as the derivative of the log-density by `speed`"]);
    let [latent, ..] = infinite_slope::found();
    assert_says(latent, &["site `wait`", "-inf as the derivative of the log-density by the value"]);
    let [latent, ..] = nan_gradient::found();
    assert_says(latent, &["`wait`"]);
}

#[test]
fn a_draw_outside_of_the_support() {
    let said =
        ["site `wait`", "the value NaN is outside the support (Positive) of Faulty", "a draw outside of it"];
    let [latent, _, noise, simulated] = outside::found();
    assert_says(latent, &said);
    assert_says(noise, &said);
    assert_says(simulated, &["site `x` at", "row = 0", "outside the support (Positive)"]);
    let [latent, _, _, simulated] = nan_draw::found();
    assert_says(latent, &said);
    assert_says(simulated, &["site `x`"]);
}

#[test]
fn parameters_and_values_that_it_does_not_have() {
    let outside = sound::of_data(&[1.0, -1.0]);
    assert_says(outside, &["site `x` at row = 1", "the value -1 is outside the support (Positive)"]);
    let mut svi = Svi::new(sound::latent(), sound::proposal(), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    svi.set_parameter("speed", ndarray::arr0(-1.0)).unwrap();
    let message = svi.step().unwrap_err().to_string();
    assert!(
        message.contains("site `wait`") && message.contains("speed of Faulty must be positive, got -1"),
        "{message}"
    );
}
