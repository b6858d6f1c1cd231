//! Families of arrays on a tape: what is compiled for each of them, and what serves all.

use super::distribution::{Caller, Fault, Request, Trouble, Wanted};
use super::form::Tag;
use super::member::Family;
use super::overflow::Overflow;
use crate::element::Element;
use crate::family::Outcomes;
use crate::family::{Need, Structured};
use crate::kernel::array::{from_fn, nothing};
use crate::shape::{MAX_RANK, Shape};
use crate::support::Support;
use crate::tape::Tape;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::draw::each_row;
use crate::tape::ops::elementwise::Unary;
use crate::tape::ops::event_rows::EventRows;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::rows::RowDensity;
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::Value;

/// The parameters that a family of arrays may have.
const PARAMETERS: usize = 2;

type EventShape = fn(&[Shape]) -> Result<Shape, String>;
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
    /// How many dimensions a member's value and parameters have.
    value_rank: usize,
    ranks: [usize; PARAMETERS],
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
            value_rank: F::RANKS.value,
            ranks: [F::RANKS.parameters[0], F::RANKS.parameters[N - 1]],
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

    /// Records the log-density of values that choose among the probabilities of vectors which serve several of them: the
    /// logarithms are taken once for each vector. Returns nothing where that is not so.
    fn choose(&self, tape: &mut Tape<E>, parameter: Arg<E>, value: Arg<E>, usage: Use) -> Option<NodeId> {
        let table = self.table?;
        let (of, x) = (tape.extent(&parameter), tape.extent(&value));
        let (members, vector) = of.shape.split_last(1);
        let is_shared = parameter.id.is_some() && vector.rank() == 1 && members == x.shape;
        if !is_shared || of.axes.covers(x.axes) {
            return None;
        }
        let index = tape.materialise(value);
        let last = members.rank();
        let logarithms = match table {
            Table::OfProbs => tape.unary(Unary::Ln, parameter),
            Table::OfLogits => tape.reduce(Along::LogSoftmax, parameter.id, Some(last)),
        };
        // What is no index is found, with its element, by the density itself.
        let chosen = match tape.every_outcome(index, vector.len()) {
            Some(axis) if !of.axes.contains(axis) => tape.unstack(logarithms, axis),
            _ if last == 0 => tape.gather(logarithms, index).ok()?,
            _ => {
                let named = tape.view(index, Extent { shape: members.with_last(1)?, ..x }, 0);
                let chosen = tape.take_along(logarithms, named, last).ok()?;
                tape.reduce(Along::Sum, chosen, None)
            }
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

    fn rank_of_number(&self, operand: usize) -> Option<usize> {
        (self.value_rank == 0).then(|| self.ranks[operand])
    }

    fn outcomes(&self) -> Outcomes {
        self.outcomes
    }

    fn likeliest(&self, tape: &mut Tape<E>, place: Caller, p: &[Value<E>]) -> Option<NodeId> {
        self.table?;
        let parameter = tape.lift(p[0], place);
        let parameter = tape.materialise(parameter);
        let last = tape.node(parameter).shape.rank() - 1;
        Some(tape.argmax(parameter, last))
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
        let mut shapes = [Shape::SCALAR; PARAMETERS];
        for (shape, arg) in shapes.iter_mut().zip(self.lift(tape, place, p)) {
            *shape = tape.extent(&arg).shape;
        }
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

/// Returns the event shape: the dimensions that the parameters have before a member's, then those of its value.
fn event_shape<F: Structured<N>, const N: usize>(p: &[Shape]) -> Result<Shape, String> {
    let mut leading = Shape::SCALAR;
    let mut from = 0;
    for k in 0..N {
        let (here, _) = p[k].split_last(F::RANKS.parameters[k]);
        if here.rank() == 0 {
            continue;
        }
        if leading.rank() == 0 {
            (leading, from) = (here, k);
        } else if leading != here {
            let names = F::PARAMETERS;
            return Err(format!(
                "the parameters of {} do not fit: {} has the shape {} and {} has {}, which are {leading} and {here} members",
                F::NAME,
                names[from],
                p[from],
                names[k],
                p[k]
            ));
        }
    }
    let rows = EventRows::of(from_fn(Shape::SCALAR, |k| p[k]), F::RANKS.parameters);
    let member = F::event_shape(rows.shapes())?;
    leading
        .followed_by(&member)
        .ok_or_else(|| format!("{leading} members of shape {member} have more than {MAX_RANK} dimensions"))
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
    let operands = EventRows::of(from_fn(Shape::SCALAR, |k| extents[k].shape), F::RANKS.parameters);
    let values = EventRows::of([value_extent.shape], [F::RANKS.value]);
    let members = [operands.stated(), values.stated()].into_iter().flatten().min();
    let shape = operands.shapes();
    // The value's rows follow its own axes, so each operand is walked against the whole domain.
    let mut places: Vec<[usize; N]> = Vec::new();
    each_row(&tape.sizes, axes, &extents, |offset| places.push(offset));
    let mut at = Vec::new();
    each_row(&tape.sizes, axes, &[value_extent], |[offset]| at.push(offset));
    let left_out = mask.map(|mask| tape.left_out(mask, axes));
    for (row, (offset, &at)) in places.iter().zip(&at).enumerate() {
        if left_out.as_ref().is_some_and(|left_out| left_out[row]) {
            continue;
        }
        for member in 0..members.unwrap_or(1) {
            let point: [&[E]; N] = from_fn(&[], |k| &data[k][operands.place(k, offset[k], member)]);
            let value = &x[values.place(0, at, member)];
            let found = match wanted {
                Wanted::Faults => fault_at::<E, F, N>(value, point, shape),
                Wanted::Overflows => overflow_at::<E, F, N>(value, point, shape),
            };
            if let Some((fault, detail)) = found {
                let silent = log_density_at::<E, F, N>(value, point, shape).is_finite();
                // A member of several is an element of the event where its value is one number.
                let (event, detail) = match (members, F::RANKS.value) {
                    (None, _) => (None, detail),
                    (Some(_), 0) => (Some(member), detail),
                    (Some(_), _) => (None, format!("in member {member}, {detail}")),
                };
                return Some(Trouble { axes, row, event, silent, fault, detail });
            }
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
    let clause = F::say_outside(x, p).map_or_else(String::new, |clause| format!(": {clause}"));
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
