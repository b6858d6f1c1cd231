//! What the sites of a program are to the compiler: the traits that an expansion implements, and the checks it asks for.
//!
//! `#[model] fn m` gives a type `m::Sites` and a marker `m::site::z` per latent site. What the user wrote about a site
//! stands in `impl SiteOf<m::site::z> for m::Sites`, what stands at a call in `impl CallOf<..>`, and `impl<G> GuidedBy<G> for m::Sites` asks `G` to answer every
//! site. `#[guide(m)] fn g` implements `Answers<m::site::z>` for `g::Sites` once per site. Each impl is of a local type,
//! so a model and its guide may live in different crates.

use crate::support::{Support, Within};

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

/// The marker type of a latent site that a guide proposes, or of a call's prefix.
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

/// A model that a guide owes the site `Site`, because it does not sum it out.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::{Owes, SiteName};
///
/// struct tau;
/// impl SiteName for tau {
///     const NAME: &'static str = "tau";
/// }
/// enum Sites {}
/// fn owed<M: Owes<Site>, Site>() -> bool {
///     true
/// }
/// assert!(owed::<Sites, tau>());
/// ```
#[diagnostic::on_unimplemented(
    message = "the model sums `{Site}` out; remove it from the guide",
    label = "a site that the model sums out",
    note = "a site with the option `enumerate` is summed out exactly, and has no proposal"
)]
pub trait Owes<Site: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<Model: ?Sized, Site: SiteName> Owes<Site> for Model {}

/// What a model says about a site that it draws.
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
    message = "the model does not draw the site `{Site}`, it calls another model there",
    label = "a call in the model",
    note = "a `call!` of the model is answered by a `call!` of that model's guide"
)]
pub trait SiteOf<Site: ?Sized> {
    /// Where the site's values lie.
    type Support;
}

/// A model that says `given(..)` at the site `Site`, as its guide does.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::{GivesLabels, gives_labels};
///
/// struct Mu;
/// enum Sites {}
/// impl GivesLabels<Mu> for Sites {}
/// let check: fn() = gives_labels::<Sites, Mu>;
/// check();
/// assert_eq!(std::mem::size_of::<Mu>(), 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "the guide says `given` at the site `{Site}`, the model does not",
    label = "labels of which the model knows nothing",
    note = "a site that is known here and there says `given(..)` in both programs, with the same labels"
)]
pub trait GivesLabels<Site: ?Sized> {}

/// A model that does not say `given(..)` at the site `Site`, as its guide does not.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::{GivesNoLabels, gives_no_labels};
///
/// struct Mu;
/// enum Sites {}
/// impl GivesNoLabels<Mu> for Sites {}
/// let check: fn() = gives_no_labels::<Sites, Mu>;
/// check();
/// assert_eq!(std::mem::size_of::<Mu>(), 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "the model says `given` at the site `{Site}`, the guide does not",
    label = "labels are missing here",
    note = "a site that is known here and there says `given(..)` in both programs, with the same labels"
)]
pub trait GivesNoLabels<Site: ?Sized> {}

/// What a model says about a site where it calls another model.
///
/// # Examples
///
/// ```
/// use ppl_runtime::GuidedBy;
/// use ppl_runtime::__private::{CallOf, guided};
///
/// enum Called {}
/// enum Guide {}
/// impl GuidedBy<Guide> for Called {}
///
/// enum Sites {}
/// struct Encoder;
/// impl CallOf<Encoder> for Sites {
///     type Model = Called;
/// }
/// let check: fn() = guided::<<Sites as CallOf<Encoder>>::Model, Guide>;
/// check();
/// assert_eq!(std::mem::size_of::<Sites>(), 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "the model does not call another model at the site `{Site}`, it draws a value there",
    label = "a `sample!` in the model",
    note = "a `sample!` of the model is answered by a `sample!`; a call of a guide's own takes the option `auxiliary`"
)]
pub trait CallOf<Site: ?Sized> {
    /// The sites of the model that is called.
    type Model: ?Sized;
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

/// The model that a guide names.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::{GuideOf, SiteOf};
/// use ppl_runtime::support::RealLine;
///
/// enum Model {}
/// struct Mu;
/// impl SiteOf<Mu> for Model {
///     type Support = RealLine;
/// }
/// enum Guide {}
/// impl GuideOf for Guide {
///     type Model = Model;
/// }
/// type Asked = <<Guide as GuideOf>::Model as SiteOf<Mu>>::Support;
/// assert_eq!(Asked::default(), RealLine);
/// ```
pub trait GuideOf {
    /// The sites of the model.
    type Model: ?Sized;
}

/// A guide that was written for the model `Model`: it names it, or names none.
///
/// Whether it answers every site is asked once, where the guide stands, of [`AnsweredBy`]. What uses the guide asks this
/// instead, so that a missing site is not reported at every use as well.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::GuideFor;
///
/// enum Model {}
/// enum Guide {}
/// impl GuideFor<Model> for Guide {}
/// fn belongs<G: GuideFor<M>, M>() -> bool {
///     true
/// }
/// assert!(belongs::<Guide, Model>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guide of the model `{Model}`",
    label = "a guide of another model",
    note = "a guide names its model: `#[guide(model)]`"
)]
pub trait GuideFor<Model: ?Sized> {}

/// A model all of whose latent sites the guide `G` answers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Answers;
/// use ppl_runtime::__private::{AnsweredBy, answered};
///
/// struct Mu;
/// enum Model {}
/// impl<G: Answers<Mu>> AnsweredBy<G> for Model {}
///
/// enum Guide {}
/// impl Answers<Mu> for Guide {}
/// let check: fn() = answered::<Model, Guide>;
/// check();
/// assert_eq!(std::mem::size_of::<Guide>(), 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model that a guide can answer",
    label = "not a model",
    note = "a model is a function marked `#[model]`"
)]
pub trait AnsweredBy<G: ?Sized> {}

/// A model that the guide `G` was written for.
///
/// # Examples
///
/// ```
/// use ppl_runtime::GuidedBy;
/// use ppl_runtime::__private::GuideFor;
///
/// enum Model {}
/// impl<G: GuideFor<Model>> GuidedBy<G> for Model {}
///
/// enum Guide {}
/// impl GuideFor<Model> for Guide {}
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

/// What stands at a site of a model with a mistake in it, which has its own error: any proposal will do.
pub struct Unknown;

impl<G: ?Sized> GuidedBy<G> for Unknown {}

impl<G: ?Sized> AnsweredBy<G> for Unknown {}

/// The sites of a model that a handler has changed: any guide may be given, and is checked when it runs.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{AnyGuide, GuidedBy};
///
/// enum Guide {}
/// fn guided<M: GuidedBy<G>, G>() -> bool {
///     true
/// }
/// assert!(guided::<AnyGuide, Guide>());
/// ```
#[derive(Clone, Copy, Debug)]
pub enum AnyGuide {}

#[diagnostic::do_not_recommend]
impl<G: ?Sized> GuidedBy<G> for AnyGuide {}

#[diagnostic::do_not_recommend]
impl<G: ?Sized, Site: ?Sized> AnsweredIn<G, Site> for AnyGuide {}

/// What a proposal on `Proposal` has to lie within at a site: its support, and nothing at an [`Unknown`].
pub trait Limits<Proposal> {
    /// The support that bounds the proposal.
    type Outer: Support;
}

#[diagnostic::do_not_recommend]
impl<S: Support, Proposal> Limits<Proposal> for S {
    type Outer = S;
}

#[diagnostic::do_not_recommend]
impl<Proposal: Support> Limits<Proposal> for Unknown {
    type Outer = Proposal;
}

/// The support of a distribution, where it is the one that the program states or that its type declares.
///
/// The runtime's calls ask it of the distribution that they are really given, so that a wrong reading never passes.
///
/// # Examples
///
/// ```
/// use ppl_runtime::__private::StatedAs;
/// use ppl_runtime::support::Positive;
///
/// fn agree<Found: StatedAs<Stated>, Stated>() -> bool {
///     true
/// }
/// assert!(agree::<Positive, Positive>());
/// ```
#[diagnostic::on_unimplemented(
    message = "the values of this distribution lie in `{Self}`, not in `{Stated}`",
    label = "a distribution on `{Self}`",
    note = "`on(..)` states the support of the distribution before it"
)]
pub trait StatedAs<Stated: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<S: ?Sized> StatedAs<S> for S {}

/// Compiles if a guide owes the site a proposal: if the model does not sum it out.
pub fn owed<Model: Owes<Site> + ?Sized, Site>() {}

/// Compiles if the model says `given(..)` at the site.
pub fn gives_labels<Model: GivesLabels<Site> + ?Sized, Site>() {}

/// Compiles if the model does not say `given(..)` at the site.
pub fn gives_no_labels<Model: GivesNoLabels<Site> + ?Sized, Site>() {}

/// Compiles if a value on the support `Proposal` may be proposed for a site on the support `Site`.
pub fn proposal<Site: Limits<Proposal>, Proposal: Within<Site::Outer>>() {}

/// Compiles if the guide `G` was written for the model `M`.
pub fn guided<M: GuidedBy<G> + ?Sized, G: ?Sized>() {}

/// Compiles if the guide `G` answers every latent site of the model `M`.
pub fn answered<M: AnsweredBy<G> + ?Sized, G: ?Sized>() {}

/// Any support, as what a distribution is drawn on.
pub trait Beside<D> {
    /// The distribution's own type.
    type Distribution;

    /// Returns the distribution as it is.
    fn beside(dist: D) -> Self::Distribution;
}

impl<S, D> Beside<D> for S {
    type Distribution = D;

    #[inline(always)]
    fn beside(dist: D) -> D {
        dist
    }
}

/// Returns a distribution as it is, at a site on `S`.
///
/// Where there is no such support rustc has said so; it then does not know the type that is returned either, and asks no
/// more of it, so that a mistake has one error.
#[inline(always)]
pub fn beside<S: Beside<D>, D>(dist: D) -> S::Distribution {
    S::beside(dist)
}
