//! Families that the library has, as a user would write them.

use ppl::dist::Custom;
use ppl::family::Density;
use ppl::family::custom::{ByCdf, ByDraw, ByScore, CheckFamily, CustomFamily, Parameter, RandomSource};
use ppl::support::{Boolean, Positive, RealLine};

pub struct NormalFamily;

impl CustomFamily<2> for NormalFamily {
    type Support = RealLine;
    type Gradient = ByDraw<2>;
    const NAME: &'static str = "Normal";
    const PARAMETERS: [Parameter; 2] = [Parameter::real("loc"), Parameter::positive("scale")];
    const GRADIENT: ByDraw<2> = ByDraw(|x, [loc, scale]| [1.0, (x - loc) / scale]);

    fn log_density(x: f64, [loc, scale]: [f64; 2]) -> Density<f64, 2> {
        let z = (x - loc) / scale;
        Density {
            log: -0.5 * z * z - scale.ln() - 0.5 * std::f64::consts::TAU.ln(),
            by_value: -z / scale,
            by_parameter: [z / scale, (z * z - 1.0) / scale],
        }
    }

    fn draw(random: &mut RandomSource<'_>, [loc, scale]: [f64; 2]) -> f64 {
        loc + scale * random.normal()
    }
}

/// Its gradient comes from the cdf.
pub struct ExponentialFamily;

impl CustomFamily<1> for ExponentialFamily {
    type Support = Positive;
    type Gradient = ByCdf<1>;
    const NAME: &'static str = "Exponential";
    const PARAMETERS: [Parameter; 1] = [Parameter::positive("rate")];
    const GRADIENT: ByCdf<1> = ByCdf(|x, [rate]| [x * (-rate * x).exp()]);

    fn log_density(x: f64, [rate]: [f64; 1]) -> Density<f64, 1> {
        Density { log: rate.ln() - rate * x, by_value: -rate, by_parameter: [1.0 / rate - x] }
    }

    fn draw(random: &mut RandomSource<'_>, [rate]: [f64; 1]) -> f64 {
        random.exponential() / rate
    }
}

pub struct BernoulliFamily;

impl CustomFamily<1> for BernoulliFamily {
    type Support = Boolean;
    type Gradient = ByScore;
    const NAME: &'static str = "Bernoulli";
    const PARAMETERS: [Parameter; 1] = [Parameter::probability("probs")];
    const GRADIENT: ByScore = ByScore;

    fn log_density(x: f64, [p]: [f64; 1]) -> Density<f64, 1> {
        let (log, by) = if x == 1.0 { (p.ln(), 1.0 / p) } else { ((-p).ln_1p(), -1.0 / (1.0 - p)) };
        Density { log, by_value: 0.0, by_parameter: [by] }
    }

    fn draw(random: &mut RandomSource<'_>, [p]: [f64; 1]) -> f64 {
        f64::from(random.uniform() < p)
    }
}

pub type Normal = Custom<NormalFamily, 2>;
pub type Exponential = Custom<ExponentialFamily, 1>;
pub type Bernoulli = Custom<BernoulliFamily, 1>;

#[test]
fn they_keep_their_laws() {
    CheckFamily::new(1).at([0.5, 2.0]).run::<NormalFamily, 2>().unwrap();
    CheckFamily::new(1).at([0.5]).run::<ExponentialFamily, 1>().unwrap();
    CheckFamily::new(1).at([0.5]).run::<BernoulliFamily, 1>().unwrap();
}
