//! Handlers: a model that is run with some of its sites given, fixed, replayed, scaled or hidden.

use super::Model;
use super::overlay::Action;
use super::run::Run;
use super::sites::AnyGuide;
use super::slot;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::values::{IntoArray, Values};
use std::marker::PhantomData;
use std::sync::Arc;

#[doc = include_str!("../docs/handlers.md")]
pub trait Handlers: Model + Sized {
    /// Returns the model with the latent site `site` observed at `value`: its log-density counts as likelihood.
    ///
    /// # Shapes
    ///
    /// `value` is `[plates.., event..]`, with every element of a subsampled plate.
    ///
    /// # Errors
    ///
    /// Running it is an error if the model draws no such site (the error suggests the nearest name), if a guide proposes
    /// it, or if the shape is another one.
    fn condition(self, site: impl Into<String>, value: impl IntoArray) -> Handled<Self> {
        Handled::new(self, Action::Condition(Values::new().with(site, value)))
    }

    /// Returns the model with the latent site `site` held at `value`, without a density (Pearl's do-operator).
    ///
    /// # Shapes
    ///
    /// As for [`condition`](Handlers::condition).
    ///
    /// # Errors
    ///
    /// As for [`condition`](Handlers::condition).
    fn intervene(self, site: impl Into<String>, value: impl IntoArray) -> Handled<Self> {
        Handled::new(self, Action::Intervene(Values::new().with(site, value)))
    }

    /// Returns the model with the given latent sites, which are drawn from the model each time and have no terms.
    ///
    /// A guide does not propose them, and an objective is an expectation over the draws: for one conditional on them it
    /// is a bound of the mean of the log-evidence, not of the log-evidence of the mean.
    ///
    /// # Errors
    ///
    /// As for [`condition`](Handlers::condition).
    fn block<S: Into<String>>(self, sites: impl IntoIterator<Item = S>) -> Handled<Self> {
        Handled::new(self, Action::Block(sites.into_iter().map(Into::into).collect()))
    }

    /// Returns the model with these values of latent sites, which stay latent and keep their densities.
    ///
    /// With a guide, the model has these values in the place of the proposed ones; the terms of the guide are as they
    /// would be without the handler. Sites without a value are those of the guide, or drawn from the model where it is
    /// simulated. Draws of observed sites and of quantities are passed over.
    ///
    /// # Shapes
    ///
    /// One point is for every particle; several draws need as many particles.
    ///
    /// # Errors
    ///
    /// As for [`condition`](Handlers::condition), but a guide may propose the sites.
    fn replay(self, values: impl Into<Values>) -> Handled<Self, Self::Sites> {
        Handled::new(self, Action::Replay(values.into()))
    }

    /// Returns the model with these latent sites *not centred*: an automatic guide, a [`LogDensity`](crate::LogDensity) and what stands on it
    /// see, in the place of such a site's value, the member of its family with location zero and scale one of which the value is the image
    /// `loc + scale * x` (of a `LogNormal`, `exp(loc + scale * x)`; of a `Gamma`, `x / rate`). Where data say little of each element, these are
    /// nearly independent of a random location and scale (Papaspiliopoulos et al. 2007).
    ///
    /// Nothing else changes: the model's density, the site's name and its values in results are what they are without the handler.
    ///
    /// # Errors
    ///
    /// As for [`condition`](Handlers::condition). Besides, running it is an error if the site's distribution has neither location, nor scale, nor
    /// rate, or if a guide that is written by hand proposes the site.
    fn noncentered<S: Into<String>>(self, sites: impl IntoIterator<Item = S>) -> Handled<Self, Self::Sites> {
        Handled::new(self, Action::Noncentered(sites.into_iter().map(Into::into).collect()))
    }

    /// Returns the model whose observed sites read these values in the place of their own data. What else the program reads of its arguments stays: a
    /// lagged column is a covariate. Sites without a value keep their data; values of latent sites have other handlers.
    ///
    /// # Shapes
    ///
    /// `[plates.., event..]` for each site, with every element of a subsampled plate.
    ///
    /// # Errors
    ///
    /// Running it is an error if the model observes no such site (the error suggests the nearest name), or if the shape is another one.
    fn with_data(self, values: impl Into<Values>) -> Handled<Self, Self::Sites> {
        Handled::new(self, Action::Data(values.into()))
    }

    /// Returns the model with all its terms multiplied by `factor`, together with the guide's terms at the sites of the
    /// model.
    ///
    /// An auxiliary site of a guide is not the model's and keeps its factor.
    ///
    /// # Errors
    ///
    /// Running it is an error if the factor is negative or not finite.
    fn scale(self, factor: f64) -> Scaled<Self> {
        Scaled { model: self, factor }
    }
}

impl<M: Model> Handlers for M {}

/// A model with a handler over it; made by the methods of [`Handlers`].
///
/// `Sites` is what the compiler asks of a guide: nothing where the handler changes which sites are latent; the guide is
/// then checked when it runs, by the same rules and with the same words.
///
/// # Examples
///
/// It is a model, so handlers nest:
///
/// ```
/// use ppl_runtime::{Handled, Handlers, Model};
///
/// fn twice<M: Model>(model: M) -> Handled<Handled<M>> {
///     model.condition("x", 1.0).intervene("y", 2.0)
/// }
/// # let model = ppl_runtime::__private::model::<(), f64, _, _>(|| ());
/// # let error = ppl_runtime::log_density(twice(model), &ppl_runtime::Values::new()).unwrap_err();
/// # assert_eq!(error.to_string(), "no latent site `x` in the model; there are none");
/// ```
#[derive(Clone, Debug)]
pub struct Handled<M, Sites = AnyGuide> {
    model: M,
    action: Arc<Action>,
    sites: PhantomData<fn() -> Sites>,
}

impl<M, Sites> Handled<M, Sites> {
    fn new(model: M, action: Action) -> Self {
        Handled { model, action: Arc::new(action), sites: PhantomData }
    }
}

impl<M: Model, Sites> Model for Handled<M, Sites> {
    type Sites = Sites;
    type Element = M::Element;
    type Output = M::Output;

    fn run(&self) -> M::Output {
        M::Element::lay_handler(&self.action);
        let output = self.model.run();
        M::Element::lift_handler();
        output
    }
}

/// A model whose terms are multiplied by a factor; made by [`Handlers::scale`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Handlers, Values, log_density};
///
/// let model = ppl_runtime::__private::model::<(), f64, _, _>(|| ());
/// assert_eq!(log_density(&model.scale(2.0), &Values::new())?, 0.0);
/// let error = log_density(&model.scale(-1.0), &Values::new()).unwrap_err();
/// assert_eq!(error.to_string(), "the factor of `scale` must be finite and not negative, got -1");
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scaled<M> {
    model: M,
    factor: f64,
}

impl<M: Model> Model for Scaled<M> {
    type Sites = M::Sites;
    type Element = M::Element;
    type Output = M::Output;

    fn run(&self) -> M::Output {
        let outside = M::Element::enter_scale(self.factor);
        let output = self.model.run();
        if let Some(outside) = outside {
            M::Element::leave_scale(outside);
        }
        output
    }
}

/// Lays a handler over the model that runs next.
pub(crate) fn lay<E: Element>(action: &Arc<Action>) {
    slot::with_compared(|run: &mut Run<E>| {
        // What it does to a site is a part of what is followed there; others are not compared.
        if !matches!(**action, Action::Noncentered(_)) {
            run.interrupt();
        }
        run.lay(action);
    });
}

/// Takes the last handler away.
pub(crate) fn lift<E: Element>() {
    slot::with_compared(|run: &mut Run<E>| run.lift_overlay());
}

/// Multiplies the factor of all terms that come; returns the one outside.
pub(crate) fn enter_scale<E: Element>(factor: f64) -> Option<f64> {
    slot::with(|run: &mut Run<E>| {
        if !(factor >= 0.0 && factor.is_finite()) {
            let what = format!("the factor of `scale` must be finite and not negative, got {factor}");
            run.tape.fail(Error::Setup { what });
        }
        if factor != 1.0 && run.session.paths.sums() {
            let what =
                "a model under `scale` stands inside of a sum over paths, which would be one of powers";
            run.tape.fail(Error::Setup { what: what.to_owned() });
        }
        let outside = run.scope.scale;
        run.scope.scale *= factor;
        outside
    })
}

/// Goes back to the factor outside.
pub(crate) fn leave_scale<E: Element>(outside: f64) {
    slot::with(|run: &mut Run<E>| run.scope.scale = outside);
}
