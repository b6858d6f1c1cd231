//! NumPy's format of one array.

use super::{Column, WriteError};
use std::io::Write;

/// Writes the draws of one array as an `.npy` file of the shape [draws, shape..]: version 1.0, little-endian doubles in row-major order. The name is not written.
///
/// A `BufWriter` makes writing to a file fast.
///
/// # Errors
///
/// The values are not whole draws, or the writer fails.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::write::{Column, write_npy};
///
/// let mut file = Vec::new();
/// write_npy(&mut file, &Column { name: "mu", shape: &[], values: &[1.5, -2.0] })?;
/// assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
/// assert_eq!(file.len(), 128 + 16);
/// # Ok::<(), ppl_diagnostics::write::WriteError>(())
/// ```
///
/// # References
///
/// *A simple file format for NumPy arrays*, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
pub fn write_npy(to: &mut impl Write, column: &Column) -> Result<(), WriteError> {
    // With its comma the shape is a tuple of Python also where it has one dimension.
    let mut shape = format!("{},", column.draws()?);
    for dimension in column.shape {
        shape.push_str(&format!(" {dimension},"));
    }
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}");
    // The values begin at a multiple of 64, after ten bytes, the header and the end of its line.
    const BEFORE: usize = 10;
    let padding = (BEFORE + header.len() + 1).next_multiple_of(64) - (BEFORE + header.len() + 1);
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let Ok(length) = u16::try_from(header.len()) else {
        let (name, shape) = (column.name.to_owned(), column.shape.to_vec());
        return Err(WriteError::Shape { name, values: column.values.len(), shape });
    };
    to.write_all(b"\x93NUMPY\x01\x00")?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(header.as_bytes())?;
    for value in column.values {
        to.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shape: &[usize], values: &[f64]) -> Vec<u8> {
        let mut file = Vec::new();
        write_npy(&mut file, &Column { name: "x", shape, values }).unwrap();
        file
    }

    /// `numpy.save` of `numpy.arange(6.0).reshape(1, 2, 3)`.
    #[test]
    fn files_are_those_of_numpy() {
        let values: Vec<f64> = (0..6).map(f64::from).collect();
        let file = written(&[2, 3], &values);
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3,), }";
        assert_eq!(&file[8..10], &[118, 0]);
        assert_eq!(&file[10..10 + header.len()], header.as_bytes());
        assert_eq!(file[127], b'\n');
        assert_eq!(&file[128 + 8..128 + 16], &1.0_f64.to_le_bytes());
        assert_eq!(file.len(), 128 + 48);
    }

    #[test]
    fn headers_end_at_multiples_of_64() {
        for dimensions in 0..12 {
            let file = written(&vec![1; dimensions], &[f64::NAN, f64::INFINITY]);
            assert_eq!((file.len() - 16) % 64, 0);
        }
    }

    #[test]
    fn draws_must_be_whole() {
        let column = Column { name: "x", shape: &[0], values: &[1.0] };
        assert!(write_npy(&mut Vec::new(), &column).is_err());
        assert!(write_npy(&mut Vec::new(), &Column { shape: &[usize::MAX, 2], ..column }).is_err());
        assert!(write_npy(&mut Vec::new(), &Column { values: &[], ..column }).is_ok());
        assert!(write_npy(&mut Vec::new(), &Column { shape: &[1; 30_000], ..column }).is_err());
    }
}
