//! The memory of a program's arguments, which a run may refer to without a copy.

use super::run::Run;
use super::slot::{self, AnyElement};
use crate::element::Element;
use crate::value::{Datum, Slice};
use ndarray::{ArrayBase, Data, Dimension};
use std::any::TypeId;
use std::ops::Range;
use std::sync::Arc;

/// The address ranges of the arguments of the programs in progress, and conversions of their integer data.
#[derive(Debug, Default)]
pub(crate) struct Memory<E> {
    ranges: Vec<Range<usize>>,
    conversions: Vec<Conversion<E>>,
}

#[derive(Debug)]
struct Conversion<E> {
    start: usize,
    len: usize,
    datum: TypeId,
    elements: Box<[E]>,
}

impl<E: Element> Memory<E> {
    /// Forgets the arguments, before programs register theirs.
    pub(crate) fn begin(&mut self) {
        self.ranges.clear();
    }

    /// Forgets the conversions too, because other arguments come.
    pub(crate) fn forget(&mut self) {
        self.ranges.clear();
        self.conversions.clear();
    }

    pub(crate) fn add(&mut self, range: Range<usize>) {
        if !self.ranges.contains(&range) {
            self.ranges.push(range);
        }
    }

    /// Returns whether data lie in memory that an argument holds.
    #[inline]
    pub(crate) fn remembers(&self, here: Range<usize>) -> bool {
        !here.is_empty() && self.ranges.iter().any(|r| r.start <= here.start && here.end <= r.end)
    }

    /// Returns data of another type as elements, which are converted once.
    pub(crate) fn converted(&mut self, data: Slice<'_>) -> &[E] {
        let (start, len, datum) = (data.addresses().start, data.len(), data.kind());
        let found =
            self.conversions.iter().position(|c| c.start == start && c.len == len && c.datum == datum);
        let at = found.unwrap_or_else(|| {
            let elements = data.to_elements();
            self.conversions.push(Conversion { start, len, datum, elements });
            self.conversions.len() - 1
        });
        &self.conversions[at].elements
    }
}

/// An argument whose elements stay where they are for as long as its program lives.
///
/// A borrowed slice, or an owned collection on the heap; not an array held by value, which moves with its program.
pub trait Remembered {
    /// Returns the addresses of the elements.
    #[doc(hidden)]
    fn range(&self) -> Range<usize>;
}

fn addresses<T>(data: &[T]) -> Range<usize> {
    let range = data.as_ptr_range();
    range.start as usize..range.end as usize
}

impl<T: Datum> Remembered for &[T] {
    fn range(&self) -> Range<usize> {
        addresses(self)
    }
}

impl<T: Datum, const N: usize> Remembered for &[T; N] {
    fn range(&self) -> Range<usize> {
        addresses(*self)
    }
}

impl<T: Datum> Remembered for Vec<T> {
    fn range(&self) -> Range<usize> {
        addresses(self)
    }
}

impl<T: Datum> Remembered for &Vec<T> {
    fn range(&self) -> Range<usize> {
        addresses(self)
    }
}

impl<T: Datum> Remembered for Box<[T]> {
    fn range(&self) -> Range<usize> {
        addresses(self)
    }
}

impl<T: Datum> Remembered for Arc<[T]> {
    fn range(&self) -> Range<usize> {
        addresses(self)
    }
}

impl<T: Datum, S: Data<Elem = T>, D: Dimension> Remembered for ArrayBase<S, D> {
    fn range(&self) -> Range<usize> {
        self.as_slice().map_or(0..0, addresses)
    }
}

impl<T: Datum, S: Data<Elem = T>, D: Dimension> Remembered for &ArrayBase<S, D> {
    fn range(&self) -> Range<usize> {
        self.as_slice().map_or(0..0, addresses)
    }
}

/// An argument of a program, about to be registered if its memory can be referred to.
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized>(pub &'a T);

/// Registers an argument whose memory stays in place.
pub trait RegisterMemory {
    /// Registers it with the run in progress.
    fn remember(&self);
}

/// Does nothing for every other argument; found by method look-up only where [`RegisterMemory`] does not fit.
pub trait RegisterNothing {
    /// Does nothing.
    fn remember(&self) {}
}

struct Register(Range<usize>);

impl AnyElement for Register {
    type Output = ();

    fn call<E: Element>(self, run: &mut Run<E>) {
        // The arguments of a session's programs stay the same, until it forgets them.
        if !run.is_following() {
            run.session.memory.add(self.0);
        }
    }
}

#[inline(never)]
fn register(range: Range<usize>) {
    slot::with_any_compared(Register(range));
}

impl<T: Remembered> RegisterMemory for Argument<'_, T> {
    fn remember(&self) {
        register(self.0.range());
    }
}

impl<T: ?Sized> RegisterNothing for &Argument<'_, T> {}

/// Registers an argument of a program with the run in progress.
#[doc(hidden)]
#[macro_export]
macro_rules! __remember {
    ($argument:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{RegisterMemory as _, RegisterNothing as _};
        (&$crate::__private::Argument(&$argument)).remember();
    }};
}
