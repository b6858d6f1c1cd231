//! Handlers: a model that is run with some of its sites given, fixed, replayed, scaled or hidden.

use super::run::Run;
use crate::dist::Distribution;
use crate::element::Element;
use crate::error::Place;
use crate::tape::node::NodeId;
use crate::tape::shape::Shape;

/// What is laid over a site.
#[derive(Clone, Debug)]
pub(crate) struct Overlay;

impl<E: Element> Run<E> {
    pub(crate) fn overlaid<D: Distribution<E>>(
        &mut self,
        _site: u32,
        _dist: &D,
        _shape: Shape,
        _place: Place,
    ) -> Option<NodeId> {
        None
    }
}
