use super::*;

#[model]
fn coin() {
    let b = sample!("b", Bernoulli::new(0.3));
    observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
}

/// The variance of one step's gradient by the logit, at q = 0.4, with estimated divergences.
macro_rules! variance {
    ($particles:expr, $estimator:expr) => {{
        #[guide(coin)]
        fn guide() {
            sample!("b", Bernoulli::logits(param!("l", (0.4f64 / 0.6).ln())), $estimator);
        }
        let elbo = particles($particles).closed_kl(false);
        let mut svi = Svi::new(coin(), guide(), elbo, sgd()).seed(23);
        let found = Moments::of(4_000, || vec![svi.gradient().unwrap().1.get("l").unwrap()[[]]]).variance(0);
        println!("{} with {} particles: {found:.6}", stringify!($estimator), $particles);
        found
    }};
}

/// Those of the plain score function and of leave-one-out are in closed form; the gradient by q is 1 / 0.24 of that by the logit.
#[test]
fn of_each_estimator_on_one_bernoulli() {
    let by_q = |v: f64| v / (0.24 * 0.24);
    let near = |found: f64, exact: f64| assert!((found / exact - 1.0).abs() < 0.15, "{found} {exact}");
    near(by_q(variance!(2, Score::new())), 5.01);
    near(by_q(variance!(1, LeaveOneOut::samples(2))), 0.3375);
    near(by_q(variance!(1, LeaveOneOut::samples(4))), 0.0649);
    let (arm, dis_arm) = (variance!(1, Arm), variance!(1, DisArm));
    assert!(dis_arm < arm);
    let average = variance!(1, Score::baseline(DecayingAverage::new(0.9)));
    let standardised = variance!(1, Score::baseline(Standardised::new(0.9)));
    let given = variance!(1, Score::baseline(Given(Real::from(1.7))));
    let plain = variance!(1, SumAndSample::new(0));
    assert!(average < plain && standardised < plain && given < plain, "{plain} {average} {given}");
    assert!(variance!(1, SumAndSample::new(1)) < 1e-20 && variance!(1, MeasureValued) < 1e-20);
}
