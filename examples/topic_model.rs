//! Topics of newsgroups: each article is a mixture of topics, and its words are drawn from that mixture.
//!
//! The shares of an article's topics are a softmax of correlated normal numbers (a logistic-normal model, whose correlations are learnt), which an encoder
//! guesses from the counts of the article's words. The topic of each word is summed out by a product of matrices: `p(word) = sum_k share_k topic_k(word)`.
//! Miao, Grefenstette and Blunsom (2017), Discovering discrete latent topics with neural variational inference.
//!
//! `topic_model -- FOLDER` reads the whole of 20 Newsgroups instead, `train.ldac`, `test.ldac` (unzipped) and `vocab.txt`, for 50 topics; build it with
//! `--release`.

use ndarray::{Array2, Axis};
use ppl::prelude::*;
use ppl_examples::{Bags, Failure, bags, bags_of, tokens, unigram_perplexity};
use std::path::Path;

#[model(f32)]
fn articles(counts: &Array2<u16>, sizes: Sizes) {
    let topics = param!("topics", init::normal([sizes.topics, counts.ncols()], 0.1)).softmax(1);
    let mix = module!("mix", nn::dense(sizes.topics, sizes.topics));
    plate!("article", counts.nrows(), subsample(sizes.batch), |i| {
        let z = sample!("z", Normal::new(Tensor::zeros(&[sizes.topics]), 1.0));
        let words = mix.apply(z).softmax(0).matmul(topics);
        // The words of an article in their order: a multinomial without its coefficient.
        factor!("words", counts.at(i).to_tensor().dot(words.ln()));
    });
}

#[guide(articles, f32)]
fn encoder(counts: &Array2<u16>, sizes: Sizes) {
    let hidden = module!("hidden", nn::mlp(&[counts.ncols(), sizes.hidden, sizes.hidden], Activation::Relu));
    let mean = module!("mean", nn::dense(sizes.hidden, sizes.topics));
    let log_deviation = module!("log_deviation", nn::dense(sizes.hidden, sizes.topics));
    plate!("article", counts.nrows(), subsample(sizes.batch), |i| {
        let seen = hidden.apply((counts.at(i).to_tensor() + 1.0).ln()).relu();
        // Of a long article the network may say that it knows all to forty digits.
        let deviation = log_deviation.apply(seen).clamp(-6.0, 2.0).exp();
        sample!("z", Normal::new(mean.apply(seen), deviation));
    });
}

#[derive(Clone, Copy)]
struct Sizes {
    topics: usize,
    hidden: usize,
    batch: usize,
}

/// What is read, how large the networks are, and how many steps they learn.
fn setting() -> Result<(Bags, Sizes, u64), Failure> {
    Ok(match std::env::args().nth(1) {
        Some(folder) => (bags_of(Path::new(&folder))?, Sizes { topics: 50, hidden: 256, batch: 100 }, 30_000),
        None => {
            let read = bags(include_str!("data/newsgroups.txt"), include_str!("data/newsgroups_words.txt"))?;
            (read, Sizes { topics: 8, hidden: 40, batch: 40 }, 1_500)
        }
    })
}

fn main() -> Result<(), Failure> {
    let (Bags { train, test, words }, sizes, steps) = setting()?;
    println!("{} articles of {} words to learn from and {} others", train.nrows(), words.len(), test.nrows());
    // The divergence counts little at first, or the numbers of articles say nothing.
    let objective = Elbo::default().kl_weight(Schedule::constant(1.0).after_warmup(steps / 3));
    let mut svi =
        Svi::new(articles(&train, sizes), encoder(&train, sizes), objective, Adam::new(2e-3)).seed(1);
    let (model, guide) = (articles(&test, sizes), encoder(&test, sizes));
    let tokens = tokens(&test);
    let mut best = f64::INFINITY;
    for step in 1..=steps {
        svi.step()?;
        if step % (steps / 5) == 0 {
            let found = svi.evaluate_on(&model, &guide).draws(20).in_blocks("article", 500).run()?;
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
    print_topics(svi.parameters().get("topics")?.view().into_dimensionality()?, &words);
    if best.is_nan() || best > 0.9 * alone {
        return Err(format!("expected a perplexity below {:.1}, got {best:.1}", 0.9 * alone).into());
    }
    Ok(())
}

/// Prints the words of each topic that are likelier there than elsewhere: by the logits of the topic, less the mean of those of all.
fn print_topics(topics: ndarray::ArrayView2<'_, f64>, words: &[String]) {
    const SHOWN: usize = 8;
    let log_words = topics.map_axis(Axis(1), |row| row.mapv(f64::exp).sum().ln());
    let usual = topics.mean_axis(Axis(0)).unwrap_or_default();
    for (k, topic) in topics.rows().into_iter().enumerate().take(10) {
        // A word that is never seen says nothing, however seldom it is elsewhere.
        let score = |word: usize| (topic[word] - log_words[k]).exp() * (topic[word] - usual[word]);
        let mut order: Vec<usize> = (0..words.len()).collect();
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let shown: Vec<&str> = order.iter().take(SHOWN).map(|&word| words[word].as_str()).collect();
        println!("topic {k}: {}", shown.join(" "));
    }
}
