//! First values from an interval.

use super::filled;
use crate::program::Init;
use crate::random::Generator;
use crate::value::Array;

/// Independent uniform numbers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::uniform([2], -0.1, 0.1).shape(&[]), Ok(vec![2]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RandomUniform<const RANK: usize> {
    shape: [usize; RANK],
    low: f64,
    high: f64,
}

/// Returns an array of independent numbers that are uniform from `low` to `high`, from the session's seed.
///
/// # Errors
///
/// Bounds that are not finite, or not in this order, are an error of the run.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Init, init};
///
/// assert_eq!(init::uniform([8, 2], -0.1, 0.1).shape(&[]), Ok(vec![8, 2]));
/// assert!(init::uniform([8, 2], 0.1, -0.1).shape(&[]).unwrap_err().contains("got 0.1 and -0.1"));
/// ```
pub fn uniform<const RANK: usize>(shape: [usize; RANK], low: f64, high: f64) -> RandomUniform<RANK> {
    RandomUniform { shape, low, high }
}

impl<const RANK: usize> Init for RandomUniform<RANK> {
    type Kind = Array;

    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        event == self.shape
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        let (low, high) = (self.low, self.high);
        match low.is_finite() && high.is_finite() && low <= high {
            true => Ok(self.shape.to_vec()),
            false => Err(format!("starts between bounds that are no interval: got {low} and {high}")),
        }
    }

    fn write(&self, _: usize, rng: &mut Generator, out: &mut [f64]) {
        filled(rng, self.low, self.high, out);
    }
}
