//! Simulation-based calibration: uniform ranks of exact engines, and the faults of others by name.

use ppl::prelude::*;
use ppl::results::Draws;
use ppl::{Error, calibrate, log_density, prior_predictive};

const X: [f64; 4] = [0.5, 1.0, -0.4, 2.0];

/// Two coefficients with normal priors; the data are lagged covariates too, which stay.
#[model]
fn regression(x: &[f64], y: &[f64]) {
    let a = sample!("a", Normal::new(0.5, 1.0));
    let b = plate!("slope", 2, |_k| sample!("b", Normal::new(0.0, 0.7)));
    plate!("row", x.len(), |i| {
        let mean = a + b.at(0) * x.at(i) + b.at(1) * (x.at(i) * 3.0).sin();
        observe!("y", Normal::new(mean, 0.5), y.at(i));
    });
}

#[test]
fn exact_guides_of_conjugate_models_are_uniform() {
    // The posterior is normal: a full-rank guide is exact.
    let model = regression(&X, &[0.0; 4]);
    let calibration = fit(&model).guide(auto::FullRank).draws(99).seed(3).calibrate(60).unwrap();
    assert!(calibration.is_uniform(), "{calibration}");
    assert_eq!((calibration.rows().len(), calibration.draws()), (3, 99));
    assert!(calibration.failures().is_empty());
    assert_eq!(calibration.row("b", &[1]).unwrap().ranks.len(), 60);
    assert!(calibration.row("b", &[2]).is_err() && calibration.row("c", &[]).is_err());
    println!("{calibration}");
}

#[test]
fn planted_errors_are_told_by_name() {
    #[model]
    fn counts(n: usize, y: &[usize]) {
        let rate = sample!("rate", Gamma::new(3.0, 2.0));
        plate!("i", n, |i| observe!("y", Poisson::new(rate), y.at(i)));
    }
    #[model]
    fn gamma(shape: f64, rate: f64) {
        sample!("rate", Gamma::new(shape, rate));
    }
    let model = counts(5, &[0; 5]);
    // The exact posterior is Gamma(3 + sum, 7); what is planted changes its draws.
    let found = |change: &dyn Fn(f64, f64) -> f64| {
        calibrate(&model, 300, 7, |simulated| {
            let y = simulated.data().get("y").expect("the data");
            let shape = 3.0 + y.sum();
            let draws = prior_predictive(gamma(shape, 7.0), 60, simulated.seed())?;
            let rate = draws.get("rate").unwrap().mapv(|rate| change(rate, shape / 7.0));
            let mut changed = Draws::new();
            changed.insert("rate", rate).unwrap();
            Ok(changed)
        })
        .unwrap()
    };
    let exact = found(&|rate, _| rate);
    assert!(exact.is_uniform(), "{exact}");
    let faults: [(&dyn Fn(f64, f64) -> f64, &str); 4] = [
        (&|rate, _| rate * 0.85, "draws too low"),
        (&|rate, _| rate * 1.15, "draws too high"),
        (&|rate, mean| mean + 0.6 * (rate - mean), "draws too narrow"),
        (&|rate, mean| mean + 1.6 * (rate - mean), "draws too wide"),
    ];
    for (change, fault) in faults {
        let planted = found(change);
        assert!(!planted.is_uniform() && planted.to_string().contains(fault), "{fault}: {planted}");
    }
}

#[test]
fn what_cannot_be_simulated_is_refused_by_name() {
    #[model]
    fn improper() {
        let mu = sample!("mu", Flat::new());
        observe!("y", Normal::new(mu, 1.0), 0.3);
    }
    #[model]
    fn with_factor() {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        factor!("preference", -mu * mu);
        observe!("y", Normal::new(mu, 1.0), 0.3);
    }
    #[model]
    fn with_parameter() {
        let mu = sample!("mu", Normal::new(param!("m", 0.0), 1.0));
        observe!("y", Normal::new(mu, 1.0), 0.3);
    }
    fn refused<M: ppl::Model<Element = f64>>(model: M) -> String {
        calibrate(&model, 3, 1, |_| unreachable!("there is nothing to fit")).unwrap_err().to_string()
    }
    assert!(refused(improper()).contains("`mu`"), "{}", refused(improper()));
    assert!(refused(with_factor()).contains("`preference` is a `factor!`"), "{}", refused(with_factor()));
    assert!(refused(with_parameter()).contains("the parameter `m`"), "{}", refused(with_parameter()));
}

#[test]
fn failures_are_told_and_not_lost() {
    let model = regression(&X, &[0.0; 4]);
    let mut count = 0;
    let calibration = calibrate(&model, 10, 1, |simulated| {
        count += 1;
        match count % 5 {
            0 => Err(Error::Setup { what: "it has failed".to_owned() }),
            _ => prior_predictive(simulated.model(), 20, simulated.seed()),
        }
    })
    .unwrap();
    assert_eq!(calibration.failures().iter().map(|(k, _)| *k).collect::<Vec<_>>(), [4, 9]);
    assert!(
        calibration.to_string().contains("2 simulations failed, the first of them number 4: it has failed")
    );
    // Where all fail there is nothing to tell but why.
    let error = calibrate(&model, 2, 1, |_| Err(Error::Setup { what: "always".to_owned() })).unwrap_err();
    assert_eq!(error.to_string(), "always");
    let error = calibrate(&model, 2, 1, |simulated| {
        prior_predictive(simulated.model(), if simulated.seed() % 2 == 0 { 5 } else { 6 }, 1)
    });
    assert!(error.unwrap_err().to_string().contains("after"));
}

#[test]
fn data_are_read_in_the_place_of_the_programs_own() {
    let (y, other) = ([0.3, -0.2, 0.8, 1.9], [1.0, 0.5, -0.7, 0.2]);
    let point = Values::new().with("a", 0.4).with("b", [0.2, -0.5]);
    let replaced = regression(&X, &y).with_data(Values::new().with("y", other));
    let expected = log_density(regression(&X, &other), &point).unwrap();
    assert_eq!(log_density(&replaced, &point).unwrap(), expected);
    let wrong =
        |values: Values| log_density(regression(&X, &y).with_data(values), &point).unwrap_err().to_string();
    let shape = wrong(Values::new().with("y", [1.0, 2.0]));
    assert!(shape.contains("`y`") && shape.contains("[4]") && shape.contains("[2]"), "{shape}");
    let name = wrong(Values::new().with("z", other));
    assert!(name.contains("no observed site `z`") && name.contains("`y`"), "{name}");
    // A guide goes with it, and subsamples read the rows that they visit.
    #[model]
    fn rows(y: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("row", y.len(), subsample(2), |i| observe!("y", Normal::new(mu, 1.0), y.at(i)));
    }
    let of = |own: [f64; 4], given: [f64; 4]| {
        let model = rows(&own).with_data(Values::new().with("y", given));
        let mut svi = Svi::new(model, auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.1)).seed(4);
        (0..5).map(|_| svi.step().unwrap().loss).collect::<Vec<f64>>()
    };
    let direct = |own: [f64; 4]| {
        let mut svi =
            Svi::new(rows(&own), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.1)).seed(4);
        (0..5).map(|_| svi.step().unwrap().loss).collect::<Vec<f64>>()
    };
    let same = of(y, other).iter().zip(direct(other)).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(same && of(y, y) != of(y, other));
}
