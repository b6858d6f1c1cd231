//! What a session says of its programs: tables and graphs, to the letter for small models.

mod programs;

mod graphs;
#[cfg(feature = "svg")]
mod pictures;
mod roles;
mod stated;
mod streams;
mod tables;
