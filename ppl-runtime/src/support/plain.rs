//! Values as plain Rust numbers, for sites on whose value a program may branch.

use super::{Boolean, Bounded, Circle, Finite, NaturalNumber, Positive, RealLine, Support, UnitInterval};

/// A support whose values are single numbers, which a `concrete` site gives as they are: `f64` on continuous supports, `bool` on
/// [`Boolean`], `usize` on [`Finite`] and [`NaturalNumber`].
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Boolean, Finite, Plain, Positive};
///
/// let side: Option<bool> = Boolean::read(1.0);
/// assert_eq!(side, Some(true));
/// assert_eq!((Finite::read(3.0), Positive::read(0.5)), (Some(3_usize), Some(0.5)));
/// // Half a count is none.
/// assert_eq!(Finite::read(0.5), None);
/// ```
///
/// A vector is not a number to branch on:
///
/// ```compile_fail
/// use ppl_runtime::support::{Plain, Simplex};
///
/// Simplex::read(0.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "a value on `{Self}` is not a plain number",
    label = "`concrete` needs a distribution of single numbers",
    note = "a `concrete` site gives an `f64`, a `bool` or a `usize`; without `concrete` the value is a handle"
)]
pub trait Plain: Support {
    /// The type of a plain value.
    type Value: Copy;

    /// Returns the value that a number stands for, or nothing if it stands for none.
    fn read(number: f64) -> Option<Self::Value>;

    /// Returns some value, for programs that go on after a mistake; `coin` tells two of them apart, so that loops end.
    #[doc(hidden)]
    fn arbitrary(coin: bool) -> Self::Value;

    /// Says which numbers stand for values.
    #[doc(hidden)]
    fn expected() -> &'static str;
}

macro_rules! continuous {
    ($($support:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Plain for $support {
            type Value = f64;

            #[inline]
            fn read(number: f64) -> Option<f64> {
                (!number.is_nan()).then_some(number)
            }

            fn arbitrary(coin: bool) -> f64 {
                // Within most supports, on either side of a half.
                if coin { 0.75 } else { 0.25 }
            }

            fn expected() -> &'static str {
                "a number"
            }
        }
    )*};
}
continuous! { RealLine Positive UnitInterval Bounded Circle }

#[diagnostic::do_not_recommend]
impl Plain for Boolean {
    type Value = bool;

    #[inline]
    fn read(number: f64) -> Option<bool> {
        (number == 0.0 || number == 1.0).then_some(number == 1.0)
    }

    fn arbitrary(coin: bool) -> bool {
        coin
    }

    fn expected() -> &'static str {
        "0 or 1"
    }
}

macro_rules! integers {
    ($($support:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Plain for $support {
            type Value = usize;

            #[inline]
            fn read(number: f64) -> Option<usize> {
                (number >= 0.0 && number.fract() == 0.0 && number < usize::MAX as f64)
                    .then_some(number as usize)
            }

            fn arbitrary(coin: bool) -> usize {
                usize::from(coin)
            }

            fn expected() -> &'static str {
                "a whole number from 0 on"
            }
        }
    )*};
}
integers! { Finite NaturalNumber }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_stand_for_no_value_are_refused() {
        assert_eq!(Boolean::read(0.5), None);
        assert_eq!(Boolean::read(f64::NAN), None);
        assert_eq!(NaturalNumber::read(-1.0), None);
        assert_eq!(NaturalNumber::read(f64::INFINITY), None);
        assert_eq!(RealLine::read(f64::NAN), None);
        assert_eq!(RealLine::read(f64::NEG_INFINITY), Some(f64::NEG_INFINITY));
    }
}
