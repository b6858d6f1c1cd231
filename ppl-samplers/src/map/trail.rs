//! What is remembered of an ascent's path, to tell whether it goes to infinity.

use crate::line_search::Point;

/// How many points are kept; when there are more, every other one goes.
const KEPT: usize = 128;
/// A coordinate of this size has grown, on the scale of logarithms.
const FAR: f64 = 10.0;
/// A coordinate that has grown by this factor is on its way to infinity, whatever the log-density did.
const VERY_FAR: f64 = 1e8;

/// Points of an ascent's path at even distances of iterations.
pub(super) struct Trail {
    start: Vec<f64>,
    points: Vec<(Vec<f64>, f64)>,
    visited: usize,
    stride: usize,
}

impl Trail {
    pub(super) fn new(start: &[f64]) -> Trail {
        Trail { start: start.to_vec(), points: Vec::new(), visited: 0, stride: 1 }
    }

    pub(super) fn start(&self) -> &[f64] {
        &self.start
    }

    pub(super) fn visit(&mut self, point: &Point) {
        if self.visited.is_multiple_of(self.stride) {
            self.points.push((point.position.clone(), point.log_density));
        }
        self.visited += 1;
        if self.points.len() > KEPT {
            let mut index = 0;
            self.points.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// The coordinates that have grown while the density went on rising: when the coordinate went from half its last size to three quarters, and from
    /// there to its last size, the second gain was at least half of the first. A path that converged is judged by size alone.
    pub(super) fn grown(&self, end: &Point, converged: bool) -> Vec<usize> {
        let growth: Vec<f64> =
            end.position.iter().zip(&self.start).map(|(x, start)| x.abs() / start.abs().max(1.0)).collect();
        let most = growth.iter().copied().fold(0.0, f64::max);
        if most >= VERY_FAR {
            // Others are carried along by rounding.
            return (0..growth.len()).filter(|&i| growth[i] >= 1e-3 * most).collect();
        }
        let grows = |&i: &usize| {
            let size = end.position[i].abs();
            if converged || size < FAR || size <= self.start[i].abs() {
                return false;
            }
            let reached =
                |part: f64| self.points.iter().find(|(x, _)| x[i] * end.position[i].signum() >= part * size);
            match (reached(0.5), reached(0.75)) {
                (Some((_, half)), Some((_, most))) => {
                    let (first, second) = (most - half, end.log_density - most);
                    first > 0.0 && second >= 0.5 * first
                }
                _ => false,
            }
        };
        (0..end.position.len()).filter(grows).collect()
    }
}
