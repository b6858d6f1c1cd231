//! The density of one number.

use crate::axis::Axis;
use crate::column::{Column, range};
use crate::figure::{Figure, area, chart, draw_band, draw_line, line};
use crate::kernel_density::{KernelDensity, kernel_density};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::counted;
use plotters::element::Rectangle;
use std::collections::BTreeMap;

const HEIGHT: u32 = 150;

/// Returns a density of draws, to be told of their weights, support and unit before it is drawn.
///
/// # Examples
///
/// ```
/// use ppl_report::plots::density;
///
/// let draws: Vec<f64> = (0..1_000).map(|i| -(1.0 - (f64::from(i) + 0.5) / 1_000.0f64).ln()).collect();
/// let weights: Vec<f64> = draws.iter().map(|x| (-x).exp()).collect();
/// let plot = density("t", &draws).weights(&weights).support(0.0, f64::INFINITY).unit("s").plot();
/// assert!(plot.svg().contains(">t (s)</text>") && plot.svg().contains(">corrected</text>"));
/// // What there is nothing of is said.
/// assert!(density("t", &[f64::NAN]).plot().svg().contains("1 number of 1 not drawn"));
/// ```
pub fn density<'a>(name: &'a str, draws: &'a [f64]) -> Density<'a> {
    let support = (f64::NEG_INFINITY, f64::INFINITY);
    Density { name, draws, weights: None, support, unit: None }
}

/// A density that [`density`] begins.
///
/// Integers that lie close together are drawn as bars, anything else is smoothed by a normal kernel: the bandwidth is Silverman's rule of
/// thumb, with the number of draws that the weights are worth.
///
/// # Examples
///
/// See [`density`].
///
/// # References
///
/// Silverman (1986), *Density Estimation for Statistics and Data Analysis*, equation 3.31 and section 2.10.
#[derive(Clone, Debug)]
#[must_use]
pub struct Density<'a> {
    name: &'a str,
    draws: &'a [f64],
    weights: Option<&'a [f64]>,
    support: (f64, f64),
    unit: Option<&'a str>,
}

impl<'a> Density<'a> {
    /// Sets importance weights, one for each draw, which need not sum to one: the weighted density is drawn over the raw one.
    ///
    /// # Examples
    ///
    /// See [`density`].
    pub fn weights(self, weights: &'a [f64]) -> Self {
        Density { weights: Some(weights), ..self }
    }

    /// Sets the ends of what the draws can be, which may be infinite: at an end nothing is smeared beyond it.
    ///
    /// # Examples
    ///
    /// See [`density`].
    pub fn support(self, low: f64, high: f64) -> Self {
        Density { support: (low, high), ..self }
    }

    /// Sets the unit of the draws.
    ///
    /// # Examples
    ///
    /// See [`density`].
    pub fn unit(self, unit: &'a str) -> Self {
        Density { unit: Some(unit), ..self }
    }

    /// Draws it.
    ///
    /// # Examples
    ///
    /// See [`density`].
    pub fn plot(self) -> Plot {
        let Density { name, draws, weights, support, unit } = self;
        let column = Column::of(draws, weights);
        let mut notes = column.notes.clone();
        if column.is_empty() {
            notes.insert(0, "There is no number to draw.".to_owned());
            return Figure::without_drawing(name, notes);
        }
        let title = unit.map_or_else(String::new, |unit| format!("{name} ({unit})"));
        let weighted = column.weights.is_some();
        let figure = |notes: Vec<String>| match weighted {
            true => Figure::new(name, HEIGHT)
                .legend(Role::Muted, "raw")
                .legend(Role::First, "corrected")
                .notes(notes),
            false => Figure::new(name, HEIGHT).notes(notes),
        };
        let (low, high) = column.range();
        if low == high {
            notes.insert(0, without_density(&column));
            return Figure::without_drawing(name, notes);
        }
        if let Some(raw) = column.shares(false) {
            return bars(figure(notes), &raw, column.shares(true).filter(|_| weighted).as_ref(), &title);
        }
        let raw = kernel_density(&column, false, support);
        let corrected = if weighted { kernel_density(&column, true, support) } else { None };
        let Some(raw) = raw else {
            notes.insert(0, without_density(&column));
            return Figure::without_drawing(name, notes);
        };
        if weighted && corrected.is_none() {
            notes.push("Nearly all weight lies on one draw; there is no corrected density.".to_owned());
        }
        let outside = corrected.as_ref().unwrap_or(&raw).outside;
        if outside > 5e-4 {
            notes.push(format!("{:.1} % of the draws lie outside of the picture.", 100.0 * outside));
        }
        curves(figure(notes), &raw, corrected.as_ref(), &title)
    }
}

/// Says why there is no density.
fn without_density(column: &Column) -> String {
    let (low, high) = column.range();
    match low == high {
        true if column.values.len() == 1 => format!("There is one draw: {low}."),
        true => format!("All of {} are {low}.", counted(column.values.len(), "draw")),
        false => format!("All draws are {low} but for rounding."),
    }
}

fn curves(figure: Figure<'_>, raw: &KernelDensity, corrected: Option<&KernelDensity>, title: &str) -> Plot {
    let shown = || [Some(raw), corrected].into_iter().flatten();
    let ends = |found: &KernelDensity| [found.places[0], found.places[found.places.len() - 1]];
    let (low, high) = match corrected {
        // The weights leave out far draws as well.
        Some(corrected) => range(ends(corrected).into_iter().chain(seen(raw))),
        None => range(ends(raw).into_iter()),
    };
    let (_, top) = range(shown().flat_map(|found| found.density.iter().copied()));
    let x = Axis::linear(low, high, 5, title);
    let y = Axis::linear(0.0, 1.05 * top, 3, "density");
    figure.draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        let points = |found: &KernelDensity| -> Vec<(f64, f64)> {
            let points = found.places.iter().copied().zip(found.density.iter().copied());
            points.filter(|(place, _)| (x.low..=x.high).contains(place)).collect()
        };
        let main = points(corrected.unwrap_or(raw));
        let filled: Vec<(f64, f64, f64)> = main.iter().map(|&(x, y)| (x, 0.0, y)).collect();
        draw_band(&mut chart, &filled, area(Role::First, 0.18))?;
        if corrected.is_some() {
            draw_line(&mut chart, points(raw), line(Role::Muted, 1.0, 1.2))?;
        }
        draw_line(&mut chart, main, line(Role::First, 1.0, 1.6))
    })
}

/// Returns the ends of where a density is worth looking at.
fn seen(found: &KernelDensity) -> impl Iterator<Item = f64> {
    let peak = found.density.iter().copied().fold(0.0, f64::max);
    let is_seen = |k: &usize| found.density[*k] > 0.004 * peak;
    let count = found.places.len();
    let ends = [(0..count).find(is_seen), (0..count).rev().find(is_seen)];
    ends.map(|k| k.map(|k| found.places[k])).into_iter().flatten()
}

fn bars(
    figure: Figure<'_>,
    raw: &BTreeMap<i64, f64>,
    corrected: Option<&BTreeMap<i64, f64>>,
    title: &str,
) -> Plot {
    let (low, high) = range(raw.keys().map(|&k| k as f64));
    let shares = || [Some(raw), corrected].into_iter().flatten();
    let (_, top) = range(shares().flat_map(|shares| shares.values().copied()));
    let mut x = Axis::linear(low - 0.6, high + 0.6, 5, title);
    x.ticks.retain(|(place, _)| place.fract() == 0.0);
    x.ticks.iter_mut().for_each(|(place, label)| *label = format!("{place}").replace('-', "−"));
    let y = Axis::linear(0.0, 1.05 * top, 3, "share");
    figure.draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        let bar = |(&k, &share): (&i64, &f64), half: f64, style| {
            Rectangle::new([(k as f64 - half, 0.0), (k as f64 + half, share)], style)
        };
        match corrected {
            None => chart.draw_series(raw.iter().map(|entry| bar(entry, 0.35, area(Role::First, 0.8))))?,
            Some(corrected) => {
                chart.draw_series(raw.iter().map(|entry| bar(entry, 0.42, area(Role::Muted, 0.45))))?;
                chart.draw_series(corrected.iter().map(|entry| bar(entry, 0.22, area(Role::First, 1.0))))?
            }
        };
        Ok(())
    })
}
