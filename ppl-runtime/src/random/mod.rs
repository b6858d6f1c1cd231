//! Random numbers by key: every draw is a function of the seed, the step and its purpose, the site, and its place among the
//! site's draws, whatever was drawn before it and however the work is divided.

mod key;
mod purpose;

pub use key::{Generator, Streams};
pub(crate) use key::{Key, VisitedRows, mix};
pub(crate) use purpose::{Occasion, Purpose};
