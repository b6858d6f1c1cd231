//! The ordered-logistic distribution.

use super::Outcomes;
use super::{BadParameter, EventShape, Need, Ranks, Structured, outcomes};
use super::{require, softmax};
use crate::element::Numeric;
use crate::kernel::math;
use crate::support::Finite;
use rand::{Rng, RngExt};
use rand_distr::Open01;

/// The distribution of the number of `cutpoints` below a logistic number with mean `predictor` and scale one:
/// an ordered category in `0..n` for `n - 1` cutpoints.
///
/// # Density
///
/// `ln(s(c[x] - predictor) - s(c[x - 1] - predictor))` with the logistic function `s`, `c[-1] = -inf` and
/// `c[n - 1] = inf`. The difference is taken in logarithms,
/// `s(a) - s(b) = s(a) s(-b) (1 - e^(b - a))`, so that it is exact in both tails.
///
/// # Shapes
///
/// `predictor`: one number; `cutpoints`: `[n - 1]`, increasing. The value is one number.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Structured};
/// use ppl_runtime::family::ordered_logistic::OrderedLogisticFamily;
///
/// let (cutpoints, shape): ([f64; 2], [&[usize]; 2]) = ([-1.0, 1.0], [&[], &[2]]);
/// let p = [&[0.0][..], &cutpoints];
/// let by = [&mut [][..], &mut []];
/// let log = OrderedLogisticFamily::log_density(&[1.0], p, shape, Need::NONE, 1.0, &mut [], by, &mut []);
/// assert!((log - 0.5_f64.tanh().ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OrderedLogisticFamily;

/// A category's log-probability with its derivatives by the (shifted) cutpoints above and below.
struct Category<E> {
    log: E,
    by_above: E,
    by_below: E,
}

fn category<E: Numeric>(k: usize, predictor: E, cutpoints: &[E]) -> Category<E> {
    let above = cutpoints.get(k).copied();
    let below = k.checked_sub(1).map(|k| cutpoints[k]);
    let mut category = Category { log: E::zero(), by_above: E::zero(), by_below: E::zero() };
    if let Some(above) = above {
        category.log -= math::softplus(predictor - above);
        category.by_above += math::sigmoid(predictor - above);
    }
    if let Some(below) = below {
        category.log -= math::softplus(below - predictor);
        category.by_below -= math::sigmoid(below - predictor);
    }
    if let (Some(above), Some(below)) = (above, below) {
        let width = above - below;
        // ln(1 - e^-width), where the form that does not cancel depends on the width.
        category.log +=
            if width > E::LN_2() { math::ln_1p(-math::exp(-width)) } else { math::ln(-math::exp_m1(-width)) };
        let slope = math::exp_m1(width).recip();
        category.by_above += slope;
        category.by_below -= slope;
    }
    category
}

fn probs<E: Numeric>([predictor, cutpoints]: [&[E]; 2]) -> impl Iterator<Item = E> + Clone {
    (0..=cutpoints.len()).map(move |k| math::exp(category(k, predictor[0], cutpoints).log))
}

impl Structured<2> for OrderedLogisticFamily {
    type Support = Finite;
    const NAME: &'static str = "OrderedLogistic";
    const PARAMETERS: [&'static str; 2] = ["predictor", "cutpoints"];
    const RANKS: Ranks<2> = Ranks { value: 0, parameters: [0, 1] };
    const PATHWISE: bool = false;
    const OUTCOMES: Outcomes = Outcomes::AlongParameter { parameter: 1, more: 1 };

    fn event_shape([predictor, cutpoints]: [&[usize]; 2]) -> Result<EventShape, String> {
        require::scalar("predictor", predictor)?;
        require::vector("cutpoints", cutpoints, 1)?;
        Ok(EventShape::SCALAR)
    }

    fn log_density<E: Numeric>(
        x: &[E],
        [predictor, cutpoints]: [&[E]; 2],
        _: [&[usize]; 2],
        need: Need,
        seed: E,
        _: &mut [E],
        [by_predictor, by_cutpoints]: [&mut [E]; 2],
        _: &mut [E],
    ) -> E {
        if x[0].is_nan() {
            return x[0];
        }
        if !Self::contains(x, [predictor, cutpoints], [&[], &[]]) {
            return E::neg_infinity();
        }
        let k = x[0].as_f64() as usize;
        let category = category(k, predictor[0], cutpoints);
        if need.parameter(0) {
            // A common shift of both cutpoints: their other terms cancel.
            let above = cutpoints.get(k).map_or(E::zero(), |&c| math::sigmoid(predictor[0] - c));
            let below = k.checked_sub(1).map_or(E::zero(), |k| math::sigmoid(cutpoints[k] - predictor[0]));
            by_predictor[0] += seed * (below - above);
        }
        if need.parameter(1) {
            if k < cutpoints.len() {
                by_cutpoints[k] += seed * category.by_above;
            }
            if k > 0 {
                by_cutpoints[k - 1] += seed * category.by_below;
            }
        }
        category.log
    }

    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        [predictor, cutpoints]: [&[E]; 2],
        _: [&[usize]; 2],
        z: &mut [E],
        _: &mut [E],
        _: &mut [E],
    ) {
        let u: f64 = rng.sample(Open01);
        let latent = predictor[0] + E::of((u / (1.0 - u)).ln());
        z[0] = E::of(cutpoints.partition_point(|&c| c < latent) as f64);
    }

    fn contains<E: Numeric>(x: &[E], [_, cutpoints]: [&[E]; 2], _: [&[usize]; 2]) -> bool {
        require::is_natural(x[0]) && x[0].as_f64() <= cutpoints.len() as f64
    }

    fn say_outside<E: Numeric>(x: &[E], [_, cutpoints]: [&[E]; 2]) -> Option<String> {
        Some(outcomes::say_other(x[0], cutpoints.len() + 1))
    }

    fn check<E: Numeric>([predictor, cutpoints]: [&[E]; 2], _: [&[usize]; 2]) -> Result<(), BadParameter> {
        require::finite("predictor", predictor[0])?;
        require::all_finite("cutpoints", cutpoints)?;
        if cutpoints.windows(2).all(|pair| pair[0] < pair[1]) {
            Ok(())
        } else {
            Err(BadParameter { name: "cutpoints", must: "increase" })
        }
    }

    fn mean_into<E: Numeric>(p: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out[0] = softmax::index_moments(probs(p)).0;
    }

    fn variance_into<E: Numeric>(p: [&[E]; 2], _: [&[usize]; 2], out: &mut [E]) {
        out[0] = softmax::index_moments(probs(p)).1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::check_rows::*;

    type Family = OrderedLogisticFamily;

    fn member(predictor: f64, cutpoints: &[f64]) -> Member<2> {
        Member::new([(&[predictor], &[]), (cutpoints, &[cutpoints.len()])])
    }

    const CUTPOINTS: &[f64] = &[-1.0, 0.5, 2.0];

    #[test]
    fn densities_are_exact_in_the_tails() {
        // log(expit(c[k] - predictor) - expit(c[k - 1] - predictor)) by mpmath, 500 digits.
        for (k, predictor, cutpoints, expected) in [
            (0.0, 0.4, CUTPOINTS, -1.620_417_409_918_451),
            (2.0, 0.4, CUTPOINTS, -1.180_779_859_887_363_8),
            (3.0, 0.4, CUTPOINTS, -1.783_900_740_888_338_7),
            (1.0, -300.0, CUTPOINTS, -299.252_482_458_925_44),
            (2.0, 300.0, CUTPOINTS, -298.252_482_458_925_44),
            (1.0, 0.0, &[-1e-9, 1e-9], -21.416_413_017_506_358),
        ] {
            assert_row_log_density::<Family, 2>(&[k], &member(predictor, cutpoints), expected);
        }
    }

    #[test]
    fn partials_are_derivatives() {
        for predictor in [0.4, -30.0, 200.0] {
            for k in [0.0, 1.0, 2.0, 3.0] {
                let member = member(predictor, CUTPOINTS);
                assert_row_partials::<Family, 2>(&[k], &member, false, [true, true]);
            }
        }
    }

    #[test]
    fn outcomes_have_their_probabilities() {
        let outcomes: Vec<_> = (0..4).map(|k| vec![f64::from(k)]).collect();
        for (seed, predictor) in [(1, 0.4), (2, -3.0), (3, 9.0)] {
            assert_outcomes::<Family, 2>(seed, &member(predictor, CUTPOINTS), &outcomes);
        }
        assert_outcomes::<Family, 2>(4, &member(0.1, &[0.3]), &outcomes[..2]);
    }

    #[test]
    fn edges() {
        let good = member(0.4, CUTPOINTS);
        for outside in [-1.0, 0.5, 4.0, f64::INFINITY] {
            assert_row_log_density::<Family, 2>(&[outside], &good, f64::NEG_INFINITY);
            assert!(!Family::contains(&[outside], good.values(), good.shapes()));
        }
        assert!(row_log_density::<Family, 2>(&[f64::NAN], &good).is_nan());
        for k in 0..4 {
            assert!(row_log_density::<Family, 2>(&[f64::from(k)], &member(f64::NAN, CUTPOINTS)).is_nan());
        }
        for bad in [member(f64::NAN, CUTPOINTS), member(f64::INFINITY, CUTPOINTS)] {
            assert_eq!(Family::check(bad.values(), bad.shapes()).unwrap_err().name, "predictor");
        }
        for bad in [[1.0, 1.0], [2.0, 1.0], [1.0, f64::INFINITY], [f64::NAN, 1.0]] {
            let bad = member(0.0, &bad);
            assert_eq!(Family::check(bad.values(), bad.shapes()).unwrap_err().name, "cutpoints");
        }
        assert!(Family::event_shape([&[2], &[2]]).is_err());
        assert!(Family::event_shape([&[1], &[0]]).is_err());
    }
}
