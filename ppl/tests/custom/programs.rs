// Programs with `Normal`, `Exponential` and `Bernoulli` of either kind.

use crate::{Trail, trail};

const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const ERRORS: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
const THERE: [bool; 8] = [true, true, false, true, false, true, true, true];

fn elbo() -> Elbo {
    // The user's have no closed divergences.
    Elbo::default().closed_kl(false)
}

#[model]
fn schools(effects: &[f64], errors: &[f64], there: &[bool]) {
    let mu = sample!("mu", Normal::new(param!("prior", 0.5), 5.0));
    let tau = sample!("tau", Exponential::new(0.2));
    plate!("school", effects.len(), |j| {
        let theta = sample!("theta", Normal::new(mu, tau));
        observe!("effect", Normal::new(theta, errors.at(j)), effects.at(j), mask(there.at(j)));
    });
}

#[guide(schools)]
fn reparameterised(effects: &[f64], _errors: &[f64], _there: &[bool]) {
    let mu = sample!("mu", Normal::new(param!("mu_loc", 1.0), param!("mu_scale", 2.0, Positive)));
    sample!("tau", Exponential::new(param!("tau_rate", 0.3, Positive)));
    plate!("school", effects.len(), |_j| {
        let loc = mu * 0.5 + param!("loc", 0.0);
        sample!("theta", Normal::new(loc, param!("scale", 3.0, Positive)));
    });
}

#[guide(schools)]
fn scored(effects: &[f64], _errors: &[f64], _there: &[bool]) {
    let mu = sample!("mu", Normal::new(param!("mu_loc", 1.0), param!("mu_scale", 2.0, Positive)), Score::new());
    sample!(
        "tau",
        Exponential::new(param!("tau_rate", 0.3, Positive)),
        Score::baseline(DecayingAverage::new(0.9))
    );
    plate!("school", effects.len(), |_j| {
        sample!("theta", Normal::new(mu, param!("scale", 3.0, Positive)), Pathwise);
    });
}

#[model]
fn rows(effects: &[f64], errors: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    plate!("school", effects.len(), subsample(3), |j| {
        let theta = sample!("theta", Normal::new(mu, 4.0));
        observe!("effect", Normal::new(theta, errors.at(j)), effects.at(j));
    });
}

#[guide(rows)]
fn of_rows(effects: &[f64], _errors: &[f64]) {
    sample!("mu", Normal::new(param!("mu_loc", 1.0), param!("mu_scale", 2.0, Positive)));
    plate!("school", effects.len(), subsample(3), |_j| {
        sample!("theta", Normal::new(param!("loc", 0.0), param!("scale", 3.0, Positive)));
    });
}

pub fn hierarchical() -> Vec<(&'static str, Trail)> {
    let model = || schools(&EFFECTS, &ERRORS, &THERE);
    let guide = || reparameterised(&EFFECTS, &ERRORS, &THERE);
    let score = || scored(&EFFECTS, &ERRORS, &THERE);
    let both = || (rows(&EFFECTS, &ERRORS), of_rows(&EFFECTS, &ERRORS));
    let subsampled = |objective| {
        let (model, guide) = both();
        trail(model, guide, objective)
    };
    vec![
        ("pathwise", trail(model(), guide(), elbo())),
        ("pathwise, particles", trail(model(), guide(), elbo().particles(5))),
        ("sticking the landing", trail(model(), guide(), elbo().sticking_the_landing())),
        ("score", trail(model(), score(), elbo())),
        ("score, particles", trail(model(), score(), elbo().particles(4))),
        ("subsample", subsampled(elbo())),
        ("subsample, particles", subsampled(elbo().particles(3))),
    ]
}

pub fn weighted() -> Vec<(&'static str, Trail)> {
    let model = || schools(&EFFECTS, &ERRORS, &THERE);
    let guide = || reparameterised(&EFFECTS, &ERRORS, &THERE);
    let score = || scored(&EFFECTS, &ERRORS, &THERE);
    vec![
        ("iwae", trail(model(), guide(), Iwae::new(5))),
        ("renyi", trail(model(), guide(), Renyi::new(0.5, 4))),
        ("vimco", trail(model(), score(), Vimco::new(4))),
        ("wake-sleep", trail(model(), guide(), WakeSleep::new(3))),
    ]
}

#[model]
fn arrays(x: &[f64]) {
    let w = sample!("w", Normal::new([0.0, 1.0, -1.0], 2.0));
    let v = sample!("v", Normal::new(0.0, 1.0).expand(&[3]), on(RealLine));
    let scale = sample!("scale", Transformed::new(Normal::new(0.0, 1.0), Exp), on(Positive));
    let shift = sample!("shift", Mixture::new([0.3, 0.7], [Normal::new(-1.0, 0.5), Normal::new(1.0, 0.5)]), on(RealLine));
    observe!("x", Normal::new(w * v + shift, scale), x);
}

#[guide(arrays)]
fn of_all(_x: &[f64]) {
    let loc = param!("loc", init::full([3], 0.2));
    let w = sample!("w", Normal::new(loc, param!("w_scale", init::full([3], 0.5), Positive)));
    sample!("v", Normal::new(w * 0.1, param!("v_scale", 0.4, Positive)));
    sample!("scale", LogNormal::new(param!("s", 0.0), 0.3));
    sample!("shift", Normal::new(param!("shift", 0.1), 0.8));
}

pub fn of_arrays() -> Vec<(&'static str, Trail)> {
    let x = [0.5, -1.0, 2.0];
    vec![
        ("arrays", trail(arrays(&x), of_all(&x), elbo())),
        ("arrays, particles", trail(arrays(&x), of_all(&x), elbo().particles(4))),
        ("arrays, iwae", trail(arrays(&x), of_all(&x), Iwae::new(3))),
    ]
}

#[model]
fn switching(y: &[f64]) {
    let high = sample!("high", Normal::new(2.0, 1.0));
    markov!("time", y.len(), 0, |before, t| {
        let z = sample!("z", Bernoulli::new([0.2, 0.7].at(before)), enumerate);
        observe!("y", Normal::new(high * z.to_real(), 1.0), y.at(t));
        z
    });
}

#[guide(switching)]
fn of_switching(_y: &[f64]) {
    sample!("high", Normal::new(param!("loc", 1.0), param!("scale", 0.5, Positive)));
}

#[model]
fn walk(y: &[f64]) {
    markov!("time", y.len(), Real::from(0.0), |before, t| {
        let x = sample!("x", Normal::new(before, 0.5));
        observe!("y", Normal::new(x, 1.0), y.at(t));
        x
    });
}

#[guide(walk)]
fn of_walk(y: &[f64]) {
    markov!("time", y.len(), Real::from(0.0), |before, t| {
        let _ = t;
        sample!("x", Normal::new(before * 0.5 + param!("drift", 0.3), param!("scale", 0.4, Positive)))
    });
}

#[model]
fn gated(y: &[f64]) {
    let gate = sample!("gate", Bernoulli::new(0.3));
    plate!("row", y.len(), |i| {
        let kind = sample!("kind", Bernoulli::new(0.4), enumerate);
        observe!("y", Normal::new(2.0 * kind.to_real() - gate.to_real(), 1.0), y.at(i));
    });
}

#[guide(gated)]
fn drawn(_y: &[f64]) {
    sample!("gate", Bernoulli::new(param!("p", 0.4, UnitInterval)));
}

#[guide(gated)]
fn tried(_y: &[f64]) {
    sample!("gate", Bernoulli::new(param!("p", 0.4, UnitInterval)), enumerate);
}

#[guide(gated)]
fn copied(_y: &[f64]) {
    sample!("gate", Bernoulli::new(param!("p", 0.4, UnitInterval)), LeaveOneOut::samples(3));
}

#[model]
fn branching() {
    if sample!("gate", Bernoulli::new(0.3), concrete) {
        observe!("y", Normal::new(2.0, 1.0), 1.0);
    } else {
        observe!("z", Normal::new(0.0, 1.0), 1.0);
    }
}

#[guide(branching)]
fn of_branching() {
    sample!("gate", Bernoulli::new(param!("p", 0.4, UnitInterval)), concrete);
}

pub fn discrete() -> Vec<(&'static str, Trail)> {
    let y = [0.1, 2.2, 1.9, -0.4];
    vec![
        ("enumerated chain", trail(switching(&y), of_switching(&y), elbo())),
        ("walk", trail(walk(&y), of_walk(&y), elbo().particles(2))),
        ("drawn", trail(gated(&y), drawn(&y), elbo().particles(3))),
        ("tried", trail(gated(&y), tried(&y), elbo())),
        ("copied", trail(gated(&y), copied(&y), elbo())),
        ("concrete", trail(branching(), of_branching(), elbo().particles(2))),
    ]
}

#[model(f32)]
fn small(x: &[f32]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let sd = sample!("sd", Exponential::new(1.0));
    plate!("row", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(0.25), enumerate);
        observe!("x", Normal::new(mu + z.to_real(), sd), x.at(i));
    });
}

#[guide(small, f32)]
fn of_small(_x: &[f32]) {
    sample!("mu", Normal::new(param!("loc", 1.0), param!("scale", 0.2, Positive)));
    sample!("sd", Exponential::new(param!("rate", 1.5, Positive)));
}

pub fn single() -> Vec<(&'static str, Trail)> {
    let x: [f32; 5] = [0.5, 1.5, -0.3, 0.8, 2.0];
    vec![
        ("f32", trail(small(&x), of_small(&x), elbo())),
        ("f32, particles", trail(small(&x), of_small(&x), elbo().particles(3))),
    ]
}

/// Draws of the posterior and of data, prior and posterior, those of a session that was saved and loaded among them.
pub fn predicted() -> Vec<f64> {
    let (model, guide) = (schools(&EFFECTS, &ERRORS, &THERE), reparameterised(&EFFECTS, &ERRORS, &THERE));
    let mut svi = Svi::new(model, guide, elbo(), Adam::new(0.05)).seed(5);
    for _ in 0..5 {
        svi.step().unwrap();
    }
    let file = std::env::temp_dir().join(format!("ppl-custom-{}-{}", std::process::id(), module_path!().len()));
    svi.save(&file).unwrap();
    let (model, guide) = (schools(&EFFECTS, &ERRORS, &THERE), reparameterised(&EFFECTS, &ERRORS, &THERE));
    let mut loaded = Svi::new(model, guide, elbo(), Adam::new(0.05)).seed(6);
    loaded.load(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(loaded.step().unwrap().loss, svi.step().unwrap().loss);
    let mut found = Vec::new();
    let draws = loaded.posterior().draws(5).unwrap();
    let predictive = loaded.posterior().predictive(5).unwrap();
    let prior = ppl::prior_predictive(schools(&EFFECTS, &ERRORS, &THERE), 5, 1).unwrap();
    for (draws, name) in [(&draws, "tau"), (&draws, "theta"), (&predictive, "effect"), (&prior, "effect"), (&prior, "mu")] {
        found.extend(draws.get(name).unwrap().iter());
    }
    found
}
