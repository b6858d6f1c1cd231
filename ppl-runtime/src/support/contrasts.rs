//! An orthonormal basis `V` of the vectors of `n` numbers that sum to zero: Helmert contrasts, applied in `n` steps without a matrix.

use crate::element::Element;

/// Returns the length of the contrast of the first `j` components with the next one: `sqrt(j (j + 1))`.
fn contrast_length<E: Element>(j: usize) -> E {
    let j = E::of(j as f64);
    (j * (j + E::one())).sqrt()
}

/// Calls `each(i, z_i)` for the elements of `z = V x`, from the last to the first.
pub(super) fn for_each_element<E: Element>(x: &[E], mut each: impl FnMut(usize, E)) {
    let mut later = E::zero();
    for j in (1..=x.len()).rev() {
        let step = x[j - 1] / contrast_length(j);
        each(j, later - E::of(j as f64) * step);
        later += step;
    }
    each(0, later);
}

/// Adds `V^T g` to `dx`, for `g` given element by element.
pub(super) fn add_contrasts<E: Element>(dx: &mut [E], g: impl Fn(usize) -> E) {
    let mut sum = g(0);
    for (j, dx) in (1..).zip(dx) {
        let next = g(j);
        *dx += (sum - E::of(j as f64) * next) / contrast_length(j);
        sum += next;
    }
}
