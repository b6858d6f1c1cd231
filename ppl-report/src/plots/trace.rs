//! Chains of one number, draw by draw.

use crate::axis::Axis;
use crate::column::{can_be_drawn, envelope, range};
use crate::figure::{Figure, chart, draw_line, line};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::{counted, grouped};

/// The points of all chains together.
const MOST_POINTS: usize = 2_000;

/// More chains than these hide each other.
const MOST_CHAINS: usize = 8;

/// Returns the chains of one number as lines over each other, a colour for each. Of long chains the least and the largest draw of each stretch are drawn, so that no
/// excursion is lost.
///
/// # Examples
///
/// ```
/// let chains: Vec<Vec<f64>> = (0..4).map(|c| (0..5_000).map(|i| f64::from((i * 7919 + c) % 100)).collect()).collect();
/// let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
/// let plot = ppl_report::plots::trace("mu", &chains);
/// assert!(plot.svg().contains(">draw</text>") && plot.svg().len() < 60_000);
/// ```
pub fn trace(name: &str, chains: &[&[f64]]) -> Plot {
    let shown = &chains[..chains.len().min(MOST_CHAINS)];
    let mut notes = Vec::new();
    if chains.len() > shown.len() {
        notes.push(format!("{} more chains.", grouped(chains.len() - shown.len())));
    }
    let all = || shown.iter().flat_map(|chain| chain.iter().copied());
    let missing = all().filter(|x| !can_be_drawn(*x)).count();
    if missing > 0 {
        notes.push(format!("{} not drawn: not finite, or beyond 1e150.", counted(missing, "number")));
    }
    let (low, high) = range(all().filter(|x| can_be_drawn(*x)));
    if low > high {
        notes.insert(0, "There is no draw to show.".to_owned());
        return Figure::without_drawing(name, notes);
    }
    let longest = shown.iter().map(|chain| chain.len()).max().unwrap_or(0);
    let x = Axis::linear(0.0, longest as f64, 4, "draw");
    let room = 0.04 * (high - low);
    let y = Axis::linear(low - room, high + room, 3, "");
    let points = MOST_POINTS / shown.len();
    Figure::new(name, 130).notes(notes).draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        for (k, chain) in shown.iter().enumerate() {
            let points = envelope(chain, points).into_iter().map(|(i, value)| (i as f64, value));
            draw_line(&mut chart, points, line(Role::of_series(k), 0.7, 0.7))?;
        }
        Ok(())
    })
}
