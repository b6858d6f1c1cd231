//! Changes of location and scale.

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
use crate::value::{IntoValue, Value};

/// The function `loc + scale * x`; the scale may be negative but not zero.
///
/// # Shapes
///
/// The parameters are scalars, or arrays of the shape of the distribution's values.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Affine, Distribution, Normal, Transformed};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// let transformed = Transformed::new(Normal::new(0.0, 1.0), Affine::new(1.0, -2.0));
/// assert_eq!(support(&transformed), "RealLine");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Affine<E: Element = f64> {
    loc: Value<E>,
    scale: Value<E>,
}

impl<E: Element> Affine<E> {
    /// Returns the function with these parameters.
    #[track_caller]
    pub fn new(loc: impl IntoValue<E>, scale: impl IntoValue<E>) -> Self {
        Affine { loc: loc.into_value(), scale: scale.into_value() }
    }

    /// Returns the change with this location and scale.
    pub(crate) fn of([loc, scale]: [Value<E>; 2]) -> Self {
        Affine { loc, scale }
    }

    pub(crate) fn parameters(&self) -> [Value<E>; 2] {
        [self.loc, self.scale]
    }

    pub(crate) fn forward(&self, tape: &mut Tape<E>, place: Caller, x: NodeId) -> NodeId {
        let [loc, scale] = self.parameters().map(|p| tape.lift(p, place));
        let stretched = tape.combine_alike(Binary::Mul, node(x), scale, place);
        tape.combine_alike(Binary::Add, node(stretched), loc, place)
    }

    pub(super) fn inverse(&self, tape: &mut Tape<E>, place: Caller, y: Arg<E>) -> NodeId {
        let [loc, scale] = self.parameters().map(|p| tape.lift(p, place));
        let centred = tape.combine_alike(Binary::Sub, y, loc, place);
        tape.combine_alike(Binary::Div, node(centred), scale, place)
    }

    pub(super) fn log_det(&self, tape: &mut Tape<E>, place: Caller, x: NodeId) -> NodeId {
        let scale = tape.lift(self.scale, place);
        let event = tape.node(x).shape;
        tape.sum_terms::<Stretch>(&[node(x), scale], event, Use::Seeded)
    }
}

impl<E: Element> Bijector<E> for Affine<E> {
    const NAME: &'static str = "Affine";

    fn map(&self) -> Function<E> {
        Function::Affine(*self)
    }
}

/// `ln |scale|`, for each element of a first operand.
struct Stretch;

impl NumberTerm for Stretch {
    const ARITY: usize = 2;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
        let scale = args[1];
        let mut by = [E::zero(); OPERANDS];
        by[1] = scale.recip();
        // A scale of zero is no bijection.
        (if scale == E::zero() { E::nan() } else { math::ln(scale.abs()) }, by)
    }
}
