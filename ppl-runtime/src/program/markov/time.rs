//! The time of a chain's step.

use crate::program::plate::Index;
use crate::value::{Choice, Subscript};

/// The time of a chain's step: an index for [`At::at`](crate::value::At::at).
#[derive(Clone, Copy, Debug)]
pub struct Time(pub(super) Moment);

#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// All steps at once, along an axis.
    Every(Index),
    Step(usize),
}

impl Subscript for Time {
    fn choice(self) -> Choice {
        match self.0 {
            Moment::Every(index) => Choice::Plate(index),
            Moment::Step(t) => Choice::One(t),
        }
    }
}
