//! Sums over all paths and their gradients.

use super::super::{Factor, Gradients, Mode, Plan, Structure, Workspace};
use super::kit::{Contraction, close};
use super::random::{self, Numbers};
use super::twin::Chain;
use proptest::prelude::*;

/// Seeds of either sign, some of them zero.
fn seeds(n: usize) -> Vec<f64> {
    (0..n).map(|k| [0.7, -1.3, 0.0, 2.1, 0.4][k % 5]).collect()
}

/// Returns how far the twin's weights may be off: it adds up a path's logarithm, each addition rounds in the last place of a
/// number as large as the sum, and the exponential turns that into a relative error.
fn rounding(chain: &Chain) -> f64 {
    let largest = |elements: &[f64]| {
        elements.iter().filter(|v| v.is_finite()).fold(0.0_f64, |largest, v| largest.max(v.abs()))
    };
    let size: f64 = chain.factors.iter().map(|factor| chain.steps as f64 * largest(&factor.elements)).sum();
    f64::EPSILON * size * (chain.factors.len() * chain.steps) as f64
}

fn check(chain: &Chain) -> Result<(), TestCaseError> {
    let mut contraction = Contraction::new(chain, Mode::Sum);
    let seeds = seeds(contraction.out.len());
    let (values, gradients) = chain.listed(&seeds);
    for (k, (&got, &expected)) in contraction.out.iter().zip(&values).enumerate() {
        prop_assert!(close(got, expected, 1e-12), "value {k}: {got} and {expected}");
    }
    for (k, (&got, &expected)) in contraction.out.iter().zip(&chain.recursion()).enumerate() {
        prop_assert!(close(got, expected, 1e-12), "recursion {k}: {got} and {expected}");
    }
    for (j, (got, expected)) in contraction.soft(&seeds).iter().zip(&gradients).enumerate() {
        for (k, (&got, &expected)) in got.iter().zip(expected).enumerate() {
            let relative = 1e-11_f64.max(rounding(chain));
            prop_assert!(close(got, expected, relative), "factor {j} element {k}: {got} and {expected}");
        }
    }
    Ok(())
}

/// Returns the derivative by element `k` of factor `j`, by differences of six points.
fn difference(chain: &Chain, seeds: &[f64], j: usize, k: usize) -> f64 {
    let at = chain.factors[j].elements[k];
    let h = 1e-3 * at.abs().max(0.01);
    let value = |steps: f64| -> f64 {
        let mut moved = chain.clone();
        moved.factors[j].elements[k] = at + steps * h;
        Contraction::new(&moved, Mode::Sum).out.iter().zip(seeds).map(|(x, s)| x * s).sum()
    };
    let pair = |steps: f64| value(steps) - value(-steps);
    (45.0 * pair(1.0) - 9.0 * pair(2.0) + pair(3.0)) / (60.0 * h)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn values_and_gradients_are_those_of_all_paths(seed: u64) {
        check(&random::chain(seed, Numbers::Mild))?;
        check(&random::side_by_side(seed, Numbers::Mild))?;
    }

    #[test]
    fn values_and_gradients_are_right_where_linear_space_fails(seed: u64) {
        check(&random::chain(seed, Numbers::Extreme))?;
        check(&random::side_by_side(seed, Numbers::Extreme))?;
        check(&random::side_by_side(seed, Numbers::Rare))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(30) })]

    #[test]
    fn gradients_are_those_of_differences(seed: u64, pick: u64) {
        let chain = random::chain(seed, Numbers::Mild);
        let mut contraction = Contraction::new(&chain, Mode::Sum);
        let seeds = seeds(contraction.out.len());
        let gradients = contraction.soft(&seeds);
        for (j, gradient) in gradients.iter().enumerate() {
            let k = pick as usize % gradient.len();
            let expected = difference(&chain, &seeds, j, k);
            // Differences of values near 10 with h of 1e-5 know no more digits than these.
            let unit = expected.abs().max(1e-3);
            prop_assert!((gradient[k] - expected).abs() <= 1e-6 * unit, "{} and {expected}", gradient[k]);
        }
    }

    #[test]
    fn single_precision_follows_double(seed: u64) {
        let chain = match seed % 2 {
            0 => random::chain(seed, Numbers::Mild),
            _ => random::side_by_side(seed, Numbers::Mild),
        };
        let mut double = Contraction::new(&chain, Mode::Sum);
        let plan = chain.plan();
        let elements: Vec<Vec<f32>> =
            chain.factors.iter().map(|f| f.elements.iter().map(|&x| x as f32).collect()).collect();
        let factors: Vec<&[f32]> = elements.iter().map(|f| &f[..]).collect();
        let (mut kept, mut out) = (vec![f32::NAN; plan.kept_len()], vec![f32::NAN; plan.out_len()]);
        let mut workspace = Workspace::default();
        let lengths = chain.lengths.as_deref();
        plan.forward(Mode::Sum, &factors, lengths, &mut kept, &mut workspace, &mut out).unwrap();
        for (&got, &expected) in out.iter().zip(&double.out) {
            prop_assert!(close(f64::from(got), expected, 1e-5));
        }
        let seeds = seeds(out.len());
        let single_seeds: Vec<f32> = seeds.iter().map(|&s| s as f32).collect();
        let expected = double.soft(&seeds);
        for (j, factor) in factors.iter().enumerate() {
            let mut starts = vec![None; factors.len()];
            starts[j] = Some(0);
            let mut into = vec![0.0; factor.len()];
            let mut gradients = Gradients { into: &mut into, starts: &starts };
            plan.backward(&factors, lengths, &kept, &single_seeds, &mut workspace, &mut gradients).unwrap();
            for (&got, &expected) in into.iter().zip(&expected[j]) {
                prop_assert!(close(f64::from(got), expected, 3e-5), "{got} and {expected}");
            }
        }
    }
}

/// These have too many paths to list, and whole blocks of rows and columns in their products.
#[test]
fn larger_chains_follow_the_recursion() {
    let (k, steps, batch) = (19, 6, 7);
    let number = |i: usize| -5.0 * (i as f64 * 0.618_033_988_749_895).fract();
    let table = |variables: &[(usize, usize)], time, batch, n| super::twin::Table {
        variables: variables.to_vec(),
        time,
        batch,
        elements: (0..n).map(number).collect(),
    };
    let transition = table(&[(0, k), (1, 1)], 0, 0, k * k);
    let timed = table(&[(0, k), (1, 1)], k * k, 0, steps * k * k);
    let emission = table(&[(1, 1)], k, steps * k, batch * steps * k);
    for first in [transition, timed] {
        let chain = Chain {
            sizes: vec![k; 2],
            next: vec![1],
            factors: vec![first, emission.clone()],
            lengths: Some(vec![6, 6, 3, 6, 0, 1, 6]),
            steps,
            batch,
        };
        let mut contraction = Contraction::new(&chain, Mode::Sum);
        for (&got, expected) in contraction.out.iter().zip(chain.recursion()) {
            assert!(close(got, expected, 1e-12), "{got} and {expected}");
        }
        let seeds = seeds(contraction.out.len());
        let gradients = contraction.soft(&seeds);
        for (j, at) in [(0, 0), (0, 100), (0, k * k - 1), (1, 0), (1, 5 * k + 3), (1, 13 * k)] {
            let expected = difference(&chain, &seeds, j, at);
            assert!((gradients[j][at] - expected).abs() < 1e-6 * expected.abs().max(1e-2));
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let factor = Factor { variables: &[(0, 2), (1, 1)], time: 0, batch: 0 };
    let sound = Structure { sizes: &[2, 2], next: &[1], factors: &[factor], steps: 3, batch: 1 };
    let plan = Plan::new(&sound).unwrap();
    let (mut kept, mut out) = (vec![0.0; plan.kept_len()], [0.0; 2]);
    let mut forward = |factors: &[&[f64]], out: &mut [f64]| {
        plan.forward(Mode::Sum, factors, None, &mut kept, &mut Workspace::default(), out)
    };
    assert_eq!(forward(&[&[0.0; 4]], &mut out), Ok(()));
    assert!(forward(&[&[0.0; 3]], &mut out).is_err());
    assert!(forward(&[], &mut out).is_err());
    assert!(forward(&[&[0.0; 4]], &mut [0.0]).is_err());
    assert!(Plan::new(&Structure { sizes: &[2, 3], ..sound }).is_err());
    assert!(Plan::new(&Structure { sizes: &[2, 0], ..sound }).is_err());
    assert!(Plan::new(&Structure { next: &[2], ..sound }).is_err());
    assert!(Plan::new(&Structure { sizes: &[2; 40], ..sound }).is_err());
    for (steps, batch) in [(0, 2), (3, 0), (0, 0)] {
        let plan = Plan::new(&Structure { steps, batch, ..sound }).unwrap();
        let (mut kept, mut out) = (vec![1.0; plan.kept_len()], vec![1.0; plan.out_len()]);
        let mut workspace = Workspace::default();
        plan.forward(Mode::Sum, &[&[0.0; 4]], None, &mut kept, &mut workspace, &mut out).unwrap();
        assert!(steps > 0 || out.iter().all(|&x| x == 0.0));
    }
}
