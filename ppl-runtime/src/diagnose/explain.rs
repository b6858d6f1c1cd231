//! The runs that an explanation needs, apart from the session's own.

use super::explanation::Explanation;
use super::gather::Gathered;
use crate::element::Element;
use crate::eliminate::EliminationReport;
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
use crate::program::notes::NotedStatement;
use crate::program::pass::{Listener, Pass, Terms};
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::random::{Occasion, Purpose};
use crate::svi::Svi;
use crate::svi::core::Core;
use crate::svi::run_both;

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Returns the programs as the runtime sees them: sites, plates, parameters, how each gradient is estimated and from which
    /// costs, and how discrete sites are summed out. It prints as tables, and draws the graph of the model and of the guide.
    ///
    /// The programs are run at the present parameters, in memory of their own, so that later steps have the same bits as
    /// without. A program with `concrete` sites is shown as one particle runs it, on its first path.
    ///
    /// # Errors
    ///
    /// If a program, its data or the set-up is wrong.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let explanation = svi.explain()?;
    /// assert!(explanation.to_string().starts_with("1 particle\n\nplates"));
    /// assert!(explanation.dot().starts_with("digraph model {"));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn explain(&self) -> Result<Explanation, Error> {
        let programs = Programs { model: &self.model, guide: &self.guide };
        M::Element::explain(programs, self.objective.as_dyn(), self.core.get_ref())
    }
}

/// Explains the programs of a session.
pub(crate) fn explain<E: Element>(
    programs: Programs<'_>,
    objective: &dyn Objective<E>,
    core: &Core<E>,
) -> Result<Explanation, Error> {
    objective.check().map_err(|what| Error::Setup { what })?;
    let asked = objective.pass();
    let particles = objective.particles();
    let mut run = Run::of(core.run.session.twin());
    let by_sites = note(programs, &mut run, structure(asked, Listener::Sites), particles)?;
    let by_parameters = note(programs, &mut run, structure(asked, Listener::Parameters), particles)?;
    let statements = note(programs, &mut run, Pass { listener: Listener::Statements, ..asked }, particles)?;
    let gathered = Gathered {
        run: &run,
        statements: &statements,
        by_sites: &by_sites,
        by_parameters: &by_parameters,
        replaces_baselines: objective.replaces_baselines(),
    };
    Ok(Explanation {
        particles,
        apart: run.session.apart.needed,
        partial: gathered.is_partial(),
        plates: gathered.plates(),
        sites: gathered.sites(),
        parameters: gathered.parameters(),
        modules: gathered.modules(),
        elimination: EliminationReport::of(&run),
    })
}

/// Runs the programs once, and returns what was noted of their statements.
fn note<E: Element>(
    programs: Programs<'_>,
    run: &mut Run<E>,
    pass: Pass,
    particles: usize,
) -> Result<Vec<NotedStatement>, Error> {
    run.session.occasion = Occasion::new(Purpose::Explanation, 0);
    if !run.session.apart.needed {
        let outcome = run_both(programs, run, pass, particles);
        // A run that meets a concrete site with several particles goes on with a value of the first.
        if !run.session.apart.needed {
            outcome?;
            return Ok(std::mem::take(&mut run.trace.notes.statements));
        }
    }
    run.session.apart.begin(particles);
    run.session.paths.reset();
    run_both(programs, run, pass, 1)?;
    Ok(std::mem::take(&mut run.trace.notes.statements))
}

/// Returns a run without terms, whose draws forget what they came from.
fn structure(asked: Pass, listener: Listener) -> Pass {
    Pass { terms: Terms::Nothing, differentiates: false, listener, ..asked }
}
