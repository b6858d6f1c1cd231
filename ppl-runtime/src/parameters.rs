//! The parameters of a session by name.

use crate::element::Element;
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
/// assert!(parameters.get("loc").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    entries: Vec<(String, ArrayD<f64>)>,
}

impl Parameters {
    pub(crate) fn of<E: Element>(run: &Run<E>) -> Parameters {
        let entries =
            run.params.params.iter().enumerate().filter(|(_, param)| param.made).map(|(number, param)| {
                let mut shape: Vec<usize> = param.plates.iter().map(|&(_, size)| size).collect();
                shape.extend(param.shape.to_vec());
                let mut values = vec![E::zero(); shape.iter().product()];
                run.params.constrained_into(param, &mut values);
                let values: Vec<f64> = values.into_iter().map(|v| v.as_f64()).collect();
                let array = ArrayD::from_shape_vec(IxDyn(&shape), values)
                    .unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)));
                (run.addresses.text(Subject::Parameter, number as u32).to_owned(), array)
            });
        Parameters { entries: entries.collect() }
    }

    /// Returns the gradient of the recording by the unconstrained values of each parameter.
    pub(crate) fn gradient_of<E: Element>(run: &Run<E>) -> Parameters {
        let mut all = vec![0.0; run.params.values.len()];
        run.each_gradient(|offset, values: &[E]| {
            for (to, v) in all[offset..].iter_mut().zip(values) {
                *to = v.as_f64();
            }
        });
        let made = run.params.params.iter().enumerate().filter(|(_, param)| param.made);
        let entries = made.map(|(number, param)| {
            let mut shape: Vec<usize> = param.plates.iter().map(|&(_, size)| size).collect();
            shape.extend(param.unconstrained.to_vec());
            let values = all[param.offset..param.offset + param.len].to_vec();
            let array = ArrayD::from_shape_vec(IxDyn(&shape), values)
                .unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)));
            (run.addresses.text(Subject::Parameter, number as u32).to_owned(), array)
        });
        Parameters { entries: entries.collect() }
    }

    /// Returns the parameter of this address, or `None` if there is none.
    pub fn get(&self, name: &str) -> Option<&ArrayD<f64>> {
        self.entries.iter().find(|(n, _)| n == name).map(|(_, array)| array)
    }

    /// Returns the names and arrays, in the order in which the programs made them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ArrayD<f64>)> {
        self.entries.iter().map(|(name, array)| (name.as_str(), array))
    }
}
