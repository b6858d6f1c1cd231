//! Priors that say nothing.

use super::distribution::{Distribution, Improper};
use super::elementwise::Elementwise;
use super::expanded::{Expandable, Expanded};
use super::law::{HasLaw, Law};
use super::member::Member;
use super::numbers::Numbers;
use super::registered::registered;
use crate::element::Element;
use crate::family::custom::NumberSupport;
use crate::family::flat::FlatFamily;
use crate::program::sites::Declared;
use crate::support::{Positive, RealLine};
use crate::value::{Real, Tensor};
use std::marker::PhantomData;

/// The improper prior whose density is one everywhere: `Flat::new()` on the real line, `Flat::on(Positive)` on the positive numbers.
///
/// # Density
///
/// One. It has no total, so that nothing can be drawn from it, and evidence and bounds of a model with it are known up to a constant only.
///
/// # Shapes
///
/// A value is a number; [`expand`](Flat::expand) has arrays.
///
/// # Supports
///
/// That of [`Flat::on`] is stated: `sample!("scale", Flat::on(Positive), on(Positive))`.
///
/// # Errors
///
/// It is a prior of latent sites alone. Where a value would have to be drawn from it, in a guide, in noise, in draws from the prior and in dreams,
/// the run is an error that names the site. Whether the posterior has a total is not looked at.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, Flat};
/// use ppl_runtime::support::{Positive, Support};
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// assert_eq!((support(&Flat::new()), support(&Flat::on(Positive))), ("RealLine", "Positive"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Flat<S = RealLine> {
    support: PhantomData<fn() -> S>,
}

/// A support with a flat prior.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::HasFlat;
/// use ppl_runtime::support::Positive;
///
/// fn unbounded<S: HasFlat>(_: S) -> bool {
///     true
/// }
/// assert!(unbounded(Positive));
/// ```
#[diagnostic::on_unimplemented(
    message = "there is no flat prior on `{Self}`",
    label = "expected `RealLine` or `Positive`",
    note = "`Uniform` is the flat distribution of an interval; `Flat::new().expand(&[n])` has arrays, and `Sorted::new(Flat::new(), n)` increasing ones"
)]
pub trait HasFlat: NumberSupport {}

#[diagnostic::do_not_recommend]
impl HasFlat for RealLine {}
#[diagnostic::do_not_recommend]
impl HasFlat for Positive {}

impl Flat {
    /// Returns the flat prior on the real line.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Flat {
        Flat { support: PhantomData }
    }

    /// Returns the flat prior on a support.
    pub fn on<S: HasFlat>(support: S) -> Flat<S> {
        let _ = support;
        Flat { support: PhantomData }
    }
}

impl<S> Flat<S> {
    /// Returns the flat prior of an array of this shape.
    pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
        Expanded::new(self, shape)
    }
}

registered!(FlatFamily<RealLine>, |Number| Numbers::<Number>::of::<FlatFamily<RealLine>, 0>());
registered!(FlatFamily<Positive>, |Number| Numbers::<Number>::of::<FlatFamily<Positive>, 0>());

macro_rules! flat {
    ($($support:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E: Element> Elementwise<E> for Flat<$support> {
            fn member(&self) -> Member<'_, E> {
                Member::new(E::family::<FlatFamily<$support>>(), &[])
            }
        }

        #[diagnostic::do_not_recommend]
        impl<E: Element> HasLaw<E> for Flat<$support> {
            fn law(&self) -> Law<'_, E> {
                Law::Member(Member::new(E::family::<FlatFamily<$support>>(), &[]))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<E: Element> Distribution<E> for Flat<$support> {
            type Support = $support;
            type Value = Real<E>;
            type Propriety = Improper;
        }

        #[diagnostic::do_not_recommend]
        impl<E: Element> Expandable<E> for Flat<$support> {
            type Values = Tensor<E>;
        }
    )*};
}
flat!(RealLine Positive);

#[diagnostic::do_not_recommend]
impl<S: HasFlat> Declared for Flat<S> {
    type Support = S;
}
