//! A differentiable array.

use super::real::{binary, functions, operators, unary};
use super::{Handle, IntoValue, Real, Value, record};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::kernel::math;
use crate::program::run::Run;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::{Binary, Unary};
use crate::tape::shape::{MAX_RANK, Shape};
use crate::tape::walk::Extent;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::panic::Location;

/// A differentiable array with an event shape; a handle that is copied freely.
///
/// Elementwise operations join arrays of one shape, or an array and a scalar. Hidden axes (plates, particles) are
/// joined by the runtime. Shapes are known when the program runs: one that does not fit is an error of the run which
/// names both.
///
/// Indexing with [`at`](super::At::at) removes the first dimension, so an element of a vector is a `Tensor` without
/// dimensions, which stands wherever a scalar may ([`to_real`](Tensor::to_real) gives the scalar).
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// // An index takes the first dimension away; operators work element by element.
/// let rows = || Tensor::stack(&[vector() * 1.0, vector() * 2.0]);
/// assert_eq!(show(|| rows().at(1)), [2.0, 4.0, 6.0]);
/// assert_eq!(show(|| rows() * 2.0 - rows()), [1.0, 2.0, 3.0, 2.0, 4.0, 6.0]);
/// ```
#[derive(Clone, Copy)]
pub struct Tensor<E = f64>(Value<E>);

impl<E: Element> std::fmt::Debug for Tensor<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tensor(_)")
    }
}

impl<E: Element> Handle<E> for Tensor<E> {
    #[inline(always)]
    fn from_value(value: Value<E>) -> Self {
        Tensor(value)
    }

    #[inline(always)]
    fn to_value(self) -> Value<E> {
        self.0
    }
}

operators!(Tensor);
functions!(Tensor);

impl<E: Element> From<Real<E>> for Tensor<E> {
    /// Returns the scalar as an array without dimensions.
    fn from(value: Real<E>) -> Self {
        Tensor(value.to_value())
    }
}

type Caller = &'static Location<'static>;

/// Records an operation on the shape of one array; `Err` says what was expected.
fn shaped<E: Element>(
    x: Value<E>,
    operation: &'static str,
    place: Caller,
    record_op: impl FnOnce(&mut Run<E>, NodeId, Shape) -> Result<NodeId, String>,
) -> Value<E> {
    record(|run| {
        let x = run.lift_at(x, place);
        let x = run.tape.materialise(x);
        let extent = run.tape.node(x).extent();
        record_op(run, x, extent.shape).unwrap_or_else(|detail| {
            let detail = detail + &run.in_plates(extent.axes);
            run.tape.fail(Error::Shape { place: Place(place), operation, detail });
            run.tape.placeholder(Extent { axes: extent.axes, shape: Shape::SCALAR })
        })
    })
}

fn dimension(shape: Shape, dim: usize) -> Result<(), String> {
    if dim < shape.rank() {
        return Ok(());
    }
    Err(format!("there is no dimension {dim} in the shape {shape}"))
}

impl<E: Element> Tensor<E> {
    fn reduced(self, operation: &'static str, kind: Along, dim: Option<usize>, place: Caller) -> Value<E> {
        shaped(self.0, operation, place, |run, x, shape| {
            if let Some(dim) = dim {
                dimension(shape, dim)?;
            }
            if shape.is_empty() && kind != Along::Sum {
                return Err(format!("an array of shape {shape} has no elements to reduce"));
            }
            Ok(run.tape.reduce(kind, x, dim))
        })
    }

    /// Returns the sum of all elements.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().sum().into()), [6.0]);
    /// ```
    #[track_caller]
    pub fn sum(self) -> Real<E> {
        Real::from_value(self.reduced("sum", Along::Sum, None, Location::caller()))
    }

    /// Returns the mean of all elements.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().mean().into()), [2.0]);
    /// ```
    #[track_caller]
    pub fn mean(self) -> Real<E> {
        Real::from_value(self.reduced("mean", Along::Mean, None, Location::caller()))
    }

    /// Returns the largest element; the derivative goes to the first of several.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().max().into()), [3.0]);
    /// ```
    #[track_caller]
    pub fn max(self) -> Real<E> {
        Real::from_value(self.reduced("max", Along::Max, None, Location::caller()))
    }

    /// Returns `ln(sum(exp(x)))` over all elements, without overflow.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// // Large numbers do not overflow.
    /// let large = show(|| (vector() + 1e3).logsumexp().into());
    /// assert!((large[0] - 1_003.407_605_964_444_4).abs() < 1e-10);
    /// ```
    #[track_caller]
    pub fn logsumexp(self) -> Real<E> {
        Real::from_value(self.reduced("logsumexp", Along::LogSumExp, None, Location::caller()))
    }

    /// Returns the sums over dimension `dim`, which is dropped.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().sum_over(0)), [6.0, 7.0]);
    /// assert_eq!(show(|| matrix().sum_over(1)), [6.0, 7.0]);
    /// ```
    #[track_caller]
    pub fn sum_over(self, dim: usize) -> Tensor<E> {
        Tensor(self.reduced("sum_over", Along::Sum, Some(dim), Location::caller()))
    }

    /// Returns the means over dimension `dim`, which is dropped.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().mean_over(0)), [3.0, 3.5]);
    /// ```
    #[track_caller]
    pub fn mean_over(self, dim: usize) -> Tensor<E> {
        Tensor(self.reduced("mean_over", Along::Mean, Some(dim), Location::caller()))
    }

    /// Returns the largest elements over dimension `dim`, which is dropped.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().max_over(1)), [4.0, 5.0]);
    /// ```
    #[track_caller]
    pub fn max_over(self, dim: usize) -> Tensor<E> {
        Tensor(self.reduced("max_over", Along::Max, Some(dim), Location::caller()))
    }

    /// Returns `ln(sum(exp(x)))` over dimension `dim`, which is dropped.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// let by_hand = [f64::ln(4f64.exp() + 2f64.exp()), f64::ln(2f64.exp() + 5f64.exp())];
    /// assert!(close(show(|| matrix().logsumexp_over(1)), &by_hand));
    /// ```
    #[track_caller]
    pub fn logsumexp_over(self, dim: usize) -> Tensor<E> {
        Tensor(self.reduced("logsumexp_over", Along::LogSumExp, Some(dim), Location::caller()))
    }

    /// Returns `exp(x) / sum(exp(x))` along dimension `dim`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert!((show(|| vector().softmax(0)).iter().sum::<f64>() - 1.0).abs() < 1e-15);
    /// ```
    #[track_caller]
    pub fn softmax(self, dim: usize) -> Tensor<E> {
        Tensor(self.reduced("softmax", Along::Softmax, Some(dim), Location::caller()))
    }

    /// Returns `x - ln(sum(exp(x)))` along dimension `dim`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert!(close(show(|| vector().log_softmax(0).exp()), &show(|| vector().softmax(0))));
    /// ```
    #[track_caller]
    pub fn log_softmax(self, dim: usize) -> Tensor<E> {
        Tensor(self.reduced("log_softmax", Along::LogSoftmax, Some(dim), Location::caller()))
    }

    /// Returns the array with its last two dimensions exchanged.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// let wide = || Tensor::stack(&[vector(), vector() + 3.0]);
    /// assert_eq!(show(|| wide().transpose()), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    /// ```
    #[track_caller]
    pub fn transpose(self) -> Tensor<E> {
        Tensor(shaped(self.0, "transpose", Location::caller(), |run, x, shape| {
            let rank = shape.rank();
            if rank < 2 {
                return Err(format!("expected two dimensions or more, got the shape {shape}"));
            }
            let mut order = [0, 1, 2, 3, 4, 5];
            order.swap(rank - 1, rank - 2);
            Ok(run.tape.permute(x, &order[..rank]))
        }))
    }

    /// Returns the same elements, in row-major order, under another shape.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().reshape(&[4])), [4.0, 2.0, 2.0, 5.0]);
    /// ```
    #[track_caller]
    pub fn reshape(self, dims: &[usize]) -> Tensor<E> {
        Tensor(shaped(self.0, "reshape", Location::caller(), |run, x, shape| {
            let to = Shape::of(dims).ok_or_else(|| format!("more than {MAX_RANK} dimensions: {dims:?}"))?;
            if to.len() != shape.len() {
                return Err(format!("{shape} has {} elements, {to} has {}", shape.len(), to.len()));
            }
            let axes = run.tape.node(x).axes;
            Ok(run.tape.view(x, Extent { axes, shape: to }, 0))
        }))
    }

    /// Returns elements `range` of dimension `dim`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().slice(0, 1..3)), [2.0, 3.0]);
    /// ```
    #[track_caller]
    pub fn slice(self, dim: usize, range: std::ops::Range<usize>) -> Tensor<E> {
        Tensor(shaped(self.0, "slice", Location::caller(), |run, x, shape| {
            dimension(shape, dim)?;
            if range.start > range.end || range.end > shape.dim(dim) {
                return Err(format!("{range:?} is not within dimension {dim} of the shape {shape}"));
            }
            Ok(run.tape.slice(x, dim, range.start, range.end - range.start))
        }))
    }

    /// Returns the one element of an array that has just one, as a scalar.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().at(1).to_real().into()), [2.0]);
    /// ```
    #[track_caller]
    pub fn to_real(self) -> Real<E> {
        if self.0.as_constant().is_some() {
            return Real::from_value(self.0);
        }
        Real::from_value(shaped(self.0, "to_real", Location::caller(), |run, x, shape| {
            if shape.len() != 1 {
                return Err(format!("expected one element, got the shape {shape}"));
            }
            let axes = run.tape.node(x).axes;
            Ok(run.tape.view(x, Extent { axes, shape: Shape::SCALAR }, 0))
        }))
    }

    fn product(
        self,
        other: Value<E>,
        operation: &'static str,
        ranks: (usize, usize),
        place: Caller,
    ) -> Value<E> {
        record(|run| {
            let (a, b) = (run.lift_at(self.0, place), run.lift_at(other, place));
            let (a, b) = (run.tape.materialise(a), run.tape.materialise(b));
            let (sa, sb) = (run.tape.node(a).shape, run.tape.node(b).shape);
            let allowed = sa.rank() <= ranks.0 && sb.rank() <= ranks.1;
            let done = if allowed { run.tape.contract(a, b) } else { Err((sa, sb)) };
            done.unwrap_or_else(|_| {
                let [left, right] = [a, b].map(|x| run.shape_in_plates(run.tape.node(x).extent()));
                let detail = format!("the shapes {left} and {right} do not fit");
                run.tape.fail(Error::Shape { place: Place(place), operation, detail });
                run.tape.placeholder(Extent::SCALAR)
            })
        })
    }

    /// Returns the inner product of two vectors.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().dot(vector()).into()), [14.0]);
    /// ```
    #[track_caller]
    pub fn dot(self, other: impl IntoValue<E>) -> Real<E> {
        Real::from_value(self.product(other.into_value(), "dot", (1, 1), Location::caller()))
    }

    /// Returns the product of `[m, k]` or `[k]` with `[k, n]` or `[k]`, summed over the shared dimension.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().matmul(Tensor::stack(&[1.0, 2.0]))), [8.0, 12.0]);
    /// ```
    #[track_caller]
    pub fn matmul(self, other: impl IntoValue<E>) -> Tensor<E> {
        Tensor(self.product(other.into_value(), "matmul", (2, 2), Location::caller()))
    }

    /// Returns the lower Cholesky factor of a symmetric positive definite matrix, of which the lower triangle is read.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().cholesky()), [2.0, 0.0, 1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn cholesky(self) -> Tensor<E> {
        Tensor(shaped(self.0, "cholesky", Location::caller(), |run, x, shape| {
            if shape.rank() != 2 || shape.dim(0) != shape.dim(1) {
                return Err(format!("expected a square matrix, got the shape {shape}"));
            }
            Ok(run.tape.cholesky(x))
        }))
    }

    fn solve(self, b: Value<E>, transposed: bool, operation: &'static str, place: Caller) -> Tensor<E> {
        Tensor(record(|run| {
            let (l, b) = (run.lift_at(self.0, place), run.lift_at(b, place));
            let (l, b) = (run.tape.materialise(l), run.tape.materialise(b));
            run.tape.solve_triangular(l, b, transposed).unwrap_or_else(|(sl, sb)| {
                let detail = format!("expected [n, n] and [n] or [n, m], got {sl} and {sb}");
                run.tape.fail(Error::Shape { place: Place(place), operation, detail });
                run.tape.placeholder(Extent::SCALAR)
            })
        }))
    }

    /// Returns the solution `y` of `L y = b`, where `self` is the lower triangular `L`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().cholesky().solve_lower(Tensor::stack(&[2.0, 5.0]))), [1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn solve_lower(self, b: impl IntoValue<E>) -> Tensor<E> {
        self.solve(b.into_value(), false, "solve_lower", Location::caller())
    }

    /// Returns the solution `y` of `L^T y = b`, where `self` is the lower triangular `L`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| matrix().cholesky().solve_lower_transposed(Tensor::stack(&[4.0, 4.0]))), [1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn solve_lower_transposed(self, b: impl IntoValue<E>) -> Tensor<E> {
        self.solve(b.into_value(), true, "solve_lower_transposed", Location::caller())
    }

    fn constant(
        dims: &[usize],
        operation: &'static str,
        place: Caller,
        fill: impl FnOnce(&mut [E]),
    ) -> Tensor<E> {
        Tensor(record(|run| match Shape::of(dims) {
            Some(shape) => run.tape.leaf(Extent { axes: AxisSet::EMPTY, shape }, Deps::NONE, fill),
            None => {
                let detail = format!("more than {MAX_RANK} dimensions: {dims:?}");
                run.tape.fail(Error::Shape { place: Place(place), operation, detail });
                run.tape.placeholder(Extent::SCALAR)
            }
        }))
    }

    /// Returns an array of this shape whose elements are all `value`.
    #[track_caller]
    pub fn full(dims: &[usize], value: f64) -> Tensor<E> {
        Tensor::constant(dims, "full", Location::caller(), |out| out.fill(E::of(value)))
    }

    /// Returns an array of zeros.
    #[track_caller]
    pub fn zeros(dims: &[usize]) -> Tensor<E> {
        Tensor::constant(dims, "zeros", Location::caller(), |out| out.fill(E::zero()))
    }

    /// Returns an array of ones.
    #[track_caller]
    pub fn ones(dims: &[usize]) -> Tensor<E> {
        Tensor::constant(dims, "ones", Location::caller(), |out| out.fill(E::one()))
    }

    /// Returns the `[n, n]` identity matrix.
    #[track_caller]
    pub fn eye(n: usize) -> Tensor<E> {
        Tensor::constant(&[n, n], "eye", Location::caller(), |out| {
            out.fill(E::zero());
            out.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = E::one());
        })
    }

    /// Returns the arrays one after the other along dimension `dim`; the other dimensions are equal.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| Tensor::concat(&[vector(), vector()], 0)), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    /// ```
    #[track_caller]
    pub fn concat(parts: &[Tensor<E>], dim: usize) -> Tensor<E> {
        join(parts.iter().map(|p| p.0), dim, "concat", false, Location::caller())
    }

    /// Returns the arrays (or scalars) stacked along a new first dimension; their shapes are equal.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| Tensor::stack(&[1.0, 2.0])), [1.0, 2.0]);
    /// assert_eq!(show(|| Tensor::stack(&[vector(), vector()])).len(), 6);
    /// ```
    #[track_caller]
    pub fn stack<V: IntoValue<E> + Copy>(parts: &[V]) -> Tensor<E> {
        join(parts.iter().map(|p| p.into_value()), 0, "stack", true, Location::caller())
    }
}

fn join<E: Element>(
    parts: impl ExactSizeIterator<Item = Value<E>>,
    dim: usize,
    operation: &'static str,
    adds_dimension: bool,
    place: Caller,
) -> Tensor<E> {
    Tensor(record(|run| {
        let mut ids = std::mem::take(&mut run.joining);
        ids.clear();
        let mut trouble = (parts.len() == 0).then(|| "expected at least one array".to_owned());
        for part in parts {
            let part = run.lift_at(part, place);
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
        run.joining = ids;
        id
    }))
}
