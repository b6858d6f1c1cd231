//! What the benchmarks of kernels call, which are private otherwise. It may change with every version.

use crate::element::Element;
use crate::family::bernoulli::BernoulliLogitsFamily;
use crate::family::{Need, Univariate};
pub use crate::kernel::chain::bench::ChainPass;
use crate::kernel::gemm::{Matrix, MatrixMut};
use crate::kernel::math;
use crate::kernel::simd::vectorised;
use crate::shape::Shape;
pub use crate::svi::mechanisms::{Mechanisms, mechanisms};
use crate::tape::axes::{Axis, AxisSet, MAX_AXES};
use crate::tape::walk::{self, Extent};

vectorised! {
    /// Writes the exponential of each element.
    pub fn exp_into<E: Element>(x: &[E], out: &mut [E]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = math::exp(x);
        }
    }
}

vectorised! {
    /// Writes the natural logarithm of each element.
    pub fn ln_into<E: Element>(x: &[E], out: &mut [E]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = math::ln(x);
        }
    }
}

vectorised! {
    /// Writes the derivatives of the log-probabilities by the log-odds, and returns the sum of these.
    pub fn bernoulli_logits_into<E: Element>(y: &[E], logits: &[E], gradient: &mut [E]) -> E {
        let mut lanes = [E::zero(); 16];
        let (ys, _) = y.as_chunks::<16>();
        let (xs, _) = logits.as_chunks::<16>();
        let (gs, _) = gradient.as_chunks_mut::<16>();
        for ((y, x), g) in ys.iter().zip(xs).zip(gs) {
            for j in 0..16 {
                let density = BernoulliLogitsFamily::log_density(y[j], [x[j]], Need::ALL);
                lanes[j] += density.log;
                g[j] = density.by_parameter[0];
            }
        }
        lanes.into_iter().sum()
    }
}

/// Adds the product of row-major matrices of shapes `[rows, inner]` and `[inner, columns]`.
pub fn multiply_add<E: Element>([rows, inner, columns]: [usize; 3], a: &[E], b: &[E], out: &mut [E]) {
    let a = Matrix { data: a, rows, columns: inner, strides: [inner, 1] };
    let b = Matrix { data: b, rows: inner, columns, strides: [columns, 1] };
    crate::kernel::gemm::multiply_add(
        a,
        b,
        MatrixMut { data: out, strides: [columns, 1], fresh: false },
        &mut Vec::new(),
    );
}

/// Writes the sums of a number for each of `n` plate elements and a vector of `m`, walked as the tape walks them.
pub fn broadcast_into<E: Element>(x: &[E], y: &[E], out: &mut [E]) {
    let axis = Axis(1);
    let mut sizes = [1; MAX_AXES];
    sizes[1] = x.len() as u32;
    let along = Extent { axes: AxisSet::of(axis), shape: Shape::SCALAR };
    let across = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(y.len()) };
    let domain = Extent { axes: along.axes, shape: across.shape };
    walk::rows(&sizes, domain, &[along, across, domain], |at, n, stride| {
        for k in 0..n {
            out[at[2] + k * stride[2]] = x[at[0] + k * stride[0]] + y[at[1] + k * stride[1]];
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_adds_every_pair() {
        let mut out = [0.0; 6];
        broadcast_into(&[1.0, 2.0], &[10.0, 20.0, 30.0], &mut out);
        assert_eq!(out, [11.0, 21.0, 31.0, 12.0, 22.0, 32.0]);
    }

    #[test]
    fn densities_and_gradients_of_a_fair_coin() {
        let mut gradient = [0.0; 16];
        let sum = bernoulli_logits_into(&[1.0; 16], &[0.0; 16], &mut gradient);
        assert!((sum - 16.0 * 0.5_f64.ln()).abs() < 1e-14);
        assert_eq!(gradient, [0.5; 16]);
    }
}
