//! The course of the loss, which is the bound with the other sign.

use crate::axis::Axis;
use crate::column::{can_be_drawn, range, thinned};
use crate::figure::{Figure, area, chart, draw_band, draw_line, line};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::{counted, grouped};

/// From this ratio of the last step to the first on, steps are drawn by their logarithm.
const LONG: f64 = 20.0;

/// More are not seen.
const MOST_STRETCHES: usize = 600;

/// If the loss falls by more than this many times what it falls in the last third of the stretches, its first part is cut.
const MOST_FALL: f64 = 4.0;

/// The mean loss over a stretch of steps.
///
/// # Examples
///
/// See [`bound`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The step in its middle, from 1.
    pub step: f64,
    /// The mean loss, in nats.
    pub mean: f64,
    /// The standard error of the mean; NaN where it is not known.
    pub error: f64,
}

/// Returns the loss by the number of steps, with a band of two standard errors on either side. Of a long course the steps are on a logarithmic axis.
///
/// # Examples
///
/// ```
/// use ppl_report::plots::{Stretch, bound};
///
/// let course: Vec<Stretch> =
///     (1..100).map(|k| f64::from(k)).map(|k| Stretch { step: 100.0 * k, mean: 30.0 + 50.0 / k, error: 0.2 }).collect();
/// assert!(bound(&course).svg().contains(">loss (nats)</text>"));
/// ```
pub fn bound(course: &[Stretch]) -> Plot {
    const TITLE: &str = "loss by step";
    let is_drawn = |s: &&Stretch| s.step > 0.0 && can_be_drawn(s.step) && can_be_drawn(s.mean);
    let mut drawn: Vec<Stretch> = course.iter().filter(is_drawn).copied().collect();
    drawn.sort_by(|a, b| a.step.total_cmp(&b.step));
    let mut notes = Vec::new();
    if drawn.len() < course.len() {
        let what = counted(course.len() - drawn.len(), "stretch").replace("stretchs", "stretches");
        notes.push(format!("{what} without a finite mean not drawn."));
    }
    drawn.drain(..far_above(&drawn, &mut notes));
    drawn = thinned(drawn.len(), MOST_STRETCHES).map(|k| drawn[k]).collect();
    let (Some(first), Some(last)) = (drawn.first().copied(), drawn.last().copied()) else {
        notes.insert(0, "There is no course of the loss to draw.".to_owned());
        return Figure::without_drawing(TITLE, notes);
    };
    let is_long = last.step / first.step > LONG;
    let place = |step: f64| if is_long { step.log10() } else { step };
    let x = match is_long {
        true => Axis::log_counts(place(first.step), place(last.step), "step"),
        false => Axis::linear(first.step, last.step, 4, "step"),
    };
    let (low, high) = range(drawn.iter().map(|s| s.mean));
    let last_error = if can_be_drawn(last.error) { 2.0 * last.error.abs() } else { 0.0 };
    let room = 0.05 * (high - low) + last_error;
    let y = Axis::linear(low - room, high + room, 4, "loss (nats)");
    let error = |s: &Stretch| if can_be_drawn(s.error) { s.error.abs() } else { 0.0 };
    let band: Vec<(f64, f64, f64)> = drawn
        .iter()
        .map(|s| (place(s.step), y.clamp(s.mean - 2.0 * error(s)), y.clamp(s.mean + 2.0 * error(s))))
        .collect();
    let means = drawn.iter().map(|s| (place(s.step), y.clamp(s.mean)));
    Figure::new(TITLE, 190).legend(Role::First, "mean ± 2 standard errors").notes(notes).draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        draw_band(&mut chart, &band, area(Role::First, 0.25))?;
        draw_line(&mut chart, means, line(Role::First, 1.0, 1.4))?;
        if drawn.len() == 1 {
            let dot =
                plotters::element::Circle::new((place(first.step), first.mean), 25, area(Role::First, 1.0));
            chart.draw_series([dot])?;
        }
        Ok(())
    })
}

/// Returns how many of the first stretches are left out: the first steps often lie so far above that nothing could be seen of the rest.
fn far_above(drawn: &[Stretch], notes: &mut Vec<String>) -> usize {
    let of = |from: usize| range(drawn[from..].iter().map(|s| s.mean));
    let ((low, high), (_, late)) = (of(0), of(2 * drawn.len() / 3));
    if high - low <= MOST_FALL * (late - low) || late <= low {
        return 0;
    }
    let limit = low + MOST_FALL * (late - low);
    let count = drawn.iter().take_while(|s| s.mean > limit).count();
    if count > 0 {
        let steps = grouped(drawn[count - 1].step as usize);
        notes.push(format!(
            "The first {steps} steps are left out, in which the loss fell from {high:.0} nats."
        ));
    }
    count
}
