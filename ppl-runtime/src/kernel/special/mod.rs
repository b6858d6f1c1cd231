//! Special functions of one or a few numbers, computed in double precision whatever the element.

mod bessel;
mod beta;
mod factorial;
pub(crate) use factorial::ln_factorial_of_small;
mod factorial_table;
mod gamma;
mod ln_beta;
mod normal;
mod quadrature;
mod resultant;
mod sphere_angle;
mod stirling;
mod student;
mod uniform_terms;
mod von_mises;

pub(crate) use bessel::{bessel_ratio_lack, ln_bessel_i0_scaled};
pub(crate) use beta::ln_beta_kernel;
pub(crate) use gamma::{ln_gamma_kernel, ln_less_digamma};
pub(crate) use quadrature::RULE;
pub(crate) use resultant::Resultant;
pub(crate) use sphere_angle::sphere_angle_slope;
pub(crate) use stirling::digamma;
pub(crate) use student::{ln_1p_square, student_score};
pub(crate) use von_mises::NEARLY_NORMAL as VON_MISES_NEARLY_NORMAL;

use crate::element::Numeric;

/// Wraps functions of doubles for every element.
macro_rules! for_elements {
    ($($(#[$doc:meta])* $name:ident = $module:ident($($argument:ident),+);)*) => {$(
        $(#[$doc])*
        pub fn $name<E: Numeric>($($argument: E),+) -> E {
            E::of($module::$name($($argument.as_f64()),+))
        }
    )*};
}
for_elements! {
    /// Returns `ln B(a, b)`, without cancellation for large arguments.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::ln_beta;
    /// assert!((ln_beta(2.0_f64, 3.0) + 12.0_f64.ln()).abs() < 1e-15);
    /// ```
    ln_beta = ln_beta(a, b);
    /// Returns `digamma(a + b) - digamma(a)` for positive `a` and `b >= 0`, to full relative precision.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::digamma_difference;
    /// assert!((digamma_difference(4.0_f64, 1.0) - 0.25).abs() < 1e-15);
    /// ```
    digamma_difference = stirling(a, b);
    /// Returns `ln k!` for a natural number, and `ln Gamma(k + 1)` between.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::ln_factorial;
    /// assert_eq!(ln_factorial(3.0_f64), 6.0_f64.ln());
    /// ```
    ln_factorial = factorial(k);
    /// Returns the logarithm of the number of ways to choose `k` of `n`; `-inf` unless `0 <= k <= n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::ln_choose;
    /// assert!((ln_choose(5.0_f64, 2.0) - 10.0_f64.ln()).abs() < 1e-15);
    /// ```
    ln_choose = factorial(n, k);
    /// Returns the logarithm of the standard normal cdf, exact in both tails.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::log_normal_cdf;
    /// assert_eq!(log_normal_cdf(0.0_f64), 0.5_f64.ln());
    /// ```
    log_normal_cdf = normal(x);
    /// Returns the derivative of [`log_normal_cdf`], the ratio of the normal density to its cdf.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::log_normal_cdf_derivative;
    /// let (far, x) = (log_normal_cdf_derivative(-1e9_f64), 1e9);
    /// assert!((far / x - 1.0_f64).abs() < 1e-15);
    /// ```
    log_normal_cdf_derivative = normal(x);
    /// Returns the standard normal quantile of `u`, infinite at zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::inverse_normal_cdf;
    /// assert!((inverse_normal_cdf(0.975_f64) - 1.959963984540054).abs() < 1e-15);
    /// ```
    inverse_normal_cdf = normal(u);
    /// Returns the point where [`log_normal_cdf`] is `l`, also where the cdf itself underflows.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::{inverse_log_normal_cdf, log_normal_cdf};
    /// let l = log_normal_cdf(-1000.0_f64);
    /// assert!((inverse_log_normal_cdf(l) + 1000.0).abs() < 1e-12);
    /// ```
    inverse_log_normal_cdf = normal(l);
    /// Returns the regularised lower incomplete gamma function, the cdf of a Gamma with shape `a` and scale one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::gamma_p;
    /// assert!((gamma_p(1.0_f64, 2.0) - (1.0 - (-2.0_f64).exp())).abs() < 1e-14);
    /// ```
    gamma_p = gamma(a, x);
    /// Returns the regularised upper incomplete gamma function, `1 - gamma_p(a, x)` without cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::gamma_q;
    /// assert!((gamma_q(1.0_f64, 50.0) / (-50.0_f64).exp() - 1.0).abs() < 1e-12);
    /// ```
    gamma_q = gamma(a, x);
    /// Returns `dz/dshape` of a draw `z` from a Gamma with scale one, its cdf held fixed.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::gamma_draw_derivative;
    /// let derivative: f64 = gamma_draw_derivative(2.0, 1.5);
    /// assert!((derivative - 1.284629550671886).abs() < 1e-12);
    /// ```
    gamma_draw_derivative = gamma(z, shape);
    /// Returns `d ln z/dshape` of a draw from a Gamma with scale one whose logarithm is given, its cdf held fixed.
    ///
    /// The logarithm of a draw with a small shape exists where the draw itself underflows.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::gamma_log_draw_derivative;
    /// // Deep in the lower tail z = (u Gamma(a + 1))^(1/a).
    /// let derivative: f64 = gamma_log_draw_derivative(-2000.0, 1.0);
    /// assert!((derivative - (2000.0 + 0.4227843350984671)).abs() < 1e-9);
    /// ```
    gamma_log_draw_derivative = gamma(ln_z, shape);
    /// Returns the regularised incomplete beta function, the cdf of a Beta.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::beta_inc;
    /// assert!((beta_inc(1.0_f64, 3.0, 0.5) - 0.875).abs() < 1e-14);
    /// ```
    beta_inc = beta(a, b, x);
    /// Returns `ln I0(x)`, the modified Bessel function of the first kind and order zero, for `x >= 0`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::ln_bessel_i0;
    /// assert!((ln_bessel_i0(1.0_f64) - 0.23591435850717865).abs() < 1e-15);
    /// ```
    ln_bessel_i0 = bessel(x);
    /// Returns `I1(x) / I0(x)`, the derivative of [`ln_bessel_i0`], for `x >= 0`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::bessel_i1_over_i0;
    /// assert!((bessel_i1_over_i0(1.0_f64) - 0.4463899658965345).abs() < 1e-15);
    /// ```
    bessel_i1_over_i0 = bessel(x);
    /// Returns `dt/ddf` of a draw from a standard Student's t with `df` degrees of freedom, its cdf held fixed.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::student_draw_derivative;
    /// assert_eq!(student_draw_derivative(0.0_f64, 3.0), 0.0);
    /// ```
    student_draw_derivative = student(t, df);
    /// Returns `dangle/dconcentration` of a draw from a von Mises around zero, its cdf from zero held fixed.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::kernel::special::von_mises_draw_derivative;
    /// assert_eq!(von_mises_draw_derivative(0.0_f64, 3.0), 0.0);
    /// ```
    von_mises_draw_derivative = von_mises(angle, concentration);
}

/// Returns `[dz/da, dz/db]` of a draw `z` from a Beta, its cdf held fixed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::kernel::special::beta_draw_derivatives;
/// let [by_a, by_b] = beta_draw_derivatives(0.5_f64, 2.0, 2.0);
/// assert!((by_a + by_b).abs() < 1e-12 && by_a > 0.0);
/// ```
pub fn beta_draw_derivatives<E: Numeric>(z: E, a: E, b: E) -> [E; 2] {
    let z = z.as_f64();
    beta::beta_draw_derivatives(z, 1.0 - z, a.as_f64(), b.as_f64()).map(E::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_goes_in_every_function_ends_and_nan_stays() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, -1e300, 1e300, 5e-324, 0.5];
        for x in odd {
            for f in [
                ln_factorial,
                log_normal_cdf,
                log_normal_cdf_derivative,
                inverse_normal_cdf,
                inverse_log_normal_cdf,
                ln_bessel_i0,
                bessel_i1_over_i0,
            ] {
                assert!(f(x).is_nan() || !x.is_nan());
            }
            for y in odd {
                let nan = x.is_nan() || y.is_nan();
                for f in [ln_beta, digamma_difference, ln_choose, gamma_p, gamma_q, gamma_log_draw_derivative]
                {
                    assert!(f(x, y).is_nan() || !nan, "{x}, {y}");
                }
                for f in [student_draw_derivative, von_mises_draw_derivative, gamma_draw_derivative] {
                    assert!(f(x, y).is_nan() || !nan, "{x}, {y}");
                }
                for z in odd {
                    assert!(beta_inc(x, y, z).is_nan() || !(nan || z.is_nan()), "{x}, {y}, {z}");
                    let _ = beta_draw_derivatives(z, x, y);
                }
            }
        }
    }
}
