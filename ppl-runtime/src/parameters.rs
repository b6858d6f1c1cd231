//! The parameters of a session by name.

use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::run::Run;
use ndarray::{ArrayD, IxDyn};

/// The parameters of a session by name, as owned arrays in constrained space.
///
/// A parameter inside a plate has the plate's elements as its first dimensions.
///
/// # Examples
///
/// ```
/// let parameters = ppl_runtime::Parameters::default();
/// let error = parameters.get("loc").unwrap_err();
/// assert_eq!(error.to_string(), "no parameter `loc` in this session; there are none");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    entries: Vec<(String, ArrayD<f64>)>,
}

impl Parameters {
    pub(crate) fn of<E: Element>(run: &Run<E>) -> Parameters {
        let entries = run.session.params.params.iter().enumerate().filter(|(_, param)| param.made).map(
            |(number, param)| {
                let mut shape: Vec<usize> = param.plates.iter().map(|&(_, size)| size).collect();
                shape.extend(param.shape.to_vec());
                let mut values = vec![E::zero(); shape.iter().product()];
                run.session.params.constrained_into(param, &mut values);
                let values: Vec<f64> = values.into_iter().map(|v| v.as_f64()).collect();
                let array = ArrayD::from_shape_vec(IxDyn(&shape), values)
                    .unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)));
                (run.session.addresses.text(Subject::Parameter, number as u32).to_owned(), array)
            },
        );
        Parameters { entries: entries.collect() }
    }

    /// Returns the gradient of the recording by the unconstrained values of each parameter.
    pub(crate) fn gradient_of<E: Element>(run: &Run<E>) -> Parameters {
        let mut all = vec![0.0; run.session.params.values.len()];
        run.each_gradient(|offset, values: &[E]| {
            for (to, v) in all[offset..].iter_mut().zip(values) {
                *to = v.as_f64();
            }
        });
        let made = run.session.params.params.iter().enumerate().filter(|(_, param)| param.made);
        let entries = made.map(|(number, param)| {
            let mut shape: Vec<usize> = param.plates.iter().map(|&(_, size)| size).collect();
            shape.extend(param.unconstrained.to_vec());
            let values = all[param.offset..param.offset + param.len].to_vec();
            let array = ArrayD::from_shape_vec(IxDyn(&shape), values)
                .unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)));
            (run.session.addresses.text(Subject::Parameter, number as u32).to_owned(), array)
        });
        Parameters { entries: entries.collect() }
    }

    /// Returns the parameter of this name (inside a call with the prefix: `encoder/weights`).
    ///
    /// # Shapes
    ///
    /// `[plates.., event..]`.
    ///
    /// # Errors
    ///
    /// If there is none: the error suggests the nearest name.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// svi.step()?;
    /// let parameters = svi.parameters();
    /// assert!(parameters.get("a")?[[]] > 0.0);
    /// let error = parameters.get("rate").unwrap_err();
    /// assert_eq!(error.to_string(), "no parameter `rate` in this session; there are `a`, `b`");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn get(&self, name: &str) -> Result<&ArrayD<f64>, Error> {
        let found = self.entries.iter().find(|(n, _)| n == name);
        found
            .map(|(_, array)| array)
            .ok_or_else(|| Error::unknown("parameter", "in this session", name, self.names()))
    }

    /// Returns the parameters of a module, or of a call, by their names within it: of `decoder`, `decoder/w` as `w`.
    ///
    /// # Errors
    ///
    /// If there are none: the error suggests the nearest prefix.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// svi.step()?;
    /// // This guide has neither modules nor calls.
    /// let error = svi.parameters().under("decoder").unwrap_err();
    /// assert_eq!(error.to_string(), "no prefix of parameters `decoder` in this session; there are none");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn under(&self, prefix: &str) -> Result<Parameters, Error> {
        let below = |name: &str| name.strip_prefix(prefix)?.strip_prefix('/').map(str::to_owned);
        let entries = self.entries.iter().filter_map(|(name, array)| Some((below(name)?, array.clone())));
        let entries: Vec<(String, ArrayD<f64>)> = entries.collect();
        if !entries.is_empty() {
            return Ok(Parameters { entries });
        }
        let mut prefixes: Vec<&str> = Vec::new();
        for name in self.names() {
            for (end, _) in name.match_indices('/') {
                if !prefixes.contains(&&name[..end]) {
                    prefixes.push(&name[..end]);
                }
            }
        }
        Err(Error::unknown("prefix of parameters", "in this session", prefix, prefixes.into_iter()))
    }

    /// Returns the names, in the order in which the programs made the parameters.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// svi.step()?;
    /// assert!(svi.parameters().names().eq(["a", "b"]));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the names and arrays, in the order in which the programs made the parameters.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// svi.step()?;
    /// for (name, value) in svi.parameters().iter() {
    ///     assert!(value[[]] > 0.0, "{name} is not positive");
    /// }
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ArrayD<f64>)> {
        self.entries.iter().map(|(name, array)| (name.as_str(), array))
    }
}
