//! Distributions of arrays: a structured family on a tape.

use super::distribution::{Caller, Request, Trouble};
use super::family::{Need, Structured};
use super::outcomes::Outcomes;
use super::univariate::lift;
use crate::element::Element;
use crate::program::run::Run;
use crate::support::Support;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::draw::each_row;
use crate::tape::ops::elementwise::Unary;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::rows::{RowDensity, RowTerm};
use crate::tape::ops::summand::Use;
use crate::tape::shape::{Dims, Shape};
use crate::tape::walk::Extent;
use crate::value::Value;

/// Returns how many values a member of the family has.
pub(crate) fn outcomes<F: Structured<N>, const N: usize>() -> Outcomes {
    F::OUTCOMES
}

pub(crate) fn event_shape<E: Element, F: Structured<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
) -> Result<Shape, String> {
    let dims = lift(run, place, p).map(|arg| Dims::of(run.tape.extent(&arg).shape));
    F::event_shape(std::array::from_fn(|k| dims[k].as_slice()))
}

/// Records the logarithms of the probabilities that logits give, along an axis.
pub(crate) fn log_softmax_along<E: Element>(
    run: &mut Run<E>,
    place: Caller,
    logits: Value<E>,
    axis: Axis,
) -> NodeId {
    let logits = run.lift_at(logits, place);
    let logits = run.tape.materialise(logits);
    let rows = run.tape.reduce(Along::LogSoftmax, logits, Some(0));
    run.tape.unstack(rows, axis)
}

pub(crate) fn draw<E: Element, F: Structured<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
    request: Request,
) -> NodeId {
    let p = lift(run, place, p);
    let Request { streams, extent, pathwise, deps } = request;
    run.tape.draw_structured::<F, N>(&streams, p, extent.shape, extent.axes, pathwise && F::PATHWISE, deps)
}

/// Records the log-density of a family with one parameter.
pub(crate) fn log_density_1<E: Element, F: Structured<1>>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; 1],
    value: Arg<E>,
    usage: Use,
) -> NodeId {
    let [a] = lift(run, place, p);
    run.tape.sum_rows::<RowDensity<(F, [(); 1])>, 2>([value, a], usage)
}

/// Records the log-density of a categorical value given probabilities.
pub(crate) fn log_density_of_probs<E: Element, F: Structured<1>>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; 1],
    value: Arg<E>,
    usage: Use,
) -> NodeId {
    let logarithms =
        |run: &mut Run<E>, probs: NodeId| run.tape.unary(Unary::Ln, Arg { id: probs, value: E::zero() });
    log_density_by_table::<E, F>(run, place, p, value, usage, logarithms)
}

/// Records the log-density of a categorical value given logits.
pub(crate) fn log_density_of_logits<E: Element, F: Structured<1>>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; 1],
    value: Arg<E>,
    usage: Use,
) -> NodeId {
    let normalised = |run: &mut Run<E>, logits: NodeId| run.tape.reduce(Along::LogSoftmax, logits, Some(0));
    log_density_by_table::<E, F>(run, place, p, value, usage, normalised)
}

/// Records the log-density of categorical values.
///
/// Where a vector of parameters serves several values, the logarithms are taken once for each vector, and the values
/// choose among them.
fn log_density_by_table<E: Element, F: Structured<1>>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; 1],
    value: Arg<E>,
    usage: Use,
    table: impl FnOnce(&mut Run<E>, NodeId) -> NodeId,
) -> NodeId {
    let [parameter] = lift(run, place, p);
    let (of, x) = (run.tape.extent(&parameter), run.tape.extent(&value));
    let shared =
        parameter.id.is_some() && of.shape.rank() == 1 && x.shape.rank() == 0 && !of.axes.covers(x.axes);
    if shared {
        let index = run.tape.materialise(value);
        let table = table(run, parameter.id);
        let chosen = match run.every_outcome(index, of.shape.dim(0)) {
            Some(axis) if !of.axes.contains(axis) => Some(run.tape.unstack(table, axis)),
            // What is no index is found, with its element, by the density itself.
            _ => run.tape.gather(table, index).ok(),
        };
        if let Some(chosen) = chosen {
            let axes = of.axes.union(x.axes);
            return if usage == Use::Total { run.tape.sum_axes(chosen, axes, 1.0) } else { chosen };
        }
    }
    run.tape.sum_rows::<RowDensity<(F, [(); 1])>, 2>([value, parameter], usage)
}

/// Records the log-density of a family with two parameters.
pub(crate) fn log_density_2<E: Element, F: Structured<2>>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; 2],
    value: Arg<E>,
    usage: Use,
) -> NodeId
where
    RowDensity<(F, [(); 2])>: RowTerm<3>,
{
    let [a, b] = lift(run, place, p);
    run.tape.sum_rows::<RowDensity<(F, [(); 2])>, 3>([value, a, b], usage)
}

pub(crate) fn find_trouble<E: Element, F: Structured<N>, const N: usize>(
    run: &mut Run<E>,
    place: Caller,
    p: &[Value<E>; N],
    value: Arg<E>,
) -> Option<Trouble> {
    let p = lift(run, place, p);
    let row_of =
        |arg: &Arg<E>| if arg.id.is_some() { run.tape.value(arg.id).to_vec() } else { vec![arg.value] };
    let x = row_of(&value);
    let data: [Vec<E>; N] = std::array::from_fn(|k| row_of(&p[k]));
    let value_extent = run.tape.extent(&value);
    let extents: [Extent; N] = std::array::from_fn(|k| run.tape.extent(&p[k]));
    let axes = extents.iter().fold(value_extent.axes, |set: AxisSet, e| set.union(e.axes));
    let dims = extents.map(|e| Dims::of(e.shape));
    let shape: [&[usize]; N] = std::array::from_fn(|k| dims[k].as_slice());
    // The value's rows follow its own axes, so each operand is walked against the whole domain.
    let mut places: Vec<[usize; N]> = Vec::new();
    each_row(&run.tape.sizes, axes, &extents, |offset| places.push(offset));
    let mut values = Vec::new();
    each_row(&run.tape.sizes, axes, &[value_extent], |[offset]| values.push(offset));
    let left_out = run.left_out(axes);
    for (row, (offset, at)) in places.iter().zip(&values).enumerate() {
        if left_out.as_ref().is_some_and(|left_out| left_out[row]) {
            continue;
        }
        let point: [&[E]; N] =
            std::array::from_fn(|k| &data[k][offset[k]..offset[k] + extents[k].shape.len()]);
        let value = &x[*at..at + value_extent.shape.len()];
        let detail = if let Err(bad) = F::check(point, shape) {
            let k = F::PARAMETERS.iter().position(|&name| name == bad.name).unwrap_or(0);
            format!("{} of {} must {}, got {:?}", bad.name, F::NAME, bad.must, point[k])
        } else if !F::contains(value, point, shape) {
            format!("the value {value:?} is outside the support ({}) of {}", F::Support::NAME, F::NAME)
        } else {
            continue;
        };
        let silent = is_finite_at::<E, F, N>(value, point, shape);
        return Some(Trouble { axes, row, event: None, silent, detail });
    }
    None
}

/// Returns whether the log-density is finite at a point, whatever the family says of it.
fn is_finite_at<E: Element, F: Structured<N>, const N: usize>(
    x: &[E],
    p: [&[E]; N],
    shape: [&[usize]; N],
) -> bool {
    let mut scratch = vec![E::zero(); F::scratch(shape)];
    let nothing: [&mut [E]; N] = std::array::from_fn(|_| &mut [] as &mut [E]);
    F::log_density(x, p, shape, Need::NONE, E::one(), &mut [], nothing, &mut scratch).is_finite()
}
