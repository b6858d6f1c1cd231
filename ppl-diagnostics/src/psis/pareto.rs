//! The generalised Pareto distribution.

/// A generalised Pareto distribution that begins at zero.
pub(super) struct Pareto {
    /// The shape k: moments of order `1 / k` and above do not exist.
    pub(super) shape: f64,
    scale: f64,
}

impl Pareto {
    /// Returns the quantile at `p` in `(0, 1)`.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let exponential = -(-p).ln_1p();
        if self.shape.abs() < f64::EPSILON {
            return self.scale * exponential;
        }
        self.scale * (self.shape * exponential).exp_m1() / self.shape
    }
}

/// Returns the distribution of positive numbers that increase, by the quasi-Bayesian estimate of Zhang and Stephens (2009), *A new and efficient estimation method
/// for the generalized Pareto distribution*: the mean of `b = -k / scale` over a grid, weighted by the profile likelihood; then k, which the likelihood gives for a `b`, pulled to 0.5 by a prior that is worth ten
/// numbers (Vehtari et al., 2024). `None` where the numbers leave no finite shape.
pub(super) fn fit(sorted: &[f64]) -> Option<Pareto> {
    const PRIOR_OF_B: f64 = 3.0;
    const PRIOR_OF_K: (f64, f64) = (0.5, 10.0);
    let count = sorted.len();
    let n = count as f64;
    let largest = sorted[count - 1];
    let quartile = sorted[((n / 4.0 + 0.5) as usize).max(1) - 1];
    let shape_at = |b: f64| sorted.iter().map(|x| (-b * x).ln_1p()).sum::<f64>() / n;

    let points = 30 + n.sqrt() as usize;
    let grid = (1..=points).map(|i| {
        let step = 1.0 - (points as f64 / (i as f64 - 0.5)).sqrt();
        step / (PRIOR_OF_B * quartile) + 1.0 / largest
    });
    // Each point with its profile log-likelihood.
    let grid: Vec<(f64, f64)> = grid
        .map(|b| {
            let shape = shape_at(b);
            (b, n * ((-b / shape).ln() - shape - 1.0))
        })
        .collect();
    let best = grid.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = grid.iter().map(|point| (point.1 - best).exp()).sum();
    let weighted = grid.iter().map(|(b, log)| (*b, (log - best).exp() / total));
    let kept: Vec<(f64, f64)> = weighted.filter(|(_, weight)| *weight >= 10.0 * f64::EPSILON).collect();
    let kept_weight: f64 = kept.iter().map(|(_, weight)| weight).sum();
    let b = kept.iter().map(|(b, weight)| b * weight).sum::<f64>() / kept_weight;

    let shape = shape_at(b);
    let scale = -shape / b;
    let (prior, worth) = PRIOR_OF_K;
    let shape = (n * shape + worth * prior) / (n + worth);
    (shape.is_finite() && scale.is_finite() && scale > 0.0).then_some(Pareto { shape, scale })
}
