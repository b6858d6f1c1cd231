//! The way back along one path: the likeliest, or one drawn from the posterior.

use super::exact::{Sources, Values};
use super::plan::Plan;
use super::stage::Stage;
use super::{ChainError, Gradients, Mode};
use crate::element::Numeric;
use crate::kernel::math;
use rand::{Rng, RngExt};

/// How a variable's value is chosen among its terms.
trait Choose<E> {
    /// The forward pass that the choice needs.
    const MODE: Mode;

    /// Returns the index of one of `n` terms, or nothing if none is possible.
    fn choose(&mut self, n: usize, term: impl FnMut(usize) -> E) -> Option<usize>;
}

/// The first of the largest terms.
struct Largest;

impl<E: Numeric> Choose<E> for Largest {
    const MODE: Mode = Mode::Max;

    fn choose(&mut self, n: usize, mut term: impl FnMut(usize) -> E) -> Option<usize> {
        let mut best = None;
        let mut top = E::neg_infinity();
        for v in 0..n {
            let term = term(v);
            if term > top {
                (best, top) = (Some(v), term);
            }
        }
        best
    }
}

/// A draw in proportion to the exponentials.
struct Drawn<'a, R>(&'a mut R);

impl<E: Numeric, R: Rng> Choose<E> for Drawn<'_, R> {
    const MODE: Mode = Mode::Draw;

    fn choose(&mut self, n: usize, mut term: impl FnMut(usize) -> E) -> Option<usize> {
        let mut top = E::neg_infinity();
        for v in 0..n {
            let term = term(v);
            top = if term > top { term } else { top };
        }
        if !top.is_finite() {
            return None;
        }
        let mut weight = |v: usize| math::exp(term(v) - top).as_f64();
        let total: f64 = (0..n).map(&mut weight).sum();
        let uniform: f64 = self.0.random();
        let target = uniform * total;
        let (mut below, mut last) = (0.0, None);
        for v in 0..n {
            let weight = weight(v);
            // A term without weight is never drawn, whatever the sums round to.
            if weight > 0.0 {
                last = Some(v);
                below += weight;
                if target < below {
                    break;
                }
            }
        }
        last
    }
}

impl Plan {
    /// Follows the likeliest path of each sequence and adds its seed to the gradients at the elements on the path.
    ///
    /// `kept` is from a forward pass by maxima. The path begins in the state whose seed is not zero (the first such), and
    /// a sequence without one is left out. Of several likeliest values the first is taken.
    pub(crate) fn backward_max<E: Numeric>(
        &self,
        factors: &[&[E]],
        lengths: Option<&[usize]>,
        kept: &[E],
        seeds: &[E],
        gradients: &mut Gradients<'_, E>,
    ) -> Result<(), ChainError> {
        self.follow(&mut Largest, factors, lengths, kept, seeds, gradients)
    }

    /// Draws a path of each sequence from the posterior given its first state, and adds the sequence's seed to the
    /// gradients at the elements on the path.
    ///
    /// `kept` is from a forward pass by [`Mode::Draw`]. The state before the first step is chosen as for [`Plan::backward_max`].
    /// Sequences are drawn in order, and their steps from the first to the last.
    pub(crate) fn backward_sample<E: Numeric, R: Rng>(
        &self,
        rng: &mut R,
        factors: &[&[E]],
        lengths: Option<&[usize]>,
        kept: &[E],
        seeds: &[E],
        gradients: &mut Gradients<'_, E>,
    ) -> Result<(), ChainError> {
        self.follow(&mut Drawn(rng), factors, lengths, kept, seeds, gradients)
    }

    fn follow<E: Numeric, Choice: Choose<E>>(
        &self,
        choice: &mut Choice,
        factors: &[&[E]],
        lengths: Option<&[usize]>,
        kept: &[E],
        seeds: &[E],
        gradients: &mut Gradients<'_, E>,
    ) -> Result<(), ChainError> {
        self.check(factors, lengths, kept, seeds)?;
        self.check_gradients(gradients)?;
        if self.batch == 0 {
            return Ok(());
        }
        self.check_mode(Choice::MODE, kept)?;
        for (sequence, seeds) in seeds.chunks_exact(self.state_len()).enumerate() {
            let Some(state) = seeds.iter().position(|&seed| seed != E::zero()) else { continue };
            let mut values = self.state_values(state);
            for t in 0..self.length(lengths, sequence) {
                let (done, later) = kept[t * self.slab..].split_at(self.slab);
                let sources = Sources { plan: self, factors, t, done, later };
                if !self
                    .stages
                    .iter()
                    .rev()
                    .all(|stage| extend(choice, &sources, stage, sequence, &mut values))
                {
                    break;
                }
                self.mark(t, sequence, &values, seeds[state], gradients);
                values = self.advance(&values);
            }
        }
        Ok(())
    }

    /// Returns the values of the previous variables in state number `state`.
    fn state_values(&self, mut state: usize) -> Values {
        let mut values = Values::default();
        for slot in (0..self.next.len()).rev() {
            values[slot] = state % self.sizes[slot];
            state /= self.sizes[slot];
        }
        values
    }

    /// Makes the next state of one step the previous state of the following one.
    fn advance(&self, values: &Values) -> Values {
        let mut after = Values::default();
        for (slot, &variable) in self.next.iter().enumerate() {
            after[slot] = values[variable];
        }
        after
    }

    /// Adds `weight` to the gradient of each factor at these values.
    fn mark<E: Numeric>(
        &self,
        t: usize,
        sequence: usize,
        values: &Values,
        weight: E,
        gradients: &mut Gradients<'_, E>,
    ) {
        for (factor, start) in self.factors.iter().zip(gradients.starts) {
            let strides = &factor.strides;
            if let Some(start) = start {
                let at = start + t * strides.time + sequence * strides.batch + strides.offset(values);
                gradients.into[at] += weight;
            }
        }
    }
}

/// Chooses the value of the variable that a stage has summed out, given those of its result.
fn extend<E: Numeric>(
    choice: &mut impl Choose<E>,
    sources: &Sources<'_, E>,
    stage: &Stage,
    sequence: usize,
    values: &mut Values,
) -> bool {
    let Some(variable) = stage.summed else { return true };
    let chosen = choice.choose(stage.shape.summed, |v| {
        let mut trial = *values;
        trial[variable] = v;
        sources.term(stage, sequence, &trial)
    });
    if let Some(v) = chosen {
        values[variable] = v;
    }
    chosen.is_some()
}
