//! The memory of a program's arguments, which a run may refer to without a copy.

use super::run::Run;
use super::scope::{self, AnyElement};
use crate::element::Element;
use crate::value::Datum;
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

    /// Returns whether the data are part of an argument.
    #[inline]
    pub(crate) fn remembers<T>(&self, data: &[T]) -> bool {
        let here = data.as_ptr_range();
        self.ranges.iter().any(|r| r.start <= here.start as usize && here.end as usize <= r.end)
            && !data.is_empty()
    }

    /// Returns an argument's data as elements, converted once.
    pub(crate) fn converted<T: Datum>(&mut self, data: &[T]) -> &[E] {
        let (start, len, datum) = (data.as_ptr() as usize, data.len(), TypeId::of::<T>());
        let found =
            self.conversions.iter().position(|c| c.start == start && c.len == len && c.datum == datum);
        let at = found.unwrap_or_else(|| {
            let elements = data.iter().map(|v| v.element()).collect();
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
            run.memory.add(self.0);
        }
    }
}

impl<T: Remembered> RegisterMemory for Argument<'_, T> {
    fn remember(&self) {
        scope::with_any_compared(Register(self.0.range()));
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
