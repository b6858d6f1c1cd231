//! The entropy of what the model sums out.
//!
//! The posterior of the sites that are summed out is the product of their factors over the evidence `Z`, so that its entropy is
//! `ln Z` less the expectation of the factors' logarithms, for which the adjoint of each factor is the weight.

use crate::conditional::each_conditional;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::posterior::Posterior;
use crate::program::pass::Pass;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::{Guide, Model};
use crate::shape::Shape;
use crate::svi::core::Core;
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::node::NodeId;
use crate::tape::ops::log_sum::Semiring;
use crate::tape::walk::{Extent, Walk};
use ndarray::Array1;

impl<M: Model, G: Guide<Element = M::Element>> Posterior<'_, M, G> {
    /// Returns the entropy of the joint posterior of all sites that the model sums out, given the data and each of `n` draws of the guide's sites: number `k`
    /// goes with draw `k` of [`draws`](Posterior::draws). One is enough where the guide draws nothing.
    ///
    /// It is exact. Zero says that the data leave one assignment; the largest it can be is the sum of the logarithms of the numbers of outcomes. Elements that a mask
    /// leaves out and steps behind the end of a chain have none. The entropy of a single site follows from its [`marginals`](Posterior::marginals).
    ///
    /// # Units
    ///
    /// Nats.
    ///
    /// # Errors
    ///
    /// As [`marginals`](Posterior::marginals).
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::{Bernoulli, Normal};
    /// use ppl_runtime::support::Boolean;
    /// use ppl_runtime::{Elbo, Svi, optim::Adam};
    /// use ppl_runtime::__private::{Name, guide, model, model_site, observe};
    ///
    /// // What `#[model] fn coin() { let b = sample!("b", Bernoulli::new(0.3), enumerate); .. }` gives.
    /// let coin = model::<ppl_runtime::AnyGuide, f64, _, _>(|| {
    ///     let b = model_site::<f64, Boolean, _>(Name::new("b"), Bernoulli::new(0.3)).enumerated().draw();
    ///     observe::<f64, _, _>(Name::new("x"), Normal::new(b.to_real() * 2.0, 1.0), 1.5);
    /// });
    /// let nothing = guide::<(), f64, _, _>(|| ());
    /// let mut svi = Svi::new(coin, nothing, Elbo::default(), Adam::new(0.01));
    /// let found = svi.posterior().summed_out_entropy(1)?;
    /// let p = svi.posterior().marginals(1)?.get("b").unwrap().clone();
    /// assert!((found[0] + p.iter().map(|p| p * p.ln()).sum::<f64>()).abs() < 1e-12);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn summed_out_entropy(&mut self, n: usize) -> Result<Array1<f64>, Error> {
        let (programs, core) = self.parts();
        M::Element::summed_out_entropy(programs, core, n).map(Array1::from_vec)
    }
}

/// Returns the entropy of what the model sums out, for each draw of the guide.
pub(crate) fn summed_out_entropy<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<Vec<f64>, Error> {
    let mut entropies = vec![0.0; n];
    each_conditional(programs, core, n, (Pass::BY_FACTOR, &|_| Semiring::Sum), &mut |run, first, _| {
        run.add_entropy(&mut entropies[first..first + run.particles()]);
    })?;
    Ok(entropies)
}

impl<E: Element> Run<E> {
    /// Adds to each particle's number the entropy of what was summed out.
    fn add_entropy(&self, entropies: &mut [f64]) {
        for term in self.trace.terms.iter().filter(|term| term.is_of_sum()) {
            let alike = self.alike(term);
            self.add_each(term.node, None, entropies, |log_evidence, _| alike * log_evidence);
        }
        for &factor in &self.trace.elimination.kept {
            // What is impossible has no share, though its logarithm is infinite.
            self.add_each(factor, None, entropies, |log, p| if p == 0.0 { 0.0 } else { -p * log });
        }
        for summed in &self.trace.enumerations {
            if let (Some(probe), Some(mask)) = (summed.probe, summed.mask) {
                // An element that is left out stands among the factors with every outcome alike.
                self.add_each(probe, Some(mask), entropies, |_, p| if p == 0.0 { 0.0 } else { p * p.ln() });
            }
        }
    }

    /// Adds to each particle's sum a function of the elements of a node and of their adjoints: of all, or of those that a mask leaves out.
    fn add_each(&self, node: NodeId, mask: Option<NodeId>, sums: &mut [f64], part: impl Fn(f64, f64) -> f64) {
        let scalars = |axes| Extent { axes, shape: Shape::SCALAR };
        let own = self.tape.node(node).extent();
        let by = mask.map_or(Extent::SCALAR, |mask| scalars(self.tape.node(mask).axes));
        let particle = scalars(AxisSet::of(PARTICLES));
        let domain = scalars(own.axes.union(by.axes).union(particle.axes));
        let (values, kept) = (self.tape.value(node), mask.map(|mask| self.tape.value(mask)));
        let adjoints = if self.tape.node(node).has_gradient() { self.tape.adjoint(node) } else { &[] };
        Walk::new(&self.tape.sizes, domain, &[own, by, particle]).rows(|offset, n, stride| {
            for i in 0..n {
                let at = offset[0] + i * stride[0];
                if kept.is_none_or(|kept| kept[offset[1] + i * stride[1]] == E::zero()) {
                    let adjoint = adjoints.get(at).map_or(0.0, |a| a.as_f64());
                    sums[offset[2] + i * stride[2]] += part(values[at].as_f64(), adjoint);
                }
            }
        });
    }
}
