//! The macro behind distributions that have several parameterisations of one family.

// What the macro's expansions name, wherever they stand.
pub(super) use super::continuous::{
    Arg, Caller, Declared, Distribution, Element, Elementwise, Expandable, Expanded, Form, IntoValue, NodeId,
    Operands, Request, Run, Shape, Tag, Tensor, Trouble, Use, Value, Visit, support, univariate,
};
pub(super) use crate::dist::structured;
pub(super) use crate::tape::axes::Axis;
pub(super) use crate::value::Discrete;

/// A distribution over integers or of arrays, by one or more parameterisations of the same family.
macro_rules! parameterised {
    ($(
        $(#[$doc:meta])*
        $name:ident: $value:ident on $support:ident, $pathwise:literal, $elementwise:tt, $params:ident {
            $(
                $(#[$ctor_doc:meta])*
                $ctor:ident($($p:ident: $g:ident),+) = $variant:ident($n:literal, $family:path, $via:ident $(:: $density:ident)?, $form:expr);
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
        }

        impl<E: Element> $name<E> {
            #[allow(dead_code)]
            pub(crate) fn parameters(&self) -> &[Value<E>] {
                match &self.0 {
                    $($params::$variant(p) => p,)+
                }
            }
        }

        impl<E: Element> Declared for $name<E> {
            type Support = support::$support;
        }

        parameterised!(@elementwise $elementwise, $name, $value, $params { $($variant($n, $family))+ });

        impl<E: Element> Distribution<E> for $name<E> {
            type Support = support::$support;
            type Value = parameterised!(@value $value, E);
            const PATHWISE: bool = $pathwise;
            const ELEMENTWISE: bool = $elementwise;

            #[inline(always)]
            fn compared_by(&self) -> Option<&[Value<E>]> {
                Some(self.parameters())
            }

            fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands {
                match &self.0 {
                    $($params::$variant(p) => univariate::operands(run, place, p),)+
                }
            }

            fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
                match &self.0 {
                    $($params::$variant(p) => $via::event_shape::<E, $family, $n>(run, place, p),)+
                }
            }

            fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
                match &self.0 {
                    $($params::$variant(p) => $via::draw::<E, $family, $n>(run, place, p, request),)+
                }
            }

            fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
                match &self.0 {
                    $($params::$variant(p) => {
                        parameterised!(@density $via, $family, $n, run, place, p, value, usage $(, $density)?)
                    })+
                }
            }

            fn form(&self, run: &mut Run<E>, place: Caller) -> Option<Form<E>> {
                match &self.0 {
                    $($params::$variant(p) => {
                        let tag: Option<Tag> = $form;
                        tag.map(|tag| Form::new(tag, &univariate::lift(run, place, p)))
                    })+
                }
            }

            fn log_probabilities(&self, run: &mut Run<E>, place: Caller, outcomes: NodeId, axis: Axis) -> NodeId {
                match &self.0 {
                    $($params::$variant(p) => {
                        let tag: Option<Tag> = $form;
                        if tag == Some(Tag::CategoricalLogits) && run.masks.is_empty() {
                            // The derivatives of one row serve every outcome: `n` numbers in place of `n` for each. (What
                            // a mask leaves out may not be a number, which a density keeps to its own element.)
                            return structured::log_softmax_along(run, place, p[0], axis);
                        }
                    })+
                }
                self.log_density(run, place, Arg { id: outcomes, value: E::zero() }, Use::Seeded)
            }

            fn listed(&self, run: &mut Run<E>, place: Caller) -> Option<Result<usize, String>> {
                match &self.0 {
                    $($params::$variant(p) => $via::outcomes::<$family, $n>().count(run, place, p),)+
                }
            }

            fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
                match &self.0 {
                    $($params::$variant(p) => $via::find_trouble::<E, $family, $n>(run, place, p, value),)+
                }
            }
        }
    )*};
    (@elementwise false, $($rest:tt)*) => {};
    (@elementwise true, $name:ident, $value:ident, $params:ident { $($variant:ident($n:literal, $family:path))+ }) => {
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
            fn visit<V: Visit<E>>(&self, visitor: V) -> V::Output {
                match &self.0 {
                    $($params::$variant(p) => visitor.visit::<$family, $n>(p),)+
                }
            }
        }
    };
    (@value Discrete, $e:ident) => { Discrete };
    (@value Tensor, $e:ident) => { Tensor<$e> };
    (@density univariate, $family:path, $n:literal, $run:ident, $place:ident, $p:ident, $value:ident, $usage:ident) => {
        univariate::log_density::<E, $family, $n>($run, $place, $p, $value, $usage)
    };
    (@density structured, $family:path, $n:literal, $run:ident, $place:ident, $p:ident, $value:ident, $usage:ident, $density:ident) => {
        structured::$density::<E, $family>($run, $place, $p, $value, $usage)
    };
}

pub(super) use parameterised;
