//! Chorales by a state that moves on by networks: a deep Markov model, with the temporal bound.
//!
//! What sounds at a step is drawn from a state by one network, and the state from the one before by another. The guide draws a chorale's states one after the other too,
//! each from the state before and from a recurrent network that has read the rest of the chorale, from its end: what comes later is all that the state before does
//! not tell. Krishnan, Shalit and Sontag (2017), Structured inference networks for nonlinear state space models, equations 4 to 9.
//!
//! `deep_markov -- FILE` reads another file in the format of `data/harmonies.txt`; build it with `--release`.

use ndarray::Array3;
use ppl::prelude::*;
use ppl_examples::{Failure, NOTES, harmonies};

#[derive(Clone, Copy)]
struct Sizes {
    latent: usize,
    hidden: usize,
    batch: usize,
}

struct Chorales {
    /// `[chorales, steps, NOTES]`.
    notes: Array3<u8>,
    lengths: Vec<usize>,
}

impl Chorales {
    fn read(text: &str, part: &str) -> Result<Chorales, Failure> {
        let (notes, lengths) = harmonies(text, part)?;
        Ok(Chorales { notes, lengths })
    }

    fn steps(&self) -> usize {
        self.notes.len_of(ndarray::Axis(1))
    }

    fn count(&self) -> f64 {
        self.lengths.iter().sum::<usize>() as f64
    }
}

/// A mean and a deviation that a network makes of a state and something else.
#[derive(Clone, Copy)]
struct Gaussian {
    hidden: nn::Dense<f32>,
    mean: nn::Dense<f32>,
    deviation: nn::Dense<f32>,
}

#[module(f32)]
fn gaussian(inputs: usize, hidden: usize, latent: usize) -> Gaussian {
    Gaussian {
        hidden: module!("hidden", nn::dense(inputs, hidden)),
        mean: module!("mean", nn::dense(hidden, latent)),
        deviation: module!("deviation", nn::dense(hidden, latent)),
    }
}

impl Gaussian {
    fn of(&self, inputs: Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
        let hidden = self.hidden.apply(inputs).relu();
        (self.mean.apply(hidden), self.deviation.apply(hidden).softplus())
    }
}

#[model(f32)]
fn chorales(data: &Chorales, sizes: Sizes) {
    let next = module!("next", gaussian(sizes.latent, sizes.hidden, sizes.latent));
    let sound = module!("sound", nn::mlp(&[sizes.latent, sizes.hidden, NOTES], Activation::Relu));
    plate!("chorale", data.lengths.len(), subsample(sizes.batch), |i| {
        let notes = data.notes.at(i);
        let start = Tensor::zeros(&[sizes.latent]);
        markov!("time", data.steps(), start, lengths(data.lengths.at(i)), |before, t| {
            let (mean, deviation) = next.of(before);
            let z = sample!("z", Normal::new(mean, deviation));
            observe!("notes", Bernoulli::logits(sound.apply(z)), notes.at(t));
            z
        });
    });
}

#[guide(chorales, f32)]
fn filter(data: &Chorales, sizes: Sizes) {
    let read = module!("read", nn::dense(NOTES, sizes.hidden));
    let cell = module!("cell", nn::gru(sizes.hidden, sizes.hidden)).backward();
    let combine = module!("combine", gaussian(sizes.latent + sizes.hidden, sizes.hidden, sizes.latent));
    plate!("chorale", data.lengths.len(), subsample(sizes.batch), |i| {
        let length = data.lengths.at(i);
        let seen = read.apply(data.notes.at(i).to_tensor()).relu();
        let rest = cell.over(seen, cell.zeros(), nn::lengths(length)).states();
        let start = Tensor::zeros(&[sizes.latent]);
        markov!("time", data.steps(), start, lengths(length), |before, t| {
            let (mean, deviation) = combine.of(Tensor::concat(&[before, rest.at(t)], 0));
            sample!("z", Normal::new(mean, deviation))
        });
    });
}

/// Returns the log-probability of what sounds at a step where notes know nothing of each other, in nats.
fn notes_apart(train: &Chorales, test: &Chorales) -> f64 {
    let of_note = |note: usize| {
        let sounds = |data: &Chorales| {
            let of = data.notes.index_axis(ndarray::Axis(2), note);
            of.iter().map(|&v| f64::from(v)).sum::<f64>()
        };
        let share = (sounds(train) + 0.5) / (train.count() + 1.0);
        sounds(test) * share.ln() + (test.count() - sounds(test)) * (1.0 - share).ln()
    };
    (0..NOTES).map(of_note).sum::<f64>() / test.count()
}

fn main() -> Result<(), Failure> {
    let (text, sizes, steps) = match std::env::args().nth(1) {
        Some(path) => (std::fs::read_to_string(path)?, Sizes { latent: 64, hidden: 200, batch: 20 }, 5_000),
        None => {
            (include_str!("data/harmonies.txt").to_owned(), Sizes { latent: 12, hidden: 48, batch: 6 }, 152)
        }
    };
    let (train, test) = (Chorales::read(&text, "# train")?, Chorales::read(&text, "# test")?);
    println!(
        "{} chorales to learn from, {} others; nats for each step of these",
        train.lengths.len(),
        test.lengths.len()
    );
    let apart = notes_apart(&train, &test);
    println!("  notes that know nothing of each other {apart:.2}");
    // The divergence counts little at first, so that states learn to say something.
    let objective = Elbo::default().kl_weight(Schedule::constant(1.0).after_warmup(steps / 2));
    let mut svi =
        Svi::new(chorales(&train, sizes), filter(&train, sizes), objective, ClippedAdam::new(0.03)).seed(1);
    let (quarter, mut sum) = (steps / 4, 0.0);
    for step in 1..=steps {
        sum += svi.step()?.elbo / train.count();
        if step % quarter == 0 {
            println!("  steps up to {step:>5}: {:.2} of what was learnt from", sum / quarter as f64);
            sum = 0.0;
        }
    }
    let (model, guide) = (chorales(&test, sizes), filter(&test, sizes));
    let bound = svi.evaluate_on(&model, &guide).draws(1).run()?.total / test.count();
    println!("  a deep Markov model                   {bound:.2} or more");
    if bound.is_nan() || bound < apart + 0.5 {
        return Err(format!("expected a bound above {:.2}, got {bound:.2}", apart + 0.5).into());
    }
    Ok(())
}
