//! Programs: how a model and a guide run, statement by statement.

pub mod address;
pub(crate) mod apart;
pub mod call;
pub mod concrete;
pub(crate) mod diagnose;
pub mod enumerate;
pub mod first_value;
pub mod handlers;
pub(crate) mod limits;
pub mod markov;
pub mod mask;
pub mod memory;
pub mod model;
pub(crate) mod no_density;
pub mod noise;
pub(crate) mod notes;
pub mod observation;
pub(crate) mod overlay;
pub mod param;
mod param_shape;
pub(crate) mod part_of_rows;
pub(crate) mod pass;
pub(crate) mod paths;
pub mod plate;
pub(crate) mod private;
pub(crate) mod refusals;
pub mod stack;
pub mod state;
pub mod stated;
pub mod statements;
mod taught_rows;

pub(crate) mod programs;
pub mod quantity;
pub(crate) mod retrace;
pub mod run;
pub(crate) mod scope;
pub(crate) mod session;
pub mod site;
pub mod sites;
pub(crate) mod slot;
pub(crate) mod trace;
mod weigh;
pub mod weight;

pub use first_value::Init;
pub use model::{Guide, Model};
