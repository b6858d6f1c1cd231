//! A step in linear space from end to end: the message comes and goes as exponentials, so that only factors that change with
//! time are exponentiated, and nothing is turned into logarithms or divided.
//!
//! The message of a sequence is `lin * exp(level)` with a largest `lin` of one. A step whose totals come near underflow
//! is done again by logarithms, and says so in `by_log`. A seed is by `lin` if the step before took the message
//! so, else by its logarithm.

use super::exact::Sources;
use super::plan::{Plan, Variables};
use super::product::product_into;
use super::rows::{exponentiate_rows, multiply, multiply_columns, normalise_rows, smallest_total};
use super::stage::{Source, Stage};
use super::walk::gather_into;
use super::{Gradients, Workspace};
use crate::element::Numeric;
use crate::kernel::math;
use std::ops::Range;

/// A message as a step keeps it for the way of exponentials.
pub(super) struct Message<'a, E> {
    /// By sequence and state, as the closing stage's result lies.
    pub(super) lin: &'a [E],
    /// What the totals were multiplied by to give `lin`.
    pub(super) scales: &'a [E],
    pub(super) by_log: &'a [E],
}

/// The same to write.
pub(super) struct MessageMut<'a, E> {
    pub(super) lin: &'a mut [E],
    pub(super) levels: &'a mut [E],
    /// One if the step was done by logarithms, or the sequence ends here, and zero if not.
    pub(super) by_log: &'a mut [E],
}

impl Plan {
    /// Returns whether every stage takes one message or result, and has no variable both moving and fixed.
    pub(super) fn can_be_linear(&self) -> bool {
        const NONE: Variables = 0;
        self.stages.iter().all(|stage| {
            let linear = stage.moving.iter().filter(|s| !matches!(s, Source::Factor(_))).count();
            stage.summed.is_some() && stage.shared == NONE && linear == 1
        })
    }

    /// Returns the number of elements that a message takes beside its logarithms.
    pub(super) fn message_len(&self) -> usize {
        self.batch * (self.state_len() + 3)
    }

    pub(super) fn message_of<'a, E>(&self, slab: &'a [E]) -> Message<'a, E> {
        let (lin, rest) = slab[self.message_start..].split_at(self.batch * self.state_len());
        let rest = &rest[self.batch..];
        Message { lin, scales: &rest[..self.batch], by_log: &rest[self.batch..2 * self.batch] }
    }

    pub(super) fn message_mut<'a, E>(&self, slab: &'a mut [E]) -> MessageMut<'a, E> {
        let (lin, rest) = slab[self.message_start..].split_at_mut(self.batch * self.state_len());
        let (levels, rest) = rest.split_at_mut(self.batch);
        MessageMut { lin, levels, by_log: &mut rest[self.batch..2 * self.batch] }
    }

    /// Writes the logarithms of messages that have only exponentials.
    pub(super) fn fill_logs<E: Numeric>(&self, sequences: Range<usize>, slab: &mut [E]) {
        let n = self.state_len();
        let logs_start = self.closing().start;
        for b in sequences {
            let message = self.message_mut(slab);
            if message.by_log[b] != E::zero() {
                continue;
            }
            let level = message.levels[b];
            for k in b * n..(b + 1) * n {
                let lin = self.message_mut(slab).lin[k];
                slab[logs_start + k] = math::ln(lin) + level;
            }
        }
    }

    /// Writes the exponentials of messages that were computed as logarithms.
    pub(super) fn fill_linear<E: Numeric>(&self, sequences: Range<usize>, slab: &mut [E]) {
        let n = self.state_len();
        let logs_start = self.closing().start;
        for b in sequences {
            let mut top = [E::zero()];
            slab.copy_within(logs_start + b * n..logs_start + (b + 1) * n, self.message_start + b * n);
            let message = self.message_mut(slab);
            exponentiate_rows(&mut message.lin[b * n..(b + 1) * n], n, &mut top);
            message.levels[b] = if top[0] == E::neg_infinity() { E::zero() } else { top[0] };
            message.by_log[b] = E::one();
        }
    }

    /// Does step `t` for some neighbouring sequences, and returns whether the result can be trusted.
    pub(super) fn forward_linear<E: Numeric>(
        &self,
        factors: &[&[E]],
        t: usize,
        sequences: Range<usize>,
        slab: &mut [E],
        later: &mut [E],
        workspace: &mut Workspace<E>,
    ) -> bool {
        let before = self.message_mut(later);
        let levels = &mut workspace.levels[..sequences.len()];
        levels.copy_from_slice(&before.levels[sequences.clone()]);
        let lin = before.lin;
        let n = self.state_len();
        let (slab, message) = slab.split_at_mut(self.message_start);
        let (out, rest) = message.split_at_mut(self.batch * n);
        let out = &mut out[sequences.start * n..sequences.end * n];
        for (k, stage) in self.stages.iter().enumerate() {
            let rows = sequences.len() * stage.shape.rows;
            let (columns, summed) = (stage.shape.columns, stage.shape.summed);
            let width = stage.shape.rows * summed;
            let (done, mine) = slab.split_at_mut(stage.start);
            let (_, rest) = mine.split_at_mut(stage.out_len(self.batch));
            let (terms, rest) = rest.split_at_mut(stage.terms_len(self.batch));
            let (weights, totals) = rest.split_at_mut(stage.terms_len(self.batch));
            let block = sequences.start * width..sequences.end * width;
            let (terms, weights) = (&mut terms[block.clone()], &mut weights[block]);
            let mut weighed = false;
            for &source in stage.moving.iter() {
                let strides = self.strides(source);
                let loops = stage.term_loops(self, strides, sequences.len());
                let at = sequences.start * strides.batch;
                match source {
                    Source::Factor(j) => {
                        gather_into(&loops, &factors[j][t * strides.time + at..], weighed, weights);
                        weighed = true;
                    }
                    Source::Message => gather_into(&loops, &lin[at..], false, terms),
                    Source::Stage(k) => {
                        gather_into(
                            &loops,
                            &done[self.stages[k].totals_start(self.batch) + at..],
                            false,
                            terms,
                        );
                    }
                }
            }
            let fixed = stage.fixed(&mut workspace.fixed);
            if weighed {
                let tops = &mut workspace.tops[..sequences.len()];
                exponentiate_rows(weights, width, tops);
                multiply(terms, weights);
                levels.iter_mut().zip(tops).for_each(|(level, top)| *level += *top);
            }
            // The closing stage's totals become the message.
            let totals = if k + 1 == self.stages.len() {
                &mut *out
            } else {
                &mut totals[sequences.start * stage.shape.rows * columns..][..rows * columns]
            };
            product_into(terms, [summed, 1], fixed.by_summed, [rows, summed, columns], false, totals);
            let smallest = multiply_columns(totals, fixed.ratios);
            if smallest.is_nan() || smallest < smallest_total() {
                return false;
            }
            levels.iter_mut().for_each(|level| *level += fixed.highest[0]);
        }
        let (out_levels, rest) = rest.split_at_mut(self.batch);
        let (scales, by_log) = rest.split_at_mut(self.batch);
        let trusted = normalise_rows(out, n, &mut scales[sequences.clone()], levels);
        out_levels[sequences.clone()].copy_from_slice(levels);
        by_log[sequences].fill(E::zero());
        trusted
    }

    /// Makes the seeds of the message before step `t` those that its way back needs; returns whether that is linear.
    pub(super) fn convert_seeds<E: Numeric>(
        &self,
        kept: &[E],
        t: usize,
        sequences: &Range<usize>,
        seeds: &mut [E],
    ) -> bool {
        if !self.linear {
            return false;
        }
        let n = self.state_len();
        let own = self.message_of(&kept[t * self.slab..]);
        let linear = own.by_log[sequences.start] == E::zero();
        let taken_by_log =
            t == 0 || self.message_of(&kept[(t - 1) * self.slab..]).by_log[sequences.start] != E::zero();
        let cells = sequences.start * n..sequences.end * n;
        let pairs = seeds[cells.clone()].iter_mut().zip(&own.lin[cells]);
        match (taken_by_log, linear) {
            (true, true) => pairs.for_each(|(seed, &lin)| *seed /= lin),
            (false, false) => pairs.for_each(|(seed, &lin)| *seed *= lin),
            _ => {}
        }
        linear
    }
}

impl Stage {
    /// Returns where the totals begin within what a step keeps.
    pub(super) fn totals_start(&self, batch: usize) -> usize {
        self.start + self.out_len(batch) + 2 * self.terms_len(batch)
    }

    /// Takes the seeds of a stage that was done in linear space to its sources.
    pub(super) fn backward_linear<E: Numeric>(
        &self,
        sources: &Sources<'_, E>,
        sequences: &Range<usize>,
        places: [usize; 2],
        workspace: &mut Workspace<E>,
        gradients: &mut Gradients<'_, E>,
    ) {
        let plan = sources.plan;
        let (columns, summed) = (self.shape.columns, self.shape.summed);
        let rows = sequences.len() * self.shape.rows;
        let first = sequences.start * self.shape.rows;
        let closes = std::ptr::eq(self, plan.closing());
        let seeds_start = if closes { places[0] } else { self.seeds_start };
        let weights = &mut workspace.weights[..rows * columns];
        weights.copy_from_slice(&workspace.seeds[seeds_start + first * columns..][..rows * columns]);
        let fixed = self.fixed(&mut workspace.fixed);
        if closes {
            let scales = &plan.message_of(sources.done).scales[sequences.clone()];
            for (row, &scale) in weights.chunks_exact_mut(self.shape.rows * columns).zip(scales) {
                row.iter_mut().for_each(|y| *y *= scale);
            }
        }
        multiply_columns(weights, fixed.ratios);
        let flows = &mut workspace.terms[..rows * summed];
        product_into(weights, [columns, 1], fixed.by_column, [rows, columns, summed], false, flows);
        let kept = &sources.done[self.start + self.out_len(plan.batch)..];
        let terms = &kept[first * summed..(first + rows) * summed];
        let factor_weights = &kept[self.terms_len(plan.batch) + first * summed..][..rows * summed];
        let flow =
            super::backward::Flow { stage: self, sources, sequences, shared: 0, message_seeds: places[1] };
        let is_factor = |source: &Source| matches!(source, Source::Factor(_));
        if self.moving.iter().any(is_factor) {
            let by_factor = &mut workspace.by_factor[..rows * summed];
            by_factor.copy_from_slice(terms);
            multiply(by_factor, flows);
            flow.scatter(is_factor, by_factor, &mut workspace.seeds, gradients);
            multiply(flows, factor_weights);
        }
        flow.scatter(|source| !is_factor(source), flows, &mut workspace.seeds, gradients);
        if self.fixed.iter().any(|&j| gradients.starts[j].is_some()) {
            self.add_fixed(0, rows, weights, terms, &mut workspace.fixed);
        }
    }
}
