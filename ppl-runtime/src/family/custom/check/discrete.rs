//! The laws of families of integers.

use super::{At, is_beyond};
use crate::family::Outcomes;
use crate::family::numerical::chi_squared;

/// The most integers whose probabilities are added up.
const MOST: u32 = 1_000_000;

impl At<'_> {
    /// Checks the total, the draws and the list of values.
    pub(super) fn check_integers(&mut self, draws: &[f64]) {
        let count = match self.family.outcomes() {
            Outcomes::Two => Some(2),
            Outcomes::Fixed(count) => Some(count),
            Outcomes::UpToParameter(k) => Some(self.p[k] as usize + 1),
            _ => None,
        };
        if let Some(count) = count {
            let is_listed = |k: usize| self.family.contains(k as f64, self.p);
            if let Some(k) = (0..count).find(|&k| !is_listed(k)) {
                return self
                    .says(format!("the values are listed as 0..{count}, and {k} is outside of the support"));
            }
            if is_listed(count) {
                return self
                    .says(format!("the values are listed as 0..{count}, and {count} is in the support"));
            }
        }
        let (total, end) = self.total(draws[draws.len() - 1]);
        if is_beyond(total - 1.0, 1e-6) {
            return self.says(format!("the probabilities of 0..{end} sum to {total}, not to one"));
        }
        let (statistic, limit) = chi_squared(draws, |k| self.probability(k));
        if is_beyond(statistic, limit) {
            let n = draws.len();
            self.says(format!(
                "draws do not have the probabilities: chi-squared is {statistic:.1}, where {n} draws of them stay below {limit:.1}"
            ));
        }
    }

    /// Returns the sum of the probabilities, as far as they count, and how many these are.
    fn total(&self, largest: f64) -> (f64, u32) {
        let mut total = 0.0;
        let mut small = 0;
        for k in 0..MOST {
            let x = f64::from(k);
            let probability = if self.family.contains(x, self.p) { self.probability(x) } else { 0.0 };
            total += probability;
            small = if probability < 1e-14 { small + 1 } else { 0 };
            if x > largest && small > 1_000 {
                return (total, k + 1);
            }
        }
        (total, MOST)
    }
}
