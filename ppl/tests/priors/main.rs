//! Priors that say nothing, and priors of increasing vectors.

mod flat;
mod sorted;
