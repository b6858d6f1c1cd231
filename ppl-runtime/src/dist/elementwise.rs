//! Elementwise distributions opened up: which family, and which handles it is called with.
//!
//! A wrapper of a distribution (a truncation, an inflation) is a family of its own that is made from the family inside.
//! It sees every family with at most three parameters through the same four places, its own parameters first.

use super::distribution::{Caller, Distribution, Request, Trouble};
use super::family::Univariate;
use super::univariate;
use crate::element::Element;
use crate::program::run::Run;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::shape::Shape;
use crate::value::Value;

/// What is done with the family and the parameters of an elementwise distribution.
#[doc(hidden)]
pub trait Visit<E: Element> {
    /// What it gives.
    type Output;

    /// Does it.
    fn visit<F: Univariate<N>, const N: usize>(self, p: &[Value<E>; N]) -> Self::Output;
}

/// A distribution that is a family of numbers, element by element.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Elementwise, Normal};
///
/// fn is_elementwise<D: Elementwise<f64>>(_: &D) -> bool {
///     true
/// }
/// assert!(is_elementwise(&Normal::new(0.0, 1.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an elementwise distribution",
    label = "expected a distribution of numbers, like `Normal` or `Poisson`"
)]
pub trait Elementwise<E: Element>: Distribution<E> {
    /// Shows the family and the parameters to a visitor.
    #[doc(hidden)]
    fn visit<V: Visit<E>>(&self, visitor: V) -> V::Output;
}

/// The places of a wrapper's parameters.
pub(crate) const PLACES: usize = 4;

/// A family made from another, whose own parameters come before those of the family inside.
pub(crate) trait Wrap {
    /// The family that wraps `F`.
    type Of<F: Univariate<N>, const N: usize>: Univariate<PLACES>;
}

type EventShape<E> = fn(&mut Run<E>, Caller, &[Value<E>; PLACES]) -> Result<Shape, String>;
type Draw<E> = fn(&mut Run<E>, Caller, &[Value<E>; PLACES], Request) -> NodeId;
type LogDensity<E> = fn(&mut Run<E>, Caller, &[Value<E>; PLACES], Arg<E>, Use) -> NodeId;
type FindTrouble<E> = fn(&mut Run<E>, Caller, &[Value<E>; PLACES], Arg<E>) -> Option<Trouble>;

/// A wrapped family with its operands: what a distribution asks of the tape.
pub(crate) struct Wrapped<E: Element> {
    p: [Value<E>; PLACES],
    event_shape: EventShape<E>,
    draw: Draw<E>,
    log_density: LogDensity<E>,
    find_trouble: FindTrouble<E>,
}

impl<E: Element> Wrapped<E> {
    /// Returns the family that `W` makes of the base's, with the wrapper's own parameters in `front`.
    pub(crate) fn new<W: Wrap, D: Elementwise<E>>(base: &D, front: &[Value<E>]) -> Wrapped<E> {
        base.visit(Around::<E, W> { front, wrap: std::marker::PhantomData })
    }

    pub(crate) fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
        (self.event_shape)(run, place, &self.p)
    }

    pub(crate) fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
        (self.draw)(run, place, &self.p, request)
    }

    pub(crate) fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        (self.log_density)(run, place, &self.p, value, usage)
    }

    pub(crate) fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
        (self.find_trouble)(run, place, &self.p, value)
    }
}

struct Around<'a, E, W> {
    front: &'a [Value<E>],
    wrap: std::marker::PhantomData<W>,
}

impl<E: Element, W: Wrap> Visit<E> for Around<'_, E, W> {
    type Output = Wrapped<E>;

    fn visit<F: Univariate<N>, const N: usize>(self, p: &[Value<E>; N]) -> Wrapped<E> {
        let mut all = [Value::constant(E::zero()); PLACES];
        for (slot, &value) in all.iter_mut().zip(self.front.iter().chain(p)) {
            *slot = value;
        }
        Wrapped {
            p: all,
            event_shape: univariate::event_shape::<E, W::Of<F, N>, PLACES>,
            draw: univariate::draw::<E, W::Of<F, N>, PLACES>,
            log_density: univariate::log_density::<E, W::Of<F, N>, PLACES>,
            find_trouble: univariate::find_trouble::<E, W::Of<F, N>, PLACES>,
        }
    }
}

/// Returns the names of a wrapper's parameters.
pub(crate) const fn names<const OWN: usize, const N: usize>(
    own: [&'static str; OWN],
    inner: [&'static str; N],
) -> [&'static str; PLACES] {
    let mut names = [""; PLACES];
    let mut k = 0;
    while k < OWN {
        names[k] = own[k];
        k += 1;
    }
    while k < OWN + N && k < PLACES {
        names[k] = inner[k - OWN];
        k += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn the_wrappers_own_names_come_first() {
        assert_eq!(names(["low", "high"], ["loc", "scale"]), ["low", "high", "loc", "scale"]);
        assert_eq!(names(["gate"], ["rate"]), ["gate", "rate", "", ""]);
    }
}
