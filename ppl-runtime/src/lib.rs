//! The runtime of `ppl`: values, tape, distributions, objectives and optimisers.

mod element;
mod engine;
mod error;

mod assignments;
pub mod auto;
mod calibrate;
mod conditional;
mod density;
mod diagnose;
pub mod dist;
mod drawn_apart;
mod eliminate;
mod entropy;
pub mod estimator;
pub mod family;
mod fit;
pub mod init;
pub mod io;
pub mod kernel;
mod latent;
mod log_densities;
mod log_likelihoods;
pub mod nn;
pub mod objective;
pub mod optim;
mod pairwise;
mod parameters;
mod pattern;
mod posterior;
mod program;
mod random;
pub mod results;
mod shape;
mod state;
pub mod support;
mod svi;
mod tape;
mod value;
mod values;

#[doc(hidden)]
#[path = "bench_support.rs"]
pub mod __bench;

pub use calibrate::{CalibratedRow, Calibration, Simulated, calibrate};
pub use density::{log_density, prior_predictive};
pub use diagnose::{
    CostTerm, ExplainedModule, ExplainedParameter, ExplainedPlate, ExplainedSite, ExplainedStatement,
    Explanation, SiteGradient, SiteRole,
};
pub use element::{Element, Numeric};
pub use eliminate::{EliminationReport, EliminationStep};
#[doc(hidden)]
pub use engine::Engine;
pub use error::{Error, Place};
pub use fit::{FitGuide, FitMode, FitRow, FitSummary, Fitted, Fitting, Trust, fit};
pub use latent::LogDensity;
pub use log_likelihoods::log_likelihoods;
pub use objective::{Elbo, Evidence, Iwae, Renyi, Step, Vimco, WakeSleep};
pub use parameters::Parameters;
pub use posterior::Posterior;
pub use program::handlers::{Handled, Handlers, Scaled};
pub use program::sites::{AnsweredIn, Answers, AnyGuide, GuidedBy};
pub use program::{Guide, Init, Model, Module};
pub use svi::{
    Evaluating, Evaluation, FaultyPart, GradientCheck, GradientElement, GradientFault, GradientReport,
    Instability, Report, RunOptions, SitePart, Svi, Verdict,
};
pub use value::{At, Condition, Datum, Discrete, IntoValue, PartlyKnown, Real, Tensor};
pub use values::{IntoArray, Number, Values};

/// What the expansions of the macros call. It may change with every version.
#[doc(hidden)]
pub mod __private {
    pub use crate::__remember as remember;
    pub use crate::estimator::DefaultEstimator;
    pub use crate::program::address::Name;
    pub use crate::program::batch::{InOrder, OfStream, Subsample, Whole};
    pub use crate::program::call::{call, call_guide};
    pub use crate::program::label::Label;
    pub use crate::program::markov::{Lengths, Time, Unending, markov_chain, markov_steps};
    pub use crate::program::mask::{Mask, element_of, masked};
    pub use crate::program::memory::{Argument, RegisterMemory, RegisterNothing, Remembered};
    pub use crate::program::model::{failed, guide, model};
    pub use crate::program::module::{ModuleFunction, module, module_of, module_of_session};
    pub use crate::program::noise::noise;
    pub use crate::program::param::param;
    pub use crate::program::plate::plate;
    pub use crate::program::quantity::deterministic;
    pub use crate::program::site::{guide_site, model_site, observe};
    pub use crate::program::sites::*;
    pub use crate::program::stated::{factor, penalty};
    pub use crate::program::weight::{floored, weighed};
    pub use crate::support::RealLine;
    pub use crate::value::Array;
}
