//! The macro behind distributions that have several parameterisations of one family.

// What the macro's expansions name, wherever they stand.
pub(super) use super::continuous::{
    Declared, Distribution, Element, Elementwise, Expandable, Expanded, HasLaw, IntoValue, Law, Member,
    Numbers, PLACES, Proper, Tag, Tensor, Value, registered, support,
};
pub(super) use crate::dist::arrays::{Arrays, Table};
pub(super) use crate::dist::member::Family;
pub(super) use crate::engine::Engine;
pub(super) use crate::family::Univariate;
pub(super) use crate::family::zero_inflation::ZeroInflation;
pub(super) use crate::value::Discrete;

/// Returns the functions of a family that is inflated by a share of zeros.
pub(super) const fn inflated<E: Element, F: Univariate<N>, const N: usize>() -> Numbers<E> {
    Numbers::<E>::of::<ZeroInflation<F, N, false>, PLACES>().with_log_odds(0, inflated_by_logits::<E, F, N>)
}

pub(super) fn inflated_family<E: Element, F: Univariate<N>, const N: usize>() -> &'static dyn Family<E> {
    const { &inflated::<E, F, N>() }
}

/// Returns a family that is inflated by zeros, by the log-odds of their share.
pub(super) fn inflated_by_logits<E: Element, F: Univariate<N>, const N: usize>() -> &'static dyn Family<E> {
    const { &Numbers::<E>::of::<ZeroInflation<F, N, true>, PLACES>() }
}

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
        parameterised!(@functions $e, $n, $family, numbers, $tag)
            .with_log_odds($n - 1, <$e as Engine>::family::<$odds>)
    };
    (@functions $e:ident, $n:tt, $family:path, inflatable($odds:path), $tag:expr) => {
        Numbers::<$e>::of::<$family, $n>()
            .tagged($tag)
            .with_log_odds($n - 1, <$e as Engine>::family::<$odds>)
            .inflated_to([
                const {
                    &inflated::<$e, $family, $n>().with_log_odds($n, inflated_family::<$e, $odds, $n>)
                },
                const {
                    &Numbers::<$e>::of::<ZeroInflation<$family, $n, true>, PLACES>()
                        .with_log_odds($n, inflated_by_logits::<$e, $odds, $n>)
                },
            ])
    };
    (@functions $e:ident, $n:tt, $family:path, inflatable, $tag:expr) => {
        Numbers::<$e>::of::<$family, $n>().tagged($tag).inflated_to([
            const { &inflated::<$e, $family, $n>() },
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
