//! First values of parameters.

mod fans;
mod orthogonal;
mod uniform;

pub use fans::{ByFans, glorot, he};
pub use orthogonal::{Orthogonal, orthogonal};
pub use uniform::{RandomUniform, uniform};

use crate::program::Init;
use crate::random::Generator;
use crate::value::Array;
use rand::RngExt;
use rand_distr::{Distribution as _, StandardNormal};

/// An array of one number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::zeros([2]).shape(&[]), Ok(vec![2]));
/// ```
#[derive(Clone, Debug)]
pub struct Full<const RANK: usize> {
    shape: [usize; RANK],
    value: f64,
}

/// Returns an array of this shape full of `value`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::full([2, 3], 0.5).shape(&[]), Ok(vec![2, 3]));
/// ```
pub fn full<const RANK: usize>(shape: [usize; RANK], value: f64) -> Full<RANK> {
    Full { shape, value }
}

/// Returns an array of this shape full of zeros.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::zeros([4]).shape(&[]), Ok(vec![4]));
/// ```
pub fn zeros<const RANK: usize>(shape: [usize; RANK]) -> Full<RANK> {
    full(shape, 0.0)
}

/// Returns the centre of the simplex: `k` equal weights that sum to one.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::uniform_simplex(3).shape(&[]), Ok(vec![3]));
/// ```
pub fn uniform_simplex(k: usize) -> Full<1> {
    full([k], 1.0 / k.max(1) as f64)
}

impl<const RANK: usize> Init for Full<RANK> {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == self.shape
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        Ok(self.shape.to_vec())
    }

    fn write(&self, _: usize, _: &mut Generator, out: &mut [f64]) {
        out.fill(self.value);
    }
}

/// A multiple of the identity matrix.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::scaled_identity(2, 0.1).shape(&[]), Ok(vec![2, 2]));
/// ```
#[derive(Clone, Debug)]
pub struct ScaledIdentity {
    n: usize,
    value: f64,
}

/// Returns the `[n, n]` identity matrix times `value`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::scaled_identity(3, 0.1).shape(&[]), Ok(vec![3, 3]));
/// ```
pub fn scaled_identity(n: usize, value: f64) -> ScaledIdentity {
    ScaledIdentity { n, value }
}

impl Init for ScaledIdentity {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == [self.n, self.n]
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        Ok(vec![self.n, self.n])
    }

    fn write(&self, _: usize, _: &mut Generator, out: &mut [f64]) {
        out.fill(0.0);
        for k in 0..self.n {
            out[k * self.n + k] = self.value;
        }
    }
}

/// Independent normal numbers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::normal([2], 0.1).shape(&[]), Ok(vec![2]));
/// ```
#[derive(Clone, Debug)]
pub struct RandomNormal<const RANK: usize> {
    shape: [usize; RANK],
    scale: f64,
}

/// Returns an array of independent normal numbers of mean zero and standard deviation `scale`, from the session's seed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::normal([8, 2], 0.1).shape(&[]), Ok(vec![8, 2]));
/// ```
pub fn normal<const RANK: usize>(shape: [usize; RANK], scale: f64) -> RandomNormal<RANK> {
    RandomNormal { shape, scale }
}

impl<const RANK: usize> Init for RandomNormal<RANK> {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == self.shape
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        Ok(self.shape.to_vec())
    }

    fn write(&self, _: usize, rng: &mut Generator, out: &mut [f64]) {
        for v in out {
            let noise: f64 = StandardNormal.sample(rng);
            *v = self.scale * noise;
        }
    }
}

/// One row of an array for each element of the plates around a parameter.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// let rows = ndarray::array![1.0, 2.0, 3.0];
/// assert_eq!(init::per_element(&rows).shape(&[3]), Ok(vec![]));
/// ```
#[derive(Clone, Debug)]
pub struct PerElement<'a> {
    values: ndarray::ArrayViewD<'a, f64>,
}

/// Returns the rows of an array: its first dimensions are the plates around the parameter, the others its event's.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use ppl_runtime::{Init, init};
///
/// let starts = array![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]];
/// assert_eq!(init::per_element(&starts).shape(&[3]), Ok(vec![2]));
/// assert!(init::per_element(&starts).shape(&[4]).is_err());
/// ```
pub fn per_element<D: ndarray::Dimension>(values: &ndarray::Array<f64, D>) -> PerElement<'_> {
    PerElement { values: values.view().into_dyn() }
}

impl Init for PerElement<'_> {
    type Kind = Array;

    fn has_shape(&self, leading: &[usize], event: &[usize]) -> bool {
        self.values.shape().strip_prefix(leading).is_some_and(|shape| shape == event)
    }

    fn shape(&self, leading: &[usize]) -> Result<Vec<usize>, String> {
        let shape = self.values.shape();
        match shape.strip_prefix(leading) {
            Some(event) => Ok(event.to_vec()),
            None => Err(format!(
                "expected one row for each element of the plates {leading:?}, got the shape {shape:?}"
            )),
        }
    }

    fn write(&self, row: usize, _: &mut Generator, out: &mut [f64]) {
        let width = out.len();
        for (to, &v) in out.iter_mut().zip(self.values.iter().skip(row * width)) {
            *to = v;
        }
    }
}

/// Returns a shape that has at least two dimensions.
fn expect_matrix(shape: &[usize]) -> Result<Vec<usize>, String> {
    match shape.len() < 2 {
        true => Err(format!("needs a shape of two dimensions at least, inputs and outputs, got {shape:?}")),
        false => Ok(shape.to_vec()),
    }
}

/// Fills an array with independent numbers that are uniform between two.
fn filled(rng: &mut Generator, low: f64, high: f64, out: &mut [f64]) {
    for v in out {
        *v = low + (high - low) * rng.random::<f64>();
    }
}
