//! Operators that assign: `score += x * w`.

use super::{Real, Tensor};
use crate::element::Element;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Sub, SubAssign};

/// Each operator that assigns is the one that does not, for everything that may stand on its right and does not change the type.
macro_rules! assigns {
    ($handle:ident: $($assign:ident, $assigned:ident = $by:ident, $method:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E: Element, R> $assign<R> for $handle<E>
        where
            $handle<E>: $by<R, Output = $handle<E>>,
        {
            #[track_caller]
            fn $assigned(&mut self, right: R) {
                *self = $by::$method(*self, right);
            }
        }
    )*};
    ($($handle:ident)*) => {$(
        assigns! { $handle:
            AddAssign, add_assign = Add, add;
            SubAssign, sub_assign = Sub, sub;
            MulAssign, mul_assign = Mul, mul;
            DivAssign, div_assign = Div, div;
        }
    )*};
}
assigns!(Real Tensor);
