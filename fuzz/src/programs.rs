//! Small programs whose data are arbitrary.

use ppl::family::Density;
use ppl::family::custom::{ByDraw, CustomFamily, Parameter, RandomSource};
use ppl::prelude::*;

/// Arbitrary data.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// How many rows the programs are told that there are.
    pub rows: usize,
    pub numbers: Vec<f64>,
    pub counts: Vec<u64>,
    pub labels: Vec<usize>,
    pub known: Vec<Option<usize>>,
    pub seen: Vec<Option<f64>>,
    pub kept: Vec<bool>,
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

/// The statements that are no sites, and the options of sites.
#[model]
pub fn stated(data: &Data) {
    let pull = sample!("pull", Normal::new(0.0, 1.0), weight(data.part as f64), free_bits(0.1));
    plate!("row", data.rows, mask(data.kept.as_slice()), |i| {
        let x = data.numbers.at(i);
        let shift = noise!("shift", Normal::new(0.0, 0.1), evaluation(0.0));
        let z = sample!("z", Normal::new(pull, 1.0), free_bits(0.2).of_mean());
        factor!("tie", -0.5 * (z - x) * (z - x));
        deterministic!("moved", z + shift);
        penalty!("large", 0.01 * z * z);
        observe!("y", Normal::new(z + shift, 1.0), x, weight(0.5));
    });
}

#[guide(stated)]
pub fn stated_guide(data: &Data) {
    sample!("pull", Normal::new(param!("loc", 0.1), param!("scale", 0.5, Positive)));
    plate!("row", data.rows, mask(data.kept.as_slice()), |i| {
        let x = data.numbers.at(i);
        sample!("z", Normal::new(param!("slope", 0.3) * x, 0.5));
    });
}

/// Sites that are known here and there, and lists of values without an end.
#[model]
pub fn partly(data: &Data) {
    let cuts = sample!("cuts", Sorted::new(Normal::new(0.0, 1.0), 2));
    plate!("row", data.rows, |i| {
        let z = sample!("z", Normal::new(cuts.at(1), 1.0), given(data.seen.at(i)));
        let label = sample!("label", Bernoulli::logits(z), given(data.known.at(i)));
        let k = sample!("k", Poisson::new(1.5), enumerate, up_to(4), given(data.known.at(i)));
        let n = sample!("n", Geometric::new(0.4));
        let pair = sample!("pair", Bernoulli::new([0.2, 0.7]), enumerate);
        let mean = label.to_real() + k.to_real() + n.to_real() + pair.to_tensor().sum();
        observe!("y", Normal::new(mean, 1.0), data.numbers.at(i));
    });
}

#[guide(partly)]
pub fn partly_guide(data: &Data) {
    sample!("cuts", Sorted::new(Normal::new(param!("cut", 0.1), 1.0), 2));
    plate!("row", data.rows, |i| {
        sample!("z", Normal::new(param!("loc", 0.2), 1.0), given(data.seen.at(i)));
        sample!("label", Bernoulli::logits(param!("logit", 0.3)), enumerate, given(data.known.at(i)));
        sample!("n", Poisson::new(param!("rate", 1.0, Positive)), enumerate, up_to(3));
    });
}

#[derive(Clone, Copy, Debug)]
pub struct LomaxFamily;

impl CustomFamily<1> for LomaxFamily {
    type Support = Positive;
    type Gradient = ByDraw<1>;
    const NAME: &'static str = "Lomax";
    const PARAMETERS: [Parameter; 1] = [Parameter::positive("shape")];
    const GRADIENT: Self::Gradient = ByDraw(|x, [shape]| [-(1.0 + x) * x.ln_1p() / shape]);

    fn log_density(x: f64, [shape]: [f64; 1]) -> Density<f64, 1> {
        let ln = x.ln_1p();
        Density {
            log: shape.ln() - (shape + 1.0) * ln,
            by_value: -(shape + 1.0) / (1.0 + x),
            by_parameter: [1.0 / shape - ln],
        }
    }

    fn draw(random: &mut RandomSource<'_>, [shape]: [f64; 1]) -> f64 {
        (random.exponential() / shape).exp_m1()
    }
}

type Lomax = Custom<LomaxFamily, 1>;

#[model]
pub fn waits(data: &Data) {
    let shape = sample!("shape", Flat::on(Positive), on(Positive));
    observe!("prior", Lomax::new(shape), 1.0);
    plate!("row", data.rows, |i| observe!("x", Lomax::new(shape), data.numbers.at(i)));
}

#[guide(waits)]
pub fn waits_guide(_data: &Data) {
    sample!("shape", Lomax::new(param!("shape", 2.0, Positive)));
}
