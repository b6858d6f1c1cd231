//! A finished picture.

use crate::style;
use crate::text::escaped;
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

/// A picture in SVG that stands for itself: it brings its style, light or dark as the reader's system is.
///
/// # Examples
///
/// ```
/// let draws: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100)).collect();
/// let plot = ppl_report::plots::density("mu", &draws).plot();
/// assert!(plot.svg().starts_with("<svg ") && plot.title() == "mu");
/// let path = std::env::temp_dir().join(format!("ppl-plot-{}.svg", std::process::id()));
/// plot.write(&path)?;
/// assert_eq!(std::fs::read_to_string(&path)?, plot.svg());
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    title: String,
    svg: String,
    /// Where the style is, which a page has once for all.
    style: Range<usize>,
}

impl Plot {
    pub(crate) fn new(title: &str, (width, height): (u32, u32), body: &str) -> Plot {
        let name = escaped(title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ppl-plot\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{name}\"><title>{name}</title>"
        );
        let start = svg.len();
        svg += &format!("<style>{}</style>", style::pictures());
        let style = start..svg.len();
        svg += body;
        svg += "</svg>\n";
        Plot { title: title.to_owned(), svg, style }
    }

    /// Returns the title.
    ///
    /// # Examples
    ///
    /// See [`Plot`].
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the picture as SVG.
    ///
    /// # Examples
    ///
    /// See [`Plot`].
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Writes the picture into a file, which is replaced if there is one.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; the error names it.
    ///
    /// # Examples
    ///
    /// See [`Plot`].
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        write(path.as_ref(), &self.svg)
    }

    /// Returns the picture for a page that has the style already.
    pub(crate) fn without_style(&self) -> [&str; 2] {
        [&self.svg[..self.style.start], &self.svg[self.style.end..]]
    }
}

/// Writes a file, with its name in the error.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
