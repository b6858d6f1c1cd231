//! The log-likelihoods of observations at draws.

use super::{Draws, element_name, indices_of};
use crate::error::Error;
use ppl_diagnostics::loo::{self, Loo};

/// The log-likelihood of each observation at each of several draws, from which leave-one-out predictive accuracy is estimated.
///
/// # Units
///
/// Nats, with every normalising constant.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let found = svi.posterior().log_likelihoods(500)?;
/// assert_eq!(found.values().get("heads").unwrap().shape(), [500, 9]);
/// assert_eq!(found.names()[3], "heads[3]");
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LogLikelihoods {
    values: Draws,
    log_weights: Option<Vec<f64>>,
    /// The names of the observations, and for each its site and the place among the site's elements.
    names: Vec<String>,
    places: Vec<(usize, usize)>,
}

impl LogLikelihoods {
    /// Returns those of draws, with the draws' log-weights if they come from an approximation.
    ///
    /// # Errors
    ///
    /// If there is no observation.
    pub(crate) fn new(values: Draws, log_weights: Option<Vec<f64>>) -> Result<LogLikelihoods, Error> {
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for (which, (site, array)) in values.iter().enumerate() {
            let rows = array.shape()[0];
            let width = array.len() / rows.max(1);
            let flat = array.as_standard_layout();
            let flat = flat.as_slice().unwrap_or_default();
            for element in 0..width {
                // What a mask leaves out has the factor one in every draw, and is no observation.
                if (0..rows).any(|row| flat[row * width + element] != 0.0) {
                    names.push(element_name(site, &indices_of(element, &array.shape()[1..])));
                    places.push((which, element));
                }
            }
        }
        if names.is_empty() {
            let what = "the model observes nothing, so that there is no likelihood".to_owned();
            return Err(Error::Setup { what });
        }
        Ok(LogLikelihoods { values, log_weights, names, places })
    }

    /// Returns the same with these log importance weights of the draws, from an approximation to the posterior, up to a constant.
    ///
    /// # Errors
    ///
    /// If there are not as many as draws.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.posterior().log_likelihoods(100)?;
    /// assert!(found.clone().weighed_by(vec![0.0; 100]).is_ok() && found.weighed_by(vec![0.0; 99]).is_err());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn weighed_by(self, log_weights: Vec<f64>) -> Result<LogLikelihoods, Error> {
        let (draws, found) = (self.values.count(), log_weights.len());
        if found != draws {
            let what = format!("expected a log-weight for each of {draws} draws, got {found}");
            return Err(Error::Setup { what });
        }
        Ok(LogLikelihoods { log_weights: Some(log_weights), ..self })
    }

    /// Returns the log-likelihoods by observed site, `[draws, plates..]`; 0 where a mask leaves an element out.
    ///
    /// # Examples
    ///
    /// See [`LogLikelihoods`].
    pub fn values(&self) -> &Draws {
        &self.values
    }

    /// Returns the names of the observations, as `y[3]`, in the order of [`loo`](LogLikelihoods::loo)'s `pointwise`: site by site, without what a
    /// mask leaves out.
    ///
    /// # Examples
    ///
    /// See [`LogLikelihoods`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Estimates how well each observation is predicted by the posterior of the others, by Pareto-smoothed importance sampling (Vehtari et al.
    /// 2017). Draws of a guide are weighed by their importance weights besides (Magnusson et al. 2019).
    ///
    /// # Errors
    ///
    /// If there are too few draws to smooth, or a log-likelihood or a weight is no number.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let loo = svi.posterior().log_likelihoods(1_000)?.loo()?;
    /// assert!(loo.unreliable().is_empty() && loo.pointwise.len() == 9);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn loo(&self) -> Result<Loo, Error> {
        self.loo_of_chains(1.0)
    }

    /// As [`loo`](LogLikelihoods::loo), for draws of which so many are worth one independent one: the effective size over the number of draws.
    ///
    /// # Errors
    ///
    /// As for [`loo`](LogLikelihoods::loo), or if the efficiency is not positive.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.posterior().log_likelihoods(1_000)?;
    /// assert_eq!(found.loo_of_chains(1.0)?.elpd, found.loo()?.elpd);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn loo_of_chains(&self, relative_efficiency: f64) -> Result<Loo, Error> {
        let matrix = self.matrix();
        let observations = self.names.len();
        let found = match &self.log_weights {
            Some(weights) => loo::loo_weighted(&matrix, observations, weights),
            None => loo::loo(&matrix, observations, relative_efficiency),
        };
        found.map_err(|error| Error::Setup { what: self.in_names(&error) })
    }

    /// Returns the log-likelihoods as `[draws, observations]`, with the observations in the order of their names.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.posterior().log_likelihoods(10)?.matrix().len(), 10 * 9);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn matrix(&self) -> Vec<f64> {
        let columns = self.values.iter().map(|(_, array)| array.as_standard_layout().into_owned());
        let columns: Vec<_> = columns.collect();
        let mut matrix = Vec::with_capacity(self.values.count() * self.places.len());
        for row in 0..self.values.count() {
            for &(which, element) in &self.places {
                let flat = columns[which].as_slice().unwrap_or_default();
                matrix.push(flat[row * (flat.len() / self.values.count()) + element]);
            }
        }
        matrix
    }

    fn in_names(&self, error: &ppl_diagnostics::Error) -> String {
        match error {
            ppl_diagnostics::Error::LogLikelihood { observation, draw, found, .. } => {
                let name = &self.names[*observation];
                format!(
                    "the log-likelihood of `{name}` at draw {draw} is {found}; leaving it out needs a finite one"
                )
            }
            other => other.to_string(),
        }
    }
}
