//! Why a table, or a column of it, cannot be had.

/// Why a table, or a column of it, cannot be had.
///
/// # Examples
///
/// ```
/// use ppl_table::Table;
///
/// let table = Table::from_reader("homes.csv", "floor,radon\n0,2.5\n1,low\n".as_bytes())?;
/// assert_eq!(
///     table.numbers("radon").unwrap_err().to_string(),
///     "homes.csv, line 3, column `radon`: expected a finite number, found `low`"
/// );
/// assert_eq!(
///     table.numbers("flor").unwrap_err().to_string(),
///     "homes.csv has no column `flor`; did you mean `floor`?"
/// );
/// # Ok::<(), ppl_table::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("{file}: {error}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is nothing in the file.
    #[error("{file} is empty; its first line must name the columns")]
    Empty {
        /// The file.
        file: String,
    },
    /// The first line has numbers where names should be.
    #[error(
        "{file}, line {line}: expected the names of the columns, found the numbers {found}; \
         add a line of names, or give them to `Table::without_header`"
    )]
    NoHeader {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The first line, as it is.
        found: String,
    },
    /// Two columns have one name.
    #[error("{file}: columns {first} and {second} both have the name `{name}`; rename one")]
    SameName {
        /// The file.
        file: String,
        /// The name.
        name: String,
        /// The first of them, from 1.
        first: usize,
        /// The second, from 1.
        second: usize,
    },
    /// A line has more or fewer fields than there are columns.
    #[error("{file}, line {line}: expected {expected} fields, one for each column, found {found}")]
    Ragged {
        /// The file.
        file: String,
        /// The line at which the record begins, from 1.
        line: usize,
        /// The number of columns.
        expected: usize,
        /// The number of fields.
        found: usize,
    },
    /// A quotation mark without its second.
    #[error("{file}, line {line}: a quotation that begins in this record is never closed")]
    OpenQuotation {
        /// The file.
        file: String,
        /// The line at which the record begins, from 1.
        line: usize,
    },
    /// A field that is no text in UTF-8.
    #[error("{file}, line {line}, field {field}: expected text in UTF-8, found other bytes")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line at which the record begins, from 1.
        line: usize,
        /// The field within its record, from 1.
        field: usize,
    },
    /// No column has the name.
    #[error("{file} has no column `{name}`; {hint}")]
    NoColumn {
        /// The file.
        file: String,
        /// The name that was asked for.
        name: String,
        /// The nearest name, or the names that there are.
        hint: String,
    },
    /// A field that is not what was asked for.
    #[error("{file}, line {line}, column `{column}`: expected {expected}, found {found}")]
    Cell {
        /// The file.
        file: String,
        /// The line at which the record begins, from 1.
        line: usize,
        /// The column.
        column: String,
        /// What was expected.
        expected: &'static str,
        /// What was found, in backticks, or that it is missing.
        found: String,
    },
    /// Numbers that cannot be standardised.
    #[error("{what} cannot be standardised: {why}")]
    NoDeviation {
        /// The column, or `the values`.
        what: String,
        /// Why there is no standard deviation to divide by.
        why: &'static str,
    },
}
