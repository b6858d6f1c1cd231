//! The mean and the variance of numbers that come one after the other.

/// Running moments, by the updates of Welford (1962).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    count: f64,
    pub(super) mean: f64,
    squares: f64,
}

impl Moments {
    pub(super) fn add(&mut self, x: f64) {
        self.count += 1.0;
        let before = x - self.mean;
        self.mean += before / self.count;
        self.squares += before * (x - self.mean);
    }

    /// Returns the variance of one number (zero where there is but one).
    pub(super) fn variance(&self) -> f64 {
        if self.count > 1.0 { self.squares / (self.count - 1.0) } else { 0.0 }
    }

    /// Returns the standard error of the mean.
    pub(super) fn error(&self) -> f64 {
        (self.variance() / self.count.max(1.0)).sqrt()
    }
}
