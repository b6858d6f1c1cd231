//! What all pictures have in common: a title, a legend beside it, charts with axes, and sentences below.

use crate::axis::Axis;
use crate::canvas::{Canvas, UNIT};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::{shortened, width, wrapped};
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBAColor, ShapeStyle, TextStyle};
use std::convert::Infallible;

/// The width of a picture: on a phone one of its units is about one of the screen's.
pub(crate) const WIDTH: u32 = 360;

/// The sizes of letters.
const TITLE: f64 = 13.0;
const LABEL: f64 = 11.0;

/// The height of the line with the title, and of one below the picture.
const HEAD: u32 = 22;
const LINE: u32 = 14;

/// The space left of a picture, and right of it.
const MARGIN: u32 = 8;

pub(crate) type Area<'c> = DrawingArea<Canvas<'c>, Shift>;
pub(crate) type Failed = DrawingAreaErrorKind<Infallible>;
pub(crate) type Chart<'a, 'c> = ChartContext<'a, Canvas<'c>, Cartesian2d<Axis, Axis>>;

/// Returns a length of the picture in units of plotters.
pub(crate) fn units(x: f64) -> i32 {
    (x * f64::from(UNIT)).round() as i32
}

/// Returns the style of letters.
pub(crate) fn letters(size: f64, role: Role) -> TextStyle<'static> {
    let font = ("sans-serif", size * f64::from(UNIT)).into_font();
    TextStyle { color: role.colour().to_backend_color(), ..TextStyle::from(font) }
}

pub(crate) fn labels(role: Role) -> TextStyle<'static> {
    letters(LABEL, role)
}

pub(crate) fn anchored(style: TextStyle<'static>, h: HPos, v: VPos) -> TextStyle<'static> {
    style.pos(Pos::new(h, v))
}

/// Returns how wide a label is.
pub(crate) fn label_width(text: &str) -> f64 {
    width(text) * LABEL
}

/// Returns a label that is no wider.
pub(crate) fn label_within(text: &str, room: f64) -> String {
    shortened(text, room / LABEL)
}

pub(crate) fn line(role: Role, opacity: f64, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour(role, opacity), filled: false, stroke_width: units(width) as u32 }
}

pub(crate) fn area(role: Role, opacity: f64) -> ShapeStyle {
    ShapeStyle { color: colour(role, opacity), filled: true, stroke_width: 0 }
}

fn colour(role: Role, opacity: f64) -> RGBAColor {
    role.colour().mix(opacity)
}

/// A picture that is being put together.
pub(crate) struct Figure<'a> {
    title: &'a str,
    height: u32,
    legend: Vec<(Role, String)>,
    notes: Vec<String>,
}

impl<'a> Figure<'a> {
    /// Begins a picture of this height between its title and its sentences.
    pub(crate) fn new(title: &'a str, height: u32) -> Figure<'a> {
        Figure { title, height, legend: Vec::new(), notes: Vec::new() }
    }

    /// Adds a word that says what has a colour.
    pub(crate) fn legend(mut self, role: Role, what: impl Into<String>) -> Self {
        self.legend.push((role, what.into()));
        self
    }

    /// Adds sentences below the picture.
    pub(crate) fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Returns a picture of sentences alone.
    pub(crate) fn without_drawing(title: &str, notes: impl IntoIterator<Item = String>) -> Plot {
        Figure::new(title, 4).notes(notes).draw(|_| Ok(()))
    }

    /// Draws the picture; one that fails says so.
    pub(crate) fn draw(self, draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>) -> Plot {
        let mut body = String::new();
        match self.try_draw(draw, &mut body) {
            Ok(size) => Plot::new(self.title, size, &body),
            Err(error) => {
                Figure::without_drawing(self.title, [format!("This picture could not be drawn: {error}.")])
            }
        }
    }

    fn try_draw(
        &self,
        draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>,
        body: &mut String,
    ) -> Result<(u32, u32), Failed> {
        let room = f64::from(WIDTH - 2 * MARGIN);
        let lines: Vec<String> = self.notes.iter().flat_map(|note| wrapped(note, room / LABEL)).collect();
        let foot = LINE * lines.len() as u32 + if lines.is_empty() { 0 } else { 8 };
        let size = (WIDTH, HEAD + self.height + foot);
        let whole = Canvas::new(body, size).into_drawing_area();
        let (head, rest) = whole.split_vertically(units(f64::from(HEAD)));
        let (middle, below) = rest.split_vertically(units(f64::from(self.height)));
        self.draw_head(&head)?;
        draw(&middle)?;
        let style = labels(Role::Muted);
        for (k, text) in lines.iter().enumerate() {
            let down = f64::from(LINE) * k as f64 + 4.0;
            below.draw_text(text, &style, (units(f64::from(MARGIN)), units(down)))?;
        }
        whole.present()?;
        Ok(size)
    }

    /// Writes the title, and what the colours mean to the right.
    fn draw_head(&self, head: &Area<'_>) -> Result<(), Failed> {
        let mut right = f64::from(WIDTH - MARGIN);
        for (role, what) in self.legend.iter().rev() {
            head.draw_text(
                what,
                &anchored(labels(*role), HPos::Right, VPos::Top),
                (units(right), units(6.0)),
            )?;
            right -= label_width(what) + 10.0;
        }
        let title = shortened(self.title, (right - f64::from(MARGIN)).max(40.0) / TITLE);
        head.draw_text(&title, &letters(TITLE, Role::Ink), (units(f64::from(MARGIN)), units(4.0)))
    }
}

/// Draws axes that fill an area, with room for their labels.
pub(crate) fn chart<'a, 'c>(area: &'a Area<'c>, x: &Axis, y: &Axis) -> Result<Chart<'a, 'c>, Failed> {
    let widest = y.ticks.iter().map(|(_, label)| label_width(label)).fold(0.0, f64::max);
    let left =
        widest + if y.ticks.is_empty() { 0.0 } else { 7.0 } + if y.title.is_empty() { 0.0 } else { 17.0 };
    let bottom = if x.ticks.is_empty() { 2.0 } else { 19.0 } + if x.title.is_empty() { 0.0 } else { 16.0 };
    chart_with_room(area, x, y, left.max(4.0), bottom)
}

/// Draws axes with so much room for labels to the left and below.
pub(crate) fn chart_with_room<'a, 'c>(
    area: &'a Area<'c>,
    x: &Axis,
    y: &Axis,
    left: f64,
    bottom: f64,
) -> Result<Chart<'a, 'c>, Failed> {
    let mut chart = ChartBuilder::on(area)
        .margin_left(units(6.0))
        .margin_right(units(14.0))
        .margin_top(units(4.0))
        .x_label_area_size(units(bottom))
        .y_label_area_size(units(left))
        .build_cartesian_2d(x.clone(), y.clone())?;
    let mut mesh = chart.configure_mesh();
    if y.ticks.is_empty() {
        mesh.disable_y_axis();
    }
    mesh.disable_x_mesh()
        .x_labels(x.ticks.len())
        .y_labels(y.ticks.len())
        .x_desc(x.title.as_str())
        .y_desc(label_within(&y.title, f64::from(WIDTH)))
        .axis_style(line(Role::Muted, 0.8, 0.8))
        .bold_line_style(line(Role::Muted, 0.22, 0.7))
        .light_line_style(line(Role::Muted, 0.0, 0.7))
        .label_style(labels(Role::Muted))
        .axis_desc_style(labels(Role::Muted))
        .set_all_tick_mark_size(units(2.5))
        .draw()?;
    Ok(chart)
}

/// Draws a frame without labels that fills an area.
pub(crate) fn panel<'a, 'c>(area: &'a Area<'c>, x: &Axis, y: &Axis) -> Result<Chart<'a, 'c>, Failed> {
    let chart = ChartBuilder::on(area).build_cartesian_2d(x.clone(), y.clone())?;
    let (width, height) = area.dim_in_pixel();
    let frame = [(0, 0), (width as i32, height as i32)];
    area.draw(&Rectangle::new(frame, line(Role::Muted, 0.4, 0.7)))?;
    Ok(chart)
}

/// Draws a line through points.
pub(crate) fn draw_line(
    chart: &mut Chart<'_, '_>,
    points: impl IntoIterator<Item = (f64, f64)>,
    style: ShapeStyle,
) -> Result<(), Failed> {
    let points: Vec<(f64, f64)> = points.into_iter().collect();
    if points.is_empty() {
        return Ok(());
    }
    chart.draw_series([PathElement::new(points, style)])?;
    Ok(())
}

/// Fills what lies between a lower and an upper line, given at the same places.
pub(crate) fn draw_band(
    chart: &mut Chart<'_, '_>,
    band: &[(f64, f64, f64)],
    style: ShapeStyle,
) -> Result<(), Failed> {
    let lower = band.iter().map(|&(x, low, _)| (x, low));
    let upper = band.iter().rev().map(|&(x, _, high)| (x, high));
    chart.draw_series([Polygon::new(lower.chain(upper).collect::<Vec<_>>(), style)])?;
    Ok(())
}
