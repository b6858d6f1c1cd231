use super::*;
use ndarray::Array2;

const X: [f64; 6] = [0.2, 1.4, -0.3, 2.2, 0.9, -1.1];

macro_rules! subsampled {
    ($($model:ident, $guide:ident, $batch:ident($m:literal);)+) => {$(
        #[model]
        fn $model(x: &[f64]) {
            let mu = sample!("mu", Normal::new(0.0, 5.0));
            plate!("row", x.len(), $batch($m), |i| {
                let z = sample!("z", Normal::new(mu, 1.0));
                let b = sample!("b", Bernoulli::new(0.4)).to_real();
                observe!("x", Normal::new(z + b, 0.5), x.at(i));
            });
        }

        #[guide($model)]
        fn $guide(x: &[f64]) {
            sample!("mu", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
            plate!("row", x.len(), $batch($m), |_| {
                sample!("z", Normal::new(param!("own", 0.0), param!("width", 1.0, Interval::new(0.01, 4.0))));
                sample!("b", Bernoulli::logits(param!("logit", 0.1)));
            });
        }
    )+};
}
subsampled! {
    at_random, guess_at_random, subsample(2);
    in_their_order, guess_in_order, in_order(4);
}

#[test]
fn subsamples_resume_at_the_row_where_they_stopped() {
    assert_resumes("random rows", |seed| {
        Svi::new(at_random(&X), guess_at_random(&X), Elbo::default(), Adam::new(0.05)).seed(seed)
    });
    assert_resumes("rows in order", |seed| {
        let elbo = Elbo::default().particles(2);
        Svi::new(in_their_order(&X), guess_in_order(&X), elbo, Adam::new(0.05).clip_norm(1.0)).seed(seed)
    });
}

#[model]
fn inner(x: f64) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    observe!("x", Normal::new(z, param!("noise", 1.0, Positive)), x);
}

#[guide(inner)]
fn inner_guide(_x: f64) {
    sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
}

#[model]
fn outer(x: &[f64]) {
    call!("first", inner(x[0]));
    call!("second", inner(x[1]));
    sample!("shape", Dirichlet::new([1.0, 2.0, 3.0]));
    let l = param!("corr", ndarray::arr2(&[[1.0, 0.0], [0.6, 0.8]]), CorrelationCholesky);
    observe!("pair", MultivariateNormal::new([0.0, 0.0], l), [x[2], x[3]]);
}

#[guide(outer)]
fn outer_guide(x: &[f64]) {
    call!("first", inner_guide(x[0]));
    call!("second", inner_guide(x[1]));
    sample!("shape", Dirichlet::new(param!("alpha", [1.0, 1.5, 2.0], Positive)));
}

#[test]
fn calls_and_supports_of_arrays_resume() {
    assert_resumes("calls", |seed| {
        Svi::new(outer(&X), outer_guide(&X), Elbo::default(), Adam::new(0.05)).seed(seed)
    });
}

#[model]
fn loops() {
    let mut n = 0;
    while sample!("again"[n], Bernoulli::new(0.3), concrete) {
        n += 1;
    }
    observe!("seen", Bernoulli::new(1.0 / f64::from((n as u32 + 1).pow(2))), true);
}

#[guide(loops)]
fn loops_guide() {
    let mut n = 0;
    // A parameter that is made when the loop first gets there.
    while sample!("again"[n], Bernoulli::new(param!("q"[n], 0.6, UnitInterval)), concrete) {
        n += 1;
    }
}

/// Each branch has plates, sites and parameters of its own, numbered as they are first met.
#[model]
fn branches(x: &[f64]) {
    if sample!("left", Bernoulli::new(0.5), concrete) {
        let a = plate!("wide", 4, |_| sample!("a", Normal::new(0.0, 1.0)));
        observe!("on_the_left", Normal::new(a.sum(), 1.0), x[0]);
    } else {
        let b = plate!("narrow", 2, |_| sample!("b", Bernoulli::new(0.3)).to_real());
        observe!("on_the_right", Normal::new(b.sum(), 1.0), x[1]);
    }
    plate!("row", x.len(), |i| observe!("x", Normal::new(param!("level", 0.0), 1.0), x.at(i)));
}

#[guide(branches)]
fn branches_guide(_x: &[f64]) {
    if sample!("left", Bernoulli::new(param!("q", 0.5, UnitInterval)), concrete) {
        plate!("wide", 4, |_| {
            sample!("a", Normal::new(param!("loc", 0.1), param!("scale", 1.0, Positive)))
        });
    } else {
        plate!("narrow", 2, |_| {
            sample!("b", Bernoulli::logits(param!("logit", 0.2)), Score::baseline(DecayingAverage::new(0.9)))
        });
    }
}

#[test]
fn concrete_sites_resume_whatever_way_the_programs_went() {
    for particles in [1, 3] {
        let elbo = || Elbo::default().particles(particles);
        assert_resumes("a loop", |seed| {
            Svi::new(loops(), loops_guide(), elbo(), Adam::new(0.05).clip_norm(0.3)).seed(seed)
        });
        for offset in 0..6 {
            assert_resumes("branches", |seed| {
                let optimiser = Adam::new(0.05).clip_norm(0.3);
                Svi::new(branches(&X), branches_guide(&X), elbo(), optimiser).seed(seed + 100 * offset)
            });
        }
    }
}

#[model]
fn chain(y: &[f64], table: &Array2<f64>) {
    markov!("time", y.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(table.at(prev)));
        observe!("y", Normal::new(z.to_real() * 1.5, 1.0), y.at(t));
        z
    });
}

#[guide(chain)]
fn structured(y: &[f64], _table: &Array2<f64>) {
    let logits = param!("logits", ndarray::arr2(&[[0.2, -0.3], [0.5, 0.1]]));
    markov!("time", y.len(), 0, |prev, t| {
        sample!("z", Categorical::logits(logits.at(prev) * (1.0 + 0.4 * y.at(t))), enumerate)
    });
}

#[model]
fn walk(y: &[f64]) {
    let states = markov!("time", y.len(), 0.0, |prev, t| {
        let z = sample!("z", Normal::new(prev, 1.0));
        observe!("y", Normal::new(z, 0.5), y.at(t));
        z
    });
    plate!("row", y.len(), |i| observe!("again", Normal::new(states.at(i), 0.5), y.at(i)));
}

#[guide(walk)]
fn walk_guide(y: &[f64]) {
    let loc = param!("loc", [0.1; 6]);
    markov!("time", y.len(), 0.0, |prev, t| sample!("z", Normal::new(0.5 * prev + loc.at(t).to_real(), 0.6)));
    plate!("row", y.len(), |_| param!("idle", 0.5));
}

#[guide(chain)]
fn stepwise(y: &[f64], _table: &Array2<f64>) {
    let logits = param!("logits", ndarray::arr2(&[[0.2, -0.3], [0.5, 0.1]]));
    markov!("time", y.len(), 0, |prev, _t| sample!("z", Categorical::logits(logits.at(prev))));
}

#[test]
fn chains_resume() {
    let table = ndarray::arr2(&[[0.75, 0.25], [0.35, 0.65]]);
    assert_resumes("a structured guide", |seed| {
        let guide = structured(&X, &table);
        Svi::new(chain(&X, &table), guide, Elbo::default(), Adam::new(0.05)).seed(seed)
    });
    assert_resumes("a walk", |seed| {
        Svi::new(walk(&X), walk_guide(&X), Elbo::default(), Adam::new(0.05)).seed(seed)
    });
    assert_resumes("step by step, with sites for each", |seed| {
        Svi::new(chain(&X, &table), stepwise(&X, &table), Elbo::default(), Adam::new(0.05)).seed(seed)
    });
}

#[model(f32)]
fn single(x: &[f32]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    plate!("row", x.len(), subsample(2), |i| {
        let b = sample!("b", Bernoulli::new(0.4_f32)).to_real();
        observe!("x", Normal::new(mu + b, 0.5), x.at(i));
    });
}

#[guide(single, f32)]
fn single_guide(x: &[f32]) {
    sample!("mu", Normal::new(param!("loc", 0.1), param!("scale", 1.0, Positive)));
    plate!("row", x.len(), subsample(2), |_| sample!("b", Bernoulli::logits(param!("logit", 0.1))));
}

#[test]
fn single_precision_resumes() {
    let x = X.map(|v| v as f32);
    let make = |seed| Svi::new(single(&x), single_guide(&x), Elbo::default(), Adam::new(0.05)).seed(seed);
    assert_resumes("f32", make);
    let file = TempFile::new();
    let mut svi = make(1);
    trail(&mut svi, 3);
    svi.save(&file).unwrap();
    assert_eq!(ppl::Parameters::load(&file).unwrap(), svi.parameters());
}
