//! An explanation: the programs of a session as the runtime sees them.

use super::explained::{ExplainedModule, ExplainedParameter, ExplainedPlate, ExplainedSite};
use super::graph::Graph;
use super::{dot, tables};
use crate::eliminate::EliminationReport;
use crate::error::Error;
use std::fmt;

/// The programs of a session as the runtime sees them: `Svi::explain` returns it.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let explanation = svi.explain()?;
/// let names: Vec<&str> = explanation.sites().iter().map(|site| site.name.as_str()).collect();
/// assert_eq!(names, ["p", "heads"]);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub(super) particles: usize,
    /// Whether each particle is run apart.
    pub(super) apart: bool,
    /// Whether the edges of some sites or parameters are not known.
    pub(super) partial: bool,
    pub(super) plates: Vec<ExplainedPlate>,
    pub(super) sites: Vec<ExplainedSite>,
    pub(super) parameters: Vec<ExplainedParameter>,
    pub(super) modules: Vec<ExplainedModule>,
    pub(super) elimination: EliminationReport,
}

impl Explanation {
    /// Returns the number of particles.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.explain()?.particles(), 1);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn particles(&self) -> usize {
        self.particles
    }

    /// Returns the plates, in the order in which they were first opened.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.explain()?.plates().len(), 1);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn plates(&self) -> &[ExplainedPlate] {
        &self.plates
    }

    /// Returns the sites, and what the programs state beside them: those of the model in its order, then those of the guide alone.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.explain()?.sites().len(), 2);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn sites(&self) -> &[ExplainedSite] {
        &self.sites
    }

    /// Returns the site of this name.
    ///
    /// # Errors
    ///
    /// If there is none; the error suggests the nearest.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let explanation = svi.explain()?;
    /// assert!(explanation.site("p")?.closed_divergence);
    /// let error = explanation.site("head").unwrap_err();
    /// assert!(error.to_string().starts_with("no site `head` in this session; "));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn site(&self, name: &str) -> Result<&ExplainedSite, Error> {
        let known = || self.sites.iter().map(|site| site.name.as_str());
        let found = self.sites.iter().find(|site| site.name == name);
        found.ok_or_else(|| Error::unknown("site", "in this session", name, known()))
    }

    /// Returns the parameters, in the order in which the programs use them.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let explanation = svi.explain()?;
    /// assert!(explanation.parameters().iter().map(|p| p.name.as_str()).eq(["a", "b"]));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn parameters(&self) -> &[ExplainedParameter] {
        &self.parameters
    }

    /// Returns the modules that the programs make, in the order in which they are first made, without those that are parts of others.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.explain()?.modules().len(), 0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn modules(&self) -> &[ExplainedModule] {
        &self.modules
    }

    /// Returns how the model's discrete sites are summed out, and what that costs.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert_eq!(svi.explain()?.elimination().cost(), 0.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn elimination(&self) -> &EliminationReport {
        &self.elimination
    }

    /// Returns the graph of the model in the DOT language, with a cluster for each plate.
    ///
    /// Observed sites are grey, sites that are summed out have a double line, plain ones a broken line; parameters are boxes, and quantities
    /// and penalties have no outline.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let dot = svi.explain()?.dot();
    /// assert!(dot.contains("\"p\" -> \"heads\";"));
    /// assert!(dot.contains("label=\"throw: 9\";"));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn dot(&self) -> String {
        dot::write("model", &Graph::of_model(self))
    }

    /// Returns the graph of the guide in the DOT language.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert!(svi.explain()?.guide_dot().contains("\"parameter a\" -> \"p\";"));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn guide_dot(&self) -> String {
        dot::write("guide", &Graph::of_guide(self))
    }

    /// Returns a picture of the model's graph, as SVG.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let svg = svi.explain()?.svg();
    /// assert!(svg.starts_with("<svg") && svg.contains(">heads</text>"));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    #[cfg(feature = "svg")]
    pub fn svg(&self) -> String {
        super::svg::write(&Graph::of_model(self))
    }

    /// Returns a picture of the guide's graph, as SVG.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// assert!(svi.explain()?.guide_svg().contains(">a</text>"));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    #[cfg(feature = "svg")]
    pub fn guide_svg(&self) -> String {
        super::svg::write(&Graph::of_guide(self))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tables::write(f, self)
    }
}
