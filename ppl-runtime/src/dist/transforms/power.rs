//! Powers of positive numbers.

use super::{Bijector, Function, node};
use crate::dist::distribution::Caller;
use crate::element::{Element, Numeric};
use crate::family::Need;
use crate::kernel::math;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::Binary;
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{NumberTerm, OPERANDS};
use crate::value::{IntoValue, Scalar, Value};

/// The function `x^exponent` of positive numbers; the exponent may be negative but not zero. Of a distribution on the unit interval it
/// makes one on the unit interval, where the exponent is positive: `Transformed::new(Beta::new(1.0, b), Power::new(1.0 / a))` is
/// Kumaraswamy's distribution.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, LogNormal, Power, Transformed};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// let transformed = Transformed::new(LogNormal::new(0.0, 1.0), Power::new(-1.0));
/// assert_eq!(support(&transformed), "Positive");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Power<E: Element = f64> {
    exponent: Value<E>,
}

impl<E: Element> Power<E> {
    /// Returns the power with this exponent.
    #[track_caller]
    pub fn new(exponent: impl IntoValue<E, Kind = Scalar>) -> Self {
        Power { exponent: exponent.into_value() }
    }

    pub(super) fn exponent(&self) -> Value<E> {
        self.exponent
    }

    pub(super) fn forward(&self, tape: &mut Tape<E>, place: Caller, x: NodeId) -> NodeId {
        let exponent = tape.lift(self.exponent, place);
        tape.combine_alike(Binary::Pow, node(x), exponent, place)
    }

    pub(super) fn inverse(&self, tape: &mut Tape<E>, place: Caller, y: Arg<E>) -> NodeId {
        let exponent = tape.lift(self.exponent, place);
        let root = tape.combine_alike(Binary::Div, Arg::constant(E::one()), exponent, place);
        tape.combine_alike(Binary::Pow, y, node(root), place)
    }

    pub(super) fn log_det(&self, tape: &mut Tape<E>, place: Caller, [x, y]: [NodeId; 2]) -> NodeId {
        let exponent = tape.lift(self.exponent, place);
        let event = tape.node(y).shape;
        tape.sum_terms::<PowerSlope>(&[node(x), node(y), exponent], event, Use::Seeded)
    }
}

impl<E: Element> Bijector<E> for Power<E> {
    const NAME: &'static str = "Power";

    fn map(&self) -> Function<E> {
        Function::Power(*self)
    }
}

/// `ln |k| + (k - 1) ln x`.
struct PowerSlope;

impl NumberTerm for PowerSlope {
    const ARITY: usize = 3;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
        let (x, y, k) = (args[0], args[1], args[2]);
        let log = math::ln(x);
        let mut by = [E::zero(); OPERANDS];
        by[0] = (k - E::one()) / x;
        by[2] = k.recip() + log;
        let slope = if k == E::zero() { E::nan() } else { math::ln(k.abs()) + (k - E::one()) * log };
        (if y <= E::zero() { E::infinity() } else { slope }, by)
    }
}
