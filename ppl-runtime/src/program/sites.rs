//! What the sites of a program are to the compiler: the traits that an expansion implements, and the checks it asks for.
//!
//! `#[model] fn m` gives a type `m::Sites` and a marker `m::site::z` per latent site. What the user wrote about a site
//! stands in `impl SiteOf<m::site::z> for m::Sites`, and `impl<G> GuidedBy<G> for m::Sites` asks `G` to answer every
//! site. `#[guide(m)] fn g` implements `Answers<m::site::z>` for `g::Sites` once per site. Each impl is of a local type,
//! so a model and its guide may live in different crates.

use crate::support::{Support, Within};
use std::marker::PhantomData;

/// A distribution type that says on which support its values lie.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::Declared;
/// use ppl_runtime::support::Positive;
///
/// struct Wage;
/// impl Declared for Wage {
///     type Support = Positive;
/// }
/// fn support<D: Declared>() -> &'static str {
///     std::any::type_name::<D::Support>()
/// }
/// assert!(support::<Wage>().ends_with("Positive"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a distribution",
    label = "this is not a distribution",
    note = "the distributions are in `ppl::dist`; of any other expression state the support: `on(Positive)`"
)]
pub trait Declared {
    /// Where the values lie.
    type Support: Support;
}

/// The marker type of a latent site, or of a call's prefix.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::SiteName;
///
/// struct tau;
/// impl SiteName for tau {
///     const NAME: &'static str = "tau";
/// }
/// assert_eq!(tau::NAME, "tau");
/// ```
pub trait SiteName {
    /// The site's name as the program spells it.
    const NAME: &'static str;
}

/// What a model says about its site: the support, or the [`Submodel`] that is called there.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::{SiteOf, proposal};
/// use ppl_runtime::support::{Positive, RealLine};
///
/// enum Sites {}
/// struct Mu;
/// impl SiteOf<Mu> for Sites {
///     type Support = RealLine;
/// }
/// // A proposal may lie within the support of the site.
/// let check: fn() = proposal::<<Sites as SiteOf<Mu>>::Support, Positive>;
/// check();
/// assert_eq!(std::mem::size_of::<Sites>(), 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "the model has no latent site `{Site}`",
    label = "this site is not in the model"
)]
pub trait SiteOf<Site: ?Sized> {
    /// Where the site's values lie.
    type Support;
}

/// A guide that answers the latent site `Site` of its model.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Answers;
///
/// struct Mu;
/// enum Guide {}
/// impl Answers<Mu> for Guide {}
/// fn answered<G: Answers<Mu>>() -> bool {
///     true
/// }
/// assert!(answered::<Guide>());
/// ```
#[diagnostic::on_unimplemented(
    message = "the guide does not propose the latent site `{Site}`",
    label = "`{Site}` is missing in this guide",
    note = "a guide has a `sample!` (or, for a call, a `call!`) of the same name for every latent site of its model"
)]
pub trait Answers<Site: ?Sized> {}

/// A model all of whose latent sites the guide `G` answers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Answers, GuidedBy};
///
/// struct Mu;
/// enum Model {}
/// impl<G: Answers<Mu>> GuidedBy<G> for Model {}
///
/// enum Guide {}
/// impl Answers<Mu> for Guide {}
/// fn guided<M: GuidedBy<G>, G>() -> bool {
///     true
/// }
/// assert!(guided::<Model, Guide>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{G}` is not a guide of the model `{Self}`",
    label = "not a guide of this model",
    note = "a guide is a function marked `#[guide(model)]`"
)]
pub trait GuidedBy<G: ?Sized> {}

/// A model that may be called at the site `Site` of a model guided by `G`.
///
/// A model with latent sites asks `G` to answer the call; a network, which has none, asks nothing.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::AnsweredIn;
///
/// enum Network {}
/// impl<G: ?Sized, Site: ?Sized> AnsweredIn<G, Site> for Network {}
/// fn callable<M: AnsweredIn<(), ()>>() -> bool {
///     true
/// }
/// assert!(callable::<Network>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called by a model",
    label = "this is not the call of a model",
    note = "`call!` runs a function marked `#[model]`"
)]
pub trait AnsweredIn<G: ?Sized, Site: ?Sized> {}

/// What stands at a site of a model where another model is called.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::{GuidedBy, Subguide, Submodel, proposal_call};
///
/// enum Model {}
/// enum Guide {}
/// impl GuidedBy<Guide> for Model {}
/// let check: fn() = proposal_call::<Submodel<Model>, Subguide<Guide>>;
/// check();
/// assert_eq!(std::mem::size_of::<Submodel<Model>>(), 0);
/// ```
pub struct Submodel<M: ?Sized>(PhantomData<M>);

/// What stands at a site of a guide where another guide is called; see [`Submodel`] for an example.
pub struct Subguide<G: ?Sized>(PhantomData<G>);

/// A site that holds values, which is any but a call.
#[diagnostic::on_unimplemented(
    message = "the model calls another model at this site",
    label = "this is a call in the model",
    note = "answer it with a call of that model's guide: `call!(\"name\", its_guide(..))`"
)]
pub trait Valued: Support {}

#[diagnostic::do_not_recommend]
impl<S: Support> Valued for S {}

/// A call in a guide that answers the site `Site` of its model.
#[diagnostic::on_unimplemented(
    message = "this call does not answer a call of the model",
    label = "the model draws this site",
    note = "answer a `sample!` of the model with a `sample!`"
)]
pub trait AnswersCall<Site: ?Sized> {}

impl<M: GuidedBy<G> + ?Sized, G: ?Sized> AnswersCall<Submodel<M>> for Subguide<G> {}

/// Compiles if a value on the support `Proposal` may be proposed for a site on the support `Site`.
pub fn proposal<Site: Valued, Proposal: Within<Site>>() {}

/// Compiles if the guide that `Proposal` calls guides the model that `Site` calls.
pub fn proposal_call<Site: ?Sized, Proposal: AnswersCall<Site> + ?Sized>() {}

/// Compiles if the guide `G` answers every latent site of the model `M`.
pub fn guided<M: GuidedBy<G> + ?Sized, G: ?Sized>() {}
