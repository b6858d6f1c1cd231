//! Chains that are split in halves, and the transformations of their draws.

use crate::intervals::median_of_sorted;
use crate::special::normal_quantile;

/// Draws of chains that were split in halves, one half after the other.
pub(super) struct Halves {
    pub(super) draws: Vec<f64>,
    /// The number of draws of each half.
    pub(super) length: usize,
}

impl Halves {
    /// Splits chains of `length` draws each; of an odd length the middle draw is left out.
    pub(super) fn split(draws: &[f64], length: usize) -> Self {
        let half = length / 2;
        let halves = draws.chunks(length).flat_map(|chain| [&chain[..half], &chain[length - half..]]);
        Halves { draws: halves.flatten().copied().collect(), length: half }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.draws.chunks(self.length)
    }

    /// Returns the halves with each draw replaced by the normal score of its rank among all: `z = Phi^-1((r - 3/8) / (S + 1/4))`, where ties
    /// share their mean rank.
    pub(super) fn rank_normalised(&self) -> Halves {
        let size = self.draws.len();
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_unstable_by(|&i, &j| self.draws[i].total_cmp(&self.draws[j]));
        let mut scores = vec![0.0; size];
        let mut begin = 0;
        while begin < size {
            let value = self.draws[order[begin]];
            let ties = order[begin..].iter().take_while(|&&i| self.draws[i] == value).count();
            let rank = begin as f64 + (ties as f64 + 1.0) / 2.0;
            let score = normal_quantile((rank - 0.375) / (size as f64 + 0.25));
            for &i in &order[begin..begin + ties] {
                scores[i] = score;
            }
            begin += ties;
        }
        Halves { draws: scores, length: self.length }
    }

    /// Returns the halves with each draw replaced by its distance from the median of all.
    pub(super) fn folded(&self) -> Halves {
        let mut sorted = self.draws.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let median = median_of_sorted(&sorted);
        Halves { draws: self.draws.iter().map(|x| (x - median).abs()).collect(), length: self.length }
    }
}
