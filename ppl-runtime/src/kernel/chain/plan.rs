//! What a step does, worked out once from the variables of its factors.

use super::list::List;
use super::stage::{Source, Stage};
use super::structure::{ChainError, MAX_FACTORS, MAX_VARIABLES, Strides, Structure};

/// The new variables of a step, and the closing sum.
pub(super) const MAX_STAGES: usize = MAX_VARIABLES + 1;

/// A set of variables, as bits.
pub(super) type Variables = u32;

/// A factor as the stages see it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Placed {
    pub(super) strides: Strides,
    pub(super) variables: Variables,
    /// The elements that its strides reach over.
    pub(super) reach: usize,
}

/// How a chain is contracted, and where everything lies that it needs.
///
/// Making one allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(super) sizes: List<usize, MAX_VARIABLES>,
    pub(super) next: List<usize, MAX_VARIABLES>,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) factors: List<Placed, MAX_FACTORS>,
    pub(super) stages: List<Stage, MAX_STAGES>,
    /// The message that a step gets from the one after it, by the variables of the next state.
    pub(super) message: Strides,
    /// The elements that each step keeps.
    pub(super) slab: usize,
    /// Whether steps are first tried in linear space, and where in its slab a step then keeps its message.
    pub(super) linear: bool,
    pub(super) message_start: usize,
    /// The elements that the stages' fixed parts take, and those that their seeds take.
    pub(super) fixed: usize,
    pub(super) seeds: usize,
    /// The largest number of rows of a stage, and of terms.
    pub(super) rows: usize,
    pub(super) terms: usize,
}

impl Plan {
    /// Works out the order in which the new variables are summed out: always the one whose sum is the smallest next.
    pub(crate) fn new(structure: &Structure<'_>) -> Result<Plan, ChainError> {
        structure.check()?;
        let mut plan = Plan {
            sizes: List::new(),
            next: List::new(),
            steps: structure.steps,
            batch: structure.batch,
            factors: List::new(),
            stages: List::new(),
            message: Strides::default(),
            slab: 0,
            linear: false,
            message_start: 0,
            fixed: 0,
            seeds: 0,
            rows: 0,
            terms: 0,
        };
        let fits = structure.sizes.iter().all(|&size| plan.sizes.push(size))
            && structure.next.iter().all(|&variable| plan.next.push(variable))
            && structure.factors.iter().all(|factor| {
                let (strides, reach) = structure.strides(factor);
                let variables = factor.variables.iter().fold(0, |set, &(v, _)| set | 1 << v);
                plan.factors.push(Placed { strides, variables, reach })
            });
        if !fits {
            return Err(ChainError::TooLarge);
        }
        plan.eliminate()?;
        plan.place();
        Ok(plan)
    }

    /// Returns the number of elements that the contraction keeps for the way back.
    pub(crate) fn kept_len(&self) -> usize {
        (self.steps + 1) * self.slab + 1
    }

    /// Returns the number of elements of the result: a state for each sequence.
    pub(crate) fn out_len(&self) -> usize {
        self.batch * self.state_len()
    }

    /// Returns the number of states.
    pub(super) fn state_len(&self) -> usize {
        self.sizes[..self.next.len()].iter().product()
    }

    pub(super) fn size_of(&self, variables: Variables) -> usize {
        members(variables).map(|v| self.sizes[v]).product()
    }

    /// Returns the variables of a source.
    pub(super) fn variables(&self, source: Source) -> Variables {
        match source {
            Source::Factor(j) => self.factors[j].variables,
            Source::Message => self.next.iter().fold(0, |set, &v| set | 1 << v),
            Source::Stage(k) => self.stages[k].kept,
        }
    }

    /// Returns the strides of a source.
    pub(super) fn strides(&self, source: Source) -> &Strides {
        match source {
            Source::Factor(j) => &self.factors[j].strides,
            Source::Message => &self.message,
            Source::Stage(k) => &self.stages[k].out,
        }
    }

    fn eliminate(&mut self) -> Result<(), ChainError> {
        let mut live: List<Source, { MAX_FACTORS + MAX_STAGES + 1 }> = List::new();
        let mut fits = live.push(Source::Message);
        for j in 0..self.factors.len() {
            fits &= live.push(Source::Factor(j));
        }
        let previous: Variables = (1 << self.next.len()) - 1;
        let mut left: Variables = ((1 << self.sizes.len()) - 1) & !previous;
        while left != 0 {
            let cost = |v: &usize| {
                let touched = live.iter().map(|&s| self.variables(s)).filter(|set| set & 1 << v != 0);
                self.size_of(touched.fold(1 << v, |union, set| union | set))
            };
            let Some(variable) = members(left).min_by_key(cost) else { break };
            left &= !(1 << variable);
            let stage = Stage::eliminating(self, variable, &live);
            live.retain(|&source| self.variables(source) & 1 << variable == 0);
            fits &= live.push(Source::Stage(self.stages.len()));
            fits &= self.stages.push(stage);
        }
        let whole = matches!(live[..], [only @ Source::Stage(_)] if self.variables(only) == previous);
        if !whole {
            let stage = Stage::adding(previous, &live);
            fits &= self.stages.push(stage);
        }
        if fits { Ok(()) } else { Err(ChainError::TooLarge) }
    }

    /// Gives every stage its place in what is kept and in the workspace.
    fn place(&mut self) {
        for k in 0..self.stages.len() {
            let mut stage = self.stages[k];
            stage.place(self);
            self.stages[k] = stage;
        }
        self.linear = self.can_be_linear();
        self.message_start = self.slab;
        if self.linear {
            self.slab += self.message_len();
        }
        let closing = *self.closing();
        // The seeds of the message lie in two places that alternate.
        self.seeds += closing.out_len(self.batch);
        for (slot, &variable) in self.next.iter().enumerate() {
            self.message.variables[variable] += closing.out.variables[slot];
        }
        self.message.batch = closing.out.batch;
    }

    /// Returns the stage whose result is the message to the step before.
    #[inline]
    pub(super) fn closing(&self) -> &Stage {
        &self.stages[self.stages.len() - 1]
    }

    /// Returns the last step of a sequence.
    #[inline]
    pub(super) fn length(&self, lengths: Option<&[usize]>, sequence: usize) -> usize {
        lengths.map_or(self.steps, |lengths| lengths[sequence].min(self.steps))
    }
}

/// Returns the variables of a set in increasing order.
pub(super) fn members(set: Variables) -> impl Iterator<Item = usize> {
    (0..MAX_VARIABLES).filter(move |v| set & 1 << v != 0)
}
