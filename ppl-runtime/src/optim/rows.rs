//! Which parameters an update touches.

use std::ops::Range;

/// A contiguous range of the flat parameter vector, with the number of its own updates.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::Rows;
///
/// // The third update of the two parameters of a plate's element 5.
/// let rows = Rows::new(10..12, 3);
/// assert_eq!((rows.range(), rows.count()), (10..12, 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    start: usize,
    end: usize,
    count: u64,
}

impl Rows {
    /// Returns the rows of a range whose `count`-th update this is, counting from one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Rows;
    ///
    /// let all = Rows::new(0..100, 1);
    /// assert_eq!(all.range().len(), 100);
    /// ```
    pub const fn new(range: Range<usize>, count: u64) -> Self {
        Rows { start: range.start, end: range.end, count }
    }

    /// Returns the range.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Rows;
    ///
    /// assert_eq!(Rows::new(3..7, 1).range(), 3..7);
    /// ```
    #[inline]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the number of updates of these elements, this one included.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Rows;
    ///
    /// assert_eq!(Rows::new(3..7, 9).count(), 9);
    /// ```
    #[inline]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Returns whether elements from `start` on, whose `count`-th update this is, are its next ones.
    #[inline(always)]
    pub(crate) fn is_continued_at(&self, start: usize, count: u64) -> bool {
        self.end == start && self.count == count
    }

    /// Takes the elements up to `end` in.
    #[inline(always)]
    pub(crate) fn extend_to(&mut self, end: usize) {
        self.end = end;
    }
}
