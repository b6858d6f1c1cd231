//! One part of a step: a variable is summed out of the sources that have it.
//!
//! Sources that change with time or sequence are added up in an array `terms[shared, sequence, row, summed]`. Those that
//! do not are added up once in `fixed[shared, column, summed]`. The result is `out[shared, sequence, row, column] =
//! log sum exp(terms + fixed)`, a matrix product for each value of the shared variables.

use super::list::List;
use super::plan::{Plan, Variables, members};
use super::structure::{MAX_FACTORS, Strides};
use super::walk::Loops;

/// An array that a stage reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// A factor of the chain.
    Factor(usize),
    /// What the steps after this one have left.
    #[default]
    Message,
    /// The result of another stage.
    Stage(usize),
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stage {
    /// The variable that is summed out; without one the sources are only added up.
    pub(super) summed: Option<usize>,
    /// The variables of the result.
    pub(super) kept: Variables,
    pub(super) shared: Variables,
    pub(super) rows: Variables,
    pub(super) columns: Variables,
    pub(super) moving: List<Source, { MAX_FACTORS + 2 }>,
    pub(super) fixed: List<usize, MAX_FACTORS>,
    /// Whether a fixed factor changes with time, though not with the sequence.
    pub(super) timed: bool,
    /// How many values the shared variables have, the rows of one sequence, the columns, and the summed variable.
    pub(super) shape: Shape,
    /// Where a result lies, relative to `log`.
    pub(super) out: Strides,
    /// Where this stage's part of what a step keeps begins: the logarithms, the terms and the totals in linear space.
    pub(super) start: usize,
    /// Where its fixed part begins in the workspace, and its seeds.
    pub(super) fixed_start: usize,
    pub(super) seeds_start: usize,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub(super) shared: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) summed: usize,
}

impl Stage {
    /// Sums a variable out of those live sources that have it.
    pub(super) fn eliminating(plan: &Plan, variable: usize, live: &[Source]) -> Stage {
        let mut stage = Stage { summed: Some(variable), ..Stage::default() };
        let bit: Variables = 1 << variable;
        let has = |source: &Source| plan.variables(*source) & bit != 0;
        let untimed = |j: usize| plan.factors[j].strides.time == 0;
        // What may be fixed: with several sequences, it is worth to exponentiate a factor once in each step too.
        let candidate = |source: &Source| match *source {
            Source::Factor(j) => plan.factors[j].strides.batch == 0 && (untimed(j) || plan.batch > 1),
            _ => false,
        };
        let moving = live.iter().filter(|s| has(s) && !candidate(s));
        let mut moving_variables = moving.fold(bit, |set, &s| set | plan.variables(s));
        // A fixed factor brings columns, or lies within those that do; another is cheaper among the terms.
        let candidates = || live.iter().filter(|s| has(s) && candidate(s)).map(|&s| (s, plan.variables(s)));
        let fixed_variables = candidates()
            .filter(|(_, set)| set & !moving_variables != 0)
            .fold(bit, |union, (_, set)| union | set);
        for &source in live.iter().filter(|s| has(s)) {
            let variables = plan.variables(source);
            // Lists of a stage have room for all live sources, so nothing is lost here.
            let _ = match source {
                Source::Factor(j)
                    if candidate(&source)
                        && variables & !fixed_variables == 0
                        && (untimed(j) || variables & !moving_variables != 0) =>
                {
                    stage.timed |= !untimed(j);
                    stage.fixed.push(j)
                }
                _ => {
                    moving_variables |= variables;
                    stage.moving.push(source)
                }
            };
        }
        let fixed_variables = stage.fixed.iter().fold(bit, |set, &j| set | plan.factors[j].variables);
        stage.kept = (moving_variables | fixed_variables) & !bit;
        stage.shared = moving_variables & fixed_variables & !bit;
        stage.rows = moving_variables & !fixed_variables;
        stage.columns = fixed_variables & !moving_variables;
        stage
    }

    /// Adds up the live sources.
    pub(super) fn adding(kept: Variables, live: &[Source]) -> Stage {
        let mut stage = Stage { kept, rows: kept, ..Stage::default() };
        for &source in live {
            let _ = stage.moving.push(source);
        }
        stage
    }

    /// Works out the strides of the result, and takes this stage's part of what is kept.
    pub(super) fn place(&mut self, plan: &mut Plan) {
        self.shape = Shape {
            shared: plan.size_of(self.shared),
            rows: plan.size_of(self.rows),
            columns: plan.size_of(self.columns),
            summed: self.summed.map_or(1, |v| plan.sizes[v]),
        };
        let mut stride = 1;
        let inward = |set: Variables, out: &mut Strides, stride: &mut usize| {
            for v in (0..plan.sizes.len()).rev().filter(|v| set & 1 << v != 0) {
                out.variables[v] = *stride;
                *stride *= plan.sizes[v];
            }
        };
        inward(self.columns, &mut self.out, &mut stride);
        inward(self.rows, &mut self.out, &mut stride);
        self.out.batch = stride;
        stride *= plan.batch;
        inward(self.shared, &mut self.out, &mut stride);
        self.start = plan.slab;
        self.fixed_start = plan.fixed;
        self.seeds_start = plan.seeds;
        let linear = if self.summed.is_some() { self.out_len(plan.batch) } else { 0 };
        // Logarithms, terms, the factors' part of the terms, and totals.
        plan.slab += self.out_len(plan.batch) + 2 * self.terms_len(plan.batch) + linear;
        plan.fixed += self.fixed_len();
        plan.seeds += self.out_len(plan.batch);
        plan.rows = plan.rows.max(plan.batch * self.shape.rows);
        plan.terms = plan.terms.max(plan.batch * self.shape.rows * self.shape.summed.max(self.shape.columns));
    }

    pub(super) fn out_len(&self, batch: usize) -> usize {
        self.shape.shared * batch * self.shape.rows * self.shape.columns
    }

    /// A stage that only adds writes its terms in place of the result.
    pub(super) fn terms_len(&self, batch: usize) -> usize {
        if self.summed.is_some() {
            self.shape.shared * batch * self.shape.rows * self.shape.summed
        } else {
            0
        }
    }

    /// Returns the loops over the rows of `sequences` and the summed variable, with the strides of a source.
    pub(super) fn term_loops(&self, plan: &Plan, strides: &Strides, sequences: usize) -> Loops {
        let mut loops = Loops::new();
        loops.push(sequences, strides.batch);
        for v in members(self.rows) {
            loops.push(plan.sizes[v], strides.variables[v]);
        }
        if let Some(v) = self.summed {
            loops.push(plan.sizes[v], strides.variables[v]);
        }
        loops
    }

    /// Returns the loops over the fixed array, with the strides of a factor.
    pub(super) fn fixed_loops(&self, plan: &Plan, strides: &Strides) -> Loops {
        let mut loops = Loops::new();
        for v in members(self.shared).chain(members(self.columns)).chain(self.summed) {
            loops.push(plan.sizes[v], strides.variables[v]);
        }
        loops
    }

    /// Returns where the elements of a source begin that belong to value number `shared` of the shared variables.
    pub(super) fn shared_offset(&self, plan: &Plan, strides: &Strides, mut shared: usize) -> usize {
        if self.shared == 0 {
            return 0;
        }
        let mut at = 0;
        for v in (0..plan.sizes.len()).rev().filter(|v| self.shared & 1 << v != 0) {
            at += shared % plan.sizes[v] * strides.variables[v];
            shared /= plan.sizes[v];
        }
        at
    }
}
