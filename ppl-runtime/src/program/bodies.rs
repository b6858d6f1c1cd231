//! The bodies of `sample!` and `observe!`: a statement about a site, compared with that of the run before.

use super::address::Name;
use super::observation::Observation;
use super::retrace::{Statement, What};
use super::run::Run;
use super::scope;
use super::sites::StatedAs;
use crate::diagnose::Explains;
use crate::dist::Distribution;
use crate::element::Element;
use crate::error::Place;
use crate::estimator::{Draft, Estimator};
use crate::support::Support;
use crate::tape::node::NodeId;
use crate::value::{Handle, Value};
use std::panic::Location;

impl<E: Element> Run<E> {
    /// Takes a statement about a site: it is compared with that of the run before, if there are values to compare.
    #[inline(always)]
    fn take_site(
        &mut self,
        what: What,
        name: Name,
        place: Place,
        parameters: Option<&[Value<E>]>,
        value: &[Value<E>],
        record: impl FnOnce(&mut Run<E>) -> NodeId,
    ) -> NodeId {
        let Some(parameters) = parameters else {
            self.interrupt();
            return record(self);
        };
        self.take(Statement::new(what, place.0, parameters).with(value).named(name), record)
    }
}

/// Draws a site of the guide: the body of `sample!` there.
#[doc(hidden)]
#[track_caller]
pub fn guide_sample<E, Declared, D, S>(name: Name, dist: D, estimator: S) -> D::Value
where
    E: Element,
    D: Distribution<E>,
    D::Support: StatedAs<Declared>,
    S: Estimator<E, D>,
{
    let place = Place(Location::caller());
    propose(name, &dist, estimator, false, place)
}

/// Draws an auxiliary site of the guide, which answers none of the model's.
#[doc(hidden)]
#[track_caller]
pub fn auxiliary_sample<E, Declared, D, S>(name: Name, dist: D, estimator: S) -> D::Value
where
    E: Element,
    D: Distribution<E>,
    D::Support: StatedAs<Declared>,
    S: Estimator<E, D>,
{
    let place = Place(Location::caller());
    propose(name, &dist, estimator, true, place)
}

fn propose<E: Element, D: Distribution<E>, S: Estimator<E, D>>(
    name: Name,
    dist: &D,
    estimator: S,
    auxiliary: bool,
    place: Place,
) -> D::Value {
    let value = scope::with_compared(|run: &mut Run<E>| {
        if run.behaviour.explains != Explains::Nothing {
            run.notes.estimator = Some(std::any::type_name::<S>());
        }
        let draft = Draft { name, dist, auxiliary, place };
        let values = if estimator.is_pathwise() { dist.compared_by() } else { None };
        let id = run.take_site(What::Propose, name, place, values, &[], |run| estimator.propose(run, draft));
        Value::of_node(id, run)
    });
    Handle::from_value(value.unwrap_or_else(Value::orphan))
}

/// Meets a latent site of the model: the body of `sample!` there.
#[doc(hidden)]
#[track_caller]
pub fn model_sample<E, Declared, D>(name: Name, dist: D) -> D::Value
where
    E: Element,
    D: Distribution<E>,
    D::Support: StatedAs<Declared>,
{
    let place = Place(Location::caller());
    let value = scope::with_compared(|run: &mut Run<E>| {
        let values = dist.compared_by();
        let id =
            run.take_site(What::Meet, name, place, values, &[], |run| run.meet(name, &dist, false, place));
        Value::of_node(id, run)
    });
    Handle::from_value(value.unwrap_or_else(Value::orphan))
}

/// Meets an observed site: the body of `observe!`.
#[doc(hidden)]
#[track_caller]
pub fn observe<E, D, V>(name: Name, dist: D, value: V)
where
    E: Element,
    D: Distribution<E>,
    V: Observation<E, <D::Support as Support>::Kind>,
{
    let place = Place(Location::caller());
    let value = value.observed();
    scope::with_compared(|run: &mut Run<E>| {
        run.take_site(What::Observe, name, place, dist.compared_by(), &[value], |run| {
            run.observe(name, &dist, value, place);
            NodeId::NONE
        })
    });
}
