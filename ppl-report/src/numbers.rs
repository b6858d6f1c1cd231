//! The sections of a page that show many numbers with their draws.

use crate::column::{can_be_drawn, thinned};
use crate::page::Page;
use crate::plots::{ForestRow, density, forest, pairs};
use crate::text::grouped;
use std::ops::Range;

/// How many densities are looked at, and of how many elements of one site at most.
const MOST_DENSITIES: usize = 18;
const OF_ONE_SITE: usize = 8;

/// How many sites have a forest, and how many rows of one are made; the forest says how many there are.
const MOST_FORESTS: usize = 12;
const ROWS: usize = 60;

/// How many numbers are compared with each other, by how many draws, and how many of them are shown.
const COMPARED: usize = 60;
const DRAWS: usize = 1_000;
const SHOWN: usize = 5;

/// Numbers with their draws, the elements of a site after each other. Draws are asked for one number at a time: all together they may be
/// too many.
///
/// # Examples
///
/// ```
/// use ppl_report::{Numbers, Page};
///
/// struct Weights;
///
/// impl Numbers for Weights {
///     fn count(&self) -> usize {
///         2
///     }
///     fn site(&self, _: usize) -> &str {
///         "w"
///     }
///     fn name(&self, k: usize) -> String {
///         format!("w[{k}]")
///     }
///     fn draws(&self, k: usize) -> Vec<f64> {
///         (0..100).map(|i| ((i * 37 + k) % 100) as f64 + 0.5).collect()
///     }
/// }
///
/// let html = Page::new("Two weights").numbers(&Weights).html();
/// assert!(["Densities", "Intervals", "Pairs"].iter().all(|title| html.contains(&format!(">{title}</h2>"))));
/// ```
pub trait Numbers {
    /// Returns how many numbers there are.
    fn count(&self) -> usize;

    /// Returns the name of the site that a number is an element of.
    fn site(&self, k: usize) -> &str;

    /// Returns the name of a number.
    fn name(&self, k: usize) -> String;

    /// Returns the draws of a number, as many as those of any other.
    fn draws(&self, k: usize) -> Vec<f64>;

    /// Returns the importance weights of the draws, which need not sum to one, if there are any.
    fn weights(&self) -> Option<&[f64]> {
        None
    }

    /// Returns the ends between which a number lies, which may be infinite.
    fn support(&self, _k: usize) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

impl Page {
    /// Adds sections with the densities of numbers, with the intervals of sites that have several, and with the numbers that depend most on each other.
    ///
    /// # Examples
    ///
    /// See [`Numbers`].
    pub fn numbers(self, numbers: &dyn Numbers) -> Page {
        if numbers.count() == 0 {
            return self.section("Densities").text("There are no numbers with draws.");
        }
        let sites = sites(numbers);
        intervals(densities(self, numbers, &sites), numbers, &sites).pairs_of(numbers)
    }

    fn pairs_of(self, numbers: &dyn Numbers) -> Page {
        let chosen = dependent(numbers);
        if chosen.len() < 2 {
            return self;
        }
        let columns: Vec<(String, Vec<f64>)> =
            chosen.iter().map(|&k| (numbers.name(k), numbers.draws(k))).collect();
        let views: Vec<(&str, &[f64])> =
            columns.iter().map(|(name, draws)| (name.as_str(), &draws[..])).collect();
        let page =
            self.section("Pairs").plot(&pairs("the most dependent numbers", &views, numbers.weights()));
        match numbers.count() > COMPARED {
            true => page.text(&format!("Compared were {COMPARED} of {} numbers.", grouped(numbers.count()))),
            false => page,
        }
    }
}

/// Returns the numbers of each site.
fn sites(numbers: &dyn Numbers) -> Vec<Range<usize>> {
    let mut sites: Vec<Range<usize>> = Vec::new();
    for k in 0..numbers.count() {
        match sites.last_mut() {
            Some(site) if numbers.site(site.start) == numbers.site(k) => site.end = k + 1,
            _ => sites.push(k..k + 1),
        }
    }
    sites
}

fn densities(page: Page, numbers: &dyn Numbers, sites: &[Range<usize>]) -> Page {
    let shown: Vec<usize> = sites
        .iter()
        .filter(|site| site.len() <= OF_ONE_SITE)
        .cloned()
        .flatten()
        .take(MOST_DENSITIES)
        .collect();
    let plots: Vec<_> = shown
        .iter()
        .map(|&k| {
            let (name, draws, (low, high)) = (numbers.name(k), numbers.draws(k), numbers.support(k));
            let density = density(&name, &draws).support(low, high);
            match numbers.weights() {
                Some(weights) => density.weights(weights).plot(),
                None => density.plot(),
            }
        })
        .collect();
    let page = page.section("Densities").plots(&plots);
    match numbers.count() - shown.len() {
        0 => page,
        more => page.text(&format!("{} more numbers have no density here.", grouped(more))),
    }
}

fn intervals(page: Page, numbers: &dyn Numbers, sites: &[Range<usize>]) -> Page {
    let with_several: Vec<&Range<usize>> = sites.iter().filter(|site| site.len() > 1).collect();
    if with_several.is_empty() {
        return page;
    }
    let row = |k: usize| match numbers.weights() {
        Some(weights) => ForestRow::weighted(numbers.name(k), &numbers.draws(k), weights),
        None => ForestRow::of(numbers.name(k), &numbers.draws(k)),
    };
    let plots: Vec<_> = with_several
        .iter()
        .take(MOST_FORESTS)
        .map(|site| {
            let title = numbers.site(site.start);
            let title = match site.len() > ROWS {
                true => format!("{title} (the first of {})", grouped(site.len())),
                false => title.to_owned(),
            };
            forest(&title, &(*site).clone().take(ROWS).map(row).collect::<Vec<_>>())
        })
        .collect();
    let page = page.section("Intervals").plots(&plots);
    match with_several.len().saturating_sub(MOST_FORESTS) {
        0 => page,
        more => page.text(&format!("{} more sites have no intervals here.", grouped(more))),
    }
}

/// Returns up to five numbers that depend most on each other: the two with the largest correlation of ranks, then one after the other that with the
/// largest to any of these.
fn dependent(numbers: &dyn Numbers) -> Vec<usize> {
    // Numbers that do not vary depend on nothing.
    let ranked: Vec<(usize, Vec<f64>)> = (0..numbers.count().min(COMPARED))
        .filter_map(|k| Some((k, standard_ranks(&numbers.draws(k))?)))
        .collect();
    let size = |a: usize, b: usize| {
        let (a, b) = (&ranked[a].1, &ranked[b].1);
        a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>().abs()
    };
    let count = ranked.len();
    let all_pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let Some((first, second)) = all_pairs.max_by(|&(a, b), &(c, d)| size(a, b).total_cmp(&size(c, d))) else {
        return Vec::new();
    };
    let mut chosen = vec![first, second];
    let mut nearest: Vec<f64> = (0..count).map(|k| size(k, first).max(size(k, second))).collect();
    while chosen.len() < SHOWN.min(count) {
        let left = (0..count).filter(|k| !chosen.contains(k));
        let Some(next) = left.max_by(|&a, &b| nearest[a].total_cmp(&nearest[b])) else { break };
        chosen.push(next);
        (0..count).for_each(|k| nearest[k] = nearest[k].max(size(k, next)));
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|k| ranked[k].0).collect()
}

/// Returns the ranks of some of the draws, with mean zero and squares that sum to one; equal draws have equal ranks. `None` where they do not vary or some are not finite.
fn standard_ranks(draws: &[f64]) -> Option<Vec<f64>> {
    let values: Vec<f64> = thinned(draws.len(), DRAWS).map(|k| draws[k]).collect();
    if values.is_empty() || !values.iter().all(|x| can_be_drawn(*x)) {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + 0.5 * (equal.len() as f64 - 1.0);
        equal.iter().for_each(|&k| ranks[k] = rank);
        before += equal.len();
    }
    let middle = 0.5 * (values.len() as f64 - 1.0);
    ranks.iter_mut().for_each(|rank| *rank -= middle);
    let length = ranks.iter().map(|rank| rank * rank).sum::<f64>().sqrt();
    (length > 0.0).then(|| ranks.iter().map(|rank| rank / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site of scalars, and one of many elements.
    struct Mixed {
        columns: Vec<(&'static str, Vec<f64>)>,
    }

    impl Numbers for Mixed {
        fn count(&self) -> usize {
            self.columns.len()
        }
        fn site(&self, k: usize) -> &str {
            self.columns[k].0
        }
        fn name(&self, k: usize) -> String {
            format!("{}[{k}]", self.columns[k].0)
        }
        fn draws(&self, k: usize) -> Vec<f64> {
            self.columns[k].1.clone()
        }
    }

    fn scrambled(step: usize) -> Vec<f64> {
        (0..997).map(|i| (i * step % 997) as f64 + 0.5).collect()
    }

    #[test]
    fn the_most_dependent_come_first() {
        let a = scrambled(7);
        let falling: Vec<f64> = a.iter().map(|x| (-x / 300.0).exp()).collect();
        let near: Vec<f64> = a.iter().zip(scrambled(31)).map(|(x, y)| x + 0.5 * y).collect();
        let columns = vec![
            ("noise", scrambled(113)),
            ("a", a),
            ("constant", vec![2.0; 997]),
            ("near", near),
            ("nan", vec![f64::NAN; 997]),
            ("falling", falling),
        ];
        let numbers = Mixed { columns };
        assert_eq!(dependent(&numbers), [0, 1, 3, 5]);
        assert!(dependent(&Mixed { columns: vec![("a", vec![1.0; 3])] }).is_empty());
        assert!(dependent(&Mixed { columns: vec![("a", scrambled(7))] }).is_empty());
    }

    #[test]
    fn ranks_of_equal_draws_are_equal() {
        let ranks = standard_ranks(&[3.0, 1.0, 3.0, 2.0]).unwrap();
        let length = (1.5f64 * 1.5 + 0.5 * 0.5 + 2.0).sqrt();
        assert!(ranks.iter().zip([1.0, -1.5, 1.0, -0.5]).all(|(a, b)| (a - b / length).abs() < 1e-12));
    }

    #[test]
    fn large_sites_are_folded() {
        let columns =
            [("mu", scrambled(7))].into_iter().chain((0..2_000).map(|_| ("theta", scrambled(11)))).collect();
        let html = Page::new("x").numbers(&Mixed { columns }).html();
        assert!(html.contains("2,000 more numbers have no density here."));
        assert!(html.contains("theta (the first of 2,000)"));
        assert!(html.contains("Compared were 60 of 2,001 numbers."));
        assert!(html.len() < 150_000, "{}", html.len());
        let none = Page::new("x").numbers(&Mixed { columns: vec![] }).html();
        assert!(none.contains("There are no numbers with draws."));
    }
}
