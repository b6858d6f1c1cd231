//! A chain whose evidence is known from elsewhere.

use super::super::Mode;
use super::kit::Contraction;
use super::twin::{Chain, Table};

/// Two states, transition and emission `[[3/4, 1/4], [1/4, 3/4]]`, every observation 1.
fn two_states(steps: usize) -> Chain {
    let (stay, leave) = (0.75_f64.ln(), 0.25_f64.ln());
    let transition = Table {
        variables: vec![(0, 2), (1, 1)],
        time: 0,
        batch: 0,
        elements: vec![stay, leave, leave, stay],
    };
    let emission = Table { variables: vec![(1, 1)], time: 0, batch: 0, elements: vec![leave, stay] };
    Chain {
        sizes: vec![2, 2],
        next: vec![1],
        factors: vec![transition, emission],
        lengths: None,
        steps,
        batch: 1,
    }
}

/// The number of steps, and minus the logarithm of the evidence from state 0.
const CASES: [(usize, f64); 3] = [(2, 1.673_976_433_6), (3, 2.249_340_578_5), (10, 5.943_973_858_8)];

#[test]
fn evidence_of_two_states() {
    for (steps, expected) in CASES {
        let chain = two_states(steps);
        let out = Contraction::new(&chain, Mode::Sum).out;
        assert!((out[0] + expected).abs() < 1e-10, "{steps} steps: {}", -out[0]);
    }
}

#[test]
fn marginals_add_up_to_the_steps() {
    let chain = two_states(10);
    let gradients = Contraction::new(&chain, Mode::Sum).soft(&[1.0, 0.0]);
    for gradient in gradients {
        assert!((gradient.iter().sum::<f64>() - 10.0).abs() < 1e-12);
    }
}

#[test]
fn an_impossible_chain_has_no_nan() {
    let mut chain = two_states(4);
    chain.factors[1].elements = vec![f64::NEG_INFINITY; 2];
    for mode in [Mode::Sum, Mode::Max] {
        let mut contraction = Contraction::new(&chain, mode);
        assert_eq!(contraction.out, [f64::NEG_INFINITY; 2]);
        let back = match mode {
            Mode::Sum => contraction.soft(&[1.0, 1.0]),
            _ => contraction.likeliest(&[1.0, 1.0]),
        };
        assert!(back.iter().flatten().all(|&x| x == 0.0));
    }
}

#[test]
fn improbable_transitions_are_exact() {
    // Only the way through an element of -10000 is open.
    let mut chain = two_states(2);
    let closed = f64::NEG_INFINITY;
    chain.factors[0].elements = vec![closed, -1e4, closed, -700.0];
    let mut contraction = Contraction::new(&chain, Mode::Sum);
    let expected = -1e4 - 700.0 + 2.0 * 0.75_f64.ln();
    assert!((contraction.out[0] - expected).abs() < 1e-12 * -expected);
    assert_eq!(contraction.soft(&[1.0, 0.0])[0], [0.0, 1.0, 0.0, 1.0]);
}
