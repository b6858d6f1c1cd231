//! The language in miniature: what a model, a guide and their bound mean, one number at a time.
//!
//! Nothing is batched, fused or hidden: a plate is a loop, a site that is summed out is a loop over its values, a derivative is
//! carried beside each number. Then the same programs run through the library, and must agree: to rounding where every choice
//! is finite, within standard errors where something is drawn. Read it as the definition, and the library as its optimisation.

use ppl::prelude::{Adam, Elbo, Svi};
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeMap;
use std::ops::{Add, Mul, Neg, Sub};

/// How many parameters a program here may have.
const PARAMETERS: usize = 4;

/// A number and its derivatives by each parameter.
#[derive(Clone, Copy, Debug)]
struct Num {
    value: f64,
    by: [f64; PARAMETERS],
}

/// A constant: its derivatives are zero.
fn constant(value: f64) -> Num {
    Num { value, by: [0.0; PARAMETERS] }
}

impl Num {
    /// Applies a function with this value and this slope here: the chain rule.
    fn chain(self, value: f64, slope: f64) -> Num {
        Num { value, by: self.by.map(|d| slope * d) }
    }

    fn exp(self) -> Num {
        self.chain(self.value.exp(), self.value.exp())
    }

    fn ln(self) -> Num {
        self.chain(self.value.ln(), 1.0 / self.value)
    }

    /// The same number without its derivatives.
    fn stopped(self) -> Num {
        constant(self.value)
    }
}

impl Add for Num {
    type Output = Num;
    fn add(self, other: Num) -> Num {
        Num { value: self.value + other.value, by: std::array::from_fn(|k| self.by[k] + other.by[k]) }
    }
}

impl Neg for Num {
    type Output = Num;
    fn neg(self) -> Num {
        self.chain(-self.value, -1.0)
    }
}

impl Sub for Num {
    type Output = Num;
    fn sub(self, other: Num) -> Num {
        self + -other
    }
}

impl Mul for Num {
    type Output = Num;
    fn mul(self, other: Num) -> Num {
        let product = self.value * other.value;
        // The product rule.
        self.chain(product, other.value) + other.chain(0.0, self.value)
    }
}

/// `ln(sum of e^x)`, around the largest.
fn log_sum(logs: &[Num]) -> Num {
    let top = logs.iter().map(|x| x.value).fold(f64::NEG_INFINITY, f64::max);
    let sum = logs.iter().map(|&x| (x - constant(top)).exp()).reduce(|a, b| a + b);
    sum.map_or(constant(f64::NEG_INFINITY), |sum| sum.ln() + constant(top))
}

/// A distribution of one number.
#[derive(Clone, Debug)]
enum Dist {
    /// By mean and standard deviation.
    Normal(Num, Num),
    /// One of `0..n`, by the probability of each.
    Categorical(Vec<Num>),
}

/// One with probability `p`, else zero.
fn bernoulli(p: Num) -> Dist {
    Dist::Categorical(vec![constant(1.0) - p, p])
}

impl Dist {
    fn log_density(&self, x: Num) -> Num {
        match self {
            Dist::Normal(mean, deviation) => {
                let z = (x - *mean) * (-deviation.ln()).exp();
                constant(-0.5) * z * z - deviation.ln() - constant(0.5 * std::f64::consts::TAU.ln())
            }
            Dist::Categorical(p) => p[x.value as usize].ln(),
        }
    }

    /// Draws: of a normal a function of its parameters, along which derivatives flow, of a category a constant.
    fn draw(&self, rng: &mut impl Rng) -> Num {
        match self {
            Dist::Normal(mean, deviation) => *mean + *deviation * constant(rng.sample(StandardNormal)),
            Dist::Categorical(p) => {
                let mut left = rng.random::<f64>();
                let drawn = p.iter().position(|p| {
                    left -= p.value;
                    left < 0.0
                });
                constant(drawn.unwrap_or(p.len() - 1) as f64)
            }
        }
    }
}

/// What is summed over: the path through the values of the sites that are tried at each.
#[derive(Debug, Default)]
struct Path {
    /// The chosen value and the number of values, for each such site in the order in which the program met them.
    choices: Vec<(usize, usize)>,
    met: usize,
}

impl Path {
    fn choose(&mut self, count: usize) -> usize {
        if self.met == self.choices.len() {
            self.choices.push((0, count));
        }
        self.met += 1;
        self.choices[self.met - 1].0
    }

    /// Moves to the next path, the last choice first; returns false after the last.
    fn advance(&mut self) -> bool {
        self.met = 0;
        while let Some((chosen, count)) = self.choices.pop() {
            if chosen + 1 < count {
                self.choices.push((chosen + 1, count));
                return true;
            }
        }
        false
    }
}

/// Runs a program along every path.
fn along_every_path<T>(mut run: impl FnMut(&mut Path) -> T) -> Vec<T> {
    let mut path = Path::default();
    let mut results = vec![run(&mut path)];
    while path.advance() {
        results.push(run(&mut path));
    }
    results
}

/// One run of the guide.
struct Guide<'a> {
    parameters: &'a [f64],
    path: &'a mut Path,
    rng: &'a mut Xoshiro256PlusPlus,
    values: BTreeMap<String, Num>,
    /// The factor of the open plates, as in the model; the weight of a path has none.
    scale: f64,
    /// The log-probability of the path: an expectation is a sum over paths with this weight.
    weight: Num,
    /// The log-density of everything proposed.
    log: Num,
    /// The log-density of what was drawn and is no function of its parameters.
    score: Num,
}

impl Guide<'_> {
    fn param(&self, k: usize) -> Num {
        let mut by = [0.0; PARAMETERS];
        by[k] = 1.0;
        Num { value: self.parameters[k], by }
    }

    fn sample(&mut self, name: impl ToString, dist: &Dist) -> Num {
        let x = dist.draw(self.rng);
        self.log = self.log + constant(self.scale) * dist.log_density(x);
        if let Dist::Categorical(_) = dist {
            self.score = self.score + dist.log_density(x);
        }
        self.values.insert(name.to_string(), x);
        x
    }

    fn enumerate(&mut self, name: impl ToString, p: &[Num]) -> usize {
        let k = self.path.choose(p.len());
        self.log = self.log + constant(self.scale) * p[k].ln();
        self.weight = self.weight + p[k].ln();
        self.values.insert(name.to_string(), constant(k as f64));
        k
    }
}

/// One run of the model, at the guide's values.
struct Model<'a> {
    values: &'a BTreeMap<String, Num>,
    path: &'a mut Path,
    /// The factor of the open plates: `n / m` where `m` of `n` elements are visited.
    scale: f64,
    /// The log-joint.
    log: Num,
}

impl Model<'_> {
    fn sample(&mut self, name: impl ToString, dist: &Dist) -> Num {
        let x = self.values[&name.to_string()];
        self.observe(dist, x);
        x
    }

    fn observe(&mut self, dist: &Dist, x: Num) {
        self.log = self.log + constant(self.scale) * dist.log_density(x);
    }

    fn factor(&mut self, log_weight: Num) {
        self.log = self.log + constant(self.scale) * log_weight;
    }

    fn enumerate(&mut self, p: &[Num]) -> usize {
        let k = self.path.choose(p.len());
        self.log = self.log + p[k].ln();
        k
    }
}

/// `E_q [ln sum_paths p(x, z, path) - ln q(z)]`, and in its derivatives an unbiased estimate of the gradient.
///
/// The expectation is exact over what the guide enumerates, and estimated from one draw of what it samples. The gradient of
/// an expectation has three parts: by the weights of the paths, by the costs along pathwise draws, and the cost times the
/// score of the others.
fn elbo(
    model: impl Fn(&mut Model),
    guide: impl Fn(&mut Guide),
    parameters: &[f64],
    rng: &mut Xoshiro256PlusPlus,
) -> Num {
    let zero = constant(0.0);
    let of_path = |path: &mut Path| {
        let (values, rng) = (BTreeMap::new(), &mut *rng);
        let mut q = Guide { parameters, path, rng, values, scale: 1.0, weight: zero, log: zero, score: zero };
        guide(&mut q);
        let (values, weight, log_q, score) = (q.values, q.weight.exp(), q.log, q.score);
        let joint = along_every_path(|path| {
            let mut p = Model { values: &values, path, scale: 1.0, log: zero };
            model(&mut p);
            p.log
        });
        let cost = log_sum(&joint) - log_q;
        weight * (cost + cost.stopped() * (score - score.stopped()))
    };
    along_every_path(of_path).into_iter().reduce(|a, b| a + b).unwrap_or(zero)
}

/// `1 / (1 + e^-x)`.
fn sigmoid(x: Num) -> Num {
    (-(constant(1.0) + (-x).exp()).ln()).exp()
}

/// The programs, in miniature and in the language.
mod programs {
    use super::{Dist, Guide, Model, bernoulli, constant, sigmoid};
    use ppl::prelude::*;

    pub const X: [f64; 4] = [-0.6, 0.3, 1.9, 2.4];

    /// A mixture whose weights depend on a coin that the guide averages over: the components are summed out.
    #[model]
    pub fn mixture(x: &[f64]) {
        let coin = sample!("coin", Bernoulli::new(0.3));
        plate!("data", x.len(), |i| {
            let z = sample!("z", Bernoulli::new(0.2 + 0.5 * coin.to_real()), enumerate);
            observe!("x", Normal::new(2.0 * z.to_real() + 0.3 * coin.to_real(), 0.7), x.at(i));
            factor!("tilt", 0.4 * z.to_real() * (1.0 - coin.to_real()));
        });
    }

    #[guide(mixture)]
    pub fn coin() {
        sample!("coin", Bernoulli::new(param!("a", -0.4).sigmoid()), enumerate);
    }

    pub fn mini_mixture(run: &mut Model) {
        let coin = run.values["coin"].value;
        run.sample("coin", &bernoulli(constant(0.3)));
        for x in X {
            let p = constant(0.2 + 0.5 * coin);
            let z = run.enumerate(&[constant(1.0) - p, p]);
            run.observe(&Dist::Normal(constant(2.0 * z as f64 + 0.3 * coin), constant(0.7)), constant(x));
            run.factor(constant(0.4 * z as f64 * (1.0 - coin)));
        }
    }

    pub fn mini_coin(run: &mut Guide) {
        let p = sigmoid(run.param(0));
        run.enumerate("coin", &[constant(1.0) - p, p]);
    }

    /// A chain whose states are summed out, with a guide that averages over how it moves.
    #[model]
    pub fn chain(x: &[f64]) {
        let sticky = sample!("coin", Bernoulli::new(0.5)).to_real();
        markov!("time", x.len(), 0, |before, t| {
            let stays = 0.4 + 0.5 * sticky;
            let one = before.to_real() * stays + (1.0 - before.to_real()) * (1.0 - stays);
            let state = sample!("state", Bernoulli::new(one), enumerate);
            observe!("x", Normal::new(2.0 * state.to_real(), 0.7), x.at(t));
            state
        });
    }

    #[guide(chain)]
    pub fn chain_coin() {
        sample!("coin", Bernoulli::new(param!("a", -0.4).sigmoid()), enumerate);
    }

    pub fn mini_chain(run: &mut Model) {
        let stays = 0.4 + 0.5 * run.sample("coin", &bernoulli(constant(0.5))).value;
        let mut before = 0;
        for x in X {
            let one = if before == 1 { stays } else { 1.0 - stays };
            before = run.enumerate(&[constant(1.0 - one), constant(one)]);
            run.observe(&Dist::Normal(constant(2.0 * before as f64), constant(0.7)), constant(x));
        }
    }

    /// A coin for each element of a plate, of which two are visited at a time and stand for all four.
    #[model]
    pub fn rows(x: &[f64]) {
        plate!("data", x.len(), in_order(2), |i| {
            let z = sample!("z", Bernoulli::new(0.3));
            observe!("x", Normal::new(2.0 * z.to_real(), 0.7), x.at(i));
        });
    }

    #[guide(rows)]
    pub fn coins(x: &[f64]) {
        let a = param!("a", -0.4);
        plate!("data", x.len(), in_order(2), |i| {
            sample!("z", Bernoulli::new((a + 0.5 * x.at(i)).sigmoid()), enumerate);
        });
    }

    pub fn mini_rows(rows: [usize; 2]) -> impl Fn(&mut Model) {
        move |run| {
            run.scale = 2.0;
            for i in rows {
                let z = run.sample(i, &bernoulli(constant(0.3)));
                run.observe(&Dist::Normal(constant(2.0) * z, constant(0.7)), constant(X[i]));
            }
        }
    }

    pub fn mini_coins(rows: [usize; 2]) -> impl Fn(&mut Guide) {
        move |run| {
            run.scale = 2.0;
            for i in rows {
                let p = sigmoid(run.param(0) + constant(0.5 * X[i]));
                run.enumerate(i, &[constant(1.0) - p, p]);
            }
        }
    }

    /// A level that is drawn along its gradient, and a coin that depends on it, with the score function.
    #[model]
    pub fn level(x: &[f64]) {
        let level = sample!("level", Normal::new(0.0, 1.0));
        let coin = sample!("coin", Bernoulli::new(0.4));
        plate!("data", x.len(), |i| observe!("x", Normal::new(level + 2.0 * coin.to_real(), 1.0), x.at(i)));
    }

    #[guide(level)]
    pub fn drawn() {
        let level = sample!("level", Normal::new(param!("loc", 0.5), param!("log_scale", 0.1).exp()));
        sample!("coin", Bernoulli::new((param!("c", 0.3) + param!("d", -0.6) * level).sigmoid()));
    }

    pub fn mini_level(run: &mut Model) {
        let level = run.sample("level", &Dist::Normal(constant(0.0), constant(1.0)));
        let coin = run.sample("coin", &bernoulli(constant(0.4)));
        for x in X {
            run.observe(&Dist::Normal(level + constant(2.0) * coin, constant(1.0)), constant(x));
        }
    }

    pub fn mini_drawn(run: &mut Guide) {
        let level = run.sample("level", &Dist::Normal(run.param(0), run.param(1).exp()));
        run.sample("coin", &bernoulli(sigmoid(run.param(2) + run.param(3) * level)));
    }
}

type Trouble = Box<dyn std::error::Error>;

/// A loss with its derivatives by the parameters.
type Estimate = Vec<f64>;

/// Returns the loss and its gradient by the named parameters, as the library estimates them.
macro_rules! by_library {
    ($svi:expr, $names:expr) => {{
        let (step, gradient) = $svi.gradient()?;
        let mut estimate = vec![step.loss];
        for name in $names {
            estimate.push(gradient.get(name)?[[]]);
        }
        Ok::<Estimate, Trouble>(estimate)
    }};
}

/// Returns the same of the miniature's bound.
fn by_hand(bound: Num, parameters: usize) -> Estimate {
    std::iter::once(bound.value).chain(bound.by).map(|v| -v).take(1 + parameters).collect()
}

/// Asserts that two are equal to rounding.
fn same(name: &str, library: &Estimate, hand: &Estimate) -> Result<(), Trouble> {
    let apart = library.iter().zip(hand).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max);
    println!("{name:<34}{:>12.6}{:>12.6}   apart by {apart:.0e}", library[0], hand[0]);
    if apart < 1e-12 { Ok(()) } else { Err(format!("{name}: {library:?} is not {hand:?}").into()) }
}

/// The mean of many estimates, and the standard error of each number.
fn mean(
    n: usize,
    mut one: impl FnMut() -> Result<Estimate, Trouble>,
) -> Result<(Estimate, Estimate), Trouble> {
    let draws = (0..n).map(|_| one()).collect::<Result<Vec<_>, _>>()?;
    let width = draws[0].len();
    let mean: Estimate = (0..width).map(|k| draws.iter().map(|d| d[k]).sum::<f64>() / n as f64).collect();
    let error = |k: usize| {
        let squares: f64 = draws.iter().map(|d| (d[k] - mean[k]).powi(2)).sum();
        (squares / (n - 1) as f64 / n as f64).sqrt()
    };
    let errors = (0..width).map(error).collect();
    Ok((mean, errors))
}

fn main() -> Result<(), Trouble> {
    use programs::*;
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
    println!("{:<34}{:>12}{:>12}", "loss", "library", "miniature");

    let mut svi = Svi::new(mixture(&X), coin(), Elbo::default(), Adam::new(0.1));
    let bound = elbo(mini_mixture, mini_coin, &[-0.4], rng);
    same("a mixture under a coin", &by_library!(svi, ["a"])?, &by_hand(bound, 1))?;

    let mut svi = Svi::new(chain(&X), chain_coin(), Elbo::default(), Adam::new(0.1));
    let bound = elbo(mini_chain, mini_coin, &[-0.4], rng);
    same("a chain under a coin", &by_library!(svi, ["a"])?, &by_hand(bound, 1))?;

    let mut svi = Svi::new(rows(&X), coins(&X), Elbo::default(), Adam::new(0.1));
    for visited in [[0, 1], [2, 3]] {
        let bound = elbo(mini_rows(visited), mini_coins(visited), &[-0.4], rng);
        same(&format!("rows {visited:?} of four"), &by_library!(svi, ["a"])?, &by_hand(bound, 1))?;
    }

    // What is drawn agrees in the mean: within five standard errors of the difference, which are small enough to tell.
    const DRAWS: usize = 400_000;
    let names = ["loc", "log_scale", "c", "d"];
    let mut svi = Svi::new(level(&X), drawn(), Elbo::default(), Adam::new(0.1)).seed(1);
    let (library, e1) = mean(DRAWS, || by_library!(svi, names))?;
    let parameters = [0.5, 0.1, 0.3, -0.6];
    let (hand, e2) = mean(DRAWS, || Ok(by_hand(elbo(mini_level, mini_drawn, &parameters, rng), 4)))?;
    for (k, name) in ["loss"].iter().chain(&names).enumerate() {
        let error = e1[k].hypot(e2[k]);
        let z = (library[k] - hand[k]) / error;
        println!("drawn: {name:<27}{:>12.4}{:>12.4}   {z:>5.2} standard errors", library[k], hand[k]);
        if z.abs() > 5.0 || 5.0 * error > 0.1 * hand[k].abs() {
            return Err(
                format!("{name}: {} and {} differ, or cannot be told apart", library[k], hand[k]).into()
            );
        }
    }
    Ok(())
}
