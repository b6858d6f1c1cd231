//! Draws in files that other tools open.

mod cmdstan;
mod npy;

pub use cmdstan::{Sampler, write_cmdstan};
pub use npy::write_npy;

/// The draws of one array.
///
/// # Shapes
///
/// `values` is [draws, shape..] in row-major order: one draw after the other, the last dimension fastest. A number has the shape `[]`.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::write::Column;
///
/// // Two draws of an array of [2, 3].
/// let values: Vec<f64> = (0..12).map(f64::from).collect();
/// let column = Column { name: "theta", shape: &[2, 3], values: &values };
/// assert_eq!(column.draws()?, 2);
/// # Ok::<(), ppl_diagnostics::write::WriteError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column<'a> {
    /// The name of the quantity.
    pub name: &'a str,
    /// Its shape, without the draws.
    pub shape: &'a [usize],
    /// Its values.
    pub values: &'a [f64],
}

impl Column<'_> {
    /// Returns the number of draws; of an array without elements zero.
    ///
    /// # Errors
    ///
    /// The values do not fill whole draws.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_diagnostics::write::Column;
    ///
    /// let error = Column { name: "x", shape: &[2], values: &[0.0; 3] }.draws().unwrap_err();
    /// assert_eq!(error.to_string(), "`x` has 3 values, which are no draws of shape [2]");
    /// ```
    pub fn draws(&self) -> Result<usize, WriteError> {
        let size = self.size();
        if size == Some(0) && self.values.is_empty() {
            return Ok(0);
        }
        match size {
            Some(size) if size > 0 && self.values.len().is_multiple_of(size) => Ok(self.values.len() / size),
            _ => Err(WriteError::Shape {
                name: self.name.to_owned(),
                values: self.values.len(),
                shape: self.shape.to_vec(),
            }),
        }
    }

    /// Returns the number of elements of one draw, if it can be counted.
    fn size(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |size, dimension| size.checked_mul(*dimension))
    }
}

/// Why draws were not written.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::write::{Column, Sampler, write_cmdstan};
///
/// let column = Column { name: "a,b", shape: &[], values: &[1.0] };
/// let error = write_cmdstan(&mut Vec::new(), &Sampler::default(), &[column]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`a,b` cannot name a column of CmdStan's layout; `.`, `,`, `#`, quotes and spaces have a meaning there"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file could not be written.
    #[error("could not write: {0}")]
    Io(#[from] std::io::Error),
    /// Values that are not whole draws of their shape.
    #[error("`{name}` has {values} values, which are no draws of shape {shape:?}")]
    Shape {
        /// The column.
        name: String,
        /// How many values it has.
        values: usize,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Columns with different numbers of draws.
    #[error("`{name}` has {found} draws; `{first}` has {expected}")]
    Draws {
        /// The column.
        name: String,
        /// Its number of draws.
        found: usize,
        /// The first column.
        first: String,
        /// The first column's number of draws.
        expected: usize,
    },
    /// A name that the layout cannot have.
    #[error(
        "`{name}` cannot name a column of CmdStan's layout; `.`, `,`, `#`, quotes and spaces have a meaning there"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Two columns of one name.
    #[error("two columns have the name `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
}
