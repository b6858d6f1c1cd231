//! Chains: states of which each depends on the one before.
//!
//! A chain whose state is made of enumerated sites is run once, with the state before, the state after and time as axes,
//! and is contracted when the run is over. Any other chain runs step by step.

mod time;

mod lengths;

mod ends;

mod record;

mod pairs;

mod sizes;

mod contract;

mod proposed;

mod steps;

pub use contract::markov_chain;
pub(crate) use contract::{ContractedStep, contract, contracts_chains};
pub(crate) use ends::{Drawing, Ends};
pub use lengths::{Lengths, Unending};
pub(crate) use pairs::Pair;
pub use steps::markov_steps;
pub(crate) use steps::{KeptStep, run_steps};
pub use time::Time;

pub(crate) use crate::tape::ops::chain::MAX_STATE;
pub(crate) use record::Chain;
pub(crate) use sizes::StateSizes;
