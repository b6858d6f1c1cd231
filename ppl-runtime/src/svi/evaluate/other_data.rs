//! Programs on other data, in a session that has another one's parameters.

use super::builder::Asked;
use super::refit::Refitting;
use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::pass::{Coverage, Observations, Pass};
use crate::program::programs::Programs;
use crate::program::row_block::RowBlock;
use crate::program::run::Run;
use crate::svi::core::{Core, Fit};

/// Programs, and the session that they run in.
pub(super) struct OtherData<'a, E: Element> {
    pub(super) programs: Programs<'a>,
    pub(super) core: Core<E>,
    /// The plate that is visited in blocks, and the rows of one.
    pub(super) blocks: Option<(u32, usize)>,
    pub(super) refitting: Option<Refitting>,
    /// Which parameters the session has that was fitted.
    known: Vec<bool>,
}

impl<'a, E: Element> OtherData<'a, E> {
    /// Returns the programs in a session with the parameters of `fit`.
    pub(super) fn new(fit: &mut Fit<'_, E>, programs: Programs<'a>, asked: &Asked) -> Result<Self, Error> {
        if fit.core.run.tape.generation == 0 {
            learn_parameters(&mut fit.core.run, fit.programs)?;
        }
        let run = Run::of(fit.core.run.session.twin());
        let mut core = Core { run, ..Core::new(0) };
        let blocks = match &asked.blocks {
            None => None,
            Some((plate, 0)) => {
                let what = format!("expected blocks of at least one row of plate `{plate}`, got 0");
                return Err(Error::Setup { what });
            }
            Some((plate, rows)) => Some((plate_number(&core.run, plate)?, *rows)),
        };
        let known = core.run.session.params.params.iter().map(|param| param.made).collect();
        let refit = asked.refit.as_ref();
        let refitting = refit.map(|refit| Refitting::new(&mut core, refit, asked.refit_rate)).transpose()?;
        Ok(OtherData { programs, core, blocks, refitting, known })
    }

    /// Calls `visit` for each block of rows, or once; it runs the programs.
    pub(super) fn each_block(
        &mut self,
        mut visit: impl FnMut(&mut Self, Coverage, bool) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut from = 0;
        loop {
            let block = self.blocks.map(|(plate, rows)| RowBlock { plate, from, rows });
            // Each block has data of its own, whose values are checked; what is kept of those of the last is forgotten.
            self.core.run.session.checked = false;
            self.core.run.forget_arguments();
            let coverage = Coverage::ByElement(block);
            self.fit_rows(coverage)?;
            visit(self, coverage, from == 0)?;
            let Some(RowBlock { plate, rows, .. }) = block else { return Ok(()) };
            from += rows;
            if from >= self.size_of(plate)? {
                return Ok(());
            }
        }
    }

    /// Returns the number of elements of the plate that is visited in blocks.
    fn size_of(&self, plate: u32) -> Result<usize, Error> {
        let run = &self.core.run;
        let mut opened = run.session.plates.of_recording(run.tape.recording);
        opened.find(|&(number, _)| number == plate).map(|(_, known)| known.size).ok_or_else(|| {
            let name = run.session.addresses.text(Subject::Plate, plate);
            let what =
                format!("the programs on these data have no plate `{name}` that could be visited in blocks");
            Error::Setup { what }
        })
    }

    /// Refuses parameters that the session lacks that was fitted, after a run: they would have first values.
    pub(super) fn refuse_new_parameters(&self) -> Result<(), Error> {
        let session = &self.core.run.session;
        let is_known = |number: usize| self.known.get(number).copied().unwrap_or(false);
        let new = session.params.params.iter().enumerate().find(|&(k, param)| param.made && !is_known(k));
        let Some((number, _)) = new else { return Ok(()) };
        let name = session.addresses.text(Subject::Parameter, number as u32);
        let known: Vec<&str> = session
            .addresses
            .all(Subject::Parameter)
            .filter(|&(k, _)| is_known(k as usize))
            .map(|(_, name)| name)
            .collect();
        let known = match known[..] {
            [] => "it has none".to_owned(),
            _ => format!("there are `{}`", known.join("`, `")),
        };
        let what = format!(
            "the programs on these data make the parameter `{name}`, which the session does not have and has not fitted; {known}"
        );
        Err(Error::Setup { what })
    }
}

/// Returns the number of a plate.
pub(super) fn plate_number<E: Element>(run: &Run<E>, plate: &str) -> Result<u32, Error> {
    let addresses = &run.session.addresses;
    let found = addresses.all(Subject::Plate).find(|&(_, name)| name == plate);
    found.map(|(number, _)| number).ok_or_else(|| {
        let known = addresses.all(Subject::Plate).map(|(_, name)| name);
        Error::unknown("plate", "in this session", plate, known)
    })
}

/// Runs the programs of a new session once, to learn which parameters there are.
fn learn_parameters<E: Element>(run: &mut Run<E>, programs: Programs<'_>) -> Result<(), Error> {
    let (observations, coverage) = (Observations::Scored, Coverage::Subsampled);
    run.begin(Pass { observations, coverage, ..Pass::SIMULATION }, 1);
    run.execute_both(programs);
    run.outcome()
}
