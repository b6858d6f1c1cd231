//! The sleep phase: the guide learns from what the model dreams.

use super::core::{Core, Fit};
use super::session::Svi;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
use crate::posterior::{collect, whole};
use crate::program::pass::Pass;
use crate::program::programs::Programs;
use crate::program::run::Run;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::random::{Occasion, Purpose};
use crate::results::Draws;
use crate::values::Values;

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Returns one draw of every latent site from the model at the current parameters, and the data that it gives.
    ///
    /// Each call draws anew. Subsampled plates are drawn whole.
    ///
    /// # Shapes
    ///
    /// `[1, plates.., event..]` for each site, the latent ones first.
    ///
    /// # Errors
    ///
    /// If the model or its data is wrong.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let dream = svi.dream()?;
    /// assert_eq!(dream.names().collect::<Vec<_>>(), ["p", "heads"]);
    /// assert_eq!(dream.get("heads").unwrap().shape(), [1, 9]);
    /// assert_ne!(svi.dream()?, dream);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn dream(&mut self) -> Result<Draws, Error> {
        M::Element::dream(self.fit())
    }

    /// Takes one step of the optimiser towards a guide that would have proposed the latent sites of a dream (*sleep-phi*).
    ///
    /// `guide` is the session's guide on the dreamt data; it is run with the dreamt values, and draws nothing. Returned is
    /// what the step lowers, `-log q(z)`. In expectation over dreams that is the divergence of the model's posterior from
    /// the guide, whatever the data, plus a constant. The model's parameters are left alone.
    ///
    /// The data of a dream are numbers; the caller gives them the form that the guide takes. They can be kept for several
    /// steps.
    ///
    /// # Errors
    ///
    /// If the guide proposes a site that the dream does not have, or one of another shape; if the guide or the data is
    /// wrong; or if the log-density or its gradient is not finite. The parameters are then as they were before.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// // This guide does not look at the data, so that it learns the prior, Beta(2, 2).
    /// for _ in 0..3_000 {
    ///     let dream = svi.dream()?;
    ///     // A guide with data would be made of `dream.get("heads")` here.
    ///     svi.sleep_step(&dream, &proposal)?;
    /// }
    /// let (a, b) = (svi.parameters().get("a")?[[]], svi.parameters().get("b")?[[]]);
    /// assert!((a - 2.0).abs() < 0.5 && (b - 2.0).abs() < 0.5, "{a} {b}");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Hinton et al. (1995), The wake-sleep algorithm for unsupervised neural networks; Bornschein and Bengio (2015),
    /// Reweighted wake-sleep, <https://arxiv.org/abs/1406.2751>.
    pub fn sleep_step<G2>(&mut self, dream: &Draws, guide: G2) -> Result<f64, Error>
    where
        G2: Guide<Element = M::Element, Sites = G::Sites>,
    {
        let programs = Programs { model: &self.model, guide: &guide };
        M::Element::sleep_step(
            Fit {
                programs,
                optimiser: self.optimiser.as_dyn(),
                objective: self.objective.as_dyn_mut(),
                core: self.core.get(),
            },
            dream,
        )
    }
}

impl<E: Element> Fit<'_, E> {
    /// Draws latent sites and data from the model.
    pub(crate) fn dream(self) -> Result<Draws, Error> {
        let Core { run, attempts, .. } = self.core;
        let occasion = Occasion::new(Purpose::Dream, *attempts);
        *attempts += 1;
        let programs = &mut |run: &mut Run<E>| {
            run.execute(1, || self.programs.model.run_model());
        };
        collect(run, 1, (Pass::SIMULATION, occasion), whole, programs)
    }

    /// Takes a step of the guide at the values of a dream.
    pub(crate) fn sleep_step(mut self, dream: &Draws) -> Result<f64, Error> {
        // What the run remembers of these arguments must not outlive them, nor be taken for them.
        self.core.run.forget_arguments();
        let recorded = self.record_sleep(dream);
        self.core.run.forget_arguments();
        self.core.attempts += 1;
        self.apply(recorded?)
    }

    fn record_sleep(&mut self, dream: &Draws) -> Result<f64, Error> {
        if dream.count() != 1 {
            let what = format!("a sleep phase needs a dream of one draw, got {}", dream.count());
            return Err(Error::Setup { what });
        }
        let run = &mut self.core.run;
        run.session.dream = Values::of_draw(dream, 0)?;
        run.session.apart.on = false;
        run.begin(Pass::SLEEP, 1);
        run.execute(0, || self.programs.guide.run_guide());
        run.settle_rest();
        run.outcome()?;
        run.tape.clear_adjoints();
        let mut loss = 0.0;
        for k in 0..run.trace.terms.len() {
            let term = run.trace.terms[k];
            // All are log-densities of proposals, which a bound subtracts and this phase adds.
            loss += run.tape.weigh(&term);
            run.tape.seed(&term, 1.0);
        }
        let failed = |what: String, detail: Option<String>| {
            let detail = detail.unwrap_or_else(|| "every site alone is finite".to_owned());
            Err(Error::NotFinite { what, detail })
        };
        if !loss.is_finite() {
            return failed(format!("the loss ({loss})"), run.first_bad_term());
        }
        run.tape.sweep();
        match run.first_bad_gradient() {
            Some(detail) => failed("a gradient".to_owned(), Some(detail)),
            None => Ok(loss),
        }
    }
}
