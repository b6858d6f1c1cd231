//! The logarithms of both tails of standard distributions, and their inverses: what a truncation is made of.

use crate::kernel::{math, special};
use std::f64::consts::{LN_2, PI};

/// Returns `ln(1 - e^l)` for `l <= 0` without cancellation (Mächler, 2012).
pub(crate) fn ln_1m_exp(l: f64) -> f64 {
    if l > -LN_2 { (-l.exp_m1()).ln() } else { (-l.exp()).ln_1p() }
}

/// A distribution whose location and scale are standard.
pub(crate) trait Tails {
    /// Returns the logarithms of the cdf and of its complement.
    fn logs(z: f64) -> [f64; 2];

    /// Returns the point whose cdf has this logarithm, at most `-ln 2`.
    fn below(log_cdf: f64) -> f64;

    /// Returns the point for which the complement has this logarithm, at most `-ln 2`.
    fn above(log_complement: f64) -> f64;
}

pub(crate) struct Normal;

impl Tails for Normal {
    fn logs(z: f64) -> [f64; 2] {
        [special::log_normal_cdf(z), special::log_normal_cdf(-z)]
    }

    fn below(l: f64) -> f64 {
        special::inverse_log_normal_cdf(l)
    }

    fn above(l: f64) -> f64 {
        -special::inverse_log_normal_cdf(l)
    }
}

pub(crate) struct Logistic;

impl Tails for Logistic {
    fn logs(z: f64) -> [f64; 2] {
        [-math::softplus(-z), -math::softplus(z)]
    }

    fn below(l: f64) -> f64 {
        l - ln_1m_exp(l)
    }

    fn above(l: f64) -> f64 {
        ln_1m_exp(l) - l
    }
}

pub(crate) struct Laplace;

impl Tails for Laplace {
    fn logs(z: f64) -> [f64; 2] {
        let near = -z.abs() - LN_2;
        let far = (-0.5 * (-z.abs()).exp()).ln_1p();
        if z < 0.0 { [near, far] } else { [far, near] }
    }

    fn below(l: f64) -> f64 {
        l + LN_2
    }

    fn above(l: f64) -> f64 {
        -l - LN_2
    }
}

pub(crate) struct Cauchy;

impl Tails for Cauchy {
    fn logs(z: f64) -> [f64; 2] {
        // The angle from the far side keeps the relative precision of the smaller tail.
        let small = 1.0_f64.atan2(z.abs()) / PI;
        let (near, far) = (small.ln(), (-small).ln_1p());
        if z < 0.0 { [near, far] } else { [far, near] }
    }

    fn below(l: f64) -> f64 {
        -Cauchy::above(l)
    }

    fn above(l: f64) -> f64 {
        (PI * l.exp()).tan().recip()
    }
}

pub(crate) struct Gumbel;

/// From here on `exp(-z)` is below the rounding of one.
const FAR: f64 = 40.0;

impl Tails for Gumbel {
    fn logs(z: f64) -> [f64; 2] {
        let below = -(-z).exp();
        [below, if z > FAR { -z } else { ln_1m_exp(below) }]
    }

    fn below(l: f64) -> f64 {
        -(-l).ln()
    }

    fn above(l: f64) -> f64 {
        if l < -FAR { -l } else { -(-ln_1m_exp(l)).ln() }
    }
}

pub(crate) struct Exponential;

impl Tails for Exponential {
    fn logs(z: f64) -> [f64; 2] {
        if z < 0.0 { [f64::NEG_INFINITY, 0.0] } else { [ln_1m_exp(-z), -z] }
    }

    fn below(l: f64) -> f64 {
        -ln_1m_exp(l)
    }

    fn above(l: f64) -> f64 {
        -l
    }
}

pub(crate) struct Uniform;

impl Tails for Uniform {
    fn logs(z: f64) -> [f64; 2] {
        let z = z.clamp(0.0, 1.0);
        [z.ln(), (-z).ln_1p()]
    }

    fn below(l: f64) -> f64 {
        l.exp()
    }

    fn above(l: f64) -> f64 {
        1.0 - l.exp()
    }
}

/// The methods of a family with a location and a scale, from those of its standard member.
macro_rules! location_scale {
    ($standard:ident, |$p:ident| $location:expr, $scale:expr) => {
        fn log_tails(x: f64, $p: [f64; Self::PARAMETERS.len()]) -> Option<[f64; 2]> {
            Some(<super::tails::$standard as super::tails::Tails>::logs((x - $location) / $scale))
        }

        fn quantile_below(l: f64, $p: [f64; Self::PARAMETERS.len()]) -> Option<f64> {
            Some($location + $scale * <super::tails::$standard as super::tails::Tails>::below(l))
        }

        fn quantile_above(l: f64, $p: [f64; Self::PARAMETERS.len()]) -> Option<f64> {
            Some($location + $scale * <super::tails::$standard as super::tails::Tails>::above(l))
        }
    };
}
pub(crate) use location_scale;

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_tails<T: Tails>(cases: &[(f64, f64, f64)]) {
        for &(z, below, above) in cases {
            for (got, expected) in T::logs(z).into_iter().zip([below, above]) {
                assert!(
                    got == expected || (got - expected).abs() <= 4e-15 * expected.abs(),
                    "{}({z}): {got:e}, expected {expected:e}",
                    std::any::type_name::<T>()
                );
            }
            if below <= -LN_2 && below > f64::NEG_INFINITY {
                assert!((T::below(below) - z).abs() <= 1e-13 * z.abs() + 1e-15, "{}", T::below(below));
            }
            if above <= -LN_2 && above > f64::NEG_INFINITY {
                assert!((T::above(above) - z).abs() <= 1e-13 * z.abs() + 1e-15, "{}", T::above(above));
            }
        }
        assert!(T::logs(f64::NAN).iter().all(|l| l.is_nan()));
    }

    #[test]
    fn logs_are_those_of_mpmath_and_quantiles_invert_them() {
        // mpmath, 60 digits.
        assert_tails::<Normal>(&[
            (-40.0, -804.6084420137538, 0.0),
            (-1.5, -2.7059444008238898, -0.06914345561223398),
            (0.25, -0.5129840754094305, -0.9130617648111351),
            (3.0, -0.0013508099647481938, -6.607726221510349),
        ]);
        assert_tails::<Logistic>(&[
            (-300.0, -300.0, -5.148200222412013e-131),
            (-1.5, -1.7014132779827524, -0.2014132779827524),
            (0.25, -0.5759394198788436, -0.8259394198788436),
            (80.0, -1.8048513878454153e-35, -80.0),
        ]);
        assert_tails::<Laplace>(&[
            (-300.0, -300.69314718055995, -2.5741001112060067e-131),
            (-1.5, -2.1931471805599454, -0.11829388119924375),
            (0.25, -0.4933138399126533, -0.9431471805599453),
            (80.0, -9.024256939227076e-36, -80.69314718055995),
        ]);
        assert_tails::<Cauchy>(&[
            (-1000000000000.0, -28.775751001777948, -3.183098861838413e-13),
            (-1.5, -1.6757537891407273, -0.20722965402700275),
            (0.25, -0.5482175175751669, -0.8627005120868748),
            (100000.0, -3.1831039278017358e-06, -12.657655350852963),
        ]);
        assert_tails::<Gumbel>(&[
            (-4.0, -54.598150033144236, -1.9423376049564018e-24),
            (-1.5, -4.4816890703380645, -0.011378779845083259),
            (0.75, -0.4723665527410147, -0.9769034125690115),
            (60.0, -8.75651076269652e-27, -60.0),
        ]);
        assert_tails::<Exponential>(&[
            (1e-09, -20.723265837446412, -1e-09),
            (0.25, -1.5086915494460322, -0.25),
            (1.5, -0.252482458925454, -1.5),
            (900.0, 0.0, -900.0),
        ]);
        assert_tails::<Uniform>(&[
            (1e-09, -20.72326583694641, -1.0000000005000001e-09),
            (0.25, -1.3862943611198906, -0.2876820724517809),
            (0.75, -0.2876820724517809, -1.3862943611198906),
        ]);
    }

    #[test]
    fn infinities_have_all_or_nothing() {
        fn ends<T: Tails>() {
            assert_eq!(T::logs(f64::INFINITY), [0.0, f64::NEG_INFINITY]);
            assert_eq!(T::logs(f64::NEG_INFINITY), [f64::NEG_INFINITY, 0.0]);
        }
        ends::<Normal>();
        ends::<Logistic>();
        ends::<Laplace>();
        ends::<Cauchy>();
        ends::<Gumbel>();
        ends::<Exponential>();
        ends::<Uniform>();
    }
}
