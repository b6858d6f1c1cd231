//! Closed Kullback-Leibler divergences `KL(q || p) = E_q[ln q - ln p]`, in nats, with their partial derivatives.
//!
//! Between families of one number the parameters are arrays in the order of
//! [`Univariate::PARAMETERS`](super::Univariate::PARAMETERS), and the result is the divergence, its partials
//! by the parameters of `q`, and those by the parameters of `p`. Between families of arrays the parameters are slices,
//! flat in row-major order; `seed` times the partials is *added* to the slices `by_q` and `by_p`, and a slice of
//! length zero is a derivative that is not needed.
//!
//! A divergence is `inf` where `q` puts mass where `p` has none.

mod bounded;
mod discrete;
mod finite;
mod geometric;
mod location_scale;
mod multivariate_normal;
mod positive;
mod precision;
mod sphere;

pub use bounded::{beta_beta, dirichlet_dirichlet, uniform_uniform};
pub use discrete::{
    bernoulli_logits_bernoulli_logits, bernoulli_logits_bernoulli_probs, bernoulli_probs_bernoulli_logits,
    bernoulli_probs_bernoulli_probs, poisson_poisson,
};
pub use finite::{
    categorical_logits_categorical_logits, categorical_logits_categorical_probs,
    categorical_probs_categorical_logits, categorical_probs_categorical_probs,
};
pub use geometric::{
    geometric_geometric, geometric_geometric_logits, geometric_logits_geometric,
    geometric_logits_geometric_logits,
};
pub use location_scale::{half_normal_half_normal, laplace_laplace, log_normal_log_normal, normal_normal};
pub use multivariate_normal::{mvn_cholesky_mvn_cholesky, mvn_cholesky_normal, mvn_mvn_scratch};
pub use positive::{
    exponential_exponential, exponential_gamma, gamma_exponential, gamma_gamma, inverse_gamma_inverse_gamma,
};
pub use precision::{
    mvn_cholesky_mvn_precision, mvn_precision_mvn_cholesky, mvn_precision_mvn_precision,
    mvn_precision_normal, mvn_precision_scratch,
};
pub use sphere::von_mises_fisher_von_mises_fisher;

#[cfg(test)]
pub(crate) mod check {
    //! Checks of a divergence against the integral that it is, and of its partials.

    use crate::family::check::{assert_close, assert_derivative};

    /// A divergence between families of one number.
    pub(crate) type Divergence<const Q: usize, const P: usize> =
        fn([f64; Q], [f64; P]) -> (f64, [f64; Q], [f64; P]);

    /// Asserts the value against `expected`, which is good to 1e-9, and the partials against differences.
    #[track_caller]
    pub(crate) fn assert_divergence<const Q: usize, const P: usize>(
        divergence: Divergence<Q, P>,
        q: [f64; Q],
        p: [f64; P],
        expected: f64,
    ) {
        let (value, by_q, by_p) = divergence(q, p);
        assert_close(&format!("KL of {q:?} from {p:?}"), value, expected, 1e-9);
        for k in 0..Q {
            let at = |v| {
                let mut q = q;
                q[k] = v;
                divergence(q, p).0
            };
            assert_derivative(&format!("by q[{k}]"), at, q[k], by_q[k]);
        }
        for k in 0..P {
            let at = |v| {
                let mut p = p;
                p[k] = v;
                divergence(q, p).0
            };
            assert_derivative(&format!("by p[{k}]"), at, p[k], by_p[k]);
        }
    }

    /// Asserts that the divergence of a member from itself is zero, with zero slopes.
    #[track_caller]
    pub(crate) fn assert_zero_at_itself<const N: usize>(divergence: Divergence<N, N>, p: [f64; N]) {
        let (value, by_q, by_p) = divergence(p, p);
        assert!(value.abs() < 1e-12, "KL of {p:?} from itself is {value}");
        for slope in by_q.into_iter().chain(by_p) {
            assert!(slope.abs() < 1e-12, "KL of {p:?} from itself has the slope {slope}");
        }
    }
}
