//! Copies between a dense array and one with strides.

use super::structure::MAX_VARIABLES;
use crate::element::Numeric;
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
}

/// Runs a body for each innermost loop, with its offset in the dense array, that in the other, its length and its stride.
///
/// A macro, because a closure is not sure to be compiled for the instruction set of the loop around it.
macro_rules! each_run {
    ($loops:expr, |$dense:ident, $from:ident, $n:ident, $stride:ident| $body:block) => {{
        let Loops { sizes, strides, len } = $loops;
        let inner = |k: usize| match len.checked_sub(k) {
            Some(at) => (sizes[at], strides[at]),
            None => (1, 0),
        };
        let (($n, $stride), (rows, row_stride)) = (inner(1), inner(2));
        let outer = len.saturating_sub(2);
        let mut index = [0; MAX_LOOPS];
        let (mut $dense, mut start) = (0, 0);
        'all: loop {
            for row in 0..rows {
                let $from = start + row * row_stride;
                $body
                $dense += $n;
            }
            let mut k = outer;
            loop {
                if k == 0 {
                    break 'all;
                }
                k -= 1;
                index[k] += 1;
                start += strides[k];
                if index[k] < sizes[k] {
                    break;
                }
                start -= index[k] * strides[k];
                index[k] = 0;
            }
        }
    }};
}

vectorised! {
    /// Writes the elements of `source` to the dense array, or adds them to what is there.
    pub(super) fn gather_into<E: Numeric>(loops: &Loops, source: &[E], add: bool, dense: &mut [E]) {
        each_run!(loops, |at, from, n, stride| {
            let out = &mut dense[at..at + n];
            let source = &source[from..];
            if stride == 1 {
                // In blocks, so that a copy of a few elements is no call.
                let (blocks, rest) = out.as_chunks_mut::<8>();
                let (source_blocks, source_rest) = source[..n].as_chunks::<8>();
                for (block, source) in blocks.iter_mut().zip(source_blocks) {
                    let old = if add { *block } else { [E::zero(); 8] };
                    for k in 0..8 {
                        block[k] = old[k] + source[k];
                    }
                }
                for (y, &x) in rest.iter_mut().zip(source_rest) {
                    *y = if add { *y + x } else { x };
                }
            } else {
                let mut k = 0;
                for y in out {
                    *y = if add { *y + source[k] } else { source[k] };
                    k += stride;
                }
            }
        });
    }
}

vectorised! {
    /// Adds the elements of the dense array to those of `into`.
    pub(super) fn scatter_into<E: Numeric>(loops: &Loops, dense: &[E], into: &mut [E]) {
        each_run!(loops, |at, from, n, stride| {
            let dense = &dense[at..at + n];
            let into = &mut into[from..];
            if stride == 1 {
                for (y, &x) in into[..n].iter_mut().zip(dense) {
                    *y += x;
                }
            } else {
                let mut k = 0;
                for &x in dense {
                    into[k] += x;
                    k += stride;
                }
            }
        });
    }
}
