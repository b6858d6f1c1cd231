//! An explanation as tables for people to read.

use super::explained::{CostTerm, ExplainedSite, ExplainedStatement, SiteGradient, SiteRole};
use super::explanation::Explanation;
use std::fmt::{self, Formatter};

pub(super) fn write(f: &mut Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let Explanation { particles, apart, partial, plates, sites, parameters, modules, elimination } =
        explanation;
    write!(f, "{particles} particle{}", if *particles == 1 { "" } else { "s" })?;
    if *apart {
        write!(f, ", each run apart; shown as the first runs on its first path")?;
    }
    let plates = plates.iter().map(|p| vec![p.name.clone(), p.size.to_string(), p.visited.to_string()]);
    section(f, "plates", &["name", "size", "visited"], plates)?;
    let of_model = sites.iter().filter_map(|site| Some((site, site.model.as_ref()?)));
    section(
        f,
        "model",
        &["site", "role", "distribution", "support", "event", "plates", "depends on"],
        of_model.map(|(site, model)| {
            let mut cells = vec![site.name.clone(), role(site), distribution(site, model)];
            cells.extend([model.support.to_owned(), format!("{:?}", site.event)]);
            cells.extend([list(&site.plates), sources(model)]);
            cells
        }),
    )?;
    let of_guide = sites.iter().filter_map(|site| Some((site, site.guide.as_ref()?)));
    section(
        f,
        "guide",
        &["site", "role", "distribution", "support", "gradient", "divergence", "depends on"],
        of_guide.map(|(site, guide)| {
            let role = match site.role {
                SiteRole::Auxiliary | SiteRole::Noise | SiteRole::Quantity | SiteRole::Penalty => role(site),
                _ => "proposal".to_owned(),
            };
            let divergence = match (site.closed_divergence, site.role) {
                (true, _) => "closed",
                (false, SiteRole::Latent) => "estimated",
                (false, _) => "-",
            };
            let gradient = site.gradient.as_ref().map_or("-".to_owned(), SiteGradient::to_string);
            let mut cells = vec![site.name.clone(), role, distribution(site, guide)];
            cells.extend([guide.support.to_owned(), gradient, divergence.to_owned(), sources(guide)]);
            cells
        }),
    )?;
    let costs = sites.iter().flat_map(|site| {
        let whole = site.whole_cost.then(|| vec![site.name.clone(), "every term".to_owned(), "-".to_owned()]);
        let term = |t: &CostTerm| vec![site.name.clone(), format!("{} of {}", t.part, t.site), t.to_string()];
        whole.into_iter().chain(site.cost.iter().map(term))
    });
    section(f, "costs", &["site", "term", "how"], costs)?;
    let parameters = parameters
        .iter()
        .map(|p| vec![p.name.clone(), format!("{:?}", p.shape), p.support.to_owned(), list(&p.plates)]);
    section(f, "parameters", &["name", "shape", "support", "plates"], parameters)?;
    let modules = modules.iter().map(|m| {
        let used_by = match (m.in_model, m.in_guide) {
            (true, true) => "both programs",
            (true, false) => "the model alone",
            (false, _) => "the guide alone",
        };
        vec![m.name.clone(), m.function.to_owned(), used_by.to_owned()]
    });
    section(f, "modules", &["name", "function", "made by"], modules)?;
    if !elimination.steps.is_empty() {
        write!(f, "\n\nelimination\n{elimination}")?;
    }
    if *partial {
        write!(
            f,
            "\n\nsites or parameters from the 64th on cannot be told apart; nothing is said to depend on them"
        )?;
    }
    Ok(())
}

/// Writes a table, if it has a row; columns are as wide as they must be.
fn section(
    f: &mut Formatter<'_>,
    title: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> fmt::Result {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    write!(f, "\n\n{title}")?;
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let lines = || std::iter::once(&header).chain(&rows);
    let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    for line in lines() {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        write!(f, "\n{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn role(site: &ExplainedSite) -> String {
    match site.role {
        SiteRole::Latent => "latent".to_owned(),
        SiteRole::Summed(outcomes) => format!("summed out ({outcomes})"),
        SiteRole::SummedByPaths => "summed by paths".to_owned(),
        SiteRole::Observed => "observed".to_owned(),
        SiteRole::Handled => "handled".to_owned(),
        SiteRole::Auxiliary => "auxiliary".to_owned(),
        SiteRole::Noise => "noise".to_owned(),
        SiteRole::Quantity => "quantity".to_owned(),
        SiteRole::Penalty => "penalty".to_owned(),
    }
}

fn distribution(site: &ExplainedSite, statement: &ExplainedStatement) -> String {
    let steps = site.steps.map_or(String::new(), |steps| format!(", {steps} steps"));
    format!("{}{}{steps}", statement.distribution, if statement.concrete { ", concrete" } else { "" })
}

fn sources(statement: &ExplainedStatement) -> String {
    let all: Vec<String> = statement.sites.iter().chain(&statement.parameters).cloned().collect();
    list(&all)
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

impl fmt::Display for SiteGradient {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            SiteGradient::Pathwise => write!(f, "pathwise"),
            SiteGradient::Score { baseline } => write!(f, "score, less {baseline}"),
            SiteGradient::Several { estimator, values } => write!(f, "{estimator} over {values} values"),
            SiteGradient::Outcomes(outcomes) => write!(f, "every one of {outcomes} outcomes"),
            SiteGradient::Paths => write!(f, "one run for each outcome"),
            SiteGradient::Weighed => write!(f, "of log q at weighed draws"),
        }
    }
}

impl fmt::Display for CostTerm {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if self.crossed { "crossed" } else { "aligned" })?;
        if !self.by_element.is_empty() {
            write!(f, ", by element of {}", self.by_element.join(", "))?;
        }
        if !self.summed.is_empty() {
            write!(f, ", summed over {}", self.summed.join(", "))?;
        }
        Ok(())
    }
}
