//! The order of the elements of a vector: a function that takes `n!` vectors to each of its values.

use crate::element::Element;
use crate::kernel::math;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;

/// Records the elements of a vector in increasing order. Each moves with the one that it was.
pub(super) fn forward<E: Element>(tape: &mut Tape<E>, x: NodeId) -> NodeId {
    let extent = tape.node(x).extent();
    let n = extent.shape.len();
    let deps = tape.node(x).deps;
    let places = tape.derived([x], extent, deps, |[x], places| {
        for (x, places) in x.chunks_exact(n.max(1)).zip(places.chunks_exact_mut(n.max(1))) {
            places.iter_mut().enumerate().for_each(|(k, place)| *place = E::of(k as f64));
            let at = |place: &E| x[place.as_f64() as usize].as_f64();
            // Equal elements keep their order, so that nothing depends on how they are sorted.
            places.sort_unstable_by(|a, b| at(a).total_cmp(&at(b)).then(a.as_f64().total_cmp(&b.as_f64())));
        }
    });
    // The places are those of the vector.
    tape.take_along(x, places, 0).unwrap_or(x)
}

/// Records the log-determinant for vectors of the independent elements' own density: of one whose elements increase it is `-ln n!`, for
/// the many that are sorted to it, and infinite for any other, which is no value.
pub(super) fn log_det<E: Element>(tape: &mut Tape<E>, y: NodeId) -> NodeId {
    let Extent { axes, shape } = tape.node(y).extent();
    let n = shape.len();
    let orders = -math::ln_gamma(n as f64 + 1.0);
    let deps = tape.node(y).deps;
    tape.derived([y], Extent { axes, shape: Shape::SCALAR }, deps, |[y], out| {
        for (k, log_det) in out.iter_mut().enumerate() {
            let decreases = refusal(&y[k * n..(k + 1) * n]).is_some();
            *log_det = if decreases { E::infinity() } else { E::of(orders) };
        }
    })
}

/// Returns the first element that does not increase. One that is no number is left to the elements' own density.
pub(super) fn refusal<E: Element>(y: &[E]) -> Option<usize> {
    (1..y.len()).find(|&k| y[k] < y[k - 1])
}
