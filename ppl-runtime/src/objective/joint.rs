//! The model's log-density as a function of unconstrained numbers.

use super::{Objective, Step};
use crate::element::Element;
use crate::error::Error;
use crate::program::pass::{Coverage, Divergences, Noise, Pass};
use crate::program::run::Run;
use crate::program::trace::Term;
use crate::state::Visitor;

/// Minus the log-density of a model, with that of the bijections onto its supports.
///
/// Every term counts by its scale alone: plates are whole, a tempering weight is one, and penalties are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joint;

impl<E: Element> Objective<E> for Joint {
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn particles(&self) -> usize {
        1
    }

    fn as_dyn(&self) -> &dyn Objective<E> {
        self
    }

    fn as_dyn_mut(&mut self) -> &mut dyn Objective<E> {
        self
    }

    fn pass(&self) -> Pass {
        Pass {
            divergences: Divergences::Estimated,
            coverage: Coverage::Whole,
            noise: Noise::Refused,
            penalised: false,
            ..Pass::OBJECTIVE
        }
    }

    fn seed(&mut self, run: &mut Run<E>) -> Result<Step, Error> {
        run.tape.clear_adjoints();
        let Run { tape, trace, .. } = run;
        let mut sum = 0.0;
        for term in &trace.terms {
            sum += tape.weigh(term);
            tape.seed(term, 1.0);
        }
        Ok(Step::of(sum, 0.0, 0.0))
    }

    fn value(&mut self, run: &Run<E>) -> Result<Step, Error> {
        let sum = run.trace.terms.iter().map(|term| run.tape.weigh(term)).sum();
        Ok(Step::of(sum, 0.0, 0.0))
    }

    fn contribution(&self, run: &Run<E>, term: &Term) -> Option<f64> {
        Some(-run.tape.weigh(term))
    }

    fn state(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        visitor.kind("Joint");
        Ok(())
    }
}
