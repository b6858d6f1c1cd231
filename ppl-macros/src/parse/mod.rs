//! From tokens to plain data: the attribute's arguments and the function, and each statement by itself.

mod markov;
mod options;
mod plate;
mod program;
mod statement;

pub(crate) use program::{program, unnamed_type};
pub(crate) use statement::{Parsed, statement};
