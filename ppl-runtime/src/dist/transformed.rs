//! The distribution of a function of a value.

use super::distribution::{Caller, Distribution, Operands, Request, Trouble};
use super::law::{HasLaw, Law};
use super::transforms::{Bijector, Function, Maps};
use crate::element::{Element, Numeric};
use crate::estimator::HasPathwise;
use crate::family::Need;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{OPERANDS, Term};

/// The distribution of `f(x)`, where `x` has the base distribution: `Transformed::new(Normal::new(0.0, 1.0), Exp)`.
///
/// # Density
///
/// `ln p(x) - ln |f'(x)|` with `x` the number whose image the value is, summed over the event; zero where there is none.
///
/// # Shapes
///
/// Those of the base; the function is applied to each element.
///
/// # Supports
///
/// The image of the base's support, which the statement says: `sample!("x", Transformed::new(..), on(Positive))`.
///
/// # Estimators
///
/// Draws are differentiable where those of the base are.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Affine, Distribution, Exp, Normal, Transformed};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// assert_eq!(support(&Transformed::new(Normal::new(0.0, 1.0), Exp)), "Positive");
/// assert_eq!(support(&Transformed::new(Normal::new(0.0, 1.0), Affine::new(2.0, -3.0))), "RealLine");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Transformed<D = super::Normal, B = super::Exp> {
    base: D,
    map: B,
}

impl<D, B> Transformed<D, B> {
    /// Returns the distribution of the image of a value of `base`.
    pub fn new(base: D, map: B) -> Self {
        Transformed { base, map }
    }
}

impl<D: HasPathwise, B> HasPathwise for Transformed<D, B> {}

/// The sum of two log-densities, where `-inf` in the second prevails over whatever the first would be.
struct Sum;

impl Term for Sum {
    const ARITY: usize = 2;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
        let (base, slope) = (args[0], args[1]);
        let outside = slope == E::neg_infinity();
        let flows = if outside { E::zero() } else { E::one() };
        let mut by = [E::zero(); OPERANDS];
        by[0] = flows;
        by[1] = flows;
        (if outside { slope } else { base + slope }, by)
    }
}

impl<E: Element, D: HasLaw<E>, B: Bijector<E>> HasLaw<E> for Transformed<D, B> {
    fn law(&self) -> Law<'_, E> {
        Law::Transformed(TransformedLaw { base: &self.base, map: self.map.map() })
    }
}

impl<E: Element, D: Distribution<E>, B: Bijector<E> + Maps<D::Support>> Distribution<E>
    for Transformed<D, B>
{
    type Support = B::Image;
    type Value = D::Value;
}

/// A transformed distribution without its type.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct TransformedLaw<'a, E: Element> {
    base: &'a dyn HasLaw<E>,
    map: Function<E>,
}

impl<'a, E: Element> TransformedLaw<'a, E> {
    /// Returns the distribution that is transformed.
    pub(crate) fn base(&self) -> Law<'a, E> {
        self.base.law()
    }

    pub(crate) fn is_pathwise(&self) -> bool {
        self.base().is_pathwise()
    }

    pub(crate) fn operands(&self, tape: &mut Tape<E>, place: Caller) -> Operands {
        Operands::of(tape, place, &self.map.parameters()).union(self.base().operands(tape, place))
    }

    pub(crate) fn event_shape(&self, tape: &mut Tape<E>, place: Caller) -> Result<Shape, String> {
        let shape = self.base().event_shape(tape, place)?;
        for parameter in self.map.parameters() {
            let arg = tape.lift(parameter, place);
            let found = tape.extent(&arg).shape;
            if found.rank() != 0 && found != shape {
                return Err(format!(
                    "a parameter of {} has the shape {found}, the distribution that it transforms {shape}",
                    self.map.name()
                ));
            }
        }
        Ok(shape)
    }

    pub(crate) fn draw(&self, tape: &mut Tape<E>, place: Caller, request: Request) -> NodeId {
        let x = self.base().draw(tape, place, request);
        // Where the draw is not to be differentiated, neither is it by the function's parameters.
        let before = tape.lifts_constants;
        tape.lifts_constants |= !request.pathwise;
        let y = self.map.forward(tape, place, x);
        tape.lifts_constants = before;
        y
    }

    pub(crate) fn log_density(&self, tape: &mut Tape<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        let event = tape.extent(&value).shape;
        let x = Arg { id: self.map.inverse(tape, place, value), value: E::zero() };
        // The two parts are kept apart along the axes until their sum is taken.
        let each = if usage == Use::Seeded { Use::Seeded } else { Use::Elements };
        let base = self.base().log_density(tape, place, x, each);
        let slope = self.map.log_slope(tape, place, [x, value], event, each);
        let parts = [base, slope].map(|id| Arg { id, value: E::zero() });
        tape.sum_terms::<Sum>(&parts, Shape::SCALAR, usage)
    }

    pub(crate) fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        value: Arg<E>,
        mask: Option<NodeId>,
    ) -> Option<Trouble> {
        let name = self.map.name();
        let extent = tape.extent(&value);
        let x = Arg { id: self.map.inverse(tape, place, value), value: E::zero() };
        let values = if value.id.is_some() { tape.value(value.id) } else { &[value.value] };
        let origins = tape.value(x.id);
        let has_origin = |at: usize| origins.len() == values.len() && origins[at].is_finite();
        let at = (0..values.len()).find(|&at| !self.map.reaches(values[at]) && !has_origin(at));
        if let Some(at) = at {
            let width = extent.shape.len().max(1);
            return Some(Trouble {
                axes: extent.axes,
                row: at / width,
                event: (extent.shape.rank() > 0).then_some(at % width),
                silent: false,
                detail: format!("the value {} is no value of {name}", values[at]),
            });
        }
        let trouble = self.base().find_trouble(tape, place, x, mask)?;
        Some(Trouble { detail: format!("before {name}, {}", trouble.detail), ..trouble })
    }
}

#[cfg(test)]
#[path = "transformed_tests.rs"]
mod tests;
