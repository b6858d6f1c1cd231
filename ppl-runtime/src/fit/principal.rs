//! A covariance as one that is diagonal but for its principal directions.

use super::whitened::NormalFrame;

/// How often the directions are multiplied by the covariance.
const ROUNDS: usize = 50;

/// The least part of a number's variance that is its own.
const OWN: f64 = 1e-3;

/// Returns the standard deviations of a normal distribution, and in units of these the scales and the directions, `[1 + rank, n]`, of one that
/// has nearly its covariance: probabilistic principal components of the correlations (Tipping and Bishop 1999, equations 7 and 8), with
/// what each number's variance lacks as its own.
pub(super) fn principal(normal: &NormalFrame, rank: usize) -> (Vec<f64>, Vec<f64>) {
    let n = normal.mean.len();
    let units: Vec<f64> = normal.factor.chunks_exact(n).map(|row| dot(row, row).sqrt()).collect();
    let rows = normal.factor.chunks_exact(n).zip(&units);
    let factor: Vec<f64> = rows.flat_map(|(row, unit)| row.iter().map(move |l| l / unit)).collect();
    let found = rank.min(n.saturating_sub(1));
    let (values, vectors) = largest(&factor, n, found);
    let rest = (n as f64 - values.iter().sum::<f64>()) / (n - found).max(1) as f64;
    let mut rows = vec![0.0; (1 + rank) * n];
    let (scales, directions) = rows.split_at_mut(n);
    scales.fill(1.0);
    for (k, row) in directions.chunks_exact_mut(n).enumerate() {
        match vectors.get(k) {
            Some(vector) => {
                let length = (values[k] - rest).max(0.0).sqrt();
                row.iter_mut().zip(vector).for_each(|(w, v)| *w = length * v);
            }
            // Of more directions than dimensions the last ones begin as small waves, so that they have a derivative.
            None => row
                .iter_mut()
                .enumerate()
                .for_each(|(i, w)| *w = 0.01 * ((k + 1) as f64 * (i + 1) as f64).sin()),
        }
        scales.iter_mut().zip(row.iter()).for_each(|(own, w)| *own -= w * w);
    }
    scales.iter_mut().for_each(|own| *own = own.max(OWN).sqrt());
    (units, rows)
}

/// Returns the largest eigenvalues of `L L^T` and their vectors, by iteration of the subspace (Golub and Van Loan, section 7.3.2).
fn largest(factor: &[f64], n: usize, count: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut vectors: Vec<Vec<f64>> =
        (0..count).map(|k| (0..n).map(|i| ((k + 1) as f64 * (i as f64 + 0.5)).cos()).collect()).collect();
    let mut values = vec![0.0; count];
    for _ in 0..ROUNDS {
        for k in 0..count {
            let mut image = times(factor, n, &vectors[k]);
            for other in &vectors[..k] {
                let along = dot(&image, other);
                image.iter_mut().zip(other).for_each(|(x, o)| *x -= along * o);
            }
            values[k] = dot(&image, &image).sqrt();
            if values[k] > 0.0 {
                image.iter_mut().for_each(|x| *x /= values[k]);
            }
            vectors[k] = image;
        }
    }
    (values, vectors)
}

/// Returns `L L^T x`.
fn times(factor: &[f64], n: usize, x: &[f64]) -> Vec<f64> {
    let mut inner = vec![0.0; n];
    for (row, &x) in factor.chunks_exact(n).zip(x) {
        inner.iter_mut().zip(row).for_each(|(to, l)| *to += l * x);
    }
    factor.chunks_exact(n).map(|row| dot(row, &inner)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A covariance of two directions and own noise is found again.
    #[test]
    fn a_covariance_of_that_form_is_found_again() {
        let n = 5;
        let directions = [[0.8, -0.3, 0.5, 0.2, 0.6], [-0.1, 0.7, 0.4, -0.6, 0.2]];
        let units = [10.0, 0.1, 1.0, 3.0, 0.02];
        let mut covariance = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                let shared: f64 = directions.iter().map(|w| w[i] * w[j]).sum();
                covariance[i * n + j] = units[i] * units[j] * (shared + if i == j { 0.3 } else { 0.0 });
            }
        }
        let normal = NormalFrame::of(vec![0.0; n], covariance.clone()).unwrap();
        let (units, rows) = principal(&normal, 2);
        for i in 0..n {
            for j in 0..n {
                let shared: f64 = rows[n..].chunks_exact(n).map(|w| w[i] * w[j]).sum();
                let own = if i == j { rows[i] * rows[i] } else { 0.0 };
                let correlation = covariance[i * n + j] / (units[i] * units[j]);
                // The variances are exact; the correlations nearly, since the noise differs in units of the deviations.
                let tolerance = if i == j { 1e-12 } else { 0.1 };
                assert!(
                    (shared + own - correlation).abs() < tolerance,
                    "{i} {j}: {} {correlation}",
                    shared + own
                );
            }
        }
        // With more directions than numbers nothing is lost.
        let (_, rows) = principal(&normal, 7);
        assert!(
            rows.len() == 8 * n && rows.iter().all(|x| x.is_finite()) && rows[..n].iter().all(|s| *s > 0.0)
        );
    }
}
