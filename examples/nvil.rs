//! A belief network of newsgroups: fifty hidden bits of an article say which words are likely in it.
//!
//! The bits are drawn by an inference network that reads the article. They have no pathwise gradient: it is estimated by the score function with the
//! three parts of the baseline of Mnih and Gregor (2014), Neural variational inference and learning in belief networks: one that a network predicts from the
//! article, one that follows what this leaves, and a division by the deviation.
//!
//! `nvil -- FOLDER` reads the whole of 20 Newsgroups instead, `train.ldac`, `test.ldac` (unzipped) and `vocab.txt`; build it with `--release`.

use ndarray::Array2;
use ppl::prelude::*;
use ppl_examples::{Bags, Failure, bags, bags_of, tokens, unigram_perplexity};
use std::path::Path;

#[model(f32)]
fn articles(counts: &Array2<u16>, bits: usize, batch: usize) {
    let prior = param!("prior", init::zeros([bits]));
    let decoder = module!("decoder", nn::dense(bits, counts.ncols()));
    plate!("article", counts.nrows(), subsample(batch), |i| {
        let h = sample!("h", Bernoulli::logits(prior));
        let log_words = decoder.apply(h.to_tensor()).log_softmax(0);
        // The words of an article in their order: a multinomial without its coefficient.
        factor!("words", counts.at(i).to_tensor().dot(log_words));
    });
}

#[guide(articles, f32)]
fn inference(counts: &Array2<u16>, bits: usize, batch: usize) {
    let network = module!("network", nn::mlp(&[counts.ncols(), 2 * bits, bits], Activation::Tanh));
    let baseline = module!("baseline", nn::mlp(&[counts.ncols(), 100, 1], Activation::Tanh));
    plate!("article", counts.nrows(), subsample(batch), |i| {
        let seen = (counts.at(i).to_tensor() + 1.0).ln();
        let predicted = Learned(baseline.apply(seen).to_real());
        sample!(
            "h",
            Bernoulli::logits(network.apply(seen)),
            Score::baseline((predicted, Standardised::new(0.8)))
        );
    });
}

/// What is read, how many bits there are, how many articles a step sees and how many steps there are.
fn setting() -> Result<(Bags, [usize; 3]), Failure> {
    Ok(match std::env::args().nth(1) {
        Some(folder) => (bags_of(Path::new(&folder))?, [50, 100, 30_000]),
        None => {
            let read = bags(include_str!("data/newsgroups.txt"), include_str!("data/newsgroups_words.txt"))?;
            (read, [20, 40, 1_200])
        }
    })
}

fn main() -> Result<(), Failure> {
    let (Bags { train, test, words }, [bits, batch, steps]) = setting()?;
    println!("{} articles of {} words to learn from and {} others", train.nrows(), words.len(), test.nrows());
    let optimiser = Adam::new(1e-3).group("baseline/*", 3e-3);
    let (model, guide) = (articles(&train, bits, batch), inference(&train, bits, batch));
    let mut svi = Svi::new(model, guide, Elbo::default().closed_kl(false), optimiser).seed(1);
    let (model, guide) = (articles(&test, bits, batch), inference(&test, bits, batch));
    let tokens = tokens(&test);
    let mut best = f64::INFINITY;
    for step in 1..=steps {
        svi.step()?;
        if step % (steps / 5) == 0 {
            let found = svi.log_evidence_on(&model, &guide, 50).in_blocks("article", 500).run()?;
            let (of_corpus, mean) =
                (found.perplexity("article", &tokens)?, found.mean_perplexity("article", &tokens)?);
            println!(
                "step {step:>6}: perplexity of others {of_corpus:.1}, a mean over articles of {mean:.1}"
            );
            best = best.min(of_corpus);
        }
    }
    let alone = unigram_perplexity(&train, &test);
    println!("words that are drawn one by one: {alone:.1}");
    if best.is_nan() || best > 0.96 * alone {
        return Err(format!("expected a perplexity below {:.1}, got {best:.1}", 0.96 * alone).into());
    }
    Ok(())
}
