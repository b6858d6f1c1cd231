//! The recursion from the last step to the first, by sums or by maxima.

use super::exact::Sources;
use super::product::{max_product_into, product_into};
use super::rows::{exponentiate_rows, logarithms_into, smallest_total};
use super::stage::Stage;
use super::walk::{Loops, gather_into};
use super::{ChainError, Mode, Plan, Workspace};
use crate::element::Numeric;
use std::ops::Range;

impl Plan {
    /// Writes the logarithm of the sum over all paths (or the largest path) for each sequence and each state before its
    /// first step, and keeps in `kept` what the way back needs.
    ///
    /// `out` is dense, `[batch, previous variables in their order]`. Steps past a sequence's length contribute nothing.
    pub(crate) fn forward<E: Numeric>(
        &self,
        mode: Mode,
        factors: &[&[E]],
        lengths: Option<&[usize]>,
        kept: &mut [E],
        workspace: &mut Workspace<E>,
        out: &mut [E],
    ) -> Result<(), ChainError> {
        self.check(factors, lengths, kept, out)?;
        if self.batch == 0 {
            return Ok(());
        }
        workspace.reserve(self);
        for stage in self.stages.iter().filter(|stage| !stage.timed) {
            stage.prepare_fixed(self, mode, factors, 0, &mut workspace.fixed);
        }
        let linear = self.linear && mode == Mode::Sum;
        for t in (0..=self.steps).rev() {
            let slab_and_later = &mut kept[t * self.slab..];
            self.clear_ended(t, lengths, &mut slab_and_later[..self.slab]);
            if t == self.steps {
                continue;
            }
            let (slab, later) = slab_and_later.split_at_mut(self.slab);
            for stage in self.stages.iter().filter(|stage| stage.timed) {
                stage.prepare_fixed(self, mode, factors, t, &mut workspace.fixed);
            }
            for sequences in self.running(t, lengths) {
                if linear {
                    if self.forward_linear(factors, t, sequences.clone(), slab, later, workspace) {
                        continue;
                    }
                    self.fill_logs(sequences.clone(), later);
                }
                for stage in self.stages.iter() {
                    let (done, mine) = slab.split_at_mut(stage.start);
                    let sources = Sources { plan: self, factors, t, done, later: &*later };
                    stage.forward(mode, &sources, sequences.clone(), mine, workspace);
                }
                if linear {
                    self.fill_linear(sequences, slab);
                }
            }
        }
        if linear {
            self.fill_logs(0..self.batch, kept);
        }
        self.note_mode(mode, kept);
        let closing = self.closing();
        gather_into(&self.state_loops(closing), &kept[closing.start..], false, out);
        Ok(())
    }

    /// Returns the loops over sequences and states, with the strides of the closing stage.
    pub(super) fn state_loops(&self, closing: &Stage) -> Loops {
        let mut loops = Loops::new();
        loops.push(self.batch, closing.out.batch);
        for slot in 0..self.next.len() {
            loops.push(self.sizes[slot], closing.out.variables[slot]);
        }
        loops
    }

    /// Returns the ranges of neighbouring sequences that have a step `t`.
    pub(super) fn running<'a>(
        &'a self,
        t: usize,
        lengths: Option<&'a [usize]>,
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let mut next = 0;
        std::iter::from_fn(move || {
            while next < self.batch && self.length(lengths, next) <= t {
                next += 1;
            }
            let start = next;
            while next < self.batch && self.length(lengths, next) > t {
                next += 1;
            }
            (start < next).then_some(start..next)
        })
    }

    /// Sets the message before step `t` to zero for the sequences that end there.
    fn clear_ended<E: Numeric>(&self, t: usize, lengths: Option<&[usize]>, slab: &mut [E]) {
        let closing = self.closing();
        let n = closing.out.batch;
        for sequence in (0..self.batch).filter(|&b| self.length(lengths, b) == t) {
            let logs = &mut slab[closing.start..closing.start + closing.out_len(self.batch)];
            for states in logs.chunks_exact_mut(n * self.batch) {
                states[sequence * n..(sequence + 1) * n].fill(E::zero());
            }
            if self.linear {
                self.fill_linear(sequence..sequence + 1, slab);
            }
        }
    }
}

impl Stage {
    /// Computes the stage for some neighbouring sequences; `mine` is what it keeps of this step.
    fn forward<E: Numeric>(
        &self,
        mode: Mode,
        sources: &Sources<'_, E>,
        sequences: Range<usize>,
        mine: &mut [E],
        workspace: &mut Workspace<E>,
    ) {
        let plan = sources.plan;
        let (logs, rest) = mine.split_at_mut(self.out_len(plan.batch));
        let (terms, rest) = rest.split_at_mut(self.terms_len(plan.batch));
        let totals = &mut rest[self.terms_len(plan.batch)..];
        let rows = sequences.len() * self.shape.rows;
        let (columns, summed) = (self.shape.columns, self.shape.summed);
        let n = columns * summed;
        for shared in 0..self.shape.shared {
            let first = (shared * plan.batch + sequences.start) * self.shape.rows;
            let logs = &mut logs[first * columns..(first + rows) * columns];
            if self.summed.is_none() {
                self.gather(sources, &sequences, shared, logs);
                continue;
            }
            let terms = &mut terms[first * summed..(first + rows) * summed];
            self.gather(sources, &sequences, shared, terms);
            let fixed = self.fixed(&mut workspace.fixed);
            let matrix = &fixed.by_summed[shared * n..(shared + 1) * n];
            if mode == Mode::Max {
                max_product_into(terms, matrix, [rows, summed, columns], logs);
                continue;
            }
            let totals = &mut totals[first * columns..(first + rows) * columns];
            let row_tops = &mut workspace.tops[..rows];
            let column_tops = &fixed.tops[shared * columns..(shared + 1) * columns];
            exponentiate_rows(terms, summed, row_tops);
            product_into(terms, [summed, 1], matrix, [rows, summed, columns], false, totals);
            if !logarithms_into(totals, row_tops, column_tops, logs) {
                self.repair(sources, sequences.start, shared, totals, [row_tops, column_tops], logs);
            }
        }
    }

    /// Adds up the moving sources at one value of the shared variables.
    fn gather<E: Numeric>(
        &self,
        sources: &Sources<'_, E>,
        sequences: &Range<usize>,
        shared: usize,
        terms: &mut [E],
    ) {
        let plan = sources.plan;
        if self.moving.is_empty() {
            terms.fill(E::zero());
        }
        for (k, &source) in self.moving.iter().enumerate() {
            let strides = plan.strides(source);
            let from = &sources.from(source, sequences.start)[self.shared_offset(plan, strides, shared)..];
            gather_into(&self.term_loops(plan, strides, sequences.len()), from, k > 0, terms);
        }
    }

    /// Computes again what linear space has lost, and marks it by a total of zero.
    #[cold]
    fn repair<E: Numeric>(
        &self,
        sources: &Sources<'_, E>,
        first_sequence: usize,
        shared: usize,
        totals: &mut [E],
        [row_tops, column_tops]: [&[E]; 2],
        logs: &mut [E],
    ) {
        let columns = self.shape.columns;
        for (k, (total, log)) in totals.iter_mut().zip(logs).enumerate() {
            if *total >= smallest_total() && *total < E::infinity() {
                continue;
            }
            let (row, column) = (k / columns, k % columns);
            let impossible = |top: E| top == E::neg_infinity();
            *log = if *total == E::zero() && (impossible(row_tops[row]) || impossible(column_tops[column])) {
                E::neg_infinity()
            } else {
                let (sequence, row) = (first_sequence + row / self.shape.rows, row % self.shape.rows);
                sources.log_sum(self, sequence, self.values(sources.plan, shared, row, column))
            };
            *total = E::zero();
        }
    }
}
