//! What a caller hands in, and whether it is long enough.

use super::Mode;
use super::plan::Plan;
use super::structure::ChainError;
use crate::element::Numeric;

/// Memory that passes share, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workspace<E> {
    pub(super) fixed: Vec<E>,
    pub(super) seeds: Vec<E>,
    pub(super) tops: Vec<E>,
    pub(super) weights: Vec<E>,
    pub(super) terms: Vec<E>,
    pub(super) by_factor: Vec<E>,
    pub(super) levels: Vec<E>,
}

impl<E: Numeric> Workspace<E> {
    pub(super) fn reserve(&mut self, plan: &Plan) {
        let wanted = [
            (&mut self.fixed, plan.fixed),
            (&mut self.seeds, plan.seeds),
            (&mut self.tops, plan.rows),
            (&mut self.weights, plan.terms),
            (&mut self.terms, plan.terms),
            (&mut self.by_factor, plan.terms),
            (&mut self.levels, plan.batch),
        ];
        for (memory, len) in wanted {
            if memory.len() < len {
                memory.resize(len, E::zero());
            }
        }
    }
}

/// Where the gradients of the factors are added: each lies in one array, from its start on, as its factor lies.
#[derive(Debug)]
pub(crate) struct Gradients<'a, E> {
    pub(crate) into: &'a mut [E],
    /// For each factor, or nothing if its gradient is not wanted.
    pub(crate) starts: &'a [Option<usize>],
}

fn at_least(what: &'static str, needed: usize, found: usize) -> Result<(), ChainError> {
    if found < needed { Err(ChainError::Length { what, needed, found }) } else { Ok(()) }
}

fn exactly(what: &'static str, needed: usize, found: usize) -> Result<(), ChainError> {
    if found == needed { Ok(()) } else { Err(ChainError::Length { what, needed, found }) }
}

impl Plan {
    pub(super) fn check<E>(
        &self,
        factors: &[&[E]],
        lengths: Option<&[usize]>,
        kept: &[E],
        states: &[E],
    ) -> Result<(), ChainError> {
        exactly("factors", self.factors.len(), factors.len())?;
        for (placed, factor) in self.factors.iter().zip(factors) {
            at_least("factor", placed.reach, factor.len())?;
        }
        if let Some(lengths) = lengths {
            exactly("lengths", self.batch, lengths.len())?;
        }
        at_least("kept values", self.kept_len(), kept.len())?;
        exactly("states", self.out_len(), states.len())
    }

    /// Marks what is kept with the mode that it is from.
    pub(super) fn note_mode<E: Numeric>(&self, mode: Mode, kept: &mut [E]) {
        kept[self.kept_len() - 1] = E::of(f64::from(mode as u8));
    }

    pub(super) fn check_mode<E: Numeric>(&self, mode: Mode, kept: &[E]) -> Result<(), ChainError> {
        let found = kept[self.kept_len() - 1];
        if found == E::of(f64::from(mode as u8)) { Ok(()) } else { Err(ChainError::Mode { needed: mode }) }
    }

    pub(super) fn check_gradients<E>(&self, gradients: &Gradients<'_, E>) -> Result<(), ChainError> {
        exactly("gradients", self.factors.len(), gradients.starts.len())?;
        for (placed, start) in self.factors.iter().zip(gradients.starts) {
            if let Some(start) = start {
                at_least("gradient", start.saturating_add(placed.reach), gradients.into.len())?;
            }
        }
        Ok(())
    }
}
