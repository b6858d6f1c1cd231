//! Parameters of the rows of other data, fitted with all others as they are.

use super::builder::Refit;
use super::other_data::{OtherData, plate_number};
use crate::element::Element;
use crate::error::Error;
use crate::objective::{Elbo, Objective};
use crate::optim::{Adam, Schedule};
use crate::pattern::Pattern;
use crate::program::address::Subject;
use crate::program::param::Param;
use crate::program::pass::{Coverage, Noise, Pass};
use crate::random::{Occasion, Purpose};
use crate::svi::core::{Core, Fit};
use crate::svi::freezing::Freezing;
use crate::svi::step::record_as;

/// What is left of the rate at the end.
const LAST: f64 = 0.01;

/// How rows are fitted.
pub(super) struct Refitting {
    steps: u64,
    schedule: Schedule,
}

impl Refitting {
    /// Forgets the rows of a plate's parameters, and freezes all others.
    pub(super) fn new<E: Element>(core: &mut Core<E>, refit: &Refit, rate: f64) -> Result<Refitting, Error> {
        let Refit { plate, steps } = refit;
        let number = plate_number(&core.run, plate)?;
        let session = &mut core.run.session;
        let is_of_plate = |param: &Param| param.made && param.plates.iter().any(|&(of, _)| of == number);
        core.freezings = vec![Freezing { pattern: Pattern("*".to_owned()), frozen: true }];
        for (number, param) in session.params.params.iter_mut().enumerate() {
            if is_of_plate(param) {
                *param = Param::UNMADE;
                let name = session.addresses.text(Subject::Parameter, number as u32).to_owned();
                core.freezings.push(Freezing { pattern: Pattern(name), frozen: false });
            }
        }
        if core.freezings.len() == 1 {
            let what =
                format!("`refit_rows`: no parameter lies in the plate `{plate}`; there is nothing to fit");
            return Err(Error::Setup { what });
        }
        let schedule = Schedule::cosine_to(rate, LAST * rate, (*steps).max(1));
        schedule.check().map_err(|what| Error::Setup { what: format!("`refit_rate`: {what}") })?;
        Ok(Refitting { steps: *steps, schedule })
    }
}

impl<E: Element> OtherData<'_, E> {
    /// Fits the rows of a block.
    pub(super) fn fit_rows(&mut self, coverage: Coverage) -> Result<(), Error> {
        let Some(Refitting { steps, schedule }) = &self.refitting else { return Ok(()) };
        // The schedule begins anew in each block, as the rows do.
        let (steps, mut optimiser) = (*steps, Adam::new(schedule.clone()));
        let mut objective = Elbo::default();
        let pass = Pass { coverage, noise: Noise::Evaluated, ..Objective::<E>::pass(&objective) };
        self.core.registered = None;
        for step in 0..steps {
            let run = &mut self.core.run;
            run.session.steps = step;
            let occasion = Occasion::new(Purpose::Refit, step);
            let recorded = record_as(self.programs, &mut objective, run, occasion, pass);
            self.refuse_new_parameters()?;
            let step = recorded?;
            self.core.run.session.checked = true;
            let (programs, core) = (self.programs, &mut self.core);
            Fit { programs, objective: &mut objective, optimiser: &mut optimiser, core }.apply(step)?;
        }
        Ok(())
    }
}
