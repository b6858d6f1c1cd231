//! First values whose rows or columns are orthonormal.

use super::expect_matrix;
use crate::program::Init;
use crate::random::Generator;
use crate::value::Array;
use rand_distr::{Distribution as _, StandardNormal};

/// A matrix with orthonormal rows or columns.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::orthogonal([4, 4]).shape(&[]), Ok(vec![4, 4]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Orthogonal<const RANK: usize> {
    shape: [usize; RANK],
}

/// Returns a matrix with orthonormal columns, or rows where there are fewer of these, drawn uniformly from the session's seed: products of many such
/// matrices neither vanish nor explode.
///
/// # Shapes
///
/// `[.., inputs, outputs]`; dimensions before the last one are taken as one.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::orthogonal([64, 192]).shape(&[]), Ok(vec![64, 192]));
/// assert!(init::orthogonal([64]).shape(&[]).unwrap_err().contains("two dimensions"));
/// ```
///
/// # References
///
/// Saxe, McClelland and Ganguli (2014), [Exact solutions to the nonlinear dynamics of learning in deep linear neural
/// networks](https://arxiv.org/abs/1312.6120), section 3. Draws of normal numbers are made orthonormal by Gram and Schmidt's method, whose diagonal is positive,
/// so that the matrix is uniform on all such: Mezzadri (2007), [How to generate random matrices from the classical compact
/// groups](https://arxiv.org/abs/math-ph/0609050), section 5.
pub fn orthogonal<const RANK: usize>(shape: [usize; RANK]) -> Orthogonal<RANK> {
    Orthogonal { shape }
}

impl<const RANK: usize> Init for Orthogonal<RANK> {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == self.shape
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        expect_matrix(&self.shape)
    }

    fn write(&self, _: usize, rng: &mut Generator, out: &mut [f64]) {
        let columns = self.shape.last().copied().unwrap_or(0);
        write(columns, rng, out);
    }
}

fn write(columns: usize, rng: &mut Generator, out: &mut [f64]) {
    if out.is_empty() {
        return;
    }
    let rows = out.len() / columns;
    let (count, length) = (rows.min(columns), rows.max(columns));
    let vectors = orthonormal(count, length, rng);
    for (k, vector) in vectors.chunks_exact(length).enumerate() {
        for (j, &v) in vector.iter().enumerate() {
            let at = if rows >= columns { j * columns + k } else { k * columns + j };
            out[at] = v;
        }
    }
}

/// Returns so many orthonormal vectors of this length, one after the other.
fn orthonormal(count: usize, length: usize, rng: &mut Generator) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::with_capacity(count * length);
    for _ in 0..count {
        let mut vector: Vec<f64> = (0..length).map(|_| StandardNormal.sample(rng)).collect();
        // Once more takes away what rounding has left.
        for _ in 0..2 {
            for earlier in all.chunks_exact(length) {
                let along: f64 = earlier.iter().zip(&vector).map(|(a, b)| a * b).sum();
                for (v, e) in vector.iter_mut().zip(earlier) {
                    *v -= along * e;
                }
            }
            let norm = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
            for v in &mut vector {
                *v /= norm;
            }
        }
        all.extend(vector);
    }
    all
}
