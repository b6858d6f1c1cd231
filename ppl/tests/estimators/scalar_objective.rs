use super::*;

/// `l(theta) = E over b ~ Bernoulli(theta) of (0 if b else -theta / 2)`, as a bound: the prior is the guide, and a wait
/// of `theta / 2` at rate one has that log-density.
#[model]
fn cost() {
    let theta = param!("theta", 0.4, ppl::support::UnitInterval);
    let b = sample!("b", Bernoulli::new(theta)).to_real();
    observe!("cost", Exponential::new(1.0), 0.5 * theta * (1.0 - b));
}

macro_rules! check {
    ($estimator:expr) => {{
        #[guide(cost)]
        fn guide() {
            sample!("b", Bernoulli::new(param!("theta", 0.4, ppl::support::UnitInterval)), $estimator);
        }

        {
            let svi = Svi::new(cost(), guide(), particles(100), sgd()).seed(6);
            assert_gradient!(svi, stringify!($estimator), [0.1 * 0.24, 0.12], "theta");
        }
    }};
}

#[test]
fn the_cost_depends_on_the_parameter_too() {
    check!(DisArm);
    check!(Arm);
    check!(LeaveOneOut::samples(4));
    check!(SumAndSample::new(1));
    check!(MeasureValued);
}
