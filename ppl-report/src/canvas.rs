//! Where plotters draws: a text of SVG, in which colours are classes.
//!
//! Plotters places everything on whole pixels, so that one of its pixels is a tenth of one of the picture.

use crate::style::Role;
use crate::text::{escaped, width};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};
use std::convert::Infallible;
use std::fmt::Write as _;

/// How many units of plotters are one of the picture.
pub(crate) const UNIT: i32 = 10;

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// A picture in the making.
pub(crate) struct Canvas<'a> {
    out: &'a mut String,
    /// In units of plotters.
    size: (u32, u32),
    dots: Dots,
    shapes: Shapes,
}

/// Filled shapes of one kind, which are written as one path: an image has hundreds.
#[derive(Default)]
struct Shapes {
    /// Colour and opacity, as attributes.
    kind: String,
    path: String,
}

/// Dots of one kind, which are written as one path.
#[derive(Default)]
struct Dots {
    /// Colour, opacity and diameter, as attributes.
    kind: String,
    path: String,
    last: BackendCoord,
}

impl<'a> Canvas<'a> {
    /// Begins a picture of a width and a height.
    pub(crate) fn new(out: &'a mut String, (width, height): (u32, u32)) -> Canvas<'a> {
        Canvas {
            out,
            size: (width * UNIT as u32, height * UNIT as u32),
            dots: Dots::default(),
            shapes: Shapes::default(),
        }
    }

    /// Writes the dots and the shapes that wait.
    fn flush(&mut self) {
        let Canvas { out, dots, shapes, .. } = self;
        for (kind, path) in [(&dots.kind, &mut dots.path), (&shapes.kind, &mut shapes.path)] {
            if !path.is_empty() {
                write(out, format_args!("<path {kind} d=\"{path}\"/>"));
                path.clear();
            }
        }
    }
}

/// Writes to a string, which cannot fail.
fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// Returns a length of plotters in the picture.
fn length(x: i32) -> String {
    let (sign, size) = (if x < 0 { "-" } else { "" }, x.unsigned_abs());
    match size % 10 {
        0 => format!("{sign}{}", size / 10),
        tenths => format!("{sign}{}.{tenths}", size / 10),
    }
}

fn is_seen(color: BackendColor) -> bool {
    color.alpha > 0.0
}

/// Returns the attributes of what is filled.
fn filled(color: BackendColor) -> String {
    let opacity =
        if color.alpha < 1.0 { format!(" fill-opacity=\"{:.2}\"", color.alpha) } else { String::new() };
    format!("class=\"f-{}\"{opacity}", Role::name(color.rgb))
}

/// Returns the attributes of a line.
fn stroked(color: BackendColor, width: u32) -> String {
    let opacity =
        if color.alpha < 1.0 { format!(" stroke-opacity=\"{:.2}\"", color.alpha) } else { String::new() };
    format!("class=\"s-{}\" stroke-width=\"{}\"{opacity}", Role::name(color.rgb), length(width as i32))
}

/// Returns points as a path: the first, then steps.
fn path(points: impl IntoIterator<Item = BackendCoord>) -> String {
    let mut out = String::new();
    let mut last: Option<BackendCoord> = None;
    for (x, y) in points {
        match last {
            None => write(&mut out, format_args!("M{} {}", length(x), length(y))),
            Some(before) if before == (x, y) => {}
            Some((x0, y0)) => write(
                &mut out,
                format_args!("l{} {}", length(x.wrapping_sub(x0)), length(y.wrapping_sub(y0))),
            ),
        }
        last = Some((x, y));
    }
    out
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        self.flush();
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        self.flush();
        if is_seen(style.color()) {
            let kind =
                if fill { filled(style.color()) } else { stroked(style.color(), style.stroke_width()) };
            let (left, top) = (from.0.min(to.0), from.1.min(to.1));
            let [x, y, w, h] = [left, top, from.0.max(to.0) - left, from.1.max(to.1) - top].map(length);
            write(self.out, format_args!("<rect {kind} x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>"));
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Done {
        self.flush();
        if is_seen(style.color()) {
            let kind = stroked(style.color(), style.stroke_width());
            write(self.out, format_args!("<path {kind} d=\"{}\"/>", path(points)));
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        if !is_seen(style.color()) {
            return Ok(());
        }
        if !fill {
            self.flush();
            let (kind, [x, y, r]) =
                (stroked(style.color(), style.stroke_width()), [x, y, radius as i32].map(length));
            write(self.out, format_args!("<circle {kind} cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"));
            return Ok(());
        }
        // A line of no length with round ends.
        let kind = stroked(style.color(), 2 * radius);
        if kind != self.dots.kind || !self.shapes.path.is_empty() {
            self.flush();
            self.dots.kind = kind;
        }
        let dots = &mut self.dots;
        match dots.path.is_empty() {
            true => write(&mut dots.path, format_args!("M{} {}h0", length(x), length(y))),
            false => write(
                &mut dots.path,
                format_args!("m{} {}h0", length(x - dots.last.0), length(y - dots.last.1)),
            ),
        }
        dots.last = (x, y);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Done {
        if !is_seen(style.color()) {
            return Ok(());
        }
        let kind = filled(style.color());
        if kind != self.shapes.kind || !self.dots.path.is_empty() {
            self.flush();
            self.shapes.kind = kind;
        }
        write(&mut self.shapes.path, format_args!("{}z", path(points)));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Done {
        self.flush();
        if !is_seen(style.color()) || text.is_empty() {
            return Ok(());
        }
        let size = style.size();
        // The base line, by where the letters are to be.
        let down = match style.anchor().v_pos {
            VPos::Top => 0.78,
            VPos::Center => 0.34,
            VPos::Bottom => -0.22,
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let [x, top, base, size] = [x, y, y + (down * size).round() as i32, size.round() as i32].map(length);
        let turned = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {x} {top})\""),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {x} {top})\""),
            FontTransform::Rotate270 => format!(" transform=\"rotate(-90 {x} {top})\""),
        };
        let (kind, text) = (filled(style.color()), escaped(text));
        write(
            self.out,
            format_args!(
                "<text {kind} x=\"{x}\" y=\"{base}\" font-size=\"{size}\"{anchor}{turned}>{text}</text>"
            ),
        );
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size();
        Ok(((width(text) * size).ceil() as u32, size.ceil() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_tenths() {
        assert_eq!([0, 7, -7, 120, -123].map(length), ["0", "0.7", "-0.7", "12", "-12.3"]);
    }

    #[test]
    fn paths_are_steps() {
        assert_eq!(path([(10, 20), (15, 20), (15, 20), (0, 0)]), "M1 2l0.5 0l-1.5 -2");
    }

    #[test]
    fn shapes_of_one_kind_are_one_path() {
        let mut out = String::new();
        let mut canvas = Canvas::new(&mut out, (10, 10));
        let (ink, other) =
            (BackendColor { alpha: 1.0, rgb: (0, 0, 0) }, BackendColor { alpha: 0.5, rgb: (0, 0, 0) });
        for (k, style) in [(0, &ink), (1, &ink), (2, &other)] {
            canvas.fill_polygon([(20 * k, 0), (20 * k + 10, 0), (20 * k, 10)], style).unwrap();
        }
        canvas.present().unwrap();
        assert_eq!(
            out,
            "<path class=\"f-ink\" d=\"M0 0l1 0l-1 1zM2 0l1 0l-1 1z\"/><path class=\"f-ink\" fill-opacity=\"0.50\" d=\"M4 0l1 0l-1 1z\"/>"
        );
    }

    #[test]
    fn dots_of_one_kind_are_one_path() {
        let mut out = String::new();
        let mut canvas = Canvas::new(&mut out, (10, 10));
        let ink = BackendColor { alpha: 0.5, rgb: (2, 0, 0) };
        for k in 0..3 {
            canvas.draw_circle((10 * k, 5), 8, &ink, true).unwrap();
        }
        canvas.present().unwrap();
        assert_eq!(
            out,
            "<path class=\"s-first\" stroke-width=\"1.6\" stroke-opacity=\"0.50\" d=\"M0 0.5h0m1 0h0m1 0h0\"/>"
        );
    }
}
