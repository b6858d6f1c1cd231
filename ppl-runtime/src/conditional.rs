//! Runs that look for the posterior of what the model sums out, given each of the guide's draws.

use crate::element::Element;
use crate::error::Error;
use crate::posterior::{DRAWS, at_least_one};
use crate::program::address::Subject;
use crate::program::pass::{Pass, Probes};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::random::Key;
use crate::results::Marginals;
use crate::svi::core::Core;
use crate::tape::axes::{Axis, AxisSet, PARTICLES};
use crate::tape::blocks::GROUP;
use crate::tape::node::NodeId;
use crate::tape::ops::log_sum::Semiring;
use ndarray::{ArrayD, Axis as Dimension};

/// The most draws that are made side by side: each carries the model's factors.
const CHUNK: usize = GROUP;

/// What is read of the posterior given some draws, of which the first has this number.
pub(crate) type Read<'a, E> = &'a mut dyn FnMut(&mut Run<E>, usize, &mut Seen);

/// Runs both programs for `n` draws of the guide, a chunk at a time, and sweeps back to the probes of what the model sums out.
pub(crate) fn each_conditional<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
    (pass, semiring): (Pass, &dyn Fn(Key) -> Semiring),
    read: Read<'_, E>,
) -> Result<(), Error> {
    at_least_one(n)?;
    let run = &mut core.run;
    run.session.left_out.clear();
    let mut seen = Seen::default();
    let mut done = 0;
    while done < n {
        let apart = run.session.apart.needed;
        let particles = if apart { 1 } else { CHUNK.min(n - done) };
        // As the posterior's draws: of particles that are run apart, each has its own key.
        run.session.occasion = DRAWS.starting_at(if apart { 0 } else { done });
        run.session.apart.particle = if apart { done } else { 0 };
        run.tape.semiring = semiring(run.session.key().of_particle(done));
        run.begin(pass, particles);
        let outcome = run.run_conditionally(programs);
        run.tape.semiring = Semiring::Sum;
        run.session.apart.end();
        if run.session.apart.needed && !apart {
            // The particles of a program with concrete sites do not share a run; nothing was read of this one.
            continue;
        }
        outcome?;
        read(run, done, &mut seen);
        done += particles;
    }
    seen.check(n)
}

/// Sums of probabilities over draws, by site.
#[derive(Default)]
pub(crate) struct Sums(Vec<(String, ArrayD<f64>)>);

impl Sums {
    /// Adds the probabilities of a site in several draws.
    pub(crate) fn add(&mut self, site: String, array: &ArrayD<f64>) {
        let total = array.sum_axis(Dimension(0));
        match self.0.iter_mut().find(|(name, _)| *name == site) {
            Some((_, sum)) => *sum += &total,
            None => self.0.push((site, total)),
        }
    }

    /// Returns the mean over `n` draws. What has no probability at all in the last `outcomes` dimensions is behind the end of a chain: it is not there.
    pub(crate) fn mean(self, n: usize, outcomes: usize) -> Marginals {
        let mean = |(name, sum): (String, ArrayD<f64>)| {
            let mut mean = (sum / n as f64).as_standard_layout().into_owned();
            let width = mean.shape()[mean.ndim() - outcomes..].iter().product::<usize>().max(1);
            if let Some(values) = mean.as_slice_mut() {
                for row in values.chunks_exact_mut(width).filter(|row| row.iter().all(|&p| p == 0.0)) {
                    row.fill(f64::NAN);
                }
            }
            (name, mean)
        };
        Marginals::new(self.0.into_iter().map(mean).collect())
    }
}

/// In how many draws each site was summed out.
#[derive(Default)]
pub(crate) struct Seen(Vec<(String, usize)>);

impl Seen {
    pub(crate) fn count(&mut self, name: &str, particles: usize) {
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
    /// Eliminates the model's discrete sites after runs of both programs, and sweeps back to the probes.
    pub(crate) fn run_conditionally(&mut self, programs: Programs<'_>) -> Result<(), Error> {
        self.execute_both(programs);
        self.settle_rest();
        self.eliminate();
        self.outcome()?;
        self.tape.clear_adjoints();
        for k in 0..self.trace.terms.len() {
            let term = self.trace.terms[k];
            if !term.is_of_sum() {
                continue;
            }
            if let Some(bad) = self.tape.value(term.node).iter().find(|v| !v.is_finite()) {
                let site = self.session.addresses.text(Subject::Site, term.site);
                let what = format!("the evidence of site `{site}`");
                let detail = format!("its logarithm is {bad} ({})", term.place);
                return Err(Error::NotFinite { what, detail });
            }
            if self.tape.node(term.node).has_gradient() {
                // The posterior of an element is that of one of those that are alike; what is added up over all of them counts each.
                let alike = match self.pass.probes() {
                    Some(Probes::Factors) => self.alike(&term),
                    _ => 1.0,
                };
                self.tape.adjoint_mut(term.node).fill(E::of(alike));
            }
        }
        self.tape.sweep();
        Ok(())
    }

    /// Returns how many elements of its plates each element of a term stands for.
    pub(crate) fn alike(&self, term: &Term) -> f64 {
        let plates = term.open.minus(self.tape.node(term.node).axes).intersection(AxisSet::PLATES);
        self.tape.elements_of(plates)
    }

    /// Returns the adjoint of a probe as an array `[particles, plates.., outcomes..]`, with the outcomes along these axes; NaN where rows
    /// are not there.
    pub(crate) fn probabilities(
        &self,
        probe: NodeId,
        outcomes: &[Axis],
        running: Option<NodeId>,
    ) -> ArrayD<f64> {
        let node = self.tape.node(probe);
        let size = |axis: Axis| self.tape.sizes[axis.0 as usize] as usize;
        let inner: Vec<Axis> = node.axes.iter().filter(|&axis| axis != PARTICLES).collect();
        let mut shape = vec![if node.axes.contains(PARTICLES) { size(PARTICLES) } else { 1 }];
        shape.extend(inner.iter().map(|&axis| size(axis)));
        let mut values: Vec<f64> = self.tape.adjoint(probe).iter().map(|v| v.as_f64()).collect();
        if let Some(running) = running {
            self.tape.leave_out_ended(node.extent(), running, &mut values);
        }
        let array = ArrayD::from_shape_vec(shape.as_slice(), values)
            .unwrap_or_else(|_| ArrayD::zeros(shape.as_slice()));
        // The outcomes lie before the plates in the layout, and behind them for people.
        let place = |axis: &Axis| inner.iter().position(|of| of == axis).map(|at| at + 1);
        let mut order: Vec<usize> = (0..shape.len()).collect();
        order.retain(|&d| d == 0 || !outcomes.contains(&inner[d - 1]));
        order.extend(outcomes.iter().filter_map(place));
        array.permuted_axes(order).as_standard_layout().into_owned()
    }
}

impl Term {
    /// Returns whether it is what is left of a sum over the model's discrete sites.
    pub(crate) fn is_of_sum(&self) -> bool {
        matches!(self.part, Part::Evidence | Part::Marginal)
    }
}
