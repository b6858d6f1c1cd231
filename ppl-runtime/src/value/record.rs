//! What the methods of handles record in the run in progress.

pub(crate) mod dims;
pub(crate) mod linear;
pub(crate) mod positions;

use super::Value;
use super::data::{Choice, NodeSource, Rows};
use super::slice::Slice;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::retrace::{Statement, What};
use crate::program::run::Run;
use crate::program::slot;
use crate::shape::{MAX_RANK, Shape};
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::{Binary, Unary};
use crate::tape::walk::Extent;
use std::ops::Range;
use std::panic::Location;

type Caller = &'static Location<'static>;

/// Runs an operation of the program in progress, or returns an orphan where none runs.
#[inline(always)]
fn record<E: Element>(operation: impl FnOnce(&mut Run<E>) -> NodeId) -> Value<E> {
    slot::with(|run: &mut Run<E>| {
        let id = operation(run);
        Value::of_node(id, &run.tape)
    })
    .unwrap_or_else(Value::orphan)
}

/// Runs an operation that is compared with that of the run before, or returns an orphan where no program runs.
#[inline(always)]
fn record_compared<E: Element>(
    what: What,
    place: Caller,
    operands: &[Value<E>],
    operation: impl FnOnce(&mut Run<E>) -> NodeId,
) -> Value<E> {
    let statement = Statement::new(what, place, operands);
    match slot::followed(&statement) {
        Some(value) => value,
        None => record_anew(statement, operation),
    }
}

#[inline(never)]
fn record_anew<E: Element>(
    statement: Statement<'_, E>,
    operation: impl FnOnce(&mut Run<E>) -> NodeId,
) -> Value<E> {
    slot::with_compared(|run: &mut Run<E>| {
        let id = run.take(statement, operation);
        Value::of_node(id, &run.tape)
    })
    .unwrap_or_else(Value::orphan)
}

/// Records a function of one number, or computes it for a constant.
pub(crate) fn unary<E: Element>(kind: Unary, x: Value<E>, place: Caller) -> Value<E> {
    match x.as_constant() {
        Some(c) => Value::constant(kind.at(c)),
        None => record_compared(What::unary(kind), place, &[x], |run| {
            let x = run.tape.lift_waiting(x, place);
            run.tape.known_logarithm(kind, x.id).unwrap_or_else(|| run.tape.unary(kind, x))
        }),
    }
}

/// Records a function of two numbers; with a constant it becomes an affine map where it can.
pub(crate) fn binary<E: Element>(kind: Binary, a: Value<E>, b: Value<E>, place: Caller) -> Value<E> {
    match (a.as_constant(), b.as_constant()) {
        (Some(a), Some(b)) => Value::constant(kind.at(a, b)),
        (None, Some(c)) => match kind {
            Binary::Add => affine(a, E::one(), c, place),
            Binary::Sub => affine(a, E::one(), -c, place),
            Binary::Mul => affine(a, c, E::zero(), place),
            _ => general(a, b, kind, place),
        },
        (Some(c), None) => match kind {
            Binary::Add => affine(b, E::one(), c, place),
            Binary::Sub => affine(b, -E::one(), c, place),
            Binary::Mul => affine(b, c, E::zero(), place),
            _ => general(a, b, kind, place),
        },
        (None, None) => general(a, b, kind, place),
    }
}

#[inline(always)]
fn affine<E: Element>(x: Value<E>, scale: E, constant: E, place: Caller) -> Value<E> {
    let what = What::affine(scale.as_f64(), constant.as_f64());
    record_compared(what, place, &[x], |run| {
        let x = run.tape.lift_waiting(x, place);
        let x = run.tape.materialise(x);
        // How far a value lies below an end may be known with more digits than the difference has.
        run.tape.distance(x, scale, constant).unwrap_or_else(|| run.tape.affine(x, scale, constant))
    })
}

fn general<E: Element>(a: Value<E>, b: Value<E>, kind: Binary, place: Caller) -> Value<E> {
    record_compared(What::binary(kind), place, &[a, b], |run| {
        let (a, b) = (run.tape.lift_waiting(a, place), run.tape.lift_waiting(b, place));
        run.tape.combine(kind, a, b, place)
    })
}

/// Records an integer power, whose derivative at zero is exact.
pub(crate) fn integer_power<E: Element>(x: Value<E>, exponent: i32, place: Caller) -> Value<E> {
    match exponent {
        1 => x,
        2 => unary(Unary::Square, x, place),
        -1 => unary(Unary::Recip, x, place),
        _ => binary(Binary::Pow, x, Value::constant(E::of(f64::from(exponent))), place),
    }
}

/// Records the elements of one value where a mask is not zero, and else those of another: the mask and both.
pub(crate) fn select<E: Element>(operands: [Value<E>; 3], is_scalar: bool, place: Caller) -> Value<E> {
    record(|run| {
        let args = operands.map(|x| run.tape.lift(x, place));
        let [mask, a, b] = args.map(|x| run.tape.materialise(x));
        let mut detail = None;
        let extents = [a, mask, b].map(|x| run.tape.node(x).extent());
        let id = match run.tape.select(mask, a, b) {
            Ok(id) if !is_scalar || run.tape.node(id).shape.rank() == 0 => id,
            Ok(id) => {
                detail = Some(format!("the mask of a `Real` has the shape {}", extents[1].shape));
                run.tape.placeholder(Extent { axes: run.tape.node(id).axes, shape: Shape::SCALAR })
            }
            Err(_) => {
                let [a, mask, b] = extents.map(|extent| run.shape_in_plates(extent));
                detail = Some(format!("the shapes {a}, {mask} (the mask) and {b} do not fit"));
                run.tape.placeholder(extents[0])
            }
        };
        if let Some(detail) = detail {
            run.tape.fail(Error::Shape { place: Place(place), operation: "where_data", detail });
        }
        id
    })
}

/// Records the same elements as a constant.
pub(crate) fn stop_gradient<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    if x.as_constant().is_some() {
        return x;
    }
    record(|run| {
        let x = run.tape.lift(x, place);
        let x = run.tape.materialise(x);
        run.tape.stop_gradient(x)
    })
}

/// Records a function of an array's shape and elements; what does not fit is an error.
fn shaped<E: Element>(
    x: Value<E>,
    operation: &'static str,
    place: Caller,
    record_op: impl FnOnce(&mut Run<E>, NodeId, Shape) -> Result<NodeId, String>,
) -> Value<E> {
    record(|run| {
        let x = run.tape.lift(x, place);
        let x = run.tape.materialise(x);
        let extent = run.tape.node(x).extent();
        record_op(run, x, extent.shape).unwrap_or_else(|detail| {
            let detail = detail + &run.in_plates(extent.axes);
            run.tape.fail(Error::Shape { place: Place(place), operation, detail });
            run.tape.placeholder(Extent { axes: extent.axes, shape: Shape::SCALAR })
        })
    })
}

/// Returns the event shape of a value.
pub(crate) fn shape_of<E: Element>(x: Value<E>, place: Caller) -> Shape {
    let shape = slot::with_compared(|run: &mut Run<E>| {
        let arg = x.arg();
        if arg.id.is_some() && x.generation() != run.tape.generation {
            run.tape.stale(place);
            return Shape::SCALAR;
        }
        run.tape.extent(&arg).shape
    });
    shape.unwrap_or(Shape::SCALAR)
}

fn dimension(shape: Shape, dim: usize) -> Result<(), String> {
    if dim < shape.rank() {
        return Ok(());
    }
    Err(format!("there is no dimension {dim} in the shape {shape}"))
}

/// Records a reduction over all dimensions, or something along one.
pub(crate) fn reduce<E: Element>(
    x: Value<E>,
    operation: &'static str,
    kind: Along,
    dim: Option<usize>,
    place: Caller,
) -> Value<E> {
    shaped(x, operation, place, |run, x, shape| {
        if let Some(dim) = dim {
            dimension(shape, dim)?;
        }
        if shape.is_empty() && !matches!(kind, Along::Sum | Along::CumSum) {
            return Err(format!("an array of shape {shape} has no elements to reduce"));
        }
        Ok(run.tape.reduce(kind, x, dim))
    })
}

pub(crate) fn transpose<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    shaped(x, "transpose", place, |run, x, shape| {
        let rank = shape.rank();
        if rank < 2 {
            return Err(format!("expected two dimensions or more, got the shape {shape}"));
        }
        let mut order = [0, 1, 2, 3, 4, 5];
        order.swap(rank - 1, rank - 2);
        Ok(run.tape.permute(x, &order[..rank]))
    })
}

/// Records an array with two of its dimensions exchanged.
pub(crate) fn swap_dims<E: Element>(x: Value<E>, a: usize, b: usize, place: Caller) -> Value<E> {
    shaped(x, "transpose", place, |run, x, shape| {
        dimension(shape, a.max(b))?;
        let mut order = [0, 1, 2, 3, 4, 5];
        order.swap(a, b);
        Ok(run.tape.permute(x, &order[..shape.rank()]))
    })
}

pub(crate) fn reshape<E: Element>(x: Value<E>, dims: &[usize], place: Caller) -> Value<E> {
    shaped(x, "reshape", place, |run, x, shape| {
        let to = Shape::of(dims).ok_or_else(|| format!("more than {MAX_RANK} dimensions: {dims:?}"))?;
        if to.len() != shape.len() {
            return Err(format!("{shape} has {} elements, {to} has {}", shape.len(), to.len()));
        }
        let axes = run.tape.node(x).axes;
        Ok(run.tape.view(x, Extent { axes, shape: to }, 0))
    })
}

pub(crate) fn slice_along<E: Element>(
    x: Value<E>,
    dim: usize,
    range: Range<usize>,
    place: Caller,
) -> Value<E> {
    shaped(x, "slice", place, |run, x, shape| {
        dimension(shape, dim)?;
        if range.start > range.end || range.end > shape.dim(dim) {
            return Err(format!("{range:?} is not within dimension {dim} of the shape {shape}"));
        }
        Ok(run.tape.slice(x, dim, range.start, range.end - range.start))
    })
}

/// Records all windows of a width along a dimension, whose elements are so far apart: `[.., windows, width, ..]`.
pub(crate) fn windows<E: Element>(
    x: Value<E>,
    dim: usize,
    [width, apart]: [usize; 2],
    place: Caller,
) -> Value<E> {
    shaped(x, "windows", place, |run, x, shape| {
        dimension(shape, dim)?;
        let count = (shape.dim(dim) + apart).saturating_sub(apart * width);
        let (before, behind) = shape.split_last(shape.rank() - dim - 1);
        let out = before.with_dim(dim, count).with_last(width).and_then(|out| out.followed_by(&behind));
        let out =
            out.ok_or_else(|| format!("windows of the shape {shape} would have too many dimensions"))?;
        Ok(run.tape.windows(x, dim, [width, apart], out))
    })
}

pub(crate) fn to_real<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    if x.as_constant().is_some() {
        return x;
    }
    shaped(x, "to_real", place, |run, x, shape| {
        if shape.len() != 1 {
            return Err(format!("expected one element, got the shape {shape}"));
        }
        let axes = run.tape.node(x).axes;
        Ok(run.tape.view(x, Extent { axes, shape: Shape::SCALAR }, 0))
    })
}

/// A product that sums over a shared dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Of two vectors.
    Dot,
    /// Of matrices.
    Matrix,
    /// Of matrices, in log space.
    LogMatrix,
}

/// Records a product.
pub(crate) fn product<E: Element>(a: Value<E>, b: Value<E>, kind: Product, place: Caller) -> Value<E> {
    record(|run| {
        let (a, b) = (run.tape.lift(a, place), run.tape.lift(b, place));
        let (a, b) = (run.tape.materialise(a), run.tape.materialise(b));
        let (sa, sb) = (run.tape.node(a).shape, run.tape.node(b).shape);
        let (operation, done) = match kind {
            Product::Dot if sa.rank() > 1 || sb.rank() > 1 => ("dot", Err((sa, sb))),
            Product::Dot => ("dot", run.tape.contract(a, b)),
            Product::Matrix => ("matmul", run.tape.contract(a, b)),
            Product::LogMatrix => ("log_matmul", run.tape.log_contract(a, b)),
        };
        done.unwrap_or_else(|_| {
            let [left, right] = [a, b].map(|x| run.shape_in_plates(run.tape.node(x).extent()));
            let detail = format!("the shapes {left} and {right} do not fit");
            run.tape.fail(Error::Shape { place: Place(place), operation, detail });
            run.tape.placeholder(Extent::SCALAR)
        })
    })
}

pub(crate) fn cholesky<E: Element>(x: Value<E>, place: Caller) -> Value<E> {
    shaped(x, "cholesky", place, |run, x, shape| {
        if shape.rank() != 2 || shape.dim(0) != shape.dim(1) {
            return Err(format!("expected a square matrix, got the shape {shape}"));
        }
        Ok(run.tape.cholesky(x))
    })
}

/// Records the solution of a triangular system, or of the transposed one.
pub(crate) fn solve<E: Element>(
    l: Value<E>,
    b: Value<E>,
    transposed: bool,
    operation: &'static str,
    place: Caller,
) -> Value<E> {
    record(|run| {
        let (l, b) = (run.tape.lift(l, place), run.tape.lift(b, place));
        let (l, b) = (run.tape.materialise(l), run.tape.materialise(b));
        run.tape.solve_triangular(l, b, transposed).unwrap_or_else(|(sl, sb)| {
            let detail = format!("expected [n, n] and [n] or [n, m], got {sl} and {sb}");
            run.tape.fail(Error::Shape { place: Place(place), operation, detail });
            run.tape.placeholder(Extent::SCALAR)
        })
    })
}

fn constant<E: Element>(
    dims: &[usize],
    operation: &'static str,
    place: Caller,
    fill: impl FnOnce(&mut [E]),
) -> Value<E> {
    record(|run| match Shape::of(dims) {
        Some(shape) => run.tape.leaf(Extent { axes: AxisSet::EMPTY, shape }, Deps::NONE, fill),
        None => {
            let detail = format!("more than {MAX_RANK} dimensions: {dims:?}");
            run.tape.fail(Error::Shape { place: Place(place), operation, detail });
            run.tape.placeholder(Extent::SCALAR)
        }
    })
}

/// Records an array full of one number.
pub(crate) fn full<E: Element>(
    dims: &[usize],
    value: f64,
    operation: &'static str,
    place: Caller,
) -> Value<E> {
    constant(dims, operation, place, |out| out.fill(E::of(value)))
}

/// Records an identity matrix.
pub(crate) fn eye<E: Element>(n: usize, place: Caller) -> Value<E> {
    constant(&[n, n], "eye", place, |out| {
        out.fill(E::zero());
        out.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = E::one());
    })
}

/// Records arrays one after the other along a dimension, which is new if `adds_dimension`.
pub(crate) fn join<E: Element>(
    parts: &mut dyn ExactSizeIterator<Item = Value<E>>,
    dim: usize,
    operation: &'static str,
    adds_dimension: bool,
    place: Caller,
) -> Value<E> {
    record(|run| {
        let mut ids = std::mem::take(&mut run.tape.joining);
        ids.clear();
        let mut trouble = (parts.len() == 0).then(|| "expected at least one array".to_owned());
        for part in parts {
            let part = run.tape.lift(part, place);
            let mut id = run.tape.materialise(part);
            let extent = run.tape.node(id).extent();
            if adds_dimension {
                match extent.shape.with_first(1) {
                    Some(shape) => id = run.tape.view(id, Extent { axes: extent.axes, shape }, 0),
                    None => {
                        trouble = Some(format!("a stack of {} would have too many dimensions", extent.shape))
                    }
                }
            }
            let shape = run.tape.node(id).shape;
            let first = ids.first().map_or(shape, |&f| run.tape.node(f).shape);
            if dim >= shape.rank() {
                trouble = Some(format!("there is no dimension {dim} in the shape {shape}"));
            } else if shape.rank() != first.rank() || shape.without(dim) != first.without(dim) {
                let axes =
                    run.tape.node(id).axes.union(ids.first().map_or(extent.axes, |&f| run.tape.node(f).axes));
                trouble = Some(format!("the shapes {first} and {shape} do not fit{}", run.in_plates(axes)));
            }
            ids.push(id);
        }
        let id = match trouble {
            None => run.tape.join(&ids, dim),
            Some(detail) => {
                run.tape.fail(Error::Shape { place: Place(place), operation, detail });
                run.tape.placeholder(Extent::SCALAR)
            }
        };
        run.tape.joining = ids;
        id
    })
}

/// Records the part of an array that an index of its first dimension chooses.
pub(crate) fn part_of<E: Element>(whole: Value<E>, choice: Choice, place: Caller) -> Value<E> {
    record(|run| run.part_of(whole, choice, place))
}

/// Records a choice of rows of an array of data with this shape, or of one that has too many dimensions.
pub(crate) fn data<E: Element>(
    data: Slice<'_>,
    shape: Option<Shape>,
    choice: Choice,
    place: Caller,
) -> Value<E> {
    record(|run: &mut Run<E>| match shape {
        Some(shape) => NodeSource { rows: Rows { data, shape }, choice, place }.record(run),
        None => {
            run.too_many_dimensions(place);
            run.tape.placeholder(Extent::SCALAR)
        }
    })
}

/// Records one number of a list of data for each element, or takes that of the run before.
pub(crate) fn number_of_data<E: Element>(data: Slice<'_>, choice: Choice, place: Caller) -> Value<E> {
    let rows = Rows { data, shape: Shape::vector(data.len()) };
    NodeSource { rows, choice, place }.record_compared()
}
