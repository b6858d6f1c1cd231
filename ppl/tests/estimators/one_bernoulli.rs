use super::*;

/// The gradient by the logit of q, and the loss, at q = 0.4.
const EXACT: [f64; 2] = [-0.5581672478 * 0.4 * 0.6, 1.6665209543];

#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
}

macro_rules! check {
    ($estimator:expr) => {{
        #[guide(coin)]
        fn by_probability() {
            let q = param!("q", 0.4, ppl::support::UnitInterval);
            sample!("b", Bernoulli::new(q), $estimator);
        }

        #[guide(coin)]
        fn by_logit() {
            let l = param!("q", (0.4f64 / 0.6).ln());
            sample!("b", Bernoulli::logits(l), $estimator);
        }

        let what = stringify!($estimator);
        assert_gradient!(Svi::new(coin(), by_probability(), particles(100), sgd()).seed(1), what, EXACT, "q");
        let estimated = particles(100).closed_kl(false);
        assert_gradient!(Svi::new(coin(), by_logit(), estimated, sgd()).seed(2), what, EXACT, "q");
    }};
}

#[test]
fn score() {
    check!(Score::baseline(DecayingAverage::new(0.5)));
    check!(Score::baseline(Given(Real::from(1.5))));
    // The costs deviate by less than one, so that the factor is one.
    check!(Score::baseline(Standardised::new(0.9)));
}

#[test]
fn leave_one_out() {
    check!(LeaveOneOut::samples(3));
}

#[test]
fn antithetic() {
    check!(Arm);
    check!(DisArm);
}

#[test]
fn sum_and_sample() {
    check!(SumAndSample::new(0));
    // With one of two outcomes summed the other is the whole rest, so that every draw is exact.
    check!(SumAndSample::new(1));
    check!(SumAndSample::new(5));
}

#[test]
fn measure_valued() {
    check!(MeasureValued);
}

#[guide(coin)]
fn alone() {
    sample!("b", Bernoulli::new(param!("q", 0.4, ppl::support::UnitInterval)), DisArm);
}

#[test]
fn with_one_particle() {
    assert_gradient!(Svi::new(coin(), alone(), particles(1), sgd()).seed(3), "DisArm", EXACT, "q");
}
