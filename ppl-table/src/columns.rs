//! Columns as numbers.

use crate::cell::{Cell, integer, number};
use crate::error::Error;
use crate::standardised::Standardised;
use crate::table::Table;

const NUMBER: &str = "a finite number";

/// Columns side by side.
///
/// # Examples
///
/// ```
/// let table = ppl_table::Table::from_reader("xy.csv", "x,y\n1,2\n3,4\n".as_bytes())?;
/// let matrix = table.matrix(&["y", "x"])?;
/// assert_eq!((matrix.rows, matrix.columns), (2, 2));
/// assert_eq!(matrix.values, [2.0, 1.0, 4.0, 3.0]);
/// # Ok::<(), ppl_table::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The numbers, one row after the other.
    pub values: Vec<f64>,
}

impl Table {
    /// Returns a column of numbers.
    ///
    /// # Errors
    ///
    /// There is no such column, or a field is not a finite number. A missing one is an error; [`optional`](Self::optional) takes it.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("x.csv", "x\n1.5\n-2e3\n".as_bytes())?;
    /// assert_eq!(table.numbers("x")?, [1.5, -2000.0]);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        self.column(name, NUMBER, |cell| match cell {
            Cell::Text(text) => number(text),
            Cell::Missing => None,
        })
    }

    /// Returns a column of integers; `3.0` is one.
    ///
    /// # Errors
    ///
    /// There is no such column, or a field is not an integer.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("x.csv", "n\n4\n-1.0\n2.5\n".as_bytes())?;
    /// assert_eq!(
    ///     table.integers("n").unwrap_err().to_string(),
    ///     "x.csv, line 4, column `n`: expected an integer, found `2.5`"
    /// );
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn integers(&self, name: &str) -> Result<Vec<i64>, Error> {
        self.column(name, "an integer", |cell| match cell {
            Cell::Text(text) => integer(text),
            Cell::Missing => None,
        })
    }

    /// Returns a column of numbers of which some may be missing: an empty field, `NA` or `NaN`.
    ///
    /// # Errors
    ///
    /// There is no such column, or a field is neither a finite number nor missing.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("xy.csv", "x,y\n1,\n2,NA\n3,4\n".as_bytes())?;
    /// assert_eq!(table.optional("y")?, [None, None, Some(4.0)]);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn optional(&self, name: &str) -> Result<Vec<Option<f64>>, Error> {
        self.column(name, "a finite number or a missing value", |cell| match cell {
            Cell::Text(text) => number(text).map(Some),
            Cell::Missing => Some(None),
        })
    }

    /// Returns columns of numbers side by side, in the order of `names`.
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers).
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("xy.csv", "x,y\n1,2\n3,?\n".as_bytes())?;
    /// assert_eq!(
    ///     table.matrix(&["x", "y"]).unwrap_err().to_string(),
    ///     "xy.csv, line 3, column `y`: expected a finite number, found `?`"
    /// );
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn matrix(&self, names: &[&str]) -> Result<Matrix, Error> {
        let columns: Vec<Vec<f64>> = names.iter().map(|name| self.numbers(name)).collect::<Result<_, _>>()?;
        let rows = self.rows();
        let values = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Ok(Matrix { rows, columns: names.len(), values })
    }

    /// Returns a column of numbers less their mean, over their standard deviation.
    ///
    /// # Errors
    ///
    /// As for [`numbers`](Self::numbers), or there are fewer than two rows, or all numbers are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("x.csv", "x\n1\n2\n3\n".as_bytes())?;
    /// assert_eq!(table.standardised("x")?.values, [-1.0, 0.0, 1.0]);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn standardised(&self, name: &str) -> Result<Standardised, Error> {
        Standardised::called(self.named(name), &self.numbers(name)?)
    }
}
