//! The last stage of a run: steps whose length does not look at the gradient of the moment, and the average of where
//! they lead.
//!
//! A rule that divides by a running root mean square, as Adam does, rests where the mean of the *ratio* vanishes, which
//! is beside the optimum by the skewness of the gradient. Here each parameter has a step length of its own, measured once
//! and then held, so that the iterates rest where the expected gradient vanishes; the lengths fall slowly, and the
//! average of the iterates has the smallest variance that any such method can reach (Polyak and Juditsky 1992).

use super::epochs::Epochs;
use super::lengths::Lengths;
use crate::element::Element;
use crate::optim::Rows;

/// Step `t` has `(1 + t / HOLD)^-FALL` of the first length; the exponent must lie between one half and one.
const HOLD: f64 = 1_000.0;
const FALL: f64 = 0.6;

/// The state of the last stage.
#[derive(Debug)]
pub(super) struct Polish<E> {
    lengths: Vec<E>,
    limits: Vec<E>,
    /// Where it began, to go back to if the steps turn out to be too long.
    pub(super) start: Vec<E>,
    shrink: f64,
    steps: u64,
    pub(super) epochs: Epochs,
}

impl<E: Element> Polish<E> {
    pub(super) fn new(lengths: &Lengths<E>, start: &[E]) -> Polish<E> {
        let n = start.len();
        let (lengths, limits) = lengths.finish(n);
        Polish { lengths, limits, start: start.to_vec(), shrink: 1.0, steps: 0, epochs: Epochs::new(start) }
    }

    /// Moves the elements of `rows` and adds the parameters to the average.
    pub(super) fn update(&mut self, rows: &[Rows], gradient: &[E], values: &mut [E]) {
        let factor = E::of(self.shrink * (1.0 + self.steps as f64 / HOLD).powf(-FALL));
        self.steps += 1;
        let work = self.epochs.begin_step();
        for rows in rows {
            let range = rows.range();
            let steps = self.lengths[range.clone()].iter().zip(&self.limits[range.clone()]);
            let moves = gradient[range.clone()].iter().zip(steps);
            let moves = moves.zip(&mut work[range.clone()]);
            for (x, ((&g, (&length, &limit)), work)) in values[range].iter_mut().zip(moves) {
                let g = g.max(-limit).min(limit);
                let step = factor * length * g;
                *x -= step;
                *work += (step * g).as_f64();
            }
        }
        self.epochs.add(values);
    }

    /// Begins anew with steps of a tenth of the length.
    pub(super) fn restart(&mut self) {
        self.shrink *= 0.1;
        self.steps = 0;
        self.epochs = Epochs::new(&self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_optimiser() {
        let mut lengths = Lengths::default();
        let rows = [Rows::new(0..1, 1)];
        for g in [1.0, -2.0, 0.5] {
            lengths.before(&[1.0, 5.0]);
            lengths.after(&rows, &[g, 0.0], &[1.0 - 0.1 * g, 5.0]);
        }
        let mut polish = Polish::new(&lengths, &[1.0, 5.0]);
        let mut values = [1.0, 5.0];
        polish.update(&[Rows::new(0..2, 1)], &[1.0, 1.0], &mut values);
        // The second element was never moved and takes the typical length.
        assert!((values[0] - 0.9f64).abs() < 1e-12 && (values[1] - 4.9f64).abs() < 1e-12);
    }
}
