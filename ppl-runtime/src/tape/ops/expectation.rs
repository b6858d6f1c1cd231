//! Expectations over the outcomes of discrete sites that are tried at every value, and sums over plates.

use super::stretches::stretch_mut;
use crate::element::Element;
use crate::kernel::long_sums::{LongSums, add_each, add_one_by_one};
use crate::kernel::math;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::{Extent, Walk};

/// The record of a sum over axes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AxisSum {
    /// `sum exp(log_weight) * x`: what is summed, its weight, and where the weights lie in the arena.
    Expectation { x: NodeId, log_weight: NodeId, weights: u32 },
    /// `factor * sum x`.
    Plain { x: NodeId, factor: f64 },
    /// `x` where the mask is not zero, and a constant elsewhere.
    Masked { x: NodeId, mask: NodeId },
    /// `after` where a row is running, and `before` elsewhere.
    Held { after: NodeId, before: NodeId, running: NodeId },
}

impl<E: Element> Tape<E> {
    /// Records the sum over `axes` of `x`, weighed by `exp(log_weight)`. What has no weight counts for nothing, even if it
    /// is infinite.
    pub(crate) fn expectation(&mut self, x: NodeId, log_weight: NodeId, axes: AxisSet) -> NodeId {
        let (from, by) = (self.node(x).extent(), self.node(log_weight).extent());
        let all = from.axes.union(by.axes);
        let domain = Extent { axes: all, shape: Shape::SCALAR };
        let out = Extent { axes: all.minus(axes), shape: Shape::SCALAR };
        let deps = self.node(x).deps.union(self.node(log_weight).deps);
        let gradient = self.node(x).has_gradient() || self.node(log_weight).has_gradient();
        let (out_len, width) = (self.len_of(out), self.len_of(by));
        let start = self.reserve(out_len + width);
        let domain_len = self.len_of(domain);
        let (old, fresh, memory) = self.split_for_sums(start);
        let (total, rest) = fresh.split_at_mut(out_len);
        let weights = &mut rest[..width];
        for (w, &log) in weights.iter_mut().zip(old.node(log_weight)) {
            *w = math::exp(log);
        }
        total.fill(E::zero());
        let x_values = old.node(x);
        let mut total = LongSums::new(memory, total, domain_len / out_len.max(1));
        Walk::new(old.sizes, domain, &[from, by, out]).rows(|offset, n, stride| {
            add_each(total.row(offset[2], n, stride[2]), n, |i| {
                let weight = weights[offset[1] + i * stride[1]];
                if weight == E::zero() { weight } else { weight * x_values[offset[0] + i * stride[0]] }
            });
        });
        drop(total);
        let rule = AxisSum::Expectation { x, log_weight, weights: (start + out_len) as u32 };
        let number = self.axis_sums.len() as u32;
        self.axis_sums.push(rule);
        self.push(Op::AxisSum(number), out, start, out_len, gradient, deps)
    }

    /// Records `factor` times the sum over `axes` of `x`, of which it may lack some.
    pub(crate) fn sum_axes(&mut self, x: NodeId, axes: AxisSet, factor: f64) -> NodeId {
        let from = self.node(x).extent();
        let out = Extent { axes: from.axes.minus(axes), shape: from.shape };
        if out.axes == from.axes && factor == 1.0 {
            return x;
        }
        let deps = self.node(x).deps.cross(self.mixed_by(axes));
        let gradient = self.node(x).has_gradient();
        let len = self.len_of(out);
        let start = self.reserve(len);
        let (old, fresh, memory) = self.split_for_sums(start);
        let fresh = &mut fresh[..len];
        fresh.fill(E::zero());
        let values = old.node(x);
        let mut sums = LongSums::new(memory, fresh, values.len() / len.max(1));
        Walk::new(old.sizes, from, &[from, out]).rows(|offset, n, stride| {
            let row = &values[offset[0]..offset[0] + n];
            match sums.row(offset[1], n, stride[1]) {
                [sum] => {
                    let mut total = E::zero();
                    add_one_by_one(&mut total, n, |i| row[i]);
                    *sum += total;
                }
                sums => sums.iter_mut().zip(row).for_each(|(t, &v)| *t += v),
            }
        });
        drop(sums);
        let fresh = &mut self.values[start..start + len];
        for v in fresh.iter_mut() {
            *v *= E::of(factor);
        }
        let number = self.axis_sums.len() as u32;
        self.axis_sums.push(AxisSum::Plain { x, factor });
        self.push(Op::AxisSum(number), out, start, len, gradient, deps)
    }

    /// Records `x` where `mask` is not zero, and `elsewhere` where it is.
    pub(crate) fn masked(&mut self, x: NodeId, mask: NodeId, elsewhere: E) -> NodeId {
        let (from, by) = (self.node(x).extent(), self.node(mask).extent());
        let out = Extent { axes: from.axes.union(by.axes), shape: Shape::SCALAR };
        if let Some(instead) = self.refuse_large(out) {
            return instead;
        }
        let deps = self.node(x).deps.union(self.node(mask).deps);
        let gradient = self.node(x).has_gradient();
        let len = self.len_of(out);
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let (values, kept) = (old.node(x), old.node(mask));
        Walk::new(old.sizes, out, &[from, by, out]).rows(|offset, n, stride| {
            for i in 0..n {
                let keep = kept[offset[1] + i * stride[1]] != E::zero();
                let value = values[offset[0] + i * stride[0]];
                fresh[offset[2] + i * stride[2]] = if keep { value } else { elsewhere };
            }
        });
        self.has_masks = true;
        let number = self.axis_sums.len() as u32;
        self.axis_sums.push(AxisSum::Masked { x, mask });
        self.push(Op::AxisSum(number), out, start, len, gradient, deps)
    }

    pub(crate) fn axis_sum_backward(&mut self, rule: u32, out: NodeId) {
        let seeds = self.node(out).extent();
        match self.axis_sums[rule as usize] {
            AxisSum::Plain { x, factor } => {
                let from = self.node(x).extent();
                let (old, dy, dx) = self.adjoint_pair(x, out);
                let factor = E::of(factor);
                Walk::new(old.sizes, from, &[from, seeds]).rows(|offset, n, stride| {
                    for (i, d) in stretch_mut(dx, offset[0], n, stride[0]).iter_mut().enumerate() {
                        *d += factor * dy[offset[1] + i * stride[1]];
                    }
                });
            }
            AxisSum::Masked { x, mask } => {
                let (from, by) = (self.node(x).extent(), self.node(mask).extent());
                let (old, dy, mut dx) = self.adjoint_sums(x, out, self.len_of(seeds));
                let kept = old.node(mask);
                Walk::new(old.sizes, seeds, &[from, by, seeds]).rows(|offset, n, stride| {
                    add_each(dx.row(offset[0], n, stride[0]), n, |i| {
                        let keep = kept[offset[1] + i * stride[1]] != E::zero();
                        if keep { dy[offset[2] + i * stride[2]] } else { E::zero() }
                    });
                });
            }
            AxisSum::Held { after, before, running } => self.held_backward([after, before, running], out),
            AxisSum::Expectation { x, log_weight, weights } => {
                let (from, by) = (self.node(x).extent(), self.node(log_weight).extent());
                let domain = Extent { axes: from.axes.union(by.axes), shape: Shape::SCALAR };
                let width = self.len_of(by);
                if self.node(x).has_gradient() {
                    let (old, dy, mut dx) = self.adjoint_sums(x, out, self.len_of(domain));
                    let weights = old.stored(weights, width);
                    Walk::new(old.sizes, domain, &[from, by, seeds]).rows(|offset, n, stride| {
                        add_each(dx.row(offset[0], n, stride[0]), n, |i| {
                            weights[offset[1] + i * stride[1]] * dy[offset[2] + i * stride[2]]
                        });
                    });
                }
                if self.node(log_weight).has_gradient() {
                    let (old, dy, mut dw) = self.adjoint_sums(log_weight, out, self.len_of(domain));
                    let (weights, values) = (old.stored(weights, width), old.node(x));
                    Walk::new(old.sizes, domain, &[from, by, seeds]).rows(|offset, n, stride| {
                        add_each(dw.row(offset[1], n, stride[1]), n, |i| {
                            let weight = weights[offset[1] + i * stride[1]];
                            if weight == E::zero() {
                                return weight;
                            }
                            weight * values[offset[0] + i * stride[0]] * dy[offset[2] + i * stride[2]]
                        });
                    });
                }
            }
        }
    }
}
