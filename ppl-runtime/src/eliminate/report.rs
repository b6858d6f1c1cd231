//! What an elimination did, for people to read.

use crate::element::Element;
use crate::program::run::Run;
use crate::results::{LeftOut, worth_saying};
use std::fmt;

/// How the discrete sites of a run were summed out, and what it cost.
///
/// # Examples
///
/// ```
/// use ppl_runtime::EliminationReport;
///
/// assert_eq!(EliminationReport::default().cost(), 0.0);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EliminationReport {
    /// The sites in the order in which they were summed out.
    pub steps: Vec<EliminationStep>,
    /// What lies above the last values that `enumerate, up_to(n)` tries, of each such site. An evaluation looks at that; a step does not.
    pub left_out: Vec<LeftOut>,
}

/// One site that was summed out.
///
/// # Examples
///
/// ```
/// use ppl_runtime::EliminationStep;
///
/// let step = EliminationStep { site: "z".into(), joined: vec!["z".into()], factors: 2, elements: 30.0 };
/// assert!(step.to_string().contains("30"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EliminationStep {
    /// The site's address.
    pub site: String,
    /// The sites that the joined factors depend on.
    pub joined: Vec<String>,
    /// How many factors were joined.
    pub factors: usize,
    /// The number of elements of the joined factor: the outcomes of its sites times the elements of their plates.
    pub elements: f64,
}

impl EliminationReport {
    pub(crate) fn of<E: Element>(run: &Run<E>) -> EliminationReport {
        let name = |site: u32| run.session.site_name(site).to_owned();
        let steps = run.trace.elimination.steps.iter().map(|step| EliminationStep {
            site: name(step.site),
            joined: step
                .joined
                .iter()
                .filter_map(|axis| run.trace.enumerated(axis))
                .map(|e| name(e.site))
                .collect(),
            factors: step.factors,
            elements: step.elements,
        });
        EliminationReport { steps: steps.collect(), left_out: run.session.left_out() }
    }

    /// Returns the number of exponentials that the elimination takes.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::{EliminationReport, EliminationStep};
    ///
    /// let step = EliminationStep { site: "z".into(), joined: vec!["z".into()], factors: 2, elements: 30.0 };
    /// let report = EliminationReport { steps: vec![step.clone(), step], left_out: Vec::new() };
    /// assert_eq!(report.cost(), 60.0);
    /// ```
    pub fn cost(&self) -> f64 {
        self.steps.iter().map(|step| step.elements).sum()
    }
}

impl fmt::Display for EliminationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EliminationStep { site, joined, factors, elements } = self;
        write!(f, "sum out {site}: {factors} factors over [{}], {elements} elements", joined.join(", "))
    }
}

impl fmt::Display for EliminationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        for left_out in worth_saying(&self.left_out) {
            writeln!(f, "{left_out}")?;
        }
        write!(f, "{} elements in all", self.cost())
    }
}
