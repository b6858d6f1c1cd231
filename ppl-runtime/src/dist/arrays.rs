//! Families of arrays on a tape: what is compiled for each of them, and what serves all.

use super::distribution::{Caller, Fault, Request, Trouble, Wanted};
use super::form::Tag;
use super::law::Family;
use super::overflow::Overflow;
use crate::element::Element;
use crate::family::Outcomes;
use crate::family::{Need, Structured};
use crate::kernel::array::{from_fn, nothing};
use crate::shape::{Dims, Shape};
use crate::support::Support;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::draw::each_row;
use crate::tape::ops::elementwise::Unary;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::rows::RowDensity;
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::Value;

/// The parameters that a family of arrays may have.
const PARAMETERS: usize = 2;

type EventShape = fn(&[&[usize]]) -> Result<Shape, String>;
type Draw<E> = fn(&mut Tape<E>, &[Arg<E>], Request) -> NodeId;
type LogDensity<E> = fn(&mut Tape<E>, &[Arg<E>], Arg<E>, Use) -> NodeId;
type OfDraw<E> = fn(&mut Tape<E>, NodeId, &[Arg<E>], Arg<E>, Use) -> NodeId;
type FindTrouble<E> = fn(&Tape<E>, &[Arg<E>], Arg<E>, Option<NodeId>, Wanted) -> Option<Trouble>;

/// How the logarithms of all probabilities come from the parameter of a categorical family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// It has the probabilities.
    OfProbs,
    /// It has their logarithms, up to a constant.
    OfLogits,
}

/// A family of arrays for a run: the functions that are compiled for it.
pub(crate) struct Arrays<E: Element> {
    is_pathwise: bool,
    outcomes: Outcomes,
    tag: Option<Tag>,
    table: Option<Table>,
    /// Writes the second parameter where it is given as the dimension of the values.
    by_dimension: Option<fn(&mut [E])>,
    event_shape: EventShape,
    draw: Draw<E>,
    log_density: LogDensity<E>,
    /// The log-density of a draw of its own, by its noise.
    log_density_of_draw: Option<OfDraw<E>>,
    find_trouble: FindTrouble<E>,
}

impl<E: Element> Arrays<E> {
    /// Returns the functions of a family with one parameter.
    pub(crate) const fn of_one<F: Structured<1>>() -> Arrays<E> {
        Arrays::of::<F, 1>(|tape, p, value, usage| {
            tape.sum_rows::<RowDensity<(F, [(); 1])>, 2>([value, p[0]], usage)
        })
    }

    /// Returns the functions of a family with two parameters.
    pub(crate) const fn of_two<F: Structured<2>>() -> Arrays<E> {
        Arrays::of::<F, 2>(|tape, p, value, usage| {
            tape.sum_rows::<RowDensity<(F, [(); 2])>, 3>([value, p[0], p[1]], usage)
        })
    }

    const fn of<F: Structured<N>, const N: usize>(log_density: LogDensity<E>) -> Arrays<E> {
        Arrays {
            is_pathwise: F::PATHWISE,
            outcomes: F::OUTCOMES,
            tag: None,
            table: None,
            by_dimension: None,
            event_shape: event_shape::<F, N>,
            draw: draw::<E, F, N>,
            log_density,
            log_density_of_draw: None,
            find_trouble: find_trouble::<E, F, N>,
        }
    }

    /// Returns the family as one whose own draws have their log-density by their noise.
    pub(crate) const fn known_by_noise(self, log_density_of_draw: OfDraw<E>) -> Arrays<E> {
        Arrays { log_density_of_draw: Some(log_density_of_draw), ..self }
    }

    /// Records the log-density: by the noise where the value is the family's own draw with these parameters.
    fn density(&self, tape: &mut Tape<E>, p: &[Arg<E>], value: Arg<E>, usage: Use) -> NodeId {
        match (self.log_density_of_draw, tape.noise_of(value, p)) {
            (Some(of_draw), Some(noise)) => of_draw(tape, noise, p, value, usage),
            _ => (self.log_density)(tape, p, value, usage),
        }
    }

    /// Returns the family as one that others know by name.
    pub(crate) const fn tagged(self, tag: Option<Tag>) -> Arrays<E> {
        Arrays { tag, ..self }
    }

    /// Returns the family as one whose values choose among the probabilities of its parameter.
    pub(crate) const fn with_table(self, table: Table) -> Arrays<E> {
        Arrays { table: Some(table), ..self }
    }

    /// Returns the family as one whose second parameter may be the dimension of its values, a number.
    pub(crate) const fn of_dimension<F: Structured<2>>(self) -> Arrays<E> {
        Arrays { by_dimension: Some(F::second_parameter::<E>), ..self }
    }

    fn lift(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> [Arg<E>; PARAMETERS] {
        let mut args = [Arg::constant(E::zero()); PARAMETERS];
        for (k, arg) in args.iter_mut().enumerate().take(p.len()) {
            *arg = self.operand(tape, place, p, k);
        }
        args
    }

    /// Records the log-density of values that choose among the probabilities of a vector which serves several of them: the
    /// logarithms are taken once for each vector. Returns nothing where that is not so.
    fn choose(&self, tape: &mut Tape<E>, parameter: Arg<E>, value: Arg<E>, usage: Use) -> Option<NodeId> {
        let table = self.table?;
        let (of, x) = (tape.extent(&parameter), tape.extent(&value));
        let is_shared =
            parameter.id.is_some() && of.shape.rank() == 1 && x.shape.rank() == 0 && !of.axes.covers(x.axes);
        if !is_shared {
            return None;
        }
        let index = tape.materialise(value);
        let logarithms = match table {
            Table::OfProbs => tape.unary(Unary::Ln, parameter),
            Table::OfLogits => tape.reduce(Along::LogSoftmax, parameter.id, Some(0)),
        };
        let chosen = match tape.every_outcome(index, of.shape.dim(0)) {
            Some(axis) if !of.axes.contains(axis) => tape.unstack(logarithms, axis),
            // What is no index is found, with its element, by the density itself.
            _ => tape.gather(logarithms, index).ok()?,
        };
        let axes = of.axes.union(x.axes);
        Some(if usage == Use::Total { tape.sum_axes(chosen, axes, 1.0) } else { chosen })
    }
}

impl<E: Element> Family<E> for Arrays<E> {
    fn tag(&self) -> Option<Tag> {
        self.tag
    }

    fn is_pathwise(&self) -> bool {
        self.is_pathwise
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn outcomes(&self) -> Outcomes {
        self.outcomes
    }

    fn operand(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>], k: usize) -> Arg<E> {
        if k == 1
            && let Some(write) = self.by_dimension
            && let Some(dimension) = p[k].as_constant()
        {
            let extent = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(dimension.as_f64() as usize) };
            return Arg { id: tape.leaf(extent, Deps::NONE, write), value: E::zero() };
        }
        tape.lift(p[k], place)
    }

    fn event_shape(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> Result<Shape, String> {
        let mut dims = [Dims::of(Shape::SCALAR); PARAMETERS];
        for (dims, arg) in dims.iter_mut().zip(self.lift(tape, place, p)) {
            *dims = Dims::of(tape.extent(&arg).shape);
        }
        let shapes: [&[usize]; PARAMETERS] = from_fn(&[], |k| dims[k].as_slice());
        (self.event_shape)(&shapes[..p.len()])
    }

    fn draw(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>], request: Request) -> NodeId {
        let p = self.lift(tape, place, p);
        let draw = (self.draw)(tape, &p, request);
        if self.log_density_of_draw.is_some() {
            tape.note_noise(draw, p);
        }
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
        let p = self.lift(tape, place, p);
        match self.choose(tape, p[0], value, usage) {
            Some(chosen) => chosen,
            None => self.density(tape, &p, value, usage),
        }
    }

    fn log_density_at(
        &self,
        tape: &mut Tape<E>,
        p: &[Arg<E>],
        value: Arg<E>,
        _: Shape,
        usage: Use,
    ) -> NodeId {
        self.density(tape, p, value, usage)
    }

    fn log_probabilities(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        outcomes: NodeId,
        axis: Axis,
    ) -> NodeId {
        if self.table == Some(Table::OfLogits) {
            // The derivatives of one row serve every outcome: `n` numbers in place of `n` for each.
            let logits = tape.lift(p[0], place);
            let logits = tape.materialise(logits);
            let rows = tape.reduce(Along::LogSoftmax, logits, Some(0));
            return tape.unstack(rows, axis);
        }
        self.log_density(tape, place, p, Arg { id: outcomes, value: E::zero() }, Use::Seeded)
    }

    fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        p: &[Value<E>],
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        let p = self.lift(tape, place, p);
        (self.find_trouble)(tape, &p, value, mask, wanted)
    }
}

fn event_shape<F: Structured<N>, const N: usize>(p: &[&[usize]]) -> Result<Shape, String> {
    F::event_shape(from_fn(&[], |k| p[k]))
}

fn draw<E: Element, F: Structured<N>, const N: usize>(
    tape: &mut Tape<E>,
    p: &[Arg<E>],
    request: Request,
) -> NodeId {
    let p = from_fn(p[0], |k| p[k]);
    let Request { streams, extent, pathwise, deps } = request;
    tape.draw_structured::<F, N>(&streams, p, extent.shape, extent.axes, pathwise && F::PATHWISE, deps)
}

fn find_trouble<E: Element, F: Structured<N>, const N: usize>(
    tape: &Tape<E>,
    p: &[Arg<E>],
    value: Arg<E>,
    mask: Option<NodeId>,
    wanted: Wanted,
) -> Option<Trouble> {
    let row_of = |arg: &Arg<E>| if arg.id.is_some() { tape.value(arg.id).to_vec() } else { vec![arg.value] };
    let x = row_of(&value);
    let data: [Vec<E>; N] = std::array::from_fn(|k| row_of(&p[k]));
    let value_extent = tape.extent(&value);
    let extents: [Extent; N] = from_fn(Extent::SCALAR, |k| tape.extent(&p[k]));
    let axes = extents.iter().fold(value_extent.axes, |set: AxisSet, e| set.union(e.axes));
    let dims: [Dims; N] = from_fn(Dims::of(Shape::SCALAR), |k| Dims::of(extents[k].shape));
    let shape: [&[usize]; N] = from_fn(&[], |k| dims[k].as_slice());
    // The value's rows follow its own axes, so each operand is walked against the whole domain.
    let mut places: Vec<[usize; N]> = Vec::new();
    each_row(&tape.sizes, axes, &extents, |offset| places.push(offset));
    let mut values = Vec::new();
    each_row(&tape.sizes, axes, &[value_extent], |[offset]| values.push(offset));
    let left_out = mask.map(|mask| tape.left_out(mask, axes));
    for (row, (offset, at)) in places.iter().zip(&values).enumerate() {
        if left_out.as_ref().is_some_and(|left_out| left_out[row]) {
            continue;
        }
        let point: [&[E]; N] = from_fn(&[], |k| &data[k][offset[k]..offset[k] + extents[k].shape.len()]);
        let value = &x[*at..at + value_extent.shape.len()];
        let found = match wanted {
            Wanted::Faults => fault_at::<E, F, N>(value, point, shape),
            Wanted::Overflows => overflow_at::<E, F, N>(value, point, shape),
        };
        if let Some((fault, detail)) = found {
            let silent = log_density_at::<E, F, N>(value, point, shape).is_finite();
            return Some(Trouble { axes, row, event: None, silent, fault, detail });
        }
    }
    None
}

/// Returns what is outside the family or the support at a point, and says it.
fn fault_at<E: Element, F: Structured<N>, const N: usize>(
    x: &[E],
    p: [&[E]; N],
    shape: [&[usize]; N],
) -> Option<(Fault, String)> {
    if let Err(bad) = F::check(p, shape) {
        let k = F::PARAMETERS.iter().position(|&name| name == bad.name).unwrap_or(0);
        let detail = format!("{} of {} must {}, got {:?}", bad.name, F::NAME, bad.must, p[k]);
        return Some((Fault::Parameter, detail));
    }
    if F::contains(x, p, shape) {
        return None;
    }
    let clause = F::say_outside(x).map_or_else(String::new, |clause| format!(": {clause}"));
    let support = F::Support::NAME;
    Some((Fault::Value, format!("the value {x:?} is outside the support ({support}) of {}{clause}", F::NAME)))
}

/// Returns that the log-density overflows at a point without a fault, and says it.
fn overflow_at<E: Element, F: Structured<N>, const N: usize>(
    x: &[E],
    p: [&[E]; N],
    shape: [&[usize]; N],
) -> Option<(Fault, String)> {
    let log = log_density_at::<E, F, N>(x, p, shape);
    if log.is_finite() || F::check(p, shape).is_err() || !F::contains(x, p, shape) {
        return None;
    }
    let in_double = || {
        let double = |x: &[E]| x.iter().map(|x| x.as_f64()).collect::<Vec<f64>>();
        let p: [Vec<f64>; N] = std::array::from_fn(|k| double(p[k]));
        log_density_at::<f64, F, N>(&double(x), std::array::from_fn(|k| &p[k][..]), shape)
    };
    let elements = p.iter().flat_map(|p| p.iter().copied());
    let overflow = Overflow::find::<F::Support>(log, in_double, elements)?;
    let named: Vec<(&str, &[E])> = F::PARAMETERS.into_iter().zip(p).collect();
    Some((overflow.fault(), overflow.say(F::NAME, x, &named)))
}

/// Returns the log-density at a point, whatever the family says of it.
fn log_density_at<E: Element, F: Structured<N>, const N: usize>(
    x: &[E],
    p: [&[E]; N],
    shape: [&[usize]; N],
) -> E {
    let mut scratch = vec![E::zero(); F::scratch(shape)];
    let nothing = [const { nothing() }; N];
    F::log_density(x, p, shape, Need::NONE, E::one(), &mut [], nothing, &mut scratch)
}
