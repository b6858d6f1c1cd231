//! First values of weights, by how many numbers go into a layer and come out of it.

use super::{expect_matrix, filled};
use crate::program::Init;
use crate::random::Generator;
use crate::value::Array;
use rand_distr::{Distribution as _, StandardNormal};

/// Independent numbers whose variance goes by the size of a layer.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::he([784, 200]).shape(&[]), Ok(vec![784, 200]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByFans<const RANK: usize> {
    shape: [usize; RANK],
    law: Law,
}

#[derive(Clone, Copy, Debug)]
enum Law {
    Glorot,
    He,
}

/// Returns weights that are uniform on `[-a, a]` with `a = sqrt(6 / (inputs + outputs))`, from the session's seed: the variance of a layer's values, and that of
/// its gradients, stay about the same from layer to layer where its function is about linear.
///
/// # Shapes
///
/// `[.., inputs, outputs]`, as `x.matmul(w)` takes them. Dimensions before these are those of a window: they multiply both numbers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::glorot([50, 200]).shape(&[]), Ok(vec![50, 200]));
/// assert!(init::glorot([50]).shape(&[]).unwrap_err().contains("two dimensions"));
/// ```
///
/// # References
///
/// Glorot and Bengio (2010), [Understanding the difficulty of training deep feedforward neural
/// networks](https://proceedings.mlr.press/v9/glorot10a.html), equation 16.
pub fn glorot<const RANK: usize>(shape: [usize; RANK]) -> ByFans<RANK> {
    ByFans { shape, law: Law::Glorot }
}

/// Returns weights that are normal with variance `2 / inputs`, from the session's seed: for layers that follow a rectifier, which halves the second moment.
///
/// # Shapes
///
/// `[.., inputs, outputs]`, as those of [`glorot`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::he([784, 200]).shape(&[]), Ok(vec![784, 200]));
/// ```
///
/// # References
///
/// He, Zhang, Ren and Sun (2015), [Delving deep into rectifiers](https://arxiv.org/abs/1502.01852), equation 10.
pub fn he<const RANK: usize>(shape: [usize; RANK]) -> ByFans<RANK> {
    ByFans { shape, law: Law::He }
}

impl<const RANK: usize> Init for ByFans<RANK> {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == self.shape
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        expect_matrix(&self.shape)
    }

    fn write(&self, _: usize, rng: &mut Generator, out: &mut [f64]) {
        write(self.law, &self.shape, rng, out);
    }
}

/// Without a type parameter, so that a program that uses it compiles none of it.
fn write(law: Law, shape: &[usize], rng: &mut Generator, out: &mut [f64]) {
    let [window @ .., inputs, outputs] = shape else { return };
    let window: f64 = window.iter().map(|&size| size as f64).product();
    let [inputs, outputs] = [inputs, outputs].map(|&fan| window * fan as f64);
    match law {
        Law::Glorot => {
            let bound = (6.0 / (inputs + outputs)).sqrt();
            filled(rng, -bound, bound, out);
        }
        Law::He => {
            let deviation = (2.0 / inputs).sqrt();
            for v in out {
                let noise: f64 = StandardNormal.sample(rng);
                *v = deviation * noise;
            }
        }
    }
}
