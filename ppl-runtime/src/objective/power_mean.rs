//! Power means of weights, with the weights of their gradients and baselines that leave one particle out.

/// The logarithm of the power mean `(1/K sum_k w_k^p)^(1/p)`, for a power `p` other than zero.
#[derive(Clone, Debug)]
pub(super) struct PowerMean {
    power: f64,
    /// Of the particles from each on: the log-sum of the powers, and the sum of the log-weights.
    rest: Vec<(f64, f64)>,
}

impl PowerMean {
    pub(super) fn new(power: f64) -> PowerMean {
        PowerMean { power, rest: Vec::new() }
    }

    /// Computes for each element the logarithm of the mean, and its derivative by each log-weight: weights that sum to one.
    ///
    /// # Shapes
    ///
    /// `logs` and `weights` have `[particles, elements]`, `means` has `[elements]`.
    pub(super) fn means_into(
        &self,
        logs: &[f64],
        means: &mut Vec<f64>,
        weights: &mut Vec<f64>,
        elements: usize,
    ) {
        let particles = logs.len() / elements.max(1);
        means.clear();
        weights.clear();
        weights.resize(logs.len(), 0.0);
        for e in 0..elements {
            let column = || (0..particles).map(|k| k * elements + e);
            // The weight whose power is the highest: no exponential overflows.
            let highest =
                column().map(|at| self.power * logs[at]).fold(f64::NEG_INFINITY, f64::max) / self.power;
            let mut sum = 0.0;
            for at in column() {
                // Less one, so that nothing is lost where the power is close to zero.
                let excess = (self.power * (logs[at] - highest)).exp_m1();
                weights[at] = 1.0 + excess;
                sum += excess;
            }
            let count = particles as f64;
            means.push(highest + (sum / count).ln_1p() / self.power);
            for at in column() {
                weights[at] /= count + sum;
            }
        }
    }

    /// Subtracts from each particle's signal the mean with the particle's own weight replaced by the geometric mean of the
    /// others': the local learning signals of Mnih and Rezende (2016).
    ///
    /// # Shapes
    ///
    /// `logs` and `signal` have `[particles, elements]`; there are at least two particles.
    pub(super) fn leave_one_out(&mut self, logs: &[f64], signal: &mut [f64], elements: usize) {
        let particles = logs.len() / elements.max(1);
        let (power, count) = (self.power, particles as f64);
        for e in 0..elements {
            let log = |k: usize| logs[k * elements + e];
            self.rest.clear();
            self.rest.resize(particles + 1, (f64::NEG_INFINITY, 0.0));
            for k in (0..particles).rev() {
                let (powers, sum) = self.rest[k + 1];
                self.rest[k] = (log_add(powers, power * log(k)), sum + log(k));
            }
            // Sums over those before and those after lose nothing where one weight exceeds all others, as a difference would.
            let (mut powers, mut sum) = (f64::NEG_INFINITY, 0.0);
            for k in 0..particles {
                let (after, sum_after) = self.rest[k + 1];
                let geometric = (sum + sum_after) / (count - 1.0);
                let all = log_add(log_add(powers, after), power * geometric);
                let baseline = (all - count.ln()) / power;
                // If the others all have weight zero they say nothing.
                if baseline.is_finite() {
                    signal[k * elements + e] -= baseline;
                }
                powers = log_add(powers, power * log(k));
                sum += log(k);
            }
        }
    }
}

/// Returns `log(exp(a) + exp(b))`.
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGS: [f64; 8] = [-1.0, 3.0, 0.5, -700.0, 0.3, 2.0, -1.5, -2.0];

    /// The mean by its definition, of one column.
    fn defined(logs: &[f64], power: f64) -> f64 {
        let sum: f64 = logs.iter().map(|l| (power * l).exp()).sum();
        (sum / logs.len() as f64).ln() / power
    }

    fn column(e: usize) -> Vec<f64> {
        LOGS.iter().skip(e).step_by(2).copied().collect()
    }

    fn means(power: f64, logs: &[f64], elements: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut means, mut weights) = (Vec::new(), Vec::new());
        PowerMean::new(power).means_into(logs, &mut means, &mut weights, elements);
        (means, weights)
    }

    #[test]
    fn means_are_those_of_the_definition_and_weights_their_derivatives() {
        for power in [1.0, 0.5, -0.01, 0.02] {
            let (found, weights) = means(power, &LOGS, 2);
            for e in 0..2 {
                let expected = defined(&column(e), power);
                assert!((found[e] - expected).abs() < 1e-12 * expected.abs().max(1.0), "{power}: {found:?}");
                for k in 0..4 {
                    let moved = |h: f64| {
                        let mut logs = column(e);
                        logs[k] += h;
                        defined(&logs, power)
                    };
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((weights[2 * k + e] - slope).abs() < 1e-7, "{power}: {weights:?}, {slope}");
                }
            }
        }
    }

    #[test]
    fn small_powers_tend_to_the_mean_of_the_logarithms_and_large_weights_do_not_overflow() {
        let logs = [0.5, -1.5, 3.0];
        let (found, _) = means(1e-13, &logs, 1);
        assert!((found[0] - 2.0 / 3.0).abs() < 1e-12, "{found:?}");
        let (found, weights) = means(1.0, &[-2000.0, 2000.0], 1);
        assert!((found[0] - (2000.0 - 2f64.ln())).abs() < 1e-12 && weights == [0.0, 1.0]);
        let (found, _) = means(1.0, &[f64::NEG_INFINITY, 1.0], 1);
        assert!((found[0] - (1.0 - 2f64.ln())).abs() < 1e-15);
    }

    #[test]
    fn a_particles_baseline_is_that_of_the_others_alone() {
        for power in [1.0, 0.5, -0.3] {
            let logs = [0.5, -1.5, 3.0];
            let mut signal = [0.0; 3];
            PowerMean::new(power).leave_one_out(&logs, &mut signal, 1);
            for k in 0..3 {
                let others: Vec<f64> = (0..3).filter(|&j| j != k).map(|j| logs[j]).collect();
                let mut replaced = logs;
                replaced[k] = (others[0] + others[1]) / 2.0;
                assert!((signal[k] + defined(&replaced, power)).abs() < 1e-14);
            }
        }
        // One weight above all others: its baseline is not a difference of two numbers that are alike.
        let mut signal = [0.0; 3];
        PowerMean::new(1.0).leave_one_out(&[900.0, 1.0, 1.0], &mut signal, 1);
        assert!((signal[0] + 1.0).abs() < 1e-15);
        // Others without weight say nothing.
        let mut signal = [2.0; 2];
        PowerMean::new(1.0).leave_one_out(&[0.0, f64::NEG_INFINITY], &mut signal, 1);
        assert_eq!(signal[0], 2.0);
    }
}
