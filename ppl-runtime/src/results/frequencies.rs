//! How often each value of an integer quantity was drawn.

use std::collections::BTreeMap;
use std::fmt;

/// The values that are printed before the others are added up.
const SHOWN: usize = 6;

/// How often each value of an integer quantity was drawn; it prints the shares, the most frequent first.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Bernoulli, Normal};
/// use ppl_runtime::support::Boolean;
/// use ppl_runtime::{Elbo, Svi, optim::Adam};
/// use ppl_runtime::__private::{Name, guide, model, model_site, observe};
///
/// // What `#[model] fn coin() { let b = sample!("b", Bernoulli::new(0.3), enumerate); .. }` gives.
/// let coin = model::<ppl_runtime::AnyGuide, f64, _, _>(|| {
///     let b = model_site::<f64, Boolean, _>(Name::new("b"), Bernoulli::new(0.3)).enumerated().draw();
///     observe::<f64, _, _>(Name::new("x"), Normal::new(b.to_real() * 2.0, 1.0), 1.5);
/// });
/// let nothing = guide::<(), f64, _, _>(|| ());
/// let mut svi = Svi::new(coin, nothing, Elbo::default(), Adam::new(0.01)).seed(1);
/// let summary = svi.posterior().assignments(1_000)?.summary();
/// let found = summary.row("b", &[]).unwrap().frequencies.clone().unwrap();
/// // The posterior probability is .538, with a standard error of .016 here.
/// assert!((found.of(1) - 0.538).abs() < 0.08);
/// assert!((found.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
/// assert_eq!((found.most_frequent(), found.absent()), (Some(1), 0.0));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Frequencies {
    counts: BTreeMap<i64, usize>,
    draws: usize,
}

impl Frequencies {
    /// Counts the values of a column of whole numbers, in which NaN stands for draws without one.
    pub(super) fn of_column(column: &[f64]) -> Frequencies {
        let mut counts = BTreeMap::new();
        for &value in column.iter().filter(|value| !value.is_nan()) {
            *counts.entry(value as i64).or_insert(0) += 1;
        }
        Frequencies { counts, draws: column.len() }
    }

    /// Returns the values that were drawn, in increasing order, each with its share of all draws.
    pub fn iter(&self) -> impl Iterator<Item = (i64, f64)> {
        self.counts.iter().map(|(&value, &count)| (value, self.share(count)))
    }

    /// Returns the share of the draws that have this value.
    pub fn of(&self, value: i64) -> f64 {
        self.share(self.counts.get(&value).copied().unwrap_or(0))
    }

    /// Returns the share of the draws that do not have the quantity, as they took another branch or their chain has ended.
    pub fn absent(&self) -> f64 {
        self.share(self.draws - self.counts.values().sum::<usize>())
    }

    /// Returns the value that was drawn most often, the least of several, or nothing if no draw has one.
    pub fn most_frequent(&self) -> Option<i64> {
        self.by_count().next().map(|(value, _)| value)
    }

    fn by_count(&self) -> impl Iterator<Item = (i64, usize)> + use<> {
        let mut all: Vec<(i64, usize)> = self.counts.iter().map(|(&value, &count)| (value, count)).collect();
        // Equal counts stay in the order of their values.
        all.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        all.into_iter()
    }

    fn share(&self, count: usize) -> f64 {
        count as f64 / self.draws as f64
    }
}

impl fmt::Display for Frequencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        let all: Vec<(i64, usize)> = self.by_count().collect();
        // One more is as short as the number of the others.
        let shown = if all.len() == SHOWN + 1 { all.len() } else { all.len().min(SHOWN) };
        parts.extend(all[..shown].iter().map(|&(value, count)| format!("{value}: {:.3}", self.share(count))));
        let others: usize = all[shown..].iter().map(|(_, count)| count).sum();
        if others > 0 {
            parts.push(format!("{} others: {:.3}", all.len() - shown, self.share(others)));
        }
        if self.absent() > 0.0 {
            parts.push(format!("absent: {:.3}", self.absent()));
        }
        write!(f, "{}", parts.join("  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_draws() {
        let found = Frequencies::of_column(&[2.0, 0.0, f64::NAN, 2.0, -1.0]);
        assert_eq!(found.iter().collect::<Vec<_>>(), [(-1, 0.2), (0, 0.2), (2, 0.4)]);
        assert_eq!((found.of(2), found.of(7), found.absent()), (0.4, 0.0, 0.2));
        assert_eq!(found.most_frequent(), Some(2));
        assert_eq!(found.to_string(), "2: 0.400  -1: 0.200  0: 0.200  absent: 0.200");
        let none = Frequencies::of_column(&[f64::NAN; 2]);
        assert_eq!((none.most_frequent(), none.to_string().as_str()), (None, "absent: 1.000"));
    }

    #[test]
    fn rare_values_are_added_up() {
        let column: Vec<f64> = (0..10).flat_map(|v| vec![f64::from(v); 10 - v as usize]).collect();
        let found = Frequencies::of_column(&column).to_string();
        assert!(found.starts_with("0: 0.182  1: 0.164") && found.ends_with("4 others: 0.182"), "{found}");
        let seven = Frequencies::of_column(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).to_string();
        assert!(seven.ends_with("6: 0.143"), "{seven}");
    }
}
