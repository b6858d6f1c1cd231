//! `noncentered`: what an automatic guide proposes is the standard member of a site's family, and nothing else changes.

use crate::density::{SIGMA, Y, eight_schools};
use ppl::prelude::*;
use ppl::{Handlers, LogDensity, Model, Values, auto, fit, log_density, prior_predictive};

/// `eight_schools` not centred, by hand.
#[model]
fn schools_by_hand() {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", Y.len(), |i| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu + tau * eta, SIGMA.at(i)), Y.at(i));
    });
}

/// Asserts that two densities of one vector are the same, with their gradients, at three points of different scale.
fn assert_same<A: Model<Element = f64>, B: Model<Element = f64>>(one: A, other: B) {
    let (mut one, mut other) = (LogDensity::new(one).unwrap(), LogDensity::new(other).unwrap());
    let n = one.dim();
    assert_eq!(n, other.dim());
    for scale in [0.03, 0.4, 1.3] {
        let x: Vec<f64> = (0..n).map(|k| scale * ((k as f64 * 2.3 + 0.7).sin() + 0.2)).collect();
        let (mut by_one, mut by_other) = (vec![0.0; n], vec![0.0; n]);
        let found = one.log_density_and_gradient(&x, &mut by_one).unwrap();
        let expected = other.log_density_and_gradient(&x, &mut by_other).unwrap();
        assert!((found - expected).abs() < 1e-11 * (1.0 + expected.abs()), "{found} and {expected}");
        for (name, (found, expected)) in one.names().iter().zip(by_one.iter().zip(&by_other)) {
            assert!(
                (found - expected).abs() < 1e-10 * (1.0 + expected.abs()),
                "{name}: {found} and {expected}"
            );
        }
    }
}

#[test]
fn the_vector_is_that_of_the_program_written_so() {
    assert_same(eight_schools().noncentered(["theta"]), schools_by_hand());
    // The checker sees a difference.
    let centred = std::panic::catch_unwind(|| assert_same(eight_schools(), schools_by_hand()));
    assert!(centred.is_err());
}

/// A model of one family centred, and one in which a value of its standard member is shifted and stretched.
macro_rules! assert_family {
    ($($name:literal: |$loc:ident, $scale:ident| $centred:expr, $standard:expr, |$x:ident| $image:expr;)*) => {$({
        #[model]
        fn centred() {
            let $loc = sample!("loc", Normal::new(0.3, 1.2));
            let $scale = sample!("scale", LogNormal::new(0.1, 0.7));
            let _ = $loc;
            let z = sample!("z", $centred);
            observe!("y", Normal::new(z, 0.8), 1.1);
        }
        #[model]
        fn by_hand() {
            let $loc = sample!("loc", Normal::new(0.3, 1.2));
            let $scale = sample!("scale", LogNormal::new(0.1, 0.7));
            let _ = ($loc, $scale);
            let $x = sample!("z", $standard);
            observe!("y", Normal::new($image, 0.8), 1.1);
        }
        println!($name);
        assert_same(centred().noncentered(["z"]), by_hand());
    })*};
}

#[test]
fn every_family_of_a_location_a_scale_or_a_rate_has_its_standard_member() {
    assert_family! {
        "Normal": |loc, scale| Normal::new(loc, scale), Normal::new(0.0, 1.0), |x| loc + scale * x;
        "Cauchy": |loc, scale| Cauchy::new(loc, scale), Cauchy::new(0.0, 1.0), |x| loc + scale * x;
        "Gumbel": |loc, scale| Gumbel::new(loc, scale), Gumbel::new(0.0, 1.0), |x| loc + scale * x;
        "Laplace": |loc, scale| Laplace::new(loc, scale), Laplace::new(0.0, 1.0), |x| loc + scale * x;
        "Logistic": |loc, scale| Logistic::new(loc, scale), Logistic::new(0.0, 1.0), |x| loc + scale * x;
        "StudentT": |loc, scale| StudentT::new(4.0, loc, scale), StudentT::new(4.0, 0.0, 1.0), |x| loc + scale * x;
        "LogNormal": |loc, scale| LogNormal::new(loc, scale), Normal::new(0.0, 1.0), |x| (loc + scale * x).exp();
        "HalfNormal": |loc, scale| HalfNormal::new(scale), HalfNormal::new(1.0), |x| scale * x;
        "HalfCauchy": |loc, scale| HalfCauchy::new(scale), HalfCauchy::new(1.0), |x| scale * x;
        "HalfStudentT": |loc, scale| HalfStudentT::new(3.0, scale), HalfStudentT::new(3.0, 1.0), |x| scale * x;
        "InverseGamma": |loc, scale| InverseGamma::new(2.5, scale), InverseGamma::new(2.5, 1.0), |x| scale * x;
        "Weibull": |loc, scale| Weibull::new(scale, 1.7), Weibull::new(1.0, 1.7), |x| scale * x;
        "Exponential": |loc, scale| Exponential::new(scale), Exponential::new(1.0), |x| x / scale;
        "Gamma": |loc, scale| Gamma::new(2.5, scale), Gamma::new(2.5, 1.0), |x| x / scale;
    }
}

#[test]
fn values_are_on_their_own_scale() {
    let model = eight_schools().noncentered(["theta"]);
    let mut density = LogDensity::new(&model).unwrap();
    let x: Vec<f64> = (0..density.dim()).map(|k| 0.3 * k as f64 - 0.8).collect();
    let draws = density.constrain([&x[..]]).unwrap();
    let theta: Vec<f64> = draws.get("theta").unwrap().iter().copied().collect();
    let (mu, tau) = (x[0], x[1].exp());
    for (theta, eta) in theta.iter().zip(&x[2..]) {
        assert!((theta - (mu + tau * eta)).abs() < 1e-12);
    }
    let values = Values::new().with("mu", mu).with("tau", tau).with("theta", &theta[..]);
    let back = density.unconstrain(&values).unwrap();
    assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-10), "{back:?} and {x:?}");
    // The density of values is that of the model.
    assert_eq!(log_density(&model, &values).unwrap(), log_density(eight_schools(), &values).unwrap());
}

#[test]
fn steps_of_mean_field_are_those_of_the_program_written_so() {
    // Divergences are closed in both. The streams of a site come from its name, so that the noise would be another one: a loss without noise
    // is compared, after steps whose gradients are expectations over many particles.
    let mut one = Svi::new(
        eight_schools().noncentered(["theta"]),
        auto::guide(auto::MeanField),
        Elbo::default().particles(64),
        Adam::new(0.02),
    )
    .seed(3);
    let mut other = Svi::new(
        schools_by_hand(),
        auto::guide(auto::MeanField),
        Elbo::default().particles(64),
        Adam::new(0.02),
    )
    .seed(3);
    for _ in 0..600 {
        one.step().unwrap();
        other.step().unwrap();
    }
    let [one, other] = [one.evaluate(400).unwrap(), other.evaluate(400).unwrap()];
    let error = one.standard_error.hypot(other.standard_error);
    assert!((one.loss - other.loss).abs() < 5.0 * error + 0.03, "{} and {}", one.loss, other.loss);
    assert!(error < 0.03, "{error}");
}

#[test]
fn a_fit_names_the_site_as_the_model_does() {
    let fitted = fit(eight_schools().noncentered(["theta"])).guide(auto::FullRank).seed(1).run().unwrap();
    let summary = fitted.summary();
    // The reference posterior of `eight_schools_noncentered`: theta[1] has mean 6.2 and deviation 5.5.
    let theta = summary.row("theta", &[0]).unwrap();
    assert!((theta.mean - 6.2).abs() < 1.0 && (theta.deviation - 5.5).abs() < 1.2, "{theta:?}");
}

#[test]
fn what_has_no_standard_member_is_named() {
    #[model]
    fn coin() {
        let p = sample!("p", Beta::new(2.0, 2.0));
        let k = sample!("k", Categorical::new([0.5, 0.5]), enumerate);
        observe!("y", Bernoulli::new(p * [0.3, 0.8].at(k)), true);
    }
    let refused = |site: &str| LogDensity::new(coin().noncentered([site])).err().unwrap().to_string();
    let end = "cannot be `noncentered`: its distribution has neither a location, nor a scale, nor a rate";
    assert!(refused("p").contains("`p`") && refused("p").contains(end), "{}", refused("p"));
    assert!(refused("k").contains("`k`") && refused("k").contains(end), "{}", refused("k"));
    assert!(refused("q").contains("no latent site `q` in the model"), "{}", refused("q"));
}

#[test]
fn a_guide_written_by_hand_is_told() {
    #[guide(eight_schools)]
    fn hand() {
        sample!("mu", Normal::new(param!("m", 0.0), 1.0));
        sample!("tau", LogNormal::new(param!("t", 0.0), 1.0));
        plate!("school", Y.len(), |_i| sample!("theta", Normal::new(param!("th", 0.0), 1.0)));
    }
    let mut svi =
        Svi::new(eight_schools().noncentered(["theta"]), hand(), Elbo::default(), Adam::new(0.01)).seed(1);
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("`theta`") && error.contains("written guide"), "{error}");
    // Simulations have no guide.
    assert!(prior_predictive(eight_schools().noncentered(["theta"]), 10, 1).is_ok());
}
