//! The posterior `hmm_example-hmm_example` of posteriordb (github.com/stan-dev/posteriordb, commit 28f8d3d6,
//! BSD-3-Clause): a hidden Markov model of two states, whose states are summed out, against 10,000 draws of Hamiltonian
//! Monte Carlo.

use ppl::prelude::*;
use serde_json::Value;

const STEPS: u64 = 4_000;

/// The prior means of the states' levels.
const PRIOR: [f64; 2] = [3.0, 10.0];

#[model]
fn states(y: &[f64]) {
    let theta = plate!("state", 2, |_k| sample!("theta", Dirichlet::new([1.0, 1.0])));
    let mu = plate!("state", 2, |k| sample!("mu", Normal::new(PRIOR.at(k), 1.0)));
    let start = sample!("start", Categorical::new([0.5, 0.5]), enumerate);
    observe!("first", Normal::new(mu.at(start).to_real(), 1.0), y[0]);
    let later = &y[1..];
    markov!("time", later.len(), start, |prev, t| {
        let z = sample!("z", Categorical::new(theta.at(prev)), enumerate);
        observe!("y", Normal::new(mu.at(z).to_real(), 1.0), later.at(t));
        z
    });
}

#[guide(states)]
fn independent(_y: &[f64]) {
    plate!("state", 2, |k| {
        sample!("theta", Dirichlet::new(param!("concentration", init::full([2], 5.0), Positive)));
        let loc = param!("loc", 0.0) + PRIOR.at(k);
        sample!("mu", Normal::new(loc, param!("scale", 0.2, Positive)));
    });
}

#[test]
fn means_are_those_of_the_reference() {
    let data: Value = serde_json::from_str(include_str!("data/hmm_example.json")).unwrap();
    let all: Value = serde_json::from_str(include_str!("data/hmm_example-hmm_example.json")).unwrap();
    let y: Vec<f64> = data["y"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let adam = Adam::new(Schedule::cosine(0.03, STEPS));
    let mut svi = Svi::new(states(&y), independent(&y), Elbo::default(), adam).seed(1);
    for _ in 0..STEPS {
        svi.step().unwrap();
    }
    let parameters = svi.parameters();
    let (loc, concentration) = (parameters.get("loc").unwrap(), parameters.get("concentration").unwrap());
    let theta = |k: usize, j: usize| concentration[[k, j]] / (concentration[[k, 0]] + concentration[[k, 1]]);
    let found = [
        ("theta1[1]", theta(0, 0)),
        ("theta2[1]", theta(1, 0)),
        ("mu[1]", PRIOR[0] + loc[[0]]),
        ("mu[2]", PRIOR[1] + loc[[1]]),
    ];
    for (name, mean) in found {
        let of = |what: &str| all["summary"][name][what].as_f64().unwrap();
        let error = (mean - of("mean")) / of("sd");
        assert!(error.abs() < 0.1, "{name}: {mean}, {} reference deviations from {}", error, of("mean"));
    }
}
