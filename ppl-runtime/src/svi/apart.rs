//! Steps of programs with concrete sites: one recording for each particle, and for each path of sites that are tried at
//! every value.
//!
//! With `q` the probability of a path of the guide and `L` its loss, the loss is the sum of `q L`, and its gradient the
//! sum of `q` times the gradient of `L`, and of `q L` times that of `log q`. The paths of the model under one path of the guide are the
//! terms of a sum of densities: `L` is minus the logarithm of the sum of `exp(-loss)`, and its gradient the mean of theirs by
//! their posterior probabilities.

use super::step::{explain, run_both};
use crate::element::Element;
use crate::error::Error;
use crate::objective::{BoundRows, Objective, Step};
use crate::program::address::Subject;
use crate::program::pass::Pass;
use crate::program::paths::MOST_PATHS;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::trace::Part;

/// The programs of a session, and the state that they run in.
pub(super) struct Apart<'a, E: 'static> {
    pub(super) programs: Programs<'a>,
    pub(super) run: &'a mut Run<E>,
    pub(super) pass: Pass,
    /// What rows have of the bound, if that is wanted.
    pub(super) rows: Option<&'a mut BoundRows>,
}

/// What the recordings of a step are made for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    /// The loss alone.
    Value,
    /// The costs of the score sites, which the baselines of other particles need.
    Costs,
    /// The gradient.
    Gradient,
}

/// What one path of the guide adds to the loss of a particle.
struct Total {
    probability: f64,
    step: Step,
    /// Under each path of the model its own loss, if there are such paths.
    losses: Vec<f64>,
}

impl<E: Element> Apart<'_, E> {
    /// Records a step: the sum of its gradients is then in the run.
    pub(super) fn record(&mut self, objective: &mut dyn Objective<E>) -> Result<Step, Error> {
        self.refuse(objective)?;
        let particles = objective.particles();
        loop {
            self.run.session.apart.begin(particles);
            let learnt = self.run.session.apart.has_scores;
            let recorded = self.passes(objective, particles, learnt);
            self.run.session.apart.end();
            // The baselines need the costs of all particles first, which is known as soon as there is a score site.
            let again = particles > 1 && self.run.session.apart.has_scores && !learnt;
            objective.finish(recorded.is_ok() && !again);
            if !again || recorded.is_err() {
                return recorded;
            }
        }
    }

    fn passes(
        &mut self,
        objective: &mut dyn Objective<E>,
        particles: usize,
        has_scores: bool,
    ) -> Result<Step, Error> {
        if particles > 1 && has_scores {
            for k in 0..particles {
                self.particle(objective, k, Wanted::Costs)?;
            }
            self.run.session.apart.noted = true;
        }
        self.mean(objective, particles, Wanted::Gradient)
    }

    /// Estimates the loss alone.
    pub(super) fn value(&mut self, objective: &mut dyn Objective<E>) -> Result<Step, Error> {
        self.refuse(objective)?;
        let particles = objective.particles();
        self.run.session.apart.begin(particles);
        let step = self.mean(objective, particles, Wanted::Value);
        self.run.session.apart.end();
        step
    }

    fn refuse(&self, objective: &dyn Objective<E>) -> Result<(), Error> {
        if objective.runs_apart() {
            return Ok(());
        }
        let what = "a program with a `concrete` site is run once for each particle, and this objective needs all particles \
                    in one run; use `Elbo`, or remove `concrete`";
        Err(Error::Setup { what: what.to_owned() })
    }

    fn mean(
        &mut self,
        objective: &mut dyn Objective<E>,
        particles: usize,
        wanted: Wanted,
    ) -> Result<Step, Error> {
        let mut mean = Step::ZERO;
        for k in 0..particles {
            let step = self.particle(objective, k, wanted)?;
            add(&mut mean, &step, 1.0 / particles as f64);
        }
        Ok(mean)
    }

    /// Walks the paths of one particle, and returns its loss.
    fn particle(
        &mut self,
        objective: &mut dyn Objective<E>,
        particle: usize,
        wanted: Wanted,
    ) -> Result<Step, Error> {
        self.run.session.apart.particle = particle;
        self.run.session.paths.reset();
        let mut walked = 0;
        let mut sum = Step::ZERO;
        let mut losses = Vec::new();
        loop {
            let total = self.total(objective, losses, &mut walked)?;
            if total.probability > 0.0 {
                if !total.step.loss.is_finite() {
                    return Err(self.explain(total.step.loss));
                }
                add(&mut sum, &total.step, total.probability);
                self.use_path(objective, &total, wanted)?;
            }
            losses = total.losses;
            if !self.run.session.paths.next_of_guide() {
                return Ok(sum);
            }
        }
    }

    /// Runs the programs along the path in progress.
    fn execute(&mut self) -> Result<(), Error> {
        run_both(self.programs, self.run, self.pass, 1)?;
        self.run.session.apart.has_scores |= !self.run.trace.scores.is_empty();
        Ok(())
    }

    #[cold]
    fn explain(&mut self, loss: f64) -> Error {
        explain(self.programs, self.run, self.pass, 1, loss)
    }

    fn count(&self, walked: &mut usize) -> Result<(), Error> {
        *walked += 1;
        if *walked > MOST_PATHS { Err(self.run.too_many_paths()) } else { Ok(()) }
    }

    /// Computes what a path of the guide adds to the loss, from a recording of each path of the model under it.
    fn total(
        &mut self,
        objective: &mut dyn Objective<E>,
        mut losses: Vec<f64>,
        walked: &mut usize,
    ) -> Result<Total, Error> {
        losses.clear();
        self.execute()?;
        self.count(walked)?;
        let probability = self.run.path_probability();
        let mut step = objective.value(self.run)?;
        if !self.run.session.paths.sums() {
            return Ok(Total { probability, step, losses });
        }
        self.refuse_weights()?;
        // The means of the parts under the posterior of the paths, relative to the largest term of the sum.
        let (mut largest, mut sum) = (f64::NEG_INFINITY, 0.0);
        let mut mean = Step::ZERO;
        loop {
            losses.push(step.loss);
            if step.loss.is_nan() {
                return Err(self.explain(step.loss));
            }
            if -step.loss > largest {
                let shrink = (largest + step.loss).exp();
                (largest, sum) = (-step.loss, sum * shrink);
                mean.loss *= shrink;
                mean.log_likelihood *= shrink;
                mean.kl *= shrink;
            }
            // A path that cannot be has parts that are infinite, and no weight.
            if step.loss < f64::INFINITY {
                let weight = (-step.loss - largest).exp();
                sum += weight;
                add(&mut mean, &step, weight);
            }
            if !self.run.session.paths.next_of_model() {
                break;
            }
            self.execute()?;
            self.count(walked)?;
            step = objective.value(self.run)?;
        }
        let loss = -(largest + sum.ln());
        // What the weighed losses lack is the entropy of the paths, a part of their divergence from the prior.
        let log_likelihood = mean.log_likelihood / sum;
        let step = Step::of_bound(loss, log_likelihood, 0.0);
        if !loss.is_finite() {
            self.run.session.paths.rewind_model();
            return Err(self.explain(loss));
        }
        Ok(Total { probability, step, losses })
    }

    /// Refuses weights in a sum over paths, which would be one of powers.
    fn refuse_weights(&self) -> Result<(), Error> {
        let kl_weight = self.run.session.kl_weight;
        if self
            .run
            .trace
            .terms
            .iter()
            .all(|term| term.tempering(kl_weight) == 1.0 && term.part != Part::Penalty)
        {
            return Ok(());
        }
        let what = "terms are weighed or penalties, and the model sums over the paths of its `concrete` sites: a sum of weighed paths would be one \
                    of powers; propose the sites in the guide";
        Err(Error::Setup { what: what.to_owned() })
    }

    /// Takes from the recordings of a path what they are made for.
    fn use_path(
        &mut self,
        objective: &mut dyn Objective<E>,
        total: &Total,
        wanted: Wanted,
    ) -> Result<(), Error> {
        let share = total.probability / self.run.session.apart.particles as f64;
        if total.losses.is_empty() {
            // The only recording is still there.
            return self.use_recording(objective, share, total.step.loss, None, wanted);
        }
        self.run.session.paths.rewind_model();
        let mut entropy = 0.0;
        for (k, &loss) in total.losses.iter().enumerate() {
            let log_posterior = total.step.loss - loss;
            let posterior = log_posterior.exp();
            if k > 0 {
                self.run.session.paths.next_of_model();
            }
            // Without a run it would not be known how the path goes on.
            self.execute()?;
            if posterior > 0.0 {
                let whole = Some(total.step.loss);
                self.use_recording(objective, share * posterior, total.step.loss, whole, wanted)?;
                entropy -= posterior * log_posterior;
            }
        }
        if wanted != Wanted::Costs
            && let Some(first) = self.run.session.paths.of(true).next().map(|choice| choice.site)
        {
            self.run.session.apart.add_part(Subject::Site, first, -share * entropy);
        }
        Ok(())
    }

    fn use_recording(
        &mut self,
        objective: &mut dyn Objective<E>,
        share: f64,
        loss: f64,
        whole: Option<f64>,
        wanted: Wanted,
    ) -> Result<(), Error> {
        let run = &mut *self.run;
        (run.session.apart.share, run.session.apart.whole_cost) = (share, whole);
        match wanted {
            Wanted::Costs => {
                objective.note(run);
                return Ok(());
            }
            Wanted::Value => {
                run.add_parts(share);
                if let Some(rows) = &mut self.rows {
                    objective.add_rows(run, share, rows);
                }
                return Ok(());
            }
            Wanted::Gradient => run.add_parts(share),
        }
        objective.seed(run)?;
        run.seed_path(share * loss);
        run.tape.sweep();
        if !run.recorded_gradient_is_finite() {
            return Err(self.explain(loss));
        }
        run.add_gradient();
        Ok(())
    }
}

fn add(sum: &mut Step, step: &Step, weight: f64) {
    sum.loss += weight * step.loss;
    sum.elbo += weight * step.elbo;
    sum.log_likelihood += weight * step.log_likelihood;
    sum.kl += weight * step.kl;
}
