//! The way back by sums: every path in proportion to its weight, which is the gradient of the result.

use super::exact::Sources;
use super::product::product_into;
use super::rows::{multiply, quotients_into};
use super::stage::{Source, Stage};
use super::walk::scatter_into;
use super::{ChainError, Gradients, Mode, Plan, Workspace};
use crate::element::Numeric;
use crate::kernel::math;
use std::ops::Range;

impl Plan {
    /// Adds to the factors' gradients that of `sum(seeds * out)`, the pairwise posterior marginals weighed by the seeds.
    ///
    /// `kept` is from a forward pass by sums on the same factors and lengths; `seeds` lie as its result did. A state of
    /// probability zero has no gradient.
    pub(crate) fn backward<E: Numeric>(
        &self,
        factors: &[&[E]],
        lengths: Option<&[usize]>,
        kept: &[E],
        seeds: &[E],
        workspace: &mut Workspace<E>,
        gradients: &mut Gradients<'_, E>,
    ) -> Result<(), ChainError> {
        self.check(factors, lengths, kept, seeds)?;
        self.check_gradients(gradients)?;
        if self.batch == 0 {
            return Ok(());
        }
        self.check_mode(Mode::Sum, kept)?;
        workspace.reserve(self);
        for stage in self.stages.iter() {
            stage.clear_fixed(&mut workspace.fixed);
            if !stage.timed {
                stage.prepare_fixed(self, Mode::Sum, factors, 0, &mut workspace.fixed);
            }
        }
        let closing = self.closing();
        let n = closing.out_len(self.batch);
        // The seeds of the message into this step, and of that into the next; the other stages' seeds lie below them.
        let mut places = [closing.seeds_start, closing.seeds_start + n];
        workspace.seeds[places[0]..places[0] + n].fill(E::zero());
        scatter_into(&self.state_loops(closing), seeds, &mut workspace.seeds[places[0]..]);
        for t in 0..self.steps {
            let (slab, later) = kept[t * self.slab..].split_at(self.slab);
            workspace.seeds[..closing.seeds_start].fill(E::zero());
            workspace.seeds[places[1]..places[1] + n].fill(E::zero());
            for stage in self.stages.iter().filter(|stage| stage.timed) {
                stage.clear_fixed(&mut workspace.fixed);
                stage.prepare_fixed(self, Mode::Sum, factors, t, &mut workspace.fixed);
            }
            let sources = Sources { plan: self, factors, t, done: slab, later };
            for sequences in self.running(t, lengths) {
                let linear = self.convert_seeds(kept, t, &sequences, &mut workspace.seeds[places[0]..]);
                for stage in self.stages.iter().rev() {
                    if linear {
                        stage.backward_linear(&sources, &sequences, places, workspace, gradients);
                        continue;
                    }
                    stage.backward(&sources, sequences.clone(), places, workspace, gradients);
                }
            }
            for stage in self.stages.iter().filter(|stage| stage.timed) {
                stage.spread_fixed(self, t, &mut workspace.fixed, gradients);
            }
            places.swap(0, 1);
        }
        for stage in self.stages.iter().filter(|stage| !stage.timed) {
            stage.spread_fixed(self, 0, &mut workspace.fixed, gradients);
        }
        Ok(())
    }
}

impl Stage {
    /// Takes the stage's seeds to its sources, for some neighbouring sequences.
    fn backward<E: Numeric>(
        &self,
        sources: &Sources<'_, E>,
        sequences: Range<usize>,
        places: [usize; 2],
        workspace: &mut Workspace<E>,
        gradients: &mut Gradients<'_, E>,
    ) {
        let plan = sources.plan;
        let (logs, rest) = sources.done[self.start..].split_at(self.out_len(plan.batch));
        let terms = rest;
        let totals = &sources.done[self.totals_start(plan.batch)..];
        let closes = std::ptr::eq(self, plan.closing());
        let seeds_start = if closes { places[0] } else { self.seeds_start };
        let rows = sequences.len() * self.shape.rows;
        let (columns, summed) = (self.shape.columns, self.shape.summed);
        let n = columns * summed;
        for shared in 0..self.shape.shared {
            let first = (shared * plan.batch + sequences.start) * self.shape.rows;
            let cells = first * columns..(first + rows) * columns;
            let seeds = &workspace.seeds[seeds_start..][cells.clone()];
            let flow = Flow { sources, sequences: &sequences, shared, message_seeds: places[1], stage: self };
            if self.summed.is_none() {
                for ((flow, &seed), &log) in workspace.terms.iter_mut().zip(seeds).zip(&logs[cells]) {
                    // What is impossible by one source passes nothing to the others.
                    *flow = if log == E::neg_infinity() { E::zero() } else { seed };
                }
                flow.scatter(|_| true, &workspace.terms[..rows], &mut workspace.seeds, gradients);
                continue;
            }
            let (terms, totals) = (&terms[first * summed..(first + rows) * summed], &totals[cells.clone()]);
            let weights = &mut workspace.weights[..rows * columns];
            let left_out = quotients_into(seeds, totals, weights);
            let fixed = self.fixed(&mut workspace.fixed);
            let matrix = &fixed.by_column[shared * n..(shared + 1) * n];
            let flows = &mut workspace.terms[..rows * summed];
            product_into(weights, [columns, 1], matrix, [rows, columns, summed], false, flows);
            multiply(flows, terms);
            if left_out {
                flow.exact(&logs[cells], seeds_start, flows, &workspace.seeds, fixed.exact_gradient);
            }
            flow.scatter(|_| true, flows, &mut workspace.seeds, gradients);
            if self.fixed.iter().any(|&j| gradients.starts[j].is_some()) {
                self.add_fixed(shared, rows, weights, terms, &mut workspace.fixed);
            }
        }
    }
}

/// What passes from one stage to its sources, at one value of the shared variables.
pub(super) struct Flow<'a, 'b, E> {
    pub(super) stage: &'a Stage,
    pub(super) sources: &'a Sources<'b, E>,
    pub(super) sequences: &'a Range<usize>,
    pub(super) shared: usize,
    /// Where the seeds of the next step's message begin.
    pub(super) message_seeds: usize,
}

impl<E: Numeric> Flow<'_, '_, E> {
    /// Adds the derivatives by the terms to those of some moving sources.
    pub(super) fn scatter(
        &self,
        takes: impl Fn(&Source) -> bool,
        flows: &[E],
        seeds: &mut [E],
        gradients: &mut Gradients<'_, E>,
    ) {
        let (stage, plan) = (self.stage, self.sources.plan);
        for &source in stage.moving.iter().filter(|source| takes(source)) {
            let strides = plan.strides(source);
            let at = self.sequences.start * strides.batch + stage.shared_offset(plan, strides, self.shared);
            let into = match source {
                Source::Factor(j) => match gradients.starts[j] {
                    Some(start) => &mut gradients.into[start + self.sources.t * strides.time + at..],
                    None => continue,
                },
                Source::Message => &mut seeds[self.message_seeds + at..],
                Source::Stage(k) => &mut seeds[plan.stages[k].seeds_start + at..],
            };
            scatter_into(&stage.term_loops(plan, strides, self.sequences.len()), flows, into);
        }
    }

    /// Adds the derivatives of those results that were computed exactly.
    #[cold]
    fn exact(&self, logs: &[E], seeds_start: usize, flows: &mut [E], seeds: &[E], exact_gradient: &mut [E]) {
        let (stage, plan) = (self.stage, self.sources.plan);
        let Some(variable) = stage.summed else { return };
        let (columns, summed) = (stage.shape.columns, stage.shape.summed);
        let first = (self.shared * plan.batch + self.sequences.start) * stage.shape.rows * columns;
        let totals = &self.sources.done[stage.totals_start(plan.batch) + first..];
        for (k, &log) in logs.iter().enumerate() {
            let seed = seeds[seeds_start + first + k];
            if totals[k] != E::zero() || seed == E::zero() || log == E::neg_infinity() {
                continue;
            }
            let (row, column) = (k / columns, k % columns);
            let sequence = self.sequences.start + row / stage.shape.rows;
            let mut values = stage.values(plan, self.shared, row % stage.shape.rows, column);
            for v in 0..summed {
                values[variable] = v;
                let part = seed * math::exp(self.sources.term(stage, sequence, &values) - log);
                flows[row * summed + v] += part;
                exact_gradient[(self.shared * columns + column) * summed + v] += part;
            }
        }
    }
}
