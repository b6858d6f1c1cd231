//! How numbers depend on each other, two by two.

use crate::axis::Axis;
use crate::column::{Column, can_be_drawn, range, thinned};
use crate::figure::{
    Area, Failed, Figure, WIDTH, anchored, area, label_width, label_within, labels, panel, units,
};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::grouped;
use plotters::element::Circle;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, VPos};

/// What can be told apart on a phone.
const MOST_COLUMNS: usize = 5;
const MOST_DRAWS: usize = 300;

/// The size of a cell, and the room for labels below and to the left.
const LEFT: f64 = 46.0;
const BELOW: f64 = 14.0;
const INNER: f64 = 6.0;

/// Returns scatter plots of up to five columns of draws, each against each. Of many draws 300 are shown; where there are importance weights, one for each draw, these are
/// chosen by them, at equal distances of the summed weights.
///
/// # Examples
///
/// ```
/// let a: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 50)).collect();
/// let b: Vec<f64> = a.iter().map(|x| x * x).collect();
/// let plot = ppl_report::plots::pairs("", &[("a", &a), ("b", &b)], None);
/// assert!(plot.svg().contains(">a</text>") && plot.svg().contains(">b</text>"));
/// ```
pub fn pairs(title: &str, columns: &[(&str, &[f64])], weights: Option<&[f64]>) -> Plot {
    let shown = &columns[..columns.len().min(MOST_COLUMNS)];
    let mut notes = Vec::new();
    if columns.len() > shown.len() {
        notes.push(format!("{} more columns.", grouped(columns.len() - shown.len())));
    }
    let count = shown.iter().map(|(_, values)| values.len()).min().unwrap_or(0);
    if shown.iter().any(|(_, values)| values.len() != count) {
        notes.push(format!("Columns have different lengths; the first {count} draws are shown."));
    }
    let is_drawn = |k: &usize| shown.iter().all(|(_, values)| can_be_drawn(values[*k]));
    let kept: Vec<usize> = (0..count).filter(is_drawn).collect();
    if kept.len() < count {
        let [left_out, count] = [count - kept.len(), count].map(grouped);
        notes.push(format!("{left_out} of {count} draws have numbers that are not finite."));
    }
    if shown.len() < 2 || kept.is_empty() {
        notes.insert(0, "There are no two columns with draws to compare.".to_owned());
        return Figure::without_drawing(title, notes);
    }
    let chosen = choose(&kept, count, weights, &mut notes);
    if chosen.len() < kept.len() {
        notes.push(format!("{MOST_DRAWS} of {} draws.", grouped(kept.len())));
    }
    let axes: Vec<Axis> = shown
        .iter()
        .map(|(_, values)| {
            let (low, high) = range(chosen.iter().map(|&k| values[k]));
            let room = 0.06 * (high - low);
            Axis::linear(low - room, high + room, 2, "")
        })
        .collect();
    let cells = shown.len() - 1;
    let side = (f64::from(WIDTH) - LEFT - 14.0) / cells as f64;
    let side = side.min(200.0);
    let height = side * cells as f64 + BELOW + 16.0;
    Figure::new(title, height.ceil() as u32).notes(notes).draw(|figure| {
        for row in 1..=cells {
            for column in 0..row {
                let points = chosen.iter().map(|&k| (shown[column].1[k], shown[row].1[k]));
                let at = (LEFT + side * column as f64, side * (row - 1) as f64);
                let outer = (row == cells, column == 0);
                cell(figure, at, side, [&axes[column], &axes[row]], outer, points)?;
            }
        }
        // Each row has its name above its last cell, and each column below.
        let style = labels(Role::Ink);
        for (k, (name, _)) in shown.iter().enumerate() {
            if k > 0 {
                let at = (units(11.0), units(side * (k as f64 - 0.5)));
                let turned =
                    anchored(style.clone(), HPos::Center, VPos::Center).transform(FontTransform::Rotate270);
                figure.draw_text(&label_within(name, side), &turned, at)?;
            }
            if k < cells {
                let at = (units(LEFT + side * (k as f64 + 0.5)), units(side * cells as f64 + BELOW));
                figure.draw_text(
                    &label_within(name, side),
                    &anchored(style.clone(), HPos::Center, VPos::Top),
                    at,
                )?;
            }
        }
        Ok(())
    })
}

/// Returns the draws to show, some of them more than once where weights say so.
fn choose(kept: &[usize], count: usize, weights: Option<&[f64]>, notes: &mut Vec<String>) -> Vec<usize> {
    let even = || thinned(kept.len(), MOST_DRAWS).map(|k| kept[k]).collect();
    let Some(weights) = weights else { return even() };
    if weights.len() < count {
        notes.push("There is not a weight for each draw; the weights are not used.".to_owned());
        return even();
    }
    let of_kept: Vec<f64> = kept.iter().map(|&k| weights[k]).collect();
    // The numbers of draws, weighed like a column.
    let places: Vec<f64> = (0..kept.len()).map(|k| k as f64).collect();
    let Column { weights, notes: wrong, .. } = Column::of(&places, Some(&of_kept));
    notes.extend(wrong);
    let Some(weights) = weights else { return even() };
    let (mut chosen, mut sum, shown) = (Vec::new(), 0.0, kept.len().min(MOST_DRAWS));
    for (&k, weight) in kept.iter().zip(&weights) {
        sum += weight * shown as f64;
        while chosen.len() < shown && chosen.len() as f64 + 0.5 < sum {
            chosen.push(k);
        }
    }
    chosen
}

/// Draws one scatter plot with its frame; ticks have labels at the outer edges alone.
fn cell(
    figure: &Area<'_>,
    (left, top): (f64, f64),
    side: f64,
    [x, y]: [&Axis; 2],
    (is_lowest, is_first): (bool, bool),
    points: impl Iterator<Item = (f64, f64)>,
) -> Result<(), Failed> {
    let inner = side - INNER;
    let place = figure.clone().shrink((units(left), units(top)), (units(inner), units(inner)));
    let mut chart = panel(&place, x, y)?;
    chart.draw_series(points.map(|point| Circle::new(point, units(1.3), area(Role::First, 0.45))))?;
    for (tick, label) in x.ticks.iter().filter(|_| is_lowest) {
        let across = left + inner * (tick - x.low) / (x.high - x.low);
        // Beside it stands the label of the next cell.
        if (across - left).min(left + inner - across) < 0.5 * label_width(label) - 2.0 {
            continue;
        }
        let at = (units(across), units(top + inner + 4.0));
        figure.draw_text(label, &anchored(labels(Role::Muted), HPos::Center, VPos::Top), at)?;
    }
    for (tick, label) in y.ticks.iter().filter(|(_, label)| is_first && label_width(label) < LEFT - 16.0) {
        let down = top + inner * (1.0 - (tick - y.low) / (y.high - y.low));
        let at = (units(left - 3.0), units(down));
        figure.draw_text(
            &label_within(label, 30.0),
            &anchored(labels(Role::Muted), HPos::Right, VPos::Center),
            at,
        )?;
    }
    Ok(())
}
