//! The event shape of a value: the dimensions that are not axes.

use std::fmt;

/// The highest rank that an event may have.
pub const MAX_RANK: usize = 6;

/// An event shape: up to `MAX_RANK` (6) dimensions, stored in place.
#[derive(Clone, Copy, Eq)]
pub struct Shape {
    rank: u8,
    dims: [u32; MAX_RANK],
}

impl PartialEq for Shape {
    /// Mostly both are scalars, or the ranks differ.
    #[inline(always)]
    fn eq(&self, other: &Shape) -> bool {
        self.rank == other.rank && (self.rank == 0 || self.dims == other.dims)
    }
}

impl Shape {
    /// The shape of a scalar.
    pub const SCALAR: Shape = Shape { rank: 0, dims: [1; MAX_RANK] };

    /// Returns the shape of these dimensions, or `None` if there are more than `MAX_RANK` (6).
    pub fn of(dims: &[usize]) -> Option<Shape> {
        let mut shape = Shape::SCALAR;
        if dims.len() > MAX_RANK {
            return None;
        }
        for (slot, &size) in shape.dims.iter_mut().zip(dims) {
            *slot = u32::try_from(size).ok()?;
        }
        shape.rank = dims.len() as u8;
        Some(shape)
    }

    /// Returns the shape of a vector.
    #[inline]
    pub fn vector(n: usize) -> Shape {
        let mut shape = Shape::SCALAR;
        shape.rank = 1;
        shape.dims[0] = n as u32;
        shape
    }

    /// Returns the shape of a matrix.
    #[inline]
    pub fn matrix(rows: usize, columns: usize) -> Shape {
        let mut shape = Shape::vector(rows);
        shape.rank = 2;
        shape.dims[1] = columns as u32;
        shape
    }

    /// Returns the number of dimensions.
    #[inline(always)]
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// Returns the number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        if self.rank == 0 { 1 } else { self.dims().iter().map(|&d| d as usize).product() }
    }

    /// Returns whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the dimensions.
    #[inline(always)]
    pub fn dims(&self) -> &[u32] {
        &self.dims[..self.rank as usize]
    }

    /// Returns dimension `k`.
    #[inline(always)]
    pub fn dim(&self, k: usize) -> usize {
        self.dims[k] as usize
    }

    /// Returns the shape without its first dimension.
    #[inline]
    pub fn without_first(&self) -> Shape {
        self.without(0)
    }

    /// Returns the shape without dimension `k`.
    pub fn without(&self, k: usize) -> Shape {
        let mut shape = Shape::SCALAR;
        let kept = self.dims().iter().enumerate().filter(|&(j, _)| j != k).map(|(_, &d)| d);
        for (slot, d) in shape.dims.iter_mut().zip(kept) {
            *slot = d;
        }
        shape.rank = self.rank.saturating_sub(1);
        shape
    }

    /// Returns the shape with a dimension in front, or `None` if it would exceed `MAX_RANK` (6).
    pub fn with_first(&self, size: usize) -> Option<Shape> {
        if self.rank() == MAX_RANK {
            return None;
        }
        let mut shape = Shape::SCALAR;
        shape.rank = self.rank + 1;
        shape.dims[0] = size as u32;
        shape.dims[1..=self.rank()].copy_from_slice(self.dims());
        Some(shape)
    }

    /// Returns the shape with one more dimension at the end, or `None` if it would exceed `MAX_RANK` (6).
    pub fn with_last(&self, size: usize) -> Option<Shape> {
        if self.rank() == MAX_RANK {
            return None;
        }
        let mut shape = *self;
        shape.dims[self.rank()] = size as u32;
        shape.rank += 1;
        Some(shape)
    }

    /// Returns the dimensions before the last `rank` ones, and those; or all as the last where there are no more.
    pub(crate) fn split_last(&self, rank: usize) -> (Shape, Shape) {
        let (mut leading, mut last) = (*self, Shape::SCALAR);
        let before = self.rank().saturating_sub(rank);
        leading.rank = before as u8;
        leading.dims[before..].fill(1);
        last.rank = self.rank - before as u8;
        last.dims[..self.rank() - before].copy_from_slice(&self.dims()[before..]);
        (leading, last)
    }

    /// Returns the shape with the dimensions of another behind its own, or `None` if there are more than `MAX_RANK` (6).
    pub(crate) fn followed_by(&self, last: &Shape) -> Option<Shape> {
        last.dims().iter().try_fold(*self, |shape, &d| shape.with_last(d as usize))
    }

    /// Returns the shape with dimension `k` set to `size`.
    pub fn with_dim(&self, k: usize, size: usize) -> Shape {
        let mut shape = *self;
        shape.dims[k] = size as u32;
        shape
    }

    /// Returns the shape that two shapes have together, which are matched from their last dimensions: each dimension is that of
    /// both, or that of the one that has more than one; or `None` where they differ otherwise.
    pub(crate) fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let (longer, shorter) = if self.rank < other.rank { (other, self) } else { (self, other) };
        let mut shape = *longer;
        let missing = longer.rank() - shorter.rank();
        for (slot, &d) in shape.dims[missing..].iter_mut().zip(shorter.dims()) {
            match (*slot, d) {
                (a, b) if a == b => {}
                (1, b) => *slot = b,
                (_, 1) => {}
                _ => return None,
            }
        }
        Some(shape)
    }

    /// Returns whether an array of this shape moves on along dimension `k` of a shape that it is broadcast to; else it is
    /// repeated.
    pub(crate) fn moves_along(&self, k: usize, whole: &Shape) -> bool {
        let missing = whole.rank() - self.rank();
        k >= missing && self.dims[k - missing] == whole.dims[k]
    }

    /// Returns the place in an array of this shape of an element of a shape that it is broadcast to.
    pub(crate) fn place_of(&self, mut element: usize, whole: &Shape) -> usize {
        let (mut place, mut stride) = (0, 1);
        for k in (0..whole.rank()).rev() {
            let size = whole.dim(k).max(1);
            if self.moves_along(k, whole) {
                place += element % size * stride;
                stride *= size;
            }
            element /= size;
        }
        place
    }

    /// Returns the dimensions as an owned vector.
    pub fn to_vec(&self) -> Vec<usize> {
        self.dims().iter().map(|&d| d as usize).collect()
    }
}

impl From<[usize; 1]> for Shape {
    fn from([n]: [usize; 1]) -> Shape {
        Shape::vector(n)
    }
}

impl From<[usize; 2]> for Shape {
    fn from([rows, columns]: [usize; 2]) -> Shape {
        Shape::matrix(rows, columns)
    }
}

/// The dimensions of a shape as `usize`, stored in place.
#[derive(Clone, Copy, Debug)]
pub struct Dims {
    dims: [usize; MAX_RANK],
    rank: usize,
}

impl Dims {
    /// Returns the dimensions of a shape.
    pub fn of(shape: Shape) -> Dims {
        let mut dims = [1; MAX_RANK];
        for (slot, &d) in dims.iter_mut().zip(shape.dims()) {
            *slot = d as usize;
        }
        Dims { dims, rank: shape.rank() }
    }

    /// Returns the dimensions.
    pub fn as_slice(&self) -> &[usize] {
        &self.dims[..self.rank]
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.dims()).finish()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_matched_from_the_last_dimension() {
        let of = |dims: &[usize]| Shape::of(dims).expect("a small shape");
        let both = |a: &[usize], b: &[usize]| of(a).broadcast(&of(b)).map(|shape| shape.to_vec());
        assert_eq!(both(&[5, 4], &[4]), Some(vec![5, 4]));
        assert_eq!(both(&[4], &[5, 4]), Some(vec![5, 4]));
        assert_eq!(both(&[5, 1], &[1, 4]), Some(vec![5, 4]));
        assert_eq!(both(&[2, 1, 3], &[4, 1]), Some(vec![2, 4, 3]));
        assert_eq!(both(&[], &[3]), Some(vec![3]));
        // A dimension without elements is one like others.
        assert_eq!(both(&[5, 0], &[1]), Some(vec![5, 0]));
        assert_eq!(both(&[5, 0], &[3]), None);
        assert_eq!(both(&[5, 4], &[5]), None);
        assert_eq!(both(&[2, 3], &[3, 2]), None);
    }

    #[test]
    fn a_shape_is_parted_and_put_together() {
        let whole = Shape::of(&[5, 4, 3]).expect("a small shape");
        for rank in 0..=3 {
            let (leading, last) = whole.split_last(rank);
            assert_eq!((leading.rank(), last.rank()), (3 - rank, rank));
            assert_eq!(leading.followed_by(&last), Some(whole));
        }
        assert_eq!(whole.split_last(1), (Shape::matrix(5, 4), Shape::vector(3)));
        assert_eq!(Shape::vector(3).split_last(2), (Shape::SCALAR, Shape::vector(3)));
        assert_eq!(whole.followed_by(&whole).and_then(|six| six.with_last(1)), None);
    }

    #[test]
    fn a_place_is_that_of_the_broadcast_element() {
        let whole = Shape::matrix(5, 4);
        for (i, j) in (0..5).flat_map(|i| (0..4).map(move |j| (i, j))) {
            let element = i * 4 + j;
            assert_eq!(whole.place_of(element, &whole), element);
            assert_eq!(Shape::vector(4).place_of(element, &whole), j);
            assert_eq!(Shape::matrix(5, 1).place_of(element, &whole), i);
            assert_eq!(Shape::SCALAR.place_of(element, &whole), 0);
        }
    }
}
