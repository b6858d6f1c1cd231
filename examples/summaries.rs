//! Articles in a few symbols: each is summarised by two letters of an alphabet of five, and by its newsgroup, which is known of every fourth.
//!
//! The letters are latent categories, proposed by a network that reads the article; each is compared with four draws at once. The group is one more category: observed where
//! there is a label, proposed at all its values elsewhere, and the labels teach the network that proposes it (Kingma et al. 2014, Semi-supervised learning with deep generative
//! models, equations 6 to 9).

use ndarray::{Array2, Axis};
use ppl::prelude::*;
use ppl_examples::{Articles, Failure, articles, labels_of_first, tokens, unigram_perplexity};

const GROUPS: usize = 4;
const LETTERS: usize = 2;
const ALPHABET: usize = 5;
const HIDDEN: usize = 32;
const BATCH: usize = 50;

/// How much more a label counts for the network than an article.
const TAUGHT: f64 = 20.0;

struct Data {
    counts: Array2<u16>,
    labels: Vec<Option<usize>>,
    /// The label, or any where there is none.
    any: Vec<usize>,
    has_label: Vec<bool>,
}

impl Data {
    fn new(counts: Array2<u16>, labels: Vec<Option<usize>>) -> Data {
        let any = labels.iter().map(|label| label.unwrap_or(0)).collect();
        let has_label = labels.iter().map(Option::is_some).collect();
        Data { counts, labels, any, has_label }
    }
}

#[model(f32)]
fn summarised(data: &Data) {
    let words = data.counts.ncols();
    let usual = param!("usual", init::zeros([words]));
    let of_group = param!("of_group", init::normal([GROUPS, words], 0.1));
    let of_letter = param!("of_letter", init::normal([LETTERS * ALPHABET, words], 0.1));
    plate!("article", data.counts.nrows(), subsample(BATCH), |i| {
        let group = sample!("group", Categorical::logits(Tensor::zeros(&[GROUPS])), given(data.labels.at(i)));
        let code = sample!("code", Categorical::logits(Tensor::zeros(&[LETTERS, ALPHABET])));
        let said: Tensor<f32> = code.one_hot(ALPHABET).reshape(&[LETTERS * ALPHABET]);
        let logits = usual + of_group.at(group) + said.matmul(of_letter);
        factor!("words", data.counts.at(i).to_tensor().dot(logits.log_softmax(0)));
    });
}

#[guide(summarised, f32)]
fn reader(data: &Data) {
    let read = module!("read", nn::dense(data.counts.ncols(), HIDDEN));
    let (to_group, to_code) = (
        module!("to_group", nn::dense(data.counts.ncols(), GROUPS)),
        module!("to_code", nn::dense(HIDDEN, LETTERS * ALPHABET)),
    );
    plate!("article", data.counts.nrows(), subsample(BATCH), |i| {
        let seen = (data.counts.at(i).to_tensor() + 1.0).ln();
        let belief = to_group.apply(seen);
        sample!("group", Categorical::logits(belief), enumerate, given(data.labels.at(i)));
        penalty!(
            "of_labels",
            belief.log_softmax(0).at(data.any.at(i)).to_real() * -TAUGHT,
            mask(data.has_label.at(i))
        );
        let letters = to_code.apply(read.apply(seen).tanh()).reshape(&[LETTERS, ALPHABET]);
        sample!("code", Categorical::logits(letters), LeaveOneOut::samples(4));
    });
}

fn main() -> Result<(), Failure> {
    let Articles { group, counts } = articles(include_str!("data/newsgroups.txt"))?;
    let vocabulary: Vec<&str> =
        include_str!("data/newsgroups_words.txt").lines().filter(|line| !line.starts_with('#')).collect();
    // The first 25 of each group keep their labels.
    let labels = labels_of_first(25, &group);
    let data = Data::new(counts.mapv(|n| n as u16), labels);
    let mut svi = Svi::new(summarised(&data), reader(&data), Elbo::default(), Adam::new(1e-2)).seed(1);
    let tokens = tokens(&data.counts);
    for _ in 0..200 {
        svi.step()?;
    }
    let bound = svi.evaluate_on(&summarised(&data), &reader(&data)).run()?;
    let perplexity = bound.perplexity("article", &tokens)?;
    let alone = unigram_perplexity(&data.counts, &data.counts);
    println!("perplexity of the articles {perplexity:.1}; {alone:.1} with words drawn one by one");

    let draws = svi.posterior().draws(50)?;
    let groups = draws.get("group")?;
    let share_of =
        |i: usize, g: usize| groups.index_axis(Axis(1), i).iter().filter(|&&drawn| drawn == g as f64).count();
    let best = |i: usize| (0..GROUPS).max_by_key(|&g| share_of(i, g));
    let unknown: Vec<usize> = (0..group.len()).filter(|&i| !data.has_label[i]).collect();
    let right = unknown.iter().filter(|&&i| best(i) == Some(group[i])).count() as f64 / unknown.len() as f64;
    println!("articles without a label whose group is found: {right:.3} of {}", unknown.len());

    // What the letters say: the words that each makes likelier than the others of its place do.
    let of_letter = svi.parameters().get("of_letter")?.clone().into_dimensionality::<ndarray::Ix2>()?;
    for (k, row) in of_letter.rows().into_iter().enumerate().step_by(2) {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let shown: Vec<&str> = order.iter().take(6).map(|&word| vocabulary[word]).collect();
        println!("place {}, letter {}: {}", k / ALPHABET + 1, k % ALPHABET + 1, shown.join(" "));
    }
    if perplexity.is_nan() || perplexity > 0.95 * alone || right < 0.6 {
        return Err(format!("expected a perplexity below {:.1} and six groups of ten", 0.95 * alone).into());
    }
    Ok(())
}
