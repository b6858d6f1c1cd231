//! Sums of more numbers than their type can add up.
//!
//! As a running sum of single precision grows, it loses digits of what is added to it, and in the end stands still. So at most
//! [`RUN`](Numeric::RUN) numbers are added up in their own type, and the sums of such runs in double precision. Numbers of
//! double precision have no such limit: their sums are, bit by bit, what they would be without this.

use crate::element::Numeric;
use std::ops::Range;

/// Returns the sums over `0..n` of what `part` sums over a run of it, in `lanes` running sums for each: an array of numbers.
///
/// It is no function of a closure: in a kernel that would be compiled apart, without the instructions of the kernel.
macro_rules! in_runs {
    ($number:ty, $n:expr, $lanes:expr, |$run:ident| $part:block) => {{
        let (n, mut at, mut totals) = ($n, 0, [0.0; _]);
        let longest = <$number>::RUN.saturating_mul($lanes);
        loop {
            let end = n.min(longest.saturating_add(at));
            let $run = at..end;
            let sums = $part;
            // One run is all that numbers of double precision ever have, and is what it would be without this.
            if at == 0 && end == n {
                break sums;
            }
            for (total, sum) in totals.iter_mut().zip(sums) {
                *total += sum.as_f64();
            }
            at = end;
            if at == n {
                break totals.map(<$number>::of);
            }
        }
    }};
}
pub(crate) use in_runs;

/// Adds `n` numbers to `sum`, one after the other.
#[inline(always)]
pub(crate) fn add_one_by_one<E: Numeric>(sum: &mut E, n: usize, number: impl Fn(usize) -> E) {
    let mut total = sum.as_f64();
    for i in 0..n {
        total += number(i).as_f64();
    }
    *sum = E::of(total);
}

/// Adds `n` numbers to the elements of a row, or to the one that it has.
#[inline(always)]
pub(crate) fn add_each<E: Numeric>(into: &mut [E], n: usize, number: impl Fn(usize) -> E) {
    match into {
        [sum] => add_one_by_one(sum, n, number),
        row => row.iter_mut().enumerate().for_each(|(i, sum)| *sum += number(i)),
    }
}

/// Returns zeros for the sums of arrays of these lengths, to each element of which `counts` numbers are added: as many as the
/// array has elements if they are more than a run, else none.
#[inline]
pub(crate) fn in_double<E: Numeric, const N: usize>(
    memory: &mut Vec<f64>,
    lens: [usize; N],
    counts: [usize; N],
) -> [&mut [f64]; N] {
    let mut rooms = lens;
    for (room, count) in rooms.iter_mut().zip(counts) {
        *room *= usize::from(count > E::RUN);
    }
    memory.clear();
    memory.resize(rooms.iter().sum(), 0.0);
    let mut rest = memory.as_mut_slice();
    rooms.map(|room| {
        let (own, tail) = std::mem::take(&mut rest).split_at_mut(room);
        rest = tail;
        own
    })
}

/// Adds the elements of one array to those of another.
#[inline(always)]
pub(crate) fn add_all<A: Numeric, B: Numeric>(into: &mut [A], from: &[B]) {
    for (sum, &x) in into.iter_mut().zip(from) {
        *sum = A::of(sum.as_f64() + x.as_f64());
    }
}

/// An array that sums are gathered in row by row, many rows for each element.
///
/// Whenever rows have added a run to an element, what the array has is taken out of it and kept in double precision. It is put back
/// when this is dropped.
pub(crate) struct LongSums<'a, E: Numeric> {
    array: &'a mut [E],
    /// What was taken out of each element; nothing if no sum is long.
    taken: &'a mut [f64],
    /// The elements that were added to since.
    touched: Range<usize>,
    /// Where the last row began.
    last: usize,
    /// The numbers that one element was given since, or more: an element is met again only after a row that begins no
    /// further on than the one before.
    given: usize,
}

const NONE: Range<usize> = Range { start: usize::MAX, end: 0 };

impl<'a, E: Numeric> LongSums<'a, E> {
    /// Returns an array to each element of which up to `count` numbers are added.
    #[inline]
    pub(crate) fn new(memory: &'a mut Vec<f64>, array: &'a mut [E], count: usize) -> Self {
        let [taken] = in_double::<E, 1>(memory, [array.len()], [count]);
        LongSums { array, taken, touched: NONE, last: 0, given: 0 }
    }

    /// Returns such arrays, all of which share the memory.
    pub(crate) fn several<const N: usize>(
        memory: &'a mut Vec<f64>,
        arrays: [&'a mut [E]; N],
        counts: [usize; N],
    ) -> [Self; N] {
        let lens = arrays.each_ref().map(|array| array.len());
        let mut all = in_double::<E, N>(memory, lens, counts).into_iter();
        arrays.map(|array| {
            let taken = all.next().unwrap_or_default();
            LongSums { array, taken, touched: NONE, last: 0, given: 0 }
        })
    }

    /// Returns the number of elements.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.array.len()
    }

    /// Returns the elements that a row adds to, one number to each: `n` with this stride, or one.
    #[inline(always)]
    pub(crate) fn row(&mut self, offset: usize, n: usize, stride: usize) -> &mut [E] {
        self.part(offset, if stride == 0 { 1 } else { (n - n.min(1)) * stride + n.min(1) }, 1)
    }

    /// Returns elements to each of which up to `count` numbers are added next.
    #[inline(always)]
    pub(crate) fn part(&mut self, offset: usize, len: usize, count: usize) -> &mut [E] {
        if !self.taken.is_empty() {
            self.note(offset..offset + len, count);
        }
        &mut self.array[offset..offset + len]
    }

    #[inline(never)]
    fn note(&mut self, part: Range<usize>, count: usize) {
        if part.start <= self.last {
            if self.given + count > E::RUN {
                self.take();
            }
            self.given += count;
        }
        self.last = part.start;
        self.touched = self.touched.start.min(part.start)..self.touched.end.max(part.end);
    }

    /// Takes out what rows have added.
    fn take(&mut self) {
        let touched = std::mem::replace(&mut self.touched, NONE);
        self.given = 0;
        if touched.start < touched.end {
            for (taken, sum) in self.taken[touched.clone()].iter_mut().zip(&mut self.array[touched]) {
                *taken += sum.as_f64();
                *sum = E::zero();
            }
        }
    }

    /// Returns the sums in double precision if they are long, to add to them in any order.
    pub(crate) fn in_double(&mut self) -> Option<&mut [f64]> {
        if self.taken.is_empty() { None } else { Some(self.taken) }
    }
}

impl<E: Numeric> Drop for LongSums<'_, E> {
    fn drop(&mut self) {
        add_all(self.array, self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::gemm::{LibraryProduct, Matrix, MatrixMut, multiply_add, multiply_add_seeded};
    use crate::kernel::vector;

    fn numbers<E: Numeric>(n: usize, seed: usize) -> Vec<E> {
        (0..n).map(|i| E::of(0.3 + ((i * 37 + seed) % 11) as f64 / 16.0)).collect()
    }

    fn assert_close(found: f32, expected: f64, what: &str) {
        assert!((f64::from(found) / expected - 1.0).abs() < 1e-5, "{what}: {found}, expected {expected}");
    }

    #[test]
    fn a_million_numbers_add_up() {
        let n = 1_000_003;
        let sums = |equal: bool| {
            let x: Vec<f32> = if equal { vec![0.3; n] } else { numbers(n, 1) };
            let y: Vec<f32> = numbers(n, 2);
            let exact = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>();
            let mut one = 0.0;
            add_one_by_one(&mut one, n, |i| x[i]);
            let total = exact(&|i| f64::from(x[i]));
            let product = exact(&|i| f64::from(x[i]) * f64::from(y[i]));
            assert_close(one, total, "one by one");
            assert_close(vector::sum(&x), total, "the sum");
            assert_close(vector::dot(&x, &y), product, "the inner product");
            assert_close(vector::dot_where_seeded(&x, &y), product, "the seeded product");
        };
        sums(true);
        sums(false);
    }

    /// Adds rows of an array over and over, each element `repeats` times before the next row and the whole `times` times.
    fn add_rows<E: Numeric>(rows: usize, width: usize, repeats: usize, times: usize) -> Vec<E> {
        let (mut array, mut memory) = (vec![E::one(); rows * width], Vec::new());
        let mut sums = LongSums::new(&mut memory, &mut array, repeats * times);
        for k in 0..rows * repeats * times {
            let offset = k / repeats % rows * width;
            for (j, sum) in sums.row(offset, width, 1).iter_mut().enumerate() {
                *sum += E::of(0.3 + j as f64);
            }
        }
        drop(sums);
        array
    }

    #[test]
    fn rows_add_up_in_every_order() {
        for (rows, width, repeats, times) in
            [(1, 1, 1, 300_000), (1, 3, 300_000, 1), (7, 2, 50_000, 1), (40, 3, 1, 20_000), (5, 4, 100, 300)]
        {
            let found: Vec<f32> = add_rows(rows, width, repeats, times);
            for (k, &sum) in found.iter().enumerate() {
                let expected = 1.0 + (repeats * times) as f64 * f64::from(0.3 + (k % width) as f32);
                assert_close(sum, expected, "an element");
            }
            let double: Vec<f64> = add_rows(rows, width, repeats, times);
            let one_by_one = (0..repeats * times).fold(1.0, |sum, _| sum + 0.3);
            assert_eq!(double[0], one_by_one, "double precision is as it was");
        }
    }

    #[test]
    fn double_precision_needs_no_memory() {
        let (mut array, mut memory) = ([0.0; 4], Vec::new());
        assert!(LongSums::new(&mut memory, &mut array, usize::MAX - 1).in_double().is_none());
        let (mut array, mut memory) = ([0.0_f32; 4], Vec::new());
        assert!(LongSums::new(&mut memory, &mut array, 1000).in_double().is_some());
        assert!(LongSums::new(&mut memory, &mut array, 100).in_double().is_none());
    }

    fn product<E: LibraryProduct>(shape: [usize; 3], strides: [[usize; 2]; 2], seeded: bool) -> Vec<E> {
        let [m, k, n] = shape;
        let (a, b): (Vec<E>, Vec<E>) = (numbers(m * k, 1), numbers(k * n, 2));
        let mut out = vec![E::one(); m * n];
        let a = Matrix { data: &a, rows: m, columns: k, strides: strides[0] };
        let b = Matrix { data: &b, rows: k, columns: n, strides: strides[1] };
        let into = MatrixMut { data: &mut out, strides: [n, 1], fresh: false };
        let product = if seeded { multiply_add_seeded } else { multiply_add };
        product(a, b, into, &mut Vec::new());
        out
    }

    #[test]
    fn products_over_long_dimensions_add_up() {
        let k = 20_001;
        for (m, n) in [(1, 1), (3, 1), (20, 1), (100, 1), (1, 3), (1, 40), (2, 2), (2, 3), (9, 7)] {
            for strides in [[[k, 1], [n, 1]], [[1, m], [1, k]], [[1, m], [n, 1]], [[k, 1], [1, k]]] {
                for seeded in [false, true] {
                    let found: Vec<f32> = product([m, k, n], strides, seeded);
                    let expected: Vec<f64> = product([m, k, n], strides, seeded);
                    for (found, expected) in found.into_iter().zip(expected) {
                        assert_close(found, expected, &format!("{m} by {n}, strides {strides:?}"));
                    }
                }
            }
        }
    }
}
