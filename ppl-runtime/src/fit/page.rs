//! A fit on one page.

use super::summary::number;
use super::{FitRow, FitSummary, Trust};
use crate::diagnose::Explanation;
use crate::error::Error;
use crate::results::{Draws, ShownDraws};
use crate::svi::{Report, Smoothed, grouped, smooth};
use ppl_report::Page;
use ppl_report::plots::{Stretch, bound};
use std::path::Path;

/// How many elements of one site the table has.
const ELEMENTS: usize = 20;

/// The fewest batches of a stretch of the loss, whose error is taken from their differences.
const BATCHES: usize = 8;

/// What a page shows.
pub(super) struct Shown<'a> {
    pub(super) draws: &'a Draws,
    pub(super) trust: &'a Trust,
    pub(super) outcome: &'a Report,
    pub(super) summary: &'a FitSummary,
    pub(super) explanation: Result<Explanation, Error>,
    /// The ends of those sites of which they are known.
    pub(super) ends: Vec<(String, (f64, f64))>,
}

/// Writes the page into a file, whose name is its title.
pub(super) fn write(path: &Path, shown: &Shown<'_>) -> Result<(), Error> {
    let title = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    std::fs::write(path, page(title, shown).html())
        .map_err(|error| Error::File { path: path.display().to_string(), detail: error.to_string() })
}

fn page(title: String, shown: &Shown<'_>) -> Page {
    let Shown { draws, trust, outcome, summary, explanation, ends } = shown;
    let page = verdict(Page::new(title), shown).section("Numbers");
    let page = table(page, summary.rows(), trust).section("Loss").plot(&bound(&course(&outcome.history)));
    let page = page.numbers(&ShownDraws::new(draws, trust.weights(), ends));
    model(page, explanation)
}

/// Says in words what is to be thought of the fit.
fn verdict(page: Page, shown: &Shown<'_>) -> Page {
    let Shown { draws, trust, outcome, summary, .. } = shown;
    let warnings = summary.warnings();
    let page = match (trust.is_reliable(), warnings.is_empty()) {
        (true, true) => {
            page.verdict(true, "The guide is near the posterior, and the optimiser has converged.")
        }
        (true, false) => {
            page.verdict(true, "The numbers, corrected by importance weights, can be relied on.")
        }
        (false, _) => page,
    };
    let page = warnings.iter().fold(page, |page, warning| page.verdict(trust.is_reliable(), warning));
    let page = page.text(&format!("The run: {outcome}."));
    match trust.k_hat.is_nan() {
        true => page,
        false => {
            let [count, worth] = [draws.count() as u64, trust.effective_size.round() as u64].map(grouped);
            page.text(&format!(
                "k-hat of the importance weights is {:.2}, to be at most {:.2}; {count} draws are worth {worth} of the posterior.",
                trust.k_hat, trust.threshold
            ))
        }
    }
}

/// Shows the rows, those that are corrected beside the guide's own.
fn table(page: Page, rows: &[FitRow], trust: &Trust) -> Page {
    let mut header = vec!["site", "mean", "sd", "5%", "25%", "50%", "75%", "95%"];
    let is_corrected = trust.is_reliable();
    if is_corrected {
        header.extend(["guide's mean", "guide's sd", ""]);
    }
    let mut shown: Vec<Vec<String>> = Vec::new();
    for of_site in rows.chunk_by(|a, b| a.site == b.site) {
        for row in of_site.iter().take(ELEMENTS) {
            let mut cells = vec![row.name(), number(row.mean), number(row.deviation)];
            cells.extend(row.quantiles.map(number));
            if is_corrected {
                let mark = if row.is_off { "*" } else { "" };
                cells.extend([number(row.raw_mean), number(row.raw_deviation), mark.to_owned()]);
            }
            shown.push(cells);
        }
        if of_site.len() > ELEMENTS {
            let more = grouped((of_site.len() - ELEMENTS) as u64);
            let mut cells = vec![String::new(); header.len()];
            cells[0] = format!("{}: {more} more", of_site[0].site);
            shown.push(cells);
        }
    }
    let page = page.table(&header, shown);
    match is_corrected {
        true => page.text("Means, deviations and quantiles are corrected by importance weights. Marked * is what the guide alone has wrong."),
        false => page.text("The numbers are those of the guide's draws."),
    }
}

/// Shows the model's graph where there are pictures of graphs, and what is known of the programs.
fn model(page: Page, explanation: &Result<Explanation, Error>) -> Page {
    let page = page.section("Model");
    match explanation {
        Err(error) => page.text(&format!("The programs could not be explained: {error}.")),
        Ok(explanation) => {
            graph(page, explanation).section("Diagnosis").preformatted(&explanation.to_string())
        }
    }
}

#[cfg(feature = "svg")]
fn graph(page: Page, explanation: &Explanation) -> Page {
    page.svg("the graph of the model", &explanation.svg())
}

#[cfg(not(feature = "svg"))]
fn graph(page: Page, _: &Explanation) -> Page {
    page.text("The graph of the model is drawn with the feature `svg`.")
}

/// Returns the course of the loss over stretches that get longer, each with the standard error of its mean.
fn course(history: &[(u64, f64)]) -> Vec<Stretch> {
    let mut course = Vec::new();
    let (mut start, mut before) = (0, 0);
    while start < history.len() {
        let length = BATCHES.max(start / 16);
        let end = if history.len() - start < 2 * length { history.len() } else { start + length };
        let losses: Vec<f64> = history[start..end].iter().map(|&(_, loss)| loss).collect();
        let Smoothed { mean, error } = smooth(&losses);
        let last = history[end - 1].0;
        course.push(Stretch { step: 0.5 * (before as f64 + 1.0 + last as f64), mean, error });
        (start, before) = (end, last);
    }
    course
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_has_the_means_of_its_stretches() {
        let history: Vec<(u64, f64)> =
            (1..=1_000).map(|k| (10 * k, if k <= 8 { 5.0 } else { (k % 2) as f64 })).collect();
        let course = course(&history);
        assert!(course.len() > 30 && course.len() < 120, "{}", course.len());
        assert_eq!((course[0].step, course[0].mean, course[0].error), (40.5, 5.0, 0.0));
        assert!(course[1..].iter().all(|s| (s.mean - 0.5).abs() < 0.06 && s.error > 0.0));
        assert!(course.windows(2).all(|pair| pair[0].step < pair[1].step));
        assert!(course[course.len() - 1].step < 10_000.0);
    }

    #[test]
    fn short_runs_have_a_course_too() {
        assert!(course(&[]).is_empty());
        let course = course(&[(10, 3.0), (20, 1.0)]);
        assert_eq!((course.len(), course[0].mean, course[0].step), (1, 2.0, 10.5));
        assert!(course[0].error.is_nan());
    }
}
