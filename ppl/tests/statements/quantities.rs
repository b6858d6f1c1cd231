//! Quantities: reported by draws and predictions, at one joint draw of everything.

use ndarray::Axis;
use ppl::prelude::*;
use ppl::support::UnitInterval;

#[model]
fn schools(y: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let constant = deterministic!("constant", 2.5);
    let z = plate!("school", y.len(), |i| {
        let z = sample!("z", Normal::new(mu, 1.0));
        deterministic!("effect", z - mu);
        observe!("y", Normal::new(z * constant / 2.5, 1.0), y.at(i));
        z
    });
    deterministic!("largest", z * 2.0);
    deterministic!("mean", z.sum() / y.len() as f64);
}

#[guide(schools)]
fn of_schools(y: &[f64]) {
    let mu = sample!("mu", Normal::new(param!("loc", 0.3), 0.5));
    deterministic!("double", mu * 2.0);
    plate!("school", y.len(), |_| {
        sample!("z", Normal::new(mu + param!("shift", 0.1), 0.4));
    });
}

const Y: [f64; 3] = [0.2, 1.4, -0.6];

#[test]
fn they_are_those_of_the_draws() {
    let mut svi = Svi::new(schools(&Y), of_schools(&Y), Elbo::default(), Adam::new(0.1)).seed(1);
    for trained in [false, true] {
        if trained {
            svi.step().unwrap();
        }
        let draws = svi.posterior().draws(50).unwrap();
        let names: Vec<&str> = draws.names().collect();
        assert_eq!(names, ["mu", "z", "double", "constant", "effect", "largest", "mean"]);
        let get = |name: &str| draws.get(name).unwrap();
        let (mu, z) = (get("mu"), get("z"));
        assert_eq!(get("constant").shape(), [50]);
        assert!(get("constant").iter().all(|&c| c == 2.5));
        assert_eq!((get("effect").shape(), get("largest").shape()), (&[50, 3][..], &[50, 3][..]));
        for k in 0..50 {
            assert_eq!(get("double")[[k]], 2.0 * mu[[k]]);
            let mut sum = 0.0;
            for i in 0..3 {
                assert_eq!(get("effect")[[k, i]], z[[k, i]] - mu[[k]]);
                assert_eq!(get("largest")[[k, i]], 2.0 * z[[k, i]]);
                sum += z[[k, i]];
            }
            assert!((get("mean")[[k]] - sum / 3.0).abs() < 1e-14);
        }
        // Summaries have them too.
        assert!(draws.summary().row("effect", &[1]).is_ok());
    }
}

#[test]
fn predictions_and_draws_from_the_prior_have_them() {
    let mut svi = Svi::new(schools(&Y), of_schools(&Y), Elbo::default(), Adam::new(0.1)).seed(1);
    let joint = svi.posterior().joint(20).unwrap();
    let names: Vec<&str> = joint.names().collect();
    assert_eq!(names, ["mu", "z", "y", "double", "constant", "effect", "largest", "mean"]);
    let predictive = svi.posterior().predictive(20).unwrap();
    assert_eq!(predictive.get("effect").unwrap(), joint.get("effect").unwrap());
    assert_eq!(svi.posterior().draws(20).unwrap().get("effect"), joint.get("effect"));
    let prior = ppl::prior_predictive(schools(&Y), 10, 3).unwrap();
    let (z, mu, effect) = (prior.get("z").unwrap(), prior.get("mu").unwrap(), prior.get("effect").unwrap());
    assert_eq!(effect, &(z - &mu.clone().insert_axis(Axis(1))));
    // A dream is data, and has none.
    let dream = svi.dream().unwrap();
    assert_eq!(dream.names().collect::<Vec<_>>(), ["mu", "z", "y"]);
    svi.sleep_step(&dream, of_schools(&Y)).unwrap();
}

/// Of sites that are summed out, in a plate and outside.
#[model]
fn mixture(x: &[f64], means: &[f64]) {
    let k = sample!("k", Bernoulli::new(0.4), enumerate);
    deterministic!("k_is", k);
    plate!("data", x.len(), |i| {
        let z = sample!("z", Categorical::new([0.2, 0.3, 0.5]), enumerate);
        let mean = deterministic!("mean", Real::from(0.0) + means.at(z) + k.to_real());
        deterministic!("both", z.to_real() * 10.0 + k.to_real());
        observe!("x", Normal::new(mean, 1.0), x.at(i));
    });
}

#[guide(mixture)]
fn nothing(_x: &[f64], _means: &[f64]) {}

#[test]
fn what_is_summed_out_is_drawn_jointly_from_its_posterior() {
    let (x, means) = ([-1.0, 0.4, 2.5], [-1.0, 0.5, 2.0]);
    let mut svi = Svi::new(mixture(&x, &means), nothing(&x, &means), Elbo::default(), Adam::new(0.1)).seed(2);
    let n = 3_000;
    let draws = svi.posterior().draws(n).unwrap();
    let assignments = svi.posterior().assignments(n).unwrap();
    let (k, z) = (assignments.get("k").unwrap(), assignments.get("z").unwrap());
    assert_eq!(draws.get("k_is").unwrap(), k);
    let (mean, both) = (draws.get("mean").unwrap(), draws.get("both").unwrap());
    assert_eq!(mean.shape(), [n, 3]);
    for d in 0..n {
        for i in 0..3 {
            assert_eq!(both[[d, i]], 10.0 * z[[d, i]] + k[[d]]);
            assert_eq!(mean[[d, i]], means[z[[d, i]] as usize] + k[[d]]);
        }
    }
    // These are draws from the posterior, not from the prior.
    let marginals = svi.posterior().marginals(1).unwrap();
    for i in 0..3 {
        let p = marginals.get("z").unwrap()[[i, 2]];
        let found = (0..n).filter(|&d| both[[d, i]] >= 20.0).count() as f64 / n as f64;
        assert!((found - p).abs() < 5.0 * (p * (1.0 - p) / n as f64).sqrt() + 1e-9, "{i}: {found}, {p}");
    }
}

#[model]
fn chain(y: &[f64], rows: &ndarray::Array2<f64>, of_previous: bool) {
    markov!("time", y.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(rows.at(prev)), enumerate);
        deterministic!("state", z.to_real() * 3.0);
        if of_previous {
            deterministic!("before", prev.to_real());
        }
        observe!("y", Normal::new(z.to_real() * 2.0, 1.0), y.at(t));
        z
    });
}

#[guide(chain)]
fn of_chain(_y: &[f64], _rows: &ndarray::Array2<f64>, _of_previous: bool) {}

#[test]
fn a_chain_reports_the_states_of_one_path() {
    let (y, rows) = ([0.1, 1.8, 2.2, -0.3], ndarray::arr2(&[[0.7, 0.3], [0.4, 0.6]]));
    let session = |of_previous| {
        let (model, guide) = (chain(&y, &rows, of_previous), of_chain(&y, &rows, of_previous));
        Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(2)
    };
    let mut svi = session(false);
    let draws = svi.posterior().draws(300).unwrap();
    let paths = svi.posterior().assignments(300).unwrap();
    assert_eq!(draws.get("state").unwrap(), &(paths.get("z").unwrap() * 3.0));
    let error = session(true).posterior().draws(3).unwrap_err().to_string();
    assert!(error.contains("`before`") && error.contains("as the state before a step is"), "{error}");
}

#[model]
fn branches() {
    let far = sample!("far", Bernoulli::new(0.4), concrete);
    if far {
        deterministic!("only_far", 1.0);
    }
    deterministic!("always", if far { 2.0 } else { 3.0 });
}

#[guide(branches)]
fn of_branches() {
    sample!("far", Bernoulli::new(param!("q", 0.5, UnitInterval)), concrete);
}

#[test]
fn what_a_branch_lacks_is_nan() {
    let mut svi = Svi::new(branches(), of_branches(), Elbo::default(), Adam::new(0.1)).seed(2);
    let draws = svi.posterior().draws(40).unwrap();
    let get = |name: &str| draws.get(name).unwrap();
    let mut met = [0; 2];
    for k in 0..40 {
        let far = get("far")[[k]] == 1.0;
        met[usize::from(far)] += 1;
        assert_eq!(get("only_far")[[k]].is_nan(), !far);
        assert_eq!(get("always")[[k]], if far { 2.0 } else { 3.0 });
    }
    assert!(met[0] > 5 && met[1] > 5, "{met:?}");
}

#[test]
fn steps_are_as_without_them() {
    #[model]
    fn plain(y: &[f64]) {
        let mu = sample!("mu", Normal::new(0.0, 5.0));
        plate!("school", y.len(), |i| {
            let z = sample!("z", Normal::new(mu, 1.0));
            observe!("y", Normal::new(z * 2.5 / 2.5, 1.0), y.at(i));
        });
    }

    #[guide(plain)]
    fn of_plain(y: &[f64]) {
        let mu = sample!("mu", Normal::new(param!("loc", 0.3), 0.5));
        plate!("school", y.len(), |_| {
            sample!("z", Normal::new(mu + param!("shift", 0.1), 0.4));
        });
    }

    let mut with = Svi::new(schools(&Y), of_schools(&Y), Elbo::default(), Adam::new(0.1)).seed(1);
    let mut without = Svi::new(plain(&Y), of_plain(&Y), Elbo::default(), Adam::new(0.1)).seed(1);
    for _ in 0..5 {
        assert_eq!(with.step().unwrap().loss, without.step().unwrap().loss);
    }
}

#[test]
fn one_name_is_one_quantity() {
    #[model]
    fn twice() {
        for _ in 0..2 {
            deterministic!("w"[0], 1.0);
        }
    }
    let error = ppl::prior_predictive(twice(), 2, 0).unwrap_err().to_string();
    assert!(error.contains("`w[0]`") && error.contains("stated twice"), "{error}");
}
