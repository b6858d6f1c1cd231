//! Invertible functions of numbers, element by element: what a distribution can be transformed by.

mod affine;
mod power;

pub use affine::Affine;
pub use power::Power;

use super::distribution::Caller;
use crate::element::{Element, Numeric};
use crate::family::Need;
use crate::kernel::math;
use crate::shape::Shape;
use crate::support::{Bounded, Circle, Positive, RealLine, Support, UnitInterval};
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{OPERANDS, Term};
use crate::tape::ops::{Binary, Unary};
use crate::value::Value;

/// An invertible differentiable function `y = f(x)` of numbers, applied element by element.
///
/// Laws: `inverse(forward(x)) = x`; `log_slope` is `-ln |f'(x)|`, what the log-density of `y` adds to that of `x`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Bijector, Tanh};
///
/// fn name<B: Bijector<f64>>(_: B) -> &'static str {
///     B::NAME
/// }
/// assert_eq!(name(Tanh), "Tanh");
/// ```
pub trait Bijector<E: Element>: Copy {
    /// The name users read in messages.
    const NAME: &'static str;

    /// Returns the function as data.
    #[doc(hidden)]
    fn map(&self) -> Function<E>;
}

/// A function of numbers as data.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub enum Function<E: Element> {
    Exp(Exp),
    Sigmoid(Sigmoid),
    Softplus(Softplus),
    Tanh(Tanh),
    Affine(Affine<E>),
    Power(Power<E>),
}

/// Evaluates an expression with the function that a map is.
macro_rules! with_function {
    ($map:expr, $function:ident => $does:expr) => {
        match $map {
            Function::Exp($function) => $does,
            Function::Sigmoid($function) => $does,
            Function::Softplus($function) => $does,
            Function::Tanh($function) => $does,
            Function::Affine($function) => $does,
            Function::Power($function) => $does,
        }
    };
}

impl<E: Element> Function<E> {
    /// Returns the name users read in messages.
    pub(crate) fn name(&self) -> &'static str {
        fn of<E: Element, B: Bijector<E>>(_: &B) -> &'static str {
            B::NAME
        }
        with_function!(self, function => of::<E, _>(function))
    }

    /// Returns the parameters; the second is a constant where there is only one.
    pub(crate) fn parameters(&self) -> [Value<E>; 2] {
        with_function!(self, function => Invertible::<E>::parameters(function))
    }

    /// Records the image of `x`.
    pub(crate) fn forward(&self, tape: &mut Tape<E>, place: Caller, x: NodeId) -> NodeId {
        with_function!(self, function => function.forward(tape, place, x))
    }

    /// Records the number whose image is `y`: the one that `y` was computed from, where it was computed here.
    pub(crate) fn inverse(&self, tape: &mut Tape<E>, place: Caller, y: Arg<E>) -> NodeId {
        with_function!(self, function => function.inverse(tape, place, y))
    }

    /// Records the sum over the event of `-ln |f'(x)|`, which is `-inf` where `y` is no image.
    pub(crate) fn log_slope(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        pair: [Arg<E>; 2],
        event: Shape,
        usage: Use,
    ) -> NodeId {
        with_function!(self, function => function.log_slope(tape, place, pair, event, usage))
    }

    /// Returns whether `y` is the image of some number.
    pub(crate) fn reaches(&self, y: E) -> bool {
        with_function!(self, function => function.reaches(y))
    }
}

/// What a map does on a tape; [`Function`] says what each method returns.
trait Invertible<E: Element> {
    fn parameters(&self) -> [Value<E>; 2] {
        [Value::constant(E::zero()); 2]
    }

    fn forward(&self, tape: &mut Tape<E>, place: Caller, x: NodeId) -> NodeId;

    fn inverse(&self, tape: &mut Tape<E>, place: Caller, y: Arg<E>) -> NodeId;

    fn log_slope(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        pair: [Arg<E>; 2],
        event: Shape,
        usage: Use,
    ) -> NodeId;

    fn reaches(&self, y: E) -> bool;
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
    note = "`Exp`, `Sigmoid`, `Softplus` and `Tanh` take `RealLine`, `Power` takes `Positive`, `Affine` takes any interval"
)]
pub trait Maps<S: Support> {
    /// Where the images lie.
    type Image: Support;
}

macro_rules! maps {
    ($($name:ident: $($from:ident -> $to:ident),+;)*) => {$($(
        impl Maps<$from> for $name {
            type Image = $to;
        }
    )+)*};
}
maps! {
    Exp: RealLine -> Positive;
    Sigmoid: RealLine -> UnitInterval;
    Softplus: RealLine -> Positive;
    Tanh: RealLine -> Bounded;
}

impl<E: Element> Maps<Positive> for Power<E> {
    type Image = Positive;
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

/// Returns the operand of `y`, if `y` was computed by this function.
fn operand_of<E: Element>(tape: &Tape<E>, y: Arg<E>, kind: Unary) -> Option<NodeId> {
    if !y.id.is_some() {
        return None;
    }
    match tape.node(y.id).op {
        Op::Unary(found, x) if found == kind => Some(x),
        _ => None,
    }
}

/// Defines a transform without parameters, which is one function of the tape.
macro_rules! unary {
    ($(
        $(#[$doc:meta])*
        $name:ident = $kind:expr, inverse |$tape:ident, $y:ident| $inverse:expr,
        slope |$x:ident| $slope:expr, $by:expr, reaches |$image:ident| $reaches:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Term for $name {
            const ARITY: usize = 2;
            const VECTORISES: bool = true;

            #[inline(always)]
            fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
                let ($x, $image) = (args[0], args[1]);
                let mut by = [E::zero(); OPERANDS];
                by[0] = $by;
                // A draw that rounding put on the edge still has the finite number that it was computed from.
                let inside = ($reaches) | $image.is_nan() | $x.is_finite();
                (if inside { $slope } else { E::neg_infinity() }, by)
            }
        }

        impl<E: Element> Bijector<E> for $name {
            const NAME: &'static str = stringify!($name);

            fn map(&self) -> Function<E> {
                Function::$name(*self)
            }
        }

        impl<E: Element> Invertible<E> for $name {
            fn forward(&self, tape: &mut Tape<E>, _: Caller, x: NodeId) -> NodeId {
                tape.unary($kind, Arg { id: x, value: E::zero() })
            }

            fn inverse(&self, $tape: &mut Tape<E>, _: Caller, $y: Arg<E>) -> NodeId {
                match operand_of($tape, $y, $kind) {
                    Some(x) => x,
                    None => $inverse,
                }
            }

            fn log_slope(
                &self,
                tape: &mut Tape<E>,
                _: Caller,
                pair: [Arg<E>; 2],
                event: Shape,
                usage: Use,
            ) -> NodeId {
                tape.sum_terms::<$name>(&pair, event, usage)
            }

            fn reaches(&self, $image: E) -> bool {
                $reaches
            }
        }
    )*};
}

unary! {
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
    Exp = Unary::Exp,
        inverse |tape, y| tape.unary(Unary::Ln, y),
        slope |x| -x, -E::one(),
        reaches |y| y > E::zero();
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
    Sigmoid = Unary::Sigmoid,
        inverse |tape, y| log_ratio(tape, y, E::one(), E::zero()),
        slope |x| math::softplus(x) + math::softplus(-x), math::sigmoid(x) - math::sigmoid(-x),
        reaches |y| y > E::zero() && y < E::one();
    /// The function `ln(1 + e^x)`, from the real line to the positive numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::{Distribution, Normal, Softplus, Transformed};
    /// use ppl_runtime::support::Support;
    ///
    /// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
    ///     D::Support::NAME
    /// }
    /// let transformed = Transformed::new(Normal::new(0.0, 1.0), Softplus);
    /// assert_eq!(support(&transformed), "Positive");
    /// ```
    Softplus = Unary::Softplus,
        inverse |tape, y| softplus_inverse(tape, y),
        slope |x| math::softplus(-x), -math::sigmoid(-x),
        reaches |y| y > E::zero();
    /// The hyperbolic tangent, from the real line to the numbers between -1 and 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::{Distribution, Normal, Tanh, Transformed};
    /// use ppl_runtime::support::Support;
    ///
    /// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
    ///     D::Support::NAME
    /// }
    /// let transformed = Transformed::new(Normal::new(0.0, 1.0), Tanh);
    /// assert_eq!(support(&transformed), "Bounded");
    /// ```
    Tanh = Unary::Tanh,
        inverse |tape, y| log_ratio(tape, y, E::of(0.5), E::one()),
        // ln(1 - tanh^2 x) = 2 (ln 2 - x - softplus(-2 x)), even in x.
        slope |x| E::of(2.0) * (x + math::softplus(-E::of(2.0) * x) - E::LN_2()), E::of(2.0) * math::tanh(x),
        reaches |y| y > -E::one() && y < E::one();
}

/// Records `scale * ln((shift + y) / (1 - y))`: the log-odds, or the inverse hyperbolic tangent.
fn log_ratio<E: Element>(tape: &mut Tape<E>, y: Arg<E>, scale: E, shift: E) -> NodeId {
    let y = Arg { id: tape.materialise(y), value: y.value };
    let up = if shift == E::zero() { tape.unary(Unary::Ln, y) } else { tape.unary(Unary::Ln1p, y) };
    let minus = tape.affine(y.id, -E::one(), E::zero());
    let down = tape.unary(Unary::Ln1p, node(minus));
    // Two functions of one number have one shape.
    let ratio = tape.binary(Binary::Sub, node(up), node(down)).unwrap_or(up);
    if scale == E::one() { ratio } else { tape.affine(ratio, scale, E::zero()) }
}

/// Records `y + ln(1 - e^-y)`.
fn softplus_inverse<E: Element>(tape: &mut Tape<E>, y: Arg<E>) -> NodeId {
    let y = tape.materialise(y);
    let minus = tape.affine(y, -E::one(), E::zero());
    let rest = tape.unary(Unary::ExpM1, node(minus));
    let rest = tape.affine(rest, -E::one(), E::zero());
    let log = tape.unary(Unary::Ln, node(rest));
    tape.binary(Binary::Add, node(y), node(log)).unwrap_or(y)
}

fn node<E: Element>(id: NodeId) -> Arg<E> {
    Arg { id, value: E::zero() }
}
