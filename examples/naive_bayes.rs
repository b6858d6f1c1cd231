//! Which newsgroup does an article come from? A mixture of word frequencies, learnt from five labelled articles of each group
//! and from all the others without their labels, whose groups are summed out.
//!
//! Nigam, McCallum, Thrun and Mitchell (2000), Text classification from labeled and unlabeled documents using EM.
//!
//! `PPL_NEWSGROUPS` may name another file in the format of `data/newsgroups.txt`: on each line the group of an article, then
//! `word:count` of its words, all counted from zero.

use ndarray::{Array2, Axis};
use ppl::prelude::*;

#[model]
fn articles(groups: usize, counts: &Array2<usize>, lengths: &[f64], labels: &[Option<usize>]) {
    let share = sample!("share", Dirichlet::new(Tensor::full(&[groups], 2.0)));
    let words = plate!("group", groups, |_k| {
        sample!("words", Dirichlet::new(Tensor::full(&[counts.ncols()], 1.1)))
    });
    plate!("article", counts.nrows(), |i| {
        let group = sample!("topic", Categorical::new(share), enumerate, given(labels.at(i)));
        observe!("counts", Multinomial::new(lengths.at(i), words.at(group)), counts.at(i));
    });
}

/// The mode of the posterior.
#[guide(articles)]
fn mode(groups: usize, words: usize) {
    sample!("share", Delta::new(param!("share_logits", init::zeros([groups])).softmax(0)));
    plate!("group", groups, |_k| {
        sample!("words", Delta::new(param!("word_logits", init::zeros([words])).softmax(0)));
    });
}

struct Articles {
    group: Vec<usize>,
    counts: Array2<usize>,
    lengths: Vec<f64>,
}

fn read() -> Result<(Articles, bool), Box<dyn std::error::Error>> {
    let (text, bundled) = match std::env::var("PPL_NEWSGROUPS") {
        Err(_) => (include_str!("data/newsgroups.txt").to_owned(), true),
        Ok(path) => {
            let expected = "expected on each line a group, then `word:count` of each word";
            (
                std::fs::read_to_string(&path)
                    .map_err(|e| format!("PPL_NEWSGROUPS={path}: {e}; {expected}"))?,
                false,
            )
        }
    };
    let ppl_examples::Articles { group, counts } = ppl_examples::articles(&text)?;
    let lengths = counts.sum_axis(Axis(1)).iter().map(|&n| n as f64).collect();
    Ok((Articles { group, counts, lengths }, bundled))
}

/// The share of unlabelled articles that are found to be in their group by expectation-maximisation (in NumPy, to
/// convergence), from the labelled articles alone and from all.
const REFERENCE: (f64, f64) = (0.687, 0.803);

/// The log joint density at the mode that it reaches from the labelled articles.
const REFERENCE_LOG_JOINT: f64 = -43_809.65;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (Articles { group, counts, lengths }, bundled) = read()?;
    let groups = group.iter().max().map_or(0, |g| g + 1);
    // The first five of each group keep their labels.
    let labels = ppl_examples::labels_of_first(5, &group);
    let labelled: Vec<usize> = (0..group.len()).filter(|&i| labels[i].is_some()).collect();
    let few = counts.select(Axis(0), &labelled);
    let few_lengths: Vec<f64> = labelled.iter().map(|&i| lengths[i]).collect();
    let few_labels: Vec<Option<usize>> = labelled.iter().map(|&i| labels[i]).collect();

    let model = articles(groups, &counts, &lengths, &labels);
    let guide = mode(groups, counts.ncols());
    let mut from_few = Svi::new(
        articles(groups, &few, &few_lengths, &few_labels),
        mode(groups, counts.ncols()),
        Elbo::default(),
        Adam::new(Schedule::cosine(0.1, 200)),
    );
    let mut from_all = Svi::new(&model, &guide, Elbo::default(), Adam::new(Schedule::cosine(0.1, 300)));
    for _ in 0..200 {
        from_few.step()?;
    }
    // Learning from all begins with what the labelled ones say.
    for (name, value) in from_few.parameters().iter() {
        from_all.step()?;
        from_all.set_parameter(name, value.to_owned())?;
    }
    for _ in 0..300 {
        from_all.step()?;
    }
    let accuracy = |marginals: &ppl::results::Marginals| -> Option<f64> {
        let chances = marginals.get("topic")?;
        let unknown: Vec<usize> = (0..group.len()).filter(|&i| labels[i].is_none()).collect();
        let best = |i: &usize| (0..groups).max_by(|&a, &b| chances[[*i, a]].total_cmp(&chances[[*i, b]]));
        Some(unknown.iter().filter(|i| best(i) == Some(group[**i])).count() as f64 / unknown.len() as f64)
    };
    let few = accuracy(&from_few.posterior_on(&model, &guide).marginals(1)?).ok_or("the group")?;
    let all = accuracy(&from_all.posterior().marginals(1)?).ok_or("the group")?;
    let log_joint = -from_all.evaluate(1)?.loss;
    println!("learnt from              unlabelled articles placed rightly  reference");
    println!("{:<4} labelled articles   {few:>35.3}  {:.3}", labelled.len(), REFERENCE.0);
    println!("and {:<4} without labels   {all:>34.3}  {:.3}", group.len() - labelled.len(), REFERENCE.1);
    println!("log joint density at the mode: {log_joint:.2}, reference {REFERENCE_LOG_JOINT:.2}");
    if bundled {
        assert!((few - REFERENCE.0).abs() < 0.02 && (all - REFERENCE.1).abs() < 0.02);
        // There are many modes; from the same start another algorithm may end in another one, but in no worse.
        assert!(log_joint > REFERENCE_LOG_JOINT - 1.0, "the log joint density is {log_joint}");
    }
    Ok(())
}
