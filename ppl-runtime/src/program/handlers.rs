//! Handlers: a model that is run with some of its sites given, fixed, replayed, scaled or hidden.

/// What is laid over a site.
#[derive(Clone, Debug)]
pub(crate) struct Overlay;
