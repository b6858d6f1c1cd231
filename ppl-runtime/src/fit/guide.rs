//! Guides that a fit takes: automatic ones, and those of a user's own.

use crate::auto::{self, AutoGuide, AutomaticGuide};
use crate::element::Element;
use crate::program::Guide;
use crate::program::automatic::SitePlan;

/// What [`Fitting::guide`](super::Fitting::guide) takes: an automatic guide, or the call of a function marked `#[guide(model)]`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{FitGuide, auto};
///
/// fn can_be_fitted(_: impl FitGuide<f64>) -> bool {
///     true
/// }
/// assert!(can_be_fitted(auto::MeanField) && can_be_fitted(auto::FullRank));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guide",
    label = "expected an automatic guide, like `auto::MeanField`, or the call of a function marked `#[guide(model)]`"
)]
pub trait FitGuide<E: Element> {
    /// The guide itself.
    type Guide: Guide<Element = E>;

    #[doc(hidden)]
    fn into_guide(self) -> Self::Guide;

    #[doc(hidden)]
    fn plan(&self) -> Option<SitePlan>;

    /// Whether it is what the curvature at the mode says, and takes no step.
    #[doc(hidden)]
    fn is_at_mode(&self) -> bool {
        false
    }
}

impl<E: Element, G: Guide<Element = E>> FitGuide<E> for G {
    type Guide = G;

    fn into_guide(self) -> G {
        self
    }

    fn plan(&self) -> Option<SitePlan> {
        None
    }
}

macro_rules! automatic {
    ($($guide:ty),*) => {$(
        impl<E: Element> FitGuide<E> for $guide {
            type Guide = AutoGuide<E>;

            fn into_guide(self) -> AutoGuide<E> {
                auto::guide(self)
            }

            fn plan(&self) -> Option<SitePlan> {
                Some(AutomaticGuide::plan(self))
            }
        }
    )*};
}
automatic!(auto::MeanField, auto::FullRank, auto::LowRank, auto::Delta, auto::BySite);

impl<E: Element> FitGuide<E> for auto::Laplace {
    type Guide = AutoGuide<E>;

    fn into_guide(self) -> AutoGuide<E> {
        auto::guide(auto::FullRank)
    }

    fn plan(&self) -> Option<SitePlan> {
        Some(AutomaticGuide::plan(&auto::FullRank))
    }

    fn is_at_mode(&self) -> bool {
        true
    }
}
