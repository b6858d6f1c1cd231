//! Automatic guides: guides that a user need not write.
//!
//! Each proposes every latent site of any model whose discrete sites are summed out, by a distribution of unconstrained numbers that the
//! bijection onto the site's support takes there (automatic differentiation variational inference: Kucukelbir et al. 2017).
//!
//! ```
//! use ppl_runtime::dist::{Exponential, Poisson};
//! use ppl_runtime::optim::Adam;
//! use ppl_runtime::support::Positive;
//! use ppl_runtime::{Elbo, Svi, auto};
//! use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
//!
//! // What `#[model] fn calls() { let rate = sample!("rate", Exponential::new(1.0)); observe!("count", Poisson::new(rate), 3); }` gives.
//! let calls = model::<AnyGuide, f64, _, _>(|| {
//!     let rate = model_site::<f64, Positive, _>(Name::new("rate"), Exponential::new(1.0)).draw();
//!     observe::<f64, _, _>(Name::new("count"), Poisson::new(rate), 3);
//! });
//! let mut svi = Svi::new(calls, auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02)).seed(1);
//! svi.run(20_000)?;
//! // The posterior is Gamma(4, 2): its mean is 2. A log-normal distribution is not far from it.
//! let mean = svi.posterior().draws(10_000)?.summary().row("rate", &[]).unwrap().mean;
//! assert!((mean - 2.0).abs() < 0.1, "{mean}");
//! # Ok::<(), ppl_runtime::Error>(())
//! ```

use crate::element::Element;
use crate::pattern::Pattern;
use crate::program::Guide;
use crate::program::automatic::{Automatic, SitePlan, SiteRule};
use crate::program::sites::{Answers, GuideFor};
use std::marker::PhantomData;

/// A guide that the library writes.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto::{self, AutomaticGuide};
///
/// fn is_automatic(_: impl AutomaticGuide) -> bool {
///     true
/// }
/// assert!(is_automatic(auto::MeanField) && is_automatic(auto::Delta));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an automatic guide",
    label = "expected `auto::MeanField`, `auto::FullRank`, `auto::LowRank` or `auto::Delta`",
    note = "a guide of your own, marked `#[guide(model)]`, stands in its place without `auto::guide`"
)]
pub trait AutomaticGuide: Clone {
    #[doc(hidden)]
    fn plan(&self) -> SitePlan;
}

/// An automatic guide that proposes all its sites in one way.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto::{self, OneWay};
///
/// fn is_one_way(_: impl OneWay) -> bool {
///     true
/// }
/// assert!(is_one_way(auto::MeanField) && is_one_way(auto::LowRank::new(2)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an automatic guide of one kind",
    label = "expected `auto::MeanField`, `auto::FullRank`, `auto::LowRank` or `auto::Delta`"
)]
pub trait OneWay: AutomaticGuide {
    #[doc(hidden)]
    fn how(&self) -> Automatic;
}

/// Independent normal distributions of the unconstrained numbers.
///
/// For a site `z` its parameters are `z.loc`, zero at first, and `z.scale`, 0.1 at first: one for each element, in the plates of the site.
/// On the real line the proposal is `Normal`, on the positive numbers `LogNormal`, so that divergences from priors are closed where they are
/// known.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto::{self, AutomaticGuide};
///
/// let guide = auto::guide::<f64>(auto::MeanField);
/// assert!(format!("{guide:?}").contains("MeanField"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanField;

/// One point: with it an `Elbo` is the model's log-density, and its best parameters are those of maximum a posteriori.
///
/// For a site `z` the parameter is `z`, on the site's support: zero at first in unconstrained space.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto::{self, AutomaticGuide};
///
/// let guide = auto::guide::<f64>(auto::Delta);
/// assert!(format!("{guide:?}").contains("Mode"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta;

/// One multivariate normal distribution of the unconstrained numbers of all sites.
///
/// Its parameters are `auto.loc`, zero at first, and `auto.tril`, the lower Cholesky factor of the covariance, with a diagonal of 0.1 at
/// first: `n (n + 1) / 2` numbers for `n` latent ones. The model is run once before the first step, to learn how many these are; it must
/// always have the same.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto::{self, AutomaticGuide};
///
/// let guide = auto::guide::<f64>(auto::FullRank);
/// assert!(format!("{guide:?}").contains("FullRank"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FullRank;

/// One multivariate normal distribution of the unconstrained numbers of all sites, whose covariance is diagonal but for a few directions:
/// `diag(s)^2 + w_1 w_1^T + .. + w_k w_k^T` (Ong et al. 2018, equation 3).
///
/// Its parameters are `auto.loc`, zero at first, `auto.scale`, 0.1 at first, and `auto.directions`, `[k, n]`: `(k + 2) n` numbers for `n` latent
/// ones, where [`FullRank`] has `n (n + 3) / 2`. Otherwise as there.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto::{self, AutomaticGuide};
///
/// let guide = auto::guide::<f64>(auto::LowRank::new(3));
/// assert!(format!("{guide:?}").contains("LowRank"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowRank {
    rank: usize,
}

impl LowRank {
    /// Returns the guide with so many directions; there is one at least.
    ///
    /// # Examples
    ///
    /// See [`LowRank`].
    pub fn new(rank: usize) -> LowRank {
        LowRank { rank: rank.max(1) }
    }
}

impl OneWay for LowRank {
    fn how(&self) -> Automatic {
        Automatic::LowRank { scale: 0.1, rank: self.rank }
    }
}

/// The normal distribution with the curvature of the log-density at its mode, in unconstrained space (Laplace's approximation: Tierney and
/// Kadane 1986): a guide of [`fit`](crate::fit()) that takes no step.
///
/// Its parameters are those of [`FullRank`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Exponential, Poisson};
/// use ppl_runtime::support::Positive;
/// use ppl_runtime::{auto, fit};
/// use ppl_runtime::__private::{AnyGuide, Name, model, model_site, observe};
///
/// // What `#[model] fn calls() { let rate = sample!("rate", Exponential::new(1.0)); observe!("count", Poisson::new(rate), 3); }` gives.
/// let calls = model::<AnyGuide, f64, _, _>(|| {
///     let rate = model_site::<f64, Positive, _>(Name::new("rate"), Exponential::new(1.0)).draw();
///     observe::<f64, _, _>(Name::new("count"), Poisson::new(rate), 3);
/// });
/// let fitted = fit(calls).guide(auto::Laplace).run()?;
/// // The posterior is Gamma(4, 2): of its logarithm the mode is ln 2 and the curvature 4. By weights the mean is 2.
/// let row = fitted.summary().row("rate", &[])?.clone();
/// assert!((row.raw_mean - 2.0 * 0.125f64.exp()).abs() < 0.05 && (row.mean - 2.0).abs() < 0.05, "{row:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Laplace;

impl OneWay for FullRank {
    fn how(&self) -> Automatic {
        Automatic::FullRank { scale: 0.1 }
    }
}

impl OneWay for MeanField {
    fn how(&self) -> Automatic {
        Automatic::MeanField { scale: 0.1 }
    }
}

impl OneWay for Delta {
    fn how(&self) -> Automatic {
        Automatic::Mode
    }
}

macro_rules! one_way {
    ($($guide:ty),*) => {$(
        impl AutomaticGuide for $guide {
            fn plan(&self) -> SitePlan {
                SitePlan::of(self.how())
            }
        }
    )*};
}
one_way!(MeanField, FullRank, LowRank, Delta);

/// Automatic guides by the names of sites, as [`by_site`] begins one.
///
/// # Examples
///
/// See [`by_site`].
#[derive(Clone, Debug, PartialEq)]
pub struct BySite {
    rules: Vec<SiteRule>,
    others: Automatic,
}

/// Begins an automatic guide that proposes some sites in another way than most: `others` is for those that no [`site`](BySite::site) names.
///
/// Sites that are proposed together, by [`FullRank`] or by [`LowRank`], are one block, whichever patterns name them.
///
/// # Errors
///
/// Two ways of proposing sites together, a pattern that no name could match, and one that no latent site of the model does, are errors of the first step.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto;
///
/// // Coefficients together, the effects of groups each by itself, and the scale at one point.
/// let guide = auto::by_site(auto::MeanField).site("beta*", auto::FullRank).site("sigma", auto::Delta);
/// let _guide = auto::guide::<f64>(guide);
/// ```
pub fn by_site(others: impl OneWay) -> BySite {
    BySite { rules: Vec::new(), others: others.how() }
}

impl BySite {
    /// Says how the sites of a pattern are proposed, of those that no earlier pattern names. In a pattern `*` stands for any text.
    ///
    /// # Examples
    ///
    /// See [`by_site`].
    pub fn site(mut self, pattern: impl Into<String>, guide: impl OneWay) -> BySite {
        self.rules.push(SiteRule { pattern: Pattern(pattern.into()), how: guide.how() });
        self
    }
}

impl AutomaticGuide for BySite {
    fn plan(&self) -> SitePlan {
        SitePlan { others: self.others, rules: self.rules.as_slice().into() }
    }
}

/// Returns an automatic guide as a guide of any model.
///
/// # Errors
///
/// What a model has that it cannot propose is an error of the first step: a discrete site that is not summed out, or a site on whose value
/// the program branches.
///
/// # Examples
///
/// ```
/// use ppl_runtime::auto;
///
/// let _guide = auto::guide::<f64>(auto::MeanField);
/// ```
pub fn guide<E: Element>(guide: impl AutomaticGuide) -> AutoGuide<E> {
    AutoGuide { plan: guide.plan(), element: PhantomData }
}

/// An automatic guide, as [`guide`] returns it.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Guide;
/// use ppl_runtime::auto::{self, AutoGuide};
///
/// fn is_a_guide(_: &impl Guide<Element = f64>) -> bool {
///     true
/// }
/// let guide: AutoGuide<f64> = auto::guide(auto::MeanField);
/// assert!(is_a_guide(&guide));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AutoGuide<E> {
    plan: SitePlan,
    element: PhantomData<fn() -> E>,
}

impl<E> AutoGuide<E> {
    pub(crate) fn of(how: Automatic) -> AutoGuide<E> {
        AutoGuide { plan: SitePlan::of(how), element: PhantomData }
    }
}

/// The sites of an automatic guide: it answers every one.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum EverySite {}

impl<S: ?Sized> Answers<S> for EverySite {}

impl<M: ?Sized> GuideFor<M> for EverySite {}

impl<E: Element> Guide for AutoGuide<E> {
    type Sites = EverySite;
    type Element = E;
    type Output = ();

    fn run(&self) {
        E::leave_sites(&self.plan);
    }
}
