//! Small images in rows: data, what a model makes of them, and what it makes alone.

use crate::figure::{Area, Failed, Figure, area, labels, units};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::counted;
use plotters::element::Polygon;

/// More images than these in a row are too small to look at.
const MOST_IMAGES: usize = 10;
const MOST_ROWS: usize = 12;

/// More pixels than these in an image are not told apart at this size.
const MOST_PIXELS: usize = 64 * 64;

/// The room of a label, which stands before its row.
const LABEL: f64 = 74.0;
const GAP: f64 = 2.0;

/// How many shades are drawn besides none.
const SHADES: u8 = 5;

/// The lines of pixels of one shade that a picture has room for.
const MOST_RUNS: usize = 5_000;

/// A row of images of one kind.
///
/// # Examples
///
/// ```
/// let image = [0.0, 1.0, 0.5, 0.0];
/// let row = ppl_report::plots::ImageRow { label: "data", images: vec![&image, &image] };
/// assert_eq!(row.images.len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct ImageRow<'a> {
    /// What the images are.
    pub label: &'a str,
    /// Their pixels, line by line from the top: 0 for paper, 1 for ink.
    pub images: Vec<&'a [f64]>,
}

/// Returns rows of small images, `width` pixels wide: at most ten in a row. Pixels are held within 0 and 1.
///
/// # Examples
///
/// ```
/// use ppl_report::plots::{ImageRow, images};
///
/// let (cross, nothing) = ([0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0], [0.0; 9]);
/// let rows = [ImageRow { label: "data", images: vec![&cross, &nothing] }];
/// // Pixels of one shade beside each other are drawn as one.
/// let svg = images("crosses", 3, &rows).svg().to_owned();
/// let path = svg.split("<path class=\"f-ink\" d=\"").nth(1).unwrap().split('"').next().unwrap();
/// assert_eq!(path.matches('z').count(), 3);
/// ```
pub fn images(name: &str, width: usize, rows: &[ImageRow<'_>]) -> Plot {
    let is_image = |image: &&&[f64]| {
        width > 0 && !image.is_empty() && image.len() <= MOST_PIXELS && image.len().is_multiple_of(width)
    };
    let mut room = MOST_RUNS;
    let mut fits = |image: &&&[f64]| {
        let needed = runs(image, width).filter(|run| run.3 > 0).count();
        let fits = needed <= room;
        room -= if fits { needed } else { 0 };
        fits
    };
    let shown: Vec<(&str, Vec<&[f64]>)> = rows
        .iter()
        .take(MOST_ROWS)
        .map(|row| {
            let images = row.images.iter().filter(is_image).take(MOST_IMAGES).filter(&mut fits);
            (row.label, images.copied().collect())
        })
        .collect();
    let all: usize = rows.iter().map(|row| row.images.len()).sum();
    let drawn: usize = shown.iter().map(|(_, images)| images.len()).sum();
    let mut notes = Vec::new();
    if drawn < all {
        notes.push(format!("{} not drawn.", counted(all - drawn, "image")));
    }
    let columns = shown.iter().map(|(_, images)| images.len()).max().unwrap_or(0);
    if columns == 0 {
        notes.insert(0, "There is no image to show.".to_owned());
        return Figure::without_drawing(name, notes);
    }
    let side = ((f64::from(crate::figure::WIDTH) - LABEL - 12.0) / columns.max(4) as f64 - GAP).min(48.0);
    let lines = |image: &[f64]| image.len() / width;
    let tallest =
        shown.iter().flat_map(|(_, images)| images.iter().map(|image| lines(image))).max().unwrap_or(1);
    let height = (side * tallest as f64 / width as f64).min(96.0);
    let whole = (height + GAP) * shown.len() as f64 + 4.0;
    Figure::new(name, whole.ceil() as u32).notes(notes).draw(|figure| {
        for (k, (label, images)) in shown.iter().enumerate() {
            let top = (height + GAP) * k as f64;
            let text = crate::figure::label_within(label, LABEL - 8.0);
            figure.draw_text(&text, &labels(Role::Ink), (units(8.0), units(top + height / 2.0 - 6.0)))?;
            for (j, image) in images.iter().enumerate() {
                let left = LABEL + (side + GAP) * j as f64;
                one(
                    figure,
                    (left, top),
                    (side, height * lines(image) as f64 / tallest as f64),
                    width,
                    image,
                )?;
            }
        }
        Ok(())
    })
}

/// Draws the pixels of an image, those beside each other of one shade as one.
fn one(
    figure: &Area<'_>,
    (left, top): (f64, f64),
    (across, down): (f64, f64),
    width: usize,
    image: &[f64],
) -> Result<(), Failed> {
    let lines = image.len() / width;
    let place = |line: usize, column: usize| {
        let x = left + across * column as f64 / width as f64;
        (units(x), units(top + down * line as f64 / lines as f64))
    };
    // Shade by shade, each of which becomes one path.
    for ink in 1..=SHADES {
        let style = area(Role::Ink, f64::from(ink) / f64::from(SHADES));
        for (line, from, to) in
            runs(image, width).filter(|&(_, _, _, shade)| shade == ink).map(|run| (run.0, run.1, run.2))
        {
            let corners = [place(line, from), place(line, to), place(line + 1, to), place(line + 1, from)];
            figure.draw(&Polygon::new(corners.to_vec(), style))?;
        }
    }
    Ok(())
}

/// Returns the lines of pixels of one shade: the line, from which column to which, and the shade.
fn runs(image: &[f64], width: usize) -> impl Iterator<Item = (usize, usize, usize, u8)> {
    // What is no number is no ink.
    let shade = |pixel: f64| (pixel.clamp(0.0, 1.0) * f64::from(SHADES)).round() as u8;
    image.chunks(width).enumerate().flat_map(move |(line, pixels)| {
        let mut from = 0;
        pixels.chunk_by(move |a, b| shade(*a) == shade(*b)).map(move |run| {
            from += run.len();
            (line, from - run.len(), from, shade(run[0]))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ink of a picture: areas of its rectangles times their opacities.
    fn ink(plot: &Plot) -> f64 {
        let of_path = |path: &str| {
            let opacity = path.split("fill-opacity=\"").nth(1).and_then(|rest| rest.split('"').next());
            let opacity = opacity.map_or(1.0, |value| value.parse::<f64>().unwrap());
            let shapes = path.split(" d=\"").nth(1).unwrap().split('"').next().unwrap().split('z');
            let area = |shape: &str| {
                let steps: Vec<&str> = shape.split('l').collect();
                let number = |step: &str, k: usize| step.split(' ').nth(k).unwrap().parse::<f64>().unwrap();
                number(steps[1], 0) * number(steps[2], 1)
            };
            opacity * shapes.filter(|shape| !shape.is_empty()).map(area).sum::<f64>()
        };
        plot.svg().split("<path class=\"f-ink\"").skip(1).map(of_path).sum()
    }

    #[test]
    fn ink_is_where_pixels_say_so() {
        let (dark, half, light) = (vec![1.0; 16], vec![0.4; 16], vec![0.0; 16]);
        let of = |image: &[f64]| ink(&images("one", 4, &[ImageRow { label: "x", images: vec![image] }]));
        assert!(of(&dark) > 100.0);
        assert!((of(&half) / of(&dark) - 0.4).abs() < 1e-9);
        assert_eq!(of(&light), 0.0);
        // Beyond the ends there is no more ink than at them, and what is no number has none.
        assert_eq!(of(&[7.0; 16]), of(&dark));
        assert_eq!(of(&[f64::NAN; 16]), 0.0);
    }

    #[test]
    fn what_is_no_image_is_told() {
        let (whole, part) = ([1.0; 4], [1.0; 3]);
        let row = |images| [ImageRow { label: "x", images }];
        let told = |plot: Plot, words: &str| plot.svg().contains(words);
        assert!(told(images("a", 2, &row(vec![&whole, &part, &[]])), "2 images not drawn."));
        assert!(told(images("a", 0, &row(vec![&whole])), "There is no image to show."));
        assert!(told(images("a", 2, &[]), "There is no image to show."));
        assert!(told(images("a", 2, &row(vec![&whole; 25])), "15 images not drawn."));
    }
}
