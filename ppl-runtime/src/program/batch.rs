//! Which elements of a plate a step visits, as its statement says.

/// Which elements of a plate one step visits.
pub trait Batch {
    #[doc(hidden)]
    fn selection(self) -> Selection;
}

/// Every element.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

/// A uniformly random subset of the given size, drawn without replacement once a step.
#[derive(Clone, Copy, Debug)]
pub struct Subsample(pub usize);

/// The given number of consecutive elements, each step those after the last step's, around the end.
#[derive(Clone, Copy, Debug)]
pub struct InOrder(pub usize);

/// The elements at hand, as a random part of so many.
#[derive(Clone, Copy, Debug)]
pub struct OfStream(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Selection {
    Whole,
    Random(usize),
    InOrder(usize),
    /// A block: the first row, and how many follow from it on.
    Block(usize, usize),
    /// All, as a part of a stream of so many.
    Of(usize),
}

impl Batch for Whole {
    fn selection(self) -> Selection {
        Selection::Whole
    }
}

impl Batch for Subsample {
    fn selection(self) -> Selection {
        Selection::Random(self.0)
    }
}

impl Batch for OfStream {
    fn selection(self) -> Selection {
        Selection::Of(self.0)
    }
}

impl Batch for InOrder {
    fn selection(self) -> Selection {
        Selection::InOrder(self.0)
    }
}
