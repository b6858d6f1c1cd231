//! The same seed gives the same bits, whatever runs on this thread or another, before or beside it.
//!
//! A session itself stays on its thread, which the compiler sees to: `tests/ui/values/session_on_another_thread.rs`.

use ppl::prelude::*;
use std::sync::Barrier;

#[model]
fn mixture(x: &[f64]) {
    let mu = plate!("component", 2, |_k| sample!("mu", Normal::new(0.0, 2.0)));
    plate!("row", x.len(), subsample(3), |i| {
        let k = sample!("k", Bernoulli::new(0.4));
        observe!("x", Normal::new(mu.at(k), 1.0), x.at(i));
    });
}

#[guide(mixture)]
fn proposal(x: &[f64]) {
    plate!("component", 2, |_k| {
        let first = param!("loc", init::normal([], 0.5));
        sample!("mu", Normal::new(first, param!("scale", 0.7, Positive)));
    });
    plate!("row", x.len(), subsample(3), |i| {
        sample!("k", Bernoulli::logits(param!("slope", 0.3) * x.at(i)), Score::new());
    });
}

#[model]
fn branching(x: f64) {
    let mean = if sample!("b", Bernoulli::new(0.3), concrete) { 2.0 } else { 0.0 };
    observe!("x", Normal::new(mean, 1.0), x);
}

#[guide(branching)]
fn branch(_x: f64) {
    sample!("b", Bernoulli::logits(param!("logit", 0.1)), concrete);
}

const X: [f64; 6] = [0.4, -1.2, 2.2, 0.9, -0.3, 1.1];

/// The bits of everything that a session of each of two programs answers.
fn bits(seed: u64) -> Vec<u64> {
    let mut found = Vec::new();
    let mut add = |value: f64| found.push(value.to_bits());
    let objective = Elbo::default().particles(2);
    let mut one = Svi::new(mixture(&X), proposal(&X), objective, Adam::new(0.02)).seed(seed);
    let mut other = Svi::new(branching(1.5), branch(1.5), Elbo::default(), Adam::new(0.02)).seed(seed);
    // In turns, so that each begins where the other has left the thread.
    for _ in 0..20 {
        add(one.step().unwrap().loss);
        add(other.step().unwrap().loss);
    }
    for parameters in [one.parameters(), other.parameters()] {
        parameters.iter().flat_map(|(_, values)| values).for_each(|value| add(*value));
    }
    let draws = one.posterior().draws(10).unwrap();
    draws.get("mu").unwrap().iter().for_each(|value| add(*value));
    add(one.evaluate(5).unwrap().loss);
    add(other.evaluate(5).unwrap().loss);
    found
}

fn on_another_thread(seed: u64) -> Vec<u64> {
    std::thread::spawn(move || bits(seed)).join().unwrap()
}

#[test]
fn one_after_the_other() {
    let alone = on_another_thread(7);
    assert_ne!(alone, on_another_thread(8), "the seed says which draws there are");
    // Other sessions, failed ones among them, have used this thread before.
    for seed in 0..3 {
        bits(seed);
        let mut failing = Svi::new(branching(f64::NAN), branch(1.5), Elbo::default(), Adam::new(0.02));
        assert!(failing.step().is_err());
        let panicking = std::panic::catch_unwind(|| {
            Svi::new(mixture(&X), proposal(&X[..2]), Elbo::default(), Adam::new(0.02)).step().is_ok()
        });
        assert_eq!(panicking.ok(), Some(false));
    }
    assert_eq!(bits(7), alone);
    assert_eq!(bits(7), alone, "a second time on one thread");
}

#[test]
fn several_at_once() {
    let alone = [7, 8, 9].map(on_another_thread);
    let together = Barrier::new(6);
    let found: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..6)
            .map(|k| {
                let together = &together;
                scope.spawn(move || {
                    together.wait();
                    bits(7 + k % 3)
                })
            })
            .collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    for (k, found) in found.iter().enumerate() {
        assert_eq!(found, &alone[k % 3], "thread {k}");
    }
}
