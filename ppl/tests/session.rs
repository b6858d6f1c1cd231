//! Sessions: parts of the loss, parameters by name, draws, and densities at their parameters.

use ndarray::Axis;
use ppl::prelude::*;
use ppl::{Error, log_density, prior_predictive};

#[model]
fn eight_schools(effects: &[f64], errors: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", effects.len(), |j| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        observe!("effect", Normal::new(mu + tau * eta, errors.at(j)), effects.at(j));
    });
}

const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const ERRORS: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

#[test]
fn eight_schools_has_its_known_density() -> Result<(), Error> {
    let eta: Vec<f64> = (0..8).map(|j| 0.1 * f64::from(j)).collect();
    let at = Values::new().with("mu", 1.0).with("tau", 2.0).with("eta", eta);
    let found = log_density(eight_schools(&EFFECTS, &ERRORS), &at)?;
    assert!((found - -43.582_487_473).abs() < 1e-9, "{found}");
    Ok(())
}

#[model]
fn normal_normal(x: &[f64], m: usize) {
    plate!("row", x.len(), subsample(m), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(normal_normal)]
fn normal_guide(x: &[f64], m: usize) {
    plate!("row", x.len(), subsample(m), |_i| {
        sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
    });
}

#[test]
fn parts_are_the_closed_forms() -> Result<(), Error> {
    // KL(N(m, s) || N(0, 1)) = (m^2 + s^2 - 1) / 2 - ln s;  E log N(x; z, 1) = -ln(2 pi) / 2 - ((x - m)^2 + s^2) / 2.
    let (x, m, s) = ([-0.5, 2.0], [0.3, -0.7], [0.8, 1.4]);
    let kl: f64 = (0..2).map(|i| 0.5 * (m[i] * m[i] + s[i] * s[i] - 1.0) - f64::ln(s[i])).sum();
    let log_2_pi = (2.0 * std::f64::consts::PI).ln();
    let likelihood: f64 = (0..2).map(|i| -0.5 * (log_2_pi + f64::powi(x[i] - m[i], 2) + s[i] * s[i])).sum();
    let n = 100_000;
    for closed in [true, false] {
        let elbo = Elbo::default().particles(n).closed_kl(closed);
        let mut svi = Svi::new(normal_normal(&x, 2), normal_guide(&x, 2), elbo, Adam::new(0.01)).seed(2);
        svi.set_parameter("loc", m)?;
        svi.set_parameter("scale", s)?;
        let step = svi.step()?;
        // The deviations of one particle's terms are below 6.
        let error = 5.0 * 6.0 / (n as f64).sqrt();
        let kl_error = if closed { 1e-12 } else { error };
        assert!((step.kl - kl).abs() < kl_error, "{} is not {kl}", step.kl);
        assert!(
            (step.log_likelihood - likelihood).abs() < error,
            "{} is not {likelihood}",
            step.log_likelihood
        );
        assert!((step.loss - (step.kl - step.log_likelihood)).abs() < 1e-12);
        let parts = svi.parts();
        let part = |name: &str| parts.iter().find(|p| p.site == name).unwrap().clone();
        assert_eq!(parts.len(), 2);
        assert!(part("x").observed && !part("z").observed);
        assert!(
            (part("z").loss - step.kl).abs() < 1e-9 && (part("x").loss + step.log_likelihood).abs() < 1e-9
        );
    }
    Ok(())
}

#[test]
fn an_evaluation_visits_subsampled_plates_whole_and_changes_nothing() -> Result<(), Error> {
    let x: Vec<f64> = (0..30).map(|k| 0.1 * f64::from(k)).collect();
    let elbo = || Elbo::default().particles(4);
    let mut part = Svi::new(normal_normal(&x, 3), normal_guide(&x, 3), elbo(), Adam::new(0.05)).seed(1);
    let mut whole = Svi::new(normal_normal(&x, 30), normal_guide(&x, 30), elbo(), Adam::new(0.05)).seed(1);
    part.step()?;
    let before = part.parameters();
    let evaluation = part.evaluate(50)?;
    assert_eq!(part.parameters(), before);
    whole.set_parameter("loc", before.get("loc")?)?;
    whole.set_parameter("scale", before.get("scale")?)?;
    let other = whole.evaluate(50)?;
    assert!((evaluation.loss - other.loss).abs() < 1e-9, "{evaluation:?} {other:?}");
    assert!(evaluation.standard_error > 0.0);
    let error = part.evaluate(0).unwrap_err().to_string();
    assert_eq!(error, "expected at least one draw, got 0");
    Ok(())
}

#[test]
fn parameters_are_set_and_read_by_name() -> Result<(), Error> {
    let x = [0.1, 0.2, 0.3];
    let mut svi = Svi::new(normal_normal(&x, 3), normal_guide(&x, 3), Elbo::default(), Adam::new(0.01));
    svi.set_parameter("scale", [0.5, 1.0, 2.0])?;
    let parameters = svi.parameters();
    assert!(parameters.get("scale")?.iter().zip([0.5, 1.0, 2.0]).all(|(a, b)| f64::abs(a - b) < 1e-15));
    let unknown = parameters.get("scal").unwrap_err().to_string();
    assert_eq!(unknown, "no parameter `scal` in this session; did you mean `scale`?");
    let unknown = svi.set_parameter("lok", 1.0).unwrap_err().to_string();
    assert_eq!(unknown, "no parameter `lok` in this session; did you mean `loc`?");
    let shape = svi.set_parameter("loc", 1.0).unwrap_err().to_string();
    assert_eq!(shape, "parameter `loc`: expected a value of shape [3] (first row), got []");
    let outside = svi.set_parameter("scale", [1.0, -2.0, 3.0]).unwrap_err().to_string();
    assert!(outside.starts_with("parameter `scale`: is set outside Positive at row 1: "), "{outside}");
    assert_eq!(svi.parameters(), parameters);
    Ok(())
}

#[test]
fn a_simplex_round_trips() -> Result<(), Error> {
    #[model]
    fn weights() {
        let w = param!("w", init::uniform_simplex(3), Simplex);
        observe!("k", Categorical::new(w), 1);
    }
    #[guide(weights)]
    fn nothing() {}
    let mut svi = Svi::new(weights(), nothing(), Elbo::default(), Adam::new(0.1));
    svi.set_parameter("w", [0.2, 0.5, 0.3])?;
    assert!((svi.evaluate(1)?.loss + 0.5_f64.ln()).abs() < 1e-12);
    let error = svi.set_parameter("w", [0.2, 0.5, 0.4]).unwrap_err().to_string();
    assert!(error.starts_with("parameter `w`: is set outside Simplex: "), "{error}");
    Ok(())
}

#[test]
fn predictive_draws_come_from_the_latent_ones() -> Result<(), Error> {
    let x = [5.0, -5.0];
    let mut svi =
        Svi::new(normal_normal(&x, 2), normal_guide(&x, 2), Elbo::default(), Adam::new(0.01)).seed(1);
    svi.set_parameter("loc", [3.0, -2.0])?;
    svi.set_parameter("scale", [0.5, 0.1])?;
    // More than one chunk.
    let n = 2_500;
    let joint = svi.posterior().joint(n)?;
    assert_eq!(joint.names().collect::<Vec<_>>(), ["z", "x"]);
    assert_eq!(joint.get("z").unwrap(), svi.posterior().draws(n)?.get("z").unwrap());
    assert_eq!(joint.get("x").unwrap(), svi.posterior().predictive(n)?.get("x").unwrap());
    let residuals = joint.get("x").unwrap() - joint.get("z").unwrap();
    for (k, (loc, scale)) in [(3.0, 0.5), (-2.0, 0.1_f64)].into_iter().enumerate() {
        let column = |a: &ndarray::ArrayD<f64>| a.index_axis(Axis(1), k).to_owned();
        let (z, r) = (column(joint.get("z").unwrap()), column(&residuals));
        let root = (n as f64).sqrt();
        assert!((z.mean().unwrap() - loc).abs() < 5.0 * scale / root);
        assert!((z.std(0.0) / scale - 1.0).abs() < 5.0 / (2.0 * n as f64).sqrt());
        assert!(
            r.mean().unwrap().abs() < 5.0 / root && (r.std(0.0) - 1.0).abs() < 5.0 / (2.0 * n as f64).sqrt()
        );
    }
    Ok(())
}

#[test]
fn other_data_and_other_models_are_predicted_from_the_same_parameters() -> Result<(), Error> {
    let (x, other) = ([5.0, -5.0], vec![0.0, 0.0]);
    let mut svi =
        Svi::new(normal_normal(&x, 2), normal_guide(&x, 2), Elbo::default(), Adam::new(0.01)).seed(1);
    svi.step()?;
    let here = svi.posterior().predictive(20)?;
    // What is predicted does not depend on the data that it stands for.
    assert_eq!(svi.posterior().predictive_on(normal_normal(&other, 2), 20)?, here);
    assert_eq!(svi.posterior_on(&normal_normal(&other, 2), &normal_guide(&other, 2)).predictive(20)?, here);
    let doubled = svi.posterior().predictive_on(precise(2), 20)?;
    let z = svi.posterior().draws(20)?;
    let apart = (doubled.get("y").unwrap() - z.get("z").unwrap()).mapv(f64::abs);
    assert!(apart.iter().all(|&a| a < 1e-5));
    let wrong = svi.posterior().predictive_on(precise(3), 20).unwrap_err().to_string();
    assert!(wrong.contains("plate `row`") && wrong.contains("had 2 elements"), "{wrong}");
    let unknown = svi.posterior().predictive_on(unrelated(), 5).unwrap_err().to_string();
    assert_eq!(unknown, "the guide does not propose the latent site `w`");
    assert_eq!(svi.posterior().predictive_on(unrelated().block(["w"]), 5)?.names().count(), 1);
    Ok(())
}

#[model]
fn unrelated() {
    let w = sample!("w", Normal::new(0.0, 1.0));
    observe!("y", Normal::new(w, 1.0), 0.0);
}

#[model]
fn precise(n: usize) {
    plate!("row", n, |_i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(z, 1e-6), 0.0);
    });
}

#[test]
fn prior_draws_are_of_latents_and_data() -> Result<(), Error> {
    let n = 20_000;
    let draws = prior_predictive(normal_normal(&[0.0, 0.0], 1), n, 3)?;
    assert_eq!(draws.get("z").unwrap().shape(), [n, 2]);
    let x = draws.get("x").unwrap();
    // The marginal is Normal(0, sqrt 2).
    assert!((x.var(0.0) - 2.0).abs() < 5.0 * 2.0 / (n as f64).sqrt());
    assert_ne!(draws, prior_predictive(normal_normal(&[0.0, 0.0], 1), n, 4)?);
    Ok(())
}

#[test]
fn a_session_evaluates_densities_at_its_parameters() -> Result<(), Error> {
    #[model]
    fn located(x: f64) {
        let z = sample!("z", Normal::new(param!("m", 0.0), 1.0));
        observe!("x", Normal::new(z, 1.0), x);
    }
    #[guide(located)]
    fn q() {
        sample!("z", Normal::new(0.0, 1.0));
    }
    let mut svi = Svi::new(located(1.0), q(), Elbo::default(), Adam::new(0.01));
    svi.set_parameter("m", 2.0)?;
    let at = Values::new().with("z", 0.5);
    let expected = -(2.0 * std::f64::consts::PI).ln() - 0.5 * (1.5 * 1.5 + 0.25);
    assert!((svi.posterior().log_joint(&at)? - expected).abs() < 1e-12);
    let at_first = log_density(located(1.0), &at)?;
    assert!((at_first - (expected + 0.5 * (1.5 * 1.5 - 0.25))).abs() < 1e-12);
    Ok(())
}

#[test]
fn steps_are_of_the_constants_that_a_program_has_now() -> Result<(), Error> {
    use std::cell::Cell;
    #[model]
    fn moving(factor: &Cell<f64>, shift: &Cell<f64>, spread: &Cell<f64>, x: &Cell<f64>) {
        let a = param!("a", 0.3);
        observe!("x", Normal::new(factor.get() * a + shift.get(), spread.get()), x.get());
    }
    #[guide(moving)]
    fn nothing() {}
    let cells = [1.5, -0.5, 2.0, 0.7].map(Cell::new);
    let [factor, shift, spread, x] = &cells;
    let mut svi = Svi::new(moving(factor, shift, spread, x), nothing(), Elbo::default(), Adam::new(0.1));
    for cell in cells.iter().chain(&cells) {
        for _ in 0..4 {
            let a = svi.parameters().get("a").map_or(0.3, |a| a[[]]);
            let z = (x.get() - factor.get() * a - shift.get()) / spread.get();
            let expected = 0.5 * z * z + spread.get().ln() + 0.5 * (2.0 * std::f64::consts::PI).ln();
            let loss = svi.step()?.loss;
            assert!((loss - expected).abs() < 1e-12, "{loss} is not {expected}");
        }
        cell.set(cell.get() + 0.75);
    }
    Ok(())
}

#[test]
fn steps_and_evaluations_have_draws_of_their_own() -> Result<(), Error> {
    let x = [0.5, -1.0];
    let session = || Svi::new(normal_normal(&x, 2), normal_guide(&x, 2), Elbo::default(), Adam::new(0.01));
    let step = session().seed(1).step()?.loss;
    assert_eq!(step, session().seed(1).step()?.loss);
    assert_ne!(step, session().seed(1).evaluate(1)?.loss);
    Ok(())
}
