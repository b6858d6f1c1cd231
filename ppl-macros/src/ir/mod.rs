//! A program as plain data with spans: what parsing and lowering give, and what checking and expanding take.

mod address;
mod place;
mod program;
mod scope;
mod statement;

pub(crate) use address::Address;
pub(crate) use place::{Frame, Place};
pub(crate) use program::{Element, Kind, Program};
pub(crate) use scope::Scope;
pub(crate) use statement::{
    Call, Form, Given, Keyword, Markov, Noise, Observe, Param, Plate, Rows, Sample, Stated, Statement,
    Support, Weight,
};
