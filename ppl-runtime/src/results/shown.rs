//! Draws as a page shows them: element by element, with weights and ends.

use super::draws::Draws;
use super::table::indices_of;
use ndarray::{ArrayD, Axis};
use ppl_report::Numbers;
use std::collections::HashMap;

/// The elements of all sites of some draws, one after the other.
#[doc(hidden)]
pub struct ShownDraws<'a> {
    draws: &'a Draws,
    sites: Vec<(&'a str, &'a ArrayD<f64>)>,
    /// The first number of each site, and at the end how many there are.
    starts: Vec<usize>,
    ends: HashMap<&'a str, (f64, f64)>,
    weights: Option<Vec<f64>>,
}

impl<'a> ShownDraws<'a> {
    /// Takes draws, their weights if there are any, and the ends of those sites of which they are known.
    pub fn new(draws: &'a Draws, weights: Option<Vec<f64>>, ends: &'a [(String, (f64, f64))]) -> Self {
        let sites: Vec<_> = draws.iter().collect();
        let mut starts = vec![0];
        for (_, array) in &sites {
            starts.push(starts[starts.len() - 1] + array.shape()[1..].iter().product::<usize>());
        }
        let ends = ends.iter().map(|(name, ends)| (name.as_str(), *ends)).collect();
        ShownDraws { draws, sites, starts, ends, weights }
    }

    /// Returns the site of a number, with its indices there.
    fn place(&self, k: usize) -> (&'a str, &'a ArrayD<f64>, Vec<usize>) {
        // Sites without elements begin where the next one does.
        let at = self.starts.partition_point(|&start| start <= k) - 1;
        let (name, array) = self.sites[at];
        let indices = indices_of(k - self.starts[at], &array.shape()[1..]);
        (name, array, indices)
    }
}

impl Numbers for ShownDraws<'_> {
    fn count(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    fn site(&self, k: usize) -> &str {
        self.place(k).0
    }

    fn name(&self, k: usize) -> String {
        let (name, _, indices) = self.place(k);
        self.draws.element_name(name, &indices)
    }

    fn draws(&self, k: usize) -> Vec<f64> {
        let (_, array, indices) = self.place(k);
        let element =
            indices.into_iter().fold(array.view(), |view, index| view.index_axis_move(Axis(1), index));
        element.iter().copied().collect()
    }

    fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    fn support(&self, k: usize) -> (f64, f64) {
        self.ends.get(self.place(k).0).copied().unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_in_the_order_of_their_indices() {
        let mut draws = Draws::new();
        let array = |shape: &[usize]| {
            let count = shape.iter().product::<usize>();
            ArrayD::from_shape_vec(shape, (0..count).map(|x| x as f64).collect()).unwrap()
        };
        draws.insert("none", array(&[2, 0])).unwrap();
        draws.insert("mu", array(&[2])).unwrap();
        draws.insert("w", array(&[2, 2, 3])).unwrap();
        draws.label("w", ["low", "high"]).unwrap();
        let ends = [("mu".to_owned(), (0.0, 9.0))];
        let shown = ShownDraws::new(&draws, None, &ends);
        assert_eq!((shown.count(), shown.site(0), shown.name(0)), (7, "mu", "mu".to_owned()));
        assert_eq!((shown.support(0), shown.support(1).0), ((0.0, 9.0), f64::NEG_INFINITY));
        assert_eq!((shown.name(5), shown.draws(5)), ("w[high, 1]".to_owned(), vec![4.0, 10.0]));
    }
}
