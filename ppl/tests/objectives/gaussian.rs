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
