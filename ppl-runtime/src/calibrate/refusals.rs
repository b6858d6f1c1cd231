//! Which models can be simulated from as a whole.

use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::pass::{Latents, Pass};
use crate::program::programs::RunsModel;
use crate::program::trace::Part;
use crate::svi::core::Core;

/// A run that draws the latent sites from the model and has the terms of its data.
const DRAWN: Pass = Pass { latents: Latents::Drawn, ..Pass::DENSITY };

/// Returns the names of the data of a model, or of the chains that they are steps of.
///
/// # Errors
///
/// If it has terms or parameters that no simulation accounts for.
pub(crate) fn simulated_data<E: Element>(
    core: &mut Core<E>,
    model: &dyn RunsModel,
) -> Result<Vec<String>, Error> {
    let run = &mut core.run;
    run.begin(DRAWN, 1);
    run.execute(1, || model.run_model());
    run.outcome()?;
    let addresses = &run.session.addresses;
    if let Some(factor) = run.trace.terms.iter().find(|term| term.part == Part::Factor) {
        let name = addresses.text(Subject::Observation, factor.site);
        let what = format!(
            "`{name}` is a `factor!`, which is no datum that can be simulated; observe what it stands for, or leave it out"
        );
        return Err(Error::Setup { what });
    }
    if let Some((_, name)) = addresses.all(Subject::Parameter).next() {
        let what = format!(
            "the model has the parameter `{name}`, whose value no prior gives; give it one by `sample!`, or a fixed value"
        );
        return Err(Error::Setup { what });
    }
    let observed = addresses.all(Subject::Observation).map(|(number, text)| {
        let series = addresses.entry(Subject::Observation, number).series.as_ref();
        series.map_or(text, |(whole, _)| whole).to_owned()
    });
    Ok(observed.collect())
}
