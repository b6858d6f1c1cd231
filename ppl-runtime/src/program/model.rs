//! Programs as values: what `#[model]` and `#[guide]` functions return.

use crate::element::Element;
use std::marker::PhantomData;

/// A model: a program with latent and observed sites, together with its arguments.
///
/// `#[model] fn m(..) -> R` returns one with `Output = R`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Model;
///
/// fn twice<M: Model<Element = f64> + Copy>(model: M) -> (M, M) {
///     (model, model)
/// }
/// // What a `#[model]` function without sites returns.
/// let empty = ppl_runtime::__private::model::<(), f64, _, _>(|| ());
/// let (one, other) = twice(empty);
/// let density = |m| ppl_runtime::log_density(m, &ppl_runtime::Values::new());
/// assert_eq!(density(one), density(other));
/// ```
#[diagnostic::on_unimplemented(
    message = "this is not a model",
    label = "expected the call of a function marked `#[model]`"
)]
pub trait Model {
    /// The latent sites, as the compiler knows them.
    type Sites;
    /// The number type of the program.
    type Element: Element;
    /// What the function returns.
    type Output;

    /// Runs the program once, in the run in progress.
    #[doc(hidden)]
    fn run(&self) -> Self::Output;
}

/// A guide: a program that proposes values for the latent sites of a model.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// svi.step()?;
/// // A guide is a value, which more than one session may use.
/// let mut other = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(1);
/// other.step()?;
/// assert_eq!(svi.parameters(), other.parameters());
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "this is not a guide",
    label = "expected the call of a function marked `#[guide(model)]`"
)]
pub trait Guide {
    /// The sites that it answers, as the compiler knows them.
    type Sites;
    /// The number type of the program.
    type Element: Element;
    /// What the function returns.
    type Output;

    /// Runs the program once, in the run in progress.
    #[doc(hidden)]
    fn run(&self) -> Self::Output;
}

/// The value of a `#[model]` function.
#[derive(Clone, Copy, Debug)]
pub struct ModelFn<S, E, F> {
    body: F,
    kinds: PhantomData<fn() -> (S, E)>,
}

/// The value of a `#[guide]` function.
#[derive(Clone, Copy, Debug)]
pub struct GuideFn<S, E, F> {
    body: F,
    kinds: PhantomData<fn() -> (S, E)>,
}

/// Makes a model of its body.
#[doc(hidden)]
pub fn model<S, E: Element, R, F: Fn() -> R>(body: F) -> ModelFn<S, E, F> {
    ModelFn { body, kinds: PhantomData }
}

/// Makes a guide of its body.
#[doc(hidden)]
pub fn guide<S, E: Element, R, F: Fn() -> R>(body: F) -> GuideFn<S, E, F> {
    GuideFn { body, kinds: PhantomData }
}

/// Stands for the value of a program that did not expand, so that its signature still holds.
#[doc(hidden)]
pub fn failed<T>() -> T {
    panic!("this program did not compile")
}

impl<S, E: Element, R, F: Fn() -> R> Model for ModelFn<S, E, F> {
    type Sites = S;
    type Element = E;
    type Output = R;

    fn run(&self) -> R {
        (self.body)()
    }
}

impl<S, E: Element, R, F: Fn() -> R> Guide for GuideFn<S, E, F> {
    type Sites = S;
    type Element = E;
    type Output = R;

    fn run(&self) -> R {
        (self.body)()
    }
}

impl<M: Model + ?Sized> Model for &M {
    type Sites = M::Sites;
    type Element = M::Element;
    type Output = M::Output;

    fn run(&self) -> M::Output {
        (**self).run()
    }
}

impl<G: Guide + ?Sized> Guide for &G {
    type Sites = G::Sites;
    type Element = G::Element;
    type Output = G::Output;

    fn run(&self) -> G::Output {
        (**self).run()
    }
}
