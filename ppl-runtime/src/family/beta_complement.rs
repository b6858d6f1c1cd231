//! The Beta distribution where its values lie so close to one that the distance has to be known by itself.

use super::beta::{BetaFamily, density_beside, inside, shares};
use super::double::rounded;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use crate::support::UnitInterval;
use rand::Rng;

/// The distribution of one minus a Beta draw, by the parameters of that draw and its value, which is drawn already.
///
/// Its draws are the complements of those that [`BetaFamily`] makes of the same random numbers, each with all its digits. They
/// move as one minus the value does, except where that has lost its digits: there the parameters move them.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Univariate, beta::BetaFamily, beta_complement::BetaComplementFamily};
///
/// // Half a step from one end of the interval the value moves the complement.
/// assert_eq!(BetaComplementFamily::draw_partials(0.5_f64, [2.0, 5.0, 0.5]), [0.0, 0.0, -1.0]);
/// // The value has rounded to one.
/// let [_, by_beta, by_value] = BetaComplementFamily::draw_partials(1e-30_f64, [2.0, 0.1, 1.0]);
/// assert_eq!(by_value, 0.0);
/// assert_eq!(by_beta, BetaFamily::draw_partials(1e-30_f64, [0.1, 2.0])[0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BetaComplementFamily;

/// Where a complement is smaller, the derivatives of the value have lost digits that matter to it.
const NEAR_ONE: f64 = 1.0 / 16.0;

impl Univariate<3> for BetaComplementFamily {
    type Support = UnitInterval;
    const NAME: &'static str = "Beta";
    const PARAMETERS: [&'static str; 3] = ["alpha", "beta", "value"];
    const PATHWISE: bool = true;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, [alpha, beta, _]: [E; 3], _: Need) -> Density<E, 3> {
        let Density { log, by_value, by_parameter: [by_beta, by_alpha] } =
            BetaFamily::log_density(x, [beta, alpha], Need::ALL);
        Density { log, by_value, by_parameter: [by_alpha, by_beta, E::zero()] }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [alpha, beta, _]: [E; 3]) -> E {
        inside(shares(rng, [alpha, beta].map(E::as_f64))[1])
    }

    fn draw_partials<E: Numeric>(z: E, [alpha, beta, _]: [E; 3]) -> [E; 3] {
        if z.as_f64() >= NEAR_ONE {
            return [E::zero(), E::zero(), -E::one()];
        }
        let [by_beta, by_alpha] = BetaFamily::draw_partials(z, [beta, alpha]);
        [by_alpha, by_beta, E::zero()]
    }

    fn contains<E: Numeric>(x: E, [alpha, beta, _]: [E; 3]) -> bool {
        BetaFamily::contains(x, [beta, alpha])
    }

    fn check<E: Numeric>([alpha, beta, _]: [E; 3]) -> Result<(), BadParameter> {
        BetaFamily::check([alpha, beta])
    }

    fn mean<E: Numeric>([alpha, beta, _]: [E; 3]) -> E {
        BetaFamily::mean([beta, alpha])
    }

    fn variance<E: Numeric>([alpha, beta, _]: [E; 3]) -> E {
        BetaFamily::variance([alpha, beta])
    }

    fn cdf<E: Numeric>(x: E, [alpha, beta, _]: [E; 3]) -> Option<E> {
        BetaFamily::cdf(x, [beta, alpha])
    }
}

/// The Beta family with one minus the value as its last parameter.
///
/// # Density
///
/// That of [`BetaFamily`], in which a value and its distance to one are told apart: its derivatives are by each of them.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, beta_complement::BetaBesideFamily};
///
/// // The value rounds to one; (beta - 1) ln(1e-30) + ln(beta) is what its density has.
/// let density = BetaBesideFamily::log_density(1.0_f64, [1.0, 0.1, 1e-30], Need::ALL);
/// assert!((density.log - (-0.9 * 1e-30_f64.ln() + 0.1_f64.ln())).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BetaBesideFamily;

impl Univariate<3> for BetaBesideFamily {
    type Support = UnitInterval;
    const NAME: &'static str = "Beta";
    const PARAMETERS: [&'static str; 3] = ["alpha", "beta", "complement"];
    const PATHWISE: bool = false;
    const VECTORISES: bool = false;

    fn log_density<E: Numeric>(x: E, p: [E; 3], need: Need) -> Density<E, 3> {
        let [alpha, beta, rest] = p.map(E::as_f64);
        rounded(density_beside(x.as_f64(), rest, [alpha, beta], need))
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, [alpha, beta, _]: [E; 3]) -> E {
        BetaFamily::draw(rng, [alpha, beta])
    }

    fn draw_partials<E: Numeric>(_: E, _: [E; 3]) -> [E; 3] {
        [E::zero(); 3]
    }

    fn contains<E: Numeric>(x: E, [alpha, beta, _]: [E; 3]) -> bool {
        BetaFamily::contains(x, [alpha, beta])
    }

    fn check<E: Numeric>([alpha, beta, _]: [E; 3]) -> Result<(), BadParameter> {
        BetaFamily::check([alpha, beta])
    }

    fn mean<E: Numeric>([alpha, beta, _]: [E; 3]) -> E {
        BetaFamily::mean([alpha, beta])
    }

    fn variance<E: Numeric>([alpha, beta, _]: [E; 3]) -> E {
        BetaFamily::variance([alpha, beta])
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::random::Streams;

    #[test]
    fn complements_are_of_the_same_draws() {
        for p in [[0.3, 0.7], [2.0, 5.0], [40.0, 1.5], [0.05, 0.1]] {
            let (mut rng, mut again) = (Streams::new(3, 0, 0).first(), Streams::new(3, 0, 0).first());
            for _ in 0..1000 {
                let x: f64 = BetaFamily::draw(&mut rng, p);
                let rest: f64 = BetaComplementFamily::draw(&mut again, [p[0], p[1], x]);
                assert!((x + rest - 1.0).abs() <= 2.0 * f64::EPSILON, "{x} {rest}");
            }
        }
        // Many of them lie closer to one than the numbers there: ln(1 - x) has the mean digamma(b) - digamma(a + b).
        let draws = check::draws::<BetaComplementFamily, 3>(5, 200_000, [1.0, 0.1, 0.5]);
        let logs: Vec<f64> = draws.iter().map(|x| x.ln()).collect();
        let mean = logs.iter().sum::<f64>() / 2e5;
        let deviation = (logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / 2e5 / 2e5).sqrt();
        assert!((mean + 10.0).abs() < 5.0 * deviation && deviation < 0.03, "{mean} {deviation}");
    }

    #[test]
    fn keeps_the_laws() {
        for (x, [alpha, beta]) in [(0.3, [2.5, 1.3]), (1e-3, [50.0, 0.7]), (0.61, [250.0, 400.0])] {
            let p = [alpha, beta, 1.0 - x];
            check::assert_partials_by::<BetaComplementFamily, 3>(x, p, [true, true, false]);
            check::assert_draws::<BetaComplementFamily, 3>(7, 50_000, p);
        }
    }

    #[test]
    fn complements_move_as_their_values_do() {
        for rest in [1e-250, 1e-9, 1e-3, 0.06, 0.07, 0.3, 0.95] {
            for [alpha, beta] in [[2.5, 1.3], [0.2, 0.01], [250.0, 400.0]] {
                let value = 1.0 - rest;
                let [by_alpha, by_beta, by_value] =
                    BetaComplementFamily::draw_partials(rest, [alpha, beta, value]);
                let of_value = BetaFamily::draw_partials(value, [alpha, beta]);
                // The complement's own derivatives, in which nothing is lost.
                let [own_by_beta, own_by_alpha] = BetaFamily::draw_partials(rest, [beta, alpha]);
                let total = [by_alpha + by_value * of_value[0], by_beta + by_value * of_value[1]];
                check::assert_close("alpha", total[0], own_by_alpha, 1e-9);
                check::assert_close("beta", total[1], own_by_beta, 1e-9);
            }
        }
    }

    #[test]
    fn the_density_is_that_of_the_value() {
        for (x, p) in [(0.3_f64, [2.5, 1.3]), (1e-3, [0.7, 50.0]), (0.999, [400.0, 250.0]), (0.5, [1.0, 1.0])]
        {
            let alone = BetaFamily::log_density(x, p, Need::ALL);
            let beside = BetaBesideFamily::log_density(x, [p[0], p[1], 1.0 - x], Need::ALL);
            assert!((alone.log - beside.log).abs() < 1e-12 * alone.log.abs().max(1.0));
            let total = beside.by_value - beside.by_parameter[2];
            assert!((alone.by_value - total).abs() < 1e-12 * alone.by_value.abs().max(1.0));
            check::assert_close("alpha", beside.by_parameter[0], alone.by_parameter[0], 1e-12);
            check::assert_close("beta", beside.by_parameter[1], alone.by_parameter[1], 1e-12);
        }
        // python's math: (beta - 1) log(c) - log B(alpha, beta) at c = 1e-200.
        let far = BetaBesideFamily::log_density(1.0_f64, [2.5, 0.01, 1e-200], Need::ALL);
        assert!((far.log - 451.319_424_579_8).abs() < 1e-9, "{}", far.log);
        assert!((far.by_parameter[2] / (-0.99e200) - 1.0).abs() < 1e-12);
    }
}
