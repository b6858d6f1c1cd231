//! Log-weights: what the terms of a run add up to, for each particle and each element of the plates that may be split.

use crate::element::Element;
use crate::error::Error;
use crate::kernel::long_sums::add_each;
use crate::program::address::Subject;
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::shape::Shape;
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::node::NodeId;
use crate::tape::walk::{Extent, Walk};

/// The logarithms of a run's importance weights, `log p(x, z) - log q(z)`.
///
/// Where every sampled site lies in one plate and no term couples two of its elements, the joint density is a product over
/// the elements, so that each has weights and a bound of its own. With a site outside of the plate the sum of such
/// bounds may exceed the evidence; then a particle has one weight.
#[derive(Clone, Debug, Default)]
pub(super) struct LogWeights {
    /// Of shape `[particles, elements]`.
    pub(super) logs: Vec<f64>,
    /// The number of elements that have weights of their own.
    pub(super) elements: usize,
    /// By what the sum of the elements' bounds is multiplied: for rows not visited, and for a handler around all.
    pub(super) scale: f64,
    /// The plates whose elements have weights of their own.
    pub(super) split: AxisSet,
    /// Whether a handler scales all terms alike, so that its factor belongs to the bound.
    scaled_alike: bool,
    /// The run that the weights are of.
    generation: u32,
}

impl LogWeights {
    /// Adds up the terms of a run.
    ///
    /// # Errors
    ///
    /// If a subsampled plate cannot be split: the weight of a whole draw needs every row.
    pub(super) fn gather<E: Element>(&mut self, run: &Run<E>, particles: usize) -> Result<(), Error> {
        self.generation = run.tape.generation;
        self.split = splittable(run);
        self.refuse_subsample(run)?;
        self.find_scale(run);
        self.elements = run.tape.elements_of(self.split) as usize;
        self.logs.clear();
        self.logs.resize(particles * self.elements, 0.0);
        for term in run.trace.terms.iter().filter(|term| varies(run, term)) {
            let factor = term.part.sign() * self.factor(run, term);
            let (walk, values) = (self.walk(run, term.node), run.tape.value(term.node));
            let logs = &mut self.logs;
            walk.rows(|offset, n, stride| {
                for i in 0..n {
                    let value = values[offset[1] + i * stride[1]].as_f64();
                    logs[offset[0] + i * stride[0]] += factor * value;
                }
            });
        }
        Ok(())
    }

    /// Returns whether these are the weights of the recording at hand.
    pub(super) fn are_of<E: Element>(&self, run: &Run<E>) -> bool {
        self.generation == run.tape.generation
    }

    /// Adds to the adjoint of a node `factor` times what its elements have of `seeds`, which has the shape of the weights.
    pub(super) fn seed<E: Element>(&self, run: &mut Run<E>, node: NodeId, seeds: &[f64], factor: f64) {
        let walk = self.walk(run, node);
        let axes = run.particle_axes().union(self.split).union(run.tape.node(node).axes);
        let domain = run.tape.len_of(Extent { axes, shape: Shape::SCALAR });
        let (_, mut adjoint) = run.tape.value_and_sums(node, node, domain);
        walk.rows(|offset, n, stride| {
            add_each(adjoint.row(offset[1], n, stride[1]), n, |i| {
                E::of(factor * seeds[offset[0] + i * stride[0]])
            });
        });
    }

    /// Subtracts from signals, which have the shape of the weights, what each of them is to count of a penalty: its share of the
    /// mean over particles, in units of the elements' bounds.
    pub(super) fn subtract_penalty<E: Element>(&self, run: &Run<E>, term: &Term, signal: &mut [f64]) {
        let share = term.scale * term.weight / (f64::from(run.tape.sizes[PARTICLES.0 as usize]) * self.scale);
        let values = run.tape.value(term.node);
        self.walk(run, term.node).rows(|offset, n, stride| {
            for i in 0..n {
                signal[offset[0] + i * stride[0]] -= share * values[offset[1] + i * stride[1]].as_f64();
            }
        });
    }

    /// Writes for each element of a node what it has of `values`, which has the shape of the weights.
    pub(super) fn spread_into<E: Element>(
        &self,
        run: &Run<E>,
        node: NodeId,
        values: &[f64],
        out: &mut Vec<f64>,
    ) {
        out.clear();
        out.resize(run.tape.node(node).len as usize, 0.0);
        self.walk(run, node).rows(|offset, n, stride| {
            for i in 0..n {
                out[offset[1] + i * stride[1]] += values[offset[0] + i * stride[0]];
            }
        });
    }

    /// Returns the sum of a term's elements, weighed by `weights`, which has the shape of the log-weights.
    pub(super) fn weighed<E: Element>(&self, run: &Run<E>, term: &Term, weights: &[f64]) -> f64 {
        let values = run.tape.value(term.node);
        let mut sum = 0.0;
        self.walk(run, term.node).rows(|offset, n, stride| {
            for i in 0..n {
                let weight = weights[offset[0] + i * stride[0]];
                // A particle of weight zero may have a density of zero, whose logarithm does not count.
                if weight != 0.0 {
                    sum += weight * values[offset[1] + i * stride[1]].as_f64();
                }
            }
        });
        self.scale * self.factor(run, term) * sum
    }

    /// Returns by what each element of a term counts in the log-weight.
    pub(super) fn factor<E: Element>(&self, run: &Run<E>, term: &Term) -> f64 {
        let unspelt = term.open.minus(run.tape.node(term.node).axes);
        let repeats = run.tape.elements_of(unspelt.intersection(AxisSet::PLATES).minus(self.split));
        if self.scaled_alike { repeats } else { repeats * handler_scale(run, term) }
    }

    /// Plans a walk over the log-weights and the elements of a node.
    fn walk<E: Element>(&self, run: &Run<E>, node: NodeId) -> Walk {
        let scalars = |axes| Extent { axes, shape: Shape::SCALAR };
        let weights = scalars(run.particle_axes().union(self.split));
        let node = run.tape.node(node).extent();
        Walk::new(&run.tape.sizes, scalars(weights.axes.union(node.axes)), &[weights, node])
    }

    fn find_scale<E: Element>(&mut self, run: &Run<E>) {
        let mut scales = run.trace.terms.iter().filter(|t| varies(run, t)).map(|t| handler_scale(run, t));
        let first = scales.next().unwrap_or(1.0);
        self.scaled_alike = scales.all(|scale| (scale - first).abs() <= 1e-12 * first.abs());
        self.scale = run.session.plates.weight_of(self.split) * if self.scaled_alike { first } else { 1.0 };
    }

    fn refuse_subsample<E: Element>(&self, run: &Run<E>) -> Result<(), Error> {
        // Without any sampled site there are no weights, and a sum may be estimated from a part of it.
        if run.sampled().next().is_none() {
            return Ok(());
        }
        let part = run
            .session
            .plates
            .of_recording(run.tape.recording)
            .find(|(_, plate)| plate.is_part() && !self.split.contains(plate.axis));
        match part {
            None => Ok(()),
            Some((number, plate)) => Err(refusal(run, number, AxisSet::of(plate.axis))),
        }
    }
}

/// Returns whether a term of the bound differs between particles, so that it belongs to the weights.
pub(super) fn varies<E: Element>(run: &Run<E>, term: &Term) -> bool {
    let node = run.tape.node(term.node);
    term.part != Part::Penalty && (node.deps.all() != 0 || node.axes.contains(PARTICLES))
}

/// Returns the plates along whose elements the joint density is a product.
fn splittable<E: Element>(run: &Run<E>) -> AxisSet {
    let plates = run.sampled().fold(AxisSet::PLATES, |set, (_, entry)| set.intersection(entry.axes));
    let terms = run.trace.terms.iter().filter(|term| varies(run, term));
    let split =
        terms.fold(
            plates,
            |set, term| {
                if couples(run, term) { AxisSet::EMPTY } else { set.intersection(term.open) }
            },
        );
    // Without any sampled site nothing bounds the set, and there is nothing to split.
    if run.sampled().next().is_none() { AxisSet::EMPTY } else { split }
}

/// Returns whether an element of a term may depend on several elements of a plate.
///
/// Given values have no dependencies that would tell.
fn couples<E: Element>(run: &Run<E>, term: &Term) -> bool {
    let deps = run.tape.node(term.node).deps;
    deps.crossed != 0 || deps.all() == 0
}

/// Returns the factor of the handlers around a term's statement.
fn handler_scale<E: Element>(run: &Run<E>, term: &Term) -> f64 {
    let whole = run.session.plates.weight_of(term.open.intersection(AxisSet::PLATES))
        * run.tape.elements_of(term.open.minus(run.tape.node(term.node).axes));
    term.scale / whole
}

/// Returns the error for a subsampled plate whose elements cannot have weights of their own.
#[cold]
fn refusal<E: Element>(run: &Run<E>, plate: u32, axis: AxisSet) -> Error {
    let name = run.session.addresses.text(Subject::Plate, plate);
    let outside = run.sampled().find(|(_, entry)| !entry.axes.covers(axis));
    let coupled = || {
        let terms = &run.trace.terms;
        terms.iter().find(|&t| varies(run, t) && (couples(run, t) || !t.open.covers(axis)))
    };
    let why = if let Some((site, _)) = outside {
        format!("site `{}` is outside of it", run.session.addresses.text(Subject::Site, site))
    } else if let Some(term) = coupled() {
        let subject = term.part.subject();
        format!(
            "the density of site `{}` depends on several of its elements",
            run.session.addresses.text(subject, term.site)
        )
    } else {
        "its elements are not independent".to_owned()
    };
    let subsampled = run.session.plates.weight_of(axis) != 1.0;
    let visited = if subsampled { "subsampled" } else { "visited in blocks" };
    Error::Setup {
        what: format!(
            "plate `{name}` is {visited}, but {why}: the weight of a whole draw needs every row; visit the plate whole, or \
             use `Elbo`, which is a sum over rows"
        ),
    }
}
