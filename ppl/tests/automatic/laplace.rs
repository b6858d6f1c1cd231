//! `auto::Laplace`: the normal distribution at the mode, without a step.

use ppl::prelude::*;

#[test]
fn it_has_the_mode_and_the_curvature() {
    /// Three rates with conjugate priors: of their logarithms the modes and the curvatures are known.
    #[model]
    fn rates(counts: &[u64]) {
        plate!("shop", counts.len(), |i| {
            let rate = sample!("rate", Gamma::new(2.0, 0.01));
            observe!("count", Poisson::new(rate), counts.at(i));
        });
    }
    let counts = [40, 3, 900];
    let mut fitted = fit(rates(&counts)).guide(auto::Laplace).seed(1).run().unwrap();
    let (loc, tril) = {
        let parameters = fitted.posterior().draws(40_000).unwrap();
        let logs = parameters.get("rate").unwrap().mapv(f64::ln);
        (logs.mean_axis(ndarray::Axis(0)).unwrap(), logs.std_axis(ndarray::Axis(0), 1.0))
    };
    for (k, &count) in counts.iter().enumerate() {
        let (shape, rate) = (2.0 + count as f64, 1.01);
        let sd = shape.sqrt().recip();
        assert!((loc[[k]] - (shape / rate).ln()).abs() < 0.03 * sd, "{k}: {}", loc[[k]]);
        assert!((tril[[k]] / sd - 1.0).abs() < 0.02, "{k}: {} and {sd}", tril[[k]]);
    }
    assert!(fitted.summary().to_string().contains("at the mode: loss"), "{}", fitted.summary());
    assert!(fitted.outcome().converged && fitted.outcome().steps == 0);
    // Weights correct it where it is not normal: the second rate has Gamma(5, 1.01).
    let row = fitted.summary().row("rate", &[1]).unwrap().clone();
    assert!(
        (row.mean - 5.0 / 1.01).abs() < 0.1 && (row.deviation - 5f64.sqrt() / 1.01).abs() < 0.1,
        "{row:?}"
    );
}

#[test]
fn without_a_mode_it_is_an_error_and_no_fit() {
    #[model]
    fn flat() {
        let a = sample!("a", Flat::new());
        let b = sample!("b", Flat::new());
        observe!("y", Normal::new(a + b, 1.0), 0.3);
    }
    let error =
        fit(flat()).guide(auto::Laplace).seed(1).run().err().map(|e| e.to_string()).unwrap_or_default();
    assert!(!error.is_empty(), "a ridge has no curvature along it");
    println!("{error}");
}
