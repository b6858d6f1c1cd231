//! Small programs whose data are arbitrary.

use ppl::prelude::*;

/// Arbitrary data.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// How many rows the programs are told that there are.
    pub rows: usize,
    pub numbers: Vec<f64>,
    pub counts: Vec<u64>,
    pub labels: Vec<usize>,
    pub part: usize,
}

#[model]
pub fn line(data: &Data) {
    let slope = sample!("slope", Normal::new(0.0, 1.0));
    let noise = sample!("noise", HalfNormal::new(1.0));
    plate!("row", data.rows, subsample(data.part), |i| {
        observe!("y", Normal::new(slope * data.numbers.at(i), noise), data.numbers.at(i));
    });
}

#[guide(line)]
pub fn line_guide(data: &Data) {
    let loc = param!("loc", data.numbers.first().copied().unwrap_or(0.0).clamp(-1.0, 1.0));
    sample!("slope", Normal::new(loc, param!("scale", 1.0, Positive)));
    sample!("noise", LogNormal::new(param!("noise_loc", 0.0), 0.3));
}

#[model]
pub fn counts(data: &Data) {
    let rate = sample!("rate", Gamma::new(2.0, 1.0));
    let p = sample!("p", Beta::new(2.0, 2.0));
    plate!("row", data.rows, |i| {
        observe!("n", Poisson::new(rate), data.counts.at(i));
        observe!("k", Binomial::new(data.numbers.at(i), p), data.labels.at(i));
        observe!("w", NegativeBinomial::new(rate, p), data.counts.at(i));
    });
}

#[guide(counts)]
pub fn counts_guide(_data: &Data) {
    sample!("rate", Gamma::new(param!("shape", 2.0, Positive), param!("rate", 1.0, Positive)));
    sample!("p", Beta::new(param!("a", 2.0, Positive), param!("b", 2.0, Positive)));
}

#[model]
pub fn mixture(data: &Data) {
    let mu = plate!("component", 3, |_k| sample!("mu", Normal::new(0.0, 2.0)));
    plate!("row", data.rows, |i| {
        let k = sample!("k", Categorical::new([0.2, 0.3, 0.5]), enumerate);
        observe!("y", StudentT::new(4.0, mu.at(k), 1.0), data.numbers.at(i));
        observe!("z", Normal::new(mu.at(data.labels.at(i)), 1.0), data.numbers.at(i));
    });
}

#[guide(mixture)]
pub fn mixture_guide(_data: &Data) {
    plate!("component", 3, |_k| {
        sample!("mu", Normal::new(param!("loc", 0.1), param!("scale", 1.0, Positive)));
    });
}

#[model]
pub fn chain(data: &Data) {
    let p = sample!("p", Beta::new(2.0, 2.0));
    markov!("t", data.rows, 0, |state, t| {
        let state = sample!("s", Bernoulli::new(0.2 + 0.6 * p * state.to_real()), enumerate);
        observe!("y", Laplace::new(state.to_real(), 1.0), data.numbers.at(t));
        state
    });
}

#[guide(chain)]
pub fn chain_guide(_data: &Data) {
    sample!("p", Beta::new(param!("a", 2.0, Positive), param!("b", 2.0, Positive)));
}

#[model]
pub fn branch(data: &Data) {
    if sample!("z", Bernoulli::new(0.3), concrete) {
        observe!("y", Normal::new(1.0, 1.0), data.numbers.as_slice());
    } else {
        observe!("y", Gumbel::new(0.0, data.part as f64), data.numbers.as_slice());
    }
}

#[guide(branch)]
pub fn branch_guide(_data: &Data) {
    sample!("z", Bernoulli::logits(param!("logit", 0.2)), concrete);
}

#[model]
pub fn wrapped(data: &Data) {
    let mu = sample!("mu", Truncated::new(Normal::new(0.0, 1.0), -2.0, 2.0));
    plate!("row", data.rows, |i| {
        let x = data.numbers.at(i);
        observe!("a", Truncated::new(Normal::new(mu, 1.0), x, x + 1.0), x + 0.5);
        observe!("b", Transformed::new(Normal::new(mu, 1.0), Exp), x);
        observe!("c", ZeroInflated::new(0.3, Poisson::new(2.0)), data.counts.at(i));
        observe!("d", Mixture::new([0.3, 0.7], [Normal::new(mu, 1.0), Normal::new(x, 2.0)]), x);
    });
}

#[guide(wrapped)]
pub fn wrapped_guide(_data: &Data) {
    let (loc, scale) = (param!("loc", 0.1), param!("scale", 0.5, Positive));
    sample!("mu", Truncated::new(Normal::new(loc, scale), -2.0, 2.0));
}
