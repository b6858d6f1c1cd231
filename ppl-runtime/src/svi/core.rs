//! A session without the types of its programs, objective and optimiser: what is compiled once.

use super::freezing::Freezing;
use super::session::{Evaluation, SitePart};
use super::step::{self, record};
use super::told::Told;
use crate::element::Element;
use crate::error::Error;
use crate::objective::{Objective, Step};
use crate::optim::{Optimiser, Rows};
use crate::parameters::Parameters;
use crate::program::address::Subject;
use crate::program::pass::{Coverage, Noise, Pass};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::random::{Occasion, Purpose};
use ndarray::ArrayD;

/// The state of a session.
#[doc(hidden)]
pub struct Core<E: 'static> {
    pub(crate) run: Run<E>,
    pub(crate) gradient: Vec<E>,
    pub(crate) rows: Vec<Rows>,
    /// The number of updates of each stretch of the parameters, at its first element.
    pub(crate) updates: Vec<u64>,
    /// What the optimiser is told of each parameter, at the first element of each of its stretches.
    pub(super) told: Vec<Told>,
    /// How many values that is known of, if it is.
    pub(crate) registered: Option<usize>,
    /// What was said of parameters that steps leave alone, in this order.
    pub(crate) freezings: Vec<Freezing>,
    pub(crate) attempts: u64,
}

/// Something that owns a session's state, so that a user's crate need not know how to drop one.
#[doc(hidden)]
pub trait HoldsCore<E: 'static> {
    fn get(&mut self) -> &mut Core<E>;
    fn get_ref(&self) -> &Core<E>;
}

impl<E> HoldsCore<E> for Core<E> {
    fn get(&mut self) -> &mut Core<E> {
        self
    }

    fn get_ref(&self) -> &Core<E> {
        self
    }
}

impl<E: Element> Core<E> {
    /// Returns the state of a new session.
    pub(crate) fn new(seed: u64) -> Core<E> {
        let (gradient, rows, updates) = (Vec::new(), Vec::new(), Vec::new());
        let (told, registered, freezings) = (Vec::new(), None, Vec::new());
        Core { run: Run::new(seed), gradient, rows, updates, told, registered, freezings, attempts: 0 }
    }

    /// Sets the parameters in unconstrained space; those that are frozen, or were made since `values` were taken, stay as they are.
    pub(super) fn set_values(&mut self, values: &[E]) {
        for (k, (to, &value)) in self.run.session.params.values.iter_mut().zip(values).enumerate() {
            // A mean of numbers that are all the same may differ from them in its last digit.
            if !self.told.get(k).is_some_and(|told| told.is_frozen()) {
                *to = value;
            }
        }
    }
}

/// Returns the state of a new session behind a pointer.
pub(crate) fn boxed<E: Element>(seed: u64) -> Box<dyn HoldsCore<E>> {
    Box::new(Core::new(seed))
}

pub(crate) fn set_seed<E: Element>(core: &mut Core<E>, seed: u64) {
    core.run.session.seed = seed;
}

pub(crate) fn set_max_sites<E: Element>(core: &mut Core<E>, sites: usize) {
    core.run.session.limits.sites = sites;
}

pub(crate) fn set_max_stack<E: Element>(core: &mut Core<E>, bytes: usize) {
    core.run.session.limits.stack = bytes;
}

pub(crate) fn parameters<E: Element>(core: &Core<E>) -> Parameters {
    Parameters::of(&core.run)
}

pub(crate) fn elimination<E: Element>(core: &Core<E>) -> crate::eliminate::EliminationReport {
    crate::eliminate::EliminationReport::of(&core.run)
}

/// What a session knows of its own programs, while others are run.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct PutAside {
    is_new: bool,
    apart: bool,
    has_quantities: bool,
}

/// Puts aside what a session knows of its programs, before others are run.
pub(crate) fn put_aside<E: Element>(core: &mut Core<E>) -> PutAside {
    core.run.forget_arguments();
    let is_new = core.run.tape.generation == 0 || core.run.session.programs_are_new;
    let session = &mut core.run.session;
    session.programs_are_new = true;
    let (apart, has_quantities) = (session.apart.needed, std::mem::take(&mut session.model_has_quantities));
    PutAside { is_new, apart, has_quantities }
}

/// Forgets the other programs.
pub(crate) fn put_back<E: Element>(core: &mut Core<E>, kept: PutAside) {
    core.run.forget_arguments();
    let session = &mut core.run.session;
    session.programs_are_new = kept.is_new;
    (session.apart.needed, session.model_has_quantities) = (kept.apart, kept.has_quantities);
}

/// A session: its programs, objective and optimiser, and its state.
#[doc(hidden)]
pub struct Fit<'a, E: Element> {
    pub(crate) programs: Programs<'a>,
    pub(crate) objective: &'a mut dyn Objective<E>,
    pub(crate) optimiser: &'a mut dyn Optimiser<E>,
    pub(crate) core: &'a mut Core<E>,
}

impl<E: Element> Fit<'_, E> {
    /// Takes a step.
    pub(crate) fn step(mut self) -> Result<Step, Error> {
        self.take_step()
    }

    /// Estimates the gradient, and leaves the parameters alone.
    pub(crate) fn gradient(mut self) -> Result<(Step, Parameters), Error> {
        let step = self.record()?;
        Ok((step, Parameters::gradient_of(&self.core.run)))
    }

    /// Takes a step with programs whose arguments are not the session's.
    pub(crate) fn step_on(mut self) -> Result<Step, Error> {
        // What the run remembers of these arguments must not outlive them, nor be taken for them.
        self.core.run.forget_arguments();
        let recorded = self.record();
        self.core.run.forget_arguments();
        self.apply(recorded?)
    }

    pub(super) fn take_step(&mut self) -> Result<Step, Error> {
        let step = self.record()?;
        self.apply(step)
    }

    /// Records a step: its gradient is then in the tape.
    pub(super) fn record(&mut self) -> Result<Step, Error> {
        let Fit { programs, objective, core, .. } = self;
        let step = Occasion::new(Purpose::Step, core.attempts);
        core.run.session.steps = core.attempts;
        let recorded = record(*programs, *objective, &mut core.run, step);
        core.attempts += 1;
        core.run.session.checked |= recorded.is_ok();
        recorded
    }

    /// Moves the parameters along the gradient of the recording.
    pub(super) fn apply<S>(&mut self, step: S) -> Result<S, Error> {
        self.collect_gradient()?;
        let Core { run, gradient, rows, .. } = &mut *self.core;
        self.optimiser.update(rows, gradient, &mut run.session.params.values);
        Ok(step)
    }

    /// Copies the gradient of the recording, and notes which rows it has; these count it as an update.
    pub(super) fn collect_gradient(&mut self) -> Result<(), Error> {
        let n = self.core.run.session.params.values.len();
        if self.core.registered != Some(n) {
            self.register(n)?;
        }
        let Core { run, gradient, rows, updates, told, .. } = &mut *self.core;
        rows.clear();
        run.each_gradient(|offset, values| {
            if values.is_empty() {
                return;
            }
            let told = told[offset];
            if told.is_frozen() {
                return;
            }
            match values {
                [one] => gradient[offset] = *one,
                many => gradient[offset..offset + many.len()].copy_from_slice(many),
            }
            let updates = &mut updates[offset];
            *updates += 1;
            let end = offset + values.len();
            let own = told.rows(offset..end, *updates);
            match rows.last_mut() {
                Some(last) if last.is_continued_by(&own) => last.extend_to(end),
                _ => rows.push(own),
            }
        });
        Ok(())
    }

    /// Estimates the loss at the current parameters.
    pub(crate) fn evaluate(mut self, draws: usize) -> Result<Evaluation, Error> {
        self.mean_loss(draws)
    }

    pub(super) fn mean_loss(&mut self, draws: usize) -> Result<Evaluation, Error> {
        if draws == 0 {
            return Err(Error::Setup { what: "expected at least one draw, got 0".to_owned() });
        }
        self.objective.check().map_err(|what| Error::Setup { what })?;
        let asked = self.objective.pass();
        let noise = if asked.noise == Noise::Drawn { Noise::Evaluated } else { asked.noise };
        let pass =
            Pass { coverage: Coverage::Whole, noise, penalised: false, differentiates: false, ..asked };
        let particles = self.objective.particles();
        self.core.run.session.left_out.clear();
        let (mut mean, mut squares) = (0.0, 0.0);
        for k in 0..draws {
            self.core.run.session.occasion = Occasion::new(Purpose::Evaluation, k as u64);
            let loss = -self.value(pass, particles)?.elbo;
            self.core.run.session.checked = true;
            let d = loss - mean;
            mean += d / (k + 1) as f64;
            squares += d * (loss - mean);
        }
        let n = draws as f64;
        let standard_error = if draws > 1 { (squares / (n - 1.0) / n).sqrt() } else { f64::NAN };
        Ok(Evaluation { loss: mean, standard_error })
    }

    /// Estimates the loss and the bound from one draw.
    pub(super) fn value(&mut self, pass: Pass, particles: usize) -> Result<Step, Error> {
        let Fit { programs, objective, core, .. } = self;
        step::value(*programs, *objective, &mut core.run, (pass, particles), None)
    }

    /// Sets a parameter, in constrained space.
    pub(crate) fn set_parameter(self, name: &str, value: &ArrayD<f64>) -> Result<(), Error> {
        let run = &mut self.core.run;
        let find = |run: &Run<E>| {
            let made = |number: u32| run.session.params.params.get(number as usize).is_some_and(|p| p.made);
            run.session
                .addresses
                .all(Subject::Parameter)
                .find(|&(k, text)| text == name && made(k))
                .map(|(k, _)| k)
        };
        if find(run).is_none() {
            crate::density::initialise(run, self.programs)?;
        }
        let Some(number) = find(run) else {
            let known = run.session.addresses.all(Subject::Parameter).map(|(_, text)| text);
            return Err(Error::unknown("parameter", "in this session", name, known));
        };
        let set = run.set_parameter(number, value);
        set.map_err(|detail| Error::Value { parameter: name.to_owned(), detail })
    }
}

/// The part of the loss that belongs to no site; no site can have this name.
const WEIGHTS: &str = "(weights)";

/// Returns the parts of the loss by site, of the last recording.
pub(crate) fn parts<E: Element>(core: &Core<E>, objective: &dyn Objective<E>) -> Vec<SitePart> {
    let run = &core.run;
    let mut parts: Vec<SitePart> = Vec::new();
    if run.session.apart.on {
        run.session.apart.each_part(|subject, site, loss| {
            let (site, observed) = (run.part_name(subject, site).to_owned(), subject == Subject::Observation);
            parts.push(SitePart { site, observed, loss });
        });
        return parts;
    }
    for term in &run.trace.terms {
        // What is left of a site that was summed out is reported under its name, among the latent ones.
        let (subject, name) = (term.part.subject(), run.part_name(term.part.subject(), term.site));
        let observed = subject == Subject::Observation;
        let Some(value) = objective.contribution(run, term) else { continue };
        match parts.iter_mut().find(|p| p.observed == observed && p.site == name) {
            Some(part) => part.loss += value,
            None => parts.push(SitePart { site: name.to_owned(), observed, loss: value }),
        }
    }
    if let Some(loss) = objective.remainder(run) {
        parts.push(SitePart { site: WEIGHTS.to_owned(), observed: false, loss });
    }
    parts
}
