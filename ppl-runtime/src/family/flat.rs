//! The improper density that is the same everywhere.

use super::custom::NumberSupport;
use super::{BadParameter, Density, Need, Univariate};
use crate::element::Numeric;
use rand::Rng;
use std::marker::PhantomData;

/// The improper family whose density is one on all of the support `S`: it has no parameters, no draws and no total.
///
/// # Density
///
/// One, so that its logarithm is zero; zero outside of the support.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::{Need, Univariate, flat::FlatFamily};
/// use ppl_runtime::support::Positive;
///
/// let log = |x: f64| FlatFamily::<Positive>::log_density(x, [], Need::NONE).log;
/// assert_eq!((log(3.0), log(-3.0)), (0.0, f64::NEG_INFINITY));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FlatFamily<S>(PhantomData<fn() -> S>);

impl<S: NumberSupport> Univariate<0> for FlatFamily<S> {
    type Support = S;
    const NAME: &'static str = "Flat";
    const PARAMETERS: [&'static str; 0] = [];
    const PATHWISE: bool = false;
    const VECTORISES: bool = false;
    const IS_PROPER: bool = false;

    fn log_density<E: Numeric>(x: E, _: [E; 0], _: Need) -> Density<E, 0> {
        let log = if x.is_nan() {
            x
        } else if S::holds(x.as_f64()) {
            E::zero()
        } else {
            E::neg_infinity()
        };
        Density { log, by_value: E::zero(), by_parameter: [] }
    }

    /// There are none; a run that asks for one is an error.
    fn draw<E: Numeric, R: Rng>(_: &mut R, _: [E; 0]) -> E {
        E::nan()
    }

    fn contains<E: Numeric>(x: E, _: [E; 0]) -> bool {
        S::holds(x.as_f64())
    }

    fn check<E: Numeric>(_: [E; 0]) -> Result<(), BadParameter> {
        Ok(())
    }

    fn mean<E: Numeric>(_: [E; 0]) -> E {
        E::nan()
    }

    fn variance<E: Numeric>(_: [E; 0]) -> E {
        E::nan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{Positive, RealLine};

    #[test]
    fn it_is_the_same_everywhere_inside() {
        for x in [-1e300, -1.0, 0.0, 1e-300, 2.0, 1e300] {
            let density = FlatFamily::<RealLine>::log_density(x, [], Need::ALL);
            assert_eq!((density.log, density.by_value), (0.0, 0.0));
            let positive = FlatFamily::<Positive>::log_density(x, [], Need::ALL).log;
            assert_eq!(positive, if x > 0.0 { 0.0 } else { f64::NEG_INFINITY });
        }
        for x in [f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(FlatFamily::<RealLine>::log_density(x, [], Need::NONE).log, f64::NEG_INFINITY);
            assert!(!FlatFamily::<RealLine>::contains(x, []));
        }
        assert!(FlatFamily::<Positive>::log_density(f64::NAN, [], Need::NONE).log.is_nan());
        assert!(
            !FlatFamily::<Positive>::contains(0.0_f32, []) && FlatFamily::<Positive>::contains(0.5_f32, [])
        );
    }
}
