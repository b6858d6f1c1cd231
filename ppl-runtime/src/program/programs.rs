//! A model and its guide without their types.

use super::model::{Guide, Model};

/// A model that can be run.
#[doc(hidden)]
pub trait RunsModel {
    /// Runs it once, in the run in progress.
    fn run_model(&self);
}

impl<M: Model> RunsModel for M {
    fn run_model(&self) {
        self.run();
    }
}

/// A guide that can be run.
#[doc(hidden)]
pub trait RunsGuide {
    /// Runs it once, in the run in progress.
    fn run_guide(&self);
}

impl<G: Guide> RunsGuide for G {
    fn run_guide(&self) {
        self.run();
    }
}

/// A model and its guide.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Programs<'a> {
    pub(crate) model: &'a dyn RunsModel,
    pub(crate) guide: &'a dyn RunsGuide,
}
