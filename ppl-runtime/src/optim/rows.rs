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
    /// The number of the group plus one, or zero.
    group: u32,
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
        Rows { start: range.start, end: range.end, count, group: 0 }
    }

    /// Returns the rows as those of one of the optimiser's groups, by its number.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Optimiser, Rows, Sgd};
    ///
    /// let mut sgd: Sgd = Sgd::new(1.0).group("baseline/*", 0.5);
    /// let mut values = [1.0, 1.0];
    /// sgd.update(&[Rows::new(0..1, 1), Rows::new(1..2, 1).in_group(0)], &[1.0, 1.0], &mut values);
    /// assert_eq!(values, [0.0, 0.5]);
    /// ```
    #[must_use]
    pub const fn in_group(mut self, group: usize) -> Self {
        self.group = if group < u32::MAX as usize { group as u32 + 1 } else { u32::MAX };
        self
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

    /// Returns the number of the group among [`Optimiser::groups`](super::Optimiser::groups), if the parameters are in one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Rows;
    ///
    /// assert_eq!(Rows::new(0..4, 1).group(), None);
    /// assert_eq!(Rows::new(0..4, 1).in_group(2).group(), Some(2));
    /// ```
    #[inline]
    pub const fn group(&self) -> Option<usize> {
        match self.group {
            0 => None,
            group => Some(group as usize - 1),
        }
    }

    /// Returns whether other rows are the next ones of the same age and group.
    #[inline(always)]
    pub(crate) fn is_continued_by(&self, next: &Rows) -> bool {
        self.end == next.start && self.count == next.count && self.group == next.group
    }

    /// Takes the elements up to `end` in.
    #[inline(always)]
    pub(crate) fn extend_to(&mut self, end: usize) {
        self.end = end;
    }
}
