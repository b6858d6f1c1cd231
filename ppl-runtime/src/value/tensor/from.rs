//! Arrays as tensors, and the dimensions of a tensor.

use super::Tensor;
use crate::element::Element;
use crate::shape::Shape;
use crate::value::data::array;
use crate::value::{Datum, Handle};
use ndarray::{ArrayBase, Data, Dimension};
use std::panic::Location;

impl<E: Element + Datum> From<&[E]> for Tensor<E> {
    /// Returns the numbers as a vector.
    #[track_caller]
    fn from(data: &[E]) -> Self {
        Tensor(array(data, Some(Shape::vector(data.len()))))
    }
}

impl<E: Element + Datum> From<&Vec<E>> for Tensor<E> {
    /// Returns the numbers as a vector.
    #[track_caller]
    fn from(data: &Vec<E>) -> Self {
        Tensor::from(data.as_slice())
    }
}

impl<E: Element + Datum, const N: usize> From<[E; N]> for Tensor<E> {
    /// Returns the numbers as a vector.
    #[track_caller]
    fn from(data: [E; N]) -> Self {
        Tensor::from(data.as_slice())
    }
}

impl<E: Element + Datum, const N: usize> From<&[E; N]> for Tensor<E> {
    /// Returns the numbers as a vector.
    #[track_caller]
    fn from(data: &[E; N]) -> Self {
        Tensor::from(data.as_slice())
    }
}

impl<E: Element + Datum, const M: usize> From<&[[E; M]]> for Tensor<E> {
    /// Returns the rows as a matrix.
    #[track_caller]
    fn from(data: &[[E; M]]) -> Self {
        Tensor(array(data.as_flattened(), Some(Shape::matrix(data.len(), M))))
    }
}

impl<E: Element + Datum, const M: usize, const N: usize> From<[[E; M]; N]> for Tensor<E> {
    /// Returns the rows as a matrix.
    #[track_caller]
    fn from(data: [[E; M]; N]) -> Self {
        Tensor::from(data.as_slice())
    }
}

impl<E: Element + Datum, const M: usize, const N: usize> From<&[[E; M]; N]> for Tensor<E> {
    /// Returns the rows as a matrix.
    #[track_caller]
    fn from(data: &[[E; M]; N]) -> Self {
        Tensor::from(data.as_slice())
    }
}

impl<E, S, D> From<&ArrayBase<S, D>> for Tensor<E>
where
    E: Element + Datum,
    S: Data<Elem = E>,
    D: Dimension,
{
    /// Returns the array as a tensor of its shape. One of more than 6 dimensions is an error of the run.
    #[track_caller]
    fn from(data: &ArrayBase<S, D>) -> Self {
        let shape = Shape::of(data.shape());
        Tensor(match data.as_slice() {
            Some(elements) => array(elements, shape),
            // An array in another order is copied into its logical one.
            None => array(&data.iter().copied().collect::<Vec<_>>(), shape),
        })
    }
}

impl<E: Element> Tensor<E> {
    /// Returns the dimensions of the event shape: those of plates and particles are not among them.
    ///
    /// Shapes do not depend on draws, so that a program may branch on them. Outside of a program there are none.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/show.md")]
    /// let data = ndarray::array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    /// let sizes = || {
    ///     let table = Tensor::from(&data);
    ///     assert_eq!(table.dims(), [2, 3]);
    ///     assert_eq!(table.at(0).dims(), [3]);
    ///     assert!(Tensor::from(table.sum()).dims().is_empty());
    ///     table
    /// };
    /// assert_eq!(show(sizes), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// ```
    #[track_caller]
    pub fn dims(self) -> Vec<usize> {
        E::shape_of(self.to_value(), Location::caller()).to_vec()
    }
}
