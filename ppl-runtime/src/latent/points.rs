//! The density at points of the vector, and the values that they stand for.

use super::layout::{LatentSite, Layout};
use crate::drawn_apart::one_by_one;
use crate::element::Element;
use crate::error::Error;
use crate::objective::Joint;
use crate::posterior::{latents_and_quantities, put_together};
use crate::program::pass::{Latents, Noise, Observations, Pass};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::trace::Entry;
use crate::random::{Occasion, Purpose};
use crate::results::Draws;
use crate::svi::core::Core;
use crate::svi::step::record;
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::values::Values;

const EVALUATION: Occasion = Occasion::new(Purpose::Evaluation, 0);

/// What takes a point to the values of the latent sites: no density is asked for.
const TAKEN: Pass = Pass {
    latents: Latents::Proposed,
    observations: Observations::Scored,
    noise: Noise::Refused,
    ..Pass::SIMULATION
};

/// Runs the model, and returns where its latent sites lie.
pub(crate) fn learn_layout<E: Element>(programs: Programs<'_>, core: &mut Core<E>) -> Result<Layout, Error> {
    let run = &mut core.run;
    run.session.occasion = EVALUATION;
    run.begin(TAKEN, 1);
    run.execute_both(programs);
    run.outcome()?;
    let mut layout = Layout::default();
    for &site in &run.session.automatic.order {
        let Some(parameter) = run.session.automatic.location_of(site) else { continue };
        let param = &run.session.params.params[parameter as usize];
        let plates = param.plates.iter().map(|&(_, size)| size);
        let shape = plates.chain(param.unconstrained.dims().iter().map(|&d| d as usize)).collect();
        let (name, kept) = (run.session.site_name(site).to_owned(), kept_numbers(run, site, param.row));
        let ends = run.session.automatic.ends_of(site);
        layout.push((name, site), parameter, shape, param.offset, (kept, ends));
    }
    // Data are looked at before the first evaluation, as they are before a session's first step.
    Ok(layout)
}

/// Returns which numbers of a site the model has a density of, if not of all: what a mask leaves out, or is known, would be a direction without an
/// end.
fn kept_numbers<E: Element>(run: &Run<E>, site: u32, width: usize) -> Option<Vec<usize>> {
    let entry = &run.trace.entries[site as usize];
    let rows = run.tape.left_out(entry.mask?, entry.axes.minus(AxisSet::of(PARTICLES)));
    let kept = rows.iter().enumerate().filter(|(_, left_out)| !**left_out);
    rows.contains(&true).then(|| kept.flat_map(|(row, _)| row * width..(row + 1) * width).collect())
}

/// Evaluates the log-density and its gradient.
pub(crate) fn evaluate<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    layout: &Layout,
    x: &[f64],
    gradient: &mut [f64],
) -> Result<f64, Error> {
    let run = &mut core.run;
    check_length("the vector", x.len(), layout)?;
    check_length("the gradient", gradient.len(), layout)?;
    set(run, layout, x);
    let step = record(programs, &mut Joint, run, EVALUATION)?;
    run.session.checked = true;
    check_layout(run, layout)?;
    refuse_largest(run, layout)?;
    for site in &layout.sites {
        let to = &mut gradient[site.range.clone()];
        // A site that this run has not met, or on which nothing depends, has none.
        match run.gradient_of(site.parameter) {
            [] => to.fill(0.0),
            found => to.iter_mut().zip(site.places()).for_each(|(to, place)| *to = found[place].as_f64()),
        }
    }
    Ok(step.elbo)
}

/// Returns the values of the latent sites at each point.
pub(crate) fn constrain<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    layout: &Layout,
    points: &mut dyn Iterator<Item = &[f64]>,
) -> Result<Draws, Error> {
    let run = &mut core.run;
    run.session.occasion = EVALUATION;
    let drawn = one_by_one(run, latents_and_quantities, &mut |run| {
        let Some(x) = points.next() else { return Ok(false) };
        check_length("a point", x.len(), layout)?;
        set(run, layout, x);
        run.begin(TAKEN, 1);
        run.execute_both(programs);
        run.assign_quantities();
        run.outcome()?;
        check_layout(run, layout)?;
        Ok(true)
    })?;
    if drawn.is_empty() && layout.dim() > 0 {
        return Err(Error::Setup { what: "expected at least one point, got 0".to_owned() });
    }
    put_together(run, drawn)
}

/// Returns the point at which the latent sites have these values.
///
/// `programs` has the guide that recalls given values.
pub(crate) fn unconstrain<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    layout: &Layout,
    values: &Values,
) -> Result<Vec<f64>, Error> {
    let run = &mut core.run;
    let known = || layout.sites.iter().map(|site| site.name.as_str());
    if let Some(missing) = layout.sites.iter().find(|site| values.place(&site.name).is_none()) {
        let what = format!("no value is given for the latent site `{}`", missing.name);
        return Err(Error::Setup { what });
    }
    if let Some((name, _)) = values.entries.iter().find(|(name, _)| !known().any(|known| known == name)) {
        return Err(Error::unknown("latent site", "in the model", name, known()));
    }
    run.session.occasion = EVALUATION;
    run.session.dream = values.clone();
    run.begin(TAKEN, 1);
    run.execute_both(programs);
    run.outcome()?;
    check_layout(run, layout)?;
    let values = &run.session.params.values;
    let of_site = |site: &LatentSite| -> Vec<f64> {
        site.places().map(|place| values[site.offset + place].as_f64()).collect()
    };
    Ok(layout.sites.iter().flat_map(of_site).collect())
}

fn set<E: Element>(run: &mut Run<E>, layout: &Layout, x: &[f64]) {
    for site in &layout.sites {
        for (place, &x) in site.places().zip(&x[site.range.clone()]) {
            run.session.params.values[site.offset + place] = E::of(x);
        }
    }
}

fn check_length(what: &str, found: usize, layout: &Layout) -> Result<(), Error> {
    let expected = layout.dim();
    match found == expected {
        true => Ok(()),
        false => Err(Error::Setup { what: format!("{what} has {found} numbers, expected {expected}") }),
    }
}

/// Refuses values that a bijection holds at the largest number: they no longer move with the vector, and its log-determinant does.
fn refuse_largest<E: Element>(run: &Run<E>, layout: &Layout) -> Result<(), Error> {
    for site in &layout.sites {
        let Entry { value, place: Some(place), .. } = run.trace.entries[site.number as usize] else {
            continue;
        };
        let is_largest = |y: &E| y.abs() >= E::max_value();
        if let Some(at) = run.tape.value(value).iter().position(is_largest) {
            let element = if site.range.len() > 1 { format!(" at element {at}") } else { String::new() };
            let detail = format!("the value of the vector stands for one beyond {}", E::NAME);
            return Err(Error::Overflow { place, site: site.name.clone(), element, detail });
        }
    }
    Ok(())
}

/// Refuses a program that has met a latent site which it did not have at first.
fn check_layout<E: Element>(run: &Run<E>, layout: &Layout) -> Result<(), Error> {
    match run.session.automatic.order.get(layout.sites.len()) {
        None => Ok(()),
        Some(&site) => {
            let name = run.session.site_name(site);
            let what = format!(
                "site `{name}` was not there at first: the latent sites of the model must always be the same"
            );
            Err(Error::Setup { what })
        }
    }
}
