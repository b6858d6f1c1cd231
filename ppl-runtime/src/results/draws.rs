//! Draws of a program's sites.

use super::error::DrawsError;
use super::summary::Summary;
use super::table::element_name;
use ndarray::{ArrayD, Axis};
use std::collections::HashSet;

/// Draws of named sites, in program order: one array per site, of shape `[draws, ...]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::Draws;
/// use ndarray::{ArrayD, arr1};
///
/// let mut draws = Draws::new();
/// draws.insert("mu", arr1(&[1.0, 2.0, 3.0]).into_dyn())?;
/// draws.insert("theta", ArrayD::zeros(vec![3, 8]))?;
/// assert_eq!(draws.count(), 3);
/// assert_eq!(draws.get("mu")?[[1]], 2.0);
/// assert_eq!(draws.names().collect::<Vec<_>>(), ["mu", "theta"]);
/// # Ok::<(), ppl_runtime::results::DrawsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    sites: Vec<(String, ArrayD<f64>)>,
    /// The names of those that are known to be integers.
    integers: HashSet<String>,
    notes: Vec<String>,
    /// The names of the elements along the first dimension of some sites, behind that of the draws.
    labels: Vec<(String, Vec<String>)>,
}

impl Draws {
    /// Returns draws of no site.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    ///
    /// assert_eq!(Draws::new().names().count(), 0);
    /// ```
    pub fn new() -> Self {
        Draws::default()
    }

    /// Returns draws of these sites, which are as many of each.
    ///
    /// # Errors
    ///
    /// As [`insert`](Draws::insert).
    pub(crate) fn of(sites: Vec<(String, ArrayD<f64>)>) -> Result<Draws, DrawsError> {
        let mut names = HashSet::new();
        if let Some((name, _)) = sites.iter().find(|(name, _)| !names.insert(name.as_str())) {
            return Err(DrawsError::DuplicateSite { name: name.clone() });
        }
        let count = |(_, draws): &(String, ArrayD<f64>)| draws.shape().first().copied();
        let first = sites.first().and_then(count);
        for site in &sites {
            match (first, count(site)) {
                (Some(expected), Some(found)) if expected != found => {
                    return Err(DrawsError::DrawCount { name: site.0.clone(), expected, found });
                }
                (_, None) => return Err(DrawsError::NoDraws { name: site.0.clone() }),
                _ => {}
            }
        }
        Ok(Draws { sites, ..Draws::default() })
    }

    /// Says which of the draws are integers.
    pub(crate) fn with_integers(self, integers: HashSet<String>) -> Draws {
        Draws { integers, ..self }
    }

    /// Says what is to be known of the draws.
    pub(crate) fn with_notes(self, notes: Vec<String>) -> Draws {
        Draws { notes, ..self }
    }

    /// Returns whether the draws of this name are known to be integers.
    pub(super) fn is_integer(&self, name: &str) -> bool {
        self.integers.contains(name)
    }

    /// Adds a site's draws after the others. Draws of an integer site are given as numbers.
    ///
    /// # Errors
    ///
    /// If there is a site of that name, or if the array's first dimension is not the number of draws of the others;
    /// then nothing is added.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("mu", ArrayD::zeros(vec![100])).unwrap();
    /// let error = draws.insert("tau", ArrayD::zeros(vec![50])).unwrap_err();
    /// assert_eq!(error.to_string(), "site `tau` has 50 draws; expected 100, as the sites before it");
    /// ```
    pub fn insert(&mut self, name: impl Into<String>, draws: ArrayD<f64>) -> Result<(), DrawsError> {
        let name = name.into();
        if self.sites.iter().any(|(known, _)| *known == name) {
            return Err(DrawsError::DuplicateSite { name });
        }
        let Some(&found) = draws.shape().first() else { return Err(DrawsError::NoDraws { name }) };
        match self.sites.first() {
            Some((_, first)) if first.len_of(Axis(0)) != found => {
                Err(DrawsError::DrawCount { name, expected: first.len_of(Axis(0)), found })
            }
            _ => {
                self.sites.push((name, draws));
                Ok(())
            }
        }
    }

    /// Names the elements of a site along its first dimension, that of its outermost plate: tables then say `level[AITKIN]` and not `level[0]`.
    ///
    /// # Errors
    ///
    /// If there is no such site, or there are not as many names as elements; then nothing is named.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("level", ArrayD::zeros(vec![10, 2]))?;
    /// draws.label("level", ["AITKIN", "ANOKA"])?;
    /// assert_eq!(draws.summary().named("level[ANOKA]")?.indices, [1]);
    /// let error = draws.label("level", ["AITKIN"]).unwrap_err();
    /// assert_eq!(error.to_string(), "site `level` has 2 elements along its first dimension, and 1 names are given for them");
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn label<S: Into<String>>(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = S>,
    ) -> Result<(), DrawsError> {
        let labels: Vec<String> = labels.into_iter().map(Into::into).collect();
        let expected = self.get(name)?.shape().get(1).copied().unwrap_or(0);
        if expected != labels.len() {
            return Err(DrawsError::Labels { name: name.to_owned(), expected, found: labels.len() });
        }
        self.labels.retain(|(known, _)| known != name);
        self.labels.push((name.to_owned(), labels));
        Ok(())
    }

    /// Returns the name of an element of a site, as tables have it: with its indices, or with its [label](Draws::label) in the place of the first one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("beta", ArrayD::zeros(vec![10, 2, 3]))?;
    /// assert_eq!(draws.element_name("beta", &[1, 2]), "beta[1, 2]");
    /// draws.label("beta", ["height", "weight"])?;
    /// assert_eq!(draws.element_name("beta", &[1, 2]), "beta[weight, 2]");
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn element_name(&self, site: &str, indices: &[usize]) -> String {
        let labels = self.labels.iter().find(|(known, _)| known == site).map(|(_, labels)| labels);
        match (labels, indices.split_first()) {
            (Some(labels), Some((first, rest))) if *first < labels.len() => {
                let rest = rest.iter().map(|index| format!(", {index}")).collect::<String>();
                format!("{site}[{}{rest}]", labels[*first])
            }
            _ => element_name(site, indices),
        }
    }

    /// Returns the draws of a site, of shape `[draws, ...]`.
    ///
    /// # Errors
    ///
    /// If there is no site of that name: the error says which one is most like it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    ///
    /// let error = Draws::new().get("mu").unwrap_err();
    /// assert_eq!(error.to_string(), "no site `mu` in these draws; there are none");
    /// ```
    pub fn get(&self, name: &str) -> Result<&ArrayD<f64>, DrawsError> {
        match self.sites.iter().find(|(known, _)| known == name) {
            Some((_, draws)) => Ok(draws),
            None => Err(DrawsError::unknown(name, || self.names())),
        }
    }

    /// Returns the number of draws, zero where there is no site.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    ///
    /// assert_eq!(Draws::new().count(), 0);
    /// ```
    pub fn count(&self) -> usize {
        self.sites.first().map_or(0, |(_, draws)| draws.len_of(Axis(0)))
    }

    /// Returns the names of the sites in program order.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("b", ArrayD::zeros(vec![1])).unwrap();
    /// draws.insert("a", ArrayD::zeros(vec![1])).unwrap();
    /// assert_eq!(draws.names().collect::<Vec<_>>(), ["b", "a"]);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sites.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the sites in program order, each with its draws.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("theta", ArrayD::zeros(vec![10, 8])).unwrap();
    /// for (name, array) in draws.iter() {
    ///     assert_eq!((name, array.shape()), ("theta", &[10, 8][..]));
    /// }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ArrayD<f64>)> {
        self.sites.iter().map(|(name, draws)| (name.as_str(), draws))
    }

    /// Returns what is to be known of the draws, in words: that predictions from a guide are not weighed by a `factor!` of the model. Mostly
    /// nothing. A summary prints the notes below its table.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::Normal;
    /// use ppl_runtime::support::RealLine;
    /// use ppl_runtime::{Elbo, Svi, optim::Adam};
    /// use ppl_runtime::__private::{Name, factor, guide, guide_site, model, model_site, observe};
    ///
    /// // What `#[model] fn tilted() { let z = sample!("z", Normal::new(0.0, 1.0)); factor!("tilt", 0.5 * z); .. }` gives.
    /// let tilted = model::<ppl_runtime::AnyGuide, f64, _, _>(|| {
    ///     let z = model_site::<f64, RealLine, _>(Name::new("z"), Normal::new(0.0, 1.0)).draw();
    ///     factor::<f64, _>(Name::new("tilt"), z * 0.5);
    ///     observe::<f64, _, _>(Name::new("x"), Normal::new(z, 1.0), 1.5);
    /// });
    /// let proposal = guide::<ppl_runtime::AnyGuide, f64, _, _>(|| {
    ///     guide_site::<f64, RealLine, _>(Name::new("z"), Normal::new(1.0, 0.7)).draw();
    /// });
    /// let mut svi = Svi::new(tilted, proposal, Elbo::default(), Adam::new(0.01));
    /// let predictions = svi.posterior().predictive(10)?;
    /// assert!(predictions.notes()[0].starts_with("`tilt` is a factor"));
    /// assert!(predictions.summary().to_string().contains("`tilt` is a factor"));
    /// // The draws themselves are the guide's.
    /// assert!(svi.posterior().draws(10)?.notes().is_empty());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the mean, the standard deviation and quantiles of every element of every site. Quantities that are integers, and
    /// assignments, have the frequencies of their values too, which the table shows in their place.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::arr1;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("mu", arr1(&[1.0, 2.0, 3.0]).into_dyn())?;
    /// assert_eq!(draws.summary().row("mu", &[])?.mean, 2.0);
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr0;

    #[test]
    fn what_does_not_belong_is_refused_and_changes_nothing() {
        let mut draws = Draws::new();
        draws.insert("mu", ArrayD::zeros(vec![4, 2])).unwrap();
        let before = draws.clone();
        assert_eq!(
            draws.insert("mu", ArrayD::zeros(vec![4])),
            Err(DrawsError::DuplicateSite { name: "mu".into() })
        );
        assert_eq!(
            draws.insert("nu", ArrayD::zeros(vec![5])),
            Err(DrawsError::DrawCount { name: "nu".into(), expected: 4, found: 5 })
        );
        let scalar = draws.insert("nu", arr0(1.0).into_dyn()).unwrap_err();
        assert_eq!(scalar.to_string(), "site `nu` has shape []; expected [draws, ...]");
        assert_eq!(draws, before);
    }
}
