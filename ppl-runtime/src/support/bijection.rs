//! The contract of a map from unconstrained space onto a support.

use crate::element::Element;
use crate::shape::Shape;

/// A smooth one-to-one map from unconstrained vectors `x` onto the interior of a support.
///
/// `shape` is always the event shape of the constrained value `y`; both are flat and row-major. A support of vectors
/// (matrices) acts on the last (last two) dimensions, independently for each index of the others.
///
/// Laws, for every finite `x` of the length that [`unconstrained_shape`](Bijection::unconstrained_shape) gives:
/// - `check(forward(x))` accepts: where the exact value would round onto or over the edge of the support, the nearest
///   number inside is given instead (NaN stays NaN), as long as the value does not overflow;
/// - `inverse(forward(x)) = x` up to rounding; a value of `constrained_shape(s)` has `s` as its unconstrained shape;
/// - `pull_back` adds `J^T dy`, where `J = dy/dx`;
/// - `inverse_pull_back` adds `K^T dx`, where `K` is the Jacobian of `inverse`, so that `K J` is the identity;
/// - `log_det = ln |det J|`, where `J` has as many rows as columns: the value's coordinates that determine the others (all
///   of them, the first `K-1` of a simplex, the part of a factor below its diagonal or with it; of the vectors that sum to
///   zero, coordinates in their hyperplane);
/// - `log_det_pull_back` adds `seed * d log_det / dx`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Bijection, Positive};
///
/// let mut y = [0.0; 2];
/// Positive.forward(&[0.0, 1.0], &[2], &mut y);
/// assert!(y[0] == 1.0 && (y[1] - 1f64.exp()).abs() < 1e-15);
/// assert_eq!(Positive.log_det(&[0.0, 1.0], &y, &[2]), 1.0);
/// assert_eq!(Positive.check(&[2], &[1.0, -1.5]).unwrap_err(), "element 1 is -1.5, expected a number above 0");
/// ```
pub trait Bijection<E: Element> {
    /// Whether the map acts on each element alone; then [`forward_point`](Bijection::forward_point) is it.
    const ELEMENTWISE: bool;

    /// Returns the shape of `x` for a value of the given event shape.
    ///
    /// # Errors
    ///
    /// A sentence that names the shape the support asks for: `expected [n, n], got [2, 3]`.
    fn unconstrained_shape(&self, shape: &[usize]) -> Result<Vec<usize>, String>;

    /// Returns the shape of the value for an `x` of the given shape.
    ///
    /// # Errors
    ///
    /// A sentence that names the shape: `expected a vector [n], got shape []`.
    #[doc(hidden)]
    fn constrained_shape(&self, free: Shape) -> Result<Shape, String>;

    /// Refuses a value outside the interior of the support.
    ///
    /// # Errors
    ///
    /// A sentence that names the element and the support: `element 2 is -1.5, expected a number above 0`.
    fn check(&self, shape: &[usize], y: &[E]) -> Result<(), String>;

    /// Writes the constrained value of `x` into `y`.
    fn forward(&self, x: &[E], shape: &[usize], y: &mut [E]);

    /// Writes into `x` the unconstrained vector of a `y` that [`check`](Bijection::check) accepts.
    fn inverse(&self, y: &[E], shape: &[usize], x: &mut [E]);

    /// Adds to `dx` the product of `dy` with the Jacobian of `forward` at `x`, where `y = forward(x)`.
    fn pull_back(&self, x: &[E], y: &[E], dy: &[E], shape: &[usize], dx: &mut [E]);

    /// Adds to `dy` the product of `dx` with the Jacobian of `inverse` at `y`, where `x = inverse(y)`.
    fn inverse_pull_back(&self, x: &[E], y: &[E], dx: &[E], shape: &[usize], dy: &mut [E]);

    /// Returns the logarithm of the absolute Jacobian determinant of `forward` at `x`, where `y = forward(x)`.
    fn log_det(&self, x: &[E], y: &[E], shape: &[usize]) -> E;

    /// Adds to `dx` `seed` times the gradient of `log_det` at `x`, where `y = forward(x)`.
    fn log_det_pull_back(&self, x: &[E], y: &[E], shape: &[usize], seed: E, dx: &mut [E]);

    /// Returns whether [`check`](Bijection::check) accepts the value.
    fn contains(&self, shape: &[usize], y: &[E]) -> bool {
        self.check(shape, y).is_ok()
    }

    /// Writes the `log_det` of each of many events, one after the other in `x` and `y`.
    fn log_dets(&self, x: &[E], y: &[E], shape: &[usize], out: &mut [E]) {
        let (free, full) = (x.len() / out.len().max(1), y.len() / out.len().max(1));
        for (k, out) in out.iter_mut().enumerate() {
            *out = self.log_det(&x[k * free..(k + 1) * free], &y[k * full..(k + 1) * full], shape);
        }
    }

    /// Does `log_det_pull_back` for each of many events; where a seed is zero it adds nothing, whatever the gradient is.
    fn log_dets_pull_back(&self, x: &[E], y: &[E], shape: &[usize], seeds: &[E], dx: &mut [E]) {
        let (free, full) = (x.len() / seeds.len().max(1), y.len() / seeds.len().max(1));
        for (k, &seed) in seeds.iter().enumerate().filter(|&(_, &seed)| seed != E::zero()) {
            let (free, full) = (k * free..(k + 1) * free, k * full..(k + 1) * full);
            self.log_det_pull_back(&x[free.clone()], &y[full], shape, seed, &mut dx[free]);
        }
    }

    /// Returns `y` and `dy/dx` at one number. Called only if `ELEMENTWISE`.
    #[inline(always)]
    fn forward_point(&self, x: E) -> (E, E) {
        (x, E::one())
    }
}

/// Returns how a message names the element at a flat index: `the value`, `element 2`, `element [1, 0]`.
pub(super) fn element_name(shape: &[usize], flat: usize) -> String {
    match shape {
        [] => "the value".into(),
        [_] => format!("element {flat}"),
        _ => format!("element {:?}", coordinates(shape, flat)),
    }
}

/// Returns the index of a flat position in each dimension.
pub(super) fn coordinates(shape: &[usize], flat: usize) -> Vec<usize> {
    let mut rest = flat;
    let mut indices: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let index = rest % size.max(1);
            rest /= size.max(1);
            index
        })
        .collect();
    indices.reverse();
    indices
}

/// Returns the largest number below one: half of epsilon is the distance between them.
#[inline(always)]
pub(super) fn below_one<E: Element>() -> E {
    E::one() - E::epsilon() * E::of(0.5)
}

/// Returns `a` where it is larger than `b`, else `b`; unlike [`num_traits::Float::max`] it lets a NaN in `a` through.
#[inline(always)]
pub(super) fn at_least<E: Element>(a: E, b: E) -> E {
    if a < b { b } else { a }
}

/// Returns `a` where it is smaller than `b`, else `b`; a NaN in `a` passes.
#[inline(always)]
pub(super) fn at_most<E: Element>(a: E, b: E) -> E {
    if a > b { b } else { a }
}
