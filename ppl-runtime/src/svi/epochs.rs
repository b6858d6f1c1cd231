//! The means of iterates over epochs, each twice as long as the last, and how well they are known.

use crate::element::Element;

/// Batches of an epoch, whose means give the error of the average.
pub(super) const BATCHES: u64 = 16;
const FIRST_EPOCH: u64 = 1_600;

/// One iterate in so many is taken for the spread.
const STRIDE: u64 = 4;

/// Halves of an epoch agree if its mean is worth this many independent iterates: R-hat of the two halves, the root of one
/// plus two in so many, is then expected to be at most 1.1.
const INDEPENDENT: f64 = 10.0;

/// The mean of the iterates of the last one and the present one of a series of epochs.
#[derive(Debug)]
pub(super) struct Epochs {
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
    /// Squared distances of this epoch's iterates from the origin, and the products of their moves and derivatives.
    origin: Vec<f64>,
    spread: Vec<f64>,
    work: Vec<f64>,
    /// The epoch before: its steps, means, squared standard errors and curvatures.
    before_steps: u64,
    before: Vec<f64>,
    before_errors: Vec<f64>,
    before_curvatures: Vec<f64>,
}

impl Epochs {
    /// Returns no epoch yet, of iterates that are not far from the first.
    pub(super) fn new<E: Element>(first: &[E]) -> Epochs {
        let n = first.len();
        let zeros = || vec![0.0; n];
        Epochs {
            batch: FIRST_EPOCH / BATCHES,
            count: 0,
            sum: zeros(),
            batches: 0,
            mean: zeros(),
            squares: zeros(),
            products: zeros(),
            last: zeros(),
            origin: first.iter().map(|x| x.as_f64()).collect(),
            spread: zeros(),
            work: zeros(),
            before_steps: 0,
            before: zeros(),
            before_errors: zeros(),
            before_curvatures: zeros(),
        }
    }

    /// Begins the next epoch if one has just ended, and returns where moves times derivatives are added.
    pub(super) fn begin_step(&mut self) -> &mut [f64] {
        if self.count == 0 && self.batches == BATCHES {
            self.next_epoch();
        }
        &mut self.work
    }

    /// Adds the iterate after a step.
    pub(super) fn add<E: Element>(&mut self, values: &[E]) {
        for (sum, x) in self.sum.iter_mut().zip(values) {
            *sum += x.as_f64();
        }
        self.count += 1;
        if self.count.is_multiple_of(STRIDE) {
            for (spread, (x, origin)) in self.spread.iter_mut().zip(values.iter().zip(&self.origin)) {
                *spread += (x.as_f64() - origin).powi(2);
            }
        }
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
            self.before_curvatures[k] = self.curvature(k);
        }
        self.before.copy_from_slice(&self.mean);
        self.before_steps = self.batches * self.batch;
        self.batch *= 2;
        self.batches = 0;
        for state in [
            &mut self.mean,
            &mut self.squares,
            &mut self.products,
            &mut self.last,
            &mut self.spread,
            &mut self.work,
        ] {
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

    /// Returns the variance of an element's iterates in this epoch, all batches together.
    fn variance(&self, k: usize) -> f64 {
        let taken = (self.batches * self.batch / STRIDE) as f64;
        self.spread[k] / taken - (self.mean[k] - self.origin[k]).powi(2)
    }

    /// Returns what the spread of an element's iterates costs, twice, in nats.
    ///
    /// Iterates `x` that are at rest have the same mean square before and after a step `-l g`, so that about their mean
    /// `2 E[x g] = E[l g^2]` (Yaida 2019, the first fluctuation-dissipation relation), and `E[x g]` is curvature times
    /// variance where the loss is a parabola.
    fn cost(&self, k: usize) -> f64 {
        0.5 * self.work[k] / (self.batches * self.batch) as f64
    }

    /// Returns the second derivative of the loss by an element, as the iterates show it: the reciprocal of its squared
    /// scale.
    fn curvature(&self, k: usize) -> f64 {
        let (cost, variance) = (self.cost(k), self.variance(k));
        if variance > 0.0 { cost / variance } else { 0.0 }
    }

    /// Returns the largest standard error of an averaged element in units of its scale, or NaN while it is not known.
    pub(super) fn precision(&self) -> f64 {
        let w = self.share_before();
        let largest =
            |errors: &dyn Fn(usize) -> f64| (0..self.mean.len()).map(errors).fold(0.0, f64::max).sqrt();
        if self.batches < BATCHES / 2 {
            // Too few batches to say anything new: the error falls with the number of steps.
            return match self.before_steps {
                0 => f64::NAN,
                _ => largest(&|k| self.before_errors[k] * w * self.before_curvatures[k]),
            };
        }
        largest(&|k| {
            let (now, before) = (self.squared_error(k), self.before_errors[k]);
            let apart = if w > 0.0 { self.mean[k] - self.before[k] } else { 0.0 };
            // Two epochs that lie further apart than their errors say have not come to rest: that is an error too.
            let drift = (apart * apart - 9.0 * (now + before)).max(0.0);
            (w * w * before + (1.0 - w) * (1.0 - w) * now + drift) * self.curvature(k)
        })
    }

    /// Returns whether the halves of this epoch agree in every element, but for those whose iterates spread by less than
    /// the tolerance, in units of their scale.
    pub(super) fn agree(&self, tolerance: f64) -> bool {
        self.batches >= BATCHES / 2
            && (0..self.mean.len()).all(|k| {
                INDEPENDENT * self.squared_error(k) <= self.variance(k)
                    || self.cost(k) <= tolerance * tolerance
            })
    }

    /// Returns whether a batch has just ended, by its number within the epoch.
    pub(super) fn at_batch(&self) -> Option<u64> {
        (self.count == 0).then_some(self.batches)
    }

    /// Returns the steps of this epoch.
    pub(super) fn steps(&self) -> u64 {
        self.batches * self.batch
    }

    /// Returns the means of the epoch before and of this one.
    pub(super) fn means<E: Element>(&self) -> Option<(Vec<E>, Vec<E>)> {
        let of = |means: &[f64]| means.iter().map(|&x| E::of(x)).collect();
        (self.before_steps > 0 && self.batches > 0).then(|| (of(&self.before), of(&self.mean)))
    }

    /// Returns the average, if there is one.
    pub(super) fn average<E: Element>(&self) -> Option<Vec<E>> {
        let w = self.share_before();
        let of = |(before, now): (&f64, &f64)| E::of(w * before + (1.0 - w) * now);
        let known = self.batches > 0 || self.before_steps > 0;
        known.then(|| self.before.iter().zip(&self.mean).map(of).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    /// Averages iterates of steps of a given length along a noisy gradient of a parabola.
    fn averaged(seed: u64, curvature: f64, steps: u64) -> Epochs {
        let mut rng = crate::random::Generator::seed_from_u64(seed);
        let mut epochs = Epochs::new(&[0.0]);
        let (mut x, length): (f64, f64) = (0.0, 0.05 / curvature);
        for _ in 0..steps {
            let e: f64 = StandardNormal.sample(&mut rng);
            let g = curvature * x + e;
            x -= length * g;
            epochs.begin_step()[0] += length * g * g;
            epochs.add(&[x]);
        }
        epochs
    }

    #[test]
    fn errors_of_the_average_are_honest() {
        // In units of the scale, which is the root of the reciprocal curvature.
        for curvature in [1.0, 100.0] {
            let mut squares = 0.0;
            for seed in 0..200 {
                let epochs = averaged(seed, curvature, 12_000);
                let mean = epochs.average::<f64>().unwrap()[0] * f64::sqrt(curvature);
                squares += (mean / epochs.precision()).powi(2) / 200.0;
            }
            assert!((0.6..1.4).contains(&squares), "{squares}");
        }
    }

    #[test]
    fn batches_agree_if_they_are_longer_than_the_iterates_remember() {
        // The iterates remember 20 steps, and 20,000.
        assert!(averaged(1, 1.0, 1_600).agree(1e-3));
        let mut epochs = Epochs::new(&[0.0]);
        let mut rng = crate::random::Generator::seed_from_u64(2);
        let mut x = 0.0;
        for _ in 0..1_600 {
            let g = x + 100.0 * Distribution::<f64>::sample(&StandardNormal, &mut rng);
            x -= 5e-5 * g;
            epochs.begin_step()[0] += 5e-5 * g * g;
            epochs.add(&[x]);
        }
        assert!(!epochs.agree(1e-3));
        // Unless all of their spread is below the tolerance.
        assert!(epochs.agree(1.0));
    }

    #[test]
    fn the_first_iterates_are_forgotten() {
        let mut epochs = Epochs::new(&[1.0, 2.0]);
        for t in 0..50_000 {
            epochs.begin_step();
            epochs.add(&[if t < 2_000 { 100.0 } else { 1.0 }, 2.0]);
        }
        assert_eq!(epochs.average::<f32>(), Some(vec![1.0, 2.0]));
        assert_eq!(epochs.precision(), 0.0);
    }
}
