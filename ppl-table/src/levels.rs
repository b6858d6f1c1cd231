//! Text as the levels of a factor.

use crate::cell::Cell;
use crate::error::Error;
use crate::table::Table;
use std::collections::HashMap;

/// The levels of a factor, numbered from 0 in the order in which they first appear.
///
/// # Examples
///
/// ```
/// let table = ppl_table::Table::from_reader("x.csv", "county\nB\nA\nB\n".as_bytes())?;
/// let levels = table.levels("county")?;
/// assert_eq!(levels.codes, [0, 1, 0]);
/// assert_eq!(levels.names, ["B", "A"]);
/// # Ok::<(), ppl_table::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// The level of each row.
    pub codes: Vec<usize>,
    /// The text of each level.
    pub names: Vec<String>,
}

impl Table {
    /// Returns a column as the levels of a factor; a field that spells the same, but for spaces around it, is of the same level.
    ///
    /// # Errors
    ///
    /// There is no such column, or a field is missing.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("x.csv", "sex\nf\n\"\"\n".as_bytes())?;
    /// assert_eq!(
    ///     table.levels("sex").unwrap_err().to_string(),
    ///     "x.csv, line 3, column `sex`: expected the name of a level, found a missing value"
    /// );
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn levels(&self, name: &str) -> Result<Levels, Error> {
        let mut names = Vec::new();
        let mut known = HashMap::new();
        let codes = self.column(name, "the name of a level", |cell| match *cell {
            Cell::Text(text) => Some(*known.entry(text).or_insert_with(|| {
                names.push(text.to_owned());
                names.len() - 1
            })),
            Cell::Missing => None,
        })?;
        Ok(Levels { codes, names })
    }
}
