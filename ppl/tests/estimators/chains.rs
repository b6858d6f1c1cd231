use super::*;

const X: f64 = 2.2;

#[model]
fn pair() {
    let a = sample!("a", Bernoulli::new(0.3)).to_real();
    let b = sample!("b", Bernoulli::new(0.6 - 0.3 * a)).to_real();
    observe!("x", Normal::new(a + 2.0 * b + 1.5 * a * b, 1.3), X);
}

fn loss([la, lb, d]: [f64; 3]) -> f64 {
    let number = |b: bool| f64::from(u8::from(b));
    expect([logistic(la)], |[a]| {
        expect([logistic(lb + d * number(a))], |[b]| {
            let mean = number(a) + 2.0 * number(b) + 1.5 * number(a) * number(b);
            log_bernoulli(a, logistic(la)) + log_bernoulli(b, logistic(lb + d * number(a)))
                - log_bernoulli(a, 0.3)
                - log_bernoulli(b, 0.6 - 0.3 * number(a))
                - log_normal(X, mean, 1.3)
        })
    })
}

macro_rules! check {
    ([$($a:tt)+], [$($b:tt)+]) => {{
        #[guide(pair)]
        fn guide() {
            let a = sample!("a", Bernoulli::logits(param!("la", 0.4)), $($a)+);
            let logit = param!("lb", -0.5) + param!("d", 1.2) * a.to_real();
            sample!("b", Bernoulli::logits(logit), $($b)+);
        }

        let exact = gradient_and_value(loss, [0.4, -0.5, 1.2]);
        for elbo in [particles(100).closed_kl(false)] {
            assert_gradient!(Svi::new(pair(), guide(), elbo, sgd()).seed(7), stringify!($($a)+, $($b)+), exact, "la", "lb", "d");
        }
    }};
}

#[test]
fn antithetic_pairs_of_pairs() {
    check!([DisArm], [DisArm]);
    check!([Arm], [enumerate]);
}

#[test]
fn scores_along_an_axis() {
    check!([enumerate], [Score::baseline(Given(Real::from(2.0)))]);
    check!([LeaveOneOut::samples(3)], [Score::baseline(DecayingAverage::new(0.9))]);
    check!([DisArm], [Score::baseline(Given(Real::from(2.0)))]);
    check!([SumAndSample::new(1)], [Score::baseline(Given(Real::from(2.0)))]);
}

#[test]
fn axes_below_scores() {
    check!([Score::baseline(Given(Real::from(2.0)))], [enumerate]);
    check!([Score::baseline(Given(Real::from(2.0)))], [DisArm]);
}

#[test]
fn other_pairs() {
    check!([LeaveOneOut::samples(2)], [SumAndSample::new(1)]);
    check!([SumAndSample::new(1)], [MeasureValued]);
    check!([Score::baseline(SelfCritical)], [Score::baseline(SelfCritical)]);
    check!([Score::baseline(SelfCritical)], [Score::baseline(DecayingAverage::new(0.9))]);
    check!([enumerate], [Score::baseline(SelfCritical)]);
    check!([Score::baseline(SelfCritical)], [DisArm]);
    check!([enumerate], [LeaveOneOut::samples(2)]);
}

#[model]
fn three() {
    let a = sample!("a", Bernoulli::new(0.3)).to_real();
    let b = sample!("b", Bernoulli::new(0.6)).to_real();
    let c = sample!("c", Bernoulli::new(0.25)).to_real();
    observe!("x", Normal::new(a - b, 1.3), X);
    observe!("y", Normal::new(2.0 * c, 0.8), X);
}

fn loss_of_three([la, lb, lc, d]: [f64; 4]) -> f64 {
    let number = |b: bool| f64::from(u8::from(b));
    expect([logistic(la)], |[a]| {
        expect([logistic(lb + d * number(a))], |[b]| {
            expect([logistic(lc + d * number(b))], |[c]| {
                log_bernoulli(a, logistic(la)) - log_bernoulli(a, 0.3)
                    + log_bernoulli(b, logistic(lb + d * number(a)))
                    - log_bernoulli(b, 0.6)
                    + log_bernoulli(c, logistic(lc + d * number(b)))
                    - log_bernoulli(c, 0.25)
                    - log_normal(X, number(a) - number(b), 1.3)
                    - log_normal(X, 2.0 * number(c), 0.8)
            })
        })
    })
}

macro_rules! check_three {
    ([$($a:tt)+], [$($b:tt)+], [$($c:tt)+]) => {{
        #[guide(three)]
        fn guide() {
            let d = param!("d", 0.7);
            let a = sample!("a", Bernoulli::logits(param!("la", -0.9)), $($a)+).to_real();
            let b = sample!("b", Bernoulli::logits(param!("lb", 0.8) + d * a), $($b)+).to_real();
            sample!("c", Bernoulli::logits(param!("lc", -1.2) + d * b), $($c)+);
        }

        let exact = gradient_and_value(loss_of_three, [-0.9, 0.8, -1.2, 0.7]);
        let svi = Svi::new(three(), guide(), particles(100).closed_kl(false), sgd()).seed(8);
        assert_gradient!(svi, stringify!($($a)+, $($b)+, $($c)+), exact, "la", "lb", "lc", "d");
    }};
}

/// The terms of the last site lack the axis of the first, on whose values their weights depend.
#[test]
fn a_site_between_two_axes() {
    check_three!([enumerate], [Score::baseline(Given(Real::from(2.0)))], [enumerate]);
    check_three!([enumerate], [DisArm], [enumerate]);
    check_three!([LeaveOneOut::samples(2)], [DisArm], [SumAndSample::new(1)]);
}
