//! Draws of an engine on one page.

use super::sampled::{Origin, Sampled};
use super::summary::{ChainRow, ChainSummary, is_reliable};
use super::table::{HEADER, SHOWN, cells, columns};
use ppl_report::plots::{ranks, trace};
use ppl_report::{Numbers, Page, Plot};
use ppl_runtime::Error;
use ppl_runtime::results::ShownDraws;
use std::path::Path;

/// How many numbers have their chains drawn.
const TRACED: usize = 9;

/// Writes the page into a file, whose name is its title.
pub(super) fn write(sampled: &Sampled, path: &Path) -> Result<(), Error> {
    let title = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    std::fs::write(path, page(title, sampled).html())
        .map_err(|error| Error::File { path: path.display().to_string(), detail: error.to_string() })
}

fn page(title: String, sampled: &Sampled) -> Page {
    let summary = sampled.summary();
    let numbers = ShownDraws::new(&sampled.draws, weights(sampled), &sampled.ends);
    let page = table(verdict(Page::new(title), sampled, &summary).section("Numbers"), sampled, &summary);
    let page = page.numbers(&numbers);
    match sampled.chains() {
        [] => page,
        _ => chains(page, sampled, summary.rows(), &numbers),
    }
}

/// Returns the weights by which the table's numbers are corrected.
fn weights(sampled: &Sampled) -> Option<Vec<f64>> {
    match &sampled.origin {
        Origin::Weighted { smoothed, .. } if is_reliable(smoothed) => Some(smoothed.weights()),
        Origin::Weighted { .. } | Origin::Chosen { .. } | Origin::Chains { .. } => None,
    }
}

/// Says in words what is to be thought of the draws.
fn verdict(page: Page, sampled: &Sampled, summary: &ChainSummary) -> Page {
    let good = match sampled.chains().len() {
        0 => "The approximation is near the posterior.",
        _ => "The chains agree, and nothing is known to be wrong with them.",
    };
    let page = match summary.warnings() {
        [] => page.verdict(true, good),
        warnings => warnings.iter().fold(page, |page, warning| page.verdict(false, warning)),
    };
    let draws = sampled.draws.count();
    let page = match sampled.chains().len() {
        0 => page.text(&format!("{draws} draws.")),
        1 => page.text(&format!("{draws} draws of one chain.")),
        chains => page.text(&format!("{draws} draws of {chains} chains.")),
    };
    summary.tail().iter().fold(page, |page, tail| page.text(&format!("{tail}.")))
}

fn table(page: Page, sampled: &Sampled, summary: &ChainSummary) -> Page {
    let columns = columns(sampled.chains().len());
    let header: Vec<&str> = ["site"].into_iter().chain(HEADER[..columns].iter().copied()).collect();
    let mut shown: Vec<Vec<String>> = Vec::new();
    for of_site in summary.rows().chunk_by(|a, b| a.site == b.site) {
        let row =
            |row: &ChainRow| [row.name()].into_iter().chain(cells(row).into_iter().take(columns)).collect();
        shown.extend(of_site.iter().take(SHOWN).map(row));
        if of_site.len() > SHOWN {
            let mut cells = vec![String::new(); header.len()];
            cells[0] = format!("{}: {} more", of_site[0].site, of_site.len() - SHOWN);
            shown.push(cells);
        }
    }
    page.table(&header, shown)
}

/// Shows the chains of the numbers that are to be trusted least.
fn chains(page: Page, sampled: &Sampled, rows: &[ChainRow], numbers: &ShownDraws<'_>) -> Page {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    if rows.len() > TRACED {
        // Those whose chains agree least; a constant has no R-hat.
        let size = |k: usize| if rows[k].r_hat.is_nan() { f64::NEG_INFINITY } else { rows[k].r_hat };
        order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
        order.truncate(TRACED);
    }
    let plots = |plot: fn(&str, &[&[f64]]) -> Plot| -> Vec<Plot> {
        let one = |&k: &usize| {
            let draws = numbers.draws(k);
            let chains: Vec<&[f64]> =
                sampled.chains().iter().filter_map(|chain| draws.get(chain.rows.clone())).collect();
            plot(&rows[k].name(), &chains)
        };
        order.iter().map(one).collect()
    };
    let page = page.section("Traces").plots(&plots(trace));
    let page = match rows.len().saturating_sub(TRACED) {
        0 => page,
        more => page.text(&format!(
            "Shown are the {TRACED} numbers with the largest R-hat; {more} more have no chains here."
        )),
    };
    page.section("Ranks")
        .text("Where chains agree, the ranks of their draws among all are level; the band holds all bins of a number with a probability of 95 %.")
        .plots(&plots(ranks))
}
