//! The mixture of predictive distributions that predicts best.

/// A weight smaller than this, which the likelihood would have smaller still, is zero.
const NEGLIGIBLE: f64 = 1e-13;

/// Returns the weights of the mixture of models with the highest sum of log densities, `max over the simplex of sum_i log sum_k w_k exp(l_ki)`.
///
/// `log_densities` is [models, observations]. The problem is concave, and adding `n - n sum of w` to the objective leaves its solution and makes the simplex's equality
/// hold by itself (Kim, Carbonetto, Stephens, Anitescu, 2020, *A fast algorithm for maximum likelihood estimation of mixture proportions*), so that projected Newton steps over positive weights solve it. Steps of expectation maximisation, which cannot fail, come first. Where several weights are equally good, as of two models
/// that are one, the solution is one of them.
pub(super) fn weights(log_densities: &[Vec<f64>]) -> Vec<f64> {
    let models = log_densities.len();
    let observations = log_densities[0].len();
    // Only ratios within an observation matter; the largest becomes one.
    let mut densities = vec![vec![0.0; models]; observations];
    for (i, row) in densities.iter_mut().enumerate() {
        let largest = log_densities.iter().map(|model| model[i]).fold(f64::NEG_INFINITY, f64::max);
        for (density, model) in row.iter_mut().zip(log_densities) {
            *density = (model[i] - largest).exp();
        }
    }
    let mut weights = vec![1.0 / models as f64; models];
    for _ in 0..50 {
        let slopes = slopes(&densities, &weights);
        weights.iter_mut().zip(slopes).for_each(|(weight, slope)| *weight *= slope);
    }
    for _ in 0..200 {
        if !newton_step(&densities, &mut weights) {
            break;
        }
    }
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// Returns for each model the mean over observations of its density over the mixture's. At the solution it is 1 where the weight is positive, and at most 1 elsewhere.
fn slopes(densities: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut slopes = vec![0.0; weights.len()];
    for row in densities {
        let mixture = dot(row, weights);
        for (slope, density) in slopes.iter_mut().zip(row) {
            *slope += density / mixture / densities.len() as f64;
        }
    }
    slopes
}

/// Returns the mean log density of the mixture less the sum of weights.
fn objective(densities: &[Vec<f64>], weights: &[f64]) -> f64 {
    let logs: f64 = densities.iter().map(|row| dot(row, weights).ln()).sum();
    logs / densities.len() as f64 - weights.iter().sum::<f64>()
}

/// Makes one projected Newton step (Bertsekas, 1982) with backtracking, and returns whether it moved.
fn newton_step(densities: &[Vec<f64>], weights: &mut Vec<f64>) -> bool {
    let gradient: Vec<f64> = slopes(densities, weights).iter().map(|slope| slope - 1.0).collect();
    let free: Vec<usize> =
        (0..weights.len()).filter(|&k| weights[k] > NEGLIGIBLE || gradient[k] > 0.0).collect();
    let mut hessian = vec![vec![0.0; free.len()]; free.len()];
    for row in densities {
        let mixture = dot(row, weights);
        for (a, &j) in free.iter().enumerate() {
            for (b, &k) in free.iter().enumerate().take(a + 1) {
                hessian[a][b] += row[j] * row[k] / (mixture * mixture * densities.len() as f64);
            }
        }
    }
    // Models that predict alike make it singular.
    let ridge = 1e-12 * (0..free.len()).map(|a| hessian[a][a]).fold(0.0, f64::max);
    (0..free.len()).for_each(|a| hessian[a][a] += ridge);
    let direction = solve(hessian, free.iter().map(|&k| gradient[k]).collect());
    let before = objective(densities, weights);
    let worst = violation(densities, weights);
    let mut length = 1.0;
    for _ in 0..60 {
        let mut next: Vec<f64> = weights.iter().map(|w| if *w <= NEGLIGIBLE { 0.0 } else { *w }).collect();
        for (&k, step) in free.iter().zip(&direction) {
            next[k] = (weights[k] + length * step).max(0.0);
        }
        let after = objective(densities, &next);
        // Near the solution the objective no longer tells points apart, and its slope does.
        let settles = after > before - 1e-14 && violation(densities, &next) < 0.5 * worst;
        if after > before || settles {
            *weights = next;
            return true;
        }
        length *= 0.5;
    }
    false
}

/// Returns how far the slopes are from those of a solution.
fn violation(densities: &[Vec<f64>], weights: &[f64]) -> f64 {
    let each = slopes(densities, weights).into_iter().zip(weights).map(|(slope, weight)| {
        if *weight > NEGLIGIBLE { (slope - 1.0).abs() } else { (slope - 1.0).max(0.0) }
    });
    each.fold(0.0, f64::max)
}

/// Solves a positive definite system, of which the lower triangle is given, by Cholesky's decomposition.
fn solve(mut lower: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = lower[i][j] - sum;
            lower[i][j] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / lower[j][j] };
        }
        let sum: f64 = (0..i).map(|k| lower[i][k] * right[k]).sum();
        right[i] = (right[i] - sum) / lower[i][i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| lower[k][i] * right[k]).sum();
        right[i] = (right[i] - sum) / lower[i][i];
    }
    right
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Lcg;

    fn transposed(log_densities: &[Vec<f64>]) -> Vec<Vec<f64>> {
        (0..log_densities[0].len()).map(|i| log_densities.iter().map(|m| m[i].exp()).collect()).collect()
    }

    /// No point of the simplex is better by more than `max slope - 1` for each observation: the gap of duality.
    #[test]
    fn solutions_are_optimal() {
        let mut lcg = Lcg::new(5);
        for (models, observations) in [(1, 5), (2, 3), (3, 40), (8, 100), (12, 10)] {
            let log_densities: Vec<Vec<f64>> =
                (0..models).map(|_| (0..observations).map(|_| 2.0 * lcg.bell()).collect()).collect();
            let solution = weights(&log_densities);
            assert!((solution.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(solution.iter().all(|w| *w >= 0.0));
            let largest = slopes(&transposed(&log_densities), &solution).into_iter().fold(0.0, f64::max);
            assert!(largest - 1.0 < 1e-10, "{models} models of {observations}: {largest}");
            // A planted error: moving a hundredth of the weight to the first model is seen.
            let moved: Vec<f64> = solution
                .iter()
                .enumerate()
                .map(|(k, w)| 0.99 * w + if k == 0 { 0.01 } else { 0.0 })
                .collect();
            let slopes = slopes(&transposed(&log_densities), &moved);
            assert!(models == 1 || slopes.into_iter().fold(0.0, f64::max) - 1.0 > 1e-6);
        }
    }

    #[test]
    fn equal_models_share_and_hopeless_ones_get_nothing() {
        let good: Vec<f64> = (0..50).map(|i| -1.0 - f64::from(i % 7) / 7.0).collect();
        let hopeless: Vec<f64> = good.iter().map(|x| x - 800.0).collect();
        let solution = weights(&[good.clone(), good, hopeless]);
        assert!((solution[0] + solution[1] - 1.0).abs() < 1e-12);
        assert_eq!(solution[2], 0.0);
    }
}
