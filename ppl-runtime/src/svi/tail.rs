//! Means of the last iterates of a descent.

use crate::element::Element;

/// At this number of windows neighbours are merged: a half, a quarter and an eighth of the steps are always there.
const LIMIT: usize = 8;

/// One iterate in so many is taken; their neighbours are almost the same.
const STRIDE: u64 = 4;

/// The means of the iterates over consecutive windows of equal length.
#[derive(Debug)]
pub(super) struct Tail<E> {
    /// The steps of one window.
    window: u64,
    seen: u64,
    sum: Vec<f64>,
    means: Vec<Vec<E>>,
}

impl<E: Element> Tail<E> {
    pub(super) fn new(window: u64) -> Tail<E> {
        let window = window.next_multiple_of(STRIDE);
        Tail { window, seen: 0, sum: Vec::new(), means: Vec::with_capacity(LIMIT) }
    }

    /// Adds the iterate after a step.
    pub(super) fn add(&mut self, values: &[E]) {
        self.seen += 1;
        if !self.seen.is_multiple_of(STRIDE) {
            return;
        }
        if self.sum.len() != values.len() {
            // Parameters that were not there before: windows begin anew.
            self.sum = vec![0.0; values.len()];
            self.means.clear();
            self.seen = STRIDE;
        }
        for (sum, x) in self.sum.iter_mut().zip(values) {
            *sum += x.as_f64();
        }
        if self.seen == self.window {
            self.end_window();
        }
    }

    fn end_window(&mut self) {
        let n = (self.window / STRIDE) as f64;
        self.means.push(self.sum.iter().map(|sum| E::of(sum / n)).collect());
        self.sum.fill(0.0);
        self.seen = 0;
        if self.means.len() == LIMIT {
            self.means = self.means.chunks_exact(2).map(mean_of).collect();
            self.window *= 2;
        }
    }

    /// Returns the means of two stretches of the same length, one after the other, at the end: each a quarter of the
    /// steps or less.
    pub(super) fn halves(&self) -> Option<(Vec<E>, Vec<E>)> {
        let windows = self.means.len();
        let half = windows / 3;
        (half > 0).then(|| {
            let (rest, last) = self.means.split_at(windows - half);
            (mean_of(&rest[rest.len() - half..]), mean_of(last))
        })
    }

    /// Returns the means of the last windows: of half of the steps or more, and of ever fewer.
    pub(super) fn means(&self) -> Vec<Vec<E>> {
        let windows = self.means.len();
        let lengths = [4, 2, 1].into_iter().filter(|&n| n <= windows);
        lengths.map(|n| mean_of(&self.means[windows - n..])).collect()
    }
}

fn mean_of<E: Element>(windows: &[Vec<E>]) -> Vec<E> {
    let n = windows.len() as f64;
    let element = |k: usize| E::of(windows.iter().map(|w| w[k].as_f64()).sum::<f64>() / n);
    (0..windows[0].len()).map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_merged_and_their_means_stay() {
        let mut tail = Tail::<f64>::new(8);
        (1..=8 * 9).for_each(|t| tail.add(&[f64::from(t), 1.0]));
        // The iterates 4, 8, 12, .. 64 in four windows, and the rest in one that is not full.
        assert_eq!(tail.means, [[10.0, 1.0], [26.0, 1.0], [42.0, 1.0], [58.0, 1.0]]);
        assert_eq!(tail.halves(), Some((vec![42.0, 1.0], vec![58.0, 1.0])));
        assert_eq!(tail.means(), [[34.0, 1.0], [50.0, 1.0], [58.0, 1.0]]);
        tail.add(&[0.0; 3]);
        (0..16).for_each(|_| tail.add(&[7.0; 3]));
        assert_eq!(tail.means(), [[7.0; 3]]);
    }

    #[test]
    fn few_steps_have_no_means() {
        let mut tail = Tail::<f32>::new(100);
        (0..99).for_each(|_| tail.add(&[1.0]));
        assert!(tail.means().is_empty() && tail.halves().is_none());
    }
}
