//! Pairs of directions, by vectors whose length is one but for rounding.

use crate::element::Numeric;
use crate::support::length;

/// How far apart two directions are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    lengths: [f64; 2],
    /// One minus the cosine of the angle between them: half the squared distance of the vectors at length one, which keeps its digits
    /// where they are close, and which the rounding of their lengths does not change.
    pub(super) lack: f64,
}

impl Apart {
    pub(super) fn new<E: Numeric>(one: &[E], other: &[E]) -> Apart {
        let lengths = [length(one), length(other)];
        let square = |(a, b): (&E, &E)| (a.as_f64() / lengths[0] - b.as_f64() / lengths[1]).powi(2);
        Apart { lengths, lack: 0.5 * one.iter().zip(other).map(square).sum::<f64>() }
    }

    /// Adds `factor` times the gradient of `lack` by the first vector: along the sphere, whatever its length.
    pub(super) fn add_gradient<E: Numeric>(self, one: &[E], other: &[E], factor: f64, by_one: &mut [E]) {
        let scale = factor / self.lengths[0];
        for ((by, a), b) in by_one.iter_mut().zip(one).zip(other) {
            let (a, b) = (a.as_f64() / self.lengths[0], b.as_f64() / self.lengths[1]);
            *by += E::of(scale * ((a - b) - self.lack * a));
        }
    }

    /// Returns how far apart they are as seen from the other one.
    pub(super) fn swapped(self) -> Apart {
        let [one, other] = self.lengths;
        Apart { lengths: [other, one], ..self }
    }
}
