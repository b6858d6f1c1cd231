//! The supports that a custom family may have.

use crate::family::Outcomes;
use crate::family::require::is_natural;
use crate::support::{
    Boolean, Bounded, Circle, Finite, NaturalNumber, Positive, RealLine, Support, UnitInterval,
};
use std::f64::consts::PI;

mod sealed {
    pub trait Sealed {}
}

/// A support whose values are single numbers, or single integers.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::NumberSupport;
/// use ppl_runtime::support::{NaturalNumber, Positive};
///
/// assert!(Positive::holds(0.5) && !Positive::holds(0.0));
/// assert!(NaturalNumber::holds(3.0) && !NaturalNumber::holds(0.5));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no support of a family of numbers",
    label = "expected the support of one number",
    note = "they are `RealLine`, `Positive`, `UnitInterval`, `Circle` and `Bounded`, and of integers `Boolean`, `Finite` and `NaturalNumber`"
)]
pub trait NumberSupport: Support + sealed::Sealed {
    /// How many values there are, if the support tells.
    #[doc(hidden)]
    const OUTCOMES: Outcomes = Outcomes::Unlisted;

    /// The ends, as far as the support tells them.
    #[doc(hidden)]
    const ENDS: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    /// Whether its values can be listed.
    #[doc(hidden)]
    const HAS_LIST: bool = false;

    /// Returns whether `x` lies in the interior of the support, or is one of its integers. Where the ends depend on parameters (`Bounded`,
    /// `Finite`) the family says more.
    fn holds(x: f64) -> bool;
}

macro_rules! supports {
    ($($support:ident $(($low:expr, $high:expr))?: |$x:ident| $holds:expr $(, $outcomes:ident)?;)*) => {$(
        impl sealed::Sealed for $support {}

        #[diagnostic::do_not_recommend]
        impl NumberSupport for $support {
            $(const ENDS: (f64, f64) = ($low, $high);)?
            $(
                const OUTCOMES: Outcomes = Outcomes::$outcomes;
                const HAS_LIST: bool = true;
            )?

            #[inline]
            fn holds($x: f64) -> bool {
                $holds
            }
        }
    )*};
}
supports! {
    RealLine: |x| x.is_finite();
    Positive(0.0, f64::INFINITY): |x| x > 0.0 && x.is_finite();
    UnitInterval(0.0, 1.0): |x| x > 0.0 && x < 1.0;
    Circle(-PI, PI): |x| x.abs() <= PI;
    Bounded: |x| x.is_finite();
    Boolean: |x| x == 0.0 || x == 1.0, Two;
    Finite: |x| is_natural(x), Unlisted;
    NaturalNumber: |x| is_natural(x);
}
