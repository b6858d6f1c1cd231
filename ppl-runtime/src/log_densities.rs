//! The log-densities of draws of a guide: its own, the model's joint one, and the log-weights that they make.

use crate::density::log_sum;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::kernel::vector;
use crate::posterior::{DRAWS, Posterior, at_least_one, collect};
use crate::program::pass::{Listener, Pass};
use crate::program::paths::MOST_PATHS;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::program::{Guide, Model};
use crate::results::LogDensities;
use crate::svi::core::Core;
use crate::tape::axes::PARTICLES;

impl<M: Model, G: Guide<Element = M::Element>> Posterior<'_, M, G> {
    /// Returns the log-densities of `n` draws of the guide: its own, `log q(z)`, that of the model and its data, `log p(x, z)`, and the
    /// log-weights, which are their difference. Number `k` is of draw `k` of [`draws`](Posterior::draws).
    ///
    /// Both are whole: subsampled plates are visited whole, sites that the model sums out are summed out exactly, also over the
    /// paths of concrete ones, what a mask leaves out is in neither density, a `factor!` counts, `weight(..)` counts as one, and a
    /// `penalty!` is in no density. [`scale`](crate::Handlers::scale) scales the model's density alone. A site that
    /// [`block`](crate::Handlers::block) hides is drawn from the model and is in neither. `noise!` has its value for evaluation;
    /// without one it is drawn, and both densities are conditional on it, which leaves the expectation of the weights the
    /// evidence.
    ///
    /// A `Delta` has no density beside that of the site that it answers. Where it hands on draws of `auxiliary` sites, `log q` is
    /// the density of these, which is that of the sites that get them.
    ///
    /// # Errors
    ///
    /// If `n` is zero, a program or its data is wrong, or a density is no number. If the guide has no density of the model's sites: it puts
    /// all probability of one at one value (`Delta` of a parameter), or has an `auxiliary` site that is not handed on as a whole.
    ///
    /// # Examples
    ///
    #[doc = include_str!("docs/coin.md")]
    /// let found = svi.posterior().log_densities(1_000)?;
    /// assert_eq!(found.log_weights(), found.log_joint() - found.log_guide());
    /// // The guide is the exact posterior: all weights are the evidence.
    /// assert!(found.log_weights().iter().all(|w| (w + 330f64.ln()).abs() < 1e-10));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn log_densities(&mut self, n: usize) -> Result<LogDensities, Error> {
        let (programs, core) = self.parts();
        M::Element::log_densities(programs, core, n)
    }
}

/// The log-densities of draws, for both programs.
struct Found {
    guide: Vec<f64>,
    joint: Vec<f64>,
}

/// Returns the log-densities of draws of the guide.
pub(crate) fn log_densities<E: Element>(
    programs: Programs<'_>,
    core: &mut Core<E>,
    n: usize,
) -> Result<LogDensities, Error> {
    at_least_one(n)?;
    let run = &mut core.run;
    let checked = Pass { listener: Listener::SilentFaults, ..Pass::WEIGHED };
    let mut found = Found { guide: vec![0.0; n], joint: vec![0.0; n] };
    run.session.occasion = DRAWS;
    run.session.apart.end();
    run.session.paths.reset();
    run.begin(checked, 1);
    run_weighed(run, programs);
    // In a program with concrete sites each draw may take a way of its own, and is checked by itself.
    let pass = if run.session.apart.needed {
        checked
    } else {
        run.outcome()?;
        run.refuse_no_weights()?;
        Pass::WEIGHED
    };
    collect(run, n, (pass, DRAWS), |_| Vec::new(), &mut |run| {
        if let Err(error) = run.find_log_densities(programs, &mut found) {
            run.tape.fail(error);
        }
    })?;
    Ok(LogDensities::new(found.guide, found.joint))
}

/// Runs both programs, and sums the model's discrete sites out.
pub(crate) fn run_weighed<E: Element>(run: &mut Run<E>, programs: Programs<'_>) {
    run.execute_both(programs);
    run.settle_rest();
    run.eliminate();
}

impl<E: Element> Run<E> {
    /// Finds the log-densities of the draws of the run that has begun.
    fn find_log_densities(&mut self, programs: Programs<'_>, found: &mut Found) -> Result<(), Error> {
        let (particles, pass) = (self.particles(), self.pass);
        self.session.paths.reset();
        // Each path of sites that the model sums over by running again is a term of a sum; without such sites there is one.
        let mut joints: Vec<Vec<f64>> = Vec::new();
        let guide = loop {
            run_weighed(self, programs);
            if self.session.apart.needed && particles > 1 {
                // The particles of a program with concrete sites do not share a run.
                return Ok(());
            }
            self.outcome()?;
            if pass.is_checked() && joints.is_empty() {
                self.refuse_no_weights()?;
            }
            let [guide, joint] = self.sums_by_particle(particles);
            joints.push(joint);
            if joints.len() > MOST_PATHS {
                return Err(self.too_many_paths());
            }
            if !self.session.paths.next_of_model() {
                break guide;
            }
            self.begin(pass, particles);
        };
        let of_draw = |k: usize| log_sum(&joints.iter().map(|path| path[k]).collect::<Vec<f64>>());
        let joint: Vec<f64> = (0..particles).map(of_draw).collect();
        self.refuse_bad_densities(programs, &guide, &joint, joints.len())?;
        let first = self.session.occasion.particle + self.session.apart.particle;
        found.guide[first..first + particles].copy_from_slice(&guide);
        found.joint[first..first + particles].copy_from_slice(&joint);
        Ok(())
    }

    /// Returns, for each particle, the sums of the terms of the guide and of the model.
    fn sums_by_particle(&self, particles: usize) -> [Vec<f64>; 2] {
        let mut sums = [vec![0.0; particles], vec![0.0; particles]];
        for term in &self.trace.terms {
            let which = match term.part {
                Part::Proposal => 0,
                Part::Penalty | Part::Floor => continue,
                _ => 1,
            };
            self.add_by_particle(term, &mut sums[which]);
        }
        sums
    }

    /// Adds to the sum of each particle its own part of a term.
    fn add_by_particle(&self, term: &Term, sums: &mut [f64]) {
        let axes = self.tape.node(term.node).axes;
        // A handler scales the model; in a step its bound is scaled as a whole, with the guide's terms.
        let scale = match term.part {
            Part::Proposal => self.tape.elements_of(term.open.minus(axes)),
            _ => term.scale,
        };
        // No density is certain: a scale of zero leaves out what would be infinite.
        if scale == 0.0 {
            return;
        }
        let values = self.tape.value(term.node);
        if axes.contains(PARTICLES) {
            let width = (values.len() / sums.len()).max(1);
            for (sum, row) in sums.iter_mut().zip(values.chunks_exact(width)) {
                *sum += scale * vector::sum_in_double(row);
            }
        } else {
            // Particles that are alike are among the elements that the scale counts.
            let share = scale * vector::sum_in_double(values) / sums.len() as f64;
            sums.iter_mut().for_each(|sum| *sum += share);
        }
    }

    /// Refuses log-densities that are no numbers. A draw may have no density in the model, unless its logarithm is beyond the number type.
    fn refuse_bad_densities(
        &mut self,
        programs: Programs<'_>,
        guide: &[f64],
        joint: &[f64],
        paths: usize,
    ) -> Result<(), Error> {
        let bad_guide = guide.iter().find(|q| !q.is_finite()).map(|q| ("guide", *q));
        let bad_joint = joint.iter().find(|p| p.is_nan() || **p == f64::INFINITY).map(|p| ("model", *p));
        let bad = bad_guide.or(bad_joint);
        let is_zero = joint.contains(&f64::NEG_INFINITY) && paths == 1;
        if bad.is_none() && !is_zero {
            return Ok(());
        }
        self.session.paths.reset();
        self.begin(Pass { listener: Listener::Faults, ..Pass::WEIGHED }, guide.len());
        run_weighed(self, programs);
        match (self.outcome(), bad) {
            (Err(error), Some(_)) | (Err(error @ Error::Overflow { .. }), None) => Err(error),
            (_, None) => Ok(()),
            (Ok(()), Some((program, value))) => {
                let what = format!("the log-density of the {program} at a draw ({value})");
                let detail = self.first_bad_term().unwrap_or_else(|| "every site alone is finite".to_owned());
                Err(Error::NotFinite { what, detail })
            }
        }
    }
}
