//! How programs on other data are evaluated: what is asked for, before it is computed.

use crate::element::Element;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
use crate::program::programs::Programs;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::results::EvidenceBounds;
use crate::svi::Svi;
use crate::svi::core::Fit;

/// The draws of a bound, if nothing is said.
const DRAWS: usize = 10;

/// The rate at which rows are fitted, if nothing is said.
const RATE: f64 = 0.05;

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Begins an evaluation of programs on other data: of the session's objective, at its parameters, which stay as they are.
    ///
    /// Subsampled plates are visited whole, whatever the size of their subsample. `noise!` has its value for evaluation, and penalties
    /// do not count. Draws come from the session's seed: the same call gives the same numbers.
    ///
    /// # Errors
    ///
    /// In [`run`](Evaluating::run).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// // The same programs stand for ones on other data here.
    /// let found = svi.evaluate_on(&coin, &proposal).draws(500).run()?;
    /// assert!((found.total + 330f64.ln()).abs() < 5.0 * found.standard_error);
    /// // Each throw has its own part of the bound; what is left is the divergence of `p`, which is of none.
    /// let of_throws: f64 = found.of("throw")?.iter().sum();
    /// assert!((of_throws + found.outside("throw")? - found.total).abs() < 1e-10);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn evaluate_on<'a, M2, G2>(&'a mut self, model: &'a M2, guide: &'a G2) -> Evaluating<'a, M::Element>
    where
        M2: Model<Element = M::Element>,
        M2::Sites: GuidedBy<G2::Sites>,
        G2: Guide<Element = M::Element>,
    {
        let programs = Programs { model, guide };
        Evaluating { fit: self.fit(), programs, asked: Asked::of(Estimate::Bound, DRAWS) }
    }

    /// Begins an estimate of the log-evidence of other data, `log p(x)`, by importance weights of `draws` draws of the guide:
    /// `log (1/K sum_k p(x, z_k) / q(z_k))` (Burda et al. 2016, equation 8). Its expectation is a lower bound, which rises with the draws.
    ///
    /// Draws are streamed: a few at a time are held. Where every latent site lies in a plate, and nothing couples its elements, each element has
    /// weights of its own, and the estimate is the sum of theirs; else a draw has one weight for all.
    ///
    /// The estimate is that of [`evaluate_on`](Svi::evaluate_on) with as many particles of [`Iwae`](crate::Iwae) and one draw, to rounding.
    ///
    /// # Errors
    ///
    /// In [`run`](Evaluating::run).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// let found = svi.log_evidence_on(&coin, &proposal, 5_000).run()?;
    /// // The guide is the exact posterior: every weight is the evidence.
    /// assert!((found.total + 330f64.ln()).abs() < 1e-10 && found.standard_error < 1e-6);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Burda, Grosse, Salakhutdinov (2016), Importance weighted autoencoders, <https://arxiv.org/abs/1509.00519>.
    pub fn log_evidence_on<'a, M2, G2>(
        &'a mut self,
        model: &'a M2,
        guide: &'a G2,
        draws: usize,
    ) -> Evaluating<'a, M::Element>
    where
        M2: Model<Element = M::Element>,
        M2::Sites: GuidedBy<G2::Sites>,
        G2: Guide<Element = M::Element>,
    {
        let programs = Programs { model, guide };
        Evaluating { fit: self.fit(), programs, asked: Asked::of(Estimate::Evidence, draws) }
    }
}

/// An evaluation that has not been run, as [`Svi::evaluate_on`] and [`Svi::log_evidence_on`] return it.
///
/// # Examples
///
#[doc = include_str!("../../docs/coin.md")]
/// let found = svi.evaluate_on(&coin, &proposal).draws(100).in_blocks("throw", 4).run()?;
/// assert_eq!(found.draws, 100);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[must_use]
pub struct Evaluating<'a, E: Element> {
    fit: Fit<'a, E>,
    programs: Programs<'a>,
    asked: Asked,
}

impl<E: Element> Evaluating<'_, E> {
    /// Sets how many draws the estimate is made of (ten by default).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// let few = svi.evaluate_on(&coin, &proposal).draws(10).run()?;
    /// let many = svi.evaluate_on(&coin, &proposal).draws(1_000).run()?;
    /// assert!(many.standard_error < few.standard_error / 5.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn draws(mut self, draws: usize) -> Self {
        self.asked.draws = draws;
        self
    }

    /// Visits a plate in blocks of so many consecutive rows, one after the other, so that memory does not grow with its rows.
    ///
    /// The result is that of the whole, to rounding. Sites outside of the plate have the same draws in every block. Importance weights need every
    /// latent site to lie in the plate.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// let whole = svi.evaluate_on(&coin, &proposal).run()?;
    /// let blocks = svi.evaluate_on(&coin, &proposal).in_blocks("throw", 4).run()?;
    /// assert!((whole.total - blocks.total).abs() < 1e-12);
    /// let error = svi.evaluate_on(&coin, &proposal).in_blocks("trow", 4).run().unwrap_err();
    /// assert_eq!(error.to_string(), "no plate `trow` in this session; did you mean `throw`?");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn in_blocks(mut self, plate: &str, rows: usize) -> Self {
        self.asked.blocks = Some((plate.to_owned(), rows));
        self
    }

    /// Makes the parameters that are one for each row of a plate anew, at their first values, and fits them to these data in so many steps, with
    /// all others as they are; then evaluates.
    ///
    /// The steps are Adam's on the evidence lower bound, from a rate (0.05, [`refit_rate`](Evaluating::refit_rate)) down to a hundredth of it.
    /// Blocks are fitted one by one. What is evaluated with rows that were fitted to the same data is a bound still: the
    /// rows are of the guide. Rows of the *model* are fitted too, and then it is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::dist::Normal;
    /// use ppl_runtime::optim::Adam;
    /// use ppl_runtime::support::{Positive, RealLine};
    /// use ppl_runtime::{At, Elbo, Svi};
    /// # use ppl_runtime::__private::*;
    ///
    /// // What `plate!("row", x.len(), |i| { let z = sample!("z", Normal::new(0.0, 1.0)); observe!("x", Normal::new(z, 1.0), x.at(i)); })` and
    /// // `plate!("row", x.len(), |i| sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive))))` give.
    /// # fn rows(x: &[f64]) -> impl ppl_runtime::Model<Sites = AnyGuide, Element = f64> + '_ {
    /// #     model::<AnyGuide, f64, _, _>(move || {
    /// #         plate::<f64, _, _, _>(Name::new("row"), x.len(), Whole, |i| {
    /// #             let z = model_site::<f64, RealLine, _>(Name::new("z"), Normal::new(0.0, 1.0)).draw();
    /// #             observe::<f64, _, _>(Name::new("x"), Normal::new(z, 1.0), x.at(i));
    /// #         });
    /// #     })
    /// # }
    /// # fn guesses(x: &[f64]) -> impl ppl_runtime::Guide<Sites = AnyGuide, Element = f64> + '_ {
    /// #     guide::<AnyGuide, f64, _, _>(move || {
    /// #         plate::<f64, _, _, _>(Name::new("row"), x.len(), Whole, |_| {
    /// #             let loc = param::<f64, _, _>(Name::new("loc"), || 0.0, RealLine);
    /// #             let scale = param::<f64, _, _>(Name::new("scale"), || 1.0, Positive);
    /// #             guide_site::<f64, RealLine, _>(Name::new("z"), Normal::new(loc, scale)).draw();
    /// #         });
    /// #     })
    /// # }
    /// # use ppl_runtime::AnyGuide;
    /// let (old, new) = ([0.5, -1.0], [2.0, 0.0, -1.0]);
    /// let mut svi = Svi::new(rows(&old), guesses(&old), Elbo::default(), Adam::new(0.05)).seed(1);
    /// let (model, guide) = (rows(&new), guesses(&new));
    /// let error = svi.evaluate_on(&model, &guide).run().unwrap_err().to_string();
    /// assert!(error.ends_with("has 2 rows for a plate that has 3 elements here; fit rows of these data with `.refit_rows(\"row\", steps)`"));
    ///
    /// let found = svi.evaluate_on(&model, &guide).draws(1_000).refit_rows("row", 300).run()?;
    /// // Each of them is from Normal(0, sqrt(2)).
    /// let exact: f64 = new.iter().map(|x| -0.25 * x * x - 0.5 * (4.0 * std::f64::consts::PI).ln()).sum();
    /// assert!((found.total - exact).abs() < 0.1, "{} {exact}", found.total);
    /// assert_eq!(svi.parameters().get("loc")?.len(), 2);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn refit_rows(mut self, plate: &str, steps: u64) -> Self {
        self.asked.refit = Some(Refit { plate: plate.to_owned(), steps });
        self
    }

    /// Sets the rate at which [`refit_rows`](Evaluating::refit_rows) begins.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// let error = svi.evaluate_on(&coin, &proposal).refit_rate(0.1).refit_rows("throw", 10).run().unwrap_err();
    /// assert_eq!(error.to_string(), "`refit_rows`: no parameter lies in the plate `throw`; there is nothing to fit");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn refit_rate(mut self, rate: f64) -> Self {
        self.asked.refit_rate = rate;
        self
    }

    /// Evaluates.
    ///
    /// # Errors
    ///
    /// If a program or its data is wrong, or a bound is not finite; if the programs make parameters that the session does not have, or have
    /// another number of rows of parameters that are one for each element of a plate (then [`refit_rows`](Evaluating::refit_rows) makes and fits
    /// them); if there is no plate of that name, or it cannot be visited in blocks.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// let error = svi.evaluate_on(&coin, &proposal).draws(0).run().unwrap_err();
    /// assert_eq!(error.to_string(), "expected at least one draw, got 0");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn run(self) -> Result<EvidenceBounds, Error> {
        let Evaluating { fit, programs, asked } = self;
        E::evaluate_on(fit, programs, &asked)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Asked {
    pub(super) estimate: Estimate,
    pub(super) draws: usize,
    /// A plate, and how many of its rows are visited at once.
    pub(super) blocks: Option<(String, usize)>,
    pub(super) refit: Option<Refit>,
    pub(super) refit_rate: f64,
}

impl Asked {
    fn of(estimate: Estimate, draws: usize) -> Asked {
        Asked { estimate, draws, blocks: None, refit: None, refit_rate: RATE }
    }
}

/// What is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Estimate {
    /// The session's objective.
    Bound,
    /// The log-evidence, by importance weights.
    Evidence,
}

/// How rows are fitted.
#[derive(Clone, Debug)]
pub(super) struct Refit {
    pub(super) plate: String,
    pub(super) steps: u64,
}
