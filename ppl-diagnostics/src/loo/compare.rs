//! Models side by side.

use super::{Loo, stacking, standard_error_of_sum};
use crate::Error;

/// A model among others.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::loo::{compare, loo};
///
/// let better = loo(&[-1.0; 20], 2, 1.0)?;
/// let worse = loo(&[-1.5; 20], 2, 1.0)?;
/// let compared = compare(&[("worse", &worse), ("better", &better)])?;
/// assert_eq!(compared[0].name, "better");
/// assert_eq!(compared[0].weight, 1.0);
/// assert!((compared[1].elpd_difference + 1.0).abs() < 1e-12);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The model's name.
    pub name: String,
    /// Its expected log pointwise predictive density, in nats.
    pub elpd: f64,
    /// By how much it is above that of the best: zero or less.
    pub elpd_difference: f64,
    /// The standard error of the difference, from the differences of single observations. A difference below four nats is small whatever its error.
    pub se_of_difference: f64,
    /// The model's share in the mixture of all predictive distributions with the highest log density of left-out observations (stacking).
    pub weight: f64,
    /// How many observations have an unreliable estimate; see [`Loo::unreliable`].
    pub unreliable: usize,
}

/// Compares models of the same observations, best first.
///
/// # Errors
///
/// There is no model, or two have different numbers of observations.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::loo::{compare, loo};
///
/// // Each of two models predicts one half of the observations better: together they predict best.
/// let row = [-1.0, -1.0, -2.0, -2.0];
/// let first = loo(&row.repeat(30), 4, 1.0)?;
/// let second = loo(&[-2.0, -2.0, -1.0, -1.0].repeat(30), 4, 1.0)?;
/// let compared = compare(&[("first", &first), ("second", &second)])?;
/// assert!((compared[0].weight - 0.5).abs() < 1e-8);
/// assert!((compared[1].se_of_difference - 2.0).abs() < 1e-12);
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Vehtari, Gelman, Gabry (2017), equation 24; Yao, Vehtari, Simpson, Gelman (2018), *Using stacking to average Bayesian predictive
/// distributions*, with the logarithmic score, <https://doi.org/10.1214/17-BA1091>.
pub fn compare(models: &[(&str, &Loo)]) -> Result<Vec<Compared>, Error> {
    let Some((_, first)) = models.first() else {
        return Err(Error::TooFew { what: "models", least: 1, found: 0 });
    };
    let expected = first.pointwise.len();
    for (_, loo) in models {
        let found = loo.pointwise.len();
        if found != expected {
            return Err(Error::Length { what: "observations, as the first model has", expected, found });
        }
    }
    let mut order: Vec<usize> = (0..models.len()).collect();
    order.sort_by(|&a, &b| models[b].1.elpd.total_cmp(&models[a].1.elpd));
    let elpds = |model: usize| models[model].1.pointwise.iter().map(|one| one.elpd);
    let columns: Vec<Vec<f64>> = order.iter().map(|&model| elpds(model).collect()).collect();
    let weights = stacking::weights(&columns);
    let compared = order.iter().zip(&columns).zip(weights).map(|((&model, column), weight)| {
        let (name, loo) = models[model];
        let differences: Vec<f64> = column.iter().zip(&columns[0]).map(|(x, best)| x - best).collect();
        Compared {
            name: name.to_owned(),
            elpd: loo.elpd,
            elpd_difference: differences.iter().sum(),
            se_of_difference: standard_error_of_sum(&differences),
            weight,
            unreliable: loo.unreliable().len(),
        }
    });
    Ok(compared.collect())
}
