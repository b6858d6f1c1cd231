//! Parts of speech without a teacher: a hidden Markov model of words whose transitions are made by a network that reads the words so far.
//!
//! The states are summed out as in any hidden Markov model, although each sentence and each place in it has a table of transitions of its own.
//! Tran et al. (2016), Unsupervised neural hidden Markov models, section 5.2.
//!
//! What is learnt is judged by the words of other sentences, and by how well states go with the parts of speech, which the model never sees: each state is called by
//! the part that it most often stands for ("many to one").

use ppl::prelude::*;
use ppl_examples::{Failure, Padded, Sentences, sentences, steps_apart};

const STATES: usize = 12;
const SIZE: usize = 12;
const BATCH: usize = 100;

/// Sentences, and what stands before each of their words: at the beginning a rare word.
struct Words {
    words: Padded<usize>,
    before: ndarray::Array2<usize>,
}

impl Words {
    fn new(words: Padded<usize>) -> Words {
        Words { before: words.before(0), words }
    }

    fn steps(&self) -> usize {
        self.words.values.ncols()
    }
}

#[model(f32)]
fn tagged(data: &Words, vocabulary: usize, batch: usize) {
    let first = param!("first", init::normal([STATES], 1.0)).softmax(0);
    let emissions = param!("emissions", init::normal([STATES, vocabulary], 1.0)).softmax(1);
    let embedding = module!("embedding", nn::embedding(vocabulary, 16));
    let cell = module!("cell", nn::gru(16, SIZE));
    let transitions = module!("transitions", nn::dense(SIZE, STATES * STATES));
    plate!("sentence", data.words.lengths.len(), subsample(batch), |i| {
        let (words, length) = (data.words.values.at(i), data.words.lengths.at(i));
        let read = cell.over(embedding.at(data.before.at(i)), cell.zeros(), nn::lengths(length)).states();
        let table = transitions.apply(read).reshape(&[data.steps(), STATES, STATES]);
        // The state before the first word says where a sentence begins.
        let start = sample!("start", Categorical::new(first), enumerate);
        markov!("time", data.steps(), start, lengths(length), |before, t| {
            let state = sample!("state", Categorical::logits(table.at(t).at(before)), enumerate);
            observe!("word", Categorical::new(emissions.at(state)), words.at(t));
            state
        });
    });
}

#[guide(tagged, f32)]
fn nothing(_data: &Words, _vocabulary: usize, _batch: usize) {}

/// Returns the share of words whose part of speech is the one that their state most often stands for, and the share of the commonest part.
fn many_to_one(states: &ndarray::ArrayViewD<'_, f64>, parts: &Padded<usize>, kinds: usize) -> (f64, f64) {
    let mut counts = ndarray::Array2::<usize>::zeros((STATES, kinds));
    for ((i, t), &part) in parts.values.indexed_iter().filter(|((i, t), _)| parts.there[[*i, *t]]) {
        counts[[states[[i, t]] as usize, part]] += 1;
    }
    let all = parts.count() as f64;
    let right: usize = counts.rows().into_iter().map(|row| row.iter().copied().max().unwrap_or(0)).sum();
    let commonest = counts.sum_axis(ndarray::Axis(0)).iter().copied().max().unwrap_or(0);
    (right as f64 / all, commonest as f64 / all)
}

fn main() -> Result<(), Failure> {
    let Sentences { train: [words, parts], test: [others, _], words: vocabulary, parts: kinds } =
        sentences(include_str!("data/sentences.txt"), 3)?;
    let (train, test) = (Words::new(words), Words::new(others));
    let size = vocabulary.len();
    println!(
        "{} sentences with {size} different words, {} others",
        train.words.lengths.len(),
        test.words.lengths.len()
    );

    // Words that are drawn one by one.
    let alone = -steps_apart(&train.words, &test.words, size);

    let model = tagged(&train, size, BATCH);
    let mut svi = Svi::new(model, nothing(&train, size, BATCH), Evidence::new(), Adam::new(0.03)).seed(1);
    for _ in 0..300 {
        svi.step()?;
    }
    let found =
        svi.evaluate_on(&tagged(&test, size, BATCH), &nothing(&test, size, BATCH)).draws(1).run()?.total;
    let found = -found / test.words.count() as f64;
    println!("nats for each word of the others: {found:.3}; {alone:.3} if words are drawn one by one");
    let paths = svi.posterior().likeliest(1)?;
    let states = paths.get("state")?.index_axis(ndarray::Axis(0), 0);
    let (right, commonest) = many_to_one(&states, &parts, kinds.len());
    println!(
        "parts of speech that their state stands for: {right:.2}; the commonest part alone: {commonest:.2}"
    );
    if found.is_nan() || found > alone - 0.1 || right < commonest + 0.1 {
        return Err(format!("expected fewer than {:.3} nats and parts that states tell", alone - 0.1).into());
    }
    Ok(())
}
