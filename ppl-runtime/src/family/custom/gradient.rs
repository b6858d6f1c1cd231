//! How the gradient of a custom family's draws is known.

use crate::support::{Continuous, Kind};

mod sealed {
    pub trait Sealed {}
}

/// The draw has this derivative by the parameters, as a function of the draw and the parameters, with the noise held fixed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::ByDraw;
///
/// // Of `loc + scale * noise` by `loc` and by `scale`.
/// let ByDraw(partials) = ByDraw(|z: f64, [loc, scale]: [f64; 2]| [1.0, (z - loc) / scale]);
/// assert_eq!(partials(5.0, [1.0, 2.0]), [1.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByDraw<const N: usize>(pub fn(f64, [f64; N]) -> [f64; N]);

/// The cumulative distribution function has this derivative by the parameters, as a function of the value and the parameters.
///
/// Draws are then differentiated implicitly: by parameter `k` the derivative is `-(dF/dp[k]) / density`.
///
/// # References
///
/// Figurnov, Mohamed and Mnih (2018), Implicit reparameterization gradients, equation 5.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::ByCdf;
///
/// // Of `1 - exp(-rate * z)`.
/// let ByCdf(partials) = ByCdf(|z: f64, [rate]: [f64; 1]| [z * (-rate * z).exp()]);
/// assert_eq!(partials(2.0, [0.0]), [2.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByCdf<const N: usize>(pub fn(f64, [f64; N]) -> [f64; N]);

/// No derivative of a draw is known: the score function estimates the gradient.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::ByScore;
///
/// assert_eq!(format!("{ByScore:?}"), "ByScore");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByScore;

impl<const N: usize> sealed::Sealed for ByDraw<N> {}
impl<const N: usize> sealed::Sealed for ByCdf<N> {}
impl sealed::Sealed for ByScore {}

/// What may be known of the gradient of draws with `N` parameters, whose values are of the kind `K`.
///
/// The trait is sealed: [`ByDraw`], [`ByCdf`] and [`ByScore`] implement it, of integers the last alone.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::{ByDraw, ByScore, GradientOn};
/// use ppl_runtime::support::{Continuous, Integer, Kind};
///
/// fn fits<K: Kind, G: GradientOn<K, 2>>() -> bool { true }
/// assert!(fits::<Continuous, ByDraw<2>>() && fits::<Integer, ByScore>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not give the gradient of draws with {N} parameters on this support",
    label = "expected `ByDraw<{N}>`, `ByCdf<{N}>` or `ByScore`",
    note = "draws of integers have no derivative: their gradient is `ByScore`"
)]
pub trait GradientOn<K: Kind, const N: usize>: sealed::Sealed + 'static {
    /// Whether a gradient goes through draws.
    #[doc(hidden)]
    const IS_PATHWISE: bool;

    /// Returns the derivatives of the draw `z`, whose density is `density()`.
    #[doc(hidden)]
    fn partials(&self, z: f64, p: [f64; N], density: impl FnOnce() -> f64) -> [f64; N];
}

#[diagnostic::do_not_recommend]
impl<const N: usize> GradientOn<Continuous, N> for ByDraw<N> {
    const IS_PATHWISE: bool = true;

    #[inline]
    fn partials(&self, z: f64, p: [f64; N], _: impl FnOnce() -> f64) -> [f64; N] {
        (self.0)(z, p)
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> GradientOn<Continuous, N> for ByCdf<N> {
    const IS_PATHWISE: bool = true;

    #[inline]
    fn partials(&self, z: f64, p: [f64; N], density: impl FnOnce() -> f64) -> [f64; N] {
        let density = density();
        (self.0)(z, p).map(|by| -by / density)
    }
}

#[diagnostic::do_not_recommend]
impl<K: Kind, const N: usize> GradientOn<K, N> for ByScore {
    const IS_PATHWISE: bool = false;

    #[inline]
    fn partials(&self, _: f64, _: [f64; N], _: impl FnOnce() -> f64) -> [f64; N] {
        [0.0; N]
    }
}

/// A gradient that goes through draws, so that a site can have the estimator `Pathwise`.
///
/// The trait is sealed: [`ByDraw`] and [`ByCdf`] implement it.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::{ByCdf, Differentiable};
///
/// fn differentiable<G: Differentiable>() -> bool { true }
/// assert!(differentiable::<ByCdf<1>>());
/// ```
#[diagnostic::on_unimplemented(
    message = "a family whose gradient is `{Self}` has no pathwise gradient",
    label = "its draws cannot be differentiated",
    note = "use the score function, which is the default here, or give the family a derivative of its draws: `ByDraw` or `ByCdf`"
)]
pub trait Differentiable: sealed::Sealed {}

#[diagnostic::do_not_recommend]
impl<const N: usize> Differentiable for ByDraw<N> {}
#[diagnostic::do_not_recommend]
impl<const N: usize> Differentiable for ByCdf<N> {}
