//! The yearly flow of the Nile as a factorial hidden Markov model: a level that lasts and wet spells that come and go, two chains
//! side by side whose states are summed out.
//!
//! Cobb (1978), The problem of the Nile, Biometrika 65: the level falls in 1899. Ghahramani and Jordan (1997), Factorial hidden
//! Markov models, Machine Learning 29. The evidence, the marginals and the likeliest states are compared with passes in plain
//! loops over the four pairs of states.

use ndarray::array;
use ppl::prelude::*;

#[model]
fn river(flow: &[f64]) {
    // The chance of a high level, and of a wet year, after each state.
    let high_after = param!("high_after", array![0.05, 0.95], UnitInterval);
    let wet_after = param!("wet_after", array![0.3, 0.7], UnitInterval);
    let (base, fall) = (param!("base", 8.0), param!("fall", 2.0, Positive));
    let (swing, deviation) = (param!("swing", 1.0, Positive), param!("deviation", 1.0, Positive));
    let high = sample!("high_before", Bernoulli::new(0.5), enumerate);
    let wet = sample!("wet_before", Bernoulli::new(0.5), enumerate);
    markov!("year", flow.len(), (high, wet), |(high, wet), t| {
        let high = sample!("high", Bernoulli::new(high_after.at(high)), enumerate);
        let wet = sample!("wet", Bernoulli::new(wet_after.at(wet)), enumerate);
        let mean = base + fall * high.to_real() + swing * wet.to_real();
        observe!("flow", Normal::new(mean, deviation), flow.at(t));
        (high, wet)
    });
}

#[guide(river)]
fn nothing(_flow: &[f64]) {}

/// The negative of the largest log-likelihood, the best that SciPy's BFGS finds on the chain of pairs from five starting points.
const REFERENCE_LOSS: f64 = 169.004;
const FIRST_YEAR: usize = 1871;

/// Reads the flow at Aswan, in units of 10^10 cubic metres.
fn read() -> ppl_examples::Read<Vec<f64>> {
    let flows = ppl_examples::flows(include_str!("data/nile.csv"))?;
    Ok(flows.into_iter().map(|flow| flow / 100.0).collect())
}

/// The chain of pairs: state `2 high + wet`.
struct Pairs {
    transition: [[f64; 4]; 4],
    densities: Vec<[f64; 4]>,
}

impl Pairs {
    /// Log-evidence, and of each year the probabilities of a high level and of a wet year: forward and back.
    fn marginals(&self) -> (f64, Vec<[f64; 2]>) {
        let (mut belief, mut log_evidence, mut beliefs) = ([0.25; 4], 0.0, Vec::new());
        for density in &self.densities {
            let mut next = [0.0; 4];
            for (s, p) in next.iter_mut().enumerate() {
                *p = (0..4).map(|r| belief[r] * self.transition[r][s]).sum::<f64>() * density[s];
            }
            let scale: f64 = next.iter().sum();
            log_evidence += scale.ln();
            belief = next.map(|p| p / scale);
            beliefs.push(belief);
        }
        let (mut ahead, mut marginals) = ([1.0; 4], Vec::new());
        for (belief, density) in beliefs.iter().zip(&self.densities).rev() {
            let joint: Vec<f64> = (0..4).map(|s| belief[s] * ahead[s]).collect();
            let total: f64 = joint.iter().sum();
            marginals.push([(joint[2] + joint[3]) / total, (joint[1] + joint[3]) / total]);
            let mut before = [0.0; 4];
            for (r, p) in before.iter_mut().enumerate() {
                *p = (0..4).map(|s| self.transition[r][s] * density[s] * ahead[s]).sum();
            }
            ahead = before.map(|p| p / before.iter().sum::<f64>());
        }
        marginals.reverse();
        (log_evidence, marginals)
    }

    /// The likeliest path (Viterbi 1967), as a list of pairs.
    fn likeliest(&self) -> Vec<[f64; 2]> {
        let mut best: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new()); 4];
        for density in &self.densities {
            let to = |s: usize| {
                let reach = |r: usize| best[r].0 + self.transition[r][s].ln();
                let from = (0..4).fold(0, |a, r| if reach(r) > reach(a) { r } else { a });
                (reach(from) + density[s].ln(), [best[from].1.as_slice(), &[s]].concat())
            };
            best = (0..4).map(to).collect();
        }
        let top =
            best.into_iter().fold((f64::NEG_INFINITY, Vec::new()), |a, b| if b.0 > a.0 { b } else { a });
        top.1.into_iter().map(|s| [(s / 2) as f64, (s % 2) as f64]).collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let flow = read()?;
    let adam = Adam::new(Schedule::cosine(0.05, 1_500));
    let mut svi = Svi::new(river(&flow), nothing(&flow), Evidence::new(), adam).seed(1);
    for _ in 0..1_500 {
        svi.step()?;
    }
    let loss = svi.evaluate(1)?.loss;
    let parameters = svi.parameters();
    let one = |name: &str| Ok::<f64, ppl::Error>(parameters.get(name)?[[]]);
    let (base, fall, swing, deviation) = (one("base")?, one("fall")?, one("swing")?, one("deviation")?);
    let (high_after, wet_after) = (parameters.get("high_after")?, parameters.get("wet_after")?);
    let chance = |after: &ndarray::ArrayD<f64>, from: usize, to: usize| {
        if to == 1 { after[[from]] } else { 1.0 - after[[from]] }
    };
    let step = |r: usize, s: usize| chance(high_after, r / 2, s / 2) * chance(wet_after, r % 2, s % 2);
    let density = |y: f64, s: usize| {
        let z = (y - base - fall * (s / 2) as f64 - swing * (s % 2) as f64) / deviation;
        (-0.5 * z * z).exp() / (deviation * (2.0 * std::f64::consts::PI).sqrt())
    };
    let pairs = Pairs {
        transition: [0, 1, 2, 3].map(|r| [0, 1, 2, 3].map(|s| step(r, s))),
        densities: flow.iter().map(|&y| [0, 1, 2, 3].map(|s| density(y, s))).collect(),
    };
    let (log_evidence, marginals_by_hand) = pairs.marginals();
    let path_by_hand = pairs.likeliest();
    println!(
        "flow {base:.2}, {fall:.2} more at the high level, {swing:.2} more if wet, deviation {deviation:.2}"
    );
    println!("log-evidence {:.6}, in loops {log_evidence:.6}, largest {:.3}", -loss, -REFERENCE_LOSS);

    let marginals = svi.posterior().marginals(1)?;
    let path = svi.posterior().likeliest(1)?;
    let mut apart = (loss + log_evidence).abs();
    println!("\n              P(high) in loops    P(wet) in loops   likeliest");
    for (t, (y, by_hand)) in flow.iter().zip(marginals_by_hand).enumerate() {
        let (mut chances, mut states) = ([0.0; 2], [0.0; 2]);
        for (k, site) in ["high", "wet"].into_iter().enumerate() {
            chances[k] = marginals.get(site).ok_or("the site that is summed out")?[[t, 1]];
            states[k] = path.get(site)?[[0, t]];
            apart = apart.max((chances[k] - by_hand[k]).abs()).max((states[k] - path_by_hand[t][k]).abs());
        }
        if (22..34).contains(&t) {
            let ([high, wet], [exact_high, exact_wet]) = (chances, by_hand);
            print!("{}  {y:>5.2}   {high:>7.4}  {exact_high:>7.4}", FIRST_YEAR + t);
            println!("   {wet:>7.4}  {exact_wet:>7.4}   {states:?}");
        }
    }
    // The level falls once, from 1898 to 1899.
    let changes = |t: &usize| path_by_hand[*t][0] != path_by_hand[*t - 1][0];
    let falls: Vec<usize> = (1..flow.len()).filter(changes).collect();
    if apart > 1e-9 || (loss - REFERENCE_LOSS).abs() > 0.05 || falls != [1899 - FIRST_YEAR] {
        return Err(format!("{apart} from the loops, loss {loss}, changes of the level {falls:?}").into());
    }
    Ok(())
}
