//! The exact computation of single elements, for those that linear space cannot hold.

use super::plan::{Plan, members};
use super::stage::{Source, Stage};
use super::structure::MAX_VARIABLES;
use crate::element::Numeric;
use crate::kernel::math;

/// A value of each variable of a step.
pub(super) type Values = [usize; MAX_VARIABLES];

/// What the stages of step `t` read.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a, E> {
    pub(super) plan: &'a Plan,
    pub(super) factors: &'a [&'a [E]],
    pub(super) t: usize,
    /// What the step's earlier stages have kept.
    pub(super) done: &'a [E],
    /// What the step after has kept.
    pub(super) later: &'a [E],
}

impl<'a, E: Numeric> Sources<'a, E> {
    /// Returns the elements of a source from those of one sequence on.
    #[inline]
    pub(super) fn from(&self, source: Source, sequence: usize) -> &'a [E] {
        let strides = self.plan.strides(source);
        let at = sequence * strides.batch;
        match source {
            Source::Factor(j) => &self.factors[j][self.t * strides.time + at..],
            Source::Message => &self.later[self.plan.closing().start + at..],
            Source::Stage(k) => &self.done[self.plan.stages[k].start + at..],
        }
    }

    /// Returns the logarithm of one term of a stage.
    pub(super) fn term(&self, stage: &Stage, sequence: usize, values: &Values) -> E {
        let mut sum = E::zero();
        let fixed = stage.fixed.iter().map(|&j| Source::Factor(j));
        for source in stage.moving.iter().copied().chain(fixed) {
            sum += self.from(source, sequence)[self.plan.strides(source).offset(values)];
        }
        sum
    }

    /// Returns the log-sum-exp of the terms over the stage's summed variable.
    pub(super) fn log_sum(&self, stage: &Stage, sequence: usize, mut values: Values) -> E {
        let Some(variable) = stage.summed else { return self.term(stage, sequence, &values) };
        let mut top = E::neg_infinity();
        for v in 0..stage.shape.summed {
            values[variable] = v;
            let term = self.term(stage, sequence, &values);
            if term.is_nan() {
                return term;
            }
            top = if term > top { term } else { top };
        }
        if top.is_infinite() {
            return top;
        }
        let mut sum = E::zero();
        for v in 0..stage.shape.summed {
            values[variable] = v;
            sum += math::exp(self.term(stage, sequence, &values) - top);
        }
        top + math::ln(sum)
    }
}

impl Stage {
    /// Returns the values of the variables at a place of the result: of the shared ones, of row and of column.
    pub(super) fn values(&self, plan: &Plan, shared: usize, row: usize, column: usize) -> Values {
        let mut values = Values::default();
        for (set, mut at) in [(self.shared, shared), (self.rows, row), (self.columns, column)] {
            let mut stride = plan.size_of(set);
            for v in members(set) {
                stride /= plan.sizes[v];
                values[v] = at / stride;
                at %= stride;
            }
        }
        values
    }
}
