//! Sums of importance weights over more particles than one recording has.

use super::BoundRows;
use super::log_weights::{LogWeights, varies};
use crate::element::Element;
use crate::error::Error;
use crate::program::run::Run;
use crate::program::trace::Part;

/// The running sums of the weights of each element of the plates that may be split.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamedWeights {
    logs: LogWeights,
    sums: Vec<Sum>,
    count: usize,
    /// The logarithms of the means.
    bounds: Vec<f64>,
}

/// The largest log-weight so far, and relative to it the sums of the weights and of their squares.
#[derive(Clone, Copy, Debug)]
struct Sum {
    largest: f64,
    weights: f64,
    squares: f64,
}

impl Sum {
    const ZERO: Sum = Sum { largest: f64::NEG_INFINITY, weights: 0.0, squares: 0.0 };

    fn add(&mut self, log: f64) {
        if log > self.largest {
            let shrink = (self.largest - log).exp();
            self.weights *= shrink;
            self.squares *= shrink * shrink;
            self.largest = log;
        }
        // A weight of zero adds nothing; the first ones may all be zero. What is no number stays to be seen.
        if log != f64::NEG_INFINITY {
            let weight = (log - self.largest).exp();
            self.weights += weight;
            self.squares += weight * weight;
        }
    }
}

impl StreamedWeights {
    /// Forgets the sums, and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.sums.clear();
        self.count = 0;
    }

    /// Adds the weights of a recording.
    ///
    /// # Errors
    ///
    /// If a plate is visited in part and its elements have no weights of their own.
    pub(crate) fn add<E: Element>(&mut self, run: &Run<E>, particles: usize) -> Result<(), Error> {
        self.logs.gather(run, particles)?;
        self.sums.resize(self.logs.elements, Sum::ZERO);
        for row in self.logs.logs.chunks(self.logs.elements.max(1)) {
            self.sums.iter_mut().zip(row).for_each(|(sum, &log)| sum.add(log));
        }
        self.count += particles;
        Ok(())
    }

    /// Adds the logarithms of the means to the sums by rows; returns their sum and the variance that this estimate has. The last
    /// recording is still there.
    pub(crate) fn finish<E: Element>(&mut self, run: &Run<E>, rows: &mut BoundRows) -> (f64, f64) {
        let count = self.count as f64;
        let StreamedWeights { logs, sums, bounds, .. } = self;
        bounds.clear();
        bounds.extend(sums.iter().map(|sum| sum.largest + (sum.weights / count).ln()));
        rows.add_bounds(run, logs, bounds, 1.0);
        let mut total = logs.scale * bounds.iter().sum::<f64>();
        let particles = run.particles() as f64;
        for term in run.trace.terms.iter().filter(|term| !varies(run, term)) {
            if !matches!(term.part, Part::Floor | Part::Penalty) {
                total += run.tape.weigh(term) / particles;
            }
            rows.add_term(run, term, 1.0 / particles);
        }
        // That of the logarithm of a mean, by its derivative (the delta method).
        let of_one =
            |sum: &Sum| (sum.squares / (sum.weights * sum.weights) - 1.0 / count) * count / (count - 1.0);
        (total, logs.scale * logs.scale * sums.iter().map(of_one).sum::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_sums_are_those_of_all_weights_whatever_their_order() {
        for logs in [
            [-1.0, 3.0, 0.5, -700.0],
            [f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, 2.0],
            [800.0, 801.0, -800.0, 799.0],
        ] {
            let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights = logs.map(|log| (log - largest).exp());
            for by in 0..4 {
                let mut sum = Sum::ZERO;
                (0..4).for_each(|k| sum.add(logs[(k + by) % 4]));
                let squares: f64 = weights.iter().map(|w| w * w).sum();
                assert_eq!(sum.largest, largest);
                assert!((sum.weights - weights.iter().sum::<f64>()).abs() < 1e-15, "{sum:?}");
                assert!((sum.squares - squares).abs() < 1e-15, "{sum:?}");
            }
        }
        let mut sum = Sum::ZERO;
        [1.0, f64::NAN, 2.0].into_iter().for_each(|log| sum.add(log));
        assert!(sum.weights.is_nan());
    }
}
