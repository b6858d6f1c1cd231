//! The most elements that a value over the outcomes of discrete sites may have.

use super::Tape;
use super::axes::AxisSet;
use super::node::NodeId;
use super::walk::Extent;
use crate::element::Element;
use crate::error::Error;

/// The most elements that such a value may have. What joins more sites is a mistake, and would not end well: the number is
/// a product over the sites, so that the next one asks for more memory than there is.
pub(crate) const BUDGET: f64 = (1u64 << 27) as f64;

/// The first value of a run that was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooLarge {
    pub(crate) axes: AxisSet,
    pub(crate) elements: f64,
}

impl<E: Element> Tape<E> {
    /// Refuses a value that would have too many elements because of the outcomes along its axes; returns what stands for it.
    #[inline(always)]
    pub(crate) fn refuse_large(&mut self, extent: Extent) -> Option<NodeId> {
        if extent.axes.intersection(AxisSet::OUTCOMES).is_empty() {
            return None;
        }
        let sizes = extent.axes.iter().map(|axis| f64::from(self.sizes[axis.0 as usize]));
        let elements = sizes.product::<f64>() * extent.shape.len() as f64;
        if elements <= BUDGET {
            return None;
        }
        if self.error.is_none() {
            self.too_large = Some(TooLarge { axes: extent.axes, elements });
            // The run knows the sites by name, and replaces this when it is over.
            let what = format!("a value would have {elements} elements, more than the budget of {BUDGET}");
            self.fail(Error::Setup { what });
        }
        let axes = extent.axes.minus(AxisSet::OUTCOMES);
        Some(self.placeholder(Extent { axes, shape: extent.shape }))
    }
}
