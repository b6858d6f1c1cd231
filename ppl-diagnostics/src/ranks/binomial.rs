//! Binomial probabilities of many counts at once.

use std::f64::consts::TAU;

/// A probability below this changes no sum that is near one.
const NEGLIGIBLE: f64 = 1e-25;

/// What Stirling's formula leaves out of the logarithms of factorials, from which binomial probabilities come.
///
/// Differences of the logarithms themselves lose digits (Loader, 2000, *Fast and accurate computation of binomial probabilities*).
pub(super) struct Binomial(Vec<f64>);

impl Binomial {
    /// Takes the largest number of trials.
    pub(super) fn up_to(trials: usize) -> Self {
        Binomial((0..=trials).map(stirling_remainder).collect())
    }

    /// Returns the probability of `count` among `trials`, each of which has probability `p` in `(0, 1]`.
    fn probability(&self, trials: usize, p: f64, count: usize) -> f64 {
        if p >= 1.0 {
            return f64::from(u8::from(count == trials));
        }
        let (n, k, rest) = (trials as f64, count as f64, (trials - count) as f64);
        if count == 0 {
            return (n * (-p).ln_1p()).exp();
        }
        if count == trials {
            return (n * p.ln()).exp();
        }
        let remainder = self.0[trials] - self.0[count] - self.0[trials - count];
        let deviance = deviance(k, n * p) + deviance(rest, n * (1.0 - p));
        (remainder - deviance).exp() * (n / (TAU * k * rest)).sqrt()
    }

    /// Calls `visit` with each count of `within` that has a probability worth adding, from the likeliest one outwards.
    pub(super) fn each(
        &self,
        trials: usize,
        p: f64,
        within: std::ops::RangeInclusive<usize>,
        mut visit: impl FnMut(usize, f64),
    ) {
        let (low, high) = (*within.start(), (*within.end()).min(trials));
        if low > high {
            return;
        }
        let mode = (((trials + 1) as f64 * p) as usize).clamp(low, high);
        let at_mode = self.probability(trials, p, mode);
        if at_mode < NEGLIGIBLE {
            return;
        }
        visit(mode, at_mode);
        if p >= 1.0 {
            return;
        }
        let odds = p / (1.0 - p);
        let mut probability = at_mode;
        for count in mode + 1..=high {
            probability *= (trials - count + 1) as f64 / count as f64 * odds;
            if probability < NEGLIGIBLE {
                break;
            }
            visit(count, probability);
        }
        probability = at_mode;
        for count in (low..mode).rev() {
            probability *= (count + 1) as f64 / (trials - count) as f64 / odds;
            if probability < NEGLIGIBLE {
                break;
            }
            visit(count, probability);
        }
    }
}

/// Returns `ln k! - (k + 1/2) ln k + k - ln(2 pi) / 2`.
fn stirling_remainder(k: usize) -> f64 {
    if k == 0 {
        return 0.0;
    }
    let x = k as f64;
    if k < 16 {
        let factorial: f64 = (1..=k).map(|i| i as f64).product();
        return factorial.ln() - (x + 0.5) * x.ln() + x - 0.5 * TAU.ln();
    }
    let square = 1.0 / (x * x);
    (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / x
}

/// Returns `x ln(x / m) + m - x` for positive numbers.
fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() - difference;
    }
    // `ln(x / m)` is `2 artanh(v)`, whose first term cancels.
    let v = difference / (x + m);
    let mut sum = difference * v;
    let mut power = 2.0 * x * v;
    for j in 1..100 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_and_have_their_mean() {
        let binomial = Binomial::up_to(3000);
        for (trials, p) in [(1, 0.3), (50, 0.01), (3000, 0.5), (3000, 0.999), (7, 1.0)] {
            let (mut sum, mut mean) = (0.0, 0.0);
            binomial.each(trials, p, 0..=trials, |count, probability| {
                sum += probability;
                mean += probability * count as f64;
            });
            assert!((sum - 1.0).abs() < 1e-13, "{trials}, {p}: {sum}");
            assert!((mean - p * trials as f64).abs() < 1e-10, "{trials}, {p}: {mean}");
        }
    }

    #[test]
    fn counts_outside_of_the_range_are_not_visited() {
        let mut visited = Vec::new();
        Binomial::up_to(10).each(10, 0.5, 8..=20, |count, _| visited.push(count));
        assert_eq!(visited, [8, 9, 10]);
    }
}
