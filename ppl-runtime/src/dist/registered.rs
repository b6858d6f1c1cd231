//! Families as they are found by number type: the tables of functions that are compiled here.

use super::member::Family;

/// A family that is compiled here, for each number type of programs.
///
/// A user's crate gets at the functions by `E::family`, so that it compiles none of them.
#[doc(hidden)]
pub trait Registered: 'static {
    fn of_f64() -> &'static dyn Family<f64>;
    #[cfg(feature = "f32")]
    fn of_f32() -> &'static dyn Family<f32>;
}

/// Registers a family, by an expression that gives its functions for the number type `E`.
macro_rules! registered {
    ($family:path, |$element:ident| $functions:expr) => {
        impl $crate::dist::registered::Registered for $family {
            #[inline(never)]
            fn of_f64() -> &'static dyn $crate::dist::member::Family<f64> {
                type $element = f64;
                const { &$functions }
            }

            #[cfg(feature = "f32")]
            #[inline(never)]
            fn of_f32() -> &'static dyn $crate::dist::member::Family<f32> {
                type $element = f32;
                const { &$functions }
            }
        }
    };
}
pub(super) use registered;
