//! Arrays of independent discrete numbers that are tried at every joint value.
//!
//! The joint values of an array lie along one axis, in the order in which the digits of a number count: the last element changes first.

use crate::element::Element;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;
use ndarray::ArrayD;

/// The most joint values that are tried.
const MOST: usize = 1 << 12;

/// Returns how many joint values an array has of whose numbers `each` has so many.
///
/// # Errors
///
/// A sentence that says how many they would be.
pub(crate) fn count(each: usize, event: Shape) -> Result<usize, String> {
    if event.rank() == 0 {
        return Ok(each);
    }
    let len = event.len();
    let joint = (0..len).try_fold(1_usize, |joint, _| joint.checked_mul(each).filter(|&joint| joint <= MOST));
    joint.filter(|&joint| joint > 0).ok_or_else(|| {
        format!(
            "has the shape {event}, and {each}^{len} joint values; `enumerate` tries at most {MOST}. Where its numbers are independent \
             given the rest, draw each in a plate"
        )
    })
}

/// Returns the number of an element among `len` in the joint value with this number.
fn digit(joint: usize, element: usize, (each, len): (usize, usize)) -> usize {
    joint / each.pow((len - 1 - element) as u32) % each
}

/// Returns the probabilities of each element's numbers, `[.., event.., each]`, by those of the joint values, `[.., joint]`.
pub(crate) fn of_elements(probabilities: &ArrayD<f64>, event: Shape) -> ArrayD<f64> {
    let (len, shape) = (event.len(), probabilities.shape());
    let (outer, joint) = (&shape[..shape.len() - 1], shape[shape.len() - 1]);
    // The number of values of each is the root of that of all.
    let each = (1..=joint).find(|each| each.pow(len as u32) >= joint).unwrap_or(joint);
    let mut dims = outer.to_vec();
    dims.extend(event.dims().iter().map(|&d| d as usize));
    dims.push(each);
    let mut found = ArrayD::zeros(dims);
    let rows = probabilities.as_standard_layout();
    let (Some(from), Some(into)) = (rows.as_slice(), found.as_slice_mut()) else { return found };
    for (row, into) in from.chunks_exact(joint.max(1)).zip(into.chunks_exact_mut((len * each).max(1))) {
        for (k, &probability) in row.iter().enumerate() {
            for element in 0..len {
                into[element * each + digit(k, element, (each, len))] += probability;
            }
        }
    }
    found
}

impl<E: Element> Tape<E> {
    /// Records every joint value of an array of numbers `0..each`, along an axis.
    pub(crate) fn joint_outcomes(&mut self, axis: Axis, each: usize, event: Shape, deps: Deps) -> NodeId {
        let len = event.len();
        let extent = Extent { axes: AxisSet::of(axis), shape: event };
        self.leaf(extent, deps, |out| {
            for (at, out) in out.iter_mut().enumerate() {
                *out = E::of(digit(at / len, at % len, (each, len)) as f64);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joint_values_are_counted_and_told_apart() {
        assert_eq!(count(2, [3].into()), Ok(8));
        assert_eq!(count(3, Shape::SCALAR), Ok(3));
        assert!(count(2, [13].into()).unwrap_err().contains("2^13 joint values"));
        assert!(count(usize::MAX, [2].into()).is_err());
        let digits: Vec<Vec<usize>> = (0..9).map(|k| (0..2).map(|d| digit(k, d, (3, 2))).collect()).collect();
        assert_eq!(digits[5], [1, 2]);
        let joint = ndarray::arr2(&[[0.1, 0.2, 0.3, 0.4]]).into_dyn();
        let found = of_elements(&joint, [2].into());
        let expected = ndarray::arr3(&[[[0.1 + 0.2, 0.3 + 0.4], [0.1 + 0.3, 0.2 + 0.4]]]).into_dyn();
        assert!(found.iter().zip(&expected).all(|(f, e)| (f - e).abs() < 1e-15), "{found}");
    }
}
