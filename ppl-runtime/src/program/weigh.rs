//! What a term counts: its share of a bound, and the seed of its adjoint.

use super::trace::Term;
use crate::element::Element;
use crate::kernel::vector;
use crate::tape::Tape;

impl Term {
    /// Returns by what each element counts in the bound, a sum of log-densities: its sign and its scale.
    #[inline(always)]
    pub(crate) fn factor(&self) -> f64 {
        self.part.sign() * self.scale
    }

    /// Returns by how much more each element counts in what a step minimises than in the bound; `kl_weight` is that of the
    /// objective.
    #[inline(always)]
    pub(crate) fn tempering(&self, kl_weight: f64) -> f64 {
        if self.part.is_of_divergence() { self.weight * kl_weight } else { self.weight }
    }
}

impl<E: Element> Tape<E> {
    /// Returns what a term adds to the bound, summed in double precision.
    #[inline(always)]
    pub(crate) fn weigh(&self, term: &Term) -> f64 {
        let total = match self.value(term.node) {
            [one] => one.as_f64(),
            many => vector::sum_in_double(many),
        };
        term.factor() * total
    }

    /// Adds to a term's adjoint, if a gradient flows to it, `share` times the derivative of the bound by it.
    #[inline(always)]
    pub(crate) fn seed(&mut self, term: &Term, share: f64) {
        if !self.node(term.node).has_gradient() {
            return;
        }
        let seed = E::of(share * term.factor());
        match self.adjoint_mut(term.node) {
            [one] => *one += seed,
            many => many.iter_mut().for_each(|adjoint| *adjoint += seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::program::trace::Part;
    use crate::shape::Shape;
    use crate::tape::axes::AxisSet;
    use crate::tape::deps::Deps;
    use crate::tape::walk::Extent;

    fn tape_with(part: Part, scale: f64, elements: &[f64]) -> (Tape<f64>, Term) {
        let mut tape = Tape::new();
        let extent = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(elements.len()) };
        let node = tape.leaf(extent, Deps::NONE, |out| out.copy_from_slice(elements));
        tape.mark_parameter(node);
        let place = Place(std::panic::Location::caller());
        let term =
            Term { node, part, site: 0, scale, weight: 1.0, open: AxisSet::EMPTY, outcomes: None, place };
        (tape, term)
    }

    #[test]
    fn terms_count_by_sign_and_scale() {
        let (tape, term) = tape_with(Part::Likelihood, 2.5, &[1.0, -3.0, 0.5]);
        assert_eq!(tape.weigh(&term), -3.75);
        let (tape, term) = tape_with(Part::Divergence, 2.5, &[1.0, -3.0, 0.5]);
        assert_eq!(tape.weigh(&term), 3.75);
    }

    #[test]
    fn single_precision_is_summed_in_double() {
        let mut tape: Tape<f32> = Tape::new();
        let extent = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(1 << 20) };
        let node = tape.leaf(extent, Deps::NONE, |out| out.fill(0.1));
        let place = Place(std::panic::Location::caller());
        let (part, open) = (Part::Likelihood, AxisSet::EMPTY);
        let term = Term { node, part, site: 0, scale: 1.0, weight: 1.0, open, outcomes: None, place };
        let exact = f64::from(0.1_f32) * f64::from(1 << 20);
        assert!((tape.weigh(&term) / exact - 1.0).abs() < 1e-12);
    }

    #[test]
    fn seeds_are_the_derivatives() {
        let (mut tape, term) = tape_with(Part::Proposal, 2.5, &[1.0, -3.0]);
        tape.clear_adjoints();
        tape.seed(&term, 0.5);
        tape.seed(&term, 1.5);
        assert_eq!(tape.adjoint(term.node), [-5.0, -5.0]);
    }
}
