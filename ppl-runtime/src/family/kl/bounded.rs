//! Divergences between families on an interval or a simplex.

use crate::element::Numeric;
use crate::kernel::math;
use crate::kernel::special::ln_beta;

/// Returns the divergence of `Uniform(low, high)` from another, `inf` unless it lies within the other.
///
/// `ln((p.high - p.low) / (q.high - q.low))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::uniform_uniform;
///
/// let (value, by_q, by_p) = uniform_uniform([0.0_f64, 1.0], [-1.0, 1.0]);
/// assert_eq!(value, 2.0_f64.ln());
/// assert_eq!((by_q, by_p), ([1.0, -1.0], [-0.5, 0.5]));
/// assert_eq!(uniform_uniform([0.0, 1.0], [0.5, 2.0]).0, f64::INFINITY);
/// ```
#[inline(always)]
pub fn uniform_uniform<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    let [rate_q, rate_p] = [q, p].map(|[low, high]| (high - low).recip());
    let outside = (q[0] < p[0]) | (q[1] > p[1]);
    let value = math::ln(rate_q / rate_p);
    (if outside { E::infinity() } else { value }, [rate_q, -rate_q], [-rate_p, rate_p])
}

/// Returns the divergence of `Beta(a, b)` from another.
///
/// With `q = (a, b)` and `p = (c, d)`: `ln B(c, d) - ln B(a, b) + (a - c) (digamma(a) - digamma(a + b))
/// + (b - d) (digamma(b) - digamma(a + b))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::beta_beta;
///
/// // The density of Beta(2, 1) is 2 x, and E[ln(2 x)] = ln(2) - 1/2.
/// let (value, ..) = beta_beta([2.0_f64, 1.0], [1.0, 1.0]);
/// assert!((value - (2.0_f64.ln() - 0.5)).abs() < 1e-14);
/// ```
pub fn beta_beta<E: Numeric>(q: [E; 2], p: [E; 2]) -> (E, [E; 2], [E; 2]) {
    // In double precision whatever the element: large parameters make large terms that cancel.
    let ([a, b], [c, d]) = (q.map(E::as_f64), p.map(E::as_f64));
    let of_sum = math::digamma(a + b);
    let (mean_a, mean_b) = (math::digamma(a) - of_sum, math::digamma(b) - of_sum);
    let value = ln_beta(c, d) - ln_beta(a, b) + (a - c) * mean_a + (b - d) * mean_b;
    let common = (a - c + b - d) * math::trigamma(a + b);
    let of_sum_p = math::digamma(c + d);
    let by_q = [(a - c) * math::trigamma(a) - common, (b - d) * math::trigamma(b) - common];
    let by_p = [math::digamma(c) - of_sum_p - mean_a, math::digamma(d) - of_sum_p - mean_b];
    (E::of(value), by_q.map(E::of), by_p.map(E::of))
}

/// Returns the divergence of `Dirichlet(concentration)` from another of the same length.
///
/// With `q = a` and `p = c`, and sums written `S`: `ln Gamma(S a) - ln Gamma(S c) + sum over i of
/// (ln Gamma(c[i]) - ln Gamma(a[i]) + (a[i] - c[i]) (digamma(a[i]) - digamma(S a)))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::kl::{beta_beta, dirichlet_dirichlet};
///
/// let mut by_q = [0.0; 2];
/// let value = dirichlet_dirichlet(&[2.0_f64, 3.0], &[1.0, 1.5], 1.0, &mut by_q, &mut []);
/// let (expected, expected_by_q, _) = beta_beta([2.0, 3.0], [1.0, 1.5]);
/// assert!((value - expected).abs() < 1e-14);
/// assert!((by_q[0] - expected_by_q[0]).abs() < 1e-14);
/// ```
pub fn dirichlet_dirichlet<E: Numeric>(q: &[E], p: &[E], seed: E, by_q: &mut [E], by_p: &mut [E]) -> E {
    // In double precision whatever the element: large parameters make large terms that cancel.
    let sum = |values: &[E]| values.iter().map(|v| v.as_f64()).sum::<f64>();
    let pairs = || q.iter().zip(p).map(|(a, c)| (a.as_f64(), c.as_f64()));
    let [sum_q, sum_p] = [q, p].map(sum);
    let of_sum = math::digamma(sum_q);
    let mut value = math::ln_gamma(sum_q) - math::ln_gamma(sum_p);
    for (a, c) in pairs() {
        value += math::ln_gamma(c) - math::ln_gamma(a) + (a - c) * (math::digamma(a) - of_sum);
    }
    if !by_q.is_empty() {
        let common = (sum_q - sum_p) * math::trigamma(sum_q);
        for (by, (a, c)) in by_q.iter_mut().zip(pairs()) {
            *by += seed * E::of((a - c) * math::trigamma(a) - common);
        }
    }
    if !by_p.is_empty() {
        let common = of_sum - math::digamma(sum_p);
        for (by, (a, c)) in by_p.iter_mut().zip(pairs()) {
            *by += seed * E::of(math::digamma(c) - math::digamma(a) + common);
        }
    }
    E::of(value)
}

#[cfg(test)]
mod tests {
    use super::super::check::*;
    use super::*;
    use crate::family::beta::BetaFamily;
    use crate::family::check::integrate;
    use crate::family::{Need, Univariate};

    fn integral([a, b]: [f64; 2], [c, d]: [f64; 2]) -> f64 {
        let log = |x: f64, p| BetaFamily::log_density(x, p, Need::NONE).log;
        // Each half from its own end, where the distance to that end is exact.
        let half = |q, p| integrate(|x| log(x, q).exp() * (log(x, q) - log(x, p)), (0.0, 0.5));
        half([a, b], [c, d]) + half([b, a], [d, c])
    }

    const PAIRS: [([f64; 2], [f64; 2]); 3] =
        [([2.5, 1.5], [1.2, 0.7]), ([0.6, 20.0], [0.8, 30.0]), ([40.0, 0.5], [25.0, 0.7])];

    #[test]
    fn beta_divergences_are_integrals() {
        for (q, p) in PAIRS {
            assert_divergence(beta_beta, q, p, integral(q, p));
            assert_zero_at_itself(beta_beta, q);
        }
    }

    #[test]
    fn single_precision_does_not_cancel() {
        let (q, p) = ([5000.0, 3000.0], [5010.0, 2990.0]);
        let single = beta_beta(q.map(|v| v as f32), p.map(|v| v as f32)).0;
        let double: f64 = beta_beta(q, p).0;
        crate::family::check::assert_close("Beta", f64::from(single), double, 1e-6);
        let single = super::super::gamma_gamma(q.map(|v| v as f32), p.map(|v| v as f32)).0;
        let double: f64 = super::super::gamma_gamma(q, p).0;
        crate::family::check::assert_close("Gamma", f64::from(single), double, 1e-6);
    }

    #[test]
    fn uniform_divergences() {
        for (q, p) in
            [([0.3, 1.2], [-0.5, 2.0]), ([30.0, 300.0], [0.0, 400.0]), ([1e-3, 2e-3], [0.5e-3, 1.0])]
        {
            let density = 1.0 / (q[1] - q[0]);
            let ln_ratio = f64::ln((p[1] - p[0]) * density);
            assert_divergence(uniform_uniform, q, p, integrate(|_| density * ln_ratio, (q[0], q[1])));
        }
        for p in [[0.1, 1.0], [0.0, 0.9]] {
            assert_eq!(uniform_uniform([0.0, 1.0], p).0, f64::INFINITY);
        }
        assert_eq!(uniform_uniform([0.0, 1.0], [0.0, 1.0]).0, 0.0);
    }

    /// Sticks broken off one after the other are independent beta numbers, so their divergences add up.
    fn by_sticks(q: &[f64], p: &[f64]) -> f64 {
        let rest = |v: &[f64], i: usize| v[i + 1..].iter().sum();
        (0..q.len() - 1).map(|i| integral([q[i], rest(q, i)], [p[i], rest(p, i)])).sum()
    }

    #[test]
    fn dirichlet_divergences_are_those_of_their_sticks() {
        for (q, p) in [
            (&[2.5, 1.5, 0.7][..], &[1.0, 1.0, 1.0][..]),
            (&[0.3, 0.4, 0.5, 0.6], &[0.5, 0.5, 0.25, 2.0]),
            (&[20.0, 35.0, 11.0], &[22.0, 30.0, 15.0]),
        ] {
            // Flattened, so that the check for pairs of arrays serves slices.
            let flat =
                |v: &[f64]| std::array::from_fn::<f64, 4, _>(|i| v.get(i).copied().unwrap_or(f64::NAN));
            let n = q.len();
            let at = |q: &[f64], p: &[f64]| dirichlet_dirichlet(q, p, 1.0, &mut [], &mut []);
            crate::family::check::assert_close("value", at(q, p), by_sticks(q, p), 1e-9);
            let (mut by_q, mut by_p) = (vec![0.5; n], vec![0.5; n]);
            dirichlet_dirichlet(q, p, 2.0, &mut by_q, &mut by_p);
            for i in 0..n {
                let with = |v: &[f64], x| {
                    let mut v = flat(v);
                    v[i] = x;
                    v
                };
                let by = |x| at(&with(q, x)[..n], p);
                crate::family::check::assert_derivative("by q", by, q[i], (by_q[i] - 0.5) / 2.0);
                let by = |x| at(q, &with(p, x)[..n]);
                crate::family::check::assert_derivative("by p", by, p[i], (by_p[i] - 0.5) / 2.0);
            }
        }
    }
}
