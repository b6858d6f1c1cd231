//! Sentences from a few numbers: a variational autoencoder whose encoder and decoder are recurrent networks.
//!
//! A decoder that reads the words so far can do without the numbers, and then these stay at their prior ("posterior collapse"). Against it stand here the
//! remedies that are usual: a divergence that counts little at first, words that the decoder is not shown, free bits, and a bag of words that is
//! predicted from the numbers alone. Bowman et al. (2016), Generating sentences from a continuous space; Kingma et al. (2016), Improved variational inference with
//! inverse autoregressive flow, section C.8 (free bits); Zhao et al. (2017), Learning discourse-level diversity for neural dialog models (bag of words).

use ppl::prelude::*;
use ppl_examples::{Failure, Padded, sentences};

const LATENT: usize = 8;
const EMBEDDED: usize = 24;
const SIZE: usize = 40;
const BATCH: usize = 50;

/// Sentences, and the word before each word: at the beginning `vocabulary`, which also stands for a word that is not shown.
struct Words {
    words: Padded<usize>,
    before: ndarray::Array2<usize>,
    vocabulary: usize,
}

impl Words {
    fn new(words: Padded<usize>, vocabulary: usize) -> Words {
        Words { before: words.before(vocabulary), words, vocabulary }
    }

    fn len(&self) -> usize {
        self.words.lengths.len()
    }

    fn steps(&self) -> usize {
        self.words.values.ncols()
    }
}

/// Which remedies there are.
#[derive(Clone, Copy)]
struct Remedies {
    /// The share of words that the decoder is not shown.
    hidden: f64,
    free_bits: f64,
    bag: f64,
}

#[model(f32)]
fn sentence(data: &Words, remedies: Remedies) {
    let embedding = module!("embedding", nn::embedding(data.vocabulary + 1, EMBEDDED));
    let begin = module!("begin", nn::dense(LATENT, SIZE));
    let cell = module!("cell", nn::gru(EMBEDDED + LATENT, SIZE));
    let next = module!("next", nn::dense(SIZE, data.vocabulary));
    let of_bag = module!("of_bag", nn::dense(LATENT, data.vocabulary));
    plate!("sentence", data.len(), subsample(BATCH), |i| {
        let z = sample!("z", Normal::new(Tensor::zeros(&[LATENT]), 1.0), free_bits(remedies.free_bits));
        let (words, there) = (data.words.values.at(i), data.words.there.at(i));
        let before = embedding.at(data.before.at(i));
        let shown = noise!(
            "shown",
            Bernoulli::new(Tensor::full(&[data.steps(), 1], 1.0 - remedies.hidden)),
            evaluation(1.0)
        );
        let nothing = embedding.at(Discrete::from(data.vocabulary));
        let before = before * shown.to_tensor() + nothing * (1.0 - shown.to_tensor());
        let each = Tensor::zeros(&[data.steps(), LATENT]) + z;
        let read = cell.over(
            Tensor::concat(&[before, each], 1),
            begin.apply(z).tanh(),
            nn::lengths(data.words.lengths.at(i)),
        );
        let (next, bag) = (next.apply(read.states()), of_bag.apply(z).log_softmax(0));
        plate!("word", data.steps(), mask(there), |t| {
            observe!("is", Categorical::logits(next.at(t)), words.at(t));
            penalty!("bag", bag.at(words.at(t)).to_real() * -remedies.bag);
        });
    });
}

#[guide(sentence, f32)]
fn encoder(data: &Words, _remedies: Remedies) {
    let embedding = module!("encoder_embedding", nn::embedding(data.vocabulary, EMBEDDED));
    let cell = module!("encoder_cell", nn::gru(EMBEDDED, SIZE));
    let mean = module!("mean", nn::dense(SIZE, LATENT));
    let log_deviation = module!("log_deviation", nn::dense(SIZE, LATENT));
    plate!("sentence", data.len(), subsample(BATCH), |i| {
        let embedded = embedding.at(data.words.values.at(i));
        let read = cell.over(embedded, cell.zeros(), nn::lengths(data.words.lengths.at(i))).last();
        sample!("z", Normal::new(mean.apply(read), log_deviation.apply(read).exp()));
    });
}

/// What is said of other sentences, in nats for each: the bound, the log-probability by importance weights, and the divergence.
struct Found {
    bound: f64,
    log_probability: f64,
    divergence: f64,
}

fn learn(train: &Words, test: &Words, remedies: Remedies, steps: u64) -> Result<Found, Failure> {
    let weight = if remedies.hidden > 0.0 {
        Schedule::constant(1.0).after_warmup(steps / 2)
    } else {
        Schedule::constant(1.0)
    };
    let objective = Elbo::default().kl_weight(weight);
    let mut svi =
        Svi::new(sentence(train, remedies), encoder(train, remedies), objective, Adam::new(5e-3)).seed(1);
    for _ in 0..steps {
        svi.step()?;
    }
    let (model, guide) = (sentence(test, remedies), encoder(test, remedies));
    let of_each = |total: f64| total / test.len() as f64;
    let bound = of_each(svi.evaluate_on(&model, &guide).draws(10).run()?.total);
    let log_probability =
        of_each(svi.log_evidence_on(&model, &guide, 100).in_blocks("sentence", 50).run()?.total);
    // Of the sentences that were learnt from, in which every part of the bound has its own number.
    svi.evaluate(2)?;
    let divergence = svi.parts().iter().filter(|part| part.site == "z").map(|part| part.loss).sum::<f64>();
    Ok(Found { bound, log_probability, divergence: divergence / train.len() as f64 })
}

fn main() -> Result<(), Failure> {
    let read = sentences(include_str!("data/sentences.txt"), 3)?;
    let vocabulary = read.words.len();
    let ([train, _], [test, _]) = (read.train, read.test);
    let (train, test) = (Words::new(train, vocabulary), Words::new(test, vocabulary));
    println!(
        "{} sentences with {vocabulary} different words, {} others; nats for each of these",
        train.len(),
        test.len()
    );
    let steps = 160;
    let plain = learn(&train, &test, Remedies { hidden: 0.0, free_bits: 0.0, bag: 0.0 }, steps)?;
    let remedied = learn(&train, &test, Remedies { hidden: 0.3, free_bits: 3.0, bag: 1.0 }, steps)?;
    for (name, found) in [("without remedies", &plain), ("with them", &remedied)] {
        let Found { bound, log_probability, divergence } = found;
        println!(
            "  {name:<17} bound {bound:.2}, log-probability {log_probability:.2}, divergence {divergence:.2}"
        );
    }
    if remedied.divergence.is_nan() || remedied.divergence < plain.divergence + 1.0 {
        return Err("expected numbers that say more with the remedies than without".into());
    }
    Ok(())
}
