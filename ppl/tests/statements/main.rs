//! The statements beside `sample!` and `observe!`, each against the same model written without it.

mod factors;
mod free_bits;
mod given;
mod noises;
mod penalties;
mod quantities;
mod rows;
mod two_plates;
mod weights;
