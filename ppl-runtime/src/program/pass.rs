//! What the statements of a program do in one run.

use super::row_block::RowBlock;

/// Where the values of latent sites come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Latents {
    /// The guide proposes them.
    Proposed,
    /// The guide proposes them; its discrete sites are tried at every value where they can be, whatever their estimators.
    TriedByGuide,
    /// The model draws those that nobody proposes.
    Drawn,
    /// The caller gives them all, so that one without is an error of the caller's.
    Given,
    /// A dream gives them to the guide, which draws nothing and is asked for its log-density there.
    Dreamt,
}

/// What becomes of observed sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observations {
    Scored,
    /// They are drawn anew.
    Simulated,
}

/// Which terms are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terms {
    Nothing,
    /// Sums over all elements, where these are wanted by nobody.
    Totals,
    /// Terms with their elements apart, because the objective gives each a seed of its own.
    Elements,
    /// Totals, and for what is summed out probes, whose adjoints are its posterior.
    Probed(Probes),
}

/// What gets a probe in a run that looks for the posterior of what is summed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probes {
    /// Each site.
    Sites,
    /// Each state of a chain together with the one before it.
    Pairs,
    /// Each site, and each factor.
    Factors,
}

/// What stands for the divergence of a proposal from its prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Divergences {
    /// The integral, where it is known.
    Closed,
    /// The difference of the two log-densities at the draw.
    Estimated,
    /// The same, with the proposal's parameters held fixed in its log-density (sticking the landing).
    LandingStuck,
}

/// What the gradient goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gradient {
    /// Draws that are functions of their parameters, where they can be.
    Pathwise,
    /// The log-densities alone: draws are constants.
    Weights,
}

/// Which rows of subsampled plates are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    Subsampled,
    Whole,
    /// Every row, or those of a block alone. Each element of the plates has a random stream of its own, so that any division into blocks
    /// draws the same.
    ByElement(Option<RowBlock>),
}

/// What becomes of noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    /// It is drawn: in steps, and in what is compared with them.
    Drawn,
    /// It has its value for evaluation, and is drawn where it has none.
    Evaluated,
    /// It has its value for evaluation, and is an error where it has none.
    Refused,
}

/// Who listens to the run.
///
/// Dependency sets are transitive: a value depends on every site that it was computed from, through other sites too. For
/// the edges of a graph an explanation runs the programs again, with draws that forget what they were drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    Nobody,
    /// Whoever looks for what is wrong although its density is finite: the pass before a session's first step.
    SilentFaults,
    /// Whoever looks for all that is wrong: the pass that explains a failure.
    Faults,
    /// An explanation, which notes every statement; the run is as a step's.
    Statements,
    /// An explanation that notes the sites that the operands of each site come from without another one in between: a draw
    /// depends on itself alone.
    Sites,
    /// An explanation that notes the parameters that the operands come from without a site in between: a draw depends on
    /// nothing, and a parameter has the bit of its number.
    Parameters,
    /// The same for parameters that are one for each element of a plate: whoever looks for what may not be made of them.
    RowParameters,
}

/// What the statements of a program do in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    pub(crate) latents: Latents,
    pub(crate) observations: Observations,
    pub(crate) terms: Terms,
    pub(crate) divergences: Divergences,
    pub(crate) gradient: Gradient,
    /// Whether derivatives are wanted.
    pub(crate) differentiates: bool,
    pub(crate) coverage: Coverage,
    pub(crate) noise: Noise,
    /// Whether penalties count.
    pub(crate) penalised: bool,
    pub(crate) listener: Listener,
}

impl Pass {
    /// The objective of variational inference.
    pub(crate) const OBJECTIVE: Pass = Pass {
        latents: Latents::Proposed,
        observations: Observations::Scored,
        terms: Terms::Totals,
        divergences: Divergences::Closed,
        gradient: Gradient::Pathwise,
        differentiates: true,
        coverage: Coverage::Subsampled,
        noise: Noise::Drawn,
        penalised: true,
        listener: Listener::Nobody,
    };

    /// Draws without any density.
    pub(crate) const SIMULATION: Pass = Pass {
        latents: Latents::Drawn,
        observations: Observations::Simulated,
        terms: Terms::Nothing,
        divergences: Divergences::Estimated,
        differentiates: false,
        coverage: Coverage::Whole,
        noise: Noise::Evaluated,
        penalised: false,
        ..Pass::OBJECTIVE
    };

    /// The log-density of the model alone, at given values.
    pub(crate) const DENSITY: Pass = Pass {
        latents: Latents::Given,
        divergences: Divergences::Estimated,
        differentiates: false,
        coverage: Coverage::Whole,
        noise: Noise::Evaluated,
        penalised: false,
        ..Pass::OBJECTIVE
    };

    /// The log-density of the guide alone, at the values of a dream.
    pub(crate) const SLEEP: Pass = Pass {
        latents: Latents::Dreamt,
        divergences: Divergences::Estimated,
        gradient: Gradient::Weights,
        coverage: Coverage::Whole,
        penalised: false,
        ..Pass::OBJECTIVE
    };

    /// The posterior of the sites that are summed out, by the adjoints of their probes.
    pub(crate) const CONDITIONAL: Pass = Pass {
        terms: Terms::Probed(Probes::Sites),
        divergences: Divergences::Estimated,
        differentiates: false,
        coverage: Coverage::Whole,
        noise: Noise::Evaluated,
        penalised: false,
        ..Pass::OBJECTIVE
    };

    /// The log-densities of the guide's draws, and of the model there: every draw with a number of its own.
    pub(crate) const WEIGHED: Pass = Pass {
        terms: Terms::Elements,
        divergences: Divergences::Estimated,
        gradient: Gradient::Weights,
        differentiates: false,
        coverage: Coverage::Whole,
        noise: Noise::Evaluated,
        penalised: false,
        ..Pass::OBJECTIVE
    };

    /// The posterior of pairs of states that follow each other.
    pub(crate) const PAIRWISE: Pass = Pass { terms: Terms::Probed(Probes::Pairs), ..Pass::CONDITIONAL };

    /// The posterior along the axes of every factor.
    pub(crate) const BY_FACTOR: Pass = Pass { terms: Terms::Probed(Probes::Factors), ..Pass::CONDITIONAL };

    /// Returns the block of rows that the run visits of a plate, if it visits one.
    #[inline(always)]
    pub(crate) fn block_of(&self, plate: u32) -> Option<RowBlock> {
        match self.coverage {
            Coverage::ByElement(Some(block)) if block.plate == plate => Some(block),
            _ => None,
        }
    }

    /// Returns whether terms are recorded.
    #[inline(always)]
    pub(crate) fn has_terms(&self) -> bool {
        self.terms != Terms::Nothing
    }

    /// Returns whether the quantities that programs state are reported.
    pub(crate) fn reports_quantities(&self) -> bool {
        matches!(self.terms, Terms::Nothing | Terms::Probed(_))
    }

    /// Returns what gets a probe, if the run looks for a posterior.
    pub(crate) fn probes(&self) -> Option<Probes> {
        match self.terms {
            Terms::Probed(probes) => Some(probes),
            _ => None,
        }
    }

    /// Returns whether sites are drawn from the model, latent ones or observed ones.
    pub(crate) fn draws_from_model(&self) -> bool {
        self.latents == Latents::Drawn || self.observations == Observations::Simulated
    }

    /// Returns whether a site of the guide has one value, whatever its estimator: no derivative of its draws is wanted.
    pub(crate) fn draws_once(&self) -> bool {
        matches!(self.terms, Terms::Nothing | Terms::Probed(_)) || self.gradient == Gradient::Weights
    }

    /// Returns whether something is noted of every site for an explanation.
    #[inline(always)]
    pub(crate) fn is_explained(&self) -> bool {
        matches!(self.listener, Listener::Statements | Listener::Sites | Listener::Parameters)
    }

    /// Returns whether every site is checked, which no step in steady state pays for.
    #[inline(always)]
    pub(crate) fn is_checked(&self) -> bool {
        matches!(self.listener, Listener::SilentFaults | Listener::Faults)
    }

    /// Returns whether of the values of a run nothing is read but totals and gradients.
    pub(crate) fn wants_totals(&self) -> bool {
        self.terms == Terms::Totals && self.differentiates && self.listener == Listener::Nobody
    }
}
