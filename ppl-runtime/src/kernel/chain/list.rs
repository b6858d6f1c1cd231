//! A list of bounded length that lives in place, so that a plan is made without an allocation.

use std::ops::{Deref, DerefMut};

/// At most `N` items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<T, const N: usize> {
    items: [T; N],
    len: usize,
}

impl<T: Copy + Default, const N: usize> List<T, N> {
    pub(crate) fn new() -> List<T, N> {
        List { items: [T::default(); N], len: 0 }
    }

    /// Adds an item, and returns whether there was room for it.
    #[must_use]
    pub(crate) fn push(&mut self, item: T) -> bool {
        let Some(place) = self.items.get_mut(self.len) else { return false };
        *place = item;
        self.len += 1;
        true
    }

    /// Keeps the items that `keeps` holds for, in their order.
    pub(crate) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        let mut kept = 0;
        for k in 0..self.len {
            if keeps(&self.items[k]) {
                self.items[kept] = self.items[k];
                kept += 1;
            }
        }
        self.len = kept;
    }
}

impl<T: Copy + Default, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        List::new()
    }
}

impl<T, const N: usize> Deref for List<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.len]
    }
}

impl<T, const N: usize> DerefMut for List<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items[..self.len]
    }
}
