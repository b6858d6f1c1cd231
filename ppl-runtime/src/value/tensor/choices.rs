//! Functions that are one of their operands, element by element.

use super::Tensor;
use crate::element::Element;
use crate::tape::ops::Binary;
use crate::value::{Condition, Handle, IntoValue, Real, Scalar};
use std::panic::Location;

macro_rules! choices {
    ($handle:ident, $is_scalar:literal, $($bound:tt)+) => {
        impl<E: Element> $handle<E> {
            /// Returns the larger of two values, element by element; of equal ones the first, which takes the derivative.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../../docs/show.md")]
            /// assert_eq!(show(|| vector().maximum(2.0)), [2.0, 2.0, 3.0]);
            /// assert_eq!(show(|| vector().maximum([3.0, 1.0, 2.0])), [3.0, 2.0, 3.0]);
            /// assert_eq!(show(|| vector().sum().maximum(7.0).into()), [7.0]);
            /// ```
            #[track_caller]
            pub fn maximum(self, other: impl $($bound)+) -> Self {
                Self::from_value(E::binary(Binary::Max, self.to_value(), other.into_value(), Location::caller()))
            }

            /// Returns the smaller of two values, element by element; of equal ones the first, which takes the derivative.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../../docs/show.md")]
            /// assert_eq!(show(|| vector().minimum(2.0)), [1.0, 2.0, 2.0]);
            /// assert_eq!(show(|| vector().sum().minimum(7.0).into()), [6.0]);
            /// ```
            #[track_caller]
            pub fn minimum(self, other: impl $($bound)+) -> Self {
                Self::from_value(E::binary(Binary::Min, self.to_value(), other.into_value(), Location::caller()))
            }

            /// Returns the value where it lies between two bounds, else the nearer bound; the derivative is 1 from bound to
            /// bound, and 0 outside. Where `low` is above `high` it is `high`.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../../docs/show.md")]
            /// assert_eq!(show(|| vector().clamp(1.5, 2.5)), [1.5, 2.0, 2.5]);
            /// assert_eq!(show(|| vector().sum().clamp(0.0, 1.0).into()), [1.0]);
            /// ```
            #[track_caller]
            pub fn clamp(self, low: impl $($bound)+, high: impl $($bound)+) -> Self {
                self.maximum(low).minimum(high)
            }

            /// Returns the value where it is positive, else the product with `slope`, which may be a parameter; the derivative at
            /// zero is the slope.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../../docs/show.md")]
            /// assert_eq!(show(|| (vector() - 2.0).leaky_relu(0.125)), [-0.125, 0.0, 1.0]);
            /// assert_eq!(show(|| Real::from(-2.0).leaky_relu(0.125).into()), [-0.25]);
            /// ```
            #[track_caller]
            pub fn leaky_relu(self, slope: impl $($bound)+) -> Self {
                Self::from_value(E::binary(Binary::Leak, self.to_value(), slope.into_value(), Location::caller()))
            }

            /// Returns this value where `mask` is true (or not zero), else `other`.
            ///
            /// No derivative flows to the one that is not taken, even where it is infinite or no number, so that a function may be
            /// kept away from where it is not defined.
            ///
            /// # Shapes
            ///
            /// The event shapes of all three are broadcast. A `Real` takes a single `bool`, or a [`Discrete`](crate::Discrete)
            /// without dimensions.
            ///
            /// # Examples
            ///
            #[doc = include_str!("../../docs/show.md")]
            /// let logs = || (vector() - 1.0).ln();
            /// assert_eq!(show(|| logs().where_data([false, true, true], 0.0).slice(0, 0..2)), [0.0, 0.0]);
            /// // A mask may come from integer data.
            /// let kinds = vec![0_u8, 1];
            /// assert_eq!(show(|| Real::from(5.0).where_data(kinds.at(0), 7.0).into()), [7.0]);
            /// ```
            #[track_caller]
            pub fn where_data(self, mask: impl Condition, other: impl $($bound)+) -> Self {
                let mask = mask.condition().to_value();
                let operands = [mask, self.to_value(), other.into_value()];
                Self::from_value(E::select(operands, $is_scalar, Location::caller()))
            }
        }
    };
}
choices!(Real, true, IntoValue<E, Kind = Scalar>);
choices!(Tensor, false, IntoValue<E>);
