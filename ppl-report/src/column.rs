//! What of a column of numbers can be drawn, and what is to be said of the rest.

use crate::text::counted;
use std::collections::BTreeMap;

/// Numbers beyond it have no squares that are of any use.
const LARGEST: f64 = 1e150;

/// Integers that lie further apart are drawn as a density.
const MOST_BARS: i64 = 60;

/// The numbers of a column that can be drawn, with their weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) values: Vec<f64>,
    /// They sum to one. There are none where they were not given, or could not be used.
    pub(crate) weights: Option<Vec<f64>>,
    /// What is left out, in sentences.
    pub(crate) notes: Vec<String>,
}

pub(crate) fn can_be_drawn(x: f64) -> bool {
    x.abs() <= LARGEST
}

impl Column {
    pub(crate) fn of(values: &[f64], weights: Option<&[f64]>) -> Column {
        let mut notes = Vec::new();
        let are_usable = |w: &&[f64]| w.len() == values.len() && w.iter().all(|w| *w >= 0.0 && w.is_finite());
        let usable = weights.filter(are_usable);
        if weights.is_some() && usable.is_none() {
            notes
                .push("The weights are not one number from 0 on for each draw, and are not used.".to_owned());
        }
        let kept: Vec<usize> = (0..values.len()).filter(|&k| can_be_drawn(values[k])).collect();
        if kept.len() < values.len() {
            let what = counted(values.len() - kept.len(), "number");
            notes.push(format!("{what} of {} not drawn: not finite, or beyond 1e150.", values.len()));
        }
        let weights = usable.and_then(|weights| {
            let of_kept: Vec<f64> = kept.iter().map(|&k| weights[k]).collect();
            let largest = of_kept.iter().copied().fold(0.0, f64::max);
            if largest == 0.0 {
                notes.push("All weights are zero, and are not used.".to_owned());
                return None;
            }
            let sum: f64 = of_kept.iter().map(|w| w / largest).sum();
            Some(of_kept.iter().map(|w| w / largest / sum).collect())
        });
        Column { values: kept.iter().map(|&k| values[k]).collect(), weights, notes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the least and the largest number; of none, an empty range.
    pub(crate) fn range(&self) -> (f64, f64) {
        range(self.values.iter().copied())
    }

    /// Returns the share of each value where all are integers that lie close together; with or without the weights.
    pub(crate) fn shares(&self, weighted: bool) -> Option<BTreeMap<i64, f64>> {
        let (low, high) = self.range();
        let are_integers = || self.values.iter().all(|x| x.fract() == 0.0);
        if self.is_empty()
            || high - low > MOST_BARS as f64
            || low.abs().max(high.abs()) > 1e15
            || !are_integers()
        {
            return None;
        }
        let mut shares = BTreeMap::new();
        let even = 1.0 / self.values.len() as f64;
        for (k, x) in self.values.iter().enumerate() {
            let weight = self.weights.as_ref().filter(|_| weighted).map_or(even, |weights| weights[k]);
            *shares.entry(*x as i64).or_insert(0.0) += weight;
        }
        Some(shares)
    }
}

/// Returns the least and the largest of some numbers; of none, infinite ends in the wrong order.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// Returns the places of at most so many of `count` things, at equal distances.
pub(crate) fn thinned(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(most);
    (0..kept).map(move |k| (k as u128 * count as u128 / kept.max(1) as u128) as usize)
}

/// Returns places and values of at most about so many numbers of a series: the least and the largest of each stretch, so that no peak is lost.
pub(crate) fn envelope(values: &[f64], most: usize) -> Vec<(usize, f64)> {
    let drawn = |k: &usize| can_be_drawn(values[*k]);
    if values.len() <= most {
        return (0..values.len()).filter(drawn).map(|k| (k, values[k])).collect();
    }
    let length = values.len().div_ceil((most / 2).max(1));
    let mut found = Vec::new();
    for start in (0..values.len()).step_by(length) {
        let places = || (start..(start + length).min(values.len())).filter(drawn);
        let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let mut ends: Vec<usize> =
            places().min_by(by_value).into_iter().chain(places().max_by(by_value)).collect();
        ends.sort_unstable();
        ends.dedup();
        found.extend(ends.into_iter().map(|k| (k, values[k])));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let column =
            Column::of(&[1.0, f64::NAN, f64::NEG_INFINITY, 1e200, 2.0], Some(&[1.0, 1.0, 1.0, 1.0, 3.0]));
        assert_eq!((column.values, column.weights), (vec![1.0, 2.0], Some(vec![0.25, 0.75])));
        assert!(column.notes[0].starts_with("3 numbers of 5 "), "{:?}", column.notes);
        for weights in [&[1.0][..], &[-1.0, 2.0], &[f64::NAN, 1.0]] {
            let column = Column::of(&[1.0, 2.0], Some(weights));
            assert!(column.weights.is_none() && column.notes.len() == 1);
        }
        assert!(Column::of(&[1.0], Some(&[0.0])).notes[0].contains("zero"));
        assert_eq!(Column::of(&[1.0, 2.0], Some(&[f64::MAX, f64::MAX])).weights, Some(vec![0.5, 0.5]));
    }

    #[test]
    fn integers_have_shares() {
        let column = Column::of(&[0.0, 2.0, 2.0, -1.0], Some(&[1.0, 1.0, 1.0, 5.0]));
        assert_eq!(
            column.shares(false).unwrap().into_iter().collect::<Vec<_>>(),
            [(-1, 0.25), (0, 0.25), (2, 0.5)]
        );
        assert_eq!(column.shares(true).unwrap()[&-1], 0.625);
        assert!(Column::of(&[0.0, 1e9], None).shares(false).is_none());
        assert!(Column::of(&[1e300, 1.0, 0.5], None).shares(false).is_none());
        assert!(Column::of(&[], None).shares(false).is_none());
    }

    #[test]
    fn thinned_series_keep_their_peaks() {
        assert_eq!(thinned(10, 3).collect::<Vec<_>>(), [0, 3, 6]);
        assert_eq!(thinned(2, 3).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(thinned(0, 3).count(), 0);
        let mut values = vec![0.0; 10_000];
        values[4_321] = 7.0;
        values[8_765] = -7.0;
        values[5] = f64::NAN;
        let found = envelope(&values, 500);
        assert!(found.len() <= 500 && found.contains(&(4_321, 7.0)) && found.contains(&(8_765, -7.0)));
        assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
