//! Draws from a fitted guide.

use crate::drawn_apart::drawn_apart;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::markov::Drawing;
use crate::program::pass::{Latents, Observations, Pass};
use crate::program::programs::Programs;
use crate::program::quantity::StatedQuantity;
use crate::program::run::Run;
use crate::program::{Guide, Model};
use crate::random::{Occasion, Purpose};
use crate::results::Draws;
use crate::svi::core::{Core, PutAside};
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::blocks::GROUP;
use crate::tape::node::NodeId;
use crate::values::Values;
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::{HashMap, HashSet};

/// The draws that are asked for; those of each kind of request are the same ones.
pub(crate) const DRAWS: Occasion = Occasion::new(Purpose::Draws, 0);

/// A simulation whose latent sites are all the guide's.
const PROPOSED: Pass = Pass { latents: Latents::Proposed, ..Pass::SIMULATION };

/// A fitted guide, to draw from: the approximate posterior.
///
/// The same request at the same parameters gives the same draws, and the draws of the latent sites are the same ones in
/// each kind of request: draw `k` of [`predictive`](Posterior::predictive) comes from draw `k` of
/// [`draws`](Posterior::draws). Subsampled plates are drawn whole. Draws of integer sites are whole numbers. What is not there
/// is NaN: a site in draws whose program did not come to it, and the steps of a chain behind its end.
///
/// # Examples
///
#[doc = include_str!("docs/coin.md")]
/// let posterior = svi.posterior().draws(2_000)?;
/// assert_eq!(posterior.get("p").unwrap().shape(), [2_000]);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub struct Posterior<'a, M: Model, G> {
    model: &'a M,
    guide: &'a G,
    core: &'a mut Core<M::Element>,
    /// What the session knows of its own programs, if these are others: nothing of their arguments may be remembered.
    put_aside: Option<PutAside>,
}

impl<M: Model, G> Drop for Posterior<'_, M, G> {
    fn drop(&mut self) {
        if let Some(kept) = self.put_aside {
            M::Element::put_back(self.core, kept);
        }
    }
}

impl<'a, M: Model, G: Guide<Element = M::Element>> Posterior<'a, M, G> {
    pub(crate) fn new(model: &'a M, guide: &'a G, core: &'a mut Core<M::Element>) -> Self {
        Posterior { model, guide, core, put_aside: None }
    }

    pub(crate) fn foreign(model: &'a M, guide: &'a G, core: &'a mut Core<M::Element>) -> Self {
        let put_aside = Some(M::Element::put_aside(core));
        Posterior { model, guide, core, put_aside }
    }

    /// Returns `n` draws of every latent site.
    ///
    /// # Shapes
    ///
    /// `[n, plates.., event..]` for each site.
    ///
    /// # Errors
    ///
    /// If `n` is zero, or a program or its data is wrong.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// // Beta(9, 4) has mean 9/13; the standard error of 4,000 draws is .002.
    /// let mean = svi.posterior().draws(4_000)?.summary().row("p", &[]).unwrap().mean;
    /// assert!((mean - 9.0 / 13.0).abs() < 0.01);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn draws(&mut self, n: usize) -> Result<Draws, Error> {
        let (programs, core) = self.parts();
        M::Element::draws(programs, core, n)
    }

    /// Returns `n` draws of every observed site: data that the model would make from draws of the guide.
    ///
    /// # Shapes
    ///
    /// `[n, plates.., event..]` for each site.
    ///
    /// # Errors
    ///
    /// If `n` is zero, a program or its data is wrong, or the guide proposes a site that the model does not have.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// let replicated = svi.posterior().predictive(100)?;
    /// assert_eq!(replicated.get("heads").unwrap().shape(), [100, 9]);
    /// assert!(replicated.get("heads").unwrap().iter().all(|&x| x == 0.0 || x == 1.0));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn predictive(&mut self, n: usize) -> Result<Draws, Error> {
        let (programs, core) = self.parts();
        M::Element::predictive(programs, core, n, false)
    }

    /// Returns `n` draws of every latent site and, from each of them, of every observed site.
    ///
    /// # Shapes
    ///
    /// `[n, plates.., event..]` for each site, the latent ones first.
    ///
    /// # Errors
    ///
    /// As [`predictive`](Posterior::predictive).
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// let joint = svi.posterior().joint(100)?;
    /// assert_eq!(joint.names().collect::<Vec<_>>(), ["p", "heads"]);
    /// assert_eq!(joint.get("p").unwrap(), svi.posterior().draws(100)?.get("p").unwrap());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn joint(&mut self, n: usize) -> Result<Draws, Error> {
        let (programs, core) = self.parts();
        M::Element::predictive(programs, core, n, true)
    }

    /// Returns `n` draws of every observed site of another model, or of this one on other data, from draws of the guide.
    ///
    /// Sites are the same where they have the same name, which is checked when it runs. The guide is run on its own data,
    /// as it was given to the session, and may propose more than the model draws; a plate that both have must have one
    /// size. A site of the model that the guide does not propose is drawn from the model if it is named in
    /// [`block`](crate::Handlers::block). For a guide that takes the new data itself, see
    /// [`Svi::posterior_on`](crate::Svi::posterior_on).
    ///
    /// # Shapes
    ///
    /// `[n, plates.., event..]` for each site.
    ///
    /// # Errors
    ///
    /// If `n` is zero, a program or its data is wrong, or the guide does not propose a site of the model.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// // A fair coin, whatever was seen.
    /// let fair = svi.posterior().predictive_on(coin.intervene("p", 0.5), 1_000)?;
    /// let mean = fair.get("heads").unwrap().mean().unwrap();
    /// assert!((mean - 0.5).abs() < 0.03);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn predictive_on<M2>(&mut self, model: M2, n: usize) -> Result<Draws, Error>
    where
        M2: Model<Element = M::Element>,
    {
        let programs = Programs { model: &model, guide: self.guide };
        M::Element::predictive_on(programs, self.core, n)
    }

    /// Returns the joint log-density of the *model* and its data, `log p(x, z)`, at given values of its latent sites, with the
    /// parameters of the session; see [`log_density`](crate::log_density()). It is not the guide's density, nor normalised over
    /// `z`: [`log_densities`](Posterior::log_densities) has both for draws of the guide.
    ///
    /// # Units
    ///
    /// Nats, with every normalising constant.
    ///
    /// # Errors
    ///
    /// As [`log_density`](crate::log_density()).
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// // The prior Beta(2, 2) has density 3/2 at one half.
    /// let found = svi.posterior().log_joint(&Values::new().with("p", 0.5))?;
    /// assert!((found - (1.5 * 0.5_f64.powi(9)).ln()).abs() < 1e-12);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_joint(&mut self, values: &Values) -> Result<f64, Error> {
        M::Element::joint_log_density(self.core, self.model, values)
    }

    /// Returns the programs and the session's state.
    pub(crate) fn parts(&mut self) -> (Programs<'_>, &mut Core<M::Element>) {
        (Programs { model: self.model, guide: self.guide }, self.core)
    }
}

/// Draws the latent sites of a guide.
pub(crate) fn draws<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<Draws, Error> {
    let run = &mut core.run;
    if run.tape.generation == 0 || std::mem::take(&mut run.session.programs_are_new) {
        // Whether the model has concrete sites decides how the guide is run, so that its draws are always the same ones; whether it
        // states quantities decides if it is run too. What is wrong with the model is not asked here.
        let _ = crate::density::initialise(run, programs);
    }
    look_for_quantities(run, programs, n);
    if run.session.automatic.on {
        // Its sites are proposed where the model meets them.
        let pass = Pass { observations: Observations::Scored, ..PROPOSED };
        return collect(run, n, (pass, DRAWS), latents_and_quantities, &mut |run| {
            run.execute_both(programs);
            run.assign_quantities();
        });
    }
    if run.session.model_has_quantities {
        return collect(run, n, (Pass::CONDITIONAL, DRAWS), latents_and_quantities, &mut |run| {
            if let Err(error) = run.assign_jointly(programs) {
                run.tape.fail(error);
            }
        });
    }
    collect(run, n, (PROPOSED, DRAWS), latents_and_quantities, &mut |run| {
        run.execute(0, || programs.guide.run_guide());
        run.assign_quantities();
    })
}

/// Finds out whether the model states a quantity in a branch that one of `n` draws takes, if no run has met one yet.
fn look_for_quantities<E: Element>(run: &mut Run<E>, programs: Programs<'_>, n: usize) {
    for k in 0..n {
        if !run.session.apart.needed || run.session.model_has_quantities {
            break;
        }
        (run.session.occasion, run.session.apart.particle) = (DRAWS, k);
        run.begin(PROPOSED, 1);
        run.execute_both(programs);
        if run.outcome().is_err() {
            // What is wrong with a draw is said when it is made.
            break;
        }
    }
    run.session.apart.end();
}

/// Draws the observed sites of a model from draws of the guide, and with these, if they are wanted too.
pub(crate) fn predictive<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
    with_latents: bool,
) -> Result<Draws, Error> {
    let which = if with_latents { all } else { predictions };
    collect(&mut core.run, n, (PROPOSED, DRAWS), which, &mut |run| {
        run.execute_both(programs);
        run.settle_rest();
        run.assign_quantities();
    })
}

/// Draws the observed sites of another model than the session's from draws of the guide.
pub(crate) fn predictive_on<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<Draws, Error> {
    let run = &mut core.run;
    // What the run remembers of these arguments must not outlive them, nor be taken for them.
    run.forget_arguments();
    let apart = run.session.apart.needed;
    let draws = collect(run, n, (PROPOSED, DRAWS), predictions, &mut |run| {
        run.execute_both(programs);
        run.assign_quantities();
    });
    run.forget_arguments();
    // What is known of this model says nothing of the session's.
    run.session.apart.needed = apart;
    draws
}

/// What a run drew, chosen from its trace.
pub(crate) type Which<E> = fn(&Run<E>) -> Vec<Found>;

/// A site that a run drew.
pub(crate) struct Found {
    pub(crate) key: (Subject, u32),
    pub(crate) value: NodeId,
    /// Whether it is an integer that a program states.
    pub(crate) is_integer: bool,
    /// Which rows are there, if the site stands in a step of a chain that has ended in some.
    pub(crate) running: Option<NodeId>,
}

/// The draws of a site.
pub(crate) struct Drawn {
    pub(crate) key: (Subject, u32),
    /// The number of plates around it.
    pub(crate) plates: usize,
    pub(crate) is_integer: bool,
    pub(crate) chunks: Vec<ArrayD<f64>>,
}

fn latents<E: Element>(run: &Run<E>) -> Vec<Found> {
    let found = |(k, &site): (usize, &u32)| Found {
        key: (Subject::Site, site),
        value: run.trace.entries[site as usize].value,
        is_integer: false,
        running: run.trace.ends.running_at(Drawing::Latent, k),
    };
    // The vector of a full-rank guide is no site of the model.
    let is_of_model = |(_, site): &(usize, &u32)| run.session.automatic.block.site != Some(**site);
    run.trace.order.iter().enumerate().filter(is_of_model).map(found).collect()
}

fn observations<E: Element>(run: &Run<E>) -> Vec<Found> {
    let found = |(k, &(site, value)): (usize, &(u32, NodeId))| Found {
        key: (Subject::Observation, site),
        value,
        is_integer: false,
        running: run.trace.ends.running_at(Drawing::Observed, k),
    };
    run.trace.observations.iter().enumerate().map(found).collect()
}

fn quantities<E: Element>(run: &Run<E>) -> Vec<Found> {
    let found = |stated: &StatedQuantity| Found {
        key: (Subject::Quantity, stated.number),
        value: stated.node,
        is_integer: stated.is_integer,
        running: stated.running,
    };
    run.trace.quantities.iter().map(found).collect()
}

pub(crate) fn latents_and_quantities<E: Element>(run: &Run<E>) -> Vec<Found> {
    let mut found = latents(run);
    found.extend(quantities(run));
    found
}

/// The observed sites and the quantities.
fn predictions<E: Element>(run: &Run<E>) -> Vec<Found> {
    let mut found = observations(run);
    found.extend(quantities(run));
    found
}

/// The latent sites, the observed ones and the quantities.
pub(crate) fn all<E: Element>(run: &Run<E>) -> Vec<Found> {
    let mut found = latents(run);
    found.extend(predictions(run));
    found
}

/// The latent sites and the observed ones, with what was drawn behind the ends of chains.
pub(crate) fn whole<E: Element>(run: &Run<E>) -> Vec<Found> {
    let mut whole = latents(run);
    whole.extend(observations(run));
    whole.iter_mut().for_each(|found| found.running = None);
    whole
}

/// Refuses to make no draw.
pub(crate) fn at_least_one(n: usize) -> Result<(), Error> {
    match n {
        0 => Err(Error::Setup { what: "expected at least one draw, got 0".to_owned() }),
        _ => Ok(()),
    }
}

/// Runs programs for `n` particles, a chunk at a time, and collects the values of some of their sites. `occasion` says which
/// random streams.
pub(crate) fn collect<E: Element>(
    run: &mut Run<E>,
    n: usize,
    (pass, occasion): (Pass, Occasion),
    which: Which<E>,
    programs: &mut dyn FnMut(&mut Run<E>),
) -> Result<Draws, Error> {
    at_least_one(n)?;
    run.session.unweighed.clear();
    let mut sites: Vec<Drawn> = Vec::new();
    let mut places: HashMap<(Subject, u32), usize> = HashMap::new();
    let (mut done, mut at_once) = (0, GROUP);
    while done < n && !run.session.apart.needed {
        let particles = at_once.min(n - done);
        run.session.occasion = occasion.starting_at(done);
        run.begin(pass, particles);
        programs(run);
        if run.session.apart.needed {
            // The particles of a program with concrete sites do not share a run.
            break;
        }
        run.outcome()?;
        for found in which(run) {
            let at = *places.entry(found.key).or_insert_with(|| {
                let plates = run.tape.node(found.value).axes.minus(AxisSet::of(PARTICLES)).count();
                let (key, is_integer) = (found.key, found.is_integer);
                sites.push(Drawn { key, plates, is_integer, chunks: Vec::new() });
                sites.len() - 1
            });
            sites[at].chunks.push(particle_array(run, &found, particles));
        }
        done += particles;
        at_once = run.draws_at_once();
    }
    if run.session.apart.needed {
        sites = drawn_apart(run, n, (pass, occasion), which, programs)?;
    }
    put_together(run, sites)
}

/// Returns what was drawn by name: the steps of a chain as one array.
pub(crate) fn put_together<E: Element>(run: &Run<E>, sites: Vec<Drawn>) -> Result<Draws, Error> {
    let mut all: Vec<(String, ArrayD<f64>)> = Vec::new();
    let mut series: Vec<Series> = Vec::new();
    let mut known: HashMap<(Subject, &str), usize> = HashMap::new();
    let addresses = &run.session.addresses;
    let mut integers: HashSet<String> = HashSet::new();
    for Drawn { key: (subject, site), plates, is_integer, chunks } in sites {
        let name = addresses.text(subject, site);
        let views: Vec<_> = chunks.iter().map(|a| a.view()).collect();
        let whole = ndarray::concatenate(Axis(0), &views).map_err(|_| Error::Setup {
            what: format!("site `{name}` does not have the same shape in every draw"),
        })?;
        let series_of = &addresses.entry(subject, site).series;
        if is_integer {
            integers.insert(series_of.as_ref().map_or(name, |(whole, _)| whole).to_owned());
        }
        let Some((name, step)) = series_of else {
            all.push((name.to_owned(), whole));
            continue;
        };
        let at = *known.entry((subject, name)).or_insert_with(|| {
            series.push(Series { name: name.clone(), plates, steps: Vec::new() });
            series.len() - 1
        });
        series[at].steps.push((*step, whole));
    }
    for one in series {
        all.push(one.stacked()?);
    }
    let draws = Draws::of(all).map_err(|e| Error::Setup { what: e.to_string() })?;
    Ok(draws.with_integers(integers).with_notes(run.notes_of_factors()))
}

/// The draws of a chain's site, step by step.
struct Series {
    name: String,
    plates: usize,
    steps: Vec<(u32, ArrayD<f64>)>,
}

impl Series {
    /// Stacks the steps along time, which lies behind the plates.
    fn stacked(mut self) -> Result<(String, ArrayD<f64>), Error> {
        self.steps.sort_by_key(|(t, _)| *t);
        let views: Vec<_> = self.steps.iter().map(|(_, a)| a.view()).collect();
        let stack = ndarray::stack(Axis(1 + self.plates), &views).map_err(|_| Error::Setup {
            what: format!("site `{}` does not have the same shape in every step of its chain", self.name),
        })?;
        Ok((self.name, stack))
    }
}

/// Returns a site's elements as an array of shape `[particles, plates.., event..]`, NaN where a chain has ended.
pub(crate) fn particle_array<E: Element>(run: &Run<E>, found: &Found, particles: usize) -> ArrayD<f64> {
    let source = run.tape.node(found.value);
    let mut shape = vec![particles];
    for axis in source.axes.iter().filter(|&a| a != PARTICLES) {
        shape.push(run.tape.sizes[axis.0 as usize] as usize);
    }
    shape.extend(source.shape.dims().iter().map(|&d| d as usize));
    let mut values: Vec<f64> = run.tape.value(found.value).iter().map(|v| v.as_f64()).collect();
    if let Some(running) = found.running {
        run.tape.leave_out_ended(source.extent(), running, &mut values);
    }
    let repeats = if source.axes.contains(PARTICLES) { 1 } else { particles };
    let elements = values.repeat(repeats);
    ArrayD::from_shape_vec(IxDyn(&shape), elements).unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)))
}
