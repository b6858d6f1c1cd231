//! The small models that are explained.

use ndarray::array;
use ppl::prelude::*;

#[model]
pub fn mixture(x: &[f64]) {
    let weights = param!("weights", init::uniform_simplex(3), Simplex);
    let mu = plate!("component", 3, |_k| sample!("mu", Normal::new(0.0, 10.0)));
    let sigma = sample!("sigma", HalfNormal::new(5.0));
    let strict = sample!("strict", Bernoulli::new(0.5));
    plate!("data", x.len(), subsample(4), |i| {
        let z = sample!("z", Categorical::new(weights), enumerate);
        let out = sample!("out", Bernoulli::new(0.1));
        observe!("x", Normal::new(mu.at(z), sigma + out.to_real() + strict.to_real()), x.at(i));
    });
}

#[guide(mixture)]
pub fn proposal(x: &[f64]) {
    let twist = sample!("twist", Normal::new(0.0, 1.0), auxiliary);
    plate!("component", 3, |_k| {
        sample!("mu", Normal::new(param!("loc", 0.0) + twist, param!("scale", 1.0, Positive)))
    });
    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.5, Positive)));
    sample!("strict", Bernoulli::new(param!("q", 0.4, UnitInterval)), LeaveOneOut::samples(2));
    plate!("data", x.len(), subsample(4), |_i| {
        sample!("out", Bernoulli::logits(param!("l", 0.0)));
    });
}

#[model]
pub fn hidden(y: &[f64]) {
    markov!("time", y.len(), 0usize, |prev, t| {
        let z = sample!(
            "z",
            Categorical::new(param!("t", array![[0.75, 0.25], [0.25, 0.75]], Simplex).at(prev)),
            enumerate
        );
        observe!("y", Normal::new(param!("m", [0.0, 1.0]).at(z), 0.5), y.at(t));
        z
    });
}

#[guide(hidden)]
pub fn nothing(_y: &[f64]) {}

#[model]
pub fn walk(y: &[f64]) {
    let start = sample!("start", Normal::new(0.0, 1.0));
    markov!("time", y.len(), start, |prev, t| {
        let x = sample!("x", Normal::new(prev, 1.0));
        observe!("y", Normal::new(x, 0.5), y.at(t));
        x
    });
}

#[guide(walk)]
pub fn walks(y: &[f64]) {
    let start = sample!("start", Normal::new(param!("a", 0.0), 1.0));
    markov!("time", y.len(), start, |prev, _t| sample!("x", Normal::new(prev * param!("b", 1.0), 0.7)));
}

/// The label of each row is plain, so that the program branches on it.
#[model]
pub fn branch() {
    let b = sample!("b", Bernoulli::new(0.3), concrete);
    let c = sample!("c", Bernoulli::new(0.3), enumerate, concrete);
    let loc = if b == c {
        sample!("level", Normal::new(2.0, 1.0))
    } else {
        sample!("level", Normal::new(0.0, 1.0))
    };
    observe!("x", Normal::new(loc, 1.0), 1.5);
}

#[guide(branch)]
pub fn branches() {
    sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete);
    sample!("level", Normal::new(param!("m", 0.0), 1.0));
}

/// A cost with a term of each kind: aligned along both plates, along one, and crossed.
#[model]
pub fn nested(x: &ndarray::Array2<f64>) {
    let (rows, columns) = x.dim();
    let z = plate!("row", rows, |i| {
        let z = sample!("z", Bernoulli::new(0.4));
        plate!("column", columns, |j| observe!("x", Normal::new(z.to_real(), 1.0), x.at(i).at(j)));
        z.to_real()
    });
    observe!("total", Normal::new(z.sum(), 1.0), 1.0);
}

#[guide(nested)]
pub fn nests(x: &ndarray::Array2<f64>) {
    plate!("row", x.nrows(), |_i| {
        sample!(
            "z",
            Bernoulli::new(param!("q", 0.3, UnitInterval)),
            Score::baseline(DecayingAverage::new(0.5))
        )
    });
}
