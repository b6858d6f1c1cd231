//! The last stage of a run: steps whose length does not look at the gradient of the moment, and the average of where
//! they lead.
//!
//! A rule that divides by a running root mean square, as Adam does, rests where the mean of the *ratio* vanishes, which
//! is beside the optimum by the skewness of the gradient. Here each parameter has a step length of its own, measured once
//! and then held, so that the iterates rest where the expected gradient vanishes; the lengths fall slowly, and the
//! average of the iterates has the smallest variance that any such method can reach (Polyak and Juditsky 1992).

use crate::element::Element;
use crate::optim::Rows;

/// Step `t` has `(1 + t / HOLD)^-FALL` of the first length; the exponent must lie between one half and one.
const HOLD: f64 = 1_000.0;
const FALL: f64 = 0.6;

/// A derivative counts as at most this many of its root mean squares.
const LARGEST: f64 = 20.0;

/// Batches of the first epoch, whose means give the error of the average; later epochs are twice as long each.
const BATCHES: u64 = 16;
const FIRST_EPOCH: u64 = 1_600;

/// How long the steps of the optimiser are compared with the gradients, element by element.
#[derive(Debug, Default)]
pub(super) struct Lengths<E> {
    before: Vec<E>,
    moved: Vec<f64>,
    gradients: Vec<f64>,
    counts: Vec<u32>,
}

impl<E: Element> Lengths<E> {
    /// Keeps the parameters as they are before a step.
    pub(super) fn before(&mut self, values: &[E]) {
        self.before.clear();
        self.before.extend_from_slice(values);
    }

    /// Adds a step along a gradient.
    pub(super) fn after(&mut self, rows: &[Rows], gradient: &[E], values: &[E]) {
        self.moved.resize(values.len(), 0.0);
        self.gradients.resize(values.len(), 0.0);
        self.counts.resize(values.len(), 0);
        for k in rows.iter().flat_map(Rows::range) {
            // A parameter that this step made has no place before.
            let Some(before) = self.before.get(k) else { continue };
            let moved = (values[k] - *before).as_f64();
            self.moved[k] += moved * moved;
            self.gradients[k] += gradient[k].as_f64().powi(2);
            self.counts[k] += 1;
        }
    }

    /// Returns whether a parameter has gone in one direction during the given number of steps, the last of which are
    /// those measured.
    ///
    /// Compared is the distance from `from` to `to` with the root mean square of a step. Steps without a direction go a
    /// distance of about `sqrt(c steps)` of them, where momentum correlates neighbours: `c = 19` at a decay of 0.9.
    pub(super) fn under_way(&self, from: &[E], to: &[E], steps: u64) -> bool {
        const CORRELATION: f64 = 19.0;
        let n = self.moved.len().min(from.len());
        let steps = steps as f64;
        // The largest of `n` normal deviations is below this but for a chance of about one in ten thousand.
        let largest = (2.0 * (2.0 * n.max(1) as f64).ln()).sqrt() + 2.0;
        let undirected = largest * (CORRELATION * steps).sqrt();
        (0..n).any(|k| {
            let step = (self.moved[k] / f64::from(self.counts[k].max(1))).sqrt();
            let share =
                f64::from(self.counts[k]) / f64::from(*self.counts.iter().max().unwrap_or(&1)).max(1.0);
            let distance = (to[k] - from[k]).as_f64().abs();
            distance > step * undirected.min(0.9 * steps * share)
        })
    }

    /// Returns the length per gradient and the largest derivative of each element.
    fn finish(&self, n: usize) -> (Vec<E>, Vec<E>) {
        let ratio = |k: usize| {
            let (moved, gradient) = (*self.moved.get(k)?, *self.gradients.get(k)?);
            let ratio = (moved / gradient).sqrt();
            (gradient > 0.0 && ratio.is_finite()).then_some(ratio)
        };
        let known = || (0..n).filter_map(ratio).filter(|&r| r > 0.0);
        // Elements that no step has moved take the typical length.
        let typical = (known().map(f64::ln).sum::<f64>() / known().count().max(1) as f64).exp();
        let typical = if known().next().is_some() { typical } else { 0.0 };
        let lengths = (0..n).map(|k| E::of(ratio(k).unwrap_or(typical))).collect();
        let limits = (0..n).map(|k| match (self.gradients.get(k), self.counts.get(k)) {
            (Some(&sum), Some(&count)) if sum > 0.0 && count > 0 => {
                E::of(LARGEST * (sum / f64::from(count)).sqrt())
            }
            _ => E::infinity(),
        });
        (lengths, limits.collect())
    }
}

/// The state of the last stage.
#[derive(Debug)]
pub(super) struct Polish<E> {
    lengths: Vec<E>,
    limits: Vec<E>,
    /// Where it began, to go back to if the steps turn out to be too long.
    pub(super) start: Vec<E>,
    shrink: f64,
    steps: u64,
    average: Average,
}

impl<E: Element> Polish<E> {
    pub(super) fn new(lengths: &Lengths<E>, start: &[E]) -> Polish<E> {
        let n = start.len();
        let (lengths, limits) = lengths.finish(n);
        Polish { lengths, limits, start: start.to_vec(), shrink: 1.0, steps: 0, average: Average::new(n) }
    }

    /// Moves the elements of `rows` and adds the parameters to the average.
    pub(super) fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]) {
        let factor = E::of(self.shrink * (1.0 + self.steps as f64 / HOLD).powf(-FALL));
        self.steps += 1;
        for rows in rows {
            let range = rows.range();
            let steps = self.lengths[range.clone()].iter().zip(&self.limits[range.clone()]);
            let moves = gradient[range.clone()].iter().zip(steps);
            for (x, (&g, (&length, &limit))) in values[range].iter_mut().zip(moves) {
                *x -= factor * length * g.max(-limit).min(limit);
            }
        }
        self.average.add(values);
    }

    /// Begins anew with steps of a tenth of the length.
    pub(super) fn restart(&mut self) {
        self.shrink *= 0.1;
        self.steps = 0;
        self.average = Average::new(self.start.len());
    }

    /// Returns whether a batch has just ended.
    pub(super) fn at_batch(&self) -> bool {
        self.average.count == 0
    }

    /// Returns the largest standard error of an averaged parameter, or NaN while it is not known.
    pub(super) fn precision(&self) -> f64 {
        self.average.precision()
    }

    /// Writes the average over `values`, if there is one.
    pub(super) fn finish_into(&self, values: &mut [E]) {
        self.average.write_into(values);
    }
}

/// The mean of the iterates of the last one and the present one of a series of epochs, each twice as long as the last.
#[derive(Debug)]
struct Average {
    /// The steps of one batch in this epoch.
    batch: u64,
    /// The steps of the batch in progress, and their sum.
    count: u64,
    sum: Vec<f64>,
    /// This epoch's batches: how many, the mean of their means, their squared deviations, and the products of those of
    /// neighbours about the mean so far.
    batches: u64,
    mean: Vec<f64>,
    squares: Vec<f64>,
    products: Vec<f64>,
    last: Vec<f64>,
    /// The epoch before: its steps, means, and squared standard errors.
    before_steps: u64,
    before: Vec<f64>,
    before_errors: Vec<f64>,
}

impl Average {
    fn new(n: usize) -> Average {
        let zeros = || vec![0.0; n];
        Average {
            batch: FIRST_EPOCH / BATCHES,
            count: 0,
            sum: zeros(),
            batches: 0,
            mean: zeros(),
            squares: zeros(),
            products: zeros(),
            last: zeros(),
            before_steps: 0,
            before: zeros(),
            before_errors: zeros(),
        }
    }

    fn add<E: Element>(&mut self, values: &[E]) {
        if self.count == 0 && self.batches == BATCHES {
            self.next_epoch();
        }
        for (sum, x) in self.sum.iter_mut().zip(values) {
            *sum += x.as_f64();
        }
        self.count += 1;
        if self.count == self.batch {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        let n = (self.batches + 1) as f64;
        for k in 0..self.sum.len() {
            let value = self.sum[k] / self.batch as f64;
            let deviation = value - self.mean[k];
            if self.batches > 0 {
                self.products[k] += deviation * (self.last[k] - self.mean[k]);
            }
            self.mean[k] += deviation / n;
            self.squares[k] += deviation * (value - self.mean[k]);
            self.last[k] = value;
            self.sum[k] = 0.0;
        }
        self.count = 0;
        self.batches += 1;
    }

    fn next_epoch(&mut self) {
        for k in 0..self.mean.len() {
            self.before_errors[k] = self.squared_error(k);
        }
        self.before.copy_from_slice(&self.mean);
        self.before_steps = self.batches * self.batch;
        self.batch *= 2;
        self.batches = 0;
        for state in [&mut self.mean, &mut self.squares, &mut self.products, &mut self.last] {
            state.fill(0.0);
        }
    }

    /// Returns the squared standard error of an element's mean over this epoch.
    fn squared_error(&self, k: usize) -> f64 {
        let n = self.batches as f64;
        if self.squares[k] <= 0.0 {
            return 0.0;
        }
        let r = (self.products[k] / self.squares[k] + 1.0 / n).clamp(0.0, 0.9);
        self.squares[k] / (n - 1.0) / n * (1.0 + r) / (1.0 - r)
    }

    /// Returns the weight of the epoch before: its share of the steps.
    fn share_before(&self) -> f64 {
        let now = (self.batches * self.batch) as f64;
        let before = self.before_steps as f64;
        if before + now > 0.0 { before / (before + now) } else { 0.0 }
    }

    fn precision(&self) -> f64 {
        let w = self.share_before();
        if self.batches < BATCHES / 2 {
            // Too few batches to say anything new: the error falls with the number of steps.
            let largest = self.before_errors.iter().copied().fold(0.0, f64::max);
            return if self.before_steps > 0 { (largest * w).sqrt() } else { f64::NAN };
        }
        let errors = (0..self.mean.len()).map(|k| {
            let (now, before) = (self.squared_error(k), self.before_errors[k]);
            let apart = if w > 0.0 { self.mean[k] - self.before[k] } else { 0.0 };
            // Two epochs that lie further apart than their errors say have not come to rest: that is an error too.
            let drift = (apart * apart - 9.0 * (now + before)).max(0.0);
            w * w * before + (1.0 - w) * (1.0 - w) * now + drift
        });
        errors.fold(0.0, f64::max).sqrt()
    }

    fn write_into<E: Element>(&self, values: &mut [E]) {
        let w = self.share_before();
        if self.batches == 0 && self.before_steps == 0 {
            return;
        }
        for (k, to) in values.iter_mut().enumerate().take(self.mean.len()) {
            *to = E::of(w * self.before[k] + (1.0 - w) * self.mean[k]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn errors_of_the_average_are_honest() {
        // The iterates of an autocorrelated process with known mean.
        let mut squares = 0.0;
        for seed in 0..200 {
            let mut rng = crate::random::Generator::seed_from_u64(seed);
            let mut average = Average::new(1);
            let mut x: f64 = 0.0;
            for _ in 0..12_000 {
                let e: f64 = StandardNormal.sample(&mut rng);
                x = 0.95 * x + e;
                average.add(&[x]);
            }
            let mut mean = [0.0];
            average.write_into(&mut mean);
            squares += (mean[0] / average.precision()).powi(2) / 200.0;
        }
        assert!((0.6..1.4).contains(&squares), "{squares}");
    }

    #[test]
    fn the_first_iterates_are_forgotten() {
        let mut average = Average::new(2);
        for t in 0..50_000 {
            average.add(&[if t < 2_000 { 100.0 } else { 1.0 }, 2.0]);
        }
        let mut values = [0.0_f32; 2];
        average.write_into(&mut values);
        assert_eq!(values, [1.0, 2.0]);
        assert_eq!(average.precision(), 0.0);
    }

    #[test]
    fn lengths_are_those_of_the_optimiser() {
        let mut lengths = Lengths::default();
        let rows = [Rows::new(0..1, 1)];
        for g in [1.0, -2.0, 0.5] {
            lengths.before(&[1.0, 5.0]);
            lengths.after(&rows, &[g, 0.0], &[1.0 - 0.1 * g, 5.0]);
        }
        let mut polish = Polish::new(&lengths, &[1.0, 5.0]);
        let mut values = [1.0, 5.0];
        polish.update(&[Rows::new(0..2, 1)], &[1.0, 1.0], &mut values);
        // The second element was never moved and takes the typical length.
        assert!((values[0] - 0.9f64).abs() < 1e-12 && (values[1] - 4.9f64).abs() < 1e-12);
    }
}
