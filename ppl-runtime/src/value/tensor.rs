//! A differentiable array.

mod choices;
mod from;
mod linear;
mod positions;

use super::real::{functions, operators};
use super::{Handle, IntoValue, Real, Value};
use crate::element::Element;
use crate::tape::ops::reduce::Along;
use crate::tape::ops::{Binary, Unary};
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::panic::Location;

/// A differentiable array with an event shape; a handle that is copied freely.
///
/// Elementwise operations take whatever may be a parameter on the right: an array, a `Real`, a number. Hidden axes (plates,
/// particles) are joined by the runtime. Shapes are known when the program runs: one that does not fit is an error of the run
/// which names both.
///
/// # Shapes
///
/// The event shapes of two operands are matched from their last dimensions, as in NumPy. Each pair of dimensions is equal, or one
/// of them is 1 and is repeated; dimensions that one shape lacks are repeated too. So `[5, 4] - [4]` subtracts from each of 5
/// rows, and `[5, 1] * [4]` has the shape `[5, 4]`. The gradient of what is repeated is the sum over its repetitions.
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
/// // A vector stands beside each row of a matrix, and a column beside each of its columns.
/// assert_eq!(show(|| rows() - [1.0, 2.0, 3.0]), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
/// let column = ndarray::array![[1.0], [10.0]];
/// assert_eq!(show(|| rows() * &column), [1.0, 2.0, 3.0, 20.0, 40.0, 60.0]);
/// assert_eq!(show(|| Tensor::from(&column) + [0.5, 1.5]), [1.5, 2.5, 10.5, 11.5]);
/// // Sums and products may be gathered, of scalars too.
/// let gathered = || {
///     let mut total = vector() * 0.0;
///     for k in 0..3 {
///         total += vector() * f64::from(k);
///     }
///     total /= 3.0;
///     total
/// };
/// assert_eq!(show(gathered), [1.0, 2.0, 3.0]);
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

operators!(Tensor, IntoValue<E>);
functions!(Tensor);

impl<E: Element> From<Real<E>> for Tensor<E> {
    /// Returns the scalar as an array without dimensions.
    fn from(value: Real<E>) -> Self {
        Tensor(value.to_value())
    }
}

impl<E: Element> Tensor<E> {
    /// Returns the sum of all elements.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| vector().sum().into()), [6.0]);
    /// ```
    #[track_caller]
    pub fn sum(self) -> Real<E> {
        Real::from_value(E::reduce(self.0, "sum", Along::Sum, None, Location::caller()))
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
        Real::from_value(E::reduce(self.0, "mean", Along::Mean, None, Location::caller()))
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
        Real::from_value(E::reduce(self.0, "max", Along::Max, None, Location::caller()))
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
        Real::from_value(E::reduce(self.0, "logsumexp", Along::LogSumExp, None, Location::caller()))
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
        Tensor(E::reduce(self.0, "sum_over", Along::Sum, Some(dim), Location::caller()))
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
        Tensor(E::reduce(self.0, "mean_over", Along::Mean, Some(dim), Location::caller()))
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
        Tensor(E::reduce(self.0, "max_over", Along::Max, Some(dim), Location::caller()))
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
        Tensor(E::reduce(self.0, "logsumexp_over", Along::LogSumExp, Some(dim), Location::caller()))
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
        Tensor(E::reduce(self.0, "softmax", Along::Softmax, Some(dim), Location::caller()))
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
        Tensor(E::reduce(self.0, "log_softmax", Along::LogSoftmax, Some(dim), Location::caller()))
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
        Tensor(E::transpose(self.0, Location::caller()))
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
        Tensor(E::reshape(self.0, dims, Location::caller()))
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
        Tensor(E::slice_along(self.0, dim, range, Location::caller()))
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
        Real::from_value(E::to_real(self.0, Location::caller()))
    }

    /// Returns an array of this shape whose elements are all `value`.
    #[track_caller]
    pub fn full(dims: &[usize], value: f64) -> Tensor<E> {
        Tensor(E::full(dims, value, "full", Location::caller()))
    }

    /// Returns an array of zeros.
    #[track_caller]
    pub fn zeros(dims: &[usize]) -> Tensor<E> {
        Tensor(E::full(dims, 0.0, "zeros", Location::caller()))
    }

    /// Returns an array of ones.
    #[track_caller]
    pub fn ones(dims: &[usize]) -> Tensor<E> {
        Tensor(E::full(dims, 1.0, "ones", Location::caller()))
    }

    /// Returns the `[n, n]` identity matrix.
    #[track_caller]
    pub fn eye(n: usize) -> Tensor<E> {
        Tensor(E::eye(n, Location::caller()))
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
        Tensor(E::join(&mut parts.iter().map(|p| p.0), dim, "concat", false, Location::caller()))
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
        Tensor(E::join(&mut parts.iter().map(|p| p.into_value()), 0, "stack", true, Location::caller()))
    }
}
