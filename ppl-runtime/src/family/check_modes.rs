//! Most probable values: nowhere is a density larger.

use super::bernoulli::{BernoulliLogitsFamily, BernoulliProbsFamily};
use super::binomial::{BinomialLogitsFamily, BinomialProbsFamily};
use super::cauchy::CauchyFamily;
use super::geometric::GeometricFamily;
use super::geometric_logits::GeometricLogitsFamily;
use super::gumbel::GumbelFamily;
use super::laplace::LaplaceFamily;
use super::log_normal::LogNormalFamily;
use super::logistic::LogisticFamily;
use super::negative_binomial::{NegativeBinomialLogitsFamily, NegativeBinomialProbsFamily};
use super::normal::NormalFamily;
use super::poisson::{PoissonFamily, PoissonLogRateFamily};
use super::student_t::StudentTFamily;
use super::{Need, Univariate};

/// Asserts that the density at the mode is at least that at other values, near and far, but for rounding.
#[track_caller]
fn assert_mode<F: Univariate<N>, const N: usize>(p: [f64; N], others: impl Fn(f64) -> Vec<f64>) {
    assert!(F::HAS_MODE && F::check(p).is_ok());
    let mode: f64 = F::mode(p);
    let log = |x: f64| F::log_density(x, p, Need::NONE).log;
    assert!(F::contains(mode, p), "{} {p:?}: {mode} is outside", F::NAME);
    for x in others(mode).into_iter().filter(|&x| F::contains(x, p)) {
        let allowed = 1e-12 * log(mode).abs().max(1.0);
        assert!(log(x) <= log(mode) + allowed, "{} {p:?}: {x} is more probable than {mode}", F::NAME);
    }
}

fn counts(mode: f64) -> Vec<f64> {
    (1..=40).flat_map(|k| [mode - f64::from(k), mode + f64::from(k)]).collect()
}

fn numbers(mode: f64) -> Vec<f64> {
    let away = (0..40).map(|k| 1e-6 * 1.7f64.powi(k));
    away.flat_map(|d| [mode - d, mode + d, mode * (1.0 + d), mode / (1.0 + d)]).collect()
}

#[test]
fn counts_have_their_most_probable_value() {
    for p in [0.0, 0.2, 0.5, 0.500001, 0.9, 1.0] {
        assert_mode::<BernoulliProbsFamily, 1>([p], counts);
        for n in [1.0, 2.0, 7.0, 400.0] {
            assert_mode::<BinomialProbsFamily, 2>([n, p], counts);
        }
    }
    for logit in [-30.0, -1.0, 0.0, 0.3, 40.0] {
        assert_mode::<BernoulliLogitsFamily, 1>([logit], counts);
        for n in [1.0, 3.0, 60.0] {
            assert_mode::<BinomialLogitsFamily, 2>([n, logit], counts);
        }
    }
    for rate in [0.0, 0.3, 1.0, 2.7, 3.0, 900.5] {
        assert_mode::<PoissonFamily, 1>([rate], counts);
        assert_mode::<PoissonLogRateFamily, 1>([(rate + 0.1).ln()], counts);
    }
    for total in [0.3, 1.0, 1.5, 8.0] {
        for p in [0.01, 0.4, 0.9] {
            assert_mode::<NegativeBinomialProbsFamily, 2>([total, p], counts);
            assert_mode::<NegativeBinomialLogitsFamily, 2>([total, (p / (1.0 - p)).ln()], counts);
            assert_mode::<GeometricFamily, 1>([p], counts);
            assert_mode::<GeometricLogitsFamily, 1>([(p / (1.0 - p)).ln()], counts);
        }
    }
}

#[test]
fn numbers_have_their_most_probable_value() {
    for loc in [-3.0, 0.0, 0.7, 40.0] {
        for scale in [0.1, 1.0, 2.5] {
            assert_mode::<NormalFamily, 2>([loc, scale], numbers);
            assert_mode::<LaplaceFamily, 2>([loc, scale], numbers);
            assert_mode::<LogisticFamily, 2>([loc, scale], numbers);
            assert_mode::<CauchyFamily, 2>([loc, scale], numbers);
            assert_mode::<GumbelFamily, 2>([loc, scale], numbers);
            assert_mode::<LogNormalFamily, 2>([loc, scale], numbers);
            assert_mode::<StudentTFamily, 3>([3.0, loc, scale], numbers);
        }
    }
}

#[test]
#[should_panic(expected = "is more probable than")]
fn a_value_beside_the_mode_is_rejected() {
    // The mode of the rate 2.7 is 2, and not 3, which is the most probable value of the rate 3.7.
    struct Wrong;
    impl Univariate<1> for Wrong {
        type Support = <PoissonFamily as Univariate<1>>::Support;
        const NAME: &'static str = "Poisson";
        const PARAMETERS: [&'static str; 1] = PoissonFamily::PARAMETERS;
        const PATHWISE: bool = false;
        const VECTORISES: bool = false;
        const HAS_MODE: bool = true;

        fn log_density<E: crate::element::Numeric>(x: E, p: [E; 1], need: Need) -> super::Density<E, 1> {
            PoissonFamily::log_density(x, p, need)
        }

        fn draw<E: crate::element::Numeric, R: rand::Rng>(rng: &mut R, p: [E; 1]) -> E {
            PoissonFamily::draw(rng, p)
        }

        fn contains<E: crate::element::Numeric>(x: E, p: [E; 1]) -> bool {
            PoissonFamily::contains(x, p)
        }

        fn check<E: crate::element::Numeric>(p: [E; 1]) -> Result<(), super::BadParameter> {
            PoissonFamily::check(p)
        }

        fn mode<E: crate::element::Numeric>(p: [E; 1]) -> E {
            PoissonFamily::mode(p) + E::one()
        }

        fn mean<E: crate::element::Numeric>(p: [E; 1]) -> E {
            PoissonFamily::mean(p)
        }

        fn variance<E: crate::element::Numeric>(p: [E; 1]) -> E {
            PoissonFamily::variance(p)
        }
    }
    assert_mode::<Wrong, 1>([2.7], counts);
}
