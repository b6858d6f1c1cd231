//! Posterior probabilities of discrete sites.

use ndarray::ArrayD;

/// The posterior probabilities of discrete sites, by name.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::Marginals;
///
/// let found = Marginals::new(vec![("z".to_owned(), ndarray::arr1(&[0.25, 0.75]).into_dyn())]);
/// assert_eq!(found.names().collect::<Vec<_>>(), ["z"]);
/// assert_eq!(found.get("z").unwrap()[[1]], 0.75);
/// assert!(found.get("y").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marginals {
    sites: Vec<(String, ArrayD<f64>)>,
}

impl Marginals {
    /// Returns the probabilities of these sites.
    pub fn new(sites: Vec<(String, ArrayD<f64>)>) -> Marginals {
        Marginals { sites }
    }

    /// Returns the probabilities of a site: `[plates.., outcomes]`, or `[plates.., steps, before, after]` of the pairs of a chain; NaN
    /// behind its end.
    pub fn get(&self, site: &str) -> Option<&ArrayD<f64>> {
        self.sites.iter().find(|(name, _)| name == site).map(|(_, array)| array)
    }

    /// Returns the names of the sites, in the order in which the model draws them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sites.iter().map(|(name, _)| name.as_str())
    }
}
