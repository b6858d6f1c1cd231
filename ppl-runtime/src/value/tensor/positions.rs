//! Sums along a dimension, and elements by their positions.

use super::Tensor;
use crate::element::Element;
use crate::tape::ops::reduce::Along;
use crate::value::{Discrete, Handle};
use std::panic::Location;

impl<E: Element> Tensor<E> {
    /// Returns the sums of the elements up to each one, along dimension `dim`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| vector().cumsum(0)), [1.0, 3.0, 6.0]);
    /// assert_eq!(show(|| matrix().cumsum(0)), [4.0, 2.0, 6.0, 7.0]);
    /// ```
    #[track_caller]
    pub fn cumsum(self, dim: usize) -> Tensor<E> {
        Tensor(E::reduce(self.0, "cumsum", Along::CumSum, Some(dim), Location::caller()))
    }

    /// Returns the positions of the largest elements along dimension `dim`, which is dropped: of equal ones the first. No derivative
    /// flows through it.
    ///
    /// # Errors
    ///
    /// A dimension that has no elements, or is not there, is an error of the run.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| vector().argmax(0).to_tensor()), [2.0]);
    /// assert_eq!(show(|| matrix().argmax(1).to_tensor()), [0.0, 1.0]);
    /// // It is an index like others.
    /// assert_eq!(show(|| matrix().at(vector().slice(0, 0..2).argmax(0))), [2.0, 5.0]);
    /// ```
    #[track_caller]
    pub fn argmax(self, dim: usize) -> Discrete {
        Discrete::from_value(E::argmax(self.0, dim, Location::caller()))
    }

    /// Returns the elements along dimension `dim` that integers name; each position in the other dimensions has its own.
    ///
    /// # Shapes
    ///
    /// `index` has the shape of the array but for dimension `dim`, of which it may have any size; the result has the shape of
    /// `index`.
    ///
    /// # Errors
    ///
    /// Shapes that do not fit, and an index out of range, are errors of the run.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// let order = ndarray::array![[1_u8, 0, 2], [2, 2, 0]];
    /// let rows = || Tensor::stack(&[vector(), vector() * 10.0]);
    /// let sorted = || rows().gather(1, Discrete::from(&order));
    /// assert_eq!(show(sorted), [2.0, 1.0, 3.0, 30.0, 30.0, 10.0]);
    /// ```
    #[track_caller]
    pub fn gather(self, dim: usize, index: Discrete) -> Tensor<E> {
        Tensor(E::gather(self.0, index.to_value(), dim, Location::caller()))
    }
}

impl Discrete {
    /// Returns vectors of `size` elements that are one where the integers say so, and zero elsewhere.
    ///
    /// # Shapes
    ///
    /// Integers of the shape `[..]` give `[.., size]`.
    ///
    /// # Errors
    ///
    /// An integer that is not below `size` is an error of the run.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// assert_eq!(show(|| Discrete::from(1).one_hot(3)), [0.0, 1.0, 0.0]);
    /// assert_eq!(show(|| matrix().argmax(1).one_hot(2)), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn one_hot<E: Element>(self, size: usize) -> Tensor<E> {
        Tensor(E::one_hot(self.to_value(), size, Location::caller()))
    }
}
