//! What a run draws its numbers for: its purpose, its number, and which particles it has.

/// What a run draws its numbers for: no purpose shares the random streams of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A step of an optimiser.
    #[default]
    Step,
    /// An estimate of the loss.
    Evaluation,
    /// Draws from a guide, a model or a posterior.
    Draws,
    /// Draws of the model that a guide learns from.
    Dream,
    /// Gradients that are checked.
    Check,
    /// The differences that they are compared with.
    Reference,
    /// An explanation of the programs.
    Explanation,
    /// The first values of parameters.
    FirstValues,
    /// Losses at several places of the parameters.
    Contrast,
    /// Steps of the rows of other data.
    Refit,
}

impl Purpose {
    /// Returns what the seed of the session is combined with.
    #[inline(always)]
    pub(super) fn salt(self) -> u64 {
        // Odd multiples of the golden ratio: seeds that people choose do not meet each other's.
        (self as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
    }
}

/// Which of a session's runs draws numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Occasion {
    pub(crate) purpose: Purpose,
    /// The number of the step, or of the draw.
    pub(crate) step: u64,
    /// The first particle, where several runs share the particles among them: a multiple of [`GROUP`](crate::tape::blocks::GROUP).
    pub(crate) particle: usize,
}

impl Occasion {
    /// Returns the run of this number that serves a purpose.
    #[inline]
    pub(crate) const fn new(purpose: Purpose, step: u64) -> Occasion {
        Occasion { purpose, step, particle: 0 }
    }

    /// Returns the same with the particles from this one on.
    pub(crate) const fn starting_at(self, particle: usize) -> Occasion {
        Occasion { particle, ..self }
    }
}
