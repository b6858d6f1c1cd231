//! A custom family as one of the families that the library has.

use super::{CustomFamily, GradientOn, NumberSupport, RandomSource};
use crate::element::Numeric;
use crate::family::double::{outside, rounded};
use crate::family::{BadParameter, Density, Need, Outcomes, Univariate};
use rand::Rng;
use std::marker::PhantomData;

/// A custom family, computed in double precision whatever the element, and guarded: of parameters and values that it does not have it is
/// asked nothing, and a draw outside of its support is NaN, which a run reports.
#[doc(hidden)]
pub struct ByCustom<F, const N: usize>(PhantomData<fn() -> F>);

/// Returns whether these are parameters of the family.
fn accepts<F: CustomFamily<N>, const N: usize>(p: [f64; N]) -> bool {
    F::PARAMETERS.iter().zip(p).all(|(parameter, value)| parameter.admits(value)) && F::check(p).is_ok()
}

/// Returns the number of the first parameters that move a jump.
const fn jumps<F: CustomFamily<N>, const N: usize>() -> usize {
    let mut count = 0;
    let mut k = 0;
    while k < N {
        if F::PARAMETERS[k].moves_jump() {
            assert!(count == k, "parameters that move a jump of the density come before the others");
            count += 1;
        }
        k += 1;
    }
    count
}

/// Returns how many values there are, which a family on a support of some integers has to say.
const fn outcomes<F: CustomFamily<N>, const N: usize>() -> Outcomes {
    match F::OUTCOMES {
        Outcomes::Unlisted => assert!(
            !F::Support::HAS_LIST,
            "a custom family on `Finite` says how many values it has: `const OUTCOMES`"
        ),
        Outcomes::UpToParameter(k) => assert!(k < N, "the outcomes go up to a parameter that there is not"),
        Outcomes::AlongParameter { .. } => panic!("the parameters of a custom family are numbers"),
        _ => {}
    }
    F::OUTCOMES
}

const fn names<F: CustomFamily<N>, const N: usize>() -> [&'static str; N] {
    let mut names = [""; N];
    let mut k = 0;
    while k < N {
        names[k] = F::PARAMETERS[k].name();
        k += 1;
    }
    names
}

/// Returns the element nearest to a draw that lies in the support: its rounding may leave it. NaN if the draw itself lies outside.
fn into_support<E: Numeric>(draw: f64, contains: impl Fn(f64) -> bool) -> E {
    // One that is too large is no fault of the family's.
    let largest = E::max_value().as_f64();
    let draw = if draw.is_infinite() { largest.copysign(draw) } else { draw };
    let rounded = E::of(draw.clamp(-largest, largest));
    if contains(rounded.as_f64()) {
        return rounded;
    }
    let smallest = E::min_positive_value();
    // Zero, which a draw near it was rounded to, or an end of an interval.
    let near = match rounded == E::zero() {
        true => [smallest, -smallest],
        false => [rounded - rounded * E::epsilon(), rounded + rounded * E::epsilon()],
    };
    near.into_iter().find(|near| contains(near.as_f64())).unwrap_or_else(E::nan)
}

impl<F: CustomFamily<N>, const N: usize> Univariate<N> for ByCustom<F, N> {
    type Support = F::Support;
    const NAME: &'static str = F::NAME;
    const PARAMETERS: [&'static str; N] = names::<F, N>();
    const PATHWISE: bool = F::Gradient::IS_PATHWISE;
    const VECTORISES: bool = false;
    const OUTCOMES: Outcomes = outcomes::<F, N>();
    const JUMPS: usize = jumps::<F, N>();
    const IS_CUSTOM: bool = true;

    fn log_density<E: Numeric>(x: E, p: [E; N], _: Need) -> Density<E, N> {
        let (x, p) = (x.as_f64(), p.map(E::as_f64));
        if x.is_nan() || !accepts::<F, N>(p) {
            return rounded(Density { log: f64::NAN, ..outside(x, p) });
        }
        if F::contains(x, p) { rounded(F::log_density(x, p)) } else { rounded(outside(x, p)) }
    }

    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; N]) -> E {
        let p = p.map(E::as_f64);
        if !accepts::<F, N>(p) {
            return E::nan();
        }
        into_support(F::draw(&mut RandomSource::new(rng), p), |x| F::contains(x, p))
    }

    fn draw_partials<E: Numeric>(z: E, p: [E; N]) -> [E; N] {
        // At an end of the number type it stands still.
        if z.abs() >= E::max_value() || z.abs() <= E::min_positive_value() {
            return [E::zero(); N];
        }
        let (z, p) = (z.as_f64(), p.map(E::as_f64));
        if z.is_nan() {
            return [E::nan(); N];
        }
        F::GRADIENT.partials(z, p, || F::log_density(z, p).log.exp()).map(E::of)
    }

    fn contains<E: Numeric>(x: E, p: [E; N]) -> bool {
        let x = x.as_f64();
        !x.is_nan() && F::contains(x, p.map(E::as_f64))
    }

    fn check<E: Numeric>(p: [E; N]) -> Result<(), BadParameter> {
        for (parameter, value) in F::PARAMETERS.iter().zip(p) {
            parameter.check(value)?;
        }
        F::check(p.map(E::as_f64))
    }

    /// A custom family does not say it.
    fn mean<E: Numeric>(_: [E; N]) -> E {
        E::nan()
    }

    /// A custom family does not say it.
    fn variance<E: Numeric>(_: [E; N]) -> E {
        E::nan()
    }
}

#[cfg(test)]
mod tests {
    use super::into_support;

    #[test]
    fn draws_are_rounded_into_the_support() {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let unit = |x: f64| x > 0.0 && x < 1.0;
        assert_eq!(into_support::<f32>(1e-300, positive), f32::MIN_POSITIVE);
        assert_eq!(into_support::<f32>(1e300, positive), f32::MAX);
        assert_eq!(into_support::<f64>(f64::INFINITY, positive), f64::MAX);
        assert_eq!(into_support::<f32>(1.0 - 1e-12, unit), 1.0 - f32::EPSILON);
        assert_eq!(into_support::<f64>(0.25, unit), 0.25);
        // What lies outside is not moved inside.
        assert!(
            into_support::<f64>(-1.0, positive).is_nan() && into_support::<f64>(f64::NAN, positive).is_nan()
        );
        assert!(into_support::<f32>(1.5, unit).is_nan() && into_support::<f64>(f64::INFINITY, unit).is_nan());
    }
}
