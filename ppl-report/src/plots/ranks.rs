//! Where the draws of each chain lie among those of all.

use crate::axis::Axis;
use crate::column::can_be_drawn;
use crate::figure::{Area, Failed, Figure, WIDTH, anchored, area, draw_line, labels, line, panel, units};
use crate::plot::Plot;
use crate::style::Role;
use crate::text::grouped;
use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, VPos};
use ppl_diagnostics::chains::Chains;
use ppl_diagnostics::ranks::{Histogram, Ranks};
use statrs::distribution::{ContinuousCDF, Normal};

/// More chains than these have no room.
const MOST_CHAINS: usize = 8;
const IN_A_ROW: usize = 4;
const BINS: usize = 20;

/// The probability that all bins of chains that agree lie within the band.
const LEVEL: f64 = 0.95;

const HEIGHT: f64 = 84.0;

/// Returns histograms of the ranks of each chain's draws among those of all chains: where chains agree they are level. A single chain is split in halves.
///
/// The band holds all bins at once with a probability of 95 % if chains agree: each count is nearly normal, with the variance of a sample without replacement, larger by the number of draws that are worth
/// an independent one (by the bulk effective size of each chain), and with `k` bins the level of each is `0.95^(1/k)` (Sidak).
///
/// # Examples
///
/// ```
/// let chain = |from: usize| (0..500).map(|i| ((i * 7919 + from) % 997) as f64).collect::<Vec<f64>>();
/// let chains = [chain(0), chain(100), chain(200), chain(300)];
/// let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
/// assert!(ppl_report::plots::ranks("mu", &chains).svg().contains(">chain 4</text>"));
/// ```
///
/// # References
///
/// Vehtari, Gelman, Simpson, Carpenter, Buerkner (2021), *Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of MCMC*, section 4.3,
/// <https://doi.org/10.1214/20-BA1221>.
pub fn ranks(name: &str, chains: &[&[f64]]) -> Plot {
    let is_split = chains.len() == 1;
    let halves = chains.first().map_or((0, 0), |chain| (chain.len() / 2, chain.len().div_ceil(2)));
    let chains = match chains {
        [chain] => vec![&chain[..halves.0], &chain[halves.1..]],
        _ => chains.to_vec(),
    };
    let counted = match count(&chains) {
        Ok(counted) => counted,
        Err(sentence) => return Figure::without_drawing(name, [sentence]),
    };
    let shown = counted.histograms.len().min(MOST_CHAINS);
    let mut notes = Vec::new();
    if counted.histograms.len() > shown {
        notes.push(format!("{} more chains.", grouped(counted.histograms.len() - shown)));
    }
    let outside = counted.outside();
    if outside > 0 {
        notes.push(format!("{outside} of {} bins lie outside of the band.", counted.bins()));
    }
    let top = counted.histograms.iter().flat_map(|h| h.counts.iter().copied()).max().unwrap_or(1) as f64;
    let y = Axis::linear(0.0, 1.08 * top.max(counted.band(0).1), 2, "").bare();
    let columns = shown.clamp(1, IN_A_ROW);
    let width = f64::from(WIDTH - 16) / columns as f64;
    let height = HEIGHT * shown.div_ceil(IN_A_ROW) as f64;
    Figure::new(name, height as u32).notes(notes).draw(|figure| {
        for k in 0..shown {
            let at = (8.0 + width * (k % columns) as f64, HEIGHT * (k / columns) as f64);
            let what = match is_split {
                true => ["first half", "second half"][k].to_owned(),
                false => format!("chain {}", k + 1),
            };
            one(figure, at, (width - 6.0, HEIGHT - 22.0), &counted, k, &y, &what)?;
        }
        Ok(())
    })
}

/// Draws the histogram of one chain.
fn one(
    figure: &Area<'_>,
    (left, top): (f64, f64),
    (width, height): (f64, f64),
    counted: &Counted,
    k: usize,
    y: &Axis,
    what: &str,
) -> Result<(), Failed> {
    let place = figure.clone().shrink((units(left), units(top)), (units(width), units(height)));
    let counts = &counted.histograms[k].counts;
    let x = Axis::linear(0.0, counts.len() as f64, 1, "");
    let mut chart = panel(&place, &x, y)?;
    let band = (0..counts.len()).map(|bin| {
        let (low, high) = counted.band(bin);
        Rectangle::new([(bin as f64, low.max(0.0)), (bin as f64 + 1.0, high)], area(Role::Muted, 0.2))
    });
    chart.draw_series(band)?;
    let role = Role::of_series(k);
    chart.draw_series(counts.iter().enumerate().map(|(bin, &count)| {
        Rectangle::new([(bin as f64 + 0.1, 0.0), (bin as f64 + 0.9, count as f64)], area(role, 0.6))
    }))?;
    let expected = &counted.histograms[k].expected;
    let level =
        (0..counts.len()).flat_map(|bin| [(bin as f64, expected[bin]), (bin as f64 + 1.0, expected[bin])]);
    draw_line(&mut chart, level, line(Role::Ink, 0.6, 0.8))?;
    let style = anchored(labels(Role::Muted), HPos::Center, VPos::Top);
    figure.draw_text(what, &style, (units(left + 0.5 * width), units(top + height + 3.0)))
}

/// The ranks of chains in bins.
struct Counted {
    histograms: Vec<Histogram>,
    /// How many ranks there are together, and how many draws are worth one.
    total: f64,
    worth: f64,
}

/// Counts the ranks of chains, or says why there are none.
fn count(chains: &[&[f64]]) -> Result<Counted, String> {
    let length = chains.first().map_or(0, |chain| chain.len());
    if chains.iter().any(|chain| chain.len() != length) {
        return Err("The chains have different lengths, and are not compared.".to_owned());
    }
    let draws: Vec<f64> = chains.concat();
    if draws.iter().any(|x| !can_be_drawn(*x)) {
        return Err("Some draws are not finite, so that they have no ranks.".to_owned());
    }
    // Fewer would fill no bins.
    if length < 20 {
        return Err(format!("There are too few draws to compare chains by their ranks: {length} of each."));
    }
    let mut order: Vec<usize> = (0..draws.len()).collect();
    order.sort_by(|&a, &b| draws[a].total_cmp(&draws[b]));
    if draws[order[0]] == draws[order[order.len() - 1]] {
        return Err(format!("All draws are {}.", draws[0]));
    }
    let mut ranks = vec![0; draws.len()];
    // Equal draws share their ranks evenly, whatever chain they are of.
    for equal in order.chunk_by(|&a, &b| draws[a] == draws[b]) {
        let start = ranks_before(&order, equal);
        for (k, &place) in spread(equal, length).iter().enumerate() {
            ranks[place] = start + k;
        }
    }
    let bins = BINS.min(length / 5);
    let of_chain =
        |ranks: &[usize]| Ranks::new(ranks, draws.len() - 1).and_then(|ranks| ranks.histogram(bins));
    let histograms: Result<Vec<Histogram>, _> = ranks.chunks(length).map(of_chain).collect();
    let histograms = histograms.map_err(|error| format!("There are no ranks: {error}."))?;
    // Of each chain by itself: that of all together is low where chains disagree, and the band would hide it.
    let effective: f64 =
        chains.iter().map(|&chain| Chains::new([chain]).map_or(f64::NAN, |chain| chain.ess_bulk())).sum();
    let worth = draws.len() as f64 / effective;
    let worth = if worth.is_finite() { worth.max(1.0) } else { 1.0 };
    Ok(Counted { histograms, total: draws.len() as f64, worth })
}

/// Returns how many draws lie before some that are neighbours in the order.
fn ranks_before(order: &[usize], equal: &[usize]) -> usize {
    (equal.as_ptr() as usize - order.as_ptr() as usize) / size_of::<usize>()
}

/// Returns equal draws in an order in which those of each chain are spread over all.
fn spread(equal: &[usize], length: usize) -> Vec<usize> {
    let mut seen = std::collections::HashMap::new();
    let mut total = std::collections::HashMap::new();
    equal.iter().for_each(|place| *total.entry(place / length).or_insert(0usize) += 1);
    let mut placed: Vec<(f64, usize)> = equal
        .iter()
        .map(|&place| {
            let k = seen.entry(place / length).or_insert(0usize);
            *k += 1;
            ((*k as f64 - 0.5) / total[&(place / length)] as f64, place)
        })
        .collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    placed.into_iter().map(|(_, place)| place).collect()
}

impl Counted {
    fn bins(&self) -> usize {
        self.histograms.iter().map(|histogram| histogram.counts.len()).sum()
    }

    /// Returns the ends of the band in a bin, which are those of all chains.
    fn band(&self, bin: usize) -> (f64, f64) {
        let expected = self.histograms[0].expected[bin];
        let chains = self.histograms.len() as f64;
        let length = self.total / chains;
        let part = expected / length;
        let variance = expected * (1.0 - part) * (self.total - length) / (self.total - 1.0);
        let each = 0.5 * (1.0 + LEVEL.powf(1.0 / self.bins() as f64));
        let half = Normal::standard().inverse_cdf(each) * (variance * self.worth).sqrt();
        (expected - half, expected + half)
    }

    /// Returns how many bins lie outside of the band.
    fn outside(&self) -> usize {
        let is_outside = |bin: usize, count: usize| {
            let (low, high) = self.band(bin);
            (count as f64) < low || count as f64 > high
        };
        let of_chain = |histogram: &Histogram| {
            histogram.counts.iter().enumerate().filter(|(bin, count)| is_outside(*bin, **count)).count()
        };
        self.histograms.iter().map(of_chain).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in `(0, 1)` of a linear congruential generator (Knuth's MMIX constants).
    fn uniform(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / 2f64.powi(53)
        }
    }

    fn outside(chains: &[Vec<f64>]) -> usize {
        let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
        count(&chains).unwrap().outside()
    }

    /// Of 1,000 runs of four independent chains about 50 leave the band; 3.7 standard errors are 25.
    #[test]
    fn the_band_holds_its_level() {
        let left = (0..1_000)
            .filter(|&seed| {
                let mut next = uniform(seed + 1);
                let chains: Vec<Vec<f64>> = (0..4).map(|_| (0..400).map(|_| next()).collect()).collect();
                outside(&chains) > 0
            })
            .count();
        assert!((25..=75).contains(&left), "{left}");
    }

    #[test]
    fn correlated_draws_have_a_wider_band() {
        // Each draw twenty times is worth one.
        let mut next = uniform(3);
        let chains: Vec<Vec<f64>> = (0..4)
            .map(|_| {
                let distinct: Vec<f64> = (0..200).map(|_| next()).collect();
                (0..4_000).map(|i| distinct[i / 20]).collect()
            })
            .collect();
        let slices: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
        let counted = count(&slices).unwrap();
        assert!(counted.worth > 15.0 && counted.worth < 25.0, "{}", counted.worth);
    }

    #[test]
    fn a_chain_elsewhere_leaves_the_band() {
        let mut next = uniform(5);
        let mut chains: Vec<Vec<f64>> = (0..4).map(|_| (0..400).map(|_| next()).collect()).collect();
        chains[2].iter_mut().for_each(|x| *x += 0.3);
        assert!(outside(&chains) >= 4);
    }

    #[test]
    fn equal_draws_are_shared_evenly() {
        let chains: Vec<Vec<f64>> = (0..3).map(|_| (0..100).map(|i| f64::from(i % 2)).collect()).collect();
        let slices: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
        let counted = count(&slices).unwrap();
        assert!(counted.histograms.iter().all(|h| h.counts.iter().all(|&c| (4..=6).contains(&c))));
    }
}
