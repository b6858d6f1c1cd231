//! The elements of one array where a mask says so, and else those of another.

use crate::element::Element;
use crate::kernel::long_sums::add_one_by_one;
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};
use crate::tape::walk::{Extent, Walk};

/// Which of two operands an element is taken from: the first where the mask is not zero. A mask that is no number takes neither.
#[inline(always)]
fn takes<E: Element>(mask: E, first: bool) -> bool {
    if first { mask != E::zero() && !mask.is_nan() } else { mask == E::zero() }
}

impl<E: Element> Tape<E> {
    /// Records the elements of `a` where `mask` is not zero, and else those of `b`, of event shapes that are broadcast; or
    /// returns all three extents if they do not fit.
    pub(crate) fn select(&mut self, mask: NodeId, a: NodeId, b: NodeId) -> Result<NodeId, [Extent; 3]> {
        let operands = [mask, a, b];
        let extents = operands.map(|x| self.node(x).extent());
        let [em, ea, eb] = extents;
        let shape =
            ea.shape.broadcast(&eb.shape).and_then(|both| both.broadcast(&em.shape)).ok_or(extents)?;
        let domain = Extent { axes: em.axes.union(ea.axes).union(eb.axes), shape };
        if let Some(instead) = self.refuse_large(domain) {
            return Ok(instead);
        }
        let len = self.len_of(domain);
        let gradient = self.node(a).has_gradient() || self.node(b).has_gradient();
        let [dm, da, db] = operands.map(|x| self.node(x).deps);
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let [mask_of, x, y] = operands.map(|x| old.node(x));
        let mut at = 0;
        Walk::broadcasting(old.sizes, domain, &extents).rows(|offset, n, stride| {
            for (i, out) in fresh[at..at + n].iter_mut().enumerate() {
                let mask = mask_of[offset[0] + i * stride[0]];
                *out = match (takes(mask, true), takes(mask, false)) {
                    (true, _) => x[offset[1] + i * stride[1]],
                    (_, true) => y[offset[2] + i * stride[2]],
                    _ => E::nan(),
                };
            }
            at += n;
        });
        Ok(self.push(Op::Select(mask, a, b), domain, start, len, gradient, dm.union(da).union(db)))
    }

    pub(crate) fn select_backward(&mut self, mask: NodeId, operands: [NodeId; 2], out: NodeId) {
        let domain = self.node(out).extent();
        let by = self.node(mask).extent();
        for (k, into) in operands.into_iter().enumerate() {
            if !self.node(into).has_gradient() {
                continue;
            }
            let target = self.node(into).extent();
            let (old, dy, mut dx) = self.adjoint_sums(into, out, self.len_of(domain));
            let mask_of = old.node(mask);
            let mut at = 0;
            Walk::broadcasting(old.sizes, domain, &[by, target]).rows(|offset, n, stride| {
                // What is not taken gets nothing, whatever the seed is.
                let seed = |i: usize| {
                    if takes(mask_of[offset[0] + i * stride[0]], k == 0) { dy[at + i] } else { E::zero() }
                };
                let row = dx.row(offset[1], n, stride[1]);
                if stride[1] == 0 {
                    add_one_by_one(&mut row[0], n, seed);
                } else {
                    row.iter_mut().enumerate().for_each(|(i, d)| *d += seed(i));
                }
                at += n;
            });
        }
    }
}
