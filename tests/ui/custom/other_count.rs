use ppl::family::Density;
use ppl::family::custom::{CustomFamily, Parameter, RandomSource, ByScore};
use ppl::prelude::*;
struct Mine;
impl CustomFamily<1> for Mine {
    type Support = Positive;
    type Gradient = ByScore;
    const NAME: &'static str = "Mine";
    const PARAMETERS: [Parameter; 1] = [Parameter::positive("rate")];
    const GRADIENT: ByScore = ByScore;
    fn log_density(_: f64, _: [f64; 1]) -> Density<f64, 1> { Density { log: 0.0, by_value: 0.0, by_parameter: [0.0] } }
    fn draw(_: &mut RandomSource<'_>, [rate]: [f64; 1]) -> f64 { rate }
}

#[model]
fn program() {
    sample!("z", Custom::<Mine, 2>::new(1.0, 2.0), on(Positive));
}
fn main() {}
