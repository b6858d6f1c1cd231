//! Two kinds of years in coal mining: a mixture of two Poisson distributions of disasters, with the kind of each year summed out.
//!
//! The likelihood and its gradient are then exact, and the fit is the one of maximum likelihood. It is compared with
//! expectation-maximisation, written out here (Dempster, Laird and Rubin 1977). The years know nothing of each other, and yet
//! the kinds that they are found to be tell of a change.

use ndarray::array;
use ppl::prelude::*;

#[model]
fn disasters(counts: &[usize]) {
    let share = param!("share", 0.5, UnitInterval);
    let rate = param!("rate", array![0.5, 5.0], PositiveOrdered);
    plate!("year", counts.len(), |t| {
        let bad = sample!("bad", Bernoulli::new(share), enumerate);
        observe!("count", Poisson::new(rate.at(bad)), counts.at(t));
    });
}

#[guide(disasters)]
fn nothing(_counts: &[usize]) {}

const FIRST_YEAR: usize = 1851;

fn read() -> ppl_examples::Read<Vec<usize>> {
    ppl_examples::disasters(include_str!("data/coal.csv"))
}

/// The share of bad years and the rates of both kinds.
#[derive(Clone, Copy, Debug)]
struct Fit {
    share: f64,
    rates: [f64; 2],
}

impl Fit {
    /// The probabilities of a count in a good year and in a bad one.
    fn joint(self, count: usize) -> [f64; 2] {
        let factorial: f64 = (1..=count).map(|k| k as f64).product();
        let poisson = |rate: f64| rate.powf(count as f64) * (-rate).exp() / factorial;
        [(1.0 - self.share) * poisson(self.rates[0]), self.share * poisson(self.rates[1])]
    }

    /// The posterior probability that a year with this count is bad.
    fn bad(self, count: usize) -> f64 {
        let [good, bad] = self.joint(count);
        bad / (good + bad)
    }

    fn log_likelihood(self, counts: &[usize]) -> f64 {
        counts.iter().map(|&n| self.joint(n).iter().sum::<f64>().ln()).sum()
    }

    /// Expectation-maximisation until nothing moves.
    fn by_em(counts: &[usize]) -> Fit {
        let mut fit = Fit { share: 0.5, rates: [0.5, 5.0] };
        for _ in 0..20_000 {
            let (mut years, mut sums) = ([0.0; 2], [0.0; 2]);
            for &n in counts {
                let bad = fit.bad(n);
                for (kind, p) in [1.0 - bad, bad].into_iter().enumerate() {
                    years[kind] += p;
                    sums[kind] += p * n as f64;
                }
            }
            fit.share = years[1] / counts.len() as f64;
            fit.rates = [sums[0] / years[0], sums[1] / years[1]];
        }
        fit
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let counts = read()?;
    let adam = Adam::new(Schedule::cosine(0.05, 2_000));
    let mut svi = Svi::new(disasters(&counts), nothing(&counts), Evidence::new(), adam).seed(1);
    for _ in 0..2_000 {
        svi.step()?;
    }
    let log_likelihood = -svi.evaluate(1)?.loss;
    let parameters = svi.parameters();
    let (share, rate) = (parameters.get("share")?[[]], parameters.get("rate")?);
    let em = Fit::by_em(&counts);
    println!("                      found         EM");
    let mut worst: f64 = 0.0;
    let mut row = |what: &str, found: f64, reference: f64| {
        println!("{what:<18} {found:>8.5} {reference:>10.5}");
        worst = worst.max((found / reference - 1.0).abs());
    };
    row("share of bad years", share, em.share);
    row("rate, good years", rate[[0]], em.rates[0]);
    row("rate, bad years", rate[[1]], em.rates[1]);
    row("log-likelihood", log_likelihood, em.log_likelihood(&counts));

    let marginals = svi.posterior().marginals(1)?;
    let chances = marginals.get("bad").ok_or("the site that is summed out")?;
    let most = counts.iter().copied().max().unwrap_or(0);
    println!("\na year is bad, given its count");
    for n in 0..=most {
        if let Some(t) = counts.iter().position(|&count| count == n) {
            row(&format!("  {n} disasters"), chances[[t, 1]], em.bad(n));
        }
    }
    println!("\nbad years");
    for from in (0..counts.len()).step_by(28) {
        let years = from..counts.len().min(from + 28);
        let expected: f64 = years.clone().map(|t| chances[[t, 1]]).sum();
        println!("  {} to {}: {expected:>4.1}", FIRST_YEAR + from, FIRST_YEAR + years.end - 1);
    }
    if worst > 1e-4 {
        return Err(format!("a relative difference of {worst} from expectation-maximisation").into());
    }
    Ok(())
}
