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
