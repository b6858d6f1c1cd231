//! The laws of families of real numbers.

use super::{At, SHARES, is_beyond};
use crate::family::numerical::{difference_by, integrate, step};

/// The points of a quadrature to each unit of its step variable.
const POINTS: u16 = 48;

/// The stretches between draws over which the density is integrated one by one.
const CELLS: usize = 64;

impl At<'_> {
    /// Checks the total, the draws and their derivatives.
    pub(super) fn check_numbers(&mut self, draws: &[f64], some: &[f64]) {
        let (low, high) = self.ends(self.p, draws[draws.len() / 2]);
        self.check_ends(low, high);
        let n = draws.len();
        // Draws divide the support by where its mass is.
        let mut grid: Vec<f64> = (0..=CELLS).map(|k| draws[k * (n - 1) / CELLS]).collect();
        grid.dedup();
        let below = self.below(self.p, low, &grid);
        let total =
            below[grid.len() - 1] + integrate(|x| self.probability(x), (grid[grid.len() - 1], high), POINTS);
        if is_beyond(total - 1.0, 1e-6) {
            return self.says(format!("the density integrates to {total} over the support, not to one"));
        }
        // Of the distance over all values, which Massart (1990) bounds, this is a part.
        let distance = grid
            .iter()
            .zip(&below)
            .map(|(&x, u)| (u - draws.partition_point(|&z| z <= x) as f64 / n as f64).abs())
            .fold(0.0, f64::max);
        let limit = ((2e6_f64).ln() / (2.0 * n as f64)).sqrt() + 1.0 / n as f64;
        if is_beyond(distance, limit) {
            self.says(format!(
                "draws do not have the density: the distribution functions are {distance:.4} apart, where {n} draws of it stay within {limit:.4}"
            ));
        }
        for &z in &some[1..some.len() - 1] {
            self.check_draw_partials(z, low, &grid);
        }
    }

    /// Returns the probability below each of some rising values.
    fn below(&self, p: &[f64], low: f64, grid: &[f64]) -> Vec<f64> {
        let density = |x: f64| self.family.density(x, p).log.exp();
        let mut from = low;
        let mut below = 0.0;
        grid.iter()
            .map(|&x| {
                below += integrate(density, (from, x), POINTS);
                from = x;
                below
            })
            .collect()
    }

    /// Returns the ends of the support, from a value in it: where they depend on the parameters they are looked for.
    fn ends(&self, p: &[f64], inside: f64) -> (f64, f64) {
        let (low, high) = self.family.ends();
        let end = |known: f64| {
            if known.is_finite() || self.family.contains(1e300_f64.copysign(known), p) {
                return known;
            }
            let (mut within, mut beyond) = (inside, 1e300_f64.copysign(known));
            for _ in 0..1_200 {
                // Halves the distance, or its logarithm while that is large.
                let size = (beyond - within).abs();
                let way = if size > 4.0 * (1.0 + inside.abs()) { size.sqrt() } else { size / 2.0 };
                let middle = within + way.copysign(known);
                if middle == within || middle == beyond {
                    break;
                }
                if self.family.contains(middle, p) { within = middle } else { beyond = middle }
            }
            within
        };
        (end(low), end(high))
    }

    /// Checks that the density is a number up to the ends of the support.
    fn check_ends(&mut self, low: f64, high: f64) {
        let beside = |end: f64, inwards: f64| match end {
            0.0 => 1e-300_f64.copysign(inwards),
            end if end.is_finite() && inwards > 0.0 => end.next_up(),
            end if end.is_finite() => end.next_down(),
            end => 1e300_f64.copysign(end),
        };
        for x in [beside(low, 1.0), beside(high, -1.0)] {
            let log = if self.family.contains(x, self.p) { self.log_density(x) } else { 0.0 };
            if log.is_nan() || log == f64::INFINITY {
                self.says(format!("the log-density is {log} at the value {x}, at an end of the support"));
            }
        }
    }

    /// Checks the derivative of a draw: what keeps the probability below it as it is.
    fn check_draw_partials(&mut self, z: f64, low: f64, grid: &[f64]) {
        let Some(got) = self.family.draw_partials(z, self.p) else { return };
        let density = self.probability(z);
        let upto: Vec<f64> = grid.iter().copied().filter(|&x| x < z).chain([z]).collect();
        for (k, parameter) in self.family.parameters().iter().enumerate() {
            if parameter.is_integer() {
                continue;
            }
            let slopes: Vec<f64> = if parameter.moves_jump() {
                let cdf = |v: f64| {
                    let p = self.with(k, v);
                    let (low, _) = self.ends(&p, z);
                    // The end moves past some of the points.
                    let upto: Vec<f64> = upto.iter().copied().filter(|&x| x >= low).collect();
                    self.below(&p, low, &upto).last().copied().unwrap_or(f64::NAN)
                };
                SHARES.map(|part| difference_by(cdf, self.p[k], part * step(self.p[k]))).to_vec()
            } else {
                let score = |x: f64| {
                    let at = self.family.density(x, self.p);
                    let density = at.log.exp();
                    if density == 0.0 { 0.0 } else { density * at.by[k] }
                };
                let mut from = low;
                let parts =
                    upto.iter().map(|&x| integrate(score, (std::mem::replace(&mut from, x), x), POINTS));
                vec![parts.sum()]
            };
            let expected = -slopes[0] / density;
            // What quadrature leaves of a probability.
            let agrees = |slope: &f64| {
                (got[k] + slope / density).abs() <= 1e-5 * (slope / density).abs() + 1e-9 / density
            };
            if !slopes.iter().any(agrees) {
                let name = parameter.name();
                self.says(format!(
                    "the derivative of the draw {z} by `{name}` is {}; the density gives {expected}",
                    got[k]
                ));
            }
        }
    }
}
