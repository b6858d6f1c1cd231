//! Where each latent site lies in the vector.

use crate::results::element_name;
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
    /// Between what each element of its value lies, as far as it is known.
    pub(crate) ends: (f64, f64),
}

/// The latent sites of a model, in the order in which it meets them.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub(crate) sites: Vec<LatentSite>,
}

impl Layout {
    /// Adds a site behind the others.
    pub(crate) fn push(
        &mut self,
        (name, number): (String, u32),
        parameter: u32,
        shape: Vec<usize>,
        offset: usize,
        ends: (f64, f64),
    ) {
        let start = self.dim();
        let range = start..start + shape.iter().product::<usize>();
        self.sites.push(LatentSite { name, number, parameter, shape, offset, range, ends });
    }

    /// Returns the length of the vector.
    pub(crate) fn dim(&self) -> usize {
        self.sites.last().map_or(0, |site| site.range.end)
    }

    /// Returns a name for each number of the vector.
    pub(crate) fn names(&self) -> Vec<String> {
        let of_site = |site: &LatentSite| -> Vec<String> {
            let elements = ndarray::indices(&site.shape[..]).into_iter();
            elements.map(|at| element_name(&site.name, ndarray::Dimension::slice(&at))).collect()
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
        layout.push(("mu".to_owned(), 0), 0, vec![], 0, (0.0, 1.0));
        layout.push(("theta".to_owned(), 1), 1, vec![2, 2], 7, (0.0, 1.0));
        assert_eq!(layout.dim(), 5);
        assert_eq!(layout.names(), ["mu", "theta[0, 0]", "theta[0, 1]", "theta[1, 0]", "theta[1, 1]"]);
        assert_eq!(layout.sites[1].range, 1..5);
    }
}
