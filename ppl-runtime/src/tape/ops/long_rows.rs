//! Rows of terms that are longer than running sums can be: they are added up in parts.

use super::recomputed::AddSeeded;
use super::term::OPERANDS;
use crate::element::Element;
use crate::family::Need;
use crate::kernel::array::from_fn;
use crate::kernel::vector;

/// Adds up a term over `n` elements: the operands, where the values and the partials go, and which of these are wanted.
pub(super) type AddUpRow<E> = fn(usize, &[&[E]; OPERANDS], &mut [E], &mut [&mut [E]; OPERANDS], Need);

/// The loop that adds up a term.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddUp<E> {
    pub(super) row: AddUpRow<E>,
    /// Whether it has several running sums side by side, on a processor with wide vectors.
    pub(super) vectorises: bool,
}

impl<E: Element> AddUp<E> {
    /// Adds up the term over a row, however long.
    #[inline(always)]
    pub(crate) fn add(
        &self,
        n: usize,
        inputs: &[&[E]; OPERANDS],
        log: &mut [E],
        partials: &mut [&mut [E]; OPERANDS],
        need: Need,
    ) {
        let is_long = n > E::RUN && n > run::<E>(if self.vectorises { 16 } else { 1 });
        if is_long && (log.len() == 1 || partials.iter().any(|by| by.len() == 1)) {
            self.add_parts(n, inputs, log, partials, need);
        } else {
            (self.row)(n, inputs, log, partials, need);
        }
    }

    #[inline(never)]
    fn add_parts(
        &self,
        n: usize,
        inputs: &[&[E]; OPERANDS],
        log: &mut [E],
        partials: &mut [&mut [E]; OPERANDS],
        need: Need,
    ) {
        let mut total = 0.0;
        let mut totals = [0.0; OPERANDS];
        let run = run::<E>(if self.vectorises { 16 } else { 1 });
        for at in (0..n).step_by(run) {
            let end = n.min(at + run);
            let mut sum = E::zero();
            let mut sums = [E::zero(); OPERANDS];
            let part = from_fn(&[] as &[E], |k| part_of(inputs[k], at, end));
            let mut into: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
            for ((into, by), sum) in into.iter_mut().zip(partials.iter_mut()).zip(&mut sums) {
                *into = part_or_sum(by, sum, at, end);
            }
            (self.row)(end - at, &part, part_or_sum(log, &mut sum, at, end), &mut into, need);
            total += sum.as_f64();
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total += sum.as_f64();
            }
        }
        if let [log] = log {
            *log += E::of(total);
        }
        for (by, total) in partials.iter_mut().zip(totals) {
            if let [by] = &mut **by {
                *by += E::of(total);
            }
        }
    }
}

/// Adds seeds times the partials of a term by one operand over a row, however long.
#[inline(always)]
pub(super) fn add_seeded_row<E: Element>(
    add_seeded: AddSeeded<E>,
    n: usize,
    inputs: [&[E]; OPERANDS],
    seed: &[E],
    into: &mut [E],
    operand: usize,
) {
    let run = run::<E>(32);
    if n <= run || into.len() > 1 {
        return add_seeded(n, inputs, seed, into, operand);
    }
    let mut total = 0.0;
    for at in (0..n).step_by(run) {
        let end = n.min(at + run);
        let mut sum = [E::zero()];
        let part = from_fn(&[] as &[E], |k| part_of(inputs[k], at, end));
        add_seeded(end - at, part, part_of(seed, at, end), &mut sum, operand);
        total += sum[0].as_f64();
    }
    into[0] += E::of(total);
}

/// Returns how many elements kernels with this many running sums may add up at once.
#[inline(always)]
fn run<E: Element>(lanes: usize) -> usize {
    E::RUN.saturating_mul(if vector::is_wide() { lanes } else { 1 })
}

#[inline(always)]
fn part_of<E>(x: &[E], at: usize, end: usize) -> &[E] {
    if x.len() > 1 { &x[at..end] } else { x }
}

/// Returns the part of an array that has an element for each of the row, and `sum` for one that the row is summed into.
#[inline(always)]
fn part_or_sum<'a, E>(into: &'a mut [E], sum: &'a mut E, at: usize, end: usize) -> &'a mut [E] {
    match into.len() {
        0 => into,
        1 => std::slice::from_mut(sum),
        _ => &mut into[at..end],
    }
}
