//! Observed data beside data that the model makes.

use crate::axis::Axis;
use crate::column::{Column, range, thinned};
use crate::figure::{Figure, area, chart, draw_line, line, units};
use crate::kernel_density::{KernelDensity, kernel_density};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::counted;
use plotters::element::{Circle, Rectangle};
use ppl_diagnostics::intervals::quantile;
use std::collections::BTreeMap;

/// More lines than these are a blot.
const MOST_LINES: usize = 30;

/// More replications than these change no interval.
const MOST_REPLICATIONS: usize = 400;

/// Returns the observed data beside replications of them: bars with intervals of 90 % of the replications where all are integers that lie close together, densities where they are not.
///
/// # Examples
///
/// ```
/// use ppl_report::plots::predictive;
///
/// let replications: Vec<Vec<f64>> = (0..20).map(|r| (0..50).map(|i| f64::from((i * 7 + r) % 5)).collect()).collect();
/// let replications: Vec<&[f64]> = replications.iter().map(Vec::as_slice).collect();
/// let counts = predictive("y", &[0.0, 1.0, 1.0, 3.0], &replications);
/// assert!(counts.svg().contains(">share</text>"));
/// let densities = predictive("y", &[0.1, 1.0, 1.0, 3.0], &replications);
/// assert!(densities.svg().contains(">density</text>"));
/// ```
///
/// # References
///
/// Gabry, Simpson, Vehtari, Betancourt, Gelman (2019), *Visualization in Bayesian workflow*, section 5, <https://doi.org/10.1111/rssa.12378>.
pub fn predictive(name: &str, observed: &[f64], replications: &[&[f64]]) -> Plot {
    let data = Column::of(observed, None);
    let mut notes = data.notes.clone();
    let replicated: Vec<Column> = thinned(replications.len(), MOST_REPLICATIONS)
        .map(|k| Column::of(replications[k], None))
        .filter(|column| !column.is_empty())
        .collect();
    if data.is_empty() || replicated.is_empty() {
        notes.insert(0, "There are no data to compare, or no replications of them.".to_owned());
        return Figure::without_drawing(name, notes);
    }
    let missing: usize = replicated.iter().filter(|column| !column.notes.is_empty()).count();
    if missing > 0 {
        notes.push(format!("{} with numbers that are not finite.", counted(missing, "replication")));
    }
    let all: Vec<f64> =
        data.values.iter().chain(replicated.iter().flat_map(|c| &c.values)).copied().collect();
    let figure = |notes| {
        let figure = Figure::new(name, 160).legend(Role::Muted, "replicated").legend(Role::First, "observed");
        figure.notes(notes)
    };
    if Column::of(&all, None).shares(false).is_some() {
        let shares = |column: &Column| column.shares(false).unwrap_or_default();
        return bars(figure(notes), &shares(&data), &replicated.iter().map(shares).collect::<Vec<_>>(), name);
    }
    let line_of = |column: &Column| kernel_density(column, false, (f64::NEG_INFINITY, f64::INFINITY));
    let lines: Vec<KernelDensity> =
        thinned(replicated.len(), MOST_LINES).filter_map(|k| line_of(&replicated[k])).collect();
    let Some(observed) = line_of(&data) else {
        notes.insert(0, "All observed data are equal, and have no density.".to_owned());
        return Figure::without_drawing(name, notes);
    };
    if lines.is_empty() {
        notes.push("The numbers of each replication are all equal, and have no density.".to_owned());
    }
    curves(figure(notes), &observed, &lines, name)
}

fn curves(figure: Figure<'_>, observed: &KernelDensity, lines: &[KernelDensity], name: &str) -> Plot {
    let all = || lines.iter().chain([observed]);
    let ends = all().flat_map(|line| [line.places[0], line.places[line.places.len() - 1]]);
    let (low, high) = range(ends);
    let (_, top) = range(all().flat_map(|line| line.density.iter().copied()));
    let (x, y) = (Axis::linear(low, high, 5, name), Axis::linear(0.0, 1.05 * top, 3, "density"));
    figure.draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        // Every second place of thin lines will do.
        let points = |line: &KernelDensity, every: usize| -> Vec<(f64, f64)> {
            line.places.iter().copied().zip(line.density.iter().copied()).step_by(every).collect()
        };
        for found in lines {
            draw_line(&mut chart, points(found, 4), line(Role::Muted, 0.35, 0.8))?;
        }
        draw_line(&mut chart, points(observed, 1), line(Role::First, 1.0, 2.0))
    })
}

fn bars(
    figure: Figure<'_>,
    observed: &BTreeMap<i64, f64>,
    replicated: &[BTreeMap<i64, f64>],
    name: &str,
) -> Plot {
    let (low, high) =
        range(observed.keys().chain(replicated.iter().flat_map(BTreeMap::keys)).map(|&k| k as f64));
    let intervals: Vec<(f64, [f64; 3])> = (low as i64..=high as i64)
        .map(|value| {
            let shares: Vec<f64> = replicated.iter().map(|r| r.get(&value).copied().unwrap_or(0.0)).collect();
            (value as f64, [0.05, 0.5, 0.95].map(|p| quantile(&shares, p).unwrap_or(0.0)))
        })
        .collect();
    let (_, top) = range(observed.values().copied().chain(intervals.iter().map(|(_, interval)| interval[2])));
    let mut x = Axis::linear(low - 0.6, high + 0.6, 5, name);
    x.ticks.retain(|(place, _)| place.fract() == 0.0);
    let y = Axis::linear(0.0, 1.05 * top, 3, "share");
    figure.draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        chart.draw_series(observed.iter().map(|(&k, &share)| {
            Rectangle::new([(k as f64 - 0.38, 0.0), (k as f64 + 0.38, share)], area(Role::First, 0.55))
        }))?;
        for (k, [low, _, high]) in &intervals {
            draw_line(&mut chart, [(*k, *low), (*k, *high)], line(Role::Ink, 0.8, 1.4))?;
        }
        chart.draw_series(
            intervals
                .iter()
                .map(|(k, [_, median, _])| Circle::new((*k, *median), units(2.0), area(Role::Ink, 1.0))),
        )?;
        Ok(())
    })
}
