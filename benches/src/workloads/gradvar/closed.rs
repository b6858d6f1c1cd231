//! The variances of the estimators in closed form.

use super::{COINS, DECAY, TARGET};

/// Coins with one probability, of which some share a cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coins {
    pub(super) p: f64,
    /// How many coins the cost of each is a sum over, itself among them.
    pub(super) together: f64,
    /// How many coins the variances are summed over.
    pub(super) all: f64,
}

impl Coins {
    /// Returns coins whose costs are that of all.
    pub(super) fn joint(p: f64) -> Coins {
        Coins { p, together: COINS as f64, all: COINS as f64 }
    }

    /// Returns coins each with its own cost.
    pub(super) fn apart(p: f64) -> Coins {
        Coins { p, together: 1.0, all: COINS as f64 }
    }

    /// Returns the variance of one coin.
    fn spread(self) -> f64 {
        self.p * (1.0 - self.p)
    }

    /// Returns the cost of an outcome of zero, and what one adds to it.
    fn costs() -> (f64, f64) {
        let zero = TARGET * TARGET;
        (zero, (1.0 - TARGET).powi(2) - zero)
    }

    /// Returns the derivative of the expected cost by one logit.
    pub(super) fn slope(self) -> f64 {
        Coins::costs().1 * self.spread()
    }

    /// Returns `E (f - baseline)^2 (b - p)^2` for one coin `b` of those that share the cost `f`.
    fn squares(self, baseline: f64) -> f64 {
        let (zero, one) = Coins::costs();
        let others = self.together - 1.0;
        let mean = self.together * zero - baseline + one * others * self.p;
        let variance = one * one * others * self.spread();
        let given = |b: f64| (b - self.p).powi(2) * ((mean + one * b).powi(2) + variance);
        self.p * given(1.0) + (1.0 - self.p) * given(0.0)
    }

    /// Returns the mean and the variance of the cost.
    fn cost(self) -> (f64, f64) {
        let (zero, one) = Coins::costs();
        (self.together * (zero + one * self.p), one * one * self.together * self.spread())
    }

    /// The score function, with the mean of this many particles.
    pub(super) fn score(self, particles: usize) -> f64 {
        self.all * (self.squares(0.0) - self.slope().powi(2)) / particles as f64
    }

    /// The score function with a decaying average, which is independent of the step's draws and has a variance of its own.
    pub(super) fn average(self, particles: usize) -> f64 {
        let (mean, variance) = self.cost();
        let of_average = variance / particles as f64 * (1.0 - DECAY) / (1.0 + DECAY);
        let squares = self.squares(mean) + of_average * self.spread();
        self.all * (squares - self.slope().powi(2)) / particles as f64
    }

    /// Leave-one-out: the sample covariance of cost and score, whose variance is that of any two variables.
    pub(super) fn others(self, samples: usize) -> f64 {
        let (mean, variance) = self.cost();
        let k = samples as f64;
        let covariance = self.slope().powi(2);
        let own = self.squares(mean) - (k - 2.0) / (k - 1.0) * covariance;
        self.all * (own + variance * self.spread() / (k - 1.0)) / k
    }

    /// Leave-one-out with four samples of the site's own.
    pub(super) fn four_others(self, _particles: usize) -> f64 {
        self.others(4)
    }

    /// Returns the smaller of the outcomes' probabilities, which is that of a pair that differs in one direction.
    fn rarer(self) -> f64 {
        self.p.min(1.0 - self.p)
    }

    /// ARM: `(f(b) - f(c)) (u - 1/2)`, where `b - c` is the sign of `u - 1/2` in the tails of the rarer outcome.
    pub(super) fn arm(self, particles: usize) -> f64 {
        let (m, one) = (self.rarer(), Coins::costs().1);
        let own = 2.0 / 3.0 * (0.125 - (0.5 - m).powi(3));
        let others = 2.0 * m * (self.together - 1.0) / 12.0;
        self.all * (one * one * (own + others) - self.slope().powi(2)) / particles as f64
    }

    /// DisARM: `(f(b) - f(c)) (b - c) s / 2`, where `s` is the larger of the outcomes' probabilities.
    pub(super) fn dis_arm(self, particles: usize) -> f64 {
        let (m, one) = (self.rarer(), Coins::costs().1);
        let squares = 0.5 * m * (one * (1.0 - m)).powi(2) * (1.0 + 2.0 * m * (self.together - 1.0));
        self.all * (squares - self.slope().powi(2)) / particles as f64
    }

    /// Every estimate is exact.
    pub(super) fn none(self, _particles: usize) -> f64 {
        0.0
    }
}
