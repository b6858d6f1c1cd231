//! What a file of programs begins with: `use ppl::prelude::*;`.

pub use crate::{call, guide, model, observe, param, plate, sample};
