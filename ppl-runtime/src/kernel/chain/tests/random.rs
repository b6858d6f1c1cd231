//! Chains of random structure, small enough that all their paths can be listed.

use super::twin::{Chain, Table};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What the elements of the factors are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Near one another.
    Mild,
    /// Some impossible, some so improbable that linear space loses them.
    Extreme,
    /// Mostly near one another, so that a chain changes between linear space and logarithms.
    Rare,
}

fn up_to(rng: &mut impl Rng, low: usize, high: usize) -> usize {
    rng.random_range(low..=high)
}

/// The paths of a sequence that are listed at most.
const PATHS: usize = 700;

pub(super) fn chain(seed: u64, numbers: Numbers) -> Chain {
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
    let slots = up_to(rng, 1, 3);
    let same = rng.random_bool(0.5).then(|| up_to(rng, 1, 4));
    let mut sizes: Vec<usize> = (0..slots).map(|_| same.unwrap_or_else(|| up_to(rng, 1, 4))).collect();
    let mut next = vec![];
    for slot in 0..slots {
        let remembered = up_to(rng, 0, slots - 1);
        if sizes[remembered] == sizes[slot] && rng.random_bool(0.25) {
            next.push(remembered);
        } else {
            next.push(sizes.len());
            sizes.push(sizes[slot]);
        }
    }
    if rng.random_bool(0.2) {
        sizes.push(up_to(rng, 1, 3));
    }
    let new: usize = sizes[slots..].iter().product();
    let mut steps = up_to(rng, 1, 5);
    while steps > 1 && new.pow(steps as u32) > PATHS {
        steps -= 1;
    }
    let batch = up_to(rng, 1, 3);
    let lengths = rng.random_bool(0.5).then(|| (0..batch).map(|_| up_to(rng, 0, steps + 1)).collect());
    let factors = (0..up_to(rng, 1, 6)).map(|_| table(rng, &sizes, steps, batch, numbers)).collect();
    Chain { sizes, next, factors, lengths, steps, batch }
}

/// Returns chains side by side with a transition each and an emission of all, which steps in linear space can do.
pub(super) fn side_by_side(seed: u64, numbers: Numbers) -> Chain {
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
    let slots = up_to(rng, 1, 2);
    let states: Vec<usize> = (0..slots).map(|_| up_to(rng, 1, 5 - slots)).collect();
    let sizes = [&states[..], &states[..]].concat();
    let (steps, batch) = (up_to(rng, 1, 4), up_to(rng, 1, 3));
    let mut factors = vec![];
    for (slot, &size) in states.iter().enumerate() {
        let elements = (0..size * size).map(|_| element(rng, numbers)).collect();
        let variables = vec![(slot, size), (slots + slot, 1)];
        factors.push(Table { variables, time: 0, batch: 0, elements });
    }
    let mut stride = 1;
    let mut variables = vec![];
    for slot in (0..slots).rev() {
        variables.push((slots + slot, stride));
        stride *= states[slot];
    }
    let elements = (0..batch * steps * stride).map(|_| element(rng, numbers)).collect();
    factors.push(Table { variables, time: stride, batch: steps * stride, elements });
    let lengths = rng.random_bool(0.5).then(|| (0..batch).map(|_| up_to(rng, 0, steps)).collect());
    Chain { sizes, next: (slots..2 * slots).collect(), factors, lengths, steps, batch }
}

fn table(rng: &mut impl Rng, sizes: &[usize], steps: usize, batch: usize, numbers: Numbers) -> Table {
    enum Dimension {
        Variable(usize),
        Time,
        Batch,
    }
    let mut dimensions = vec![];
    for (v, &size) in sizes.iter().enumerate() {
        if rng.random_bool(0.5) && dimensions.len() < 3 {
            dimensions.push((Dimension::Variable(v), size));
        }
    }
    if rng.random_bool(0.4) {
        dimensions.push((Dimension::Time, steps));
    }
    if rng.random_bool(0.4) {
        dimensions.push((Dimension::Batch, batch));
    }
    for k in (1..dimensions.len()).rev() {
        dimensions.swap(k, up_to(rng, 0, k));
    }
    let mut table = Table { variables: vec![], time: 0, batch: 0, elements: vec![] };
    let mut stride = up_to(rng, 1, 2);
    for (dimension, size) in dimensions {
        match dimension {
            Dimension::Variable(v) => table.variables.push((v, stride)),
            Dimension::Time => table.time = stride,
            Dimension::Batch => table.batch = stride,
        }
        stride *= size;
    }
    table.elements = (0..stride).map(|_| element(rng, numbers)).collect();
    table
}

fn element(rng: &mut impl Rng, numbers: Numbers) -> f64 {
    let mild = 4.0 * (rng.random::<f64>() - 0.5);
    if numbers == Numbers::Mild {
        return mild;
    }
    let kinds = if numbers == Numbers::Rare { 59 } else { 9 };
    match up_to(rng, 0, kinds) {
        0 | 1 => f64::NEG_INFINITY,
        2 => -700.0 + mild,
        3 => -1e4 + mild,
        4 => 500.0 * mild,
        _ => mild,
    }
}
