//! What is known of the sites that a model sums out: their posterior probabilities, draws, and likeliest values.

use crate::conditional::{Sums, each_conditional};
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::posterior::Posterior;
use crate::program::address::Subject;
use crate::program::joint::of_elements;
use crate::program::pass::Pass;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::{Guide, Model};
use crate::random::Key;
use crate::results::{Draws, LeftOut, Marginals, worth_saying};
use crate::svi::core::Core;
use crate::tape::ops::log_sum::Semiring;
use ndarray::{ArrayD, Axis};

impl<M: Model, G: Guide<Element = M::Element>> Posterior<'_, M, G> {
    /// Returns the posterior probabilities of every site that the model sums out, given the data: the mean over `n` draws
    /// of the guide's sites, exact where the guide draws nothing.
    ///
    /// They are the gradient of the log-evidence by the logarithms of the factors.
    ///
    /// # Shapes
    ///
    /// `[plates.., outcomes]` for each site; a site of a chain has the time before its outcomes, all of which are NaN in the
    /// steps behind its end. Of a step that only some draws have, they sum to the share of these draws.
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
    let mut sums = Sums::default();
    conditionals(programs, core, n, &|_| Semiring::Sum, &mut |site, array| sums.add(site, &array))?;
    Ok(sums.mean(n, 1))
}

/// Shows the weights of each site that the model sums out: `[draws, plates.., outcomes]`.
fn conditionals<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
    semiring: &dyn Fn(Key) -> Semiring,
    show: &mut dyn FnMut(String, ArrayD<f64>),
) -> Result<(), Error> {
    each_conditional(programs, core, n, (Pass::CONDITIONAL, semiring), &mut |run, _, seen| {
        for k in 0..run.trace.enumerations.len() {
            let found = run.trace.enumerations[k];
            let Some(probe) = found.probe else { continue };
            let name = run.session.addresses.text(Subject::Site, found.site).to_owned();
            seen.count(&name, run.particles());
            let probabilities = run.probabilities(probe, &[found.axis], found.running);
            let event = run.tape.node(found.outcomes).shape;
            show(name, if event.rank() == 0 { probabilities } else { of_elements(&probabilities, event) });
        }
    })
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
    conditionals(programs, core, n, semiring, &mut |site, array| {
        // One outcome of each row is one, and none behind the end of a chain.
        let last = array.ndim() - 1;
        let chosen = |row: ndarray::ArrayView1<'_, f64>| {
            row.iter().position(|&p| p > 0.5).map_or(f64::NAN, |outcome| outcome as f64)
        };
        let chosen = array.map_axis(Axis(last), chosen);
        match all.iter_mut().find(|(name, _)| *name == site) {
            Some((_, arrays)) => arrays.push(chosen),
            None => all.push((site, vec![chosen])),
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
    let names = draws.names().map(str::to_owned).collect();
    let notes = worth_saying(&core.run.session.left_out()).map(LeftOut::to_string).collect();
    Ok(draws.with_integers(names).with_notes(notes))
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
}
