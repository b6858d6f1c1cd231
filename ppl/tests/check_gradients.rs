//! The check of gradients: it passes programs that are right, and names the parameter and the site of a planted mistake.

use ppl::estimator::{Baseline, DisArm};
use ppl::objective::Objective;
use ppl::prelude::*;
use ppl::support::UnitInterval;
use ppl::{GradientCheck, GradientReport, Guide, GuidedBy, Model};

fn check<M, G, O>(model: M, guide: G, objective: O, draws: usize) -> GradientReport
where
    O: Objective<f64> + Clone,
    M: Model<Element = f64>,
    G: Guide<Element = f64>,
    M::Sites: GuidedBy<G::Sites>,
{
    let mut svi = Svi::new(model, guide, objective, Adam::new(0.1)).seed(4);
    let report = svi.check_gradients(GradientCheck::default().draws(draws).reference(draws / 4)).unwrap();
    assert_eq!(report.draws, draws);
    for element in &report.elements {
        let noise = element.variance.sqrt() / (draws as f64).sqrt();
        assert!((element.standard_error - noise).abs() <= 1e-12 * noise, "{report}");
    }
    report
}

mod coins {
    use super::*;

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(0.3));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    #[guide(coin)]
    fn score() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::new());
    }

    #[guide(coin)]
    fn steadied() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::baseline(Baseline::default()));
    }

    #[guide(coin)]
    fn antithetic() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), DisArm);
    }

    #[guide(coin)]
    fn every() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate);
    }

    /// The derivative by the logit.
    const EXACT: f64 = -0.5581672478 * 0.4 * 0.6;

    fn assert_exact(report: &GradientReport) {
        assert!(report.exact && report.passed() && report.faults.is_empty(), "{report}");
        let q = &report.elements[0];
        assert!((q.reference - EXACT).abs() < 1e-8 && q.reference_error == 0.0, "{report}");
        assert!(
            (q.signal_to_noise - q.reference.abs() / q.variance.sqrt()).abs() < 1e-9 || q.variance == 0.0
        );
    }

    #[test]
    fn estimators_of_a_coin_are_compared_with_the_exact_derivative() {
        assert_exact(&check(coin(), score(), Elbo::default(), 2000));
        assert_exact(&check(coin(), steadied(), Elbo::default().closed_kl(false), 2000));
        assert_exact(&check(coin(), antithetic(), Elbo::default(), 2000));
        let every = check(coin(), every(), Elbo::default(), 20);
        assert_exact(&every);
        assert_eq!(every.elements[0].variance, 0.0);
        // The variance is that of the estimator, and its baseline lowers it.
        let (plain, steady) = (
            check(coin(), score(), Elbo::default(), 2000),
            check(coin(), antithetic(), Elbo::default(), 2000),
        );
        assert!(steady.elements[0].variance < plain.elements[0].variance);
    }

    #[test]
    fn a_bound_that_is_not_linear_in_its_terms_is_compared_with_draws_of_its_own() {
        let report = check(coin(), score(), ppl::Iwae::new(2), 3000);
        assert!(!report.exact && report.passed(), "{report}");
        // The derivative of the bound of two particles.
        let q = &report.elements[0];
        let exact = -0.3014899269 * 0.4 * 0.6;
        assert!((q.reference - exact).abs() < 5.0 * q.reference_error, "{report}");
    }

    #[test]
    fn an_objective_of_two_losses_is_refused() {
        let mut svi = Svi::new(coin(), score(), ppl::WakeSleep::new(4), Adam::new(0.1));
        let message = svi.check_gradients(GradientCheck::default()).unwrap_err().to_string();
        assert!(message.contains("the derivative of one loss"), "{message}");
    }

    #[guide(coin)]
    fn stopped() {
        let q = param!("q", -0.4);
        let other = param!("free", 0.1);
        sample!("b", Bernoulli::logits(q.stop_gradient() + other), Score::new());
    }

    #[test]
    fn a_gradient_that_is_stopped_is_found_at_its_site() {
        let report = check(coin(), stopped(), Elbo::default(), 2000);
        assert!(report.exact && !report.passed(), "{report}");
        assert_eq!(report.faults.len(), 1, "{report}");
        let fault = &report.faults[0];
        assert_eq!((fault.parameter.as_str(), fault.feeds.as_deref()), ("q", Some("b")));
        assert!(fault.parts.iter().any(|part| part.site == "b" && !part.observed), "{report}");
        let free = report.elements.iter().find(|e| e.parameter == "free").unwrap();
        assert!(free.z.abs() < 5.0 && (free.reference - report.elements[0].reference).abs() < 1e-9);
        let text = report.to_string();
        for part in
            ["the gradient of `q` is biased", "it feeds the proposal of `b`", "the gradients are biased", "!"]
        {
            assert!(text.contains(part), "{text}");
        }
    }
}

mod continuous {
    use super::*;

    const X: [f64; 4] = [-0.5, 2.0, 0.7, 1.1];

    #[model]
    fn pair(x: &[f64]) {
        let noise = param!("noise", 1.3, Positive);
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |i| {
            let b = sample!("b", Bernoulli::new(0.3));
            let z = sample!("z", Normal::new(mu, 1.0));
            observe!("x", Normal::new(z + b.to_real(), noise), x.at(i));
        });
    }

    #[guide(pair)]
    fn mixed(x: &[f64]) {
        sample!("mu", Normal::new(param!("m", 0.2), param!("s", 0.7, Positive)));
        plate!("data", x.len(), |_| {
            sample!("b", Bernoulli::logits(param!("logit", 0.3)));
            sample!(
                "z",
                Normal::new(param!("loc", 0.1), param!("scale", 0.6, Positive)),
                Score::baseline(Baseline::default())
            );
        });
    }

    #[test]
    fn pathwise_and_score_sites_of_one_program_are_right() {
        for elbo in [Elbo::default(), Elbo::default().closed_kl(false).particles(2)] {
            let report = check(pair(&X), mixed(&X), elbo, 1200);
            assert!(!report.exact && report.passed(), "{report}");
            // One noise, two of `mu`, and three for each element.
            assert_eq!((report.elements.len(), report.left_out), (15, 0));
            assert!(report.to_string().contains("logit[3]"), "{report}");
        }
    }

    #[model]
    fn known_noise(x: f64) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(mu, 0.5), x);
    }

    #[guide(known_noise)]
    fn located(x: f64) {
        sample!("mu", Normal::new(param!("m", 0.2), 0.7));
    }

    #[test]
    fn the_reference_has_draws_of_its_own() {
        // On the same draws the differences would be the mean of the pathwise gradients but for rounding.
        let mut svi = Svi::new(known_noise(1.0), located(1.0), Elbo::default(), Adam::new(0.1)).seed(4);
        let report = svi.check_gradients(GradientCheck::default().draws(400).reference(400)).unwrap();
        let [m] = &report.elements[..] else { panic!("{report}") };
        assert!(report.passed() && (m.mean - m.reference).abs() > 1e-3 * m.standard_error, "{report}");
    }

    #[model]
    fn shared(x: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("data", x.len(), subsample(2), |i| {
            let z = sample!("z", Normal::new(mu, 1.0));
            observe!("x", Normal::new(z, 1.0), x.at(i));
        });
    }

    #[guide(shared)]
    fn rows(x: &[f64]) {
        sample!("mu", Normal::new(param!("m", 0.2), 0.7));
        plate!("data", x.len(), subsample(2), |_| {
            sample!("z", Normal::new(param!("loc", 0.1), param!("scale", 0.6, Positive)));
        });
    }

    #[test]
    fn a_subsample_is_compared_with_the_whole() {
        let report = check(shared(&X), rows(&X), Elbo::default(), 3000);
        assert!(report.passed(), "{report}");
        assert_eq!(report.elements.len(), 9);
    }

    #[model]
    fn counts() {
        let n = sample!("n", Poisson::new(2.0));
        observe!("x", Normal::new(n.to_real(), 1.0), 1.5);
    }

    #[guide(counts)]
    fn poisson() {
        sample!("n", Poisson::new(param!("rate", 1.7, Positive)), Score::baseline(Baseline::default()));
    }

    #[test]
    fn counts_without_an_end_have_a_reference_that_is_a_mean() {
        let report = check(counts(), poisson(), Elbo::default(), 4000);
        assert!(!report.exact && report.passed(), "{report}");
        assert!(report.elements[0].reference_error > 0.0);
    }

    #[model]
    fn switch() {
        let z = sample!("z", Normal::new(0.0, 1.0));
        // As good as a jump: a pathwise gradient never meets its slope.
        observe!("x", Normal::new((z * 1e9).tanh() + 1.0, 1.0), 1.5);
        observe!("y", Normal::new(z, 1.0), 0.5);
    }

    #[guide(switch)]
    fn pathwise() {
        sample!("z", Normal::new(param!("m", 0.0), 1.0));
    }

    #[guide(switch)]
    fn by_score() {
        sample!("z", Normal::new(param!("m", 0.0), 1.0), Score::new());
    }

    #[test]
    fn a_density_that_jumps_is_found_at_its_observation() {
        let report = check(switch(), pathwise(), Elbo::default(), 2000);
        assert_eq!(report.faults.len(), 1, "{report}");
        let fault = &report.faults[0];
        assert_eq!((fault.parameter.as_str(), fault.feeds.as_deref()), ("m", Some("z")));
        let parts: Vec<&str> = fault.parts.iter().map(|part| part.site.as_str()).collect();
        assert_eq!(parts, ["x"], "{report}");
        // |d E[log p(x | z)] / dm|, of which the pathwise gradient sees nothing.
        let part = &fault.parts[0];
        assert!((part.reference.abs() - 0.3989422804).abs() < 0.1 && part.mean == 0.0, "{report}");
        let right = check(switch(), by_score(), Elbo::default(), 4000);
        assert!(right.passed(), "{right}");
    }
}

mod models {
    use super::*;

    #[model]
    fn coin(slope: f64) {
        let p = param!("p", 0.3, UnitInterval);
        let k = sample!("k", Bernoulli::new(0.5), enumerate);
        observe!("x", Normal::new(slope * p.stop_gradient() + k.to_real(), 1.0), 1.5);
        observe!("y", Bernoulli::new(p), true);
    }

    #[guide(coin)]
    fn nothing(_slope: f64) {}

    #[test]
    fn a_parameter_of_the_model_is_named_with_its_observation() {
        let report = check(coin(1.0), nothing(1.0), Elbo::default(), 50);
        assert_eq!(report.faults.len(), 1, "{report}");
        let fault = &report.faults[0];
        assert_eq!((fault.parameter.as_str(), fault.feeds.as_deref()), ("p", None));
        // The observation is among the factors of the site that is summed out, and reported as its evidence.
        assert_eq!(fault.parts.iter().map(|part| part.site.as_str()).collect::<Vec<_>>(), ["k"], "{report}");
        let right = check(coin(0.0), nothing(0.0), Elbo::default(), 50);
        assert!(right.exact && right.passed(), "{right}");
    }
}

mod sessions {
    use super::*;

    #[model]
    fn pair() {
        let b = sample!("b", Bernoulli::new(0.3));
        let z = sample!("z", Normal::new(b.to_real(), 1.0));
        observe!("x", Normal::new(z, 1.0), 1.5);
    }

    #[guide(pair)]
    fn guess() {
        sample!("b", Bernoulli::logits(param!("logit", 0.3)), Score::baseline(DecayingAverage::new(0.9)));
        sample!("z", Normal::new(param!("loc", 0.1), param!("scale", 0.6, Positive)));
    }

    #[test]
    fn a_check_leaves_a_session_as_it_was() {
        let mut svi = Svi::new(pair(), guess(), Elbo::default(), Adam::new(0.1)).seed(8);
        let mut twin = Svi::new(pair(), guess(), Elbo::default(), Adam::new(0.1)).seed(8);
        let options = GradientCheck::default().draws(40).reference(20);
        for _ in 0..3 {
            let before = svi.check_gradients(options).unwrap();
            assert_eq!(svi.check_gradients(options).unwrap(), before);
            assert_eq!(svi.parameters(), {
                twin.check_gradients(options.draws(2)).unwrap();
                twin.parameters()
            });
            for _ in 0..4 {
                assert_eq!(svi.step().unwrap(), twin.step().unwrap());
            }
        }
        // A session that was never checked goes the same way.
        let mut other = Svi::new(pair(), guess(), Elbo::default(), Adam::new(0.1)).seed(8);
        for _ in 0..12 {
            other.step().unwrap();
        }
        assert_eq!(svi.parameters(), other.parameters());
    }

    #[test]
    fn too_few_draws_are_refused() {
        let mut svi = Svi::new(pair(), guess(), Elbo::default(), Adam::new(0.1));
        let message =
            |svi: &mut Svi<_, _, _, _>, options| svi.check_gradients(options).unwrap_err().to_string();
        assert_eq!(message(&mut svi, GradientCheck::default().draws(1)), "expected at least 2 draws, got 1");
        assert_eq!(
            message(&mut svi, GradientCheck::default().elements(0)),
            "expected at least 1 elements, got 0"
        );
        assert!(svi.step().is_ok());
    }
}

mod at_the_answer {
    use super::*;

    #[model]
    fn robust() {
        sample!("z", StudentT::new(5.0, 0.3, 1.2));
    }

    #[guide(robust)]
    fn itself() {
        sample!("z", StudentT::new(5.0, param!("loc", 0.3), 1.2));
    }

    /// Where the guide is the posterior the loss has the same value at every draw, and its derivative is a mean all the same.
    #[test]
    fn a_guide_that_is_the_posterior_passes() {
        let report = check(robust(), itself(), Elbo::default(), 20_000);
        assert!(!report.exact && report.passed(), "{report}");
    }
}
