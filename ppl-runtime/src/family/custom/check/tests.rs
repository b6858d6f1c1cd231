//! The check passes families that keep their laws, and names each law that one breaks.

use super::{BrokenLaws, CheckFamily};
use crate::family::custom::{ByCdf, ByDraw, ByScore, CustomFamily, Parameter, RandomSource};
use crate::family::{BadParameter, Density, Outcomes};
use crate::support::{Boolean, Bounded, Finite, NaturalNumber, Positive, RealLine};

const SOUND: u8 = 0;
const LOG: u8 = 1;
const BY_VALUE: u8 = 2;
const BY_FIRST: u8 = 3;
const BY_SECOND: u8 = 4;
const DRAW: u8 = 5;
const OUTSIDE: u8 = 6;
const GRADIENT: u8 = 7;
const NOT_A_NUMBER: u8 = 8;
const AT_END: u8 = 9;
const LIST: u8 = 10;

/// Returns what a number is multiplied by: one, or one with the planted error.
const fn off(error: u8, here: u8) -> f64 {
    if error == here { 1.02 } else { 1.0 }
}

/// Gompertz' distribution, with a planted error.
struct Gompertz<const ERROR: u8>;

impl<const ERROR: u8> CustomFamily<2> for Gompertz<ERROR> {
    type Support = Positive;
    type Gradient = ByDraw<2>;
    const NAME: &'static str = "Gompertz";
    const PARAMETERS: [Parameter; 2] = [Parameter::positive("shape"), Parameter::positive("rate")];
    const GRADIENT: ByDraw<2> =
        ByDraw(|t, [shape, rate]| [(-rate * t).exp_m1() / (shape * rate), -t / rate * off(ERROR, GRADIENT)]);

    fn log_density(t: f64, [shape, rate]: [f64; 2]) -> Density<f64, 2> {
        let grown = (rate * t).exp();
        let at_end = if ERROR == AT_END && t > 1e100 { f64::NAN } else { 0.0 };
        let by = [1.0 / shape - (rate * t).exp_m1(), 1.0 / rate + t - shape * t * grown];
        Density {
            log: (shape * rate).ln() + rate * t - shape * (rate * t).exp_m1() + off(ERROR, LOG).ln() + at_end,
            by_value: (rate - shape * rate * grown) * off(ERROR, BY_VALUE),
            by_parameter: match ERROR {
                NOT_A_NUMBER => [by[0], f64::NAN],
                _ => [by[0] * off(ERROR, BY_FIRST), by[1] * off(ERROR, BY_SECOND)],
            },
        }
    }

    fn draw(random: &mut RandomSource<'_>, [shape, rate]: [f64; 2]) -> f64 {
        let t = (random.exponential() / shape).ln_1p() / rate * off(ERROR, DRAW);
        if ERROR == OUTSIDE { t - 0.01 / rate } else { t }
    }
}

/// The exponential distribution, whose gradient comes from its cdf.
struct Waiting<const ERROR: u8>;

impl<const ERROR: u8> CustomFamily<1> for Waiting<ERROR> {
    type Support = Positive;
    type Gradient = ByCdf<1>;
    const NAME: &'static str = "Waiting";
    const PARAMETERS: [Parameter; 1] = [Parameter::positive("rate")];
    const GRADIENT: ByCdf<1> = ByCdf(|z, [rate]| [z * (-rate * z).exp() * off(ERROR, GRADIENT)]);

    fn log_density(x: f64, [rate]: [f64; 1]) -> Density<f64, 1> {
        Density { log: rate.ln() - rate * x, by_value: -rate, by_parameter: [1.0 / rate - x] }
    }

    fn draw(random: &mut RandomSource<'_>, [rate]: [f64; 1]) -> f64 {
        random.exponential() / rate
    }
}

/// The uniform distribution between two ends, of which each moves a jump.
struct Between<const ERROR: u8>;

impl<const ERROR: u8> CustomFamily<2> for Between<ERROR> {
    type Support = Bounded;
    type Gradient = ByDraw<2>;
    const NAME: &'static str = "Between";
    const PARAMETERS: [Parameter; 2] =
        [Parameter::real("low").moving_a_jump(), Parameter::real("high").moving_a_jump()];
    const GRADIENT: ByDraw<2> = ByDraw(|z, [low, high]| {
        let u = (z - low) / (high - low);
        [1.0 - u, u * off(ERROR, GRADIENT)]
    });

    fn log_density(_: f64, [low, high]: [f64; 2]) -> Density<f64, 2> {
        let width = high - low;
        Density {
            log: off(ERROR, LOG).ln() - width.ln(),
            by_value: 0.0,
            by_parameter: [1.0 / width, -1.0 / width],
        }
    }

    fn draw(random: &mut RandomSource<'_>, [low, high]: [f64; 2]) -> f64 {
        low + (high - low) * random.uniform()
    }

    fn contains(x: f64, [low, high]: [f64; 2]) -> bool {
        x >= low && x <= high
    }

    fn check([low, high]: [f64; 2]) -> Result<(), BadParameter> {
        if low < high { Ok(()) } else { Err(BadParameter { name: "high", must: "be above low" }) }
    }
}

/// The Cauchy distribution, whose tails are long.
struct Witch;

impl CustomFamily<2> for Witch {
    type Support = RealLine;
    type Gradient = ByScore;
    const NAME: &'static str = "Witch";
    const PARAMETERS: [Parameter; 2] = [Parameter::real("loc"), Parameter::positive("scale")];
    const GRADIENT: ByScore = ByScore;

    fn log_density(x: f64, [loc, scale]: [f64; 2]) -> Density<f64, 2> {
        let z = (x - loc) / scale;
        let slope = 2.0 * z / (1.0 + z * z);
        Density {
            log: -(std::f64::consts::PI * scale).ln() - 2.0 * z.hypot(1.0).ln(),
            by_value: -slope / scale,
            by_parameter: [slope / scale, (slope * z - 1.0) / scale],
        }
    }

    fn draw(random: &mut RandomSource<'_>, [loc, scale]: [f64; 2]) -> f64 {
        loc + scale * (std::f64::consts::PI * (random.uniform() - 0.5)).tan()
    }
}

/// Failures before a success.
struct Failures<const ERROR: u8>;

impl<const ERROR: u8> CustomFamily<1> for Failures<ERROR> {
    type Support = NaturalNumber;
    type Gradient = ByScore;
    const NAME: &'static str = "Failures";
    const PARAMETERS: [Parameter; 1] = [Parameter::probability("probs")];
    const GRADIENT: ByScore = ByScore;

    fn log_density(x: f64, [p]: [f64; 1]) -> Density<f64, 1> {
        Density {
            log: p.ln() + x * (-p).ln_1p() + off(ERROR, LOG).ln(),
            by_value: if ERROR == BY_VALUE { 1.0 } else { 0.0 },
            by_parameter: [(1.0 / p - x / (1.0 - p)) * off(ERROR, BY_FIRST)],
        }
    }

    fn draw(random: &mut RandomSource<'_>, [p]: [f64; 1]) -> f64 {
        let p = if ERROR == DRAW { 0.95 * p } else { p };
        let failures = (random.uniform().ln() / (-p).ln_1p()).floor();
        if ERROR == OUTSIDE { failures + 0.5 } else { failures }
    }
}

/// The sides of a die whose number of sides is a parameter.
struct Die<const ERROR: u8>;

impl<const ERROR: u8> CustomFamily<1> for Die<ERROR> {
    type Support = Finite;
    type Gradient = ByScore;
    const NAME: &'static str = "Die";
    const PARAMETERS: [Parameter; 1] = [Parameter::natural("last")];
    const GRADIENT: ByScore = ByScore;
    const OUTCOMES: Outcomes = if ERROR == LIST { Outcomes::Fixed(5) } else { Outcomes::UpToParameter(0) };

    fn log_density(_: f64, [last]: [f64; 1]) -> Density<f64, 1> {
        Density { log: -(last + 1.0).ln(), by_value: 0.0, by_parameter: [0.0] }
    }

    fn draw(random: &mut RandomSource<'_>, [last]: [f64; 1]) -> f64 {
        ((last + 1.0) * random.uniform()).floor()
    }

    fn contains(x: f64, [last]: [f64; 1]) -> bool {
        x >= 0.0 && x <= last && x.fract() == 0.0
    }
}

/// A coin.
struct Coin;

impl CustomFamily<1> for Coin {
    type Support = Boolean;
    type Gradient = ByScore;
    const NAME: &'static str = "Coin";
    const PARAMETERS: [Parameter; 1] = [Parameter::probability("probs")];
    const GRADIENT: ByScore = ByScore;

    fn log_density(x: f64, [p]: [f64; 1]) -> Density<f64, 1> {
        if x == 1.0 {
            Density { log: p.ln(), by_value: 0.0, by_parameter: [1.0 / p] }
        } else {
            Density { log: (-p).ln_1p(), by_value: 0.0, by_parameter: [-1.0 / (1.0 - p)] }
        }
    }

    fn draw(random: &mut RandomSource<'_>, [p]: [f64; 1]) -> f64 {
        f64::from(random.uniform() < p)
    }
}

fn gompertz<const ERROR: u8>() -> Result<(), BrokenLaws> {
    CheckFamily::new(1).at([0.3, 2.0]).at([5.0, 0.01]).run::<Gompertz<ERROR>, 2>()
}

fn failures<const ERROR: u8>() -> Result<(), BrokenLaws> {
    CheckFamily::new(2).at([0.3]).at([0.9]).run::<Failures<ERROR>, 1>()
}

#[test]
fn families_that_keep_their_laws_pass() {
    gompertz::<SOUND>().unwrap();
    failures::<SOUND>().unwrap();
    CheckFamily::new(3).at([0.02]).at([30.0]).run::<Waiting<SOUND>, 1>().unwrap();
    CheckFamily::new(4).at([-1.0, 2.0]).at([100.0, 100.5]).run::<Between<SOUND>, 2>().unwrap();
    CheckFamily::new(5).at([1.0, 3.0]).at([-50.0, 0.1]).run::<Witch, 2>().unwrap();
    CheckFamily::new(6).at([5.0]).at([0.0]).run::<Die<SOUND>, 1>().unwrap();
    CheckFamily::new(7).at([0.3]).at([0.999]).run::<Coin, 1>().unwrap();
}

#[track_caller]
fn assert_named(result: Result<(), BrokenLaws>, expected: &str) {
    let broken = result.expect_err("the error is planted");
    assert!(broken.laws.iter().all(|law| law.contains(expected)), "{broken}");
    assert!(broken.to_string().starts_with(broken.family), "{broken}");
}

#[test]
fn each_planted_error_is_named() {
    assert_named(gompertz::<LOG>(), "integrates to 1.0");
    assert_named(gompertz::<BY_VALUE>(), "the derivative of the log-density by the value");
    assert_named(gompertz::<BY_SECOND>(), "by `rate`");
    assert_named(gompertz::<DRAW>(), "draws do not have the density");
    assert_named(gompertz::<OUTSIDE>(), "lies outside of the support");
    assert_named(gompertz::<GRADIENT>(), "the derivative of the draw");
    assert_named(gompertz::<NOT_A_NUMBER>(), "the derivative of the log-density by `rate` is NaN");
    assert_named(gompertz::<AT_END>(), "is NaN at the value 1");
    assert_named(failures::<LOG>(), "sum to 1.0");
    assert_named(failures::<BY_VALUE>(), "must be zero for integers");
    assert_named(failures::<BY_FIRST>(), "by `probs`");
    assert_named(failures::<DRAW>(), "draws do not have the probabilities");
    assert_named(failures::<OUTSIDE>(), "lies outside of the support");
    assert_named(CheckFamily::new(3).at([2.0]).run::<Waiting<GRADIENT>, 1>(), "the derivative of the draw");
    assert_named(CheckFamily::new(3).at([1.0, 2.5]).run::<Between<GRADIENT>, 2>(), "by `high`");
    assert_named(CheckFamily::new(3).at([1.0, 2.5]).run::<Between<LOG>, 2>(), "integrates to");
    assert_named(
        CheckFamily::new(6).at([5.0]).run::<Die<LIST>, 1>(),
        "listed as 0..5, and 5 is in the support",
    );
    assert_named(CheckFamily::new(6).at([3.0]).run::<Die<LIST>, 1>(), "listed as 0..5, and 4 is outside");
}

/// The derivatives by the first parameter are used by the check of draws too.
#[test]
fn an_error_by_a_parameter_is_named() {
    let broken = gompertz::<BY_FIRST>().expect_err("the error is planted").to_string();
    assert!(
        broken.contains("the derivative of the log-density by `shape`") && !broken.contains("by `rate`"),
        "{broken}"
    );
}

#[test]
fn what_cannot_be_checked_is_an_error() {
    type Sound = Gompertz<SOUND>;
    assert_named(CheckFamily::new(1).run::<Sound, 2>(), "there is nothing to check");
    assert_named(CheckFamily::new(1).at([1.0, 1.0]).draws(10).run::<Sound, 2>(), "too few");
    assert_named(CheckFamily::new(1).at([1.0]).run::<Sound, 2>(), "it has 2 parameters");
    assert_named(CheckFamily::new(1).at([1.0, -1.0]).run::<Sound, 2>(), "rate must be positive and finite");
    assert_named(CheckFamily::new(1).at([2.0, 1.0]).run::<Between<SOUND>, 2>(), "high must be above low");
    assert_named(CheckFamily::new(1).at([1.0]).run::<Coin, 1>(), "cannot be checked at an end");
}
