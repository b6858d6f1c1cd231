//! Where each latent site lies in the vector.

use crate::results::{element_name, indices_of};
use std::ops::Range;

/// A latent site in the vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LatentSite {
    pub(crate) name: String,
    pub(crate) number: u32,
    /// The number of the parameter that holds its unconstrained values.
    pub(crate) parameter: u32,
    /// The sizes of its plates, and the shape of the unconstrained numbers of one row.
    pub(crate) shape: Vec<usize>,
    /// Its place among the parameters, and in the vector.
    pub(crate) offset: usize,
    pub(crate) range: Range<usize>,
    /// Which of its numbers are in the vector, if not all: those that a mask leaves out, or that are known, are not.
    pub(crate) kept: Option<Vec<usize>>,
    /// Between what each element of its value lies, as far as it is known.
    pub(crate) ends: (f64, f64),
}

impl LatentSite {
    /// Returns where each of its numbers in the vector stands among all of its numbers.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        let of_all = self.kept.is_none().then_some(0..self.range.len());
        self.kept.iter().flatten().copied().chain(of_all.into_iter().flatten())
    }

    /// Returns all of its numbers, where the vector has these; what is not in the vector is `other`.
    pub(crate) fn spread(&self, own: &[f64], other: f64) -> Vec<f64> {
        let mut all = vec![other; self.shape.iter().product()];
        self.places().zip(own).for_each(|(place, &own)| all[place] = own);
        all
    }
}

/// The latent sites of a model, in the order in which it meets them.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub(crate) sites: Vec<LatentSite>,
}

impl Layout {
    /// Adds a site behind the others, of which some numbers are kept, or all.
    pub(crate) fn push(
        &mut self,
        (name, number): (String, u32),
        parameter: u32,
        shape: Vec<usize>,
        offset: usize,
        (kept, ends): (Option<Vec<usize>>, (f64, f64)),
    ) {
        let start = self.dim();
        let range = start..start + kept.as_ref().map_or(shape.iter().product(), Vec::len);
        self.sites.push(LatentSite { name, number, parameter, shape, offset, range, kept, ends });
    }

    /// Returns the length of the vector.
    pub(crate) fn dim(&self) -> usize {
        self.sites.last().map_or(0, |site| site.range.end)
    }

    /// Returns a name for each number of the vector.
    pub(crate) fn names(&self) -> Vec<String> {
        let of_site = |site: &LatentSite| -> Vec<String> {
            site.places().map(|place| element_name(&site.name, &indices_of(place, &site.shape))).collect()
        };
        self.sites.iter().flat_map(of_site).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_elements() {
        let mut layout = Layout::default();
        layout.push(("mu".to_owned(), 0), 0, vec![], 0, (None, (0.0, 1.0)));
        layout.push(("theta".to_owned(), 1), 1, vec![2, 2], 7, (None, (0.0, 1.0)));
        assert_eq!(layout.dim(), 5);
        assert_eq!(layout.names(), ["mu", "theta[0, 0]", "theta[0, 1]", "theta[1, 0]", "theta[1, 1]"]);
        assert_eq!(layout.sites[1].range, 1..5);
        layout.push(("known".to_owned(), 2), 2, vec![3, 2], 11, (Some(vec![2, 3]), (0.0, 1.0)));
        assert_eq!(layout.names()[5..], ["known[1, 0]", "known[1, 1]"]);
        assert_eq!(layout.sites[2].spread(&[5.0, 6.0], 1.0), [1.0, 1.0, 5.0, 6.0, 1.0, 1.0]);
    }
}
