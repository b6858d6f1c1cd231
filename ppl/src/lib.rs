//! Probabilistic programs as annotated Rust functions.

mod outside;
pub mod prelude;

/// # Examples
///
/// ```
/// use ppl::prelude::*;
///
/// #[model]
/// fn coin(heads: &[f64]) {
///     let p = sample!("p", Beta::new(2.0, 2.0));
///     plate!("throws", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
/// }
///
/// #[guide(coin)]
/// fn proposal(_heads: &[f64]) {
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
/// fn coin(heads: &[f64]) {
///     let p = sample!("p", Beta::new(2.0, 2.0));
///     plate!("throws", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
/// }
///
/// let heads = [1.0, 0.0, 1.0];
/// let _model = coin(&heads);
/// assert_eq!(heads.len(), 3);
/// ```
pub use ppl_macros::model;
pub use ppl_runtime::*;
