//! Whether ranks of true values are uniform.

use crate::axis::Axis;
use crate::column::range;
use crate::figure::{Figure, area, chart, draw_band, draw_line, line};
use crate::plot::Plot;
use crate::style::Role;
use ppl_diagnostics::ranks::{EcdfBand, Ranks};

/// The probability with which the band holds uniform ranks.
const LEVEL: f64 = 0.95;

/// Returns the difference of the ranks' distribution function from that of uniform ranks, with the band that holds it everywhere at once with a probability of 95 % if they are uniform.
///
/// A difference that rises and falls says that true values lie low in their posteriors, one that first falls that they lie high; an S that posteriors are too narrow or too wide.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::ranks::Ranks;
/// use ppl_report::plots::calibration;
///
/// let even: Vec<usize> = (0..200).map(|i| i * 7 % 100).collect();
/// assert!(calibration("mu", &Ranks::new(&even, 99)?).svg().contains("within the band"));
/// let low: Vec<usize> = (0..200).map(|i| i * 7 % 60).collect();
/// assert!(calibration("mu", &Ranks::new(&low, 99)?).svg().contains("leave the band"));
/// # Ok::<(), ppl_diagnostics::Error>(())
/// ```
///
/// # References
///
/// Saeilynoja, Buerkner, Vehtari (2022), *Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample comparison*,
/// <https://doi.org/10.1007/s11222-022-10090-6>.
pub fn calibration(name: &str, ranks: &Ranks) -> Plot {
    let band = match ranks.ecdf_band(LEVEL) {
        Ok(band) if !band.ranks.is_empty() => band,
        Ok(_) => return Figure::without_drawing(name, ["There is one rank alone.".to_owned()]),
        Err(error) => return Figure::without_drawing(name, [format!("There is no band: {error}.")]),
    };
    let verdict = match band.holds() {
        true => "The ranks are within the band",
        false => "The ranks leave the band: the fits are not calibrated",
    };
    let p = ranks.ecdf_p_value();
    let p = if p < 0.01 { "p < 0.01".to_owned() } else { format!("p = {p:.2}") };
    let note = format!("{verdict} ({p}).");
    let EcdfBand { ecdf, uniform, lower, upper, .. } = &band;
    // All begin at zero and end at one, where nothing differs.
    let around = |inner: Vec<(f64, f64, f64)>| [vec![(0.0, 0.0, 0.0)], inner, vec![(1.0, 0.0, 0.0)]].concat();
    let held = around(
        (0..uniform.len()).map(|k| (uniform[k], lower[k] - uniform[k], upper[k] - uniform[k])).collect(),
    );
    let found = around((0..uniform.len()).map(|k| (uniform[k], ecdf[k] - uniform[k], 0.0)).collect());
    let (low, high) =
        range(held.iter().flat_map(|&(_, low, high)| [low, high]).chain(found.iter().map(|f| f.1)));
    let (x, y) =
        (Axis::linear(0.0, 1.0, 4, "rank, as a share"), Axis::linear(1.1 * low, 1.1 * high, 4, "difference"));
    let figure = Figure::new(name, 150).legend(Role::Muted, "95 % if uniform").legend(Role::First, "found");
    figure.notes([note]).draw(|figure| {
        let mut chart = chart(figure, &x, &y)?;
        draw_band(&mut chart, &held, area(Role::Muted, 0.25))?;
        draw_line(&mut chart, [(0.0, 0.0), (1.0, 0.0)], line(Role::Muted, 0.8, 0.8))?;
        draw_line(&mut chart, found.iter().map(|&(x, y, _)| (x, y)), line(Role::First, 1.0, 1.5))
    })
}
