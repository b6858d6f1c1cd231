//! What a step does with the programs: it runs them, seeds the objective and sweeps back; after a failure it says what went wrong.

use super::apart::Apart;
use crate::element::Element;
use crate::error::Error;
use crate::kernel::vector;
use crate::objective::{BoundRows, Objective, Step};
use crate::program::address::Subject;
use crate::program::pass::{Divergences, Listener, Pass, Terms};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::random::Occasion;

/// Runs the programs, seeds the objective and sweeps back: the gradient is then in the tape.
pub(crate) fn record<E: Element>(
    programs: Programs<'_>,
    objective: &mut dyn Objective<E>,
    run: &mut Run<E>,
    occasion: Occasion,
) -> Result<Step, Error> {
    let pass = objective.pass();
    record_as(programs, objective, run, occasion, pass)
}

/// Does the same in a pass that is not the objective's own.
pub(super) fn record_as<E: Element>(
    programs: Programs<'_>,
    objective: &mut dyn Objective<E>,
    run: &mut Run<E>,
    occasion: Occasion,
    pass: Pass,
) -> Result<Step, Error> {
    objective.check().map_err(|what| Error::Setup { what })?;
    run.session.occasion = occasion;
    let particles = objective.particles();
    run.session.kl_weight = objective.kl_weight(run.session.steps);
    // An evaluation in which a program panicked has left it off.
    run.tape.differentiates = true;
    run.session.apart.on = false;
    run.session.retrace.wanted = true;
    let outcome = match run.session.apart.needed {
        true => Ok(()),
        false => run_both(programs, run, pass, particles),
    };
    // The first run of a session may be what shows that its programs have concrete sites.
    if run.session.apart.needed {
        return Apart { programs, run, pass, rows: None }.record(objective);
    }
    outcome?;
    let step = objective.seed(run)?;
    if !step.loss.is_finite() {
        return Err(explain(programs, run, pass, particles, step.loss));
    }
    run.tape.sweep();
    if run.recorded_gradient_is_finite() {
        Ok(step)
    } else {
        Err(explain(programs, run, pass, particles, step.loss))
    }
}

/// Estimates the loss and the bound from one draw, and adds what rows have of the bound.
pub(super) fn value<E: Element>(
    programs: Programs<'_>,
    objective: &mut dyn Objective<E>,
    run: &mut Run<E>,
    (pass, particles): (Pass, usize),
    rows: Option<&mut BoundRows>,
) -> Result<Step, Error> {
    if !run.session.apart.needed {
        run.session.apart.on = false;
        let outcome = run_both(programs, run, pass, particles);
        if !run.session.apart.needed {
            outcome?;
            let step = objective.value(run)?;
            if !step.loss.is_finite() || !step.elbo.is_finite() {
                return Err(explain(programs, run, pass, particles, step.loss));
            }
            if let Some(rows) = rows {
                objective.add_rows(run, 1.0, rows);
            }
            return Ok(step);
        }
    }
    Apart { programs, run, pass, rows }.value(objective)
}

/// Runs the programs, and until a step has succeeded each time once more to look for parameters and values that their distributions cannot
/// have although the densities are finite: weights that do not sum to one, for example.
pub(crate) fn run_both<E: Element>(
    programs: Programs<'_>,
    run: &mut Run<E>,
    pass: Pass,
    particles: usize,
) -> Result<(), Error> {
    if !run.session.checked && !pass.is_checked() {
        let checking = Pass { listener: Listener::SilentFaults, differentiates: false, ..pass };
        let outcome = run_once(programs, run, checking, particles);
        if run.session.apart.needed && !run.session.apart.on {
            // It was learnt just now that the particles must be run apart, which the caller does next.
            return Ok(());
        }
        outcome?;
        run.refuse_no_density()?;
        run.refuse_part_of_rows()?;
        if run.may_teach_rows() {
            let terms = Terms::Nothing;
            run_once(
                programs,
                run,
                Pass { listener: Listener::RowParameters, terms, ..checking },
                particles,
            )?;
        }
    }
    run_once(programs, run, pass, particles)
}

fn run_once<E: Element>(
    programs: Programs<'_>,
    run: &mut Run<E>,
    pass: Pass,
    particles: usize,
) -> Result<(), Error> {
    run.begin(pass, particles);
    run.execute_both(programs);
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
pub(super) fn explain<E: Element>(
    programs: Programs<'_>,
    run: &mut Run<E>,
    pass: Pass,
    particles: usize,
    loss: f64,
) -> Error {
    let bad_parameter = if loss.is_finite() { run.first_bad_gradient() } else { None };
    let checking = Pass {
        listener: Listener::Faults,
        divergences: Divergences::Estimated,
        differentiates: false,
        terms: Terms::Elements,
        ..pass
    };
    if let Err(error) = run_both(programs, run, checking, particles) {
        return error;
    }
    match (run.first_bad_term(), bad_parameter) {
        (Some(detail), _) => Error::NotFinite { what: format!("the loss ({loss})"), detail },
        (None, Some(detail)) => {
            let Pass { divergences, differentiates, .. } = pass;
            let sweeping = Pass { divergences, differentiates, ..checking };
            let blamed = run_both(programs, run, sweeping, particles).ok().and_then(|()| run.blame());
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
        if self.trace.stopped {
            return;
        }
        for k in 0..self.trace.order.len() {
            let site = self.trace.order[k];
            if !self.trace.entry(site).answered && self.tape.error.is_none() {
                let name = self.session.addresses.text(Subject::Site, site);
                let detail = format!("the guide proposes `{name}`, which is not a latent site of the model");
                self.tape.fail(Error::Guide { detail });
            }
            if self.pass.has_terms() {
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
        self.session.params.used.iter().map(sum).sum::<E>().is_finite()
    }

    pub(super) fn first_bad_gradient(&self) -> Option<String> {
        self.session.params.used.iter().find_map(|&number| {
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
