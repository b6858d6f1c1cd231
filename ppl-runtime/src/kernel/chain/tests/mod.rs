//! The contraction against its obvious twins.

mod random;
mod twin;

use super::{Gradients, Mode, Plan, Workspace};
use proptest::prelude::*;
use random::Numbers;
use twin::Chain;

/// One chain's plan with its memory.
struct Contraction<'a> {
    chain: &'a Chain,
    plan: Plan,
    kept: Vec<f64>,
    workspace: Workspace<f64>,
    out: Vec<f64>,
}

impl<'a> Contraction<'a> {
    /// Memory that has not been written to holds NaN, so that reading it shows.
    fn new(chain: &'a Chain, mode: Mode) -> Contraction<'a> {
        let plan = chain.plan();
        let (kept, out) = (vec![f64::NAN; plan.kept_len()], vec![f64::NAN; plan.out_len()]);
        let mut all = Contraction { chain, plan, kept, workspace: Workspace::default(), out };
        all.plan
            .forward(
                mode,
                &chain.elements(),
                chain.lengths.as_deref(),
                &mut all.kept,
                &mut all.workspace,
                &mut all.out,
            )
            .unwrap();
        all
    }

    /// Returns the gradients that a way back leaves.
    fn back(
        &mut self,
        way: impl FnOnce(&Plan, &[&[f64]], Option<&[usize]>, &[f64], &mut Workspace<f64>, &mut Gradients<'_, f64>),
    ) -> Vec<Vec<f64>> {
        let mut starts = vec![];
        let mut len = 0;
        for factor in &self.chain.factors {
            starts.push(Some(len));
            len += factor.elements.len();
        }
        let mut into = vec![0.0; len];
        let mut gradients = Gradients { into: &mut into, starts: &starts };
        let (elements, lengths) = (self.chain.elements(), self.chain.lengths.as_deref());
        way(&self.plan, &elements, lengths, &self.kept, &mut self.workspace, &mut gradients);
        let mut rest = &into[..];
        self.chain
            .factors
            .iter()
            .map(|factor| {
                let (own, others) = rest.split_at(factor.elements.len());
                rest = others;
                own.to_vec()
            })
            .collect()
    }

    fn soft(&mut self, seeds: &[f64]) -> Vec<Vec<f64>> {
        self.back(|plan, factors, lengths, kept, workspace, gradients| {
            plan.backward(factors, lengths, kept, seeds, workspace, gradients).unwrap();
        })
    }

    fn likeliest(&mut self, seeds: &[f64]) -> Vec<Vec<f64>> {
        self.back(|plan, factors, lengths, kept, _, gradients| {
            plan.backward_max(factors, lengths, kept, seeds, gradients).unwrap();
        })
    }

    fn drawn(&mut self, rng: &mut impl rand::Rng, seeds: &[f64]) -> Vec<Vec<f64>> {
        self.back(|plan, factors, lengths, kept, _, gradients| {
            plan.backward_sample(rng, factors, lengths, kept, seeds, gradients).unwrap();
        })
    }
}

fn close(got: f64, expected: f64, relative: f64) -> bool {
    got == expected || (got - expected).abs() <= relative * expected.abs().max(1.0)
}

/// Seeds of either sign, some of them zero.
fn seeds(n: usize) -> Vec<f64> {
    (0..n).map(|k| [0.7, -1.3, 0.0, 2.1, 0.4][k % 5]).collect()
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
            prop_assert!(close(got, expected, 1e-11), "factor {j} element {k}: {got} and {expected}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn values_and_gradients_are_those_of_all_paths(seed: u64) {
        check(&random::chain(seed, Numbers::Mild))?;
    }

    #[test]
    fn values_and_gradients_are_right_where_linear_space_fails(seed: u64) {
        check(&random::chain(seed, Numbers::Extreme))?;
    }
}
