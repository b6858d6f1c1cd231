//! Reductions over event dimensions, and normalisations along one.

use crate::element::Element;
use crate::kernel::long_sums::add_one_by_one;
use crate::kernel::math;
use crate::kernel::softmax::{
    FEW, differences, log_softmax_backward, shares, softmax_backward, weights_into,
};
use crate::kernel::vector;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::Extent;
use std::ops::Range;

/// What is done along a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    Sum,
    Mean,
    Max,
    LogSumExp,
    Softmax,
    LogSoftmax,
    CumSum,
}

impl Along {
    /// Returns whether the result has the dimension too.
    fn keeps(self) -> bool {
        matches!(self, Along::Softmax | Along::LogSoftmax | Along::CumSum)
    }
}

/// The record of a reduction: `x` is seen as `[outer, size, inner]`, and the middle is reduced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reduction {
    pub(crate) kind: Along,
    pub(crate) x: NodeId,
    size: u32,
    inner: u32,
}

impl<E: Element> Tape<E> {
    /// Records a reduction over event dimension `dim`, or over all of them at once.
    pub(crate) fn reduce(&mut self, kind: Along, x: NodeId, dim: Option<usize>) -> NodeId {
        let node = self.node(x);
        let (extent, len, gradient, deps) =
            (node.extent(), node.len as usize, node.has_gradient(), node.deps);
        let (size, inner, reduced) = match dim {
            Some(k) => {
                let inner: usize = extent.shape.dims()[k + 1..].iter().map(|&d| d as usize).product();
                (extent.shape.dim(k), inner, extent.shape.without(k))
            }
            None => (extent.shape.len(), 1, Shape::SCALAR),
        };
        let keeps = kind.keeps();
        let out = Extent { axes: extent.axes, shape: if keeps { extent.shape } else { reduced } };
        let out_len = self.len_of(out);
        let start = self.reserve(out_len);
        let (old, fresh) = self.split(start);
        let (x_data, y) = (old.node(x), &mut fresh[..out_len]);
        let outer = len.checked_div(size * inner).unwrap_or(0);
        if outer == 0 {
            y.fill(if kind == Along::Sum { E::zero() } else { E::nan() });
        }
        for o in 0..outer {
            for i in 0..inner {
                let line = Line { start: o * size * inner + i, size, step: inner };
                if keeps {
                    line.normalise(kind, x_data, y);
                } else {
                    y[o * inner + i] = line.reduce(kind, x_data);
                }
            }
        }
        let rule = Reduction { kind, x, size: size as u32, inner: inner as u32 };
        self.push(Op::Reduction(rule), out, start, out_len, gradient, deps)
    }

    pub(crate) fn reduction_backward(&mut self, rule: Reduction, out: NodeId) {
        let (x, y, dy, dx) = self.for_backward(rule.x, out);
        let (size, inner) = (rule.size as usize, rule.inner as usize);
        let outer = dx.len().checked_div(size * inner).unwrap_or(0);
        for o in 0..outer {
            for i in 0..inner {
                let line = Line { start: o * size * inner + i, size, step: inner };
                let r = o * inner + i;
                let keeps = rule.kind.keeps();
                let is_seeded =
                    if keeps { line.indices().any(|k| dy[k] != E::zero()) } else { dy[r] != E::zero() };
                if !is_seeded {
                    // What nobody asks of may hold what is no number.
                    continue;
                }
                match rule.kind {
                    Along::Sum => line.add(dx, |_| dy[r]),
                    Along::Mean => line.add(dx, |_| dy[r] / E::of(size as f64)),
                    // The largest element, the first of several, takes the whole derivative.
                    Along::Max => {
                        if let Some(k) = line.indices().find(|&k| x[k] == y[r]) {
                            dx[k] += dy[r];
                        }
                    }
                    Along::LogSumExp => line.add(dx, |k| {
                        if y[r] == E::neg_infinity() { E::zero() } else { dy[r] * math::exp(x[k] - y[r]) }
                    }),
                    Along::Softmax => {
                        let mean = line.sum(|k| dy[k] * y[k]);
                        match line.row() {
                            Some(row) => {
                                softmax_backward(&y[row.clone()], &dy[row.clone()], mean, &mut dx[row])
                            }
                            None => line.add(dx, |k| y[k] * (dy[k] - mean)),
                        }
                    }
                    Along::LogSoftmax => match line.row() {
                        Some(row) => {
                            let total = vector::sum(&dy[row.clone()]);
                            log_softmax_backward(&y[row.clone()], &dy[row.clone()], total, &mut dx[row]);
                        }
                        None => {
                            let total = line.sum(|k| dy[k]);
                            line.add(dx, |k| dy[k] - math::exp(y[k]) * total);
                        }
                    },
                    // Every element is in the sums from its own on.
                    Along::CumSum => {
                        let mut total = 0.0;
                        for k in line.indices().rev() {
                            total += dy[k].as_f64();
                            dx[k] += E::of(total);
                        }
                    }
                }
            }
        }
    }
}

/// A line of elements along the reduced dimension.
struct Line {
    start: usize,
    size: usize,
    step: usize,
}

impl Line {
    #[inline(always)]
    fn indices(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let (start, step) = (self.start, self.step);
        (0..self.size).map(move |k| start + k * step)
    }

    /// Returns where the elements lie if they are contiguous and many.
    fn row(&self) -> Option<Range<usize>> {
        (self.step == 1 && self.size >= FEW).then(|| self.start..self.start + self.size)
    }

    #[inline(always)]
    fn add<E: Element>(&self, dx: &mut [E], derivative: impl Fn(usize) -> E) {
        for k in self.indices() {
            dx[k] += derivative(k);
        }
    }

    fn largest<E: Element>(&self, x: &[E]) -> E {
        // A NaN is passed on, not skipped as `max` would.
        self.indices().map(|k| x[k]).fold(E::neg_infinity(), |m, v| if v > m || v.is_nan() { v } else { m })
    }

    /// Returns the sum of `number` over the line.
    #[inline(always)]
    fn sum<E: Element>(&self, number: impl Fn(usize) -> E) -> E {
        let mut total = E::zero();
        add_one_by_one(&mut total, self.size, |i| number(self.start + i * self.step));
        total
    }

    fn reduce<E: Element>(&self, kind: Along, x: &[E]) -> E {
        let sum = || {
            if self.step == 1 {
                vector::sum(&x[self.start..self.start + self.size])
            } else {
                self.sum(|k| x[k])
            }
        };
        match kind {
            Along::Sum => sum(),
            Along::Mean => sum() / E::of(self.size as f64),
            Along::Max => self.largest(x),
            Along::LogSumExp | Along::Softmax | Along::LogSoftmax => self.log_sum_exp(x),
            // It keeps its dimension.
            Along::CumSum => E::nan(),
        }
    }

    fn log_sum_exp<E: Element>(&self, x: &[E]) -> E {
        let m = self.largest(x);
        if !m.is_finite() {
            return m;
        }
        m + math::ln(self.sum(|k| math::exp(x[k] - m)))
    }

    fn normalise<E: Element>(&self, kind: Along, x: &[E], y: &mut [E]) {
        if kind == Along::CumSum {
            let mut total = 0.0;
            for k in self.indices() {
                total += x[k].as_f64();
                y[k] = E::of(total);
            }
            return;
        }
        if let Some(row) = self.row() {
            let (x, y) = (&x[row.clone()], &mut y[row]);
            let (top, sum) = weights_into(x, y);
            // A line whose largest element is infinite goes the way of all others.
            if top.is_finite() {
                match kind {
                    Along::Softmax => shares(y, sum),
                    _ => differences(x, top + math::ln(sum), y),
                }
                return;
            }
        }
        let log_total = self.log_sum_exp(x);
        for k in self.indices() {
            let log = x[k] - log_total;
            y[k] = if kind == Along::Softmax { math::exp(log) } else { log };
        }
    }
}
