//! The melodies of chorales as a hidden Markov model: notes drawn by a state that changes from step to step.
//!
//! The states are summed out, so that the likelihood and its gradient are exact, and the guide has nothing to propose.
//! The example checks the likelihood against a forward recursion written out here (Rabiner 1989, equations 19 to 21), and the
//! fit against notes drawn independently of each other.

use ndarray::Array2;
use ppl::prelude::*;

const STATES: usize = 8;

/// The lowest note of the sopranos, and the number of different ones.
const LOWEST: usize = 57;
const PITCHES: usize = 40;

#[model]
fn melodies(notes: &Array2<usize>, lengths: &[usize]) {
    let first = param!("first", init::normal([STATES], 0.5)).softmax(0);
    let transition = param!("transition", init::normal([STATES, STATES], 0.5)).softmax(1);
    let emission = param!("emission", init::normal([STATES, PITCHES], 0.5)).softmax(1);
    plate!("melody", notes.nrows(), |i| {
        // The state before the first step says where a melody begins.
        let before = sample!("before", Categorical::new(first), enumerate);
        let melody = notes.at(i);
        markov!("time", notes.ncols(), before, lengths(lengths.at(i)), |state, t| {
            let state = sample!("state", Categorical::new(transition.at(state)), enumerate);
            observe!("note", Categorical::new(emission.at(state)), melody.at(t));
            state
        });
    });
}

#[guide(melodies)]
fn nothing(_notes: &Array2<usize>, _lengths: &[usize]) {}

struct Melodies {
    notes: Array2<usize>,
    lengths: Vec<usize>,
}

/// Reads one part of the data, padded to the longest melody.
fn read(part: &str) -> ppl_examples::Read<Melodies> {
    let melodies = ppl_examples::melodies(include_str!("data/chorales.txt"), part, LOWEST)?;
    let lengths: Vec<usize> = melodies.iter().map(Vec::len).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let note = |(i, t): (usize, usize)| melodies[i].get(t).copied().unwrap_or(0);
    Ok(Melodies { notes: Array2::from_shape_fn((melodies.len(), longest), note), lengths })
}

impl Melodies {
    fn count(&self) -> usize {
        self.lengths.iter().sum()
    }

    fn all(&self) -> impl Iterator<Item = usize> + '_ {
        self.lengths.iter().enumerate().flat_map(move |(i, &n)| (0..n).map(move |t| self.notes[[i, t]]))
    }
}

/// The log-likelihood by the scaled forward recursion.
fn forward(data: &Melodies, first: &[f64], transition: &Array2<f64>, emission: &Array2<f64>) -> f64 {
    let mut total = 0.0;
    for (i, &length) in data.lengths.iter().enumerate() {
        let mut belief = first.to_vec();
        for t in 0..length {
            let mut next: Vec<f64> =
                (0..STATES).map(|n| (0..STATES).map(|p| belief[p] * transition[[p, n]]).sum()).collect();
            next.iter_mut().enumerate().for_each(|(n, p)| *p *= emission[[n, data.notes[[i, t]]]]);
            let scale: f64 = next.iter().sum();
            total += scale.ln();
            belief = next.into_iter().map(|p| p / scale).collect();
        }
    }
    total
}

fn softmax(logits: &Array2<f64>) -> Array2<f64> {
    let mut rows = logits.mapv(f64::exp);
    rows.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
    rows
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (train, test) = (read("# valid")?, read("# test")?);
    let model = melodies(&train.notes, &train.lengths);
    let mut svi =
        Svi::new(&model, nothing(&train.notes, &train.lengths), Evidence::new(), Adam::new(0.05)).seed(1);
    for _ in 0..300 {
        svi.step()?;
    }
    let found = svi.evaluate(1)?.loss;
    let parameters = svi.parameters();
    let matrix =
        |name: &str| Ok::<_, ppl::Error>(parameters.get(name)?.clone().into_dimensionality::<ndarray::Ix2>());
    let (transition, emission) = (softmax(&matrix("transition")??), softmax(&matrix("emission")??));
    let first: Vec<f64> = parameters.get("first")?.iter().map(|l| l.exp()).collect();
    let first: Vec<f64> = first.iter().map(|p| p / first.iter().sum::<f64>()).collect();
    let by_hand = -forward(&train, &first, &transition, &emission);
    assert!((found / by_hand - 1.0).abs() < 1e-10, "{found} {by_hand}");

    // Notes drawn independently, at the frequencies of the training part.
    let mut counts = [1.0; PITCHES];
    train.all().for_each(|n| counts[n] += 1.0);
    let all: f64 = counts.iter().sum();
    let independent: f64 = test.all().map(|n| -(counts[n] / all).ln()).sum();
    let hidden = -forward(&test, &first, &transition, &emission);
    let bits = |loss: f64| loss / test.count() as f64 / 2f64.ln();
    println!("bits per note of {} melodies that were held out", test.lengths.len());
    println!("  independent notes     {:.3}", bits(independent));
    println!("  hidden Markov model   {:.3}", bits(hidden));
    assert!(bits(hidden) < bits(independent) - 0.5);

    let path = svi.posterior().likeliest(1)?;
    let states = path.get("state")?;
    println!("the first melody, and the likeliest states:");
    for t in 0..12 {
        println!("  {} {}", train.notes[[0, t]] + LOWEST, states[[0, 0, t]]);
    }
    println!("{}", svi.elimination());
    Ok(())
}
