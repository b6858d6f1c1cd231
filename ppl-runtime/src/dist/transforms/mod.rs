//! Invertible functions of values: what a distribution can be transformed by.
//!
//! A bijection onto a support is one of them, as is a change of location and scale, whose parameters are values of the run.

mod affine;
mod power;
mod sort;

pub use affine::Affine;
pub use power::Power;

use super::distribution::Caller;
use crate::element::{Element, Numeric};
use crate::shape::{Dims, Shape};
use crate::support::{
    AnyBijection, Bijection, Bounded, Circle, CorrelationCholesky, CovarianceCholesky, Interval, Ordered,
    Positive, PositiveOrdered, RealLine, Simplex, Softplus, SumToZero, Support, Tanh, UnitInterval,
    UnitVector,
};
use crate::tape::Tape;
use crate::tape::known::Through;
use crate::tape::node::{Arg, NodeId};
use crate::value::Value;

/// An invertible differentiable function `y = f(x)`, of each element or of a whole event.
///
/// Every support that a parameter can have is one: its map from unconstrained space, with the base event's last dimension as
/// the free coordinates.
///
/// Laws: `inverse(forward(x)) = x`; `log_det` is `ln |det f'(x)|`, what the log-density of `x` loses on the way to `y`.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Bijector, Tanh};
/// use ppl_runtime::support::Simplex;
///
/// fn name<B: Bijector<f64>>(_: B) -> &'static str {
///     B::NAME
/// }
/// assert_eq!((name(Tanh), name(Simplex)), ("Tanh", "Simplex"));
/// ```
pub trait Bijector<E: Element>: Copy {
    /// The name users read in messages.
    const NAME: &'static str;

    /// Returns the function as data.
    #[doc(hidden)]
    fn map(&self) -> Function<E>;
}

/// A function as data.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub enum Function<E: Element> {
    Bijection(AnyBijection),
    Affine(Affine<E>),
    Power(Power<E>),
    /// The increasing order of a vector.
    Sort,
}

impl<E: Element> Function<E> {
    /// Returns the name that users read in messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Function::Bijection(map) => map.name(),
            Function::Affine(_) => Affine::<E>::NAME,
            Function::Power(_) => Power::<E>::NAME,
            Function::Sort => "Sort",
        }
    }

    /// Returns the parameters; a constant stands for one that there is not.
    pub(crate) fn parameters(&self) -> [Value<E>; 2] {
        let none = Value::constant(E::zero());
        match self {
            Function::Bijection(_) | Function::Sort => [none; 2],
            Function::Affine(affine) => affine.parameters(),
            Function::Power(power) => [power.exponent(), none],
        }
    }

    /// Returns the function as a draw's origin is told by, if a draw stands for its origin: not where parameters are constants, because the
    /// image moves and they do not, and not where the image has many.
    fn through(&self, tape: &Tape<E>) -> Option<Through<E>> {
        let [a, b] = self.parameters().map(|p| p.arg());
        match self {
            Function::Bijection(map) => Some(Through::Bijection(*map)),
            Function::Sort => None,
            _ if tape.lifts_constants => None,
            Function::Affine(_) => Some(Through::Affine([a, b])),
            Function::Power(_) => Some(Through::Power(a)),
        }
    }

    /// Returns the shape of the image of a value of this shape.
    ///
    /// # Errors
    ///
    /// A sentence with the shapes that do not fit.
    pub(crate) fn image_shape(&self, shape: Shape) -> Result<Shape, String> {
        match self {
            Function::Bijection(map) => Bijection::<E>::constrained_shape(map, shape),
            _ => Ok(shape),
        }
    }

    /// Records the image of `x`, which is of this shape.
    pub(crate) fn forward(&self, tape: &mut Tape<E>, place: Caller, x: NodeId, shape: Shape) -> NodeId {
        let y = match self {
            Function::Bijection(map) => tape.bijection(*map, x, shape),
            Function::Affine(affine) => affine.forward(tape, place, x),
            Function::Power(power) => power.forward(tape, place, x),
            Function::Sort => sort::forward(tape, x),
        };
        if let Some(through) = self.through(tape) {
            tape.note_origin(y, through, x);
        }
        y
    }

    /// Records the event of shape `free` whose image is `y`: the one that a draw was computed from, where it is known.
    pub(crate) fn inverse(&self, tape: &mut Tape<E>, place: Caller, y: Arg<E>, free: Shape) -> NodeId {
        let known = self.through(tape).and_then(|through| tape.origin_through(y, &through));
        match (known, self) {
            (Some(x), _) => x,
            (None, Function::Bijection(map)) => {
                let y = tape.materialise(y);
                if [UnitInterval.into(), Interval::new(0.0, 1.0).into()].contains(map)
                    && let Some(logit) = tape.log_odds(y)
                {
                    return logit;
                }
                tape.inverse(*map, y, free)
            }
            (None, Function::Affine(affine)) => affine.inverse(tape, place, y),
            (None, Function::Power(power)) => power.inverse(tape, place, y),
            // Of those that it is the order of, it is one itself.
            (None, Function::Sort) => tape.materialise(y),
        }
    }

    /// Records `ln |det f'(x)|`, which is infinite where `y` is no image.
    pub(crate) fn log_det(&self, tape: &mut Tape<E>, place: Caller, [x, y]: [NodeId; 2]) -> NodeId {
        match self {
            Function::Bijection(map) => tape.log_det(*map, x, y),
            Function::Affine(affine) => affine.log_det(tape, place, x),
            Function::Power(power) => power.log_det(tape, place, [x, y]),
            Function::Sort => sort::log_det(tape, y),
        }
    }

    /// Returns which element of an event is none of the function's values, or that the event as a whole is none, and why.
    pub(crate) fn refusal(&self, name: &str, shape: Shape, y: &[E]) -> Option<(Option<usize>, String)> {
        let element = |accepts: &dyn Fn(E) -> bool| {
            let at = y.iter().position(|&y| !accepts(y))?;
            let event = (shape.rank() > 0).then_some(at);
            Some((event, format!("the value {} is no value of {name}", y[at])))
        };
        match self {
            Function::Affine(_) => None,
            Function::Sort => {
                let at = sort::refusal(y)?;
                let (found, before) = (y[at], y[at - 1]);
                let detail = format!(
                    "element {at} is {found}, expected at least the element before it, {before}: no value of {name}"
                );
                Some((None, detail))
            }
            Function::Power(_) => element(&|y| y > E::zero()),
            Function::Bijection(map) if map.is_elementwise() => element(&|y| map.contains(&[], &[y])),
            Function::Bijection(map) => {
                let refusal = map.check(Dims::of(shape).as_slice(), y).err()?;
                Some((None, format!("{refusal}: no value of {name}")))
            }
        }
    }
}

/// A function that maps the support `S`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Exp, Maps};
/// use ppl_runtime::support::{RealLine, Support};
///
/// assert_eq!(<<Exp as Maps<RealLine>>::Image as Support>::NAME, "Positive");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not transform a distribution on `{S}`",
    label = "expected a function of the values of `{S}`",
    note = "`Exp`, `Sigmoid`, `Softplus`, `Tanh` and the maps onto a support (`Ordered`, `Simplex`, ..) take `RealLine`, `Power` takes `Positive` and `UnitInterval`, `Affine` takes any interval"
)]
pub trait Maps<S: Support> {
    /// Where the images lie.
    type Image: Support;
}

/// The exponential function, from the real line to the positive numbers.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, Exp, Normal, Transformed};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// let transformed = Transformed::new(Normal::new(0.0, 1.0), Exp);
/// assert_eq!(support(&transformed), "Positive");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Exp;

/// The logistic function `1 / (1 + e^-x)`, from the real line to the unit interval.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, Normal, Sigmoid, Transformed};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// let transformed = Transformed::new(Normal::new(0.0, 1.0), Sigmoid);
/// assert_eq!(support(&transformed), "UnitInterval");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;

/// Lists functions of the real line that are bijections onto a support: the type, its map and the support.
macro_rules! bijections {
    ($($name:ident is |$this:ident| $map:expr, onto $image:ident;)*) => {$(
        impl<E: Element> Bijector<E> for $name {
            const NAME: &'static str = stringify!($name);

            fn map(&self) -> Function<E> {
                let $this = *self;
                Function::Bijection($map.into())
            }
        }

        impl Maps<RealLine> for $name {
            type Image = $image;
        }
    )*};
}
bijections! {
    Exp is |_this| Positive, onto Positive;
    Positive is |this| this, onto Positive;
    Sigmoid is |_this| UnitInterval, onto UnitInterval;
    UnitInterval is |this| this, onto UnitInterval;
    Softplus is |this| this, onto Positive;
    Tanh is |this| this, onto Bounded;
    Interval is |this| this, onto Bounded;
    Circle is |this| this, onto Circle;
    Simplex is |this| this, onto Simplex;
    SumToZero is |this| this, onto SumToZero;
    UnitVector is |this| this, onto UnitVector;
    Ordered is |this| this, onto Ordered;
    PositiveOrdered is |this| this, onto PositiveOrdered;
    CorrelationCholesky is |this| this, onto CorrelationCholesky;
    CovarianceCholesky is |this| this, onto CovarianceCholesky;
}

impl<E: Element> Maps<Positive> for Power<E> {
    type Image = Positive;
}

// With a negative exponent the images lie beyond, and are refused as values of a site on the unit interval are.
impl<E: Element> Maps<UnitInterval> for Power<E> {
    type Image = UnitInterval;
}

macro_rules! affine_maps {
    ($($from:ident -> $to:ident),+) => {$(
        impl<E: Element> Maps<$from> for Affine<E> {
            type Image = $to;
        }
    )+};
}
// A half line that does not begin at zero has no type of its own: it is a part of the real line.
affine_maps!(RealLine -> RealLine, Positive -> RealLine, Bounded -> Bounded, UnitInterval -> Bounded, Circle -> Bounded);

fn node<E: Numeric>(id: NodeId) -> Arg<E> {
    Arg { id, value: E::zero() }
}
