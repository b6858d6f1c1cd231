use super::*;
use crate::random::{Purpose, stream};

fn points(dim: usize) -> Vec<Point> {
    // Of the density exp(-sum_i (i + 1) (x_i - 1)^2 / 2 - (sum_i x_i)^2 / 10).
    let mut rng = stream(3, Purpose::Path, 0);
    let at = |position: Vec<f64>| {
        let sum: f64 = position.iter().sum();
        let gradient =
            position.iter().enumerate().map(|(i, x)| -(i as f64 + 1.0) * (x - 1.0) - 0.2 * sum).collect();
        Point { position, log_density: 0.0, gradient }
    };
    (0..7)
        .map(|_| {
            let mut position = vec![0.0; dim];
            fill_standard_normal(&mut rng, &mut position);
            at(position)
        })
        .collect()
}

/// The inverse BFGS update `H - ...` of dense matrices, from the diagonal on: the formula 6.17 of Nocedal and Wright (2006).
fn dense_inverse_hessian(estimate: &Estimate) -> Vec<f64> {
    let dim = estimate.diagonal.len();
    let mut h: Vec<f64> =
        (0..dim * dim).map(|k| if k / dim == k % dim { estimate.diagonal[k / dim] } else { 0.0 }).collect();
    for pair in &estimate.pairs {
        let rho = 1.0 / pair.product;
        let left: Vec<f64> = (0..dim * dim)
            .map(|k| {
                f64::from(u8::from(k / dim == k % dim)) - rho * pair.step[k / dim] * pair.change[k % dim]
            })
            .collect();
        let half = product(dim, &left, |i, j| h[i * dim + j]);
        h = product(dim, &half, |i, j| left[j * dim + i]);
        for i in 0..dim {
            for j in 0..dim {
                h[i * dim + j] += rho * pair.step[i] * pair.step[j];
            }
        }
    }
    h
}

fn assert_agrees_with_dense(dim: usize, limit: usize) {
    let path = points(dim);
    let mut estimate = Estimate::new(dim, limit);
    for pair in path.windows(2) {
        estimate.take(&pair[0], &pair[1]);
    }
    assert_eq!(estimate.pairs.len(), limit.min(6));
    let last = path.last().unwrap();
    let normal = estimate.normal(last).unwrap();
    let dense = dense_inverse_hessian(&estimate);
    for (got, want) in normal.covariance().iter().zip(&dense) {
        assert!((got - want).abs() < 1e-11, "{got} is not {want}");
    }
    for i in 0..dim {
        let want = last.position[i] + dot(&dense[i * dim..(i + 1) * dim], &last.gradient);
        assert!((normal.mean[i] - want).abs() < 1e-11);
    }
    // The density of draws beside that of the dense normal.
    let factor = Cholesky::new(dim, &dense).unwrap();
    let mut rng = stream(5, Purpose::Path, 1);
    let mut position = vec![0.0; dim];
    for _ in 0..20 {
        let log_q = normal.draw_into(&mut rng, &mut position);
        let mut offset = by(&position, &normal.mean, |x, mean| x - mean);
        factor.solve_lower(&mut offset);
        let want = -0.5 * (dot(&offset, &offset) + factor.log_determinant()) - half_log_two_pi(dim);
        assert!((log_q - want).abs() < 1e-10, "{log_q} is not {want}");
        assert!((normal.log_density(&position) - want).abs() < 1e-10);
    }
}

#[test]
fn low_rank_agrees_with_dense_matrices() {
    assert_agrees_with_dense(20, 4);
    assert_agrees_with_dense(20, 10);
    // More columns than dimensions.
    assert_agrees_with_dense(5, 6);
    assert_agrees_with_dense(2, 6);
}

#[test]
fn without_a_step_it_is_the_standard_normal() {
    let point = Point { position: vec![1.0, 2.0], log_density: 0.0, gradient: vec![0.5, -0.5] };
    let normal = Estimate::new(2, 6).normal(&point).unwrap();
    assert_eq!(normal.mean(), [1.5, 1.5]);
    assert_eq!(normal.covariance(), [1.0, 0.0, 0.0, 1.0]);
}
