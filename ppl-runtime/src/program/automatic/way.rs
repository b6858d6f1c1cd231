//! The way from unconstrained numbers to a site's values.

use crate::dist::transforms::Function;
use crate::element::Element;
use crate::support::{AnyBijection, RealLine};

/// A bijection, and the functions that take its image to the values where these are not its image.
pub(super) struct Way<E: Element> {
    pub(super) map: AnyBijection,
    pub(super) then: [Option<Function<E>>; 2],
}

impl<E: Element> From<AnyBijection> for Way<E> {
    fn from(map: AnyBijection) -> Way<E> {
        Way { map, then: [None; 2] }
    }
}

impl<E: Element> Way<E> {
    /// Returns the ends between which the values lie; those that the operands of a run give are not known.
    pub(super) fn ends(&self) -> (f64, f64) {
        match self.then {
            [None, None] => self.map.ends(),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Returns the functions that take unconstrained numbers to the values, one after the other.
    pub(super) fn functions(&self) -> [Option<Function<E>>; 3] {
        let onto = (self.map != RealLine.into()).then_some(Function::Bijection(self.map));
        [onto, self.then[0], self.then[1]]
    }
}
