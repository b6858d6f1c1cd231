//! A table with names for its columns.

use crate::cell::{Cell, number};
use crate::error::Error;
use crate::lines::{Lines, ends_quoted};
use crate::names::hint;
use std::io::Read;
use std::path::Path;

/// A CSV that was read whole: columns with names, each with as many fields as there are rows.
///
/// Fields are parted by commas; those in quotation marks may have commas, newlines and doubled marks. Spaces around a field do not count, blank lines are skipped, and so is a byte-order mark.
///
/// # Examples
///
/// ```
/// use ppl_table::Table;
///
/// let table = Table::from_reader("homes.csv", "county,floor,radon\nAITKIN,1,2.2\nANOKA,0,NA\n".as_bytes())?;
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.integers("floor")?, [1, 0]);
/// assert_eq!(table.optional("radon")?, [Some(2.2), None]);
/// assert_eq!(table.levels("county")?.names, ["AITKIN", "ANOKA"]);
/// # Ok::<(), ppl_table::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    file: String,
    names: Vec<String>,
    /// The line at which each row begins.
    lines: Vec<usize>,
    /// One row after the other.
    fields: Vec<String>,
}

impl Table {
    /// Reads a file whose first line names the columns.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is empty, is not UTF-8, has numbers alone in its first line, two columns of one name, a line with more or fewer fields than columns, or a quotation that is not closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_table::Table;
    ///
    /// let path = std::env::temp_dir().join("ppl-table-read.csv");
    /// std::fs::write(&path, "x\n1\n2\n")?;
    /// assert_eq!(Table::read(&path)?.numbers("x")?, [1.0, 2.0]);
    /// assert!(Table::read("no/such/file.csv").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = path.as_ref().display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Table::parse(file, &bytes, None),
            Err(error) => Err(Error::Io { file, error }),
        }
    }

    /// Reads a table whose first line names the columns; `file` is what errors call it.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_table::Table;
    ///
    /// let error = Table::from_reader("homes.csv", "a,b\n1,2\n3\n".as_bytes()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "homes.csv, line 3: expected 2 fields, one for each column, found 1"
    /// );
    /// ```
    pub fn from_reader(file: &str, reader: impl Read) -> Result<Self, Error> {
        Table::parse(file.to_owned(), &all(file, reader)?, None)
    }

    /// Reads a table without a line of names, which are given instead.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read), but that the first line may have numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_table::Table;
    ///
    /// let table = Table::without_header("xy.csv", "1,2\n3,4\n".as_bytes(), &["x", "y"])?;
    /// assert_eq!(table.numbers("y")?, [2.0, 4.0]);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn without_header(file: &str, reader: impl Read, names: &[&str]) -> Result<Self, Error> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Table::parse(file.to_owned(), &all(file, reader)?, Some(names))
    }

    /// Returns the number of rows, without the line of names.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_table::Table::from_reader("x.csv", "x\n1\n".as_bytes())?.rows(), 1);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Returns the names of the columns, in the order of the file.
    ///
    /// # Examples
    ///
    /// ```
    /// let table = ppl_table::Table::from_reader("xy.csv", "x, y\n1,2\n".as_bytes())?;
    /// assert_eq!(table.names(), ["x", "y"]);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns what `make` makes of each field of a column, or an error at the first field of which it makes nothing.
    pub(crate) fn column<'a, Value>(
        &'a self,
        name: &str,
        expected: &'static str,
        mut make: impl FnMut(&Cell<'a>) -> Option<Value>,
    ) -> Result<Vec<Value>, Error> {
        let place = self.place(name)?;
        let fields = self.fields.iter().skip(place).step_by(self.names.len());
        let cells = fields.zip(&self.lines).map(|(field, line)| (Cell::of(field), *line));
        cells
            .map(|(cell, line)| {
                make(&cell).ok_or_else(|| Error::Cell {
                    file: self.file.clone(),
                    line,
                    column: name.to_owned(),
                    expected,
                    found: cell.shown(),
                })
            })
            .collect()
    }

    /// Returns the column as an error of no single field names it.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{}, column `{name}`", self.file)
    }

    fn place(&self, name: &str) -> Result<usize, Error> {
        self.names.iter().position(|known| known == name).ok_or_else(|| Error::NoColumn {
            file: self.file.clone(),
            name: name.to_owned(),
            hint: hint(name, self.names.iter().map(String::as_str)),
        })
    }

    fn parse(file: String, bytes: &[u8], names: Option<Vec<String>>) -> Result<Self, Error> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut lines = Lines::new(bytes);
        let mut has_names = names.is_some();
        let mut table = Table { file, names: names.unwrap_or_default(), lines: vec![], fields: vec![] };
        check_names(&table.file, &table.names)?;
        let mut record = csv::ByteRecord::new();
        let mut last = (0, 1);
        while read(&table.file, &mut reader, &mut record)? {
            let at = record.position().map_or(0, |position| position.byte() as usize);
            let line = lines.of_record(at);
            last = (at, line);
            let row = texts(&table.file, line, &record)?;
            if !has_names {
                table.names = header(&table.file, line, row)?;
                has_names = true;
                continue;
            }
            let (expected, found) = (table.names.len(), row.len());
            if found != expected {
                // The rest of the file in one field may be why.
                if reader.position().byte() as usize >= bytes.len() {
                    closed(&table.file, bytes, last)?;
                }
                return Err(Error::Ragged { file: table.file, line, expected, found });
            }
            table.lines.push(line);
            table.fields.extend(row);
        }
        closed(&table.file, bytes, last)?;
        if !has_names {
            return Err(Error::Empty { file: table.file });
        }
        Ok(table)
    }
}

fn all(file: &str, mut reader: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match reader.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Error::Io { file: file.to_owned(), error }),
    }
}

fn read(file: &str, reader: &mut csv::Reader<&[u8]>, record: &mut csv::ByteRecord) -> Result<bool, Error> {
    reader
        .read_byte_record(record)
        .map_err(|error| Error::Io { file: file.to_owned(), error: std::io::Error::other(error) })
}

/// Checks that the record that begins at a place, and is not followed by another, ends all of its quotations.
fn closed(file: &str, bytes: &[u8], (at, line): (usize, usize)) -> Result<(), Error> {
    let rest = bytes.get(at..).unwrap_or_default();
    let rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    if ends_quoted(rest) {
        return Err(Error::OpenQuotation { file: file.to_owned(), line });
    }
    Ok(())
}

fn texts(file: &str, line: usize, record: &csv::ByteRecord) -> Result<Vec<String>, Error> {
    let text = |(i, field): (usize, &[u8])| match std::str::from_utf8(field) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Error::NotUtf8 { file: file.to_owned(), line, field: i + 1 }),
    };
    record.iter().enumerate().map(text).collect()
}

fn header(file: &str, line: usize, row: Vec<String>) -> Result<Vec<String>, Error> {
    let is_number = |field: &String| match Cell::of(field) {
        Cell::Missing => None,
        Cell::Text(text) => Some(number(text).is_some()),
    };
    let known: Vec<bool> = row.iter().filter_map(is_number).collect();
    if !known.is_empty() && known.iter().all(|is_number| *is_number) {
        let fields: Vec<String> = row.iter().map(|field| Cell::of(field).shown()).collect();
        return Err(Error::NoHeader { file: file.to_owned(), line, found: fields.join(", ") });
    }
    let names: Vec<String> = row.iter().map(|field| field.trim().to_owned()).collect();
    check_names(file, &names)?;
    Ok(names)
}

/// Checks that no two names are equal. Columns without a name, as row numbers often are, may be several.
fn check_names(file: &str, names: &[String]) -> Result<(), Error> {
    for (second, name) in names.iter().enumerate() {
        let first = names[..second].iter().position(|other| other == name);
        if let (Some(first), false) = (first, name.is_empty()) {
            let (first, second) = (first + 1, second + 1);
            return Err(Error::SameName { file: file.to_owned(), name: name.clone(), first, second });
        }
    }
    Ok(())
}
