//! The lines of an explanation: what the runtime knows of a site, a plate, a parameter.

use crate::error::Place;

/// What a site is to its session.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// use ppl_runtime::SiteRole;
///
/// let explanation = svi.explain()?;
/// assert_eq!(explanation.site("p")?.role, SiteRole::Latent);
/// assert_eq!(explanation.site("heads")?.role, SiteRole::Observed);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SiteRole {
    /// Proposed by the guide.
    Latent,
    /// Summed out of the model over this number of outcomes.
    Summed(usize),
    /// Summed out of the model, which is run once for each of its outcomes.
    SummedByPaths,
    /// Its value is given as data, or by `condition`.
    Observed,
    /// Its value is given by `intervene`, or drawn from the model by `block`.
    Handled,
    /// Of the guide alone.
    Auxiliary,
    /// A random number that is no site: `noise!`.
    Noise,
    /// A quantity that draws report: `deterministic!`.
    Quantity,
    /// A part of the loss, and of no bound: `penalty!`.
    Penalty,
}

/// How the gradient by the parameters of a proposal is estimated.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// use ppl_runtime::SiteGradient;
///
/// assert_eq!(svi.explain()?.site("p")?.gradient, Some(SiteGradient::Pathwise));
/// assert_eq!(SiteGradient::Outcomes(3).to_string(), "every one of 3 outcomes");
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SiteGradient {
    /// Through the draw.
    Pathwise,
    /// By the score function, with what is subtracted from the cost: `the mean of the other particles`, `nothing`.
    Score {
        /// What is subtracted, in words.
        baseline: String,
    },
    /// By an estimator that evaluates the cost at several values of the site.
    Several {
        /// The estimator, as the guide names it.
        estimator: String,
        /// The number of values.
        values: usize,
    },
    /// Exactly, by an expectation over this number of outcomes.
    Outcomes(usize),
    /// Exactly, by one run of the programs for each outcome.
    Paths,
    /// By `log q` alone, at draws that are weighed.
    Weighed,
}

/// One term of the cost that a score site's gradient is made of.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// // The coin's guide is differentiated through its draw, which needs no cost.
/// assert!(svi.explain()?.site("p")?.cost.is_empty());
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CostTerm {
    /// The site that the term is of.
    pub site: String,
    /// What it is: `log-likelihood`, `log-prior`, `log-proposal`, `divergence` or `evidence`.
    pub part: &'static str,
    /// Whether an element of the site may reach every element of the term.
    pub crossed: bool,
    /// The plates along which each element of the site has the term's own element.
    pub by_element: Vec<String>,
    /// The plates over which the term is summed.
    pub summed: Vec<String>,
}

/// A site as one of the two programs has it.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let explanation = svi.explain()?;
/// let p = explanation.site("p")?.guide.as_ref().unwrap();
/// assert_eq!((p.distribution.as_str(), p.support), ("Beta", "UnitInterval"));
/// assert_eq!((p.sites.len(), &p.parameters[..]), (0, &["a".to_owned(), "b".to_owned()][..]));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExplainedStatement {
    /// The distribution, as users write it.
    pub distribution: String,
    /// The support of its values.
    pub support: &'static str,
    /// The sites that its parameters, or the branch that it stands in, depend on without another site in between. A site
    /// of a chain may be its own.
    pub sites: Vec<String>,
    /// The learnt parameters that its own come from without a site in between.
    pub parameters: Vec<String>,
    /// Whether its value is plain, so that the program may branch on it.
    pub concrete: bool,
    /// Where it stands.
    pub place: Place,
}

/// A site, or what a program states beside its sites: a factor, a penalty, noise, a quantity.
///
/// The steps of a chain that is run step by step are one site.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let explanation = svi.explain()?;
/// let heads = explanation.site("heads")?;
/// assert_eq!((&heads.plates[..], heads.event.len()), (&["throw".to_owned()][..], 0));
/// assert_eq!(heads.model.as_ref().unwrap().sites, ["p"]);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExplainedSite {
    /// Its address.
    pub name: String,
    /// What it is to the session.
    pub role: SiteRole,
    /// The plates around it, the outermost first.
    pub plates: Vec<String>,
    /// The shape of one value.
    pub event: Vec<usize>,
    /// The number of steps, if it stands in a chain that is run step by step.
    pub steps: Option<usize>,
    /// As the model has it.
    pub model: Option<ExplainedStatement>,
    /// As the guide has it.
    pub guide: Option<ExplainedStatement>,
    /// How the gradient by the proposal's parameters is estimated.
    pub gradient: Option<SiteGradient>,
    /// Whether a closed divergence of proposal and prior replaces its estimate.
    pub closed_divergence: bool,
    /// The terms of its cost, if the gradient is made of costs.
    pub cost: Vec<CostTerm>,
    /// Whether its cost is the whole bound, of which no term may be left out; then none is listed.
    pub whole_cost: bool,
}

/// A plate, or the time of a chain.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let explanation = svi.explain()?;
/// let throw = &explanation.plates()[0];
/// assert_eq!((throw.name.as_str(), throw.size, throw.visited), ("throw", 9, 9));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedPlate {
    /// Its address.
    pub name: String,
    /// The number of elements.
    pub size: usize,
    /// How many of them a step visits.
    pub visited: usize,
}

/// A parameter that the programs learn.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let explanation = svi.explain()?;
/// let a = &explanation.parameters()[0];
/// assert_eq!((a.name.as_str(), a.support, a.shape.len(), a.plates.len()), ("a", "Positive", 0, 0));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedParameter {
    /// Its address.
    pub name: String,
    /// The shape of one value, in constrained space.
    pub shape: Vec<usize>,
    /// Its support.
    pub support: &'static str,
    /// The plates around it: it has a value for each of their elements.
    pub plates: Vec<String>,
}

/// A module that the programs make, and which is no part of another.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// // The coin's programs make none.
/// assert!(svi.explain()?.modules().is_empty());
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedModule {
    /// Its address.
    pub name: String,
    /// The function that makes it.
    pub function: &'static str,
    /// Whether the model makes it.
    pub in_model: bool,
    /// Whether the guide makes it.
    pub in_guide: bool,
}
