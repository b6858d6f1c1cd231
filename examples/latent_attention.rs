//! Latent attention: a question is answered from one of the items of a list, and nobody says from which.
//!
//! Each list has six keys, each with a value; a question asks for one of its keys, and nine answers of ten are its value. Which item is read is a latent site,
//! `a`, whose probabilities are a softmax of products of vectors. Three programs learn them:
//! - marginal: `a` is summed out (Deng et al. 2018, Latent alignment and variational attention);
//! - hard: a network that sees the answer proposes `a`, by the score function with a learned baseline (Xu et al. 2015, Show, attend and tell);
//! - copy: a second latent bit says whether the answer is the value that was read, or is made without it (Gu et al. 2016, Incorporating copying mechanism).
//!
//! All are judged by the exact log-probability of answers to other questions. The data are drawn here, so the best that can be reached is known.

use ndarray::Array2;
use ppl::prelude::*;
use ppl_examples::Failure;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const KEYS: usize = 8;
const VALUES: usize = 12;
const ITEMS: usize = 6;

/// The share of answers that may be anything.
const NOISE: f64 = 0.1;

struct Questions {
    /// `[questions, ITEMS]`.
    keys: Array2<usize>,
    /// `[questions, ITEMS]`.
    values: Array2<usize>,
    asked: Vec<usize>,
    answers: Vec<usize>,
}

impl Questions {
    fn draw(seed: u64, n: usize) -> Questions {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut keys = Array2::zeros((n, ITEMS));
        for mut row in keys.rows_mut() {
            let mut all: Vec<usize> = (0..KEYS).collect();
            for place in &mut row {
                *place = all.swap_remove(rng.random_range(0..all.len()));
            }
        }
        let values = Array2::from_shape_simple_fn((n, ITEMS), || rng.random_range(0..VALUES));
        let (mut asked, mut answers) = (Vec::new(), Vec::new());
        for i in 0..n {
            let item = rng.random_range(0..ITEMS);
            asked.push(keys[[i, item]]);
            let noisy = rng.random_bool(NOISE);
            answers.push(if noisy { rng.random_range(0..VALUES) } else { values[[i, item]] });
        }
        Questions { keys, values, asked, answers }
    }

    fn len(&self) -> usize {
        self.asked.len()
    }
}

/// Vectors of keys and of what is asked for, whose products say which item is read, and a table of answers for each value.
#[derive(Clone, Copy)]
struct Reader {
    keys: nn::Embedding,
    asked: nn::Embedding,
    answers: nn::Embedding,
}

#[module]
fn reader() -> Reader {
    Reader {
        keys: module!("keys", nn::embedding(KEYS, 8)),
        asked: module!("asked", nn::embedding(KEYS, 8)),
        answers: module!("answers", nn::embedding(VALUES, VALUES)),
    }
}

impl Reader {
    /// How well each item fits the question, `[ITEMS]`.
    fn attend(&self, keys: Discrete, asked: Discrete) -> Tensor {
        self.keys.at(keys).matmul(self.asked.at(asked))
    }
}

#[model]
fn marginal(data: &Questions) {
    let reader = module!("reader", reader());
    plate!("question", data.len(), |i| {
        let scores = reader.attend(data.keys.at(i), data.asked.at(i));
        let a = sample!("a", Categorical::logits(scores), enumerate);
        let read = data.values.at(i).at(a);
        observe!("answer", Categorical::logits(reader.answers.at(read)), data.answers.at(i));
    });
}

#[guide(marginal)]
fn nothing(_data: &Questions) {}

#[model]
fn hard(data: &Questions) {
    let reader = module!("reader", reader());
    plate!("question", data.len(), |i| {
        let scores = reader.attend(data.keys.at(i), data.asked.at(i));
        let a = sample!("a", Categorical::logits(scores));
        let read = data.values.at(i).at(a);
        observe!("answer", Categorical::logits(reader.answers.at(read)), data.answers.at(i));
    });
}

/// Proposes an item by its key and by its value, which the answer resembles.
#[guide(hard)]
fn inference(data: &Questions) {
    let by_key = module!("by_key", reader());
    let resembles = module!("resembles", nn::embedding(VALUES, VALUES));
    let level = module!("baseline", nn::embedding(VALUES, 1));
    plate!("question", data.len(), |i| {
        let answer = data.answers.at(i);
        let scores = by_key.attend(data.keys.at(i), data.asked.at(i))
            + resembles.at(data.values.at(i)).matmul(answer.one_hot(VALUES));
        let predicted = Learned(level.at(answer).at(0).to_real());
        sample!("a", Categorical::logits(scores), Score::baseline((predicted, DecayingAverage::new(0.9))));
    });
}

#[model]
fn copy(data: &Questions) {
    let reader = module!("reader", reader());
    let (copies, made) = (param!("copies", 0.0), param!("made", init::zeros([VALUES])).softmax(0));
    plate!("question", data.len(), |i| {
        let scores = reader.attend(data.keys.at(i), data.asked.at(i));
        let a = sample!("a", Categorical::logits(scores), enumerate);
        let copied = sample!("copied", Bernoulli::logits(copies), enumerate).to_real();
        let read: Tensor = data.values.at(i).at(a).one_hot(VALUES);
        let answer = read * copied + made * (1.0 - copied);
        observe!("answer", Categorical::new(answer), data.answers.at(i));
    });
}

#[guide(copy)]
fn nothing_to_copy(_data: &Questions) {}

fn main() -> Result<(), Failure> {
    let (train, test) = (Questions::draw(1, 400), Questions::draw(2, 400));
    let of_each = |total: f64| total / test.len() as f64;
    // Of the answers that may be anything one in twelve is right by chance.
    let (right, wrong) = (1.0 - NOISE + NOISE / VALUES as f64, NOISE / VALUES as f64);
    let best = right * right.ln() + (VALUES - 1) as f64 * wrong * wrong.ln();
    println!("nats for each answer to {} other questions", test.len());
    println!("  at best    {best:.3}; by chance {:.3}", -(VALUES as f64).ln());

    let mut svi = Svi::new(marginal(&train), nothing(&train), Evidence::new(), Adam::new(0.03)).seed(1);
    for _ in 0..150 {
        svi.step()?;
    }
    let by_sum = of_each(svi.evaluate_on(&marginal(&test), &nothing(&test)).draws(1).run()?.total);
    println!("  marginal   {by_sum:.3}");

    let mut svi = Svi::new(hard(&train), inference(&train), Elbo::default(), Adam::new(0.03)).seed(1);
    for _ in 0..500 {
        svi.step()?;
    }
    // The same parameters in the program that sums: no bound, but what it bounds.
    let (bound, summed) = (
        of_each(svi.evaluate_on(&hard(&test), &inference(&test)).draws(20).run()?.total),
        of_each(svi.evaluate_on(&marginal(&test), &nothing(&test)).draws(1).run()?.total),
    );
    println!("  hard       {summed:.3}, of which the guide bounds {bound:.3}");

    let mut svi = Svi::new(copy(&train), nothing_to_copy(&train), Evidence::new(), Adam::new(0.03)).seed(1);
    for _ in 0..150 {
        svi.step()?;
    }
    let copied = of_each(svi.evaluate_on(&copy(&test), &nothing_to_copy(&test)).draws(1).run()?.total);
    let share = 1.0 / (1.0 + (-svi.parameters().get("copies")?[[]]).exp());
    println!("  copy       {copied:.3}, with a share of {share:.2} that is copied");
    for (name, found) in [("marginal", by_sum), ("hard", summed), ("copy", copied)] {
        if found.is_nan() || found < best - 0.35 {
            return Err(format!("{name}: expected more than {:.3} nats, got {found:.3}", best - 0.35).into());
        }
    }
    if bound > summed {
        return Err(format!("the bound {bound} lies above what it bounds, {summed}").into());
    }
    Ok(())
}
