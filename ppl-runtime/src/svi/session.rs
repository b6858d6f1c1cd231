//! Stochastic variational inference: one optimisation step after another.

use super::apart::Apart;
use crate::element::Element;
use crate::error::Error;
use crate::kernel::vector;
use crate::objective::{Objective, Step};
use crate::optim::{Optimiser, Rows};
use crate::posterior::Posterior;
use crate::program::address::Subject;
use crate::program::run::{Behaviour, Checks, Run};
use crate::program::trace::Part;
use crate::program::{Guide, Model};
use crate::random::{Occasion, Purpose};
use crate::{GuidedBy, IntoArray, Parameters};

/// A session of stochastic variational inference: a model, a guide, an objective and an optimiser.
///
/// The same seed gives the same bits, whatever else runs on this thread or on others. A session refers to its data and to what
/// it recorded without a copy, so it is neither `Send` nor `Sync`: make it on the thread where it runs.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// for _ in 0..100 {
///     svi.step()?;
/// }
/// println!("{}", svi.posterior().draws(1_000)?.summary());
/// // The evidence of 7 heads in 9 throws is 1 / 330.
/// let found = svi.evaluate(1_000)?;
/// assert!((found.loss - 330f64.ln()).abs() < 5.0 * found.standard_error + 0.01);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
pub struct Svi<M: Model, G, O, P> {
    pub(crate) model: M,
    pub(crate) guide: G,
    pub(crate) objective: O,
    pub(crate) optimiser: P,
    pub(crate) run: Run<M::Element>,
    pub(crate) gradient: Vec<M::Element>,
    pub(crate) rows: Vec<Rows>,
    /// The number of updates of each stretch of the parameters, at its first element.
    pub(crate) updates: Vec<u64>,
    pub(crate) attempts: u64,
}

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Returns a session. The guide must answer every latent site of the model, which the compiler checks.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut other = Svi::new(&coin, &proposal, Elbo::default().particles(8), Adam::new(0.1)).seed(1);
    /// assert_ne!(svi.step()?, other.step()?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn new(model: M, guide: G, objective: O, optimiser: P) -> Self {
        Svi {
            model,
            guide,
            objective,
            optimiser,
            run: Run::new(0),
            gradient: Vec::new(),
            rows: Vec::new(),
            updates: Vec::new(),
            attempts: 0,
        }
    }

    /// Sets the seed that every random number of the session comes from (0 by default).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let mut twin = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(1);
    /// let mut other = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01)).seed(2);
    /// let step = svi.step()?;
    /// assert_eq!(step, twin.step()?);
    /// assert_ne!(step, other.step()?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.run.seed = seed;
        self
    }

    /// Takes one step of the optimiser along a gradient estimated from one run of the programs.
    ///
    /// # Errors
    ///
    /// If a program, its data or its set-up is wrong, or the loss or its gradient is not finite. The parameters are then
    /// as they were before.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let step = svi.step()?;
    /// assert!((step.loss - (step.kl - step.log_likelihood)).abs() < 1e-12);
    /// assert_ne!(svi.parameters().get("a")?[[]], 9.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn step(&mut self) -> Result<Step, Error> {
        let step = self.record()?;
        self.apply(step)
    }

    /// Estimates the gradient of the loss from one run of the programs, as a step would, and leaves the parameters alone.
    ///
    /// It is by the unconstrained values: for a `Positive` parameter by its logarithm, for one on the `UnitInterval` by
    /// its logit. Rows of a subsampled plate that the run did not visit, and parameters that it did not use, have zeros.
    /// The next call, or step, draws anew.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let (_, gradient) = svi.gradient()?;
    /// assert!(gradient.get("a")?[[]] != 0.0);
    /// assert!((svi.parameters().get("a")?[[]] - 9.0).abs() < 1e-14);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn gradient(&mut self) -> Result<(Step, Parameters), Error> {
        let step = self.record()?;
        Ok((step, Parameters::gradient_of(&self.run)))
    }

    /// Takes one step with the same programs on other data: a streamed batch.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// // Programs on the next batch of data would stand here.
    /// let step = svi.step_on(&coin, &proposal)?;
    /// assert!(step.loss.is_finite());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn step_on<M2, G2>(&mut self, model: M2, guide: G2) -> Result<Step, Error>
    where
        M2: Model<Element = M::Element, Sites = M::Sites>,
        G2: Guide<Element = M::Element, Sites = G::Sites>,
    {
        // What the run remembers of these arguments must not outlive them, nor be taken for them.
        self.run.forget_arguments();
        let step = self.next_step();
        let recorded = record(&model, &guide, &mut self.objective, &mut self.run, step);
        self.run.forget_arguments();
        self.attempts += 1;
        self.run.checked |= recorded.is_ok();
        self.apply(recorded?)
    }

    fn next_step(&self) -> Occasion {
        Occasion::new(Purpose::Step, self.attempts)
    }

    /// Records a step with the session's programs: its gradient is then in the tape.
    pub(super) fn record(&mut self) -> Result<Step, Error> {
        let step = self.next_step();
        let recorded = record(&self.model, &self.guide, &mut self.objective, &mut self.run, step);
        self.attempts += 1;
        self.run.checked |= recorded.is_ok();
        recorded
    }

    /// Moves the parameters along the gradient of the recording.
    pub(super) fn apply<S>(&mut self, step: S) -> Result<S, Error> {
        self.collect_gradient()?;
        self.optimiser.update(&self.rows, &self.gradient, &mut self.run.params.values);
        Ok(step)
    }

    /// Copies the gradient of the recording, and notes which rows it has; these count it as an update.
    pub(super) fn collect_gradient(&mut self) -> Result<(), Error> {
        let n = self.run.params.values.len();
        if self.gradient.len() != n {
            self.optimiser.check().map_err(|what| Error::Setup { what })?;
            self.gradient.resize(n, num_traits::Zero::zero());
            self.updates.resize(n, 0);
            self.optimiser.resize(n);
        }
        let Svi { run, gradient, rows, updates, .. } = self;
        rows.clear();
        run.each_gradient(|offset, values| {
            if values.is_empty() {
                return;
            }
            match values {
                [one] => gradient[offset] = *one,
                many => gradient[offset..offset + many.len()].copy_from_slice(many),
            }
            updates[offset] += 1;
            let count = updates[offset];
            let range = offset..offset + values.len();
            match rows.last_mut() {
                Some(last) if last.range().end == range.start && last.count() == count => {
                    *last = Rows::new(last.range().start..range.end, count);
                }
                _ => rows.push(Rows::new(range, count)),
            }
        });
        Ok(())
    }

    /// Estimates the loss at the current parameters, without changing them, as the mean of `draws` runs of the programs,
    /// and the standard error of that mean.
    ///
    /// Subsampled plates are visited whole.
    ///
    /// # Errors
    ///
    /// As [`step`](Svi::step); also if `draws` is zero.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.evaluate(500)?;
    /// assert!((found.loss - 330f64.ln()).abs() < 5.0 * found.standard_error);
    /// assert_eq!(svi.evaluate(0).unwrap_err().to_string(), "expected at least one draw, got 0");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn evaluate(&mut self, draws: usize) -> Result<Evaluation, Error> {
        if draws == 0 {
            return Err(Error::Setup { what: "expected at least one draw, got 0".to_owned() });
        }
        self.objective.check().map_err(|what| Error::Setup { what })?;
        let behaviour = Behaviour { whole_plates: true, differentiates: false, ..self.objective.behaviour() };
        let particles = self.objective.particles();
        let (mut mean, mut squares) = (0.0, 0.0);
        for k in 0..draws {
            self.run.occasion = Occasion::new(Purpose::Evaluation, k as u64);
            let loss = self.value(behaviour, particles)?;
            self.run.checked = true;
            let d = loss - mean;
            mean += d / (k + 1) as f64;
            squares += d * (loss - mean);
        }
        let n = draws as f64;
        let standard_error = if draws > 1 { (squares / (n - 1.0) / n).sqrt() } else { f64::NAN };
        Ok(Evaluation { loss: mean, standard_error })
    }

    /// Estimates the loss from one draw.
    fn value(&mut self, behaviour: Behaviour, particles: usize) -> Result<f64, Error> {
        let Svi { model, guide, run, objective, .. } = self;
        if !run.apart.needed {
            run.apart.on = false;
            let outcome = run_both(model, guide, run, behaviour, particles);
            if !run.apart.needed {
                outcome?;
                let loss = objective.value(run)?.loss;
                return match loss.is_finite() {
                    true => Ok(loss),
                    false => Err(explain(model, guide, run, behaviour, particles, loss)),
                };
            }
        }
        Ok(Apart { model, guide, run, behaviour }.value(objective)?.loss)
    }

    /// Returns the parts of the loss by site, of the last step or evaluation (none if something else was asked since).
    ///
    /// Where particles have unequal weights, each site's part is weighed by them, and one more part is named `(weights)`: by
    /// how much the loss exceeds that of the sites, which is the divergence of the weights from equal ones for an
    /// importance-weighted bound.
    ///
    /// # Units
    ///
    /// Nats, as contributions to the loss: the parts sum to it.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let step = svi.step()?;
    /// let parts = svi.parts();
    /// let p = parts.iter().find(|part| part.site == "p").unwrap();
    /// // The divergence of Beta(9, 4) from the prior.
    /// assert!(!p.observed && (p.loss - step.kl).abs() < 1e-12);
    /// let total: f64 = parts.iter().map(|part| part.loss).sum();
    /// assert!((total - step.loss).abs() < 1e-12);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn parts(&self) -> Vec<SitePart> {
        let mut parts: Vec<SitePart> = Vec::new();
        if self.run.apart.on {
            self.run.apart.each_part(|observed, site, loss| {
                let site = self.run.part_name(observed, site).to_owned();
                parts.push(SitePart { site, observed, loss });
            });
            return parts;
        }
        for term in &self.run.trace.terms {
            let observed = term.part == Part::Likelihood;
            // What is left of a site that was summed out is reported under its name, among the latent ones.
            let name = self.run.part_name(observed, term.site);
            let Some(value) = self.objective.contribution(&self.run, term) else { continue };
            match parts.iter_mut().find(|p| p.observed == observed && p.site == name) {
                Some(part) => part.loss += value,
                None => parts.push(SitePart { site: name.to_owned(), observed, loss: value }),
            }
        }
        if let Some(loss) = self.objective.remainder(&self.run) {
            parts.push(SitePart { site: WEIGHTS.to_owned(), observed: false, loss });
        }
        parts
    }

    /// Returns how the last step or evaluation summed out the model's discrete sites, and what that cost.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.step()?;
    /// // The coin has no discrete site.
    /// assert_eq!(svi.elimination().cost(), 0.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn elimination(&self) -> crate::EliminationReport {
        crate::EliminationReport::of(&self.run)
    }

    /// Returns the parameters by name, in constrained space; there are none before the first step.
    ///
    /// # Shapes
    ///
    /// `[plates.., event..]`.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.step()?;
    /// assert!(svi.parameters().names().eq(["a", "b"]));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn parameters(&self) -> Parameters {
        Parameters::of(&self.run)
    }

    /// Sets a parameter, in constrained space. The optimiser's state stays as it is.
    ///
    /// Before the first step, the programs are run once to learn which parameters there are.
    ///
    /// # Shapes
    ///
    /// `[plates.., event..]`, as [`parameters`](Svi::parameters) returns it.
    ///
    /// # Errors
    ///
    /// If there is no parameter of this name (the error suggests the nearest), its shape is another one, or the value is
    /// outside of its support; then nothing changes.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.set_parameter("a", 3.0)?;
    /// assert!((svi.parameters().get("a")?[[]] - 3.0).abs() < 1e-15);
    /// let error = svi.set_parameter("a", -3.0).unwrap_err();
    /// assert_eq!(error.to_string(), "parameter `a`: is set outside Positive: the value is -3, expected a number above 0");
    /// let error = svi.set_parameter("a", [3.0, 3.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "parameter `a`: expected a value of shape [], got [2]");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn set_parameter(&mut self, name: &str, value: impl IntoArray) -> Result<(), Error> {
        let find = |run: &Run<M::Element>| {
            let made = |number: u32| run.params.params.get(number as usize).is_some_and(|p| p.made);
            run.addresses.all(Subject::Parameter).find(|&(k, text)| text == name && made(k)).map(|(k, _)| k)
        };
        if find(&self.run).is_none() {
            crate::density::initialise(&mut self.run, &self.model, &self.guide)?;
        }
        let Some(number) = find(&self.run) else {
            let known = self.run.addresses.all(Subject::Parameter).map(|(_, text)| text);
            return Err(Error::unknown("parameter", "in this session", name, known));
        };
        let set = self.run.set_parameter(number, &value.into_array());
        set.map_err(|detail| Error::Value { parameter: name.to_owned(), detail })
    }

    /// Returns a guide on other data at the current parameters, to draw from, with a model on those data.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// // The same programs stand for ones on other data here.
    /// let draws = svi.posterior_on(&coin, &proposal).predictive(10)?;
    /// assert_eq!(draws, svi.posterior().predictive(10)?);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn posterior_on<'a, M2, G2>(&'a mut self, model: &'a M2, guide: &'a G2) -> Posterior<'a, M2, G2>
    where
        M2: Model<Element = M::Element>,
        M2::Sites: GuidedBy<G2::Sites>,
        G2: Guide<Element = M::Element>,
    {
        Posterior::foreign(model, guide, &mut self.run)
    }

    /// Returns the guide at the current parameters, to draw from.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.posterior().draws(100)?.count(), 100);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn posterior(&mut self) -> Posterior<'_, M, G> {
        Posterior::new(&self.model, &self.guide, &mut self.run)
    }
}

/// The part of the loss that belongs to no site; no site can have this name.
const WEIGHTS: &str = "(weights)";

/// An estimate of the loss.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let one = svi.evaluate(1)?;
/// assert!(one.loss.is_finite() && one.standard_error.is_nan());
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean over the draws.
    pub loss: f64,
    /// The standard error of the mean (NaN for one draw).
    pub standard_error: f64,
}

/// The contribution of one site to the loss.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// svi.step()?;
/// let names: Vec<String> = svi.parts().into_iter().map(|part| part.site).collect();
/// assert_eq!(names, ["p", "heads"]);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SitePart {
    /// The site's address, or `(weights)`.
    pub site: String,
    /// Whether it is an observed site: then the contribution is the negative log-likelihood, else the divergence.
    pub observed: bool,
    /// The contribution in nats; the contributions of all sites sum to the loss.
    pub loss: f64,
}

/// Runs the programs, seeds the objective and sweeps back: the gradient is then in the tape.
pub(super) fn record<E, M, G, O>(
    model: &M,
    guide: &G,
    objective: &mut O,
    run: &mut Run<E>,
    occasion: Occasion,
) -> Result<Step, Error>
where
    E: Element,
    M: Model<Element = E>,
    G: Guide<Element = E>,
    O: Objective<E>,
{
    objective.check().map_err(|what| Error::Setup { what })?;
    run.occasion = occasion;
    let behaviour = objective.behaviour();
    let particles = objective.particles();
    // An evaluation in which a program panicked has left it off.
    run.tape.differentiates = true;
    run.apart.on = false;
    run.retrace.wanted = true;
    let outcome = match run.apart.needed {
        true => Ok(()),
        false => run_both(model, guide, run, behaviour, particles),
    };
    // The first run of a session may be what shows that its programs have concrete sites.
    if run.apart.needed {
        return Apart { model, guide, run, behaviour }.record(objective);
    }
    outcome?;
    let step = objective.seed(run)?;
    if !step.loss.is_finite() {
        return Err(explain(model, guide, run, behaviour, particles, step.loss));
    }
    run.tape.sweep();
    if run.recorded_gradient_is_finite() {
        Ok(step)
    } else {
        Err(explain(model, guide, run, behaviour, particles, step.loss))
    }
}

/// Runs the programs, and until a step has succeeded each time once more to look for parameters and values that their distributions cannot
/// have although the densities are finite: weights that do not sum to one, for example.
pub(crate) fn run_both<E, M, G>(
    model: &M,
    guide: &G,
    run: &mut Run<E>,
    behaviour: Behaviour,
    particles: usize,
) -> Result<(), Error>
where
    E: Element,
    M: Model<Element = E>,
    G: Guide<Element = E>,
{
    if !run.checked && behaviour.checks == Checks::Nothing {
        let checking = Behaviour { checks: Checks::Silent, differentiates: false, ..behaviour };
        let outcome = run_once(model, guide, run, checking, particles);
        if run.apart.needed && !run.apart.on {
            // It was learnt just now that the particles must be run apart, which the caller does next.
            return Ok(());
        }
        outcome?;
    }
    run_once(model, guide, run, behaviour, particles)
}

fn run_once<E, M, G>(
    model: &M,
    guide: &G,
    run: &mut Run<E>,
    behaviour: Behaviour,
    particles: usize,
) -> Result<(), Error>
where
    E: Element,
    M: Model<Element = E>,
    G: Guide<Element = E>,
{
    run.begin(behaviour, particles);
    run.execute(0, || guide.run());
    run.execute(1, || model.run());
    if run.retraced() {
        return Ok(());
    }
    run.settle_rest();
    run.eliminate();
    run.average();
    let outcome = run.outcome();
    run.end_noting(outcome.is_ok());
    outcome
}

/// Runs the programs of the same step again with every site checked, and says what went wrong first.
#[cold]
pub(super) fn explain<E, M, G>(
    model: &M,
    guide: &G,
    run: &mut Run<E>,
    behaviour: Behaviour,
    particles: usize,
    loss: f64,
) -> Error
where
    E: Element,
    M: Model<Element = E>,
    G: Guide<Element = E>,
{
    let bad_parameter = if loss.is_finite() { run.first_bad_gradient() } else { None };
    let checking = Behaviour {
        checks: Checks::Everything,
        closed_divergences: false,
        differentiates: false,
        keeps_elements: true,
        ..behaviour
    };
    if let Err(error) = run_both(model, guide, run, checking, particles) {
        return error;
    }
    match (run.first_bad_term(), bad_parameter) {
        (Some(detail), _) => Error::NotFinite { what: format!("the loss ({loss})"), detail },
        (None, Some(detail)) => {
            let Behaviour { closed_divergences, differentiates, .. } = behaviour;
            let sweeping = Behaviour { closed_divergences, differentiates, ..checking };
            let blamed = run_both(model, guide, run, sweeping, particles).ok().and_then(|()| run.blame());
            blamed.unwrap_or(Error::NotFinite { what: "a gradient".to_owned(), detail })
        }
        (None, None) => Error::NotFinite {
            what: format!("the loss ({loss})"),
            detail: "every site alone is finite".to_owned(),
        },
    }
}

impl<E: Element> Run<E> {
    /// Adds the terms of proposals that no site of the model met; only auxiliary ones may be left.
    pub(crate) fn settle_rest(&mut self) {
        for k in 0..self.trace.order.len() {
            let site = self.trace.order[k];
            if !self.entry(site).answered && self.tape.error.is_none() {
                let name = self.addresses.text(Subject::Site, site);
                let detail = format!("the guide proposes `{name}`, which is not a latent site of the model");
                self.tape.fail(Error::Guide { detail });
            }
            if self.behaviour.terms {
                self.settle(site);
            }
        }
    }

    /// Returns whether the gradient of the recording is finite.
    pub(super) fn recorded_gradient_is_finite(&self) -> bool {
        // Where there are few adjoints, one look at all of them mostly tells.
        const FEW: usize = 256;
        if self.tape.adjoints().len() <= FEW && vector::total(self.tape.adjoints()).is_finite() {
            return true;
        }
        // A sum is finite unless an element is not, or the sum overflows, which is as bad.
        let sum = |&number: &u32| match self.gradient_of(number) {
            few if few.len() <= 16 => few.iter().copied().sum::<E>(),
            many => vector::sum(many),
        };
        self.params.used.iter().map(sum).sum::<E>().is_finite()
    }

    pub(super) fn first_bad_gradient(&self) -> Option<String> {
        self.params.used.iter().find_map(|&number| {
            let gradient = self.gradient_of(number);
            let bad = gradient.iter().position(|g| !g.is_finite())?;
            let name = self.name_parameter(number, bad);
            Some(format!("{name} has the gradient {}", gradient[bad]))
        })
    }

    pub(crate) fn first_bad_term(&self) -> Option<String> {
        self.trace.terms.iter().find_map(|term| {
            let values = self.tape.value(term.node);
            let at = values.iter().position(|v| !v.is_finite())?;
            Some(format!("{} is {}{}", self.name_term(term, at), values[at], self.values_in(term, at)))
        })
    }
}
