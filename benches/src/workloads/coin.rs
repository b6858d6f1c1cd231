//! Ten throws of a coin: a beta prior and a beta guide, whose exact posterior is known.

use crate::arguments::{Arguments, Dtype};
use crate::data;
use crate::report::digits;
use crate::session::{Plan, measure};
use crate::trouble::Trouble;
use ppl::results::Summary;
use ppl::{Parameters, Values};
use serde_json::{Map, Value, json};

const PLAN: Plan = Plan { rate: 0.0005, draws: 10_000, shares: 1 };

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use ppl::prelude::*;

            #[model($element)]
            pub fn coin(heads: &[bool]) {
                let p = sample!("p", Beta::new(10.0, 10.0));
                plate!("n", heads.len(), |i| observe!("y", Bernoulli::new(p), heads.at(i)));
            }

            #[guide(coin, $element)]
            pub fn proposal() {
                sample!("p", Beta::new(param!("a", 15.0, Positive), param!("b", 15.0, Positive)));
            }

            pub fn run(arguments: &super::Arguments) -> Result<String, super::Trouble> {
                let heads = super::data::booleans(arguments, "coin")?;
                super::measure(
                    arguments,
                    super::PLAN,
                    &super::reference(),
                    coin(&heads),
                    proposal(),
                    super::exact_moments,
                )
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Returns the reference point.
fn reference() -> Values {
    Values::new().with("p", 0.4)
}

/// Runs the workload.
///
/// # Errors
///
/// If its data cannot be read, or a step fails.
pub fn run(arguments: &Arguments) -> Result<String, Trouble> {
    match arguments.dtype {
        Dtype::F32 => single::run(arguments),
        Dtype::F64 => double::run(arguments),
    }
}

/// Adds the guide's parameters and its exact mean and deviation.
fn exact_moments(
    _: &Arguments,
    _: &Summary,
    parameters: &Parameters,
    posterior: &mut Map<String, Value>,
) -> Result<(), Trouble> {
    let parameter = |name: &str| parameters.get(name).map_or(f64::NAN, |v| v.sum());
    let (a, b) = (parameter("a"), parameter("b"));
    let total = a + b;
    let deviation = (a * b / (total * total * (total + 1.0))).sqrt();
    for (name, value) in [("a", a), ("b", b), ("mean", a / total), ("sd", deviation)] {
        posterior.insert(name.to_owned(), json!(digits(value, 5)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    /// The value is NumPyro's.
    #[test]
    fn the_log_joint_is_that_of_the_other_programs() {
        let heads = [true, true, true, true, true, true, false, false, false, false];
        let found = ppl::log_density(super::double::coin(&heads), &super::reference()).unwrap();
        assert!((found / -6.64886486 - 1.0).abs() < 1e-9, "{found}");
    }
}
