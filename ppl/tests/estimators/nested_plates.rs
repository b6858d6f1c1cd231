use super::*;
use crate::nested::tree;

macro_rules! check {
    ([$($a:tt)+], [$($b:tt)+], [$($c:tt)+]) => {{
        #[guide(tree)]
        fn guide(bs: usize, cs: usize) {
            sample!("a", Bernoulli::new(param!("qa", 0.33, ppl::support::UnitInterval)), $($a)+);
            let qb = param!("qb", 0.77, ppl::support::UnitInterval);
            let qc = param!("qc", 0.37, ppl::support::UnitInterval);
            plate!("b", bs, |_| {
                sample!("b", Bernoulli::new(qb), $($b)+);
                plate!("c", cs, |_| {
                    sample!("c", Bernoulli::new(qc), $($c)+);
                });
            });
        }

        let exact = [
            1.647946 * 0.33 * 0.67,
            5.020530 * 0.77 * 0.23,
            -12.563710 * 0.37 * 0.63,
            1.884201,
        ];
        let what = stringify!($($a)+, $($b)+, $($c)+);
        assert_gradient!(Svi::new(tree(4, 5), guide(4, 5), particles(50), sgd()).seed(4), what, exact, "qa", "qb", "qc");
    }};
}

#[test]
fn antithetic() {
    check!([DisArm], [DisArm], [DisArm]);
    check!([Arm], [Score::baseline(Given(Real::from(2.0)))], [Arm]);
}

#[test]
fn exact() {
    check!([SumAndSample::new(1)], [SumAndSample::new(1)], [SumAndSample::new(1)]);
    check!([MeasureValued], [SumAndSample::new(1)], [enumerate]);
}

#[test]
fn mixed() {
    check!([LeaveOneOut::samples(3)], [Score::baseline(DecayingAverage::new(0.9))], [enumerate]);
    check!([enumerate], [DisArm], [MeasureValued]);
    check!([Score::baseline(SelfCritical)], [Score::baseline(SelfCritical)], [enumerate]);
    check!([DisArm], [SumAndSample::new(1)], [Score::baseline(SelfCritical)]);
    check!([Score::baseline(Given(Real::from(2.0)))], [SumAndSample::new(1)], [LeaveOneOut::samples(2)]);
}
