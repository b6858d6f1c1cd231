//! The data sets: `.npy` files in one directory.

use crate::arguments::Arguments;
use crate::trouble::Trouble;
use ndarray::{Array, Array1, Dimension};
use ndarray_npy::{ReadNpyExt, ReadableElement};
use std::fs::File;
use std::io::BufReader;

/// Reads an array of the type in which it is stored.
///
/// # Errors
///
/// If the file is missing, or holds an array of another type or rank.
pub fn read<T: ReadableElement, D: Dimension>(
    arguments: &Arguments,
    name: &str,
) -> Result<Array<T, D>, Trouble> {
    let path = arguments.data.join(format!("{name}.npy"));
    let trouble =
        |reason: String| Trouble::Data { name: name.to_owned(), path: path.display().to_string(), reason };
    let file = File::open(&path).map_err(|e| trouble(e.to_string()))?;
    Array::<T, D>::read_npy(BufReader::new(file)).map_err(|e| trouble(e.to_string()))
}

/// A float that stored doubles are converted to.
pub trait Float: Copy + 'static {
    /// Returns the nearest number.
    fn from_f64(x: f64) -> Self;
}

impl Float for f64 {
    fn from_f64(x: f64) -> f64 {
        x
    }
}

impl Float for f32 {
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
}

/// Reads an array of doubles and converts it to the program's element.
///
/// # Errors
///
/// As [`read`].
pub fn floats<E: Float, D: Dimension>(arguments: &Arguments, name: &str) -> Result<Array<E, D>, Trouble> {
    Ok(read::<f64, D>(arguments, name)?.mapv(E::from_f64))
}

/// Reads a vector of doubles that are 0 or 1.
///
/// # Errors
///
/// As [`read`], and if there is another number.
pub fn booleans(arguments: &Arguments, name: &str) -> Result<Vec<bool>, Trouble> {
    let numbers: Array1<f64> = read(arguments, name)?;
    match numbers.iter().find(|&&v| v != 0.0 && v != 1.0) {
        Some(other) => Err(Trouble::Data {
            name: name.to_owned(),
            path: arguments.data.display().to_string(),
            reason: format!("expected zeros and ones, got {other}"),
        }),
        None => Ok(numbers.iter().map(|&v| v == 1.0).collect()),
    }
}

/// Reads a vector of integers that are not negative.
///
/// # Errors
///
/// As [`read`], and if there is a negative one.
pub fn naturals(arguments: &Arguments, name: &str) -> Result<Vec<usize>, Trouble> {
    let numbers: Array1<i64> = read(arguments, name)?;
    numbers
        .iter()
        .map(|&v| {
            usize::try_from(v).map_err(|_| Trouble::Data {
                name: name.to_owned(),
                path: arguments.data.display().to_string(),
                reason: format!("expected no negative number, got {v}"),
            })
        })
        .collect()
}
