//! What is known of the sites that a model sums out: their posterior probabilities, draws, and likeliest values.

use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::posterior::{DRAWS, Posterior, at_least_one};
use crate::program::address::Subject;
use crate::program::pass::Pass;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::trace::Part;
use crate::program::{Guide, Model};
use crate::random::Key;
use crate::results::{Draws, Marginals};
use crate::svi::core::Core;
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::blocks::GROUP;
use crate::tape::ops::log_sum::Semiring;
use ndarray::{ArrayD, Axis};

/// The guide draws, and the model's terms are kept so that its discrete sites can be eliminated.
/// The most draws that are made side by side: each carries the model's factors.
const CHUNK: usize = GROUP;

impl<M: Model, G: Guide<Element = M::Element>> Posterior<'_, M, G> {
    /// Returns the posterior probabilities of every site that the model sums out, given the data: the mean over `n` draws
    /// of the guide's sites, exact where the guide draws nothing.
    ///
    /// They are the gradient of the log-evidence by the logarithms of the factors.
    ///
    /// # Shapes
    ///
    /// `[plates.., outcomes]` for each site; a site of a chain has the time before its outcomes, all of which are zero in the
    /// steps behind its end.
    ///
    /// # Errors
    ///
    /// If `n` is zero, a program or its data is wrong, or the evidence is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::{Bernoulli, Normal};
    /// use ppl_runtime::support::Boolean;
    /// use ppl_runtime::{Elbo, Svi, optim::Adam};
    /// use ppl_runtime::__private::{Name, guide, model, model_site, observe};
    ///
    /// // What `#[model] fn coin() { let b = sample!("b", Bernoulli::new(0.3), enumerate); .. }` gives.
    /// let coin = model::<ppl_runtime::AnyGuide, f64, _, _>(|| {
    ///     let b = model_site::<f64, Boolean, _>(Name::new("b"), Bernoulli::new(0.3)).enumerated().draw();
    ///     observe::<f64, _, _>(Name::new("x"), Normal::new(b.to_real() * 2.0, 1.0), 1.5);
    /// });
    /// let nothing = guide::<(), f64, _, _>(|| ());
    /// let mut svi = Svi::new(coin, nothing, Elbo::default(), Adam::new(0.01));
    /// let found = svi.posterior().marginals(1)?;
    /// assert!((found.get("b").unwrap()[[1]] - 0.5381015262).abs() < 1e-9);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn marginals(&mut self, n: usize) -> Result<Marginals, Error> {
        let (programs, core) = self.parts();
        M::Element::marginals(programs, core, n)
    }

    /// Returns `n` draws of every site that the model sums out, jointly from their exact posterior given the data and a
    /// draw of the guide's sites: draw `k` goes with draw `k` of [`draws`](Posterior::draws).
    ///
    /// # Shapes
    ///
    /// `[n, plates..]` for each site; a site of a chain has the time as its last dimension, and is NaN in the steps behind
    /// its end.
    ///
    /// # Errors
    ///
    /// As [`marginals`](Posterior::marginals).
    pub fn assignments(&mut self, n: usize) -> Result<Draws, Error> {
        let (programs, core) = self.parts();
        M::Element::assignments(programs, core, n, true)
    }

    /// Returns the most probable joint values of the sites that the model sums out, for each of `n` draws of the guide's
    /// sites (one is enough where the guide draws nothing). Of values that are equally probable the first is taken.
    ///
    /// # Shapes
    ///
    /// As [`assignments`](Posterior::assignments).
    ///
    /// # Errors
    ///
    /// As [`marginals`](Posterior::marginals).
    pub fn likeliest(&mut self, n: usize) -> Result<Draws, Error> {
        let (programs, core) = self.parts();
        M::Element::assignments(programs, core, n, false)
    }
}

/// Returns the posterior probabilities of every site that the model sums out.
pub(crate) fn marginals<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<Marginals, Error> {
    let mut sums: Vec<(String, ArrayD<f64>)> = Vec::new();
    conditionals(programs, core, n, &|_| Semiring::Sum, |_, site, array| {
        let total = array.sum_axis(Axis(0));
        match sums.iter_mut().find(|(name, _)| name == site) {
            Some((_, sum)) => *sum += &total,
            None => sums.push((site.to_owned(), total)),
        }
    })?;
    for (_, sum) in &mut sums {
        *sum /= n as f64;
    }
    Ok(Marginals::new(sums))
}

/// Returns values of the sites that the model sums out: drawn, or the most probable ones.
pub(crate) fn assignments<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
    drawn: bool,
) -> Result<Draws, Error> {
    let semiring: &dyn Fn(Key) -> Semiring = match drawn {
        true => &|key| Semiring::Draw(key.streams(0).first()),
        false => &|_| Semiring::Max,
    };
    let mut all: Vec<(String, Vec<ArrayD<f64>>)> = Vec::new();
    conditionals(programs, core, n, semiring, |_, site, array| {
        // One outcome of each row is one, and none behind the end of a chain.
        let last = array.ndim() - 1;
        let chosen = |row: ndarray::ArrayView1<'_, f64>| {
            row.iter().position(|&p| p > 0.5).map_or(f64::NAN, |outcome| outcome as f64)
        };
        let chosen = array.map_axis(Axis(last), chosen);
        match all.iter_mut().find(|(name, _)| name == site) {
            Some((_, arrays)) => arrays.push(chosen),
            None => all.push((site.to_owned(), vec![chosen])),
        }
    })?;
    let mut draws = Draws::new();
    for (name, arrays) in all {
        let views: Vec<_> = arrays.iter().map(|a| a.view()).collect();
        let whole = ndarray::concatenate(Axis(0), &views).map_err(|_| Error::Setup {
            what: format!("site `{name}` does not have the same shape in every draw"),
        })?;
        draws.insert(&name, whole).map_err(|e| Error::Setup { what: e.to_string() })?;
    }
    Ok(draws)
}

/// Runs both programs for `n` draws and shows the weights of each summed site: `[draws, plates.., outcomes]`.
fn conditionals<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
    semiring: &dyn Fn(Key) -> Semiring,
    mut show: impl FnMut(usize, &str, ArrayD<f64>),
) -> Result<(), Error> {
    at_least_one(n)?;
    let run = &mut core.run;
    let mut seen = Seen::default();
    let mut done = 0;
    while done < n {
        let apart = run.session.apart.needed;
        let particles = if apart { 1 } else { CHUNK.min(n - done) };
        // As the posterior's draws: of particles that are run apart, each has its own key.
        run.session.occasion = DRAWS.starting_at(if apart { 0 } else { done });
        run.session.apart.particle = if apart { done } else { 0 };
        run.tape.semiring = semiring(run.session.key().of_particle(done));
        run.begin(Pass::CONDITIONAL, particles);
        let outcome = run.run_conditionally(programs);
        run.tape.semiring = Semiring::Sum;
        run.session.apart.end();
        if run.session.apart.needed && !apart {
            // The particles of a program with concrete sites do not share a run; nothing was shown of this one.
            continue;
        }
        outcome?;
        for k in 0..run.trace.enumerations.len() {
            let found = run.trace.enumerations[k];
            let Some(probe) = found.probe else { continue };
            let name = run.session.addresses.text(Subject::Site, found.site).to_owned();
            seen.count(&name, particles);
            show(done, &name, run.outcomes_array(probe, found.axis, particles));
        }
        done += particles;
    }
    seen.check(n)
}

/// In how many draws each site was summed out.
#[derive(Default)]
struct Seen(Vec<(String, usize)>);

impl Seen {
    fn count(&mut self, name: &str, particles: usize) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += particles,
            None => self.0.push((name.to_owned(), particles)),
        }
    }

    /// Refuses sites that some draws do not have, for which there is no mean and no array.
    fn check(&self, n: usize) -> Result<(), Error> {
        match self.0.iter().find(|(_, count)| *count != n) {
            None => Ok(()),
            Some((name, count)) => {
                let what =
                    format!("site `{name}` is summed out in {count} of {n} draws; the others do not have it");
                Err(Error::Setup { what })
            }
        }
    }
}

impl<E: Element> Run<E> {
    /// Draws the model's discrete sites from their joint posterior, and gives the quantities their values there.
    pub(crate) fn assign_jointly(&mut self, programs: Programs<'_>) -> Result<(), Error> {
        let first = self.session.occasion.particle + self.session.apart.particle;
        self.tape.semiring = Semiring::Draw(self.session.key().of_particle(first).streams(0).first());
        let outcome = self.run_conditionally(programs);
        self.tape.semiring = Semiring::Sum;
        outcome?;
        self.assign_quantities();
        Ok(())
    }

    /// Eliminates the model's discrete sites after runs of both programs, and sweeps back to their probes.
    fn run_conditionally(&mut self, programs: Programs<'_>) -> Result<(), Error> {
        self.execute_both(programs);
        self.settle_rest();
        self.eliminate();
        self.outcome()?;
        self.tape.clear_adjoints();
        for k in 0..self.trace.terms.len() {
            let term = self.trace.terms[k];
            if !matches!(term.part, Part::Evidence | Part::Marginal) {
                continue;
            }
            if let Some(bad) = self.tape.value(term.node).iter().find(|v| !v.is_finite()) {
                let site = self.session.addresses.text(Subject::Site, term.site);
                let what = format!("the evidence of site `{site}`");
                let detail = format!("its logarithm is {bad} ({})", term.place);
                return Err(Error::NotFinite { what, detail });
            }
            if self.tape.node(term.node).has_gradient() {
                self.tape.adjoint_mut(term.node).fill(E::one());
            }
        }
        self.tape.sweep();
        Ok(())
    }

    /// Returns the adjoint of a probe as an array `[particles, plates.., outcomes]`.
    fn outcomes_array(
        &self,
        probe: crate::tape::node::NodeId,
        axis: crate::tape::axes::Axis,
        particles: usize,
    ) -> ArrayD<f64> {
        let node = self.tape.node(probe);
        let outcomes = self.tape.sizes[axis.0 as usize] as usize;
        let adjoint = self.tape.adjoint(probe);
        let size = |set: AxisSet| -> Vec<usize> {
            set.iter().map(|a| self.tape.sizes[a.0 as usize] as usize).collect()
        };
        let plates = size(node.axes.intersection(AxisSet::PLATES));
        let mut shape = vec![if node.axes.contains(PARTICLES) { particles } else { 1 }, outcomes];
        shape.extend(&plates);
        let values = adjoint.iter().map(|v| v.as_f64()).collect();
        let array = ArrayD::from_shape_vec(shape.as_slice(), values)
            .unwrap_or_else(|_| ArrayD::zeros(shape.as_slice()));
        // The outcomes lie before the plates in the layout, and behind them for people.
        let mut order: Vec<usize> = (0..shape.len()).filter(|&d| d != 1).collect();
        order.push(1);
        array.permuted_axes(order).as_standard_layout().into_owned()
    }
}
