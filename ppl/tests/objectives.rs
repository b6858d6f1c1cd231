//! Importance-weighted objectives, against sums over all outcomes, quadrature and differences under the same noise.

mod check;

use check::{close, estimates, log_mean_exp, log_normal, mean_of, over_two_normals, slope};
use ppl::Model;
use ppl::estimator::{Baseline, DisArm, Given, Learned};
use ppl::objective::Objective;
use ppl::prelude::*;
use ppl::support::UnitInterval;

mod one_bernoulli {
    use super::*;

    const Q: f64 = 0.4;

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(0.3));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    macro_rules! guides {
        ($($name:ident: $estimator:expr;)*) => {$(
            #[guide(coin)]
            fn $name() {
                sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)), $estimator);
            }
        )*};
    }
    guides! {
        plain: Score::new();
        averaging: Score::baseline(DecayingAverage::new(0.9));
        left_out: Score::baseline(Baseline::LeaveOneOut);
        given: Score::baseline(Given(param!("level", 2.0)));
        learned: Score::baseline(Learned(param!("level", 1.0)));
        pair: DisArm;
    }

    fn log_weight(b: bool) -> f64 {
        let (p, q) = if b { (0.3, Q) } else { (0.7, 1.0 - Q) };
        f64::ln(p) + log_normal(1.5, if b { 2.0 } else { 0.0 }, 1.0) - q.ln()
    }

    /// The loss of order `alpha` of some particles, and the probability of their order.
    fn of_outcome(sides: &[bool], alpha: f64, q: f64) -> (f64, f64) {
        let own = |b: bool| if b { q } else { 1.0 - q };
        let logs = sides.iter().map(|&b| log_weight(b) + f64::ln(if b { Q } else { 1.0 - Q }) - own(b).ln());
        let loss = if alpha == 1.0 {
            -logs.sum::<f64>() / sides.len() as f64
        } else {
            -log_mean_exp(&logs.map(|l| (1.0 - alpha) * l).collect::<Vec<_>>()) / (1.0 - alpha)
        };
        (loss, sides.iter().map(|&b| own(b)).product())
    }

    fn every_outcome(particles: usize) -> impl Iterator<Item = Vec<bool>> {
        (0..1usize << particles).map(move |bits| (0..particles).map(|k| bits >> k & 1 != 0).collect())
    }

    /// Returns the exact mean of the loss, and mean and variance of a gradient that is a function of the outcome.
    ///
    /// The estimator is run until every number of ones among the particles was met; the loss tells which one it is.
    fn exact(particles: usize, alpha: f64, mut step: impl FnMut() -> (f64, f64)) -> [f64; 3] {
        let losses: Vec<f64> = (0..=particles)
            .map(|ones| of_outcome(&(0..particles).map(|k| k < ones).collect::<Vec<_>>(), alpha, Q).0)
            .collect();
        let mut gradients = vec![None; particles + 1];
        let mut draws = 0;
        while draws < 200 || gradients.iter().any(Option::is_none) {
            assert!(draws < 100_000, "an outcome is never met");
            let (loss, gradient) = step();
            let met = losses.iter().position(|l| (l - loss).abs() < 1e-12).expect("a known outcome");
            close(gradient, *gradients[met].get_or_insert(gradient), 1e-11);
            draws += 1;
        }
        let [mut loss, mut mean, mut square] = [0.0; 3];
        for sides in every_outcome(particles) {
            let (of_it, probability) = of_outcome(&sides, alpha, Q);
            let gradient = gradients[sides.iter().filter(|&&b| b).count()].expect("met");
            loss += probability * of_it;
            mean += probability * gradient;
            square += probability * gradient * gradient;
        }
        [loss, mean, square - mean * mean]
    }

    macro_rules! steps {
        ($guide:expr, $objective:expr) => {{
            let mut svi = Svi::new(coin(), $guide, $objective, Adam::new(0.1)).seed(5);
            move || {
                let (step, gradient) = svi.gradient().unwrap();
                // By the probability: the logit's slope is q (1 - q).
                (step.loss, gradient.get("q").unwrap()[[]] / (Q * (1.0 - Q)))
            }
        }};
    }

    #[test]
    fn the_expectation_over_every_outcome_is_that_of_the_table() {
        for (what, [loss, gradient, variance]) in [
            ("score", exact(2, 0.0, steps!(plain(), Iwae::new(2)))),
            ("leave one out", exact(2, 0.0, steps!(left_out(), Iwae::new(2)))),
            ("a given level", exact(2, 0.0, steps!(given(), Iwae::new(2)))),
            ("a learned level", exact(2, 0.0, steps!(learned(), Iwae::new(2)))),
            ("vimco", exact(2, 0.0, steps!(plain(), Vimco::new(2)))),
            ("order 0", exact(2, 0.0, steps!(plain(), Renyi::new(0.0, 2)))),
        ] {
            println!("{what}: variance {variance}");
            close(loss, 1.6480656495, 1e-9);
            close(gradient, -0.3014899269, 1e-9);
        }
    }

    /// The sum of the particles' scores by the probability, for a loss of two particles.
    fn score_of(loss: f64) -> f64 {
        let (zero, one) = (-1.0 / (1.0 - Q), 1.0 / Q);
        let met = [([false, false], 2.0 * zero), ([true, false], zero + one), ([true, true], 2.0 * one)];
        let found = met.into_iter().find(|(sides, _)| (of_outcome(sides, 0.0, Q).0 - loss).abs() < 1e-12);
        found.expect("a known outcome").1
    }

    #[test]
    fn a_decaying_average_is_of_earlier_steps_alone() {
        // The same draws without it differ by the average times the score, whose mean is zero.
        let (mut plain, mut averaging) = (steps!(plain(), Iwae::new(2)), steps!(averaging(), Iwae::new(2)));
        let (mut weight, mut sum) = (0.0, 0.0);
        for _ in 0..300 {
            let ((loss, without), (same, with)) = (plain(), averaging());
            assert_eq!(loss, same);
            let average = if weight > 0.0 { sum / weight } else { 0.0 };
            close(with - without, -average * score_of(loss), 1e-10);
            (weight, sum) = (0.9 * weight + 0.1, 0.9 * sum + 0.1 * loss);
        }
    }

    #[test]
    fn the_variance_of_the_lower_bound_is_that_of_the_table() {
        // The table's variances without a baseline are rounded: the exact one is 10.0736464 divided by the particles.
        for (k, without, with) in [(2, 5.01, 0.3375), (4, 2.40, 0.0649), (8, 1.20, 0.0176)] {
            let elbo = || Elbo::default().closed_kl(false).particles(k);
            for (what, expected, [loss, gradient, variance]) in [
                ("without a baseline", without, exact(k, 1.0, steps!(plain(), elbo()))),
                ("with the others", with, exact(k, 1.0, steps!(left_out(), elbo()))),
                // Of order 1 it is the same bound and the same baseline.
                ("of order 1", with, exact(k, 1.0, steps!(left_out(), Renyi::new(1.0, k)))),
            ] {
                println!("{k} {what}: variance {variance}");
                close(loss, 1.6665209543, 1e-9);
                close(gradient, -0.5581672478, 1e-9);
                assert!((variance / expected - 1.0).abs() < 0.05, "{variance}, expected {expected}");
            }
        }
    }

    #[test]
    fn every_order_has_an_unbiased_gradient() {
        for (k, alpha) in [(2, 0.5), (3, 0.9), (2, 2.0), (3, -1.0), (4, 0.0)] {
            let bound = |q: f64| -> f64 {
                every_outcome(k).map(|sides| of_outcome(&sides, alpha, q)).map(|(loss, p)| p * loss).sum()
            };
            let by_q = slope(bound, Q);
            for (what, [loss, gradient, variance]) in [
                ("without a baseline", exact(k, alpha, steps!(plain(), Renyi::new(alpha, k)))),
                ("with the others", exact(k, alpha, steps!(left_out(), Renyi::new(alpha, k)))),
            ] {
                println!("order {alpha}, {k} {what}: variance {variance}");
                close(loss, bound(Q), 1e-12);
                close(gradient, by_q, 1e-8);
            }
        }
    }

    #[test]
    #[should_panic(expected = "found")]
    fn a_gradient_that_leaves_out_the_score_is_rejected() {
        let mut step = steps!(plain(), Iwae::new(2));
        let without = move || {
            let (loss, gradient) = step();
            (loss, gradient - loss * score_of(loss))
        };
        let [_, gradient, _] = exact(2, 0.0, without);
        close(gradient, -0.3014899269, 1e-9);
    }

    #[guide(coin)]
    fn every() {
        sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)), enumerate);
    }

    #[test]
    fn several_values_of_a_site_need_one_particle() {
        let mut svi = Svi::new(coin(), every(), Iwae::new(1), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, 1.6665209543, 1e-9);
        close(gradient.get("q").unwrap()[[]] / (Q * (1.0 - Q)), -0.5581672478, 1e-9);
        let error = Svi::new(coin(), every(), Iwae::new(2), Adam::new(0.1)).step().unwrap_err().to_string();
        assert!(error.starts_with("the guide gives `b` several values in one particle"), "{error}");
        let error = Svi::new(coin(), pair(), Vimco::new(2), Adam::new(0.1)).step().unwrap_err().to_string();
        assert!(error.starts_with("the guide gives `b` several values in one particle"), "{error}");
    }
}

mod gaussian {
    use super::*;

    const X: f64 = 1.5;

    #[model]
    fn one() {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, param!("noise", 1.0, Positive)), X);
    }

    #[guide(one)]
    fn wide() {
        sample!("z", Normal::new(param!("loc", 0.2), param!("scale", 1.3, Positive)));
    }

    fn log_weight(e: f64) -> f64 {
        let z = 0.2 + 1.3 * e;
        log_normal(z, 0.0, 1.0) + log_normal(X, z, 1.0) - log_normal(z, 0.2, 1.3)
    }

    fn bound_of(objective: impl Objective<f64>, draws: usize) -> (f64, f64) {
        let mut svi = Svi::new(one(), wide(), objective, Adam::new(0.1)).seed(3);
        let found = svi.evaluate(draws).unwrap();
        (-found.loss, found.standard_error)
    }

    #[test]
    fn the_bounds_rise_with_the_particles_and_stay_below_the_evidence() {
        let evidence = log_normal(X, 0.0, 2f64.sqrt());
        let bounds = [1, 2, 3, 4, 8, 32].map(|k| bound_of(Iwae::new(k), 20_000));
        let exact_elbo = over_two_normals(|a, _| log_weight(a));
        let exact_two = over_two_normals(|a, b| log_mean_exp(&[log_weight(a), log_weight(b)]));
        estimates("one particle", bounds[0], exact_elbo, 0.05 * exact_elbo.abs());
        estimates("two particles", bounds[1], exact_two, 0.05 * exact_two.abs());
        for pair in bounds.windows(2) {
            let error = pair[0].1.hypot(pair[1].1);
            assert!(pair[1].0 - pair[0].0 > 5.0 * error, "{pair:?}");
        }
        let last = bounds[bounds.len() - 1];
        assert!(last.0 <= evidence + 5.0 * last.1 && evidence - last.0 < 0.05, "{last:?}, {evidence}");
        // What the last inequality would say of a bound that is too high by a twentieth.
        assert!(last.0 + 0.05 > evidence + 5.0 * last.1);
    }

    #[test]
    fn orders_fall_from_the_evidence_to_the_lower_bound_and_below() {
        let orders = [-0.5, 0.0, 0.5, 1.0, 1.5].map(|alpha| bound_of(Renyi::new(alpha, 4), 20_000));
        for pair in orders.windows(2) {
            assert!(pair[0].0 - pair[1].0 > 5.0 * pair[0].1.hypot(pair[1].1), "{orders:?}");
        }
    }

    #[test]
    fn the_orders_zero_and_one_are_the_other_bounds() {
        macro_rules! gradient {
            ($objective:expr) => {{
                let mut svi = Svi::new(one(), wide(), $objective, Adam::new(0.1)).seed(8);
                let (step, gradient) = svi.gradient().unwrap();
                let by = |name: &str| gradient.get(name).unwrap()[[]];
                [step.loss, step.log_likelihood, step.kl, by("loc"), by("scale"), by("noise")]
            }};
        }
        let elbo = gradient!(Elbo::default().closed_kl(false).particles(4));
        assert_eq!(gradient!(Renyi::new(1.0, 4)), elbo);
        assert_eq!(gradient!(Iwae::new(1)), gradient!(Elbo::default().closed_kl(false)));
        let iwae = gradient!(Iwae::new(4));
        assert_eq!(gradient!(Renyi::new(0.0, 4)), iwae);
        assert!((iwae[0] - elbo[0]).abs() > 0.01);
        let near = gradient!(Renyi::new(1.0 - 1e-9, 4));
        near.iter().zip(elbo).for_each(|(&found, expected)| close(found, expected, 1e-7));
    }
}

mod differences {
    use super::*;

    const X: [f64; 4] = [0.3, -1.2, 2.0, 0.7];

    #[model]
    fn global(x: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, param!("width", 2.0, Positive)));
        let rate = sample!("rate", Gamma::new(2.0, 1.0));
        plate!("data", x.len(), |i| {
            let z = sample!("z", Normal::new(mu, 1.0));
            observe!("x", Normal::new(z * rate, 0.8), x.at(i));
        });
        observe!("apart", Normal::new(param!("free", 0.4), 1.0), 1.0);
    }

    #[guide(global)]
    fn of_global(x: &[f64]) {
        let mu = sample!("mu", Normal::new(param!("loc", 0.2), param!("scale", 1.3, Positive)));
        sample!("rate", Gamma::new(param!("shape", 3.0, Positive), 2.0));
        let slope = param!("slope", 0.3);
        plate!("data", x.len(), |i| {
            sample!("z", Normal::new(slope * x.at(i) + 0.5 * mu, param!("width_z", 0.9, Positive)));
        });
    }

    #[model]
    fn local(x: &[f64], visited: usize) {
        let width = param!("width", 2.0, Positive);
        plate!("data", x.len(), subsample(visited), |i| {
            let z = sample!("z", Normal::new(0.0, width));
            plate!("look", 2, |_| observe!("x", Normal::new(z, 0.8), x.at(i)));
        });
        observe!("apart", Normal::new(param!("free", 0.4), 1.0), 1.0);
    }

    #[guide(local)]
    fn of_local(x: &[f64], visited: usize) {
        let slope = param!("slope", 0.3);
        plate!("data", x.len(), subsample(visited), |i| {
            sample!("z", Normal::new(slope * x.at(i), param!("width_z", 0.9, Positive)));
        });
    }

    /// Compares each derivative with differences of the loss under the same noise.
    macro_rules! compare {
        ($model:expr, $guide:expr, $objective:expr, [$($name:literal),*]) => {{
            let session = || Svi::new($model, $guide, $objective, Adam::new(0.1)).seed(4);
            let (step, gradient) = session().gradient().unwrap();
            assert!((step.loss - (step.kl - step.log_likelihood)).abs() < 1e-12);
            for name in [$($name),*] {
                let gradient = gradient.get(name).unwrap().clone();
                let mut start = session();
                start.gradient().unwrap();
                let at = start.parameters().get(name).unwrap().clone();
                let positive = !["loc", "slope", "free"].contains(&name);
                for k in 0..at.len() {
                    let loss = |v: f64| {
                        let mut svi = session();
                        let mut moved = at.clone();
                        // The derivative is by the logarithm of a positive parameter.
                        moved.as_slice_mut().unwrap()[k] = if positive { v.exp() } else { v };
                        svi.set_parameter(name, moved).unwrap();
                        svi.gradient().unwrap().0.loss
                    };
                    let x = at.as_slice().unwrap()[k];
                    let expected = slope(loss, if positive { x.ln() } else { x });
                    let found = gradient.as_slice().unwrap()[k];
                    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{name}[{k}]: {found}, expected {expected}");
                }
            }
        }};
    }

    #[test]
    fn gradients_of_whole_draws_are_those_of_differences() {
        macro_rules! each {
            ($($objective:expr),*) => {$(
                compare!(global(&X), of_global(&X), $objective, ["width", "free", "loc", "scale", "slope", "width_z"]);
            )*};
        }
        each!(
            Iwae::new(1),
            Iwae::new(3),
            Vimco::new(3),
            Renyi::new(0.5, 3),
            Renyi::new(2.5, 3),
            Renyi::new(1.0, 3)
        );
    }

    #[test]
    fn gradients_of_elements_are_those_of_differences_also_of_a_subsample() {
        macro_rules! each {
            ($($objective:expr),*) => {$(
                for visited in [4, 2] {
                    compare!(local(&X, visited), of_local(&X, visited), $objective, ["width", "free", "slope", "width_z"]);
                }
            )*};
        }
        each!(Iwae::new(3), Vimco::new(3), Renyi::new(0.5, 3));
    }

    #[test]
    fn the_model_of_wake_sleep_follows_the_bound() {
        compare!(global(&X), of_global(&X), WakeSleep::new(3), ["width", "free"]);
        compare!(local(&X, 2), of_local(&X, 2), WakeSleep::new(3), ["width", "free"]);
    }

    #[test]
    fn a_scaled_model_scales_the_bound() {
        let mut plain = Svi::new(local(&X, 2), of_local(&X, 2), Iwae::new(3), Adam::new(0.1)).seed(4);
        let mut twice =
            Svi::new(local(&X, 2).scale(2.0), of_local(&X, 2), Iwae::new(3), Adam::new(0.1)).seed(4);
        let ((one, by), (two, by_two)) = (plain.gradient().unwrap(), twice.gradient().unwrap());
        close(two.loss, 2.0 * one.loss, 1e-14);
        close(by_two.get("slope").unwrap()[[]], 2.0 * by.get("slope").unwrap()[[]], 1e-13);
    }

    #[test]
    fn parts_sum_to_the_loss() {
        macro_rules! each {
            ($($objective:expr),*) => {$(
                let mut svi = Svi::new(local(&X, 2), of_local(&X, 2), $objective, Adam::new(0.1)).seed(4);
                let step = svi.step().unwrap();
                close(svi.parts().iter().map(|part| part.loss).sum(), step.loss, 1e-13);
                let observed = svi.parts().into_iter().filter(|part| part.observed);
                close(-observed.map(|part| part.loss).sum::<f64>(), step.log_likelihood, 1e-13);
                svi.evaluate(1).unwrap();
                assert!(!svi.parts().is_empty());
                svi.posterior().draws(3).unwrap();
                assert!(svi.parts().is_empty());
            )*};
        }
        each!(Elbo::default(), Iwae::new(3), Vimco::new(2), Renyi::new(0.5, 3), WakeSleep::new(4));
        // What unequal weights add is a divergence.
        let mut svi = Svi::new(local(&X, 2), of_local(&X, 2), Iwae::new(3), Adam::new(0.1)).seed(4);
        svi.step().unwrap();
        assert!(svi.parts().iter().any(|part| part.site == "(weights)" && part.loss > 0.0));
    }
}

mod plates {
    use super::*;

    const X: [f64; 2] = [1.0, -1.0];

    #[model]
    fn shared(x: &[f64]) {
        let theta = sample!("theta", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |i| observe!("x", Normal::new(theta, 1.0), x.at(i)));
    }

    #[guide(shared)]
    fn prior() {
        sample!("theta", Normal::new(0.0, 1.0));
    }

    #[model]
    fn own(x: &[f64], visited: usize) {
        plate!("data", x.len(), subsample(visited), |i| {
            let theta = sample!("theta", Normal::new(0.0, 1.0));
            observe!("x", Normal::new(theta, 1.0), x.at(i));
        });
    }

    #[guide(own)]
    fn priors(x: &[f64], visited: usize) {
        plate!("data", x.len(), subsample(visited), |_| {
            sample!("theta", Normal::new(0.0, 1.0));
        });
    }

    fn bound<M: Model<Element = f64>>(svi: Result<ppl::Evaluation, ppl::Error>, _: M) -> (f64, f64) {
        let found = svi.unwrap();
        (-found.loss, found.standard_error)
    }

    macro_rules! bound {
        ($model:expr, $guide:expr, $objective:expr, $draws:expr) => {
            bound(Svi::new($model, $guide, $objective, Adam::new(0.1)).seed(2).evaluate($draws), $model)
        };
    }

    #[test]
    fn a_site_outside_of_the_plate_has_one_weight_for_all_elements() {
        let evidence = -3.3871;
        let bounds = [1, 2, 10, 100].map(|k| bound!(shared(&X), prior(), Iwae::new(k), 2_000));
        for (found, error) in bounds {
            assert!(found <= evidence + 5.0 * error, "{bounds:?}");
        }
        assert!(evidence - bounds[3].0 < 0.05, "{bounds:?}");
        // The sum of bounds of elements tends to that of independent sites, which the same test rejects.
        let (wrong, error) = bound!(own(&X, 2), priors(&X, 2), Iwae::new(100), 2_000);
        assert!(wrong > evidence + 5.0 * error + 0.2, "{wrong}");
    }

    #[test]
    fn elements_with_sites_of_their_own_have_bounds_of_their_own() {
        let exact: f64 = X
            .iter()
            .map(|&x| over_two_normals(|a, b| log_mean_exp(&[log_normal(x, a, 1.0), log_normal(x, b, 1.0)])))
            .sum();
        estimates(
            "elements",
            bound!(own(&X, 2), priors(&X, 2), Iwae::new(2), 20_000),
            exact,
            0.05 * exact.abs(),
        );
        // With one weight for both, a draw that is good for one element is wasted with the other.
        let whole = bound!(tied(&X), ties(&X), Iwae::new(2), 20_000);
        assert!(whole.0 + 5.0 * whole.1 + 0.015 < exact, "{whole:?}, {exact}");
    }

    /// The same, with a site without consequence outside of the plate.
    #[model]
    fn tied(x: &[f64]) {
        sample!("idle", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |i| {
            let theta = sample!("theta", Normal::new(0.0, 1.0));
            observe!("x", Normal::new(theta, 1.0), x.at(i));
        });
    }

    #[guide(tied)]
    fn ties(x: &[f64]) {
        sample!("idle", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |_| {
            sample!("theta", Normal::new(0.0, 1.0));
        });
    }

    #[test]
    fn a_subsample_of_elements_is_weighed_outside_of_the_logarithm() {
        let x = [1.0, -1.0, 0.5, 3.0];
        let whole = bound!(own(&x, 4), priors(&x, 4), Iwae::new(2), 20_000).0;
        let mut svi = Svi::new(own(&x, 1), priors(&x, 1), Iwae::new(2), Adam::new(0.1)).seed(2);
        let found: Vec<f64> = (0..12_000).map(|_| -svi.step().unwrap().loss).collect();
        estimates("a row of four", mean_of(&found), whole, 0.05 * whole.abs());
    }

    #[model]
    fn above(x: &[f64], visited: usize) {
        let theta = sample!("theta", Normal::new(0.0, 1.0));
        plate!("data", x.len(), subsample(visited), |i| observe!("x", Normal::new(theta, 1.0), x.at(i)));
    }

    #[guide(above)]
    fn alone() {
        sample!("theta", Normal::new(0.0, 1.0));
    }

    #[model]
    fn coupled(x: &[f64], visited: usize) {
        let all = plate!("data", x.len(), subsample(visited), |_| sample!("theta", Normal::new(0.0, 1.0)));
        observe!("x", Normal::new(all.sum(), 1.0), 0.3);
    }

    #[guide(coupled)]
    fn each(x: &[f64], visited: usize) {
        plate!("data", x.len(), subsample(visited), |_| {
            sample!("theta", Normal::new(0.0, 1.0));
        });
    }

    #[test]
    fn whole_draws_and_a_subsample_do_not_go_together() {
        let mut svi = Svi::new(above(&X, 1), alone(), Iwae::new(2), Adam::new(0.1));
        assert_eq!(
            svi.step().unwrap_err().to_string(),
            "plate `data` is subsampled, but site `theta` is outside of it: the weight of a whole draw needs every row; visit \
             the plate whole, or use `Elbo`, which is a sum over rows"
        );
        // An evaluation visits every row, one particle is the lower bound, and so is order 1.
        svi.evaluate(10).unwrap();
        Svi::new(above(&X, 1), alone(), Iwae::new(1), Adam::new(0.1)).step().unwrap();
        Svi::new(above(&X, 1), alone(), Renyi::new(1.0, 3), Adam::new(0.1)).step().unwrap();
        let error =
            Svi::new(coupled(&X, 1), each(&X, 1), WakeSleep::new(2), Adam::new(0.1)).step().unwrap_err();
        assert!(
            error.to_string().contains("the density of site `x` depends on several of its elements"),
            "{error}"
        );
    }

    #[test]
    fn a_term_that_couples_elements_gives_them_one_weight() {
        // theta_1 + theta_2 + noise has variance 3.
        let evidence = log_normal(0.3, 0.0, 3f64.sqrt());
        let (found, error) = bound!(coupled(&X, 2), each(&X, 2), Iwae::new(100), 2_000);
        assert!(found <= evidence + 5.0 * error && evidence - found < 0.05, "{found}, {evidence}");
    }
}

mod coins {
    use super::*;

    const X: [f64; 2] = [1.5, -0.5];
    const C: f64 = 0.45;
    const B: [f64; 2] = [0.4, 0.6];

    #[model]
    fn shared(x: &[f64]) {
        let c = sample!("c", Bernoulli::new(0.3)).to_real();
        plate!("data", x.len(), |i| {
            let b = sample!("b", Bernoulli::new(0.2 + 0.5 * c));
            observe!("x", Normal::new(2.0 * b.to_real() - c, 1.0), x.at(i));
        });
    }

    #[guide(shared)]
    fn of_shared(x: &[f64], estimator: Score) {
        sample!("c", Bernoulli::new(param!("c", C, UnitInterval)), estimator);
        let b = param!("b", B, UnitInterval);
        plate!("data", x.len(), |i| {
            sample!("b", Bernoulli::new(b.at(i).to_real()), estimator);
        });
    }

    #[model]
    fn apart(x: &[f64]) {
        plate!("data", x.len(), |i| {
            let b = sample!("b", Bernoulli::new(0.2));
            observe!("x", Normal::new(2.0 * b.to_real(), 1.0), x.at(i));
        });
    }

    #[guide(apart)]
    fn of_apart(x: &[f64], estimator: Score) {
        let b = param!("b", B, UnitInterval);
        plate!("data", x.len(), |i| {
            sample!("b", Bernoulli::new(b.at(i).to_real()), estimator);
        });
    }

    fn log_side(p: f64, side: bool) -> f64 {
        if side { p.ln() } else { (1.0 - p).ln() }
    }

    /// The log-weight of one particle's two coins, and of the one that they share if there is one.
    fn log_weights(coins: &[bool], q: &[f64]) -> [f64; 2] {
        let (shared, own) = coins.split_at(coins.len() - 2);
        let (of_shared, of_own) = q.split_at(q.len() - 2);
        let c = shared.first().map_or(0.0, |&c| f64::from(u8::from(c)));
        let element = |i: usize| {
            let loc = if own[i] { 2.0 } else { 0.0 };
            log_side(0.2 + 0.5 * c, own[i]) + log_normal(X[i], loc - c, 1.0) - log_side(of_own[i], own[i])
        };
        let outside = shared.iter().map(|&c| log_side(0.3, c) - log_side(of_shared[0], c)).sum::<f64>();
        [element(0) + outside, element(1)]
    }

    /// The loss of two particles, and the probability of their coins.
    fn of_outcome(coins: &[bool], q: &[f64]) -> (f64, f64) {
        let particles: Vec<_> = coins.chunks(q.len()).collect();
        let logs: Vec<_> = particles.iter().map(|coins| log_weights(coins, q)).collect();
        let loss = if q.len() == 3 {
            -log_mean_exp(&logs.iter().map(|l| l[0] + l[1]).collect::<Vec<_>>())
        } else {
            -(0..2).map(|i| log_mean_exp(&[logs[0][i], logs[1][i]])).sum::<f64>()
        };
        let probability =
            particles.iter().flat_map(|coins| coins.iter().zip(q)).map(|(&b, &q)| log_side(q, b));
        (loss, probability.sum::<f64>().exp())
    }

    /// Returns the mean of the gradient over every outcome, each of which is drawn until it was met.
    fn exact(q: &[f64], mut step: impl FnMut() -> (f64, Vec<f64>)) -> Vec<f64> {
        let outcomes: Vec<_> = (0..1usize << (2 * q.len()))
            .map(|bits| (0..2 * q.len()).map(|k| bits >> k & 1 != 0).collect::<Vec<bool>>())
            .map(|coins| of_outcome(&coins, q))
            .collect();
        let mut gradients: Vec<Option<Vec<f64>>> = vec![None; outcomes.len()];
        for _ in 0..100_000 {
            if gradients.iter().all(Option::is_some) {
                break;
            }
            let (found, gradient) = step();
            let mut known = false;
            for (slot, (loss, _)) in gradients.iter_mut().zip(&outcomes) {
                if (loss - found).abs() < 1e-12 {
                    slot.get_or_insert_with(|| gradient.clone());
                    known = true;
                }
            }
            assert!(known, "no outcome has the loss {found}");
        }
        let mut mean = vec![0.0; q.len()];
        for (gradient, (_, probability)) in gradients.iter().zip(&outcomes) {
            let gradient = gradient.as_ref().expect("every outcome is met");
            mean.iter_mut().zip(gradient).for_each(|(m, g)| *m += probability * g);
        }
        mean
    }

    fn by_differences(q: &[f64]) -> Vec<f64> {
        let bound = |q: &[f64]| -> f64 {
            (0..1usize << (2 * q.len()))
                .map(|bits| (0..2 * q.len()).map(|k| bits >> k & 1 != 0).collect::<Vec<bool>>())
                .map(|coins| of_outcome(&coins, q))
                .map(|(loss, probability)| loss * probability)
                .sum()
        };
        (0..q.len())
            .map(|k| {
                let moved = |v: f64| {
                    let mut q = q.to_vec();
                    q[k] = v;
                    bound(&q)
                };
                slope(moved, q[k]) * q[k] * (1.0 - q[k])
            })
            .collect()
    }

    macro_rules! compare {
        ($model:expr, $guide:expr, $objective:expr, $q:expr) => {{
            let mut svi = Svi::new($model, $guide, $objective, Adam::new(0.1)).seed(7);
            let found = exact(&$q, || {
                let (step, gradient) = svi.gradient().unwrap();
                let c = gradient.get("c").ok().map(|c| c[[]]);
                (step.loss, c.into_iter().chain(gradient.get("b").unwrap().iter().copied()).collect())
            });
            found
                .into_iter()
                .zip(by_differences(&$q))
                .for_each(|(found, expected)| close(found, expected, 1e-8));
        }};
    }

    #[test]
    fn scores_of_whole_draws_are_unbiased_inside_and_outside_of_a_plate() {
        compare!(shared(&X), of_shared(&X, Score::new()), Iwae::new(2), [C, B[0], B[1]]);
        compare!(shared(&X), of_shared(&X, Score::new()), Vimco::new(2), [C, B[0], B[1]]);
    }

    #[test]
    fn scores_of_elements_are_unbiased() {
        compare!(apart(&X), of_apart(&X, Score::new()), Iwae::new(2), B);
        compare!(apart(&X), of_apart(&X, Score::new()), Vimco::new(2), B);
    }
}

mod mixed {
    use super::*;

    const Q: f64 = 0.8;

    #[model]
    fn mixed() {
        // The scale of x is wide, so that the weights are even.
        let b = sample!("b", Bernoulli::new(0.3));
        let z = sample!("z", Normal::new(b.to_real(), 1.0));
        observe!("x", Normal::new(2.0 * b.to_real() + z, 1.2), 1.5);
    }

    #[guide(mixed)]
    fn both(loc: f64) {
        let b = sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)));
        sample!("z", Normal::new(param!("loc", loc) + 0.3 * b.to_real(), 0.9));
    }

    /// The loss of two particles at these parameters.
    fn loss(q: f64, loc: f64) -> f64 {
        let side = |b: bool| f64::from(u8::from(b));
        let log_weight = |b: bool, e: f64| {
            let z = loc + 0.3 * side(b) + 0.9 * e;
            let (p, own) = if b { (0.3, q) } else { (0.7, 1.0 - q) };
            let model = f64::ln(p) + log_normal(z, side(b), 1.0) + log_normal(1.5, 2.0 * side(b) + z, 1.2);
            model - own.ln() - log_normal(z, loc + 0.3 * side(b), 0.9)
        };
        let mut sum = 0.0;
        for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
            let probability = |b: bool| if b { q } else { 1.0 - q };
            sum -= probability(a)
                * probability(b)
                * over_two_normals(|d, e| log_mean_exp(&[log_weight(a, d), log_weight(b, e)]));
        }
        sum
    }

    #[test]
    fn pathwise_sites_and_scores_are_unbiased_together() {
        // Each derivative where the guide makes it large, so that an error of a twentieth shows.
        let by_q = ("q", 0.1, slope(|q| loss(q, 0.1), Q) * Q * (1.0 - Q));
        let by_loc = ("loc", -1.0, slope(|loc| loss(Q, loc), -1.0));
        macro_rules! estimate {
            ($objective:expr) => {
                for (name, loc, exact) in [by_q, by_loc] {
                    let mut svi = Svi::new(mixed(), both(loc), $objective, Adam::new(0.1)).seed(6);
                    let draw = |_| svi.gradient().unwrap().1.get(name).unwrap()[[]];
                    let found: Vec<f64> = (0..25_000).map(draw).collect();
                    estimates(name, mean_of(&found), exact, 0.05 * exact.abs());
                }
            };
        }
        estimate!(Vimco::new(2));
    }

    const X: [f64; 3] = [-1.0, 0.4, 2.5];

    #[model]
    fn summed(x: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |i| {
            let b = sample!("b", Bernoulli::new(0.3), enumerate);
            observe!("x", Normal::new(mu + 2.0 * b.to_real(), 0.7), x.at(i));
        });
    }

    #[guide(summed)]
    fn of_summed() {
        sample!("mu", Normal::new(param!("loc", 0.1), 0.9));
    }

    #[model]
    fn by_hand(x: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("data", x.len(), |i| {
            let (low, high) = (Normal::new(mu, 0.7), Normal::new(mu + 2.0, 0.7));
            observe!("x", Mixture::new([0.7, 0.3], [low, high]), x.at(i));
        });
    }

    #[guide(by_hand)]
    fn of_by_hand() {
        sample!("mu", Normal::new(param!("loc", 0.1), 0.9));
    }

    #[test]
    fn sites_of_the_model_are_summed_out_before_the_weights_are_formed() {
        for k in [1, 4] {
            let mut one = Svi::new(summed(&X), of_summed(), Iwae::new(k), Adam::new(0.1)).seed(1);
            let mut other = Svi::new(by_hand(&X), of_by_hand(), Iwae::new(k), Adam::new(0.1)).seed(1);
            let ((a, by_a), (b, by_b)) = (one.gradient().unwrap(), other.gradient().unwrap());
            close(a.loss, b.loss, 1e-13);
            close(a.log_likelihood, b.log_likelihood, 1e-13);
            close(by_a.get("loc").unwrap()[[]], by_b.get("loc").unwrap()[[]], 1e-12);
        }
    }
}

mod summed_locally {
    use super::*;

    const X: [f64; 3] = [-1.0, 0.4, 2.5];

    #[model]
    fn summed(x: &[f64], visited: usize) {
        plate!("data", x.len(), subsample(visited), |i| {
            let z = sample!("z", Normal::new(0.0, 1.0));
            let b = sample!("b", Bernoulli::new(0.3), enumerate);
            observe!("x", Normal::new(z + 2.0 * b.to_real(), 0.7), x.at(i));
        });
    }

    #[guide(summed)]
    fn of_summed(x: &[f64], visited: usize) {
        let slope = param!("slope", 0.4);
        plate!("data", x.len(), subsample(visited), |i| {
            sample!("z", Normal::new(slope * x.at(i), 0.9));
        });
    }

    #[model]
    fn by_hand(x: &[f64], visited: usize) {
        plate!("data", x.len(), subsample(visited), |i| {
            let z = sample!("z", Normal::new(0.0, 1.0));
            let (low, high) = (Normal::new(z, 0.7), Normal::new(z + 2.0, 0.7));
            observe!("x", Mixture::new([0.7, 0.3], [low, high]), x.at(i));
        });
    }

    #[guide(by_hand)]
    fn of_by_hand(x: &[f64], visited: usize) {
        let slope = param!("slope", 0.4);
        plate!("data", x.len(), subsample(visited), |i| {
            sample!("z", Normal::new(slope * x.at(i), 0.9));
        });
    }

    #[test]
    fn sites_of_elements_are_summed_out_of_their_own_weights() {
        for visited in [3, 2] {
            let mut one =
                Svi::new(summed(&X, visited), of_summed(&X, visited), Iwae::new(4), Adam::new(0.1)).seed(1);
            let mut other =
                Svi::new(by_hand(&X, visited), of_by_hand(&X, visited), Iwae::new(4), Adam::new(0.1)).seed(1);
            let ((a, by_a), (b, by_b)) = (one.gradient().unwrap(), other.gradient().unwrap());
            close(a.loss, b.loss, 1e-13);
            close(by_a.get("slope").unwrap()[[]], by_b.get("slope").unwrap()[[]], 1e-12);
        }
    }
}

mod evidence {
    use super::*;

    const X: [f64; 4] = [-1.0, 0.4, 2.5, 0.0];

    #[model]
    fn summed(x: &[f64], visited: usize) {
        let (p, step) = (param!("p", 0.3, UnitInterval), param!("step", 2.0));
        plate!("data", x.len(), subsample(visited), |i| {
            let b = sample!("b", Bernoulli::new(p), enumerate);
            observe!("x", Normal::new(step * b.to_real(), 0.7), x.at(i));
        });
    }

    #[guide(summed)]
    fn nothing() {}

    fn loss(p: f64, step: f64) -> f64 {
        let one = |x: f64| {
            let density = |loc: f64| log_normal(x, loc, 0.7).exp();
            -(p * density(step) + (1.0 - p) * density(0.0)).ln()
        };
        X.iter().map(|&x| one(x)).sum()
    }

    #[test]
    fn the_evidence_and_its_gradient_are_exact() {
        let mut svi = Svi::new(summed(&X, 4), nothing(), Evidence::new(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, loss(0.3, 2.0), 1e-13);
        close(gradient.get("step").unwrap()[[]], slope(|s| loss(0.3, s), 2.0), 1e-9);
        close(gradient.get("p").unwrap()[[]] / 0.21, slope(|p| loss(p, 2.0), 0.3), 1e-9);
        assert_eq!(svi.evaluate(3).unwrap().standard_error, 0.0);
    }

    #[test]
    fn rows_that_are_summed_out_alone_may_be_a_part() {
        let mut svi = Svi::new(summed(&X, 1), nothing(), Evidence::new(), Adam::new(0.1)).seed(3);
        let found: Vec<f64> = (0..4_000).map(|_| svi.gradient().unwrap().0.loss).collect();
        estimates("a row", mean_of(&found), loss(0.3, 2.0), 0.05 * loss(0.3, 2.0));
    }

    #[model]
    fn above(x: &[f64], visited: usize) {
        let b = sample!("b", Bernoulli::new(0.3), enumerate);
        plate!("data", x.len(), subsample(visited), |i| {
            observe!("x", Normal::new(b.to_real(), 0.7), x.at(i));
        });
    }

    #[guide(above)]
    fn silent() {}

    #[model]
    fn left() {
        let b = sample!("b", Bernoulli::new(0.3), enumerate);
        let z = sample!("z", Normal::new(b.to_real(), 1.0));
        observe!("x", Normal::new(z, 1.0), 0.3);
    }

    #[guide(left)]
    fn of_left() {
        sample!("z", Normal::new(0.0, 1.0));
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        let error =
            Svi::new(left(), of_left(), Evidence::new(), Adam::new(0.1)).step().unwrap_err().to_string();
        assert!(error.contains("site `z`: has a proposal, and `Evidence` is exact only where"), "{error}");
        let mut svi = Svi::new(above(&X, 2), silent(), Evidence::new(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(
            error.contains("site `b`: is summed out over a subsample of the plates [data] inside of it"),
            "{error}"
        );
        svi.evaluate(1).unwrap();
    }
}
