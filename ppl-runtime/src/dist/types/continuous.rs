//! Continuous elementwise distributions: the macro behind each, and the kind that their parameters give.

// What the macro's expansions name, wherever they stand.
pub(super) use crate::dist::distribution::{Distribution, Proper};
pub(super) use crate::dist::elementwise::Elementwise;
pub(super) use crate::dist::expanded::{Expandable, Expanded};
pub(super) use crate::dist::form::Tag;
pub(super) use crate::dist::law::{HasLaw, Law};
pub(super) use crate::dist::member::Member;
pub(super) use crate::dist::numbers::{NearEnd, Numbers, UpperEnd};
pub(super) use crate::dist::registered::registered;
pub(super) use crate::element::Element;
pub(super) use crate::estimator::HasPathwise;
pub(super) use crate::family::beta_complement::{BetaBesideFamily, BetaComplementFamily};
pub(super) use crate::family::truncation::Truncation;
pub(super) use crate::family::truncation_end::{TruncationBesideFamily, TruncationGapFamily};
pub(super) use crate::family::uniform_gap::UniformGapFamily;
pub(super) use crate::family::wrapper::PLACES;
pub(super) use crate::program::sites::Declared;
pub(super) use crate::support;
pub(super) use crate::tape::ops::draw::DrawLoops;
pub(super) use crate::value::{IntoValue, Join, Scalar, Tensor, Value, ValueKind};
pub(super) use std::marker::PhantomData;

/// The kind that one to four parameters give together.
pub trait Joined {
    /// The joined kind.
    type Kind: ValueKind;
}

impl<A: ValueKind> Joined for (A,) {
    type Kind = A;
}

impl<A: ValueKind, B: ValueKind> Joined for (A, B)
where
    (A, B): Join,
{
    type Kind = <(A, B) as Join>::Kind;
}

impl<A: ValueKind, B: ValueKind, C: ValueKind> Joined for (A, B, C)
where
    (A, B, C): Join,
{
    type Kind = <(A, B, C) as Join>::Kind;
}

impl<A: ValueKind, B: ValueKind, C: ValueKind, D: ValueKind> Joined for (A, B, C, D)
where
    (A, B, C): Join,
    (<(A, B, C) as Join>::Kind, D): Join,
{
    type Kind = <(<(A, B, C) as Join>::Kind, D) as Join>::Kind;
}

/// A continuous elementwise distribution: its kind (scalar or array) is that of its parameters.
macro_rules! continuous {
    ($(
        $(#[$doc:meta])*
        $name:ident($($p:ident: $g:ident),+) = $family:path, $n:literal, $support:ident, $tag:expr $(, $flag:ident)?;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E: Element = f64, K = Scalar> {
            p: [Value<E>; $n],
            kind: PhantomData<fn() -> K>,
        }

        impl<E: Element, K: ValueKind> $name<E, K> {
            /// Returns the distribution with these parameters, numbers or arrays.
            #[inline(always)]
            #[track_caller]
            pub fn new<$($g: IntoValue<E>),+>($($p: $g),+) -> Self
            where
                ($($g::Kind,)+): Joined<Kind = K>,
            {
                $name { p: [$($p.into_value()),+], kind: PhantomData }
            }
        }

        impl<E: Element, K> $name<E, K> {
            /// Returns independent copies of the distribution over an event of this shape.
            #[inline]
            pub fn expand(self, shape: &[usize]) -> Expanded<Self> {
                Expanded::new(self, shape)
            }
        }

        impl<E: Element, K: ValueKind> Expandable<E> for $name<E, K> {
            type Values = Tensor<E>;
        }

        impl<E: Element, K: ValueKind> Elementwise<E> for $name<E, K> {
            #[inline]
            fn member(&self) -> Member<'_, E> {
                Member::new(E::family::<$family>(), &self.p)
            }
        }

        impl<E: Element, K: ValueKind> HasLaw<E> for $name<E, K> {
            #[inline]
            fn law(&self) -> Law<'_, E> {
                Law::Member(self.member())
            }
        }

        registered!($family, |Number| continuous!(@functions Number, $family, $n, $tag $(, $flag)?));

        impl<E: Element, K> Declared for $name<E, K> {
            type Support = support::$support;
        }

        impl<E: Element, K> HasPathwise for $name<E, K> {}

        impl<E: Element, K: ValueKind> Distribution<E> for $name<E, K> {
            type Support = support::$support;
            type Value = K::Handle<E>;
            type Propriety = Proper;
        }
    )*};
    (@functions $e:ident, $family:path, $n:literal, $tag:expr) => {
        Numbers::<$e>::of::<$family, $n>().tagged($tag)
    };
    (@functions $e:ident, $family:path, $n:literal, $tag:expr, ends_at_one) => {
        Numbers::<$e>::of::<$family, $n>().tagged($tag).with_end(NearEnd {
            draws: DrawLoops::of::<BetaComplementFamily, 3>(),
            passes_value: true,
            end: UpperEnd::One,
            lower: None,
            beside: Some((const { &Numbers::<$e>::of::<BetaBesideFamily, 3>() }, 2)),
        })
    };
    (@functions $e:ident, $family:path, $n:literal, $tag:expr, truncatable) => {
        Numbers::<$e>::of::<$family, $n>().tagged($tag).truncated_to(
            const {
                &Numbers::<$e>::of::<Truncation<$family, $n>, PLACES>().with_end(NearEnd {
                    draws: DrawLoops::of::<TruncationGapFamily<$family, $n>, PLACES>(),
                    passes_value: false,
                    end: UpperEnd::Parameter(1),
                    lower: Some(0),
                    beside: Some((
                        const { &Numbers::<$e>::of::<TruncationBesideFamily<$family, $n>, PLACES>() },
                        1,
                    )),
                })
            },
        )
    };
    (@functions $e:ident, $family:path, $n:literal, $tag:expr, ends_at_high) => {
        continuous!(@functions $e, $family, $n, $tag, truncatable).with_end(NearEnd {
            draws: DrawLoops::of::<UniformGapFamily, 2>(),
            passes_value: false,
            end: UpperEnd::Parameter(1),
            lower: Some(0),
            beside: None,
        })
    };
}

pub(super) use continuous;
