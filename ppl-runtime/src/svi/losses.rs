//! The losses of a run: means of batches of steps, and whether they still fall.

/// The most batches that are kept; at this number, neighbours are merged.
const LIMIT: usize = 1024;

/// The fewest batches on either side of a comparison.
const FEWEST: usize = 8;

/// Means of consecutive batches of losses.
#[derive(Clone, Debug)]
pub(super) struct Losses {
    /// The steps of one batch.
    batch: u64,
    sum: f64,
    count: u64,
    means: Vec<f64>,
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Smoothed {
    pub(crate) mean: f64,
    pub(crate) error: f64,
}

impl Losses {
    pub(super) fn new(batch: u64) -> Losses {
        Losses { batch: batch.max(1), sum: 0.0, count: 0, means: Vec::new() }
    }

    pub(super) fn push(&mut self, loss: f64) {
        self.sum += loss;
        self.count += 1;
        if self.count < self.batch {
            return;
        }
        self.means.push(self.sum / self.batch as f64);
        (self.sum, self.count) = (0.0, 0);
        if self.means.len() == LIMIT {
            self.means = self.means.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
            self.batch *= 2;
        }
    }

    /// Returns whether the fall from the third to the last quarter of the losses is below its standard error, or `None`
    /// while there are too few.
    pub(super) fn stalled(&self) -> Option<bool> {
        let (third, last) = self.last_quarters()?;
        // Rounding alone moves a mean by this much.
        let rounding = 1e-12 * last.mean.abs();
        Some(third.mean - last.mean <= third.error.hypot(last.error) + rounding)
    }

    /// Returns by how much the loss fell in a step, from the third quarter to the last one, or `None` while there are too few.
    pub(super) fn fall(&self) -> Option<Smoothed> {
        let (third, last) = self.last_quarters()?;
        let steps = (self.means.len() / 4) as f64 * self.batch as f64;
        Some(Smoothed {
            mean: (third.mean - last.mean) / steps,
            error: third.error.hypot(last.error) / steps,
        })
    }

    fn last_quarters(&self) -> Option<(Smoothed, Smoothed)> {
        let quarter = self.means.len() / 4;
        if quarter < FEWEST {
            return None;
        }
        let (rest, last) = self.means.split_at(self.means.len() - quarter);
        Some((smooth(&rest[rest.len() - quarter..]), smooth(last)))
    }

    /// Returns the lowest mean of a quarter.
    pub(super) fn lowest_quarter(&self) -> Smoothed {
        let quarter = (self.means.len() / 4).max(1);
        let of_quarters = self.means.chunks_exact(quarter).map(smooth);
        let none = Smoothed { mean: f64::INFINITY, error: f64::NAN };
        of_quarters.reduce(|a, b| if b.mean < a.mean { b } else { a }).unwrap_or(none)
    }

    /// Returns the mean of the last quarter.
    pub(super) fn smoothed(&self) -> Smoothed {
        let quarter = (self.means.len() / 4).max(1).min(self.means.len());
        match quarter {
            // Not even one batch.
            0 if self.count > 0 => Smoothed { mean: self.sum / self.count as f64, error: f64::NAN },
            0 => Smoothed { mean: f64::NAN, error: f64::NAN },
            _ => smooth(&self.means[self.means.len() - quarter..]),
        }
    }

    /// Adds each batch, by the step that it ends with, to a history that starts at step `from`.
    pub(super) fn append_to(&self, from: u64, history: &mut Vec<(u64, f64)>) {
        let steps = (1..).map(|k| from + k * self.batch);
        history.extend(steps.zip(self.means.iter().copied()));
    }
}

/// Returns the mean of a series and its standard error.
///
/// The deviation is about the line through the series, so that a drift is not taken for noise; and where neighbours are
/// correlated by `r` beyond that, the variance of the mean is larger by `(1 + r) / (1 - r)` (a process of order one).
pub(crate) fn smooth(series: &[f64]) -> Smoothed {
    let n = series.len() as f64;
    let mean = series.iter().sum::<f64>() / n;
    if series.len() < 4 {
        return Smoothed { mean, error: f64::NAN };
    }
    let centre = 0.5 * (n - 1.0);
    let place = |k: usize| k as f64 - centre;
    let along: f64 = series.iter().enumerate().map(|(k, x)| place(k) * (x - mean)).sum();
    let slope = along / (n * (n * n - 1.0) / 12.0);
    let rest = |k: usize| series[k] - mean - slope * place(k);
    let squares: f64 = (0..series.len()).map(|k| rest(k) * rest(k)).sum();
    let products: f64 = (1..series.len()).map(|k| rest(k) * rest(k - 1)).sum();
    if squares <= 0.0 {
        return Smoothed { mean, error: 0.0 };
    }
    // A short series understates it by about `(1 + 4 r) / n`; the line has taken two degrees of freedom.
    let r = (products / squares + 1.0 / n).clamp(0.0, 0.95);
    let variance = squares / (n - 2.0) / n * (1.0 + r) / (1.0 - r);
    Smoothed { mean, error: variance.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn noise(seed: u64) -> impl Iterator<Item = f64> {
        let mut rng = crate::random::Generator::seed_from_u64(seed);
        std::iter::repeat_with(move || StandardNormal.sample(&mut rng))
    }

    #[test]
    fn errors_are_those_of_the_mean() {
        // z-scores over many series have a variance of about one, for white noise and for a correlated process.
        for r in [0.0, 0.6] {
            let mut squares = 0.0;
            for seed in 0..400 {
                let mut x = 0.0;
                let series: Vec<f64> = noise(seed)
                    .take(300)
                    .map(|e| {
                        x = r * x + e;
                        x
                    })
                    .skip(50)
                    .collect();
                let smoothed = smooth(&series);
                squares += (smoothed.mean / smoothed.error).powi(2) / 400.0;
            }
            assert!((0.75..1.35).contains(&squares), "r = {r}: {squares}");
        }
    }

    #[test]
    fn a_drift_is_no_noise() {
        let line: Vec<f64> = (0..40).map(|k| -0.5 * f64::from(k)).collect();
        assert!(smooth(&line).error < 1e-12);
        let mut falling = Losses::new(1);
        line.iter().for_each(|&x| falling.push(x));
        assert_eq!(falling.stalled(), Some(false));
    }

    #[test]
    fn falling_losses_go_on_and_level_ones_stall() {
        let run = |slope: f64| {
            let mut losses = Losses::new(10);
            for (t, e) in noise(7).take(4_000).enumerate() {
                losses.push(e - slope * t as f64);
            }
            losses.stalled()
        };
        assert_eq!(run(0.001), Some(false));
        assert_eq!(run(-0.001), Some(true));
        assert_eq!(Losses::new(10).stalled(), None);
        assert!(Losses::new(10).smoothed().mean.is_nan());
    }

    #[test]
    fn a_fall_is_told_by_the_step() {
        let mut losses = Losses::new(10);
        assert_eq!(losses.fall(), None);
        for (t, e) in noise(8).take(4_000).enumerate() {
            losses.push(e - 0.001 * t as f64);
        }
        let Smoothed { mean, error } = losses.fall().unwrap();
        assert!((mean - 0.001).abs() < 4.0 * error && error < 1e-4, "{mean} ± {error}");
        assert_eq!(losses.lowest_quarter(), losses.smoothed());
    }

    #[test]
    fn merged_batches_keep_the_mean_and_the_steps() {
        let mut losses = Losses::new(1);
        (0..3 * LIMIT).for_each(|k| losses.push(k as f64));
        assert!(losses.means.len() < LIMIT);
        let mut history = Vec::new();
        losses.append_to(0, &mut history);
        assert_eq!(history[0], (4, 1.5));
        assert_eq!(history.last().unwrap().0, 3 * LIMIT as u64);
    }
}
