//! The macro behind distributions that have several parameterisations of one family.

// What the macro's expansions name, wherever they stand.
pub(super) use super::continuous::{
    Declared, Distribution, Element, Elementwise, Expandable, Expanded, HasLaw, IntoValue, Law, Member,
    Numbers, PLACES, Proper, Tag, Tensor, Value, registered, support,
};
pub(super) use crate::dist::arrays::{Arrays, Table};
pub(super) use crate::engine::Engine;
pub(super) use crate::family::zero_inflation::ZeroInflation;
pub(super) use crate::value::Discrete;

/// A distribution over integers or of arrays, by one or more parameterisations of the same family.
macro_rules! parameterised {
    ($(
        $(#[$doc:meta])*
        $name:ident: $value:ident on $support:ident, $elementwise:tt, $params:ident {
            $(
                $(#[$ctor_doc:meta])*
                $ctor:ident($($p:ident: $g:ident),+) = $variant:ident($n:tt, $family:path, $made:ident $(($with:path))?, $tag:expr);
            )+
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E: Element = f64>(pub(crate) $params<E>);

        #[derive(Clone, Copy, Debug)]
        pub(crate) enum $params<E: Element> {
            $($variant([Value<E>; $n]),)+
        }

        impl<E: Element> $name<E> {
            $(
                $(#[$ctor_doc])*
                #[inline(always)]
                #[track_caller]
                pub fn $ctor<$($g: IntoValue<E>),+>($($p: $g),+) -> Self {
                    $name($params::$variant([$($p.into_value()),+]))
                }
            )+

            fn as_member(&self) -> Member<'_, E> {
                match &self.0 {
                    $($params::$variant(p) => Member::new(E::family::<$family>(), p),)+
                }
            }
        }

        impl<E: Element> Declared for $name<E> {
            type Support = support::$support;
        }

        $(registered!($family, |Number| parameterised!(@functions Number, $n, $family, $made $(($with))?, $tag));)+

        impl<E: Element> HasLaw<E> for $name<E> {
            fn law(&self) -> Law<'_, E> {
                Law::Member(self.as_member())
            }
        }

        parameterised!(@elementwise $elementwise, $name, $value);

        impl<E: Element> Distribution<E> for $name<E> {
            type Support = support::$support;
            type Value = parameterised!(@value $value, E);
            type Propriety = Proper;
        }
    )*};
    (@elementwise false, $($rest:tt)*) => {};
    (@elementwise true, $name:ident, $value:ident) => {
        impl<E: Element> $name<E> {
            /// Returns independent copies of the distribution over an event of this shape.
            #[inline]
            pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
                Expanded::new(self, shape)
            }
        }

        impl<E: Element> Expandable<E> for $name<E> {
            type Values = parameterised!(@value $value, E);
        }

        impl<E: Element> Elementwise<E> for $name<E> {
            fn member(&self) -> Member<'_, E> {
                self.as_member()
            }
        }
    };
    (@value Discrete, $e:ident) => { Discrete };
    (@value Tensor, $e:ident) => { Tensor<$e> };
    (@functions $e:ident, $n:tt, $family:path, numbers, $tag:expr) => {
        Numbers::<$e>::of::<$family, $n>().tagged($tag)
    };
    // A family whose last parameter is a probability, with the one by its log-odds.
    (@functions $e:ident, $n:tt, $family:path, numbers($odds:path), $tag:expr) => {
        parameterised!(@functions $e, $n, $family, numbers, $tag).with_log_odds(<$e as Engine>::family::<$odds>)
    };
    (@functions $e:ident, $n:tt, $family:path, inflatable($odds:path), $tag:expr) => {
        parameterised!(@functions $e, $n, $family, inflatable, $tag).with_log_odds(<$e as Engine>::family::<$odds>)
    };
    (@functions $e:ident, $n:tt, $family:path, inflatable, $tag:expr) => {
        Numbers::<$e>::of::<$family, $n>().tagged($tag).inflated_to([
            const { &Numbers::<$e>::of::<ZeroInflation<$family, $n, false>, PLACES>() },
            const { &Numbers::<$e>::of::<ZeroInflation<$family, $n, true>, PLACES>() },
        ])
    };
    (@functions $e:ident, 1, $family:path, arrays, $tag:expr) => {
        Arrays::<$e>::of_one::<$family>().tagged($tag)
    };
    (@functions $e:ident, 1, $family:path, table($table:path), $tag:expr) => {
        Arrays::<$e>::of_one::<$family>().tagged($tag).with_table($table)
    };
    (@functions $e:ident, 2, $family:path, by_noise($of_draw:path), $tag:expr) => {
        Arrays::<$e>::of_two::<$family>().tagged($tag).known_by_noise($of_draw)
    };
    (@functions $e:ident, 2, $family:path, arrays, $tag:expr) => {
        Arrays::<$e>::of_two::<$family>().tagged($tag)
    };
}

pub(super) use parameterised;
