//! The doors between programs and the engine: functions without type parameters, compiled here once for each number type.
//!
//! The engine is generic over its number type, and a crate compiles the instances of generic functions that it calls itself.
//! A program calls none of the engine: what it compiles are its own bodies and the few lines around these functions.
//! Whatever a public method or an expansion needs of a run therefore has a line here. What crosses as `dyn` has its table of
//! functions made behind a door too, since whoever makes it compiles all that is in it.

use crate::assignments;
use crate::calibrate;
use crate::density;
use crate::diagnose::{self, Explanation};
use crate::dist::member::Family;
use crate::dist::numbers::{self, Numbers};
use crate::dist::registered::Registered;
use crate::element::Element;
use crate::eliminate::EliminationReport;
use crate::entropy;
use crate::error::Error;
use crate::fit::{self, FoundFrame};
use crate::latent::{self, Layout};
use crate::log_densities;
use crate::log_likelihoods;
use crate::nn;
use crate::objective::{self, Objective, Step};
use crate::optim::{self, Optimiser};
use crate::pairwise;
use crate::parameters::Parameters;
use crate::posterior;
use crate::program::address::{Name, Path};
use crate::program::automatic::SitePlan;
use crate::program::batch::Selection;
use crate::program::first_value::FirstValueOf;
use crate::program::markov::{ContractedStep, KeptStep};
use crate::program::module::{ModuleStatement, OutsideModule, ThisModule};
use crate::program::noise::NoiseStatement;
use crate::program::overlay::Action;
use crate::program::plate::Index;
use crate::program::programs::{Programs, RunsModel};
use crate::program::site::{Observed, PlainReading, PlainValue, SiteStatement};
use crate::program::{self, site};
use crate::results::{Draws, EvidenceBounds, LogDensities, Marginals};
use crate::shape::Shape;
use crate::support::AnyBijection;
use crate::svi::check_gradients::{self, Copies};
use crate::svi::core::{self, Core, Fit, HoldsCore, PutAside};
use crate::svi::evaluate::{self, Asked};
use crate::svi::mechanisms::{self, Mechanisms};
use crate::svi::{Evaluation, GradientCheck, GradientReport, Report, RunOptions, SitePart};
use crate::tape::axes::Axis;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::{Binary, Unary};
use crate::value::record::{self, Product};
use crate::value::{Choice, Discrete, Followed, Slice, Value};
use crate::values::Values;
use ndarray::ArrayD;
use std::ops::Range;
use std::panic::Location;
use std::path::Path as FilePath;
use std::sync::Arc;

type Place = &'static Location<'static>;

macro_rules! doors {
    (@trait $($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $given:ty)? = $does:path;)*) => {
        /// What programs and sessions call of the engine.
        #[doc(hidden)]
        pub trait Engine: Sized + 'static {
            /// Returns the functions of a family.
            fn family<F: Registered>() -> &'static dyn Family<Self>
            where
                Self: Element;

            $(
                $(#[$doc])*
                #[allow(clippy::too_many_arguments)]
                fn $name($($arg: $type),*) $(-> $given)?
                where
                    Self: Element;
            )*
        }
    };
    (@impl $float:ident, $of:ident; $($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $given:ty)? = $does:path;)*) => {
        impl Engine for $float {
            #[inline]
            fn family<F: Registered>() -> &'static dyn Family<Self> {
                F::$of()
            }

            $(
                #[inline(never)]
                fn $name($($arg: $type),*) $(-> $given)? {
                    $does($($arg),*)
                }
            )*
        }
    };
    ($($all:tt)*) => {
        doors!(@trait $($all)*);
        doors!(@impl f64, of_f64; $($all)*);
        #[cfg(feature = "f32")]
        doors!(@impl f32, of_f32; $($all)*);
    };
}

doors! {
    // Distributions.
    fn numbers(numbers: &'static Numbers<Self>) -> &'static dyn Family<Self> = numbers::as_family;

    // Sites.
    fn take_site(statement: &SiteStatement<'_, Self>) -> Value<Self> = SiteStatement::take;
    fn take_plain_site(statement: &SiteStatement<'_, Self>, reading: PlainReading) -> PlainValue = SiteStatement::take_plain;
    fn follow_site(is_of_model: bool, family: usize, operands: &[Value<Self>], name: &Name, place: Place) -> Followed = site::follow;
    fn follow_observed(family: usize, operands: &[Value<Self>], value: &Value<Self>, name: &Name, place: Place) -> bool = site::follow_observed;
    fn take_observed(statement: &Observed<'_, Self>) = Observed::take;
    fn take_factor(name: Name, log_weight: Value<Self>, place: Place) = program::stated::take_factor;
    fn take_penalty(name: Name, value: Value<Self>, place: Place) = program::stated::take_penalty;
    fn take_noise(statement: &NoiseStatement<'_, Self>) -> Value<Self> = NoiseStatement::take;
    fn take_quantity(name: Name, value: Value<Self>, is_integer: bool, place: Place) = program::quantity::take;

    fn leave_sites(plan: &SitePlan) = program::automatic::take::<Self>;

    // Parameters, plates, chains, calls, handlers.
    fn parameter(name: Name, first: FirstValueOf<'_>, shape: Option<&'static [usize]>, bijection: AnyBijection, place: Place) -> Value<Self> = program::param::take;
    fn move_rows_that_are_read(parameter: Value<Self>) = program::param_gradient::move_rows_that_are_read;
    fn open_plate(name: Name, size: usize, selection: Selection, stacks: bool, place: Place) -> Option<Index> = program::plate::open::<Self>;
    fn close_plate(index: Index, place: Place) -> Option<Axis> = program::plate::close::<Self>;
    fn stack(value: Value<Self>, axis: Axis, place: Place) -> Value<Self> = program::stack::stack_value;
    fn contracts_chains() -> Option<bool> = program::markov::contracts_chains::<Self>;
    fn contract_chain(name: Name, steps: usize, first: &[Discrete], lengths: Option<Discrete>, step: ContractedStep<'_>, place: Place) = program::markov::contract::<Self>;
    fn run_chain(name: Name, steps: usize, lengths: Option<Discrete>, step: KeptStep<'_, Self>, place: Place) -> bool = program::markov::run_steps;
    fn stack_states(first: usize, width: usize, place: Place) -> Value<Self> = program::state::stack_states;
    fn enter_call(name: Name) -> Option<Path> = program::call::enter::<Self>;
    fn leave_call(outside: Path) = program::call::leave::<Self>;
    fn enter_module(statement: &ModuleStatement) -> Option<OutsideModule> = program::module::enter::<Self>;
    fn leave_module(outside: &OutsideModule) = program::module::leave::<Self>;
    fn this_module() -> ThisModule = program::module::this_module::<Self>;
    fn enter_module_again(module: ThisModule) -> Option<Path> = program::module::enter_again::<Self>;
    fn lay_handler(action: &Arc<Action>) = program::handlers::lay::<Self>;
    fn lift_handler() = program::handlers::lift::<Self>;
    fn enter_scale(factor: f64) -> Option<f64> = program::handlers::enter_scale::<Self>;
    fn leave_scale(outside: f64) = program::handlers::leave_scale::<Self>;

    // Values.
    fn unary(kind: Unary, x: Value<Self>, place: Place) -> Value<Self> = record::unary;
    fn binary(kind: Binary, a: Value<Self>, b: Value<Self>, place: Place) -> Value<Self> = record::binary;
    fn select(operands: [Value<Self>; 3], is_scalar: bool, place: Place) -> Value<Self> = record::select;
    fn integer_power(x: Value<Self>, exponent: i32, place: Place) -> Value<Self> = record::integer_power;
    fn stop_gradient(x: Value<Self>, place: Place) -> Value<Self> = record::stop_gradient;
    fn reduce(x: Value<Self>, operation: &'static str, kind: Along, dim: Option<usize>, place: Place) -> Value<Self> = record::reduce;
    fn shape_of(x: Value<Self>, place: Place) -> Shape = record::shape_of;
    fn transpose(x: Value<Self>, place: Place) -> Value<Self> = record::transpose;
    fn reshape(x: Value<Self>, dims: &[usize], place: Place) -> Value<Self> = record::reshape;
    fn slice_along(x: Value<Self>, dim: usize, range: Range<usize>, place: Place) -> Value<Self> = record::slice_along;
    fn to_real(x: Value<Self>, place: Place) -> Value<Self> = record::to_real;
    fn product(a: Value<Self>, b: Value<Self>, kind: Product, place: Place) -> Value<Self> = record::product;
    fn cholesky(x: Value<Self>, place: Place) -> Value<Self> = record::cholesky;
    fn solve(l: Value<Self>, b: Value<Self>, transposed: bool, operation: &'static str, place: Place) -> Value<Self> = record::solve;
    fn solve_square(a: Value<Self>, b: Value<Self>, place: Place) -> Value<Self> = record::linear::solve_square;
    fn log_det(x: Value<Self>, place: Place) -> Value<Self> = record::linear::log_det;
    fn inverse(x: Value<Self>, place: Place) -> Value<Self> = record::linear::inverse;
    fn diag(x: Value<Self>, place: Place) -> Value<Self> = record::linear::diag;
    fn argmax(x: Value<Self>, dim: usize, place: Place) -> Value<Self> = record::positions::argmax;
    fn one_hot(x: Value<Self>, size: usize, place: Place) -> Value<Self> = record::positions::one_hot;
    fn gather(x: Value<Self>, index: Value<Self>, dim: usize, place: Place) -> Value<Self> = record::positions::gather;
    fn full(dims: &[usize], value: f64, operation: &'static str, place: Place) -> Value<Self> = record::full;
    fn eye(n: usize, place: Place) -> Value<Self> = record::eye;
    fn join(parts: &mut dyn ExactSizeIterator<Item = Value<Self>>, dim: usize, operation: &'static str, adds_dimension: bool, place: Place) -> Value<Self> = record::join;
    fn part_of(whole: Value<Self>, choice: Choice, place: Place) -> Value<Self> = record::part_of;
    fn data(data: Slice<'_>, shape: Option<Shape>, choice: Choice, place: Place) -> Value<Self> = record::data;
    fn number_of_data(data: Slice<'_>, choice: Choice, place: Place) -> Value<Self> = record::number_of_data;

    // Modules.
    fn expect_dims(x: Value<Self>, module: ThisModule, expected: &[(&'static str, usize)], place: Place) -> Value<Self> = record::dims::expect;
    fn activated(activation: nn::Activation, x: Value<Self>, place: Place) -> Value<Self> = nn::activated;
    fn apply_dense(layer: &nn::Dense<Self>, x: Value<Self>, place: Place) -> Value<Self> = nn::apply_dense;
    fn convolve(layer: &nn::Conv1d<Self>, x: Value<Self>, place: Place) -> Value<Self> = nn::convolve;
    fn look_up(embedding: &nn::Embedding<Self>, integers: Discrete, place: Place) -> Value<Self> = nn::look_up;
    fn normalised(norm: &nn::LayerNorm<Self>, x: Value<Self>, place: Place) -> Value<Self> = nn::normalised;
    fn step_of_gru(cell: &nn::Gru<Self>, x: Value<Self>, h: Value<Self>, place: Place) -> Value<Self> = nn::step_of_gru;
    fn step_of_lstm(cell: &nn::Lstm<Self>, x: Value<Self>, state: [Value<Self>; 2], place: Place) -> [Value<Self>; 2] = nn::step_of_lstm;
    fn run_over(cell: &nn::AnyCell<Self>, xs: Value<Self>, first: [Value<Self>; 2], ends: nn::RowEnds, place: Place) -> [Value<Self>; 3] = nn::run_over;
    fn attend(operands: [Value<Self>; 3], ends: nn::RowEnds, place: Place) -> Value<Self> = nn::attend;
    fn attend_by_heads(layer: &nn::MultiHeadAttention<Self>, queries: Option<Value<Self>>, keys: Value<Self>, ends: nn::RowEnds, place: Place) -> Value<Self> = nn::attend_by_heads;
    fn drop_words(dropout: &nn::WordDropout<Self>, words: Discrete, unknown: usize, place: Place) -> Value<Self> = nn::drop_words;
    fn drop_out(dropout: &nn::Dropout, x: Value<Self>, place: Place) -> Value<Self> = nn::drop_out::<Self>;

    // Sessions, and what they are handed.
    fn core(seed: u64) -> Box<dyn HoldsCore<Self>> = core::boxed;
    fn set_seed(core: &mut Core<Self>, seed: u64) = core::set_seed;
    fn set_max_sites(core: &mut Core<Self>, sites: usize) = core::set_max_sites;
    fn set_max_stack(core: &mut Core<Self>, bytes: usize) = core::set_max_stack;
    fn step(fit: Fit<'_, Self>) -> Result<Step, Error> = Fit::step;
    fn gradient(fit: Fit<'_, Self>) -> Result<(Step, Parameters), Error> = Fit::gradient;
    fn step_on(fit: Fit<'_, Self>) -> Result<Step, Error> = Fit::step_on;
    fn evaluate(fit: Fit<'_, Self>, draws: usize) -> Result<Evaluation, Error> = Fit::evaluate;
    fn evaluate_on(fit: Fit<'_, Self>, programs: Programs<'_>, asked: &Asked) -> Result<EvidenceBounds, Error> = evaluate::evaluate_on;
    fn parts(core: &Core<Self>, objective: &dyn Objective<Self>) -> Vec<SitePart> = core::parts;
    fn mechanisms(core: &Core<Self>) -> Mechanisms = mechanisms::count;
    fn elimination(core: &Core<Self>) -> EliminationReport = core::elimination;
    fn parameters(core: &Core<Self>) -> Parameters = core::parameters;
    fn set_parameter(fit: Fit<'_, Self>, name: &str, value: &ArrayD<f64>) -> Result<(), Error> = Fit::set_parameter;
    fn set_frozen(fit: Fit<'_, Self>, pattern: &str, frozen: bool) -> Result<(), Error> = Fit::set_frozen;
    fn run(fit: Fit<'_, Self>, steps: u64, options: RunOptions<'_>) -> Result<Report, Error> = Fit::run;
    fn dream(fit: Fit<'_, Self>) -> Result<Draws, Error> = Fit::dream;
    fn sleep_step(fit: Fit<'_, Self>, dream: &Draws) -> Result<f64, Error> = Fit::sleep_step;
    fn save(fit: Fit<'_, Self>, path: &FilePath) -> Result<(), Error> = Fit::save;
    fn load(fit: Fit<'_, Self>, path: &FilePath) -> Result<(), Error> = Fit::load;
    fn check_gradients(programs: Programs<'_>, objectives: Copies<'_, Self>, core: &mut Core<Self>, options: GradientCheck) -> Result<GradientReport, Error> = check_gradients::check_gradients;
    fn explain(programs: Programs<'_>, objective: &dyn Objective<Self>, core: &Core<Self>) -> Result<Explanation, Error> = diagnose::explain;
    fn put_aside(core: &mut Core<Self>) -> PutAside = core::put_aside;
    fn put_back(core: &mut Core<Self>, kept: PutAside) = core::put_back;
    fn draws(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<Draws, Error> = posterior::draws;
    fn predictive(programs: Programs<'_>, core: &mut Core<Self>, n: usize, with_latents: bool) -> Result<Draws, Error> = posterior::predictive;
    fn predictive_on(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<Draws, Error> = posterior::predictive_on;
    fn log_densities(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<LogDensities, Error> = log_densities::log_densities;
    fn likelihoods(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<Draws, Error> = log_likelihoods::likelihoods;
    fn likelihoods_at(core: &mut Core<Self>, model: &dyn RunsModel, draws: &Draws) -> Result<Draws, Error> = log_likelihoods::likelihoods_at;
    fn marginals(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<Marginals, Error> = assignments::marginals;
    fn pairwise_marginals(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<Marginals, Error> = pairwise::pairwise_marginals;
    fn summed_out_entropy(programs: Programs<'_>, core: &mut Core<Self>, n: usize) -> Result<Vec<f64>, Error> = entropy::summed_out_entropy;
    fn assignments(programs: Programs<'_>, core: &mut Core<Self>, n: usize, drawn: bool) -> Result<Draws, Error> = assignments::assignments;
    fn joint_log_density(core: &mut Core<Self>, model: &dyn RunsModel, values: &Values) -> Result<f64, Error> = density::joint_log_density;
    fn set_frame(core: &mut Core<Self>, plan: &SitePlan, frame: &FoundFrame) = fit::set_frame;
    fn learn_layout(programs: Programs<'_>, core: &mut Core<Self>) -> Result<Layout, Error> = latent::learn_layout;
    fn evaluate_density(programs: Programs<'_>, core: &mut Core<Self>, layout: &Layout, x: &[f64], gradient: &mut [f64]) -> Result<f64, Error> = latent::evaluate;
    fn constrain(programs: Programs<'_>, core: &mut Core<Self>, layout: &Layout, points: &mut dyn Iterator<Item = &[f64]>) -> Result<Draws, Error> = latent::constrain;
    fn unconstrain(programs: Programs<'_>, core: &mut Core<Self>, layout: &Layout, values: &Values) -> Result<Vec<f64>, Error> = latent::unconstrain;
    fn simulated_data(core: &mut Core<Self>, model: &dyn RunsModel) -> Result<Vec<String>, Error> = calibrate::simulated_data;
    fn simulate(core: &mut Core<Self>, model: &dyn RunsModel, n: usize) -> Result<Draws, Error> = density::simulate;
    fn elbo_mut(objective: &mut objective::Elbo) -> &mut dyn Objective<Self> = objective::as_dyn_mut;
    fn elbo(objective: &objective::Elbo) -> &dyn Objective<Self> = objective::as_dyn;
    fn evidence_mut(objective: &mut objective::Evidence) -> &mut dyn Objective<Self> = objective::as_dyn_mut;
    fn evidence(objective: &objective::Evidence) -> &dyn Objective<Self> = objective::as_dyn;
    fn iwae_mut(objective: &mut objective::Iwae) -> &mut dyn Objective<Self> = objective::as_dyn_mut;
    fn iwae(objective: &objective::Iwae) -> &dyn Objective<Self> = objective::as_dyn;
    fn renyi_mut(objective: &mut objective::Renyi) -> &mut dyn Objective<Self> = objective::as_dyn_mut;
    fn renyi(objective: &objective::Renyi) -> &dyn Objective<Self> = objective::as_dyn;
    fn vimco_mut(objective: &mut objective::Vimco) -> &mut dyn Objective<Self> = objective::as_dyn_mut;
    fn vimco(objective: &objective::Vimco) -> &dyn Objective<Self> = objective::as_dyn;
    fn wake_sleep_mut(objective: &mut objective::WakeSleep) -> &mut dyn Objective<Self> = objective::as_dyn_mut;
    fn wake_sleep(objective: &objective::WakeSleep) -> &dyn Objective<Self> = objective::as_dyn;
    fn adam(optimiser: &mut optim::Adam<Self>) -> &mut dyn Optimiser<Self> = optim::as_dyn;
    fn adam_w(optimiser: &mut optim::AdamW<Self>) -> &mut dyn Optimiser<Self> = optim::as_dyn;
    fn clipped_adam(optimiser: &mut optim::ClippedAdam<Self>) -> &mut dyn Optimiser<Self> = optim::as_dyn;
    fn rms_prop(optimiser: &mut optim::RmsProp<Self>) -> &mut dyn Optimiser<Self> = optim::as_dyn;
    fn sgd(optimiser: &mut optim::Sgd<Self>) -> &mut dyn Optimiser<Self> = optim::as_dyn;
}
