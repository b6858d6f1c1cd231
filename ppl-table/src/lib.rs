//! Columns of a CSV by name, as a model takes them.
//!
//! A [`Table`] is read whole. What is wrong is an error that says where: the file, the line as an editor counts it, the column, what was found and what was
//! expected.

mod cell;
mod columns;
mod error;
mod levels;
mod lines;
mod names;
mod standardised;
mod table;

pub use columns::Matrix;
pub use error::Error;
pub use levels::Levels;
pub use standardised::Standardised;
pub use table::Table;
