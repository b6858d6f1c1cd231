//! What a caller says about a chain: its variables, and where each factor's elements lie.

use super::Mode;

/// The variables that a step may have, previous and new together.
pub(crate) const MAX_VARIABLES: usize = 12;

/// The factors that a step may have.
pub(crate) const MAX_FACTORS: usize = 24;

/// Where the elements of one factor lie: a stride for each variable that it has, for time and for the sequence.
///
/// A stride of zero says that the factor does not have the dimension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factor<'a> {
    /// The variables that the factor has, each with its stride.
    pub(crate) variables: &'a [(usize, usize)],
    /// From one step to the next.
    pub(crate) time: usize,
    /// From one sequence to the next.
    pub(crate) batch: usize,
}

/// The dimensions of a chain and its factors.
///
/// Variables `0..next.len()` are the previous state, the others are new in a step. Slot `i` of the next state is
/// variable `next[i]`: a new one, or a previous one that the state remembers. New variables outside of the next state
/// are summed out within their step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Structure<'a> {
    /// The number of values of each variable.
    pub(crate) sizes: &'a [usize],
    pub(crate) next: &'a [usize],
    pub(crate) factors: &'a [Factor<'a>],
    pub(crate) steps: usize,
    /// The number of independent sequences.
    pub(crate) batch: usize,
}

/// Why a chain cannot be contracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChainError {
    /// More variables or factors than a plan holds.
    #[error("a step of a chain has too many variables or factors")]
    TooLarge,
    /// A variable is named that is not there, or has no values.
    #[error("a chain has no variable {variable} with at least one value")]
    NoVariable { variable: usize },
    /// A slot of the state has another size before the step than after it.
    #[error("slot {slot} of a chain's state has {before} values before a step and {after} after it")]
    SlotSize { slot: usize, before: usize, after: usize },
    /// A slice is shorter than the strides reach, or the number of slices is wrong.
    #[error("a chain was given {found} elements or slices of its {what}, where it needs {needed}")]
    Length { what: &'static str, needed: usize, found: usize },
    /// A way back was asked for that the forward pass was not made for.
    #[error("this way back needs a forward pass by {needed:?}")]
    Mode { needed: Mode },
}

/// The strides of an array by variable, time and sequence.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strides {
    pub(super) variables: [usize; MAX_VARIABLES],
    pub(super) time: usize,
    pub(super) batch: usize,
}

impl Strides {
    /// Returns the offset of the element at these values of the variables.
    #[inline(always)]
    pub(super) fn offset(&self, values: &[usize; MAX_VARIABLES]) -> usize {
        let mut at = 0;
        for (&value, &stride) in values.iter().zip(&self.variables) {
            at += value * stride;
        }
        at
    }
}

impl Structure<'_> {
    /// Returns what is wrong with the structure, if anything is.
    pub(super) fn check(&self) -> Result<(), ChainError> {
        if self.sizes.len() > MAX_VARIABLES || self.factors.len() > MAX_FACTORS {
            return Err(ChainError::TooLarge);
        }
        let size = |variable: usize| match self.sizes.get(variable) {
            Some(&size) if size > 0 => Ok(size),
            _ => Err(ChainError::NoVariable { variable }),
        };
        for variable in 0..self.sizes.len() {
            size(variable)?;
        }
        for (slot, &variable) in self.next.iter().enumerate() {
            let (before, after) = (size(slot)?, size(variable)?);
            if before != after {
                return Err(ChainError::SlotSize { slot, before, after });
            }
        }
        for factor in self.factors {
            for &(variable, _) in factor.variables {
                size(variable)?;
            }
        }
        Ok(())
    }

    /// Returns the strides of a factor, and the number of elements that they reach over.
    pub(super) fn strides(&self, factor: &Factor<'_>) -> (Strides, usize) {
        let mut strides = Strides::default();
        let mut last = 0;
        for &(variable, stride) in factor.variables {
            strides.variables[variable] += stride;
            last += (self.sizes[variable] - 1) * stride;
        }
        strides.time = if self.steps > 1 { factor.time } else { 0 };
        strides.batch = if self.batch > 1 { factor.batch } else { 0 };
        last += self.steps.saturating_sub(1) * strides.time + self.batch.saturating_sub(1) * strides.batch;
        (strides, if self.steps == 0 || self.batch == 0 { 0 } else { last + 1 })
    }
}
