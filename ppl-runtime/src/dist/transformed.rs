//! The distribution of a function of a value.

use super::distribution::{Caller, Distribution, Fault, Operands, Request, Trouble, Wanted};
use super::law::{HasLaw, Law};
use super::overflow::listed;
use super::transforms::{Bijector, Function, Maps};
use crate::element::{Element, Numeric};
use crate::estimator::HasPathwise;
use crate::family::Need;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{NumberTerm, OPERANDS};
use crate::tape::walk::Extent;

/// The distribution of `f(x)`, where `x` has the base distribution: `Transformed::new(Normal::new(0.0, 1.0), Exp)`.
///
/// # Density
///
/// `ln p(x) - ln |det f'(x)|` with `x` the value whose image it is; zero where there is none. The determinant is that of the
/// coordinates that determine the others, as [`Bijection`](crate::support::Bijection) says.
///
/// # Shapes
///
/// Those of the base, where the function is applied to each element. A map onto vectors or matrices takes the base's last
/// dimension as free coordinates: [`Simplex`](crate::support::Simplex) makes `[K]` of `[K - 1]`.
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

/// A log-density less a log-determinant; where the latter is infinite there is no density, whatever the first would be.
struct Image;

impl NumberTerm for Image {
    const ARITY: usize = 2;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
        let (base, log_det) = (args[0], args[1]);
        let outside = log_det == E::infinity();
        let flows = if outside { E::zero() } else { E::one() };
        let mut by = [E::zero(); OPERANDS];
        by[0] = flows;
        by[1] = -flows;
        (if outside { E::neg_infinity() } else { base - log_det }, by)
    }
}

impl<E: Element, D: HasLaw<E>, B: Bijector<E>> HasLaw<E> for Transformed<D, B> {
    fn law(&self) -> Law<'_, E> {
        Law::Transformed(TransformedLaw { base: &self.base, map: self.map.map(), name: B::NAME })
    }
}

impl<E: Element, D: Distribution<E>, B: Bijector<E> + Maps<D::Support>> Distribution<E>
    for Transformed<D, B>
{
    type Support = B::Image;
    type Value = D::Value;
    type Propriety = D::Propriety;
}

/// A transformed distribution without its type.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct TransformedLaw<'a, E: Element> {
    base: &'a dyn HasLaw<E>,
    map: Function<E>,
    name: &'static str,
}

impl<'a, E: Element> TransformedLaw<'a, E> {
    /// Returns the distribution of the image of a value of `base`.
    pub(crate) fn of(base: &'a dyn HasLaw<E>, map: Function<E>, name: &'static str) -> TransformedLaw<'a, E> {
        TransformedLaw { base, map, name }
    }

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
                    self.name
                ));
            }
        }
        self.map
            .image_shape(shape)
            .map_err(|detail| format!("{} of a value of shape {shape}: {detail}", self.name))
    }

    pub(crate) fn draw(&self, tape: &mut Tape<E>, place: Caller, request: Request) -> NodeId {
        let Ok(free) = self.base().event_shape(tape, place) else { return tape.placeholder(request.extent) };
        let extent = Extent { shape: free, ..request.extent };
        let x = self.base().draw(tape, place, Request { extent, ..request });
        // Where the draw is not to be differentiated, neither is it by the function's parameters.
        let before = tape.lifts_constants;
        tape.lifts_constants |= !request.pathwise;
        let y = self.map.forward(tape, place, x, request.extent.shape);
        tape.lifts_constants = before;
        y
    }

    pub(crate) fn log_density(&self, tape: &mut Tape<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        let Some((x, y)) = self.pair(tape, place, value) else { return tape.placeholder(Extent::SCALAR) };
        // The two parts are kept apart along the axes until their difference is taken.
        let each = if usage == Use::Seeded { Use::Seeded } else { Use::Elements };
        let base = self.base().log_density(tape, place, Arg { id: x, value: E::zero() }, each);
        let log_det = self.map.log_det(tape, place, [x, y]);
        let parts = [base, log_det].map(|id| Arg { id, value: E::zero() });
        tape.sum_terms::<Image>(&parts, Shape::SCALAR, usage)
    }

    /// Records the value of the base whose image a value is, and that value.
    fn pair(&self, tape: &mut Tape<E>, place: Caller, value: Arg<E>) -> Option<(NodeId, NodeId)> {
        // Data of any shape have independent elements, where the base is a number and so is each image.
        let base = self.base().event_shape(tape, place).ok()?;
        let shape = tape.extent(&value).shape;
        let free = if base.rank() == 0 { shape } else { base };
        let y = tape.materialise(value);
        let x = self.map.inverse(tape, place, Arg { id: y, value: E::zero() }, free);
        Some((x, y))
    }

    pub(crate) fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        let name = self.name;
        let (x, y) = self.pair(tape, place, value)?;
        let Extent { axes, shape } = tape.node(y).extent();
        let rows = tape.value(y).chunks_exact(shape.len().max(1)).enumerate();
        let mut refused = rows.filter_map(|(row, y)| Some((row, self.map.refusal(name, shape, y)?)));
        if let Some((row, (event, detail))) = refused.next() {
            let found = Trouble { axes, row, event, silent: false, fault: Fault::Value, detail };
            return (wanted == Wanted::Faults).then_some(found);
        }
        let base = self.base();
        let trouble = base.find_trouble(tape, place, Arg { id: x, value: E::zero() }, mask, wanted)?;
        if trouble.fault == Fault::Value
            && let Some(detail) = self.say_overflow(tape, [x, y], &trouble)
        {
            return Some(Trouble { fault: Fault::Density { is_possible: true }, detail, ..trouble });
        }
        Some(Trouble { detail: format!("before {name}, {}", trouble.detail), ..trouble })
    }

    /// Says of a value whose inverse image is beyond the number type that it is: the base's support has no part in that.
    fn say_overflow(&self, tape: &Tape<E>, [x, y]: [NodeId; 2], trouble: &Trouble) -> Option<String> {
        let row_of = |id: NodeId| {
            let node = tape.node(id);
            let width = node.shape.len().max(1);
            let row = tape.value(id).get(trouble.row * width..(trouble.row + 1) * width)?;
            (node.axes == trouble.axes).then_some(row)
        };
        let (x, y) = (row_of(x)?, row_of(y)?);
        let of_element = |row: &[E]| match trouble.event {
            Some(k) if row.len() > k => row[k].is_finite(),
            _ => row.iter().all(|x| x.is_finite()),
        };
        (of_element(y) && !of_element(x)).then(|| {
            format!(
                "the value overflows before {}: what {} is the image of is beyond {}",
                self.name,
                listed(y),
                E::NAME
            )
        })
    }
}

#[cfg(test)]
#[path = "transformed_tests.rs"]
mod tests;
