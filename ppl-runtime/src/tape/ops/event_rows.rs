//! How events are made of rows, each of which belongs to one member of a family.

use crate::kernel::array::from_fn;
use crate::shape::{Dims, Shape};
use std::ops::Range;

/// The rows of the events of several arrays: the last dimensions of each are those of a member, and the ones before them count members.
/// An array that has none before stands for every row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRows<const N: usize> {
    /// Nothing where no array has dimensions before a member's.
    count: Option<usize>,
    /// The elements that a row has of each array, and those from one row to the next.
    widths: [usize; N],
    steps: [usize; N],
    dims: [Dims; N],
}

impl<const N: usize> EventRows<N> {
    /// Returns the rows of arrays with these event shapes, of which the last `ranks` dimensions are a member's.
    ///
    /// Leading dimensions that differ were refused with the shapes; there are no more rows than each array has.
    #[inline]
    pub(crate) fn of(shapes: [Shape; N], ranks: [usize; N]) -> EventRows<N> {
        let mut rows = EventRows {
            count: None,
            widths: [1; N],
            steps: [0; N],
            dims: from_fn(Dims::of(Shape::SCALAR), |k| Dims::of(shapes[k])),
        };
        for k in 0..N {
            rows.widths[k] = shapes[k].len();
            if shapes[k].rank() > ranks[k] {
                let (leading, last) = shapes[k].split_last(ranks[k]);
                rows.dims[k] = Dims::of(last);
                rows.widths[k] = last.len();
                rows.steps[k] = last.len();
                rows.count = Some(rows.count.unwrap_or(usize::MAX).min(leading.len()));
            }
        }
        rows
    }

    /// Returns the number of rows, if an array says it.
    #[inline(always)]
    pub(crate) fn stated(&self) -> Option<usize> {
        self.count
    }

    /// Returns the number of rows.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count.unwrap_or(1)
    }

    /// Returns the event shapes of a member.
    #[inline(always)]
    pub(crate) fn shapes(&self) -> [&[usize]; N] {
        from_fn(&[], |k| self.dims[k].as_slice())
    }

    /// Returns the number of elements that a row has of array `k`.
    #[inline(always)]
    pub(crate) fn width(&self, k: usize) -> usize {
        self.widths[k]
    }

    /// Returns where the elements of array `k` lie that belong to a row of the event which begins at `event`.
    #[inline(always)]
    pub(crate) fn place(&self, k: usize, event: usize, row: usize) -> Range<usize> {
        let first = event + row * self.steps[k];
        first..first + self.widths[k]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_dimensions_count_the_rows() {
        let shape = |dims: &[usize]| Shape::of(dims).expect("a small shape");
        let rows = EventRows::of([shape(&[2, 3, 4]), shape(&[4, 4]), shape(&[2, 3])], [1, 2, 0]);
        assert_eq!((rows.count(), rows.shapes()), (6, [&[4][..], &[4, 4], &[]]));
        assert_eq!(
            (rows.place(0, 100, 5), rows.place(1, 100, 5), rows.place(2, 0, 5)),
            (120..124, 100..116, 5..6)
        );
        let one = EventRows::of([shape(&[4]), shape(&[])], [1, 0]);
        assert_eq!((one.stated(), one.count(), one.width(0)), (None, 1, 4));
        assert_eq!(EventRows::of([shape(&[0, 4])], [1]).count(), 0);
    }
}
