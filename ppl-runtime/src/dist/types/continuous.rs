//! Continuous elementwise distributions: the macro behind each, and the kind that their parameters give.

// What the macro's expansions name, wherever they stand.
pub(super) use crate::dist::distribution::{Caller, Distribution, Operands, Request, Trouble};
pub(super) use crate::dist::elementwise::{Elementwise, Visit};
pub(super) use crate::dist::expanded::{Expandable, Expanded};
pub(super) use crate::dist::family::Univariate;
pub(super) use crate::dist::form::{Form, Tag};
pub(super) use crate::dist::univariate;
pub(super) use crate::element::Element;
pub(super) use crate::estimator::HasPathwise;
pub(super) use crate::program::run::Run;
pub(super) use crate::program::sites::Declared;
pub(super) use crate::support;
pub(super) use crate::tape::deps::Deps;
pub(super) use crate::tape::node::{Arg, NodeId};
pub(super) use crate::tape::ops::summand::Use;
pub(super) use crate::tape::shape::Shape;
pub(super) use crate::value::{IntoValue, Join, Kind, Scalar, Tensor, Value};
pub(super) use std::marker::PhantomData;

/// The kind that one, two or three parameters give together.
pub trait Joined {
    /// The joined kind.
    type Kind: Kind;
}

impl<A: Kind> Joined for (A,) {
    type Kind = A;
}

impl<A: Kind, B: Kind> Joined for (A, B)
where
    (A, B): Join,
{
    type Kind = <(A, B) as Join>::Kind;
}

impl<A: Kind, B: Kind, C: Kind> Joined for (A, B, C)
where
    (A, B, C): Join,
{
    type Kind = <(A, B, C) as Join>::Kind;
}

/// A continuous elementwise distribution: its kind (scalar or array) is that of its parameters.
macro_rules! continuous {
    ($(
        $(#[$doc:meta])*
        $name:ident($($p:ident: $g:ident),+) = $family:path, $n:literal, $support:ident, $form:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E: Element = f64, K = Scalar> {
            p: [Value<E>; $n],
            kind: PhantomData<fn() -> K>,
        }

        impl<E: Element, K: Kind> $name<E, K> {
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

        impl<E: Element, K: Kind> Expandable<E> for $name<E, K> {
            type Values = Tensor<E>;
        }

        impl<E: Element, K: Kind> Elementwise<E> for $name<E, K> {
            #[inline(always)]
            fn visit<V: Visit<E>>(&self, visitor: V) -> V::Output {
                visitor.visit::<$family, $n>(&self.p)
            }
        }

        impl<E: Element, K> Declared for $name<E, K> {
            type Support = support::$support;
        }

        impl<E: Element, K> HasPathwise for $name<E, K> {}

        impl<E: Element, K: Kind> Distribution<E> for $name<E, K> {
            type Support = support::$support;
            type Value = K::Handle<E>;
            const PATHWISE: bool = true;
            const ELEMENTWISE: bool = true;

            #[inline(always)]
            fn compared_by(&self) -> Option<&[Value<E>]> {
                Some(&self.p)
            }

            #[inline]
            fn jump_deps(&self, run: &mut Run<E>, place: Caller, _: bool) -> Deps {
                if <$family as Univariate<$n>>::MOVES_SUPPORT { self.operands(run, place).deps } else { Deps::NONE }
            }

            #[inline]
            fn describe(&self, run: &mut Run<E>, place: Caller) -> (Operands, Result<Shape, String>) {
                univariate::describe::<E, $family, $n>(run, place, &self.p)
            }

            #[inline]
            fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands {
                univariate::operands(run, place, &self.p)
            }

            #[inline]
            fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
                univariate::event_shape::<E, $family, $n>(run, place, &self.p)
            }

            fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
                univariate::draw::<E, $family, $n>(run, place, &self.p, request)
            }

            fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
                univariate::log_density::<E, $family, $n>(run, place, &self.p, value, usage)
            }

            #[inline]
            fn form(&self, run: &mut Run<E>, place: Caller) -> Option<Form<E>> {
                let tag: Option<Tag> = $form;
                tag.map(|tag| Form::new(tag, &univariate::lift(run, place, &self.p)))
            }

            fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
                univariate::find_trouble::<E, $family, $n>(run, place, &self.p, value)
            }
        }
    )*};
}

pub(super) use continuous;
