//! Ascent of a log-density by the limited-memory BFGS method.
//!
//! Written here, and not taken from a library, because Pathfinder needs each point of the path with its gradient, the line search has to go
//! around points where the density is zero, and a fatal error of the target has to pass. Besides, `argmin` 0.11 takes 16 and `basin` 3.2 takes 11
//! seconds of CPU time to build, with 29 and 13 crates; `lbfgs` 0.3 has no line search, and `liblbfgs` 0.1 has long had no release.

use std::collections::VecDeque;

use crate::linalg::{add_scaled, dot, norm};
use crate::line_search::{LineSearch, Point};
use crate::target::{Target, TargetError};

/// The settings of an ascent.
#[derive(Debug, Clone)]
pub(crate) struct Lbfgs {
    /// How many pairs of steps and changes of the gradient are kept.
    pub(crate) memory: usize,
    pub(crate) max_iterations: usize,
    /// The rise, in nats, that a quasi-Newton step promises when the ascent has converged.
    pub(crate) tolerance: f64,
}

/// Why an ascent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Converged,
    OutOfIterations,
    LineSearchFailed,
}

/// Where an ascent ended.
#[derive(Debug)]
pub(crate) struct Ascent {
    pub(crate) point: Point,
    pub(crate) end: End,
    pub(crate) iterations: usize,
    pub(crate) evaluations: usize,
}

impl Lbfgs {
    /// Climbs from a point, which is visited first, as are all points that come after it.
    ///
    /// Algorithm 7.5 of Nocedal and Wright (2006). It has converged when the step promises less than the tolerance twice in a row; and when no
    /// step rises and what the last promised is lost in the rounding of the log-density.
    pub(crate) fn ascend(
        &self,
        target: &mut dyn Target,
        start: Point,
        visit: &mut dyn FnMut(&Point),
    ) -> Result<Ascent, TargetError> {
        let mut memory = Memory::new(self.memory);
        let mut point = start;
        let mut evaluations = 0;
        let mut small_promises = 0;
        visit(&point);
        for iterations in 0..self.max_iterations {
            let end = |point, end, evaluations| Ok(Ascent { point, end, iterations, evaluations });
            if point.gradient.iter().all(|&g| g == 0.0) {
                return end(point, End::Converged, evaluations);
            }
            let direction = memory.times(&point.gradient);
            let promise = 0.5 * dot(&direction, &point.gradient);
            // The first direction is the gradient itself, whose length says nothing about the scale.
            small_promises =
                if promise <= self.tolerance && !memory.is_empty() { small_promises + 1 } else { 0 };
            if small_promises == 2 {
                return end(point, End::Converged, evaluations);
            }
            let first = if memory.is_empty() { (1.0 / norm(&direction)).min(1.0) } else { 1.0 };
            let mut search = LineSearch { target: &mut *target, evaluations: &mut evaluations };
            match search.run(&point, &direction, first)? {
                Some(next) => {
                    memory.push(&point, &next);
                    point = next;
                    visit(&point);
                }
                // Less than rounding is promised: the start may be the mode already.
                None if promise <= 1e-12 * point.log_density.abs().max(1.0)
                    && (iterations == 0 || !memory.is_empty()) =>
                {
                    return end(point, End::Converged, evaluations);
                }
                None if !memory.is_empty() => memory.clear(),
                None => return end(point, End::LineSearchFailed, evaluations),
            }
        }
        let iterations = self.max_iterations;
        Ok(Ascent { point, end: End::OutOfIterations, iterations, evaluations })
    }
}

/// The last steps `s` of a path, with the changes `z` of the gradient of minus the log-density along them.
pub(crate) struct Memory {
    pairs: VecDeque<Pair>,
    limit: usize,
}

pub(crate) struct Pair {
    pub(crate) step: Vec<f64>,
    pub(crate) change: Vec<f64>,
    /// `s^T z`.
    pub(crate) product: f64,
}

impl Pair {
    /// The pair of two points; nothing where the density is not log-concave along the step.
    pub(crate) fn between(from: &Point, to: &Point) -> Option<Pair> {
        let step: Vec<f64> = to.position.iter().zip(&from.position).map(|(to, from)| to - from).collect();
        let change: Vec<f64> = from.gradient.iter().zip(&to.gradient).map(|(from, to)| from - to).collect();
        let product = dot(&step, &change);
        (product > 1e-12 * norm(&step) * norm(&change)).then_some(Pair { step, change, product })
    }
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Memory {
        Memory { pairs: VecDeque::new(), limit }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
    }

    pub(crate) fn push(&mut self, from: &Point, to: &Point) {
        if let Some(pair) = Pair::between(from, to) {
            if self.pairs.len() == self.limit {
                self.pairs.pop_front();
            }
            self.pairs.push_back(pair);
        }
    }

    /// The estimated inverse of the negative Hessian times a vector: algorithm 7.4 of Nocedal and Wright (2006).
    pub(crate) fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut result = vector.to_vec();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, &result) / pair.product;
            add_scaled(-share, &pair.change, &mut result);
            shares.push(share);
        }
        if let Some(last) = self.pairs.back() {
            let scale = last.product / dot(&last.change, &last.change);
            result.iter_mut().for_each(|x| *x *= scale);
        }
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let back = dot(&pair.change, &result) / pair.product;
            add_scaled(share - back, &pair.step, &mut result);
        }
        result
    }
}
