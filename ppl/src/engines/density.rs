//! A model's log-density without its type, as the engines see it, and their errors in the model's words.

use ppl_runtime::results::Draws;
use ppl_runtime::{Error, LogDensity, Model, Values};
use ppl_samplers::{SamplerError, Target, TargetError};

/// A [`LogDensity`] of some model. What engines do with it is compiled once, and not for each model.
pub(super) trait Density: Target {
    fn names(&self) -> Vec<String>;
    /// The ends between which the values of each latent site lie.
    fn ends(&self) -> Vec<(String, (f64, f64))>;
    fn constrain(&mut self, points: &mut dyn Iterator<Item = &[f64]>) -> Result<Draws, Error>;
    fn unconstrain(&mut self, values: &Values) -> Result<Vec<f64>, Error>;
}

impl<M: Model> Density for LogDensity<M> {
    fn names(&self) -> Vec<String> {
        LogDensity::names(self)
    }

    fn ends(&self) -> Vec<(String, (f64, f64))> {
        LogDensity::ends(self).map(|(site, ends)| (site.to_owned(), ends)).collect()
    }

    fn constrain(&mut self, points: &mut dyn Iterator<Item = &[f64]>) -> Result<Draws, Error> {
        LogDensity::constrain(self, points)
    }

    fn unconstrain(&mut self, values: &Values) -> Result<Vec<f64>, Error> {
        LogDensity::unconstrain(self, values)
    }
}

/// Returns the log-density of a model that has a latent site.
pub(super) fn density_of<'m, M: Model>(model: &'m M) -> Result<Box<dyn Density + 'm>, Error> {
    let density = LogDensity::new(model)?;
    match density.dim() {
        0 => Err(setup("the model has no latent site with a number to draw")),
        _ => Ok(Box::new(density)),
    }
}

/// Returns a thread's own log-density of a model; one that cannot be had says why when it is first asked.
pub(super) fn on_thread<'m, M: Model>(model: &'m M, dim: usize) -> Box<dyn Target + 'm> {
    match LogDensity::new(model) {
        Ok(density) => Box::new(density),
        Err(error) => Box::new(Absent { error, dim }),
    }
}

struct Absent {
    error: Error,
    dim: usize,
}

impl Target for Absent {
    fn dim(&self) -> usize {
        self.dim
    }

    fn log_density_and_gradient(&mut self, _: &[f64], _: &mut [f64]) -> Result<f64, TargetError> {
        Err(TargetError::fatal(self.error.clone()))
    }
}

/// Returns the points at which the latent sites have these values, in each of which the density is finite.
pub(super) fn points_of(density: &mut dyn Density, starts: &[Values]) -> Result<Vec<Vec<f64>>, Error> {
    let mut gradient = vec![0.0; density.dim()];
    let mut points = Vec::with_capacity(starts.len());
    for (k, values) in starts.iter().enumerate() {
        let point = density.unconstrain(values)?;
        match density.log_density_and_gradient(&point, &mut gradient) {
            Ok(_) => points.push(point),
            Err(TargetError::Outside(reason)) => {
                return Err(setup(format!(
                    "start {k} lies where the density is zero or not finite: {reason}"
                )));
            }
            Err(error) => return Err(told(error.into(), &[])),
        }
    }
    Ok(points)
}

pub(super) fn setup(what: impl Into<String>) -> Error {
    Error::Setup { what: what.into() }
}

/// Refuses a count of nought.
pub(super) fn check_count(setting: &str, found: usize) -> Result<(), Error> {
    match found {
        0 => Err(setup(format!("{setting} must be at least 1, got 0"))),
        _ => Ok(()),
    }
}

/// Returns an engine's error as one of the model, with the names of its coordinates.
pub(super) fn told(error: SamplerError, names: &[String]) -> Error {
    match error {
        SamplerError::Target(TargetError::Fatal(source)) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(other) => setup(other.to_string()),
        },
        SamplerError::NotPositiveDefinite { coordinates, eigenvalue } => setup(format!(
            "the log-density does not fall off on all sides of the mode, so that there is no normal approximation: along {} the negative \
             Hessian has the eigenvalue {eigenvalue:.1e}, in coordinates of curvature one",
            listed(&coordinates, names)
        )),
        SamplerError::NoHessian { coordinate } => setup(format!(
            "the log-density is not finite next to the mode along {}, so that there is no normal approximation",
            listed(&[coordinate], names)
        )),
        other => setup(other.to_string()),
    }
}

/// Returns the names of coordinates, the first ten of many.
pub(super) fn listed(coordinates: &[usize], names: &[String]) -> String {
    const SHOWN: usize = 10;
    let name =
        |&i: &usize| names.get(i).map_or_else(|| format!("coordinate {i}"), |name| format!("`{name}`"));
    let mut text = coordinates.iter().take(SHOWN).map(name).collect::<Vec<_>>().join(", ");
    if coordinates.len() > SHOWN {
        text.push_str(&format!(" and {} more", coordinates.len() - SHOWN));
    }
    text
}

/// Returns those of the sites of draws whose unconstrained numbers have these names: the others are quantities.
pub(super) fn latents_of(draws: &Draws, names: &[String]) -> Vec<String> {
    let is_of = |name: &str, site: &str| {
        name.strip_prefix(site).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    draws.names().filter(|site| names.iter().any(|name| is_of(name, site))).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_coordinates_are_cut() {
        let names: Vec<String> = (0..11).map(|k| format!("x[{k}]")).collect();
        assert_eq!(listed(&[2, 3], &names), "`x[2]`, `x[3]`");
        assert_eq!(listed(&[40], &names), "coordinate 40");
        assert!(listed(&(0..11).collect::<Vec<_>>(), &names).ends_with("`x[9]` and 1 more"));
    }

    #[test]
    fn a_fatal_error_is_that_of_the_model() {
        let error = setup("the data are gone");
        assert_eq!(told(SamplerError::Target(TargetError::fatal(error.clone())), &[]), error);
        assert_eq!(told(SamplerError::Target(TargetError::fatal("gone")), &[]), setup("gone"));
    }

    #[test]
    fn directions_have_names() {
        let error = SamplerError::NotPositiveDefinite { coordinates: vec![1], eigenvalue: 0.0 };
        assert!(told(error, &["a".to_owned(), "b".to_owned()]).to_string().contains("along `b` the"));
    }
}
