//! How the costs of a site become derivatives by its parameters.

use super::baseline::{Baseline, DecayingAverage, Prediction, Residual, Standardised};
use crate::element::Element;
use crate::error::Place;
use crate::program::address::Subject;
use crate::program::run::Run;
use crate::tape::axes::{Axis, AxisSet};
use crate::tape::node::NodeId;
use std::ops::Deref;

/// A site whose gradient is estimated from its costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScoreSite {
    pub(crate) site: u32,
    /// Its log-density under the guide, one element for each of its axes.
    pub(crate) log_proposal: NodeId,
    /// The axis of its own, along which its values and costs lie.
    pub(crate) axis: Option<Axis>,
    /// What is subtracted first; the control is that of what it leaves.
    pub(crate) predicted: Option<Predicted>,
    pub(crate) control: Control,
    pub(crate) seeds: [Option<Seed>; 2],
}

/// The sites of a run whose gradient is estimated from costs, in their order.
#[derive(Debug, Default)]
pub(crate) struct ScoreSites {
    list: Vec<ScoreSite>,
    /// For each site by its number: its place in the list plus one, or zero if it is not there.
    places: Vec<u32>,
}

impl Deref for ScoreSites {
    type Target = [ScoreSite];

    fn deref(&self) -> &[ScoreSite] {
        &self.list
    }
}

impl ScoreSites {
    pub(crate) fn push(&mut self, score: ScoreSite) {
        let site = score.site as usize;
        if site >= self.places.len() {
            self.places.resize(site + 1, 0);
        }
        self.list.push(score);
        self.places[site] = self.list.len() as u32;
    }

    /// Forgets all but the first `len` sites.
    pub(crate) fn truncate(&mut self, len: usize) {
        for score in self.list.drain(len.min(self.list.len())..) {
            self.places[score.site as usize] = 0;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.truncate(0);
    }

    /// Returns the site of this number, if it is among them.
    pub(crate) fn of(&self, site: u32) -> Option<&ScoreSite> {
        let place = *self.places.get(site as usize)?;
        self.list.get((place as usize).checked_sub(1)?)
    }
}

/// What a site's costs, less their control, are the derivative by: the adjoint of `target` gets `weight * cost`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    pub(crate) target: NodeId,
    /// One factor for each element of the cost and of the target's event, or nothing for one.
    pub(crate) weight: NodeId,
}

/// What is subtracted from a site's costs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Control {
    Nothing,
    /// A decaying average of earlier costs.
    Average {
        decay: f64,
        /// Whether what is left is divided by its deviation.
        standardised: bool,
    },
    /// The mean of the other particles.
    Particles,
    /// The mean of the others along the site's own axis.
    Others,
    /// The weighted mean along the site's own axis, but for its last entry.
    Listed,
    /// The last cost along the site's own axis.
    Last,
}

/// A value of the run that is subtracted from a site's costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Predicted {
    pub(crate) value: NodeId,
    /// Whether it learns to predict them.
    pub(crate) learns: bool,
}

/// The decay of the default baseline.
const DECAY: f64 = 0.9;

impl ScoreSite {
    /// Returns a site whose gradient is its score, without an axis of its own.
    pub(crate) fn new(
        site: u32,
        log_proposal: NodeId,
        (predicted, control): (Option<Predicted>, Control),
    ) -> ScoreSite {
        let score = Seed { target: log_proposal, weight: NodeId::NONE };
        ScoreSite { site, log_proposal, axis: None, predicted, control, seeds: [Some(score), None] }
    }

    /// Returns whether it has a baseline that learns.
    pub(crate) fn teaches(&self) -> bool {
        self.predicted.is_some_and(|predicted| predicted.learns)
    }

    /// Returns whether its costs are divided by their deviation.
    pub(crate) fn is_standardised(&self) -> bool {
        matches!(self.control, Control::Average { standardised: true, .. })
    }
}

impl<E: Element> Run<E> {
    /// Returns what a baseline is at a site whose costs have these axes.
    pub(crate) fn control(
        &mut self,
        site: u32,
        baseline: Baseline,
        axes: AxisSet,
        place: Place,
    ) -> (Option<Predicted>, Control) {
        let several =
            !self.particle_axes().is_empty() || (self.session.apart.on && self.session.apart.particles > 1);
        let control = match baseline {
            Baseline::None => Control::Nothing,
            Baseline::Default if several => Control::Particles,
            Baseline::Default => Control::Average { decay: DECAY, standardised: false },
            Baseline::LeaveOneOut if several => Control::Particles,
            // With one particle there is no other to take the mean of.
            Baseline::LeaveOneOut => Control::Nothing,
            Baseline::Decaying(average) => Control::centred(average),
            Baseline::Standardised(average) => Control::standardised(average),
            Baseline::SelfCritical => {
                let detail = "is `concrete`: its program runs at one value, and `SelfCritical` needs the loss at the most probable one as well; \
                              take another baseline, such as `DecayingAverage`";
                self.fail_at(Subject::Site, site, place, detail.to_owned());
                Control::Nothing
            }
            Baseline::Given(prediction) | Baseline::Learned(prediction) => {
                let learns = matches!(baseline, Baseline::Learned(_));
                let value = self.predicted(site, prediction, axes, place);
                let control = match prediction.residual() {
                    Residual::Kept => Control::Nothing,
                    Residual::Centred(average) => Control::centred(average),
                    Residual::Standardised(average) => Control::standardised(average),
                };
                return (value.map(|value| Predicted { value, learns }), control);
            }
        };
        (None, control)
    }

    /// Returns the value of a prediction, which must have a number for each element of the axes, or fewer.
    fn predicted(
        &mut self,
        site: u32,
        prediction: Prediction,
        axes: AxisSet,
        place: Place,
    ) -> Option<NodeId> {
        let value = self.tape.lift(prediction.value(), place.0);
        let node = self.tape.materialise(value);
        let extent = self.tape.node(node).extent();
        if extent.shape.rank() == 0 && axes.covers(extent.axes) {
            return Some(node);
        }
        let detail = format!(
            "the baseline must be one number for each element of the plates around the site, got shape {} in {}",
            extent.shape,
            self.plate_names(extent.axes)
        );
        self.fail_at(Subject::Site, site, place, detail);
        None
    }
}

impl Control {
    fn centred(average: DecayingAverage) -> Control {
        Control::Average { decay: average.decay, standardised: false }
    }

    fn standardised(average: Standardised) -> Control {
        Control::Average { decay: average.decay, standardised: true }
    }
}
