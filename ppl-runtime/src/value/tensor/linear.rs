//! Products, factorisations and solves.

use super::Tensor;
use crate::element::Element;
use crate::value::record::Product;
use crate::value::{Handle, IntoValue, Real};
use std::panic::Location;

impl<E: Element> Tensor<E> {
    /// Returns the inner product of two vectors.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| vector().dot(vector()).into()), [14.0]);
    /// ```
    #[track_caller]
    pub fn dot(self, other: impl IntoValue<E>) -> Real<E> {
        Real::from_value(E::product(self.0, other.into_value(), Product::Dot, Location::caller()))
    }

    /// Returns the matrix product, summed over the shared dimension `k`.
    ///
    /// # Shapes
    ///
    /// `[.., m, k]` or `[k]` with `[.., k, n]` or `[k]`. The dimensions before those of the matrices are broadcast, so that
    /// `[5, m, k]` with `[k, n]` is `[5, m, n]`: one product for each of the 5. A vector has no dimension of its own in the result.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| matrix().matmul(Tensor::stack(&[1.0, 2.0]))), [8.0, 12.0]);
    /// // Two matrices beside one vector.
    /// let two = || Tensor::stack(&[matrix(), matrix() * 10.0]);
    /// assert_eq!(show(|| two().matmul([1.0, 2.0])), [8.0, 12.0, 80.0, 120.0]);
    /// ```
    #[track_caller]
    pub fn matmul(self, other: impl IntoValue<E>) -> Tensor<E> {
        Tensor(E::product(self.0, other.into_value(), Product::Matrix, Location::caller()))
    }

    /// Returns the matrix product in log space, `ln(sum over k of exp(a[m, k] + b[k, n]))`, without overflow.
    ///
    /// A logarithm of zero is minus infinity, in whole rows too: it has no share in a sum, and no derivative.
    ///
    /// # Shapes
    ///
    /// Those of [`matmul`](Tensor::matmul).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// let product = show(|| matrix().matmul(vector().slice(0, 0..2)).ln());
    /// assert!(close(show(|| matrix().ln().log_matmul(vector().slice(0, 0..2).ln())), &product));
    /// // Rows of zeros.
    /// assert_eq!(show(|| (matrix() * 0.0).ln().log_matmul([0.0, 0.0]).exp()), [0.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn log_matmul(self, other: impl IntoValue<E>) -> Tensor<E> {
        Tensor(E::product(self.0, other.into_value(), Product::LogMatrix, Location::caller()))
    }

    /// Returns the lower Cholesky factor of a symmetric positive definite matrix, of which the lower triangle is read.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| matrix().cholesky()), [2.0, 0.0, 1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn cholesky(self) -> Tensor<E> {
        Tensor(E::cholesky(self.0, Location::caller()))
    }

    /// Returns the solution `y` of `L y = b`, where `self` is the lower triangular `L`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| matrix().cholesky().solve_lower(Tensor::stack(&[2.0, 5.0]))), [1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn solve_lower(self, b: impl IntoValue<E>) -> Tensor<E> {
        Tensor(E::solve(self.0, b.into_value(), false, "solve_lower", Location::caller()))
    }

    /// Returns the solution `y` of `L^T y = b`, where `self` is the lower triangular `L`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| matrix().cholesky().solve_lower_transposed(Tensor::stack(&[4.0, 4.0]))), [1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn solve_lower_transposed(self, b: impl IntoValue<E>) -> Tensor<E> {
        Tensor(E::solve(self.0, b.into_value(), true, "solve_lower_transposed", Location::caller()))
    }

    /// Returns the natural logarithm of the absolute value of the determinant.
    ///
    /// # Shapes
    ///
    /// `[.., n, n]` gives `[..]`: one number for each matrix.
    ///
    /// # Errors
    ///
    /// A singular matrix is an error of the run that names its pivot: zero, or no more than what rounding leaves of a zero.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert!(close(show(|| matrix().log_det()), &[16f64.ln()]));
    /// ```
    #[track_caller]
    pub fn log_det(self) -> Tensor<E> {
        Tensor(E::log_det(self.0, Location::caller()))
    }

    /// Returns the inverse, by LU factors with partial pivoting.
    ///
    /// # Shapes
    ///
    /// `[.., n, n]` gives the same shape.
    ///
    /// # Errors
    ///
    /// A singular matrix is an error of the run, as for [`log_det`](Tensor::log_det).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert!(close(show(|| matrix().inverse()), &[0.3125, -0.125, -0.125, 0.25]));
    /// ```
    #[track_caller]
    pub fn inverse(self) -> Tensor<E> {
        Tensor(E::inverse(self.0, Location::caller()))
    }

    /// Returns the solution `y` of `A y = b`, where `self` is the square `A`, by LU factors with partial pivoting.
    ///
    /// # Shapes
    ///
    /// `[.., n, n]` with `[n]` or `[.., n, m]`. The dimensions before those of the matrices are broadcast.
    ///
    /// # Errors
    ///
    /// A singular matrix is an error of the run, as for [`log_det`](Tensor::log_det).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert!(close(show(|| matrix().solve([8.0, 12.0])), &[1.0, 2.0]));
    /// assert!(close(show(|| matrix().solve(matrix())), &[1.0, 0.0, 0.0, 1.0]));
    /// ```
    #[track_caller]
    pub fn solve(self, b: impl IntoValue<E>) -> Tensor<E> {
        Tensor(E::solve_square(self.0, b.into_value(), Location::caller()))
    }

    /// Returns the diagonal of a matrix, or the matrix that has a vector on its diagonal and zeros elsewhere.
    ///
    /// # Shapes
    ///
    /// `[m, n]` gives `[min(m, n)]`, and `[n]` gives `[n, n]`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| matrix().diag()), [4.0, 5.0]);
    /// assert_eq!(show(|| matrix().diag().diag()), [4.0, 0.0, 0.0, 5.0]);
    /// ```
    #[track_caller]
    pub fn diag(self) -> Tensor<E> {
        Tensor(E::diag(self.0, Location::caller()))
    }
}
