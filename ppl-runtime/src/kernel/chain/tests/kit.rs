//! A contraction with its memory, and its ways back as gradients of each factor.

use super::super::{Gradients, Mode, Plan, Workspace};
use super::twin::Chain;

/// One chain's plan with its memory.
pub(super) struct Contraction<'a> {
    chain: &'a Chain,
    plan: Plan,
    kept: Vec<f64>,
    workspace: Workspace<f64>,
    pub(super) out: Vec<f64>,
}

impl<'a> Contraction<'a> {
    /// Memory that has not been written to holds NaN, so that reading it shows.
    pub(super) fn new(chain: &'a Chain, mode: Mode) -> Contraction<'a> {
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

    pub(super) fn soft(&mut self, seeds: &[f64]) -> Vec<Vec<f64>> {
        self.back(|plan, factors, lengths, kept, workspace, gradients| {
            plan.backward(factors, lengths, kept, seeds, workspace, gradients).unwrap();
        })
    }

    pub(super) fn likeliest(&mut self, seeds: &[f64]) -> Vec<Vec<f64>> {
        self.back(|plan, factors, lengths, kept, _, gradients| {
            plan.backward_max(factors, lengths, kept, seeds, gradients).unwrap();
        })
    }

    pub(super) fn drawn(&mut self, rng: &mut impl rand::Rng, seeds: &[f64]) -> Vec<Vec<f64>> {
        self.back(|plan, factors, lengths, kept, _, gradients| {
            plan.backward_sample(rng, factors, lengths, kept, seeds, gradients).unwrap();
        })
    }
}

pub(super) fn close(got: f64, expected: f64, relative: f64) -> bool {
    got == expected || (got - expected).abs() <= relative * expected.abs().max(1.0)
}
