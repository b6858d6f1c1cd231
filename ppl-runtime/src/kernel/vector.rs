//! Loops over slices as values, compiled once for each instruction set, and the sums that they are made of.

use super::long_sums::in_runs;
#[cfg(target_arch = "x86_64")]
use super::simd::Level;
/// A loop over slices that gains from wide vectors.
///
/// `run` and everything it calls in its inner loop must be `#[inline(always)]`, so that it is compiled with the
/// features of the caller.
pub(crate) trait Kernel {
    /// What the loop returns.
    type Output;

    /// Runs the loop.
    fn run(self) -> Self::Output;

    /// Runs the loop on a processor with fused multiply-add: the same, unless it has a form of its own for that.
    #[inline(always)]
    fn run_fused(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run()
    }

    /// Runs the loop on an x86-64 processor that has no wide vectors, as few do: the same, unless there are so many instances of
    /// the loop that one more of each costs more compiling than it is worth.
    #[inline(always)]
    fn run_narrow(self) -> Self::Output
    where
        Self: Sized,
    {
        self.run()
    }
}

/// Runs `kernel` with the widest vectors that this processor has.
#[inline]
#[cfg_attr(target_arch = "x86_64", expect(unreachable_code))]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    match super::simd::level() {
        // SAFETY: the level says that the features which the function is compiled with were detected.
        Level::Avx512 => return unsafe { with_avx512(kernel) },
        // SAFETY: as above.
        Level::Avx2 => return unsafe { with_avx2(kernel) },
        Level::Portable => return without_vectors(kernel),
    }
    kernel.run()
}

/// Apart, or whoever calls [`dispatch`] prepares what only this loop needs.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn without_vectors<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_narrow()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_fused()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run_fused()
}

/// Returns whether kernels run with wide vectors here, and not in their form for processors that have none.
#[inline(always)]
pub(crate) fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return super::simd::level() != Level::Portable;
    #[cfg(not(target_arch = "x86_64"))]
    true
}

/// Adds `f` of the elements of `inputs` at each place to the element there. Inputs are at least as long.
///
/// The vector loops that compilers make take sixteen elements or more at once, and the rest one by one: eight of a shorter row
/// are taken as one block, which is read as a whole before it is written.
#[inline(always)]
pub(crate) fn add_each<E: crate::element::Numeric, const N: usize>(
    into: &mut [E],
    inputs: [&[E]; N],
    f: impl Fn([E; N]) -> E,
) {
    const BLOCK: usize = 8;
    let n = into.len();
    let mut rows = inputs;
    for row in &mut rows {
        *row = &row[..n];
    }
    let mut done = 0;
    if n < 2 * BLOCK
        && let Some(into) = into.first_chunk_mut::<BLOCK>()
    {
        let mut blocks = [[E::zero(); BLOCK]; N];
        for (block, row) in blocks.iter_mut().zip(&rows) {
            block.copy_from_slice(&row[..BLOCK]);
        }
        let mut sums = *into;
        for (j, sum) in sums.iter_mut().enumerate() {
            let mut column = [E::zero(); N];
            for (x, block) in column.iter_mut().zip(&blocks) {
                *x = block[j];
            }
            *sum += f(column);
        }
        *into = sums;
        done = BLOCK;
    }
    for i in done..n {
        let mut column = [E::zero(); N];
        for (x, row) in column.iter_mut().zip(&rows) {
            *x = row[i];
        }
        into[i] += f(column);
    }
}

/// Returns the sum of the elements, pairwise, so that the additions do not wait for each other.
#[inline(always)]
pub(crate) fn sum_lanes<E: crate::element::Numeric, const N: usize>(mut lanes: [E; N]) -> E {
    let mut width = N;
    while width > 1 && width.is_multiple_of(2) {
        width /= 2;
        for j in 0..width {
            lanes[j] += lanes[j + width];
        }
    }
    let mut total = lanes[0];
    for &lane in &lanes[1..width] {
        total += lane;
    }
    total
}

/// Returns the sum of the slice, with the widest vectors that this processor has.
pub(crate) fn total<E: crate::element::Numeric>(x: &[E]) -> E {
    struct Total<'a, E>(&'a [E]);
    impl<E: crate::element::Numeric> Kernel for Total<'_, E> {
        type Output = E;
        #[inline(always)]
        fn run(self) -> E {
            sum(self.0)
        }
    }
    dispatch(Total(x))
}

/// Returns the sum of the slice, in sixteen running sums.
#[inline(always)]
pub(crate) fn sum<E: crate::element::Numeric>(x: &[E]) -> E {
    sum_as(x, |v| v)
}

/// Returns the sum of the slice in double precision, in sixteen running sums.
#[inline(always)]
pub(crate) fn sum_in_double<E: crate::element::Numeric>(x: &[E]) -> f64 {
    sum_as(x, E::as_f64)
}

#[inline(always)]
fn sum_as<E: Copy, A: crate::element::Numeric>(x: &[E], summand: impl Fn(E) -> A) -> A {
    let [sum] = in_runs!(A, x.len(), 16, |run| {
        let mut lanes = [A::zero(); 16];
        let (blocks, rest) = x[run].as_chunks::<16>();
        for block in blocks {
            for (lane, &v) in lanes.iter_mut().zip(block) {
                *lane += summand(v);
            }
        }
        let mut total = A::zero();
        for &v in rest {
            total += summand(v);
        }
        [total + sum_lanes(lanes)]
    });
    sum
}

/// Returns what [`dot`] does, but for the elements where `x` is zero, which count for nothing even if `y` is infinite.
#[inline(always)]
pub(crate) fn dot_where_seeded<E: crate::element::Numeric>(x: &[E], y: &[E]) -> E {
    let product = |a: E, b: E| if a == E::zero() { a } else { a * b };
    let [sum] = in_runs!(E, x.len(), 16, |run| {
        let mut lanes = [E::zero(); 16];
        let (xs, x_rest) = x[run.clone()].as_chunks::<16>();
        let (ys, y_rest) = y[run].as_chunks::<16>();
        for (a, b) in xs.iter().zip(ys) {
            for j in 0..16 {
                lanes[j] += product(a[j], b[j]);
            }
        }
        let mut total = E::zero();
        for (&a, &b) in x_rest.iter().zip(y_rest) {
            total += product(a, b);
        }
        [total + sum_lanes(lanes)]
    });
    sum
}

/// Returns the inner product of two slices of one length, in sixteen running sums.
#[inline(always)]
pub(crate) fn dot<E: crate::element::Numeric>(x: &[E], y: &[E]) -> E {
    let [sum] = in_runs!(E, x.len(), 16, |run| {
        let mut lanes = [E::zero(); 16];
        let (xs, x_rest) = x[run.clone()].as_chunks::<16>();
        let (ys, y_rest) = y[run].as_chunks::<16>();
        for (a, b) in xs.iter().zip(ys) {
            for j in 0..16 {
                lanes[j] = a[j].multiply_add(b[j], lanes[j]);
            }
        }
        let mut total = E::zero();
        for (&a, &b) in x_rest.iter().zip(y_rest) {
            total = a.multiply_add(b, total);
        }
        [total + sum_lanes(lanes)]
    });
    sum
}
