//! Melodies by recurrent networks, of which there are several: for each melody one of them, or for each note a mixture.
//!
//! A network reads the notes so far and says which note comes next. In the first model each melody is by one of two networks, and which one is summed
//! out. In the second there is one network, and each note is drawn by one of four experts, which the network weighs anew at every step: a mixture of softmaxes
//! (Yang et al. 2018, Breaking the softmax bottleneck), again by a sum over a latent site.

use ppl::prelude::*;
use ppl_examples::{Failure, Padded, steps_apart};

/// The lowest note of the sopranos, and the number of different ones.
const LOWEST: usize = 57;
const PITCHES: usize = 40;

const SIZE: usize = 24;
const NETWORKS: usize = 2;
const EXPERTS: usize = 4;
const BATCH: usize = 19;

/// A network that reads notes.
#[derive(Clone, Copy)]
struct Reader {
    notes: nn::Embedding<f32>,
    cell: nn::Gru<f32>,
}

#[module(f32)]
fn reader() -> Reader {
    Reader {
        notes: module!("notes", nn::embedding(PITCHES + 1, 16)),
        cell: module!("cell", nn::gru(16, SIZE)),
    }
}

impl Reader {
    /// What is known before each note, `[steps, SIZE]`.
    fn read(&self, before: Discrete, length: Discrete) -> Tensor<f32> {
        self.cell.over(self.notes.at(before), self.cell.zeros(), nn::lengths(length)).states()
    }
}

#[model(f32)]
fn by_melody(data: &Melodies, batch: usize) {
    let share = param!("share", init::zeros([NETWORKS])).softmax(0);
    let readers =
        [0, 1].map(|k| (module!("reader"[k], reader()), module!("next"[k], nn::dense(SIZE, PITCHES))));
    plate!("melody", data.notes.lengths.len(), subsample(batch), |i| {
        let by = sample!("by", Categorical::new(share), enumerate);
        let (before, length) = (data.before.at(i), data.notes.lengths.at(i));
        let next =
            Tensor::stack(&readers.map(|(reader, next)| next.apply(reader.read(before, length)))).at(by);
        let (notes, there) = (data.notes.values.at(i), data.notes.there.at(i));
        plate!("note", data.steps(), mask(there), |t| {
            observe!("pitch", Categorical::logits(next.at(t)), notes.at(t));
        });
    });
}

#[guide(by_melody, f32)]
fn nothing(_data: &Melodies, _batch: usize) {}

#[model(f32)]
fn by_note(data: &Melodies, batch: usize) {
    let reader = module!("reader", reader());
    let weigh = module!("weigh", nn::dense(SIZE, EXPERTS));
    let experts = module!("experts", nn::dense(SIZE, EXPERTS * PITCHES));
    plate!("melody", data.notes.lengths.len(), subsample(batch), |i| {
        let known = reader.read(data.before.at(i), data.notes.lengths.at(i));
        let (weights, next) =
            (weigh.apply(known), experts.apply(known).reshape(&[data.steps(), EXPERTS, PITCHES]));
        let (notes, there) = (data.notes.values.at(i), data.notes.there.at(i));
        plate!("note", data.steps(), mask(there), |t| {
            let expert = sample!("expert", Categorical::logits(weights.at(t)), enumerate);
            observe!("pitch", Categorical::logits(next.at(t).at(expert)), notes.at(t));
        });
    });
}

#[guide(by_note, f32)]
fn nothing_either(_data: &Melodies, _batch: usize) {}

struct Melodies {
    notes: Padded<usize>,
    /// The note before each, or at the beginning `PITCHES`.
    before: ndarray::Array2<usize>,
}

impl Melodies {
    fn read(part: &str) -> Result<Melodies, Failure> {
        let melodies = ppl_examples::melodies(include_str!("data/chorales.txt"), part, LOWEST)?;
        let notes = Padded::new(&melodies, 0);
        Ok(Melodies { before: notes.before(PITCHES), notes })
    }

    fn steps(&self) -> usize {
        self.notes.values.ncols()
    }

    /// A log-probability of all as bits for each note.
    fn bits(&self, total: f64) -> f64 {
        -total / self.notes.count() as f64 / 2f64.ln()
    }
}

fn main() -> Result<(), Failure> {
    let (train, test) = (Melodies::read("# valid")?, Melodies::read("# test")?);
    let alone = -steps_apart(&train.notes, &test.notes, PITCHES) / 2f64.ln();
    println!("bits for each note of {} melodies that were held out", test.notes.lengths.len());
    println!("  notes that know nothing of each other {alone:.3}");

    let steps = 120;
    let mut svi =
        Svi::new(by_melody(&train, BATCH), nothing(&train, BATCH), Evidence::new(), Adam::new(0.01)).seed(1);
    for _ in 0..steps {
        svi.step()?;
    }
    let found =
        test.bits(svi.evaluate_on(&by_melody(&test, BATCH), &nothing(&test, BATCH)).draws(1).run()?.total);
    let share = svi.parameters().get("share")?.mapv(f64::exp);
    let share = &share / share.sum();
    println!("  a network for each melody, of {NETWORKS}     {found:.3}; their shares {share:.2}");

    let model = by_note(&train, BATCH);
    let mut svi = Svi::new(model, nothing_either(&train, BATCH), Evidence::new(), Adam::new(0.01)).seed(1);
    for _ in 0..steps {
        svi.step()?;
    }
    let experts = test
        .bits(svi.evaluate_on(&by_note(&test, BATCH), &nothing_either(&test, BATCH)).draws(1).run()?.total);
    println!("  an expert for each note, of {EXPERTS}         {experts:.3}");
    for found in [found, experts] {
        if found.is_nan() || found > alone - 0.5 {
            return Err(format!("expected fewer than {:.3} bits, got {found:.3}", alone - 0.5).into());
        }
    }
    Ok(())
}
