//! Random graphs: evidence, marginals, gradients and the likeliest assignment against the sum over all assignments.

use crate::brute::Sum;
use crate::graph::{Graph, SITES};
use ppl::__private::guide;
use ppl::optim::Adam;
use ppl::{Elbo, Error, Guide, Svi};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn nothing() -> impl Guide<Sites = (), Element = f64> {
    guide::<(), f64, _, _>(|| ())
}

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

fn agrees(graph: &Graph) -> Result<(), TestCaseError> {
    let failed = |e: Error| TestCaseError::fail(e.to_string());
    let sum = Sum::over(graph);
    let truth = sum.truth();
    let mut svi = Svi::new(graph.model(), nothing(), Elbo::default(), Adam::new(0.1));
    for (name, table) in graph.tables() {
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
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn elimination_is_the_sum_over_all_assignments(
        choices in proptest::collection::vec(any::<u8>(), 4..90),
        seed in any::<u64>(),
    ) {
        agrees(&Graph::of(&choices, seed))?;
    }
}
