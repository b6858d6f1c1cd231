//! Files of a session's state: one visitor shows the state for saving and replaces it in loading.
//!
//! A file is of the `safetensors` format. Its arrays are
//!
//! | name | numbers | shape |
//! | --- | --- | --- |
//! | `parameters/NAME` | the program's, unconstrained | `[plates.., unconstrained..]` |
//! | `session/seed`, `session/attempts` | `U64` | `[]` |
//! | `session/updates` | `U64`, for each unconstrained value | `[values]` |
//! | `optimiser/..`, `objective/..` | what their visits name | `[length]` |
//!
//! and its metadata have one entry, `ppl`: a JSON text with the format's version, a checksum, and the schema. Whoever
//! changes a file on purpose takes the checksum out, or sets it to `null`; then it is not compared.

mod array;
mod atomic;
mod check;
mod file;
mod layout;
mod parameters;
mod read;
mod schema;
mod session;
mod support;
mod write;

#[cfg(test)]
mod damage;

pub use crate::error::Difference;
pub use crate::state::Visitor;
