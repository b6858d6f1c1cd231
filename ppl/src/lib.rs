//! A probabilistic programming language for variational inference, embedded in Rust.
//!
//! A model and a guide are ordinary functions under two attributes, [`macro@model`] and [`macro@guide`]. In their bodies
//! [`sample!`], [`observe!`], [`factor!`], [`penalty!`], [`deterministic!`], [`noise!`], [`param!`], [`plate!`], [`markov!`], [`call!`] and `module!`
//! ([`macro@module`]) are the statements of the language; everything else is Rust. [`Svi`] fits the guide's parameters, and its [`Posterior`] is drawn from.
//!
//! ```
//! use ppl::prelude::*;
//!
//! #[model]
//! fn coin(heads: &[bool]) {
//!     let p = sample!("p", Beta::new(2.0, 2.0));
//!     plate!("throw", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
//! }
//!
//! // That it proposes every latent site, and within its support, is checked when it is compiled.
//! #[guide(coin)]
//! fn proposal(_heads: &[bool]) {
//!     sample!("p", Beta::new(param!("a", 2.0, Positive), param!("b", 2.0, Positive)));
//! }
//!
//! let heads = [true, true, false, true, true, true, false, true, true];
//! let mut svi = Svi::new(coin(&heads), proposal(&heads), Elbo::default(), Adam::new(0.02)).seed(1);
//! for _ in 0..2_000 {
//!     svi.step()?;
//! }
//! let mean = svi.posterior().draws(4_000)?.summary().row("p", &[])?.mean;
//! // With 7 heads in 9 throws the posterior is Beta(9, 4).
//! assert!((mean - 9.0 / 13.0).abs() < 0.02, "{mean}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where to look: distributions in [`dist`], supports in [`support`], first values of parameters in [`init`], gradient
//! estimators in [`estimator`], optimisers in [`optim`], draws and summaries in [`results`]. What may be laid over a
//! model before it is run is in [`Handlers`].

mod engines;
#[cfg(doctest)]
mod guide;
mod outside;
pub mod prelude;

pub use engines::{
    ChainRow, ChainSummary, LaplaceSettings, MapSettings, Mode, PathfinderSettings, Sampled, SampledChain,
    laplace, map, pathfinder,
};
#[cfg(feature = "nuts")]
pub use engines::{NutsSettings, nuts};
pub use ppl_diagnostics as diagnostics;
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin(heads: &[bool]) {
///     let p = sample!("p", Beta::new(2.0, 2.0));
///     plate!("throws", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
/// }
///
/// #[guide(coin)]
/// fn proposal(_heads: &[bool]) {
///     sample!("p", Beta::new(param!("a", 2.0, Positive), param!("b", 2.0, Positive)));
/// }
///
/// // The function gives the program as a value, and a module of its name the types of its sites.
/// fn guided<M: ppl::GuidedBy<G>, G>() -> bool {
///     true
/// }
/// assert!(guided::<coin::Sites, proposal::Sites>());
/// ```
///
/// A guide that misses a site does not compile:
///
/// ```compile_fail
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin() {
///     sample!("p", Beta::new(2.0, 2.0));
/// }
///
/// #[guide(coin)]
/// fn proposal() {}
/// ```
pub use ppl_macros::guide;
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin(heads: &[bool]) {
///     let p = sample!("p", Beta::new(2.0, 2.0));
///     plate!("throws", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
/// }
///
/// let heads = [true, false, true];
/// let _model = coin(&heads);
/// assert_eq!(heads.len(), 3);
/// ```
pub use ppl_macros::model;
/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// struct Line {
///     slope: Real,
///     intercept: Real,
/// }
///
/// impl Line {
///     fn at(&self, x: Real) -> Real {
///         self.slope * x + self.intercept
///     }
/// }
///
/// #[module]
/// fn line() -> Line {
///     Line { slope: param!("slope", 1.0), intercept: param!("intercept", 0.0) }
/// }
///
/// #[model]
/// fn trend(x: &[f64], y: &[f64]) {
///     let line = module!("line", line());
///     plate!("data", y.len(), |i| observe!("y", Normal::new(line.at(x.at(i)), 0.1), y.at(i)));
/// }
///
/// #[guide(trend)]
/// fn nothing() {}
///
/// let (x, y) = ([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]);
/// let mut svi = Svi::new(trend(&x, &y), nothing(), Elbo::default(), Adam::new(0.05)).seed(1);
/// svi.run(20_000)?;
/// let slope = svi.parameters().get("line/slope")?[[]];
/// assert!((slope - 2.0).abs() < 1e-3, "{slope}");
/// # Ok::<(), ppl::Error>(())
/// ```
pub use ppl_macros::module;
#[cfg(feature = "report")]
pub use ppl_report::Page;
/// # Examples
///
/// ```
/// use ppl::plots;
///
/// let draws: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100)).collect();
/// let plot = plots::density("mu", &draws).unit("cm").plot();
/// assert!(plot.svg().contains(">mu (cm)</text>"));
/// ```
#[cfg(feature = "report")]
pub use ppl_report::plots;
pub use ppl_runtime::*;
#[cfg(feature = "nuts")]
pub use ppl_samplers::Metric;
/// # Examples
///
/// ```
/// use ppl::table::Table;
///
/// let homes = Table::from_reader("homes.csv", "floor,log_radon\n1,0.83\n0,1.10\n".as_bytes())?;
/// assert_eq!(homes.numbers("log_radon")?, [0.83, 1.1]);
/// # Ok::<(), ppl::table::Error>(())
/// ```
#[cfg(feature = "table")]
pub use ppl_table as table;
