//! Learned baselines that are one for each element: looked for before a session's first step.
//!
//! A baseline that is made of a parameter inside of a plate's body is taught, for each row, by the costs of that row alone. Such a
//! one learns as many times slower as there are rows, in a subsample slower still, and the network that was meant is never shared.

use super::address::Subject;
use super::run::Run;
use crate::element::Element;
use crate::error::Place;
use crate::estimator::Baseline;
use crate::estimator::rule::ScoreSite;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;

impl<E: Element> Run<E> {
    /// Returns whether a run has both a learned baseline and parameters inside of plates, so that it must be asked whether the one is
    /// made of the others.
    pub(crate) fn may_teach_rows(&self) -> bool {
        let params = &self.session.params;
        self.trace.scores.iter().any(ScoreSite::teaches)
            && params.used.iter().any(|&number| !params.params[number as usize].plates.is_empty())
    }

    /// Refuses a learned baseline that is made of parameters inside of plates, in a run in which these alone have bits.
    #[cold]
    pub(super) fn refuse_taught_rows(&mut self, site: u32, baseline: Option<Baseline>, place: Place) {
        let Some(Baseline::Learned(prediction)) = baseline else { return };
        let prediction = self.tape.lift(prediction.value(), place.0);
        if !prediction.id.is_some() {
            return;
        }
        let bits = self.tape.node(prediction.id).deps.all();
        let params = &self.session.params;
        let of_rows = params.used.iter().find_map(|&number| {
            let param = &params.params[number as usize];
            let meets = bits & Deps::bit(number as usize) != 0 && !param.plates.is_empty();
            meets.then_some((number, &param.plates))
        });
        let Some((number, plates)) = of_rows else { return };
        let of_plate =
            |&(plate, _): &(u32, usize)| AxisSet::of(self.session.plates.plates[plate as usize].axis);
        let axes = plates.iter().map(of_plate).fold(AxisSet::EMPTY, AxisSet::union);
        let detail = format!(
            "has a `Learned` baseline of the parameter `{}`, which is made inside of the {}: it would be one for each element, taught by the costs \
             of that element alone; make the parameter outside of the plate's body",
            self.session.addresses.text(Subject::Parameter, number),
            self.plate_names(axes)
        );
        self.fail_at(Subject::Site, site, place, detail);
    }
}
