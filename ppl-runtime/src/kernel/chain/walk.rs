//! Copies between a dense array and one with strides.

use super::structure::MAX_VARIABLES;
use crate::element::Element;
use crate::kernel::simd::vectorised;

/// The variables, and the sequence.
const MAX_LOOPS: usize = MAX_VARIABLES + 1;

/// The loops over a dense array, outermost first, each with the stride that another array has along it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loops {
    sizes: [usize; MAX_LOOPS],
    strides: [usize; MAX_LOOPS],
    len: usize,
}

impl Loops {
    pub(super) fn new() -> Loops {
        Loops { sizes: [1; MAX_LOOPS], strides: [0; MAX_LOOPS], len: 0 }
    }

    /// Adds a loop inside of the others; one that continues the loop around it is merged with that.
    pub(super) fn push(&mut self, size: usize, stride: usize) {
        if size == 1 {
            return;
        }
        if let Some(last) = self.len.checked_sub(1)
            && self.strides[last] == size * stride
        {
            self.sizes[last] *= size;
            self.strides[last] = stride;
            return;
        }
        self.sizes[self.len] = size;
        self.strides[self.len] = stride;
        self.len += 1;
    }

    /// Calls `visit` for each innermost loop with its offset in the dense array, in the other, its length and its stride.
    #[inline(always)]
    fn each_run(&self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let depth = self.len;
        let inner = |k: usize| match depth.checked_sub(k) {
            Some(at) => (self.sizes[at], self.strides[at]),
            None => (1, 0),
        };
        let ((n, stride), (rows, row_stride)) = (inner(1), inner(2));
        let outer = depth.saturating_sub(2);
        let mut index = [0; MAX_LOOPS];
        let (mut dense, mut from) = (0, 0);
        loop {
            for row in 0..rows {
                visit(dense, from + row * row_stride, n, stride);
                dense += n;
            }
            let mut k = outer;
            loop {
                if k == 0 {
                    return;
                }
                k -= 1;
                index[k] += 1;
                from += self.strides[k];
                if index[k] < self.sizes[k] {
                    break;
                }
                from -= index[k] * self.strides[k];
                index[k] = 0;
            }
        }
    }
}

vectorised! {
    /// Writes the elements of `source` to the dense array, or adds them to what is there.
    pub(super) fn gather_into<E: Element>(loops: &Loops, source: &[E], add: bool, dense: &mut [E]) {
        loops.each_run(|at, from, n, stride| {
            let out = &mut dense[at..at + n];
            let source = &source[from..];
            match stride {
                1 if add => out.iter_mut().zip(&source[..n]).for_each(|(y, &x)| *y += x),
                1 => out.iter_mut().zip(&source[..n]).for_each(|(y, &x)| *y = x),
                0 if add => out.iter_mut().for_each(|y| *y += source[0]),
                0 => out.fill(source[0]),
                _ if add => out.iter_mut().zip(source.iter().step_by(stride)).for_each(|(y, &x)| *y += x),
                _ => out.iter_mut().zip(source.iter().step_by(stride)).for_each(|(y, &x)| *y = x),
            }
        });
    }
}

vectorised! {
    /// Adds the elements of the dense array to those of `into`.
    pub(super) fn scatter_into<E: Element>(loops: &Loops, dense: &[E], into: &mut [E]) {
        loops.each_run(|at, from, n, stride| {
            let dense = &dense[at..at + n];
            let into = &mut into[from..];
            match stride {
                1 => into[..n].iter_mut().zip(dense).for_each(|(y, &x)| *y += x),
                0 => {
                    let mut sum = E::zero();
                    dense.iter().for_each(|&x| sum += x);
                    into[0] += sum;
                }
                _ => into.iter_mut().step_by(stride).zip(dense).for_each(|(y, &x)| *y += x),
            }
        });
    }
}
