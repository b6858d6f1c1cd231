use super::*;
use ndarray::Array2;

#[model]
fn hidden(y: &[f64], table: &Array2<f64>) {
    markov!("time", y.len(), 0, |prev, t| {
        let z = sample!("z", Categorical::new(table.at(prev)));
        observe!("y", Normal::new(z.to_real() * 1.5, 1.0), y.at(t));
        z
    });
}

#[guide(hidden)]
fn structured(y: &[f64], _table: &Array2<f64>) {
    let logits = param!("logits", ndarray::arr2(&[[0.2, -0.3], [0.5, 0.1]]));
    let shift = param!("shift", 0.4);
    markov!("time", y.len(), 0, |prev, t| {
        sample!("z", Categorical::logits(logits.at(prev) + logits.at(prev) * shift * y.at(t)), enumerate)
    });
}

const STICKY: [[f64; 2]; 2] = [[0.75, 0.25], [0.35, 0.65]];
const Y: [f64; 3] = [0.2, 1.4, -0.3];

/// The bound, summed over every path.
fn by_hand(logits: [[f64; 2]; 2], shift: f64) -> f64 {
    let mut total = 0.0;
    for n in 0..8usize {
        let path = [n & 1, n >> 1 & 1, n >> 2 & 1];
        let (mut before, mut q, mut log) = (0, 1.0, 0.0);
        for t in 0..3 {
            let z = path[t];
            let l = |k: usize| logits[before][k] * (1.0 + shift * Y[t]);
            let log_q = l(z) - (l(0).exp() + l(1).exp()).ln();
            let d = Y[t] - 1.5 * z as f64;
            q *= log_q.exp();
            log += STICKY[before][z].ln() - 0.5 * d * d - 0.5 * (2.0 * std::f64::consts::PI).ln() - log_q;
            before = z;
        }
        total += q * log;
    }
    total
}

#[test]
fn an_enumerated_chain_is_averaged_by_its_pairwise_marginals() {
    let table = ndarray::arr2(&STICKY);
    for elbo in [Elbo::default(), Elbo::default().closed_kl(false)] {
        let mut svi = Svi::new(hidden(&Y, &table), structured(&Y, &table), elbo, Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        let logits = [[0.2, -0.3], [0.5, 0.1]];
        close(step.loss, -by_hand(logits, 0.4), 1e-12);
        let h = 1e-4;
        let slope = (by_hand(logits, 0.4 + h) - by_hand(logits, 0.4 - h)) / (2.0 * h);
        close(gradient.get("shift").unwrap()[[]], -slope, 1e-7);
        for (i, k) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let at = |h: f64| {
                let mut moved = logits;
                moved[i][k] += h;
                by_hand(moved, 0.4)
            };
            close(gradient.get("logits").unwrap()[[i, k]], -(at(h) - at(-h)) / (2.0 * h), 1e-7);
        }
        // Draws of the guide run step by step.
        assert_eq!(svi.posterior().draws(10).unwrap().get("z").unwrap().shape(), [10, 3]);
    }
}
