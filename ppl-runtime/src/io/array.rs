//! Arrays as a file holds them: exact, in little-endian order.

use crate::element::Element;
use safetensors::{Dtype, View};
use std::borrow::Cow;

/// An array of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

/// A type of numbers that a file may hold.
pub(super) trait Stored: Sized {
    /// The type's name in the file.
    fn dtype() -> Dtype;

    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads a number of exactly the type's size.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! stored {
    ($($number:ty as $dtype:ident),*) => {$(
        impl Stored for $number {
            fn dtype() -> Dtype {
                Dtype::$dtype
            }

            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Self {
                <[u8; size_of::<$number>()]>::try_from(bytes).map_or_else(|_| Default::default(), <$number>::from_le_bytes)
            }
        }
    )*};
}
stored!(u64 as U64, f64 as F64, f32 as F32);

/// A number of the program; its double is exact.
#[derive(Clone, Copy)]
pub(super) struct OfProgram<E>(pub(super) E);

fn is_single<E: Element>() -> bool {
    size_of::<E>() == size_of::<f32>()
}

impl<E: Element> Stored for OfProgram<E> {
    fn dtype() -> Dtype {
        if is_single::<E>() { Dtype::F32 } else { Dtype::F64 }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let double = self.0.as_f64();
        if is_single::<E>() { (double as f32).write(bytes) } else { double.write(bytes) }
    }

    fn read(bytes: &[u8]) -> Self {
        OfProgram(E::of(if is_single::<E>() { f64::from(f32::read(bytes)) } else { f64::read(bytes) }))
    }
}

impl Array {
    /// Returns the array of these numbers; their count is that of the shape.
    pub(super) fn new<N: Stored>(shape: Vec<usize>, numbers: impl Iterator<Item = N>) -> Array {
        let mut bytes = Vec::new();
        numbers.for_each(|number| number.write(&mut bytes));
        Array { dtype: N::dtype(), shape, bytes }
    }

    /// Returns the numbers, or `None` if they are of another type.
    pub(super) fn read<N: Stored>(&self) -> Option<impl Iterator<Item = N>> {
        let size = N::dtype().bitsize() / 8;
        (self.dtype == N::dtype()).then(|| self.bytes.chunks_exact(size).map(N::read))
    }

    /// Returns the type of the numbers and the number of dimensions in words.
    pub(super) fn words(dtype: Dtype, rank: usize) -> String {
        match rank {
            0 => format!("one {dtype:?}"),
            1 => format!("an array of {dtype:?}"),
            _ => format!("an array of {dtype:?} with {rank} dimensions"),
        }
    }
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_bit_by_bit() {
        let doubles = [0.1, -0.0, f64::MIN_POSITIVE / 8.0, f64::INFINITY, f64::MAX];
        let array = Array::new(vec![5], doubles.iter().copied().map(OfProgram));
        let found = array.read::<OfProgram<f64>>().unwrap().map(|v| v.0.to_bits());
        assert!(found.eq(doubles.map(f64::to_bits)));

        let singles = [0.1_f32, -0.0, f32::MIN_POSITIVE / 8.0, f32::NEG_INFINITY];
        let array = Array::new(vec![4], singles.iter().copied().map(OfProgram));
        assert_eq!((array.dtype, array.bytes.len()), (Dtype::F32, 16));
        assert!(array.read::<OfProgram<f32>>().unwrap().map(|v| v.0.to_bits()).eq(singles.map(f32::to_bits)));
        assert!(array.read::<f64>().is_none());

        let counts = [0, u64::MAX, (1 << 53) + 1];
        assert!(Array::new(vec![3], counts.into_iter()).read::<u64>().unwrap().eq(counts));
    }
}
