use super::*;
use ndarray::{Array2, ArrayD, arr2};
use ppl::support::UnitInterval;

const Y: [f64; 3] = [0.4, 1.7, -0.3];

#[model]
fn conjugate(y: &[f64]) {
    let mu = sample!("mu", Normal::new(0.5, 2.0));
    plate!("data", y.len(), |i| observe!("y", Normal::new(mu, 0.8), y.at(i)));
}

#[guide(conjugate)]
fn posterior(_y: &[f64], at: (f64, f64)) {
    sample!("mu", Normal::new(param!("loc", at.0), param!("scale", at.1, Positive)));
}

/// The location and the scale of the posterior, and the log-evidence by the chain rule over the data.
fn by_hand() -> (f64, f64, f64) {
    let (mut loc, mut variance, mut evidence) = (0.5, 4.0, 0.0);
    for y in Y {
        evidence += normal(y, loc, (variance + 0.64_f64).sqrt());
        let gain = variance / (variance + 0.64);
        loc += gain * (y - loc);
        variance *= 1.0 - gain;
    }
    (loc, variance.sqrt(), evidence)
}

#[test]
fn every_weight_of_the_exact_posterior_is_the_evidence() {
    let (loc, scale, evidence) = by_hand();
    let n = 70;
    for particles in [1, 5] {
        let elbo = Elbo::default().particles(particles);
        let mut svi = Svi::new(conjugate(&Y), posterior(&Y, (loc, scale)), elbo, Adam::new(0.1)).seed(3);
        let found = svi.posterior().log_densities(n).unwrap();
        let draws = svi.posterior().draws(n).unwrap();
        let mu = draws.get("mu").unwrap();
        assert_eq!((found.log_guide().len(), found.log_joint().len()), (n, n));
        for k in 0..n {
            close(found.log_weights()[k], evidence, 1e-10);
            // Number `k` is of draw `k`, behind the first group of draws too.
            close(found.log_guide()[k], normal(mu[[k]], loc, scale), 1e-10);
        }
        close(found.log_evidence(), evidence, 1e-10);
    }
}

#[test]
fn the_weights_of_another_guide_differ() {
    let (loc, scale, evidence) = by_hand();
    let guide = posterior(&Y, (loc + 0.1, 1.05 * scale));
    let mut svi = Svi::new(conjugate(&Y), guide, Elbo::default(), Adam::new(0.1)).seed(3);
    let n = 20_000;
    let found = svi.posterior().log_densities(n).unwrap();
    let weights = found.log_weights();
    assert!(weights.iter().filter(|w| (**w - evidence).abs() > 1e-3).count() > n * 9 / 10);
    // Their mean is the evidence still.
    close(found.log_evidence(), evidence, 0.01);
    // And the mean of the logarithms is the bound.
    let loss = svi.evaluate(20_000).unwrap();
    assert!((weights.mean().unwrap() + loss.loss).abs() < 0.01);
}

#[test]
fn later_steps_and_draws_are_as_without() {
    let session = || {
        let (model, guide) = (conjugate(&Y), posterior(&Y, (0.2, 0.7)));
        Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(3)
    };
    let (mut with, mut without) = (session(), session());
    for _ in 0..3 {
        with.posterior().log_densities(5).unwrap();
        assert_eq!(with.step().unwrap(), without.step().unwrap());
        assert_eq!(with.posterior().draws(7).unwrap(), without.posterior().draws(7).unwrap());
    }
    let error = with.posterior().log_densities(0).unwrap_err().to_string();
    assert!(error.contains("at least one draw"), "{error}");
    assert_eq!(with.step().unwrap(), without.step().unwrap());
}

/// What each statement of the language is to the densities: of the options only the mask leaves anything out.
#[model]
fn all_statements(y: &[f64], keep: &[bool], batch: usize) {
    let mu = sample!("mu", Normal::new(0.0, 1.5), weight(0.3));
    let u = noise!("u", Normal::new(0.0, 1.0), evaluation(0.25));
    factor!("tilt", 0.4 * mu);
    penalty!("l2", 100.0 * mu * mu);
    deterministic!("double", 2.0 * mu);
    plate!("row", y.len(), subsample(batch), |i| {
        let z = sample!("z", Normal::new(mu, 1.0), mask(keep.at(i)));
        observe!("y", Normal::new(z + u, 0.5), y.at(i), weight(2.0), mask(keep.at(i)));
        factor!("of_row", -0.1 * z);
    });
}

#[guide(all_statements)]
fn of_all(y: &[f64], keep: &[bool], batch: usize) {
    let mu = sample!("mu", Normal::new(param!("loc", 0.3), 0.4), Score::new());
    plate!("row", y.len(), subsample(batch), |i| {
        sample!("z", Normal::new(mu + 0.2, 0.6), mask(keep.at(i)));
    });
}

#[test]
fn they_are_whole_and_of_every_statement_that_has_a_density() {
    let y = [0.3, -0.8, 1.9, 0.0, 2.2];
    let keep = [true, false, true, true, false];
    let elbo = || Elbo::default().kl_weight(0.1);
    let mut svi =
        Svi::new(all_statements(&y, &keep, 2), of_all(&y, &keep, 2), elbo(), Adam::new(0.1)).seed(4);
    let n = 40;
    let found = svi.posterior().log_densities(n).unwrap();
    let draws = svi.posterior().draws(n).unwrap();
    let (mu, z) = (draws.get("mu").unwrap(), draws.get("z").unwrap());
    for k in 0..n {
        let mu = mu[[k]];
        let mut log_q = normal(mu, 0.3, 0.4);
        let mut log_p = normal(mu, 0.0, 1.5) + 0.4 * mu;
        for i in 0..y.len() {
            let z = z[[k, i]];
            log_p -= 0.1 * z;
            if keep[i] {
                log_q += normal(z, mu + 0.2, 0.6);
                log_p += normal(z, mu, 1.0) + normal(y[i], z + 0.25, 0.5);
            }
        }
        close(found.log_guide()[k], log_q, 1e-10);
        close(found.log_joint()[k], log_p, 1e-10);
    }
}

/// A finite guide: every value of it is met, and its probabilities and weights are written out.
#[model]
fn finite(x: f64, means: &[f64]) {
    let a = sample!("a", Bernoulli::new(0.3));
    let b = sample!("b", Categorical::new([0.2, 0.3, 0.5]));
    let c = sample!("c", Bernoulli::new(0.2 + 0.6 * a.to_real()), enumerate);
    observe!("x", Normal::new(a.to_real() + c.to_real() + means.at(b), 1.0), x);
}

/// The probabilities of `b`, for each value of `a`.
const SECOND: [[f64; 3]; 2] = [[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]];

#[guide(finite)]
fn of_finite(_x: f64, _means: &[f64]) {
    let a = sample!("a", Bernoulli::new(param!("p", 0.6, UnitInterval)), enumerate);
    let second = arr2(&SECOND);
    sample!("b", Categorical::new(second.at(a)), LeaveOneOut::samples(3));
}

#[test]
fn a_finite_guide_has_the_weights_of_its_outcomes() {
    let (x, means) = (0.7, [-1.0, 0.4, 1.1]);
    let coin = |p: f64, v: bool| if v { p } else { 1.0 - p };
    let mut svi = Svi::new(finite(x, &means), of_finite(x, &means), Elbo::default(), Adam::new(0.1)).seed(5);
    let n = 2_000;
    let found = svi.posterior().log_densities(n).unwrap();
    let draws = svi.posterior().draws(n).unwrap();
    let (a, b) = (draws.get("a").unwrap(), draws.get("b").unwrap());
    let mut met = [[None; 3]; 2];
    for k in 0..n {
        let (a, b) = (a[[k]] as usize, b[[k]] as usize);
        let q = coin(0.6, a == 1) * SECOND[a][b];
        let likelihood = |c: usize| normal(x, a as f64 + c as f64 + means[b], 1.0).exp();
        let of_c = |c: usize| coin(0.2 + 0.6 * a as f64, c == 1) * likelihood(c);
        let p = coin(0.3, a == 1) * [0.2, 0.3, 0.5][b] * (of_c(0) + of_c(1));
        close(found.log_guide()[k], q.ln(), 1e-10);
        close(found.log_joint()[k], p.ln(), 1e-10);
        met[a][b] = Some(q * found.log_weights()[k].exp());
    }
    // The expectation of the weights over every value is the evidence.
    let mean: f64 = met.iter().flatten().map(|w| w.expect("every value is met")).sum();
    let evidence: f64 = (0..12)
        .map(|k| {
            let (a, b, c) = (k % 2, k / 2 % 3, k / 6);
            let prior = coin(0.3, a == 1) * [0.2, 0.3, 0.5][b] * coin(0.2 + 0.6 * a as f64, c == 1);
            prior * normal(x, (a + c) as f64 + means[b], 1.0).exp()
        })
        .sum();
    close(mean, evidence, 1e-10);
}

/// A guide whose draws come from one auxiliary site: the exact posterior of two sites, which are correlated.
#[model]
fn pair(y: f64) {
    let a = sample!("a", Normal::new(0.0, 1.0));
    let b = sample!("b", Normal::new(0.0, 1.0));
    observe!("y", Normal::new(a + b, 1.0), y);
}

#[guide(pair)]
fn handed(y: f64, root: &Array2<f64>) {
    let both = sample!("both", MultivariateNormal::new([y / 3.0, y / 3.0], root), auxiliary);
    sample!("b", Delta::new(both.at(1)));
    sample!("a", Delta::new(both.at(0)));
}

#[test]
fn handed_on_draws_have_the_density_of_the_auxiliary_site() {
    let y = 1.3;
    // The posterior covariance is the identity less a third everywhere.
    let l = (2.0_f64 / 3.0).sqrt();
    let root = arr2(&[[l, 0.0], [-1.0 / 3.0 / l, (2.0_f64 / 3.0 - 1.0 / 9.0 / (l * l)).sqrt()]]);
    let mut svi = Svi::new(pair(y), handed(y, &root), Elbo::default(), Adam::new(0.1)).seed(6);
    let found = svi.posterior().log_densities(50).unwrap();
    for w in found.log_weights() {
        close(w, normal(y, 0.0, 3f64.sqrt()), 1e-10);
    }
}

/// Chains: of the model, contracted; and of the guide, which tries every state in a step and draws one path here.
#[model]
fn chains(y: &[f64], table: &Array2<f64>, lengths: &[usize]) {
    let shift = sample!("shift", Normal::new(0.0, 1.0));
    plate!("row", lengths.len(), |i| {
        markov!("own", y.len(), 0, lengths(lengths.at(i)), |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
            observe!("y", Normal::new(z.to_real() + shift, 1.0), y.at(t));
            z
        });
    });
    markov!("proposed", y.len(), 0, |prev, t| {
        let s = sample!("s", Categorical::new(table.at(prev)));
        observe!("w", Normal::new(2.0 * s.to_real(), 1.0), y.at(t));
        s
    });
}

#[guide(chains)]
fn of_chains(y: &[f64], _table: &Array2<f64>, _lengths: &[usize]) {
    sample!("shift", Normal::new(param!("loc", 0.1), 0.8));
    let p = arr2(&[[0.35, 0.65], [0.8, 0.2]]);
    markov!("proposed", y.len(), 0, |prev, _t| sample!("s", Categorical::new(p.at(prev)), enumerate));
}

#[test]
fn chains_are_summed_out_and_drawn() {
    let (y, table) = ([0.2, 1.4, 0.9], arr2(&[[0.7, 0.3], [0.2, 0.8]]));
    let lengths = [3, 1, 0];
    let (model, guide) = (chains(&y, &table, &lengths), of_chains(&y, &table, &lengths));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(7);
    let n = 40;
    let found = svi.posterior().log_densities(n).unwrap();
    let draws = svi.posterior().draws(n).unwrap();
    let (shift, s) = (draws.get("shift").unwrap(), draws.get("s").unwrap());
    for k in 0..n {
        let shift = shift[[k]];
        let mut log_p = normal(shift, 0.0, 1.0);
        for length in lengths {
            let mut states = vec![1.0, 0.0];
            for &y in &y[..length] {
                let step = |z: usize| -> f64 {
                    let to: f64 = (0..2).map(|before| states[before] * table[[before, z]]).sum();
                    to * normal(y, z as f64 + shift, 1.0).exp()
                };
                states = (0..2).map(step).collect();
            }
            log_p += states.iter().sum::<f64>().ln();
        }
        let (mut log_q, mut before) = (normal(shift, 0.1, 0.8), 0);
        for t in 0..y.len() {
            let state = s[[k, t]] as usize;
            log_q += [[0.35_f64, 0.65], [0.8, 0.2]][before][state].ln();
            log_p += table[[before, state]].ln() + normal(y[t], 2.0 * state as f64, 1.0);
            before = state;
        }
        close(found.log_guide()[k], log_q, 1e-10);
        close(found.log_joint()[k], log_p, 1e-10);
    }
}

/// Each draw takes a branch of its own, and the model sums over the paths of another site.
#[model]
fn branches(x: f64) {
    let far = sample!("far", Bernoulli::new(0.4), concrete);
    let loc = if far { sample!("place", Normal::new(3.0, 1.0)) } else { Real::from(0.0) };
    let heavy = sample!("heavy", Bernoulli::new(0.2), enumerate, concrete);
    observe!("x", Normal::new(loc, if heavy { 5.0 } else { 1.0 }), x);
}

#[guide(branches)]
fn of_branches(_x: f64) {
    if sample!("far", Bernoulli::new(param!("q", 0.5, UnitInterval)), concrete) {
        sample!("place", Normal::new(param!("loc", 2.0), 0.7));
    }
}

#[test]
fn concrete_programs_have_them_draw_by_draw() {
    let x = 1.2;
    let mut svi = Svi::new(branches(x), of_branches(x), Elbo::default(), Adam::new(0.1)).seed(8);
    for n in [1, 60] {
        let found = svi.posterior().log_densities(n).unwrap();
        let draws = svi.posterior().draws(n).unwrap();
        for k in 0..n {
            let far = draws.get("far").unwrap()[[k]] == 1.0;
            let place = if far { draws.get("place").unwrap()[[k]] } else { 0.0 };
            let of_place = |loc, scale| if far { normal(place, loc, scale) } else { 0.0 };
            let likelihood = 0.2 * normal(x, place, 5.0).exp() + 0.8 * normal(x, place, 1.0).exp();
            let prior = if far { 0.4_f64 } else { 0.6 };
            close(found.log_guide()[k], 0.5_f64.ln() + of_place(2.0, 0.7), 1e-10);
            close(found.log_joint()[k], prior.ln() + of_place(3.0, 1.0) + likelihood.ln(), 1e-10);
        }
    }
}

/// A draw that the model cannot have.
#[model]
fn bounded(x: f64) {
    let width = sample!("width", Exponential::new(1.0));
    observe!("x", Uniform::new(0.0, width), x);
}

#[guide(bounded)]
fn too_wide(_x: f64) {
    sample!("width", Exponential::new(param!("rate", 0.8, Positive)), Score::new());
}

#[test]
fn a_draw_without_density_has_no_weight() {
    let x = 0.5;
    let mut svi = Svi::new(bounded(x), too_wide(x), Elbo::default(), Adam::new(0.1)).seed(9);
    let n = 200;
    let found = svi.posterior().log_densities(n).unwrap();
    let width: ArrayD<f64> = svi.posterior().draws(n).unwrap().get("width").unwrap().clone();
    for k in 0..n {
        if width[[k]] < x {
            assert_eq!(found.log_weights()[k], f64::NEG_INFINITY);
        } else {
            close(found.log_joint()[k], -width[[k]] - width[[k]].ln(), 1e-10);
        }
    }
    assert!(found.log_weights().iter().any(|w| w.is_infinite()) && found.log_evidence().is_finite());
}

#[test]
fn handlers_change_the_model_and_not_the_guide() {
    let mut svi = Svi::new(conjugate(&Y).scale(0.5), of_scaled(&Y), Elbo::default(), Adam::new(0.1)).seed(3);
    let found = svi.posterior().log_densities(5).unwrap();
    let mu = svi.posterior().draws(5).unwrap().get("mu").unwrap().clone();
    for k in 0..5 {
        let joint = normal(mu[[k]], 0.5, 2.0) + Y.iter().map(|&y| normal(y, mu[[k]], 0.8)).sum::<f64>();
        close(found.log_joint()[k], 0.5 * joint, 1e-10);
        close(found.log_guide()[k], normal(mu[[k]], 0.3, 0.7), 1e-10);
    }
}

#[guide(conjugate)]
fn of_scaled(_y: &[f64]) {
    sample!("mu", Normal::new(0.3, 0.7));
}

#[model(f32)]
fn single(y: &[f32]) {
    let mu = sample!("mu", Normal::new(0.5, 2.0));
    plate!("data", y.len(), |i| observe!("y", Normal::new(mu, 0.8), y.at(i)));
}

#[guide(single, f32)]
fn of_single(_y: &[f32], at: (f32, f32)) {
    sample!("mu", Normal::new(at.0, at.1));
}

#[test]
fn single_precision_has_them_too() {
    let (loc, scale, evidence) = by_hand();
    let (y, at) = (Y.map(|y| y as f32), (loc as f32, scale as f32));
    let mut svi = Svi::new(single(&y), of_single(&y, at), Elbo::default(), Adam::new(0.1)).seed(3);
    for w in svi.posterior().log_densities(40).unwrap().log_weights() {
        close(w, evidence, 1e-5);
    }
}
