//! The expectation of every gradient estimator is the gradient, which sums over all outcomes or closed forms give.

mod unbiased;

use ppl::Svi;
use ppl::prelude::*;
use unbiased::Moments;

/// Draws the gradient by these parameters, and the loss, `n` times.
macro_rules! gradients {
    ($svi:expr, $n:expr, $($name:literal),+) => {{
        let mut svi = $svi;
        Moments::of($n, || {
            let (step, gradient) = svi.gradient().unwrap();
            let mut all = Vec::new();
            $(all.extend(gradient.get($name).unwrap().iter().copied());)+
            all.push(step.loss);
            all
        })
    }};
}

fn sgd() -> Sgd {
    Sgd::new(1.0)
}

mod one_bernoulli {
    use super::*;

    /// The gradient by the logit of q, and the loss, at q = 0.4.
    const EXACT: [f64; 2] = [-0.5581672478 * 0.4 * 0.6, 1.6665209543];

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(0.3));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    macro_rules! check {
        ($estimator:expr, $n:expr) => {{
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

            for elbo in [Elbo::default(), Elbo::default().closed_kl(false).particles(2)] {
                let what = stringify!($estimator);
                gradients!(Svi::new(coin(), by_probability(), elbo.clone(), sgd()).seed(1), $n, "q")
                    .assert_unbiased(what, &EXACT, 0.05);
                gradients!(Svi::new(coin(), by_logit(), elbo, sgd()).seed(2), $n, "q")
                    .assert_unbiased(what, &EXACT, 0.05);
            }
        }};
    }

    #[test]
    fn leave_one_out() {
        check!(LeaveOneOut::samples(3), 20_000);
    }

    #[test]
    fn arm() {
        check!(Arm, 20_000);
    }

    #[test]
    fn dis_arm() {
        check!(DisArm, 20_000);
    }

    #[test]
    fn sum_and_sample() {
        check!(SumAndSample::new(0), 50_000);
        // With one of two outcomes summed the other is the whole rest, so that every draw is exact.
        check!(SumAndSample::new(1), 3);
    }

    #[test]
    fn measure_valued() {
        check!(MeasureValued, 3);
    }
}
