//! Means with intervals, one below the other.

use crate::axis::Axis;
use crate::column::{Column, can_be_drawn, range};
use crate::figure::{
    Figure, anchored, area, chart_with_room, draw_line, label_width, label_within, labels, line, units,
};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::counted;
use plotters::element::Circle;
use plotters::style::text_anchor::{HPos, VPos};
use ppl_diagnostics::intervals::{quantile, weighted_quantile};

/// More rows than these cannot be taken in at a glance.
const MOST_ROWS: usize = 60;

/// The height of a row, and of the axis below.
const ROW: u32 = 15;
const AXIS: u32 = 30;

/// A mean with intervals, a row of [`forest`].
///
/// # Examples
///
/// ```
/// use ppl_report::plots::ForestRow;
///
/// let row = ForestRow::of("alpha[AITKIN]", &[1.0, 2.0, 3.0, 4.0, 5.0]);
/// assert_eq!((row.mean, row.half), (3.0, [2.0, 4.0]));
/// // A draw without weight changes nothing.
/// let row = ForestRow::weighted("x", &[1.0, 2.0, 9.0], &[1.0, 1.0, 0.0]);
/// assert_eq!(row.mean, 1.5);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ForestRow {
    /// What stands to the left.
    pub name: String,
    /// The mean.
    pub mean: f64,
    /// The ends of the interval that holds half of the draws, as many on either side.
    pub half: [f64; 2],
    /// The ends of the interval that holds 90 % of the draws.
    pub ninety: [f64; 2],
}

impl ForestRow {
    /// Returns the row of some draws; those that are not finite are left out, and of none the numbers are NaN.
    ///
    /// # Examples
    ///
    /// See [`ForestRow`].
    pub fn of(name: impl Into<String>, draws: &[f64]) -> ForestRow {
        ForestRow::of_column(name.into(), &Column::of(draws, None))
    }

    /// Returns the row of draws with importance weights, which need not sum to one. Weights that are not a number from 0 on for each draw are not used.
    ///
    /// # Examples
    ///
    /// See [`ForestRow`].
    pub fn weighted(name: impl Into<String>, draws: &[f64], weights: &[f64]) -> ForestRow {
        ForestRow::of_column(name.into(), &Column::of(draws, Some(weights)))
    }

    fn of_column(name: String, column: &Column) -> ForestRow {
        let Column { values, weights, .. } = column;
        let quantile = |p: f64| match weights {
            Some(weights) => weighted_quantile(values, weights, p).unwrap_or(f64::NAN),
            None => quantile(values, p).unwrap_or(f64::NAN),
        };
        let mean = match weights {
            Some(weights) => values.iter().zip(weights).map(|(x, w)| w * x).sum(),
            None => values.iter().sum::<f64>() / values.len() as f64,
        };
        let (half, ninety) = ([quantile(0.25), quantile(0.75)], [quantile(0.05), quantile(0.95)]);
        ForestRow { name, mean, half, ninety }
    }

    fn ends(&self) -> [f64; 5] {
        [self.mean, self.half[0], self.half[1], self.ninety[0], self.ninety[1]]
    }
}

/// Returns means as dots, with intervals of half and of 90 % of the draws as a thick and a thin line. Of more than 60 rows the first are drawn, and the picture
/// says how many there are.
///
/// # Examples
///
/// ```
/// use ppl_report::plots::{ForestRow, forest};
///
/// let rows: Vec<ForestRow> =
///     (0..2_000).map(|k| ForestRow::of(format!("alpha[{k}]"), &[f64::from(k), f64::from(k) + 1.0])).collect();
/// let plot = forest("alpha", &rows);
/// assert!(plot.svg().contains(">alpha[59]</text>") && plot.svg().contains("1,940 more"));
/// ```
pub fn forest(title: &str, rows: &[ForestRow]) -> Plot {
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    let mut notes = Vec::new();
    if rows.len() > shown.len() {
        notes.push(format!("{} more.", counted(rows.len() - shown.len(), "").trim_end_matches([' ', 's'])));
    }
    let is_drawn = |row: &&ForestRow| row.ends().into_iter().all(can_be_drawn);
    let empty = shown.len() - shown.iter().filter(is_drawn).count();
    if empty > 0 {
        notes.push(format!("{} without finite numbers.", counted(empty, "row")));
    }
    let (low, high) = range(shown.iter().filter(is_drawn).flat_map(ForestRow::ends));
    if low > high {
        notes.insert(0, "There is no interval to draw.".to_owned());
        return Figure::without_drawing(title, notes);
    }
    let room = 0.03 * (high - low);
    let x = Axis::linear(low - room, high + room, 4, "");
    let y = Axis::linear(-0.5, shown.len() as f64 - 0.5, 1, "").bare();
    let names: Vec<String> = shown.iter().map(|row| label_within(&row.name, 130.0)).collect();
    let left = names.iter().map(|name| label_width(name)).fold(0.0, f64::max) + 6.0;
    let height = ROW * shown.len() as u32 + AXIS;
    Figure::new(title, height).legend(Role::First, "mean, 50 % and 90 %").notes(notes).draw(|figure| {
        let mut chart = chart_with_room(figure, &x, &y, left, 18.0)?;
        let down = |k: usize| (shown.len() - 1 - k) as f64;
        if x.low < 0.0 && x.high > 0.0 {
            draw_line(&mut chart, [(0.0, y.low), (0.0, y.high)], line(Role::Muted, 0.5, 0.8))?;
        }
        let drawn = || shown.iter().enumerate().filter(|(_, row)| is_drawn(row));
        for (k, row) in drawn() {
            for ([from, to], width) in [(row.ninety, 1.2), (row.half, 3.6)] {
                draw_line(&mut chart, [(from, down(k)), (to, down(k))], line(Role::First, 0.75, width))?;
            }
        }
        chart.draw_series(
            drawn().map(|(k, row)| Circle::new((row.mean, down(k)), units(2.6), area(Role::Ink, 1.0))),
        )?;
        let style = anchored(labels(Role::Ink), HPos::Right, VPos::Center);
        for (k, name) in names.iter().enumerate() {
            let (_, at) = chart.backend_coord(&(x.low, down(k)));
            let (_, top) = figure.get_base_pixel();
            figure.draw_text(name, &style, (units(left + 2.0), at - top))?;
        }
        Ok(())
    })
}
