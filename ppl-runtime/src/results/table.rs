//! The table that a summary prints.

use super::summary::{Row, Summary};
use std::fmt::{self, Formatter};

/// The number of elements of one site that are shown.
const SHOWN: usize = 20;

pub(super) fn write<'a>(
    f: &mut Formatter<'_>,
    count: usize,
    sites: impl Iterator<Item = (&'a str, &'a [Row])>,
) -> fmt::Result {
    let mut lines = vec![Line::Cells(header(count))];
    for (name, rows) in sites {
        lines.extend(rows.iter().take(SHOWN).map(|row| match &row.frequencies {
            Some(frequencies) => Line::Shares(row.name().to_owned(), frequencies.to_string()),
            None => Line::Cells(cells(row)),
        }));
        if rows.len() > SHOWN {
            lines.push(Line::Note(format!("{name}: {} more", rows.len() - SHOWN)));
        }
    }
    let mut widths = [0; 8];
    for line in &lines {
        match line {
            Line::Cells(cells) => {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = (*width).max(cell.chars().count());
                }
            }
            Line::Shares(label, _) => widths[0] = widths[0].max(label.chars().count()),
            Line::Note(_) => {}
        }
    }
    for line in lines {
        match line {
            Line::Cells(cells) => {
                write!(f, "{:<width$} ", cells[0], width = widths[0])?;
                for (cell, width) in cells[1..].iter().zip(&widths[1..]) {
                    write!(f, " {cell:>width$}")?;
                }
                writeln!(f)?;
            }
            Line::Shares(label, shares) => writeln!(f, "{label:<width$}  {shares}", width = widths[0])?,
            Line::Note(note) => writeln!(f, "{note}")?,
        }
    }
    Ok(())
}

enum Line {
    Cells([String; 8]),
    /// The name of an integer quantity, and the shares of its values.
    Shares(String, String),
    Note(String),
}

fn header(count: usize) -> [String; 8] {
    let [a, b, c, d, e] = Summary::LEVELS.map(|level| format!("{:.0}%", 100.0 * level));
    let draws = if count == 1 { "1 draw".into() } else { format!("{count} draws") };
    [draws, "mean".into(), "sd".into(), a, b, c, d, e]
}

/// Returns the name of an element of a site, as tables have it: the site's name, with the indices of plates and of the event.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::element_name;
///
/// assert_eq!(element_name("mu", &[]), "mu");
/// assert_eq!(element_name("theta", &[3, 0]), "theta[3, 0]");
/// ```
pub fn element_name(site: &str, indices: &[usize]) -> String {
    if indices.is_empty() {
        return site.to_owned();
    }
    let indices: Vec<String> = indices.iter().map(ToString::to_string).collect();
    format!("{site}[{}]", indices.join(", "))
}

/// Returns the indices of an element of an array of this shape, in row-major order.
pub(crate) fn indices_of(mut element: usize, shape: &[usize]) -> Vec<usize> {
    let mut indices = vec![0; shape.len()];
    for (index, &size) in indices.iter_mut().zip(shape).rev() {
        *index = element % size.max(1);
        element /= size.max(1);
    }
    indices
}

fn cells(row: &Row) -> [String; 8] {
    let [a, b, c, d, e] = row.quantiles.map(|q| number(q, row.deviation));
    [
        row.name().to_owned(),
        number(row.mean, row.deviation),
        number(row.deviation, row.deviation),
        a,
        b,
        c,
        d,
        e,
    ]
}

/// Returns a number to three digits of its deviation; four digits of its own where there is no deviation.
///
/// Numbers that would need more than six decimals, or more than eight places before the point, are written with an exponent.
fn number(x: f64, deviation: f64) -> String {
    if !x.is_finite() {
        return x.to_string();
    }
    if x == 0.0 {
        return "0".into();
    }
    let spread = deviation.is_finite() && deviation > 0.0;
    let decimals = if spread { 2 - exponent(deviation) } else { 3 - exponent(x) };
    if decimals > 6 || exponent(x) > 7 {
        return format!("{x:.3e}");
    }
    let text = format!("{x:.*}", decimals.max(0) as usize);
    // Rounding may leave a minus before nothing but zeros.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

/// Returns the power of ten of the leading digit.
fn exponent(x: f64) -> i32 {
    x.abs().log10().floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Draws;
    use ndarray::ArrayD;

    #[test]
    fn digits_follow_the_deviation() {
        for (x, deviation, expected) in [
            (1.234567, 0.1, "1.235"),
            (123.4567, 20.0, "123.5"),
            (123_456.7, 2_000.0, "123457"),
            (-0.0001, 0.5, "0.000"),
            (1e-9, 1e-9, "1.000e-9"),
            (3.0e12, 1.0, "3.000e12"),
            (5.0, 0.0, "5.000"),
            (0.0, 0.0, "0"),
            (f64::NAN, 1.0, "NaN"),
            (f64::NEG_INFINITY, f64::NAN, "-inf"),
            (2.0, f64::NAN, "2.000"),
        ] {
            assert_eq!(number(x, deviation), expected);
        }
    }

    #[test]
    fn long_sites_are_cut_and_say_so() {
        let mut draws = Draws::new();
        draws.insert("w", ArrayD::zeros(vec![2, 5, 5])).unwrap();
        draws.insert("b", ArrayD::zeros(vec![2])).unwrap();
        let table = draws.summary().to_string();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 1 + 20 + 1 + 1);
        assert!(lines[20].starts_with("w[3, 4]"));
        assert_eq!(lines[21], "w: 5 more");
        assert!(lines[22].starts_with("b  "));
        let widths: Vec<usize> = lines.iter().map(|line| line.len()).collect();
        assert!(widths.iter().enumerate().all(|(k, &width)| k == 21 || width == widths[0]));
    }
}
