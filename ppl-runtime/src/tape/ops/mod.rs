//! The operations that a tape can hold: each file has an operation's forward rule beside its backward rule.

pub(crate) mod bijection;
pub(crate) mod chain;
pub(crate) mod contract;
pub(crate) mod draw;
mod draw_loop;
pub(crate) mod elementwise;
pub(crate) mod event_rows;
pub(crate) mod expectation;
mod held;
pub(crate) mod linalg;
mod log_contract;
pub(crate) mod log_sum;
pub(crate) mod long_rows;
pub(crate) mod pairs;
pub(crate) mod recomputed;
pub(crate) mod recurrence;
pub(crate) mod reduce;
pub(crate) mod rows;
mod select;
pub(crate) mod shape_ops;
pub(crate) mod square;
pub(crate) mod stretches;
pub(crate) mod summand;
mod summand_loop;
mod summand_row;
mod summand_waiting;
pub(crate) mod take;
pub(crate) mod term;

pub(crate) use draw::DrawRule;
pub(crate) use elementwise::{Binary, Unary};
pub(crate) use summand::Summands;
