//! Random graphs: evidence, marginals, gradients and the likeliest assignment against the sum over all assignments.

use crate::brute::Sum;
use crate::graph::{Graph, SITES};
use crate::nothing;
use ppl::optim::Adam;
use ppl::{Elbo, Error, Svi};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn close(what: &str, found: f64, expected: f64) -> Result<(), TestCaseError> {
    prop_assert!(
        (found - expected).abs() <= 1e-10 * expected.abs().max(1.0),
        "{}: found {}, expected {}",
        what,
        found,
        expected
    );
    Ok(())
}

/// Compares what the library says of one graph with the sum over all assignments of the other.
fn agrees(run: &Graph, graph: &Graph) -> Result<(), TestCaseError> {
    let failed = |e: Error| TestCaseError::fail(e.to_string());
    let sum = Sum::over(graph);
    let truth = sum.truth();
    let mut svi = Svi::new(run.model(), nothing(), Elbo::default(), Adam::new(0.1));
    for (name, table) in run.tables() {
        svi.set_parameter(name, table.clone()).map_err(failed)?;
    }
    let (step, gradient) = svi.gradient().map_err(failed)?;
    close("log-evidence", -step.loss, truth.log_evidence)?;
    for ((name, _), expected) in graph.tables().zip(&truth.gradients) {
        let found = gradient.get(name).map_err(failed)?;
        prop_assert_eq!(found.shape(), expected.shape());
        for (found, expected) in found.iter().zip(expected) {
            close(name, -found, *expected)?;
        }
    }
    let marginals = svi.posterior().marginals(1).map_err(failed)?;
    let likeliest = svi.posterior().likeliest(1).map_err(failed)?;
    let mut best = Vec::new();
    for (k, site) in graph.sites.iter().enumerate() {
        let found = marginals.get(SITES[k]).expect("the marginals of every site");
        prop_assert_eq!(found.len(), truth.marginals[k].len() * site.outcomes);
        for (found, expected) in found.iter().zip(truth.marginals[k].iter().flatten()) {
            close(SITES[k], *found, *expected)?;
        }
        let values = likeliest.get(SITES[k]).expect("the values of every site");
        best.push(values.iter().map(|&v| v as usize).collect());
    }
    close("the likeliest assignment", sum.log_joint(&best), truth.best)?;
    let relative = truth.joint.iter().map(|joint| joint - truth.log_evidence);
    let entropy = relative.map(|log| -log.exp() * log).sum();
    let found = svi.posterior().summed_out_entropy(1).map_err(failed)?;
    close("the entropy", found[0], entropy)?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn elimination_is_the_sum_over_all_assignments(
        choices in proptest::collection::vec(any::<u8>(), 4..90),
        seed in any::<u64>(),
    ) {
        let graph = Graph::of(&choices, seed);
        agrees(&graph, &graph)?;
    }
}

/// A list of choices that looks random.
fn choices(seed: u8) -> Vec<u8> {
    (0..60u32).map(|k| (u32::from(seed) * 97 + k * k * 31 + k * 7) as u8).collect()
}

/// The quantile of chi-squared at 1 - 1e-6, by the cube-root approximation of Wilson and Hilferty (1931).
fn rejection(freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + 4.7534 * spread.sqrt()).powi(3)
}

#[test]
fn assignments_have_the_frequencies_of_the_joint_posterior() {
    let n = 3000;
    let mut tried = 0;
    for seed in 0..40u8 {
        let choices: Vec<u8> =
            (0..60u32).map(|k| (u32::from(seed) * 97 + k * k * 31 + k * 7) as u8).collect();
        let graph = Graph::of(&choices, u64::from(seed));
        if graph.plates.is_empty() || !(8..=96).contains(&graph.assignments()) {
            continue;
        }
        tried += 1;
        let sum = Sum::over(&graph);
        let truth = sum.truth();
        let mut svi = Svi::new(graph.model(), nothing(), Elbo::default(), Adam::new(0.1)).seed(9);
        for (name, table) in graph.tables() {
            svi.set_parameter(name, table.clone()).unwrap();
        }
        let draws = svi.posterior().assignments(n).unwrap();
        let columns: Vec<_> = (0..graph.sites.len()).map(|k| draws.get(SITES[k]).unwrap()).collect();
        let mut counts = vec![0.0; truth.joint.len()];
        for draw in 0..n {
            let row = |k: usize| columns[k].index_axis(ndarray::Axis(0), draw);
            let values = (0..columns.len()).map(|k| row(k).iter().map(|&v| v as usize).collect()).collect();
            counts[sum.number(&values)] += 1.0;
        }
        // Rare assignments are counted together.
        let (mut statistic, mut cells, mut rare) = (0.0, 0.0, (0.0, 0.0));
        for (count, log) in counts.iter().zip(&truth.joint) {
            let expected = n as f64 * (log - truth.log_evidence).exp();
            if expected < 5.0 {
                rare = (rare.0 + count, rare.1 + expected);
            } else {
                statistic += (count - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        statistic += (rare.0 - rare.1).powi(2) / rare.1.max(5.0);
        assert!(statistic < rejection(cells), "seed {seed}: chi-squared {statistic}, {cells} cells");
    }
    assert!(tried >= 4, "only {tried} graphs are small enough");
}

#[test]
fn another_graph_does_not_agree() {
    let random = |seed: u8| Graph::of(&choices(seed), u64::from(seed));
    let told = |graph: &Graph| Sum::over(graph).truth().gradients[0].iter().next().copied().unwrap_or(0.0);
    let graph =
        (0..40).map(random).find(|graph| told(graph).abs() > 1e-3).expect("data that tell of the first site");
    assert!(agrees(&graph, &graph).is_ok());
    let moved = |by: f64| {
        let mut other = graph.clone();
        other.sites[0].factor.table.iter_mut().take(1).for_each(|v| *v += by);
        other
    };
    assert!(agrees(&moved(1e-6), &graph).is_err());
    // The sum's own derivative is that of its differences.
    let h = 1e-4;
    let log_evidence = |by: f64| Sum::over(&moved(by)).truth().log_evidence;
    let slope = told(&graph);
    let difference = (log_evidence(h) - log_evidence(-h)) / (2.0 * h);
    assert!((difference - slope).abs() < 1e-7, "{slope}, {difference}");
}
