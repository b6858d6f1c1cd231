//! All probability at one value.

use super::distribution::{Caller, Distribution, Fault, Proper, Request, Trouble, Wanted};
use super::law::{HasLaw, Law};
use super::member::{Family, Member};
use super::registered::registered;
use crate::element::{Element, Numeric};
use crate::estimator::HasPathwise;
use crate::family::Need;
use crate::program::sites::Declared;
use crate::shape::Shape;
use crate::support::Point;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{NumberTerm, OPERANDS};
use crate::tape::walk::{Extent, Walk};
use crate::value::{IntoValue, Scalar, Value, ValueKind};
use std::marker::PhantomData;

/// The distribution that is certain to have one value: what a guide of point estimates proposes.
///
/// In a guide, `sample!("w", Delta::new(param!("w", ..., Simplex)))` makes the bound the log of the joint density at `w`,
/// so that it is maximised by the maximum a posteriori estimate. It answers a continuous site of any support.
///
/// # Density
///
/// Zero in log space at the value itself, `-inf` anywhere else: with respect to the counting measure, not to length. So
/// the bound of a guide with a `Delta` is no lower bound of the evidence.
///
/// # Shapes
///
/// A value has the shape of the argument, and its kind (scalar or array).
///
/// # Estimators
///
/// There is no noise, so the draw is the value itself whichever estimator is asked for, and derivatives flow to it.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Delta, Distribution};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// assert_eq!(support(&Delta::new(3.0)), "Point");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Delta<E: Element = f64, K = Scalar> {
    value: Value<E>,
    kind: PhantomData<fn() -> K>,
}

impl<E: Element, K: ValueKind> Delta<E, K> {
    /// Returns the distribution that is certain to have this value, a number or an array.
    #[inline(always)]
    #[track_caller]
    pub fn new(value: impl IntoValue<E, Kind = K>) -> Self {
        Delta { value: value.into_value(), kind: PhantomData }
    }
}

impl<E: Element, K> Declared for Delta<E, K> {
    type Support = Point;
}

impl<E: Element, K> HasPathwise for Delta<E, K> {}

impl<E: Element, K: ValueKind> HasLaw<E> for Delta<E, K> {
    fn law(&self) -> Law<'_, E> {
        Law::Member(Member::new(E::family::<Certain>(), std::slice::from_ref(&self.value)))
    }
}

impl<E: Element, K: ValueKind> Distribution<E> for Delta<E, K> {
    type Support = Point;
    type Value = K::Handle<E>;
    type Propriety = Proper;
}

/// The family of distributions that are certain: each has one operand, its value.
pub struct Certain;

registered!(Certain, |Number| CertainValues(PhantomData::<Number>));

/// The functions of the family.
struct CertainValues<E>(PhantomData<E>);

impl<E: Element> Family<E> for CertainValues<E> {
    fn is_pathwise(&self) -> bool {
        true
    }

    fn is_certain(&self) -> bool {
        true
    }

    fn is_elementwise(&self) -> bool {
        true
    }

    fn jump_operands(&self, observed: bool) -> usize {
        usize::from(observed)
    }

    fn event_shape(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> Result<Shape, String> {
        let arg = tape.lift(p[0], place);
        Ok(tape.extent(&arg).shape)
    }

    fn draw(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>], request: Request) -> NodeId {
        let arg = tape.lift(p[0], place);
        // Data of any shape may be simulated from a scalar.
        let shape = request.extent.shape;
        let arg = if shape.rank() > 0 { tape.fill(arg, shape) } else { arg };
        let id = tape.materialise(arg);
        let id = tape.spread(id, request.extent.axes);
        // A node of its own, because the draw depends on its site and the argument does not.
        let extent = tape.node(id).extent();
        let draw = tape.view(id, extent, 0);
        tape.nodes[draw.0 as usize].deps = request.deps;
        draw
    }

    fn log_density(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        usage: Use,
    ) -> NodeId {
        let point = tape.lift(p[0], place);
        let event = Pair::of(tape, value, point).domain.shape;
        tape.sum_terms::<Same>(&[value, point], event, usage)
    }

    fn log_density_at(
        &self,
        tape: &mut Tape<E>,
        p: &[Arg<E>],
        value: Arg<E>,
        event: Shape,
        usage: Use,
    ) -> NodeId {
        tape.sum_terms::<Same>(&[value, p[0]], event, usage)
    }

    fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        _: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        if wanted == Wanted::Overflows {
            return None;
        }
        let point = tape.lift(p[0], place);
        let pair = Pair::of(tape, value, point);
        let mut trouble = None;
        pair.each(tape, |at, x, point| {
            if trouble.is_none() && x != point {
                trouble = Some((at, format!("the value {x} is not that of Delta({point})")));
            }
        });
        let Extent { axes, shape } = pair.domain;
        let width = shape.len().max(1);
        trouble.map(|(at, detail)| Trouble {
            axes,
            row: at / width,
            event: (shape.rank() > 0).then_some(at % width),
            silent: false,
            fault: Fault::Value,
            detail,
        })
    }
}

/// The log-density of a value, given the point where it should be; it has no slope anywhere.
struct Same;

impl NumberTerm for Same {
    const ARITY: usize = 2;
    const VECTORISES: bool = true;

    #[inline(always)]
    fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
        let (x, point) = (args[0], args[1]);
        let differs = if x.is_nan() || point.is_nan() { E::nan() } else { E::neg_infinity() };
        (if x == point { E::zero() } else { differs }, [E::zero(); OPERANDS])
    }
}

/// A value beside the point that it should be.
struct Pair<E> {
    value: Arg<E>,
    point: Arg<E>,
    domain: Extent,
}

impl<E: Element> Pair<E> {
    fn of(tape: &Tape<E>, value: Arg<E>, point: Arg<E>) -> Pair<E> {
        let (a, b) = (tape.extent(&value), tape.extent(&point));
        let shape = if a.shape.rank() > 0 { a.shape } else { b.shape };
        Pair { value, point, domain: Extent { axes: a.axes.union(b.axes), shape } }
    }

    /// Calls `visit` with the position in the domain, the value and the point of each element.
    fn each(&self, tape: &Tape<E>, mut visit: impl FnMut(usize, E, E)) {
        let extents = [tape.extent(&self.value), tape.extent(&self.point)];
        let elements = |arg: &Arg<E>| match arg.as_constant() {
            Some(constant) => vec![constant],
            None => tape.value(arg.id).to_vec(),
        };
        let (x, point) = (elements(&self.value), elements(&self.point));
        let mut at = 0;
        Walk::new(&tape.sizes, self.domain, &extents).rows(|offset, n, stride| {
            for i in 0..n {
                visit(at, x[offset[0] + i * stride[0]], point[offset[1] + i * stride[1]]);
                at += 1;
            }
        });
    }
}

#[cfg(test)]
#[path = "delta_tests.rs"]
mod tests;
