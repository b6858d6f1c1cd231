//! The contraction of a Markov chain of discrete states in log space, and three ways back: along every path in proportion
//! to its weight (the gradient), along the likeliest, and along one that is drawn.
//!
//! A step has `next.len()` previous variables and any number of new ones; with factors `f_j` over them,
//! `message[t - 1][previous] = log sum_new exp(sum_j f_j[t, previous, new] + message[t][next])`, and `message` is zero after
//! a sequence's last step. [`Plan::new`] works out once how the new variables are summed out one by one; [`Plan::forward`]
//! runs the recursion, and each of the ways back reads what it kept.

mod backward;
pub(crate) mod bench;
mod exact;
mod fixed;
mod forward;
mod linear;
mod list;
mod path;
mod plan;
mod product;
mod rows;
mod stage;
mod structure;
#[cfg(test)]
mod tests;
mod walk;
mod workspace;

pub(crate) use plan::Plan;
pub(crate) use structure::{ChainError, Factor, Structure};
pub(crate) use workspace::{Gradients, Workspace};

/// What a forward pass takes over all paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The logarithm of the sum of their weights, for gradients.
    Sum,
    /// The same, for draws: every message is kept as logarithms.
    Draw,
    /// The largest logarithm of a weight, for the likeliest path.
    Max,
}
