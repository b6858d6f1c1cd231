//! The log-density of a guide's own draw has the digits of its noise, whatever its parameters are.

use ndarray::Array2;
use ppl::prelude::*;

const N: usize = 60;

/// Returns a Cholesky factor whose inverse has elements of `3^58`.
fn ill_conditioned() -> Array2<f64> {
    let element = |i: usize, j: usize| if i == j { 1.0 } else { -2.0 * f64::from(u8::from(j < i)) };
    Array2::from_shape_fn((N, N), |(i, j)| element(i, j))
}

#[model]
fn standard() {
    sample!("z", Normal::new(0.0, 1.0).expand(&[N]));
}

#[guide(standard)]
fn full_rank(factor: &Array2<f64>) {
    let loc = param!("loc", init::full([N], 0.5));
    sample!("z", MultivariateNormal::new(loc, factor));
}

#[test]
fn an_ill_conditioned_factor_costs_no_digit() {
    let factor = ill_conditioned();
    // KL = (tr(L L^T) + |loc|^2 - n) / 2 - sum of ln(L[i, i]).
    let exact = 0.5 * (factor.iter().map(|l| l * l).sum::<f64>() + 0.25 * N as f64 - N as f64);
    for objective in
        [Elbo::default(), Elbo::default().closed_kl(false), Elbo::default().sticking_the_landing()]
    {
        let mut svi = Svi::new(standard(), full_rank(&factor), objective, Adam::new(0.01)).seed(3);
        let found = svi.evaluate(20_000).unwrap();
        assert!((found.loss - exact).abs() <= 5.0 * found.standard_error + 1e-9 * exact, "{found:?} {exact}");
        assert!(found.standard_error < 0.01 * exact);
    }
}

#[model]
fn held(stops: bool) {
    let factor = param!("factor", init::scaled_identity(2, 0.7), CovarianceCholesky);
    let loc = match stops {
        true => param!("loc", init::full([2], 0.5)).stop_gradient(),
        false => param!("other", init::full([2], 0.5)),
    };
    sample!("z", MultivariateNormal::new(loc, factor));
}

#[guide(held)]
fn moving(_stops: bool) {
    let factor = param!("factor", init::scaled_identity(2, 0.7), CovarianceCholesky);
    sample!("z", MultivariateNormal::new(param!("loc", init::full([2], 0.5)), factor));
}

/// A prior with the elements of the proposal's mean, through which no derivative flows, is met by a draw that moves.
#[test]
fn a_draw_moves_where_a_parameter_is_held() {
    let gradient = |stops| {
        let objective = Elbo::default().closed_kl(false);
        let mut svi = Svi::new(held(stops), moving(stops), objective, Adam::new(0.01)).seed(3);
        svi.gradient().unwrap().1.get("loc").unwrap().clone()
    };
    let (held, apart) = (gradient(true), gradient(false));
    assert!(apart.iter().all(|g| g.abs() > 0.01), "{apart}");
    for (held, apart) in held.iter().zip(&apart) {
        assert!((held - apart).abs() <= 1e-12 * apart.abs(), "{held} {apart}");
    }
}
