//! Products of data that wait for who reads them, so that a density reads a large matrix once and not twice.
//!
//! The product of a matrix of data with a vector that is differentiated takes two passes over the matrix: one for its value, and
//! one in the reverse sweep for the gradient of the vector. If the matrix is larger than the caches, a step consists of these.
//! Where only the total of a density of the product is wanted, the seeds of the second pass are known as soon as the
//! density is: up to the one number that the total is seeded with. So the product is recorded and not computed, as are functions of one
//! or two numbers of it, and the density computes all of them block of rows by block of rows, each block with its share of the
//! vector's gradient while it is in the cache.
//!
//! The law: whoever reads a value that waits has it computed first ([`Tape::compute_waiting`](super::Tape::compute_waiting)),
//! but for those that know what to do with one: functions of numbers, which then wait too, and totals of terms. A value that nobody
//! reads costs nothing; it has no storage, so that reading it by mistake is no other number but a panic.

mod blocks;
mod plan;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use record::Deferral;
