//! A check in progress: draws of the gradient, element by element.

use super::Copies;
use super::moments::Moments;
use super::options::GradientCheck;
use super::reference::{Differences, bias};
use super::report::{GradientElement, GradientFault, GradientReport};
use crate::element::Element;
use crate::error::Error;
use crate::objective::Objective;
use crate::program::address::Subject;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::random::{Occasion, Purpose};
use crate::svi::step::record;

/// An element beyond this many standard errors gets this many times the differences.
const SUSPECT: f64 = 3.0;
const CLOSER: usize = 8;

/// Returns the run that draws gradient `k`.
pub(super) fn occasion(k: usize) -> Occasion {
    Occasion::new(Purpose::Check, k as u64)
}

/// A check in progress.
pub(super) struct Check<'a, 'o, E: Element> {
    pub(super) programs: Programs<'a>,
    pub(super) objective: &'a mut dyn Objective<E>,
    /// Copies of it, whose states nothing else has changed.
    pub(super) objectives: Copies<'o, E>,
    pub(super) run: &'a mut Run<E>,
    pub(super) options: GradientCheck,
}

/// An element of the flat vector of parameters.
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) parameter: String,
    pub(super) index: Vec<usize>,
}

impl<E: Element> Check<'_, '_, E> {
    pub(super) fn report(&mut self) -> Result<GradientReport, Error> {
        // One run makes the parameters that there are not yet.
        let first = record(self.programs, (self.objectives)().objective(), self.run, occasion(0))?;
        if self.run.session.apart.needed {
            let what = "the gradients of programs with `concrete` sites, which are run once for each particle and path, cannot \
                        be checked";
            return Err(crate::error::Error::Setup { what: what.to_owned() });
        }
        let (places, left_out) = self.places();
        let pass = self.pass()?;
        let exact = self.is_exact(pass)?;
        let references = if exact { 1 } else { self.options.reference };
        let mut estimates = vec![Moments::default(); places.len()];
        self.estimate(&places, &mut estimates)?;
        let (mut elements, mut steps) = (Vec::new(), Vec::new());
        for (place, estimate) in places.iter().zip(&estimates) {
            let (mut slope, step) = self.derivative(place.at, pass, references)?;
            let mut z = bias::<E>(estimate, &slope.moments, first.loss);
            if z.abs() > SUSPECT && slope.moments.error() > 0.5 * estimate.error() {
                // The reference is what leaves it open.
                slope = self.slope(place.at, step, CLOSER * references, |check, k| check.loss(pass, k))?;
                z = bias::<E>(estimate, &slope.moments, first.loss);
            }
            steps.push(step);
            elements.push(GradientElement {
                parameter: place.parameter.clone(),
                index: place.index.clone(),
                reference: slope.moments.mean,
                reference_error: slope.moments.error(),
                mean: estimate.mean,
                standard_error: estimate.error(),
                z,
                variance: estimate.variance(),
                signal_to_noise: slope.moments.mean.abs() / estimate.variance().sqrt(),
                unused: slope.flat && slope.moments.mean == 0.0,
            });
        }
        let size = |k: &usize| if elements[*k].z.is_nan() { f64::INFINITY } else { elements[*k].z.abs() };
        let mut faults: Vec<GradientFault> = Vec::new();
        for (k, element) in elements.iter().enumerate().filter(|(_, element)| element.is_biased()) {
            let of_parameter = (0..elements.len()).filter(|&j| elements[j].parameter == element.parameter);
            if of_parameter.max_by(|a, b| size(a).total_cmp(&size(b))) == Some(k) {
                let count = if exact { 1 } else { CLOSER * references };
                let by = Differences { pass, step: steps[k], count };
                faults.push(self.explain_bias(&places[k], element, by, first.loss)?);
            }
        }
        Ok(GradientReport { elements, faults, draws: self.options.draws, exact, left_out })
    }

    /// Returns the elements to be checked, and how many are left out.
    fn places(&self) -> (Vec<Place>, usize) {
        let params = self.run.session.params.params.iter().enumerate().filter(|(_, param)| param.made);
        let mut all = Vec::new();
        for (number, param) in params {
            let name = self.run.session.addresses.text(Subject::Parameter, number as u32);
            let mut shape: Vec<usize> = param.plates.iter().map(|&(_, size)| size).collect();
            shape.extend(param.unconstrained.to_vec());
            for k in 0..param.len {
                let mut rest = k;
                let mut index: Vec<usize> = Vec::with_capacity(shape.len());
                for &size in shape.iter().rev() {
                    index.push(rest % size.max(1));
                    rest /= size.max(1);
                }
                index.reverse();
                all.push(Place { at: param.offset + k, parameter: name.to_owned(), index });
            }
        }
        let (total, most) = (all.len(), self.options.elements);
        if total <= most {
            return (all, 0);
        }
        let mut kept = (0..most).map(|k| k * total / most).peekable();
        let mut position = 0;
        all.retain(|_| {
            let keep = kept.next_if_eq(&position).is_some();
            position += 1;
            keep
        });
        (all, total - most)
    }

    /// Adds draws of the gradient to the moments of each element.
    fn estimate(&mut self, places: &[Place], into: &mut [Moments]) -> Result<(), Error> {
        let mut objective = (self.objectives)();
        for k in 0..self.options.draws {
            record(self.programs, objective.objective(), self.run, occasion(k))?;
            let gradient = self.gradient();
            for (place, moments) in places.iter().zip(into.iter_mut()) {
                moments.add(gradient[place.at]);
            }
        }
        Ok(())
    }

    /// Returns the gradient in the tape, one number for each element of the flat vector.
    fn gradient(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.run.session.params.values.len()];
        self.run.each_gradient(|offset, values: &[E]| {
            for (to, v) in all[offset..].iter_mut().zip(values) {
                *to = v.as_f64();
            }
        });
        all
    }
}
