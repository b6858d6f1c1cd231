//! What the state of a chain is made of: values, or a tuple of them.

use super::markov::MAX_STATE;
use super::run::Run;
use super::slot;
use crate::element::Element;
use crate::value::{Discrete, Handle, Real, Tensor, Value};
use std::panic::Location;

/// What may stand for the state before a chain's first step.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the first state of a chain",
    label = "expected a value, a number, or a tuple of them"
)]
pub trait Initial<E: Element> {
    /// The state of the chain.
    type State;

    #[doc(hidden)]
    fn initial(self) -> Self::State;
}

macro_rules! initial {
    ($($from:ty => $state:ty),*) => {$(
        impl<E: Element> Initial<E> for $from {
            type State = $state;

            fn initial(self) -> $state {
                <$state>::from(self)
            }
        }
    )*};
}
initial!(Real<E> => Real<E>, Tensor<E> => Tensor<E>, Discrete => Discrete, usize => Discrete);

impl Initial<f64> for f64 {
    type State = Real<f64>;

    fn initial(self) -> Real<f64> {
        Real::from(self)
    }
}

#[cfg(feature = "f32")]
impl Initial<f32> for f32 {
    type State = Real<f32>;

    fn initial(self) -> Real<f32> {
        Real::from(self)
    }
}

/// A state of a chain that runs step by step; the chain returns the stack of its states.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the state of a chain",
    label = "expected `Real`, `Tensor`, `Discrete` or a tuple of them"
)]
pub trait State<E: Element>: Copy {
    /// The stack, with time as its first dimension.
    type Stacked;

    /// How many values it is made of.
    #[doc(hidden)]
    const VALUES: usize;

    /// Appends its values.
    #[doc(hidden)]
    fn keep(self, values: &mut Vec<Value<E>>);

    /// Returns the state of these values.
    #[doc(hidden)]
    fn of_values(values: &[Value<E>]) -> Self;

    /// Joins values of each step: those from `first` on, of `width` that each step has kept.
    #[doc(hidden)]
    fn stack(first: usize, width: usize, place: &'static Location<'static>) -> Self::Stacked;

    #[doc(hidden)]
    fn nothing() -> Self::Stacked;

    /// Returns the state of these discrete components, if it is made of such.
    #[doc(hidden)]
    fn of_components(components: &[Discrete; MAX_STATE], count: usize) -> Option<Self> {
        let _ = (components, count);
        None
    }

    /// Writes the discrete components of the state, and returns how many there are.
    #[doc(hidden)]
    fn components(self, into: &mut [Discrete; MAX_STATE]) -> usize {
        let _ = into;
        0
    }

    /// Returns the state as a single discrete component, if it is one.
    #[doc(hidden)]
    fn of_discrete(component: Discrete) -> Option<Self> {
        let _ = component;
        None
    }

    /// Returns the discrete component that the state is, if it is one.
    #[doc(hidden)]
    fn discrete(self) -> Option<Discrete> {
        None
    }
}

macro_rules! states {
    ($($state:ty => $stacked:ty $({ $($discrete:tt)* })?),*) => {$(
        impl<E: Element> State<E> for $state {
            type Stacked = $stacked;

            $($($discrete)*)?

            const VALUES: usize = 1;

            fn keep(self, values: &mut Vec<Value<E>>) {
                values.push(Handle::<E>::to_value(self));
            }

            fn of_values(values: &[Value<E>]) -> $state {
                <$state as Handle<E>>::from_value(values.first().copied().unwrap_or_else(Value::orphan))
            }

            fn stack(first: usize, width: usize, place: &'static Location<'static>) -> $stacked {
                <$stacked as Handle<E>>::from_value(E::stack_states(first, width, place))
            }

            fn nothing() -> $stacked {
                <$stacked as Handle<E>>::from_value(Value::orphan())
            }
        }
    )*};
}
states!(Real<E> => Tensor<E>, Tensor<E> => Tensor<E>, Discrete => Discrete {
    fn of_components(components: &[Discrete; MAX_STATE], count: usize) -> Option<Discrete> {
        (count == 1).then_some(components[0])
    }

    fn components(self, into: &mut [Discrete; MAX_STATE]) -> usize {
        into[0] = self;
        1
    }

    fn of_discrete(component: Discrete) -> Option<Discrete> {
        Some(component)
    }

    fn discrete(self) -> Option<Discrete> {
        Some(self)
    }
});

/// Joins the values of all steps of the last chain along a new first dimension: one of `width` that each step has kept.
pub(crate) fn stack_states<E: Element>(
    first: usize,
    width: usize,
    place: &'static Location<'static>,
) -> Value<E> {
    slot::with(|run: &mut Run<E>| {
        let states = std::mem::take(&mut run.scope.states);
        let stacked = run.stack_steps(states.iter().skip(first).step_by(width).copied(), place);
        run.scope.states = states;
        stacked
    })
    .unwrap_or_else(Value::orphan)
}

impl<E: Element> Run<E> {
    fn stack_steps(
        &mut self,
        values: impl Iterator<Item = Value<E>>,
        place: &'static Location<'static>,
    ) -> Value<E> {
        let mut parts = std::mem::take(&mut self.tape.joining);
        parts.clear();
        for value in values {
            let arg = self.tape.lift(value, place);
            let node = self.tape.materialise(arg);
            let extent = self.tape.node(node).extent();
            let same = parts
                .first()
                .is_none_or(|&first| self.tape.node(first).shape.without_first() == extent.shape);
            let Some(shape) = extent.shape.with_first(1).filter(|_| same) else {
                let detail =
                    "the states of a chain must have one shape, of at most five dimensions".to_owned();
                self.tape.fail(crate::error::Error::Shape {
                    place: crate::error::Place(place),
                    operation: "markov",
                    detail,
                });
                parts.clear();
                self.tape.joining = parts;
                return value;
            };
            parts.push(self.tape.view(node, crate::tape::walk::Extent { axes: extent.axes, shape }, 0));
        }
        let joined = self.tape.join(&parts, 0);
        self.tape.joining = parts;
        Value::of_node(joined, &self.tape)
    }
}

/// A state of discrete components, each of which may take every value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the state of a chain that is summed out",
    label = "expected `Discrete` or a tuple of up to four of them",
    note = "a chain with `enumerate`d sites has a discrete state"
)]
pub trait Chained: Copy {
    #[doc(hidden)]
    fn spread_into(self, components: &mut [Discrete; MAX_STATE]) -> usize;

    #[doc(hidden)]
    fn gather(components: &[Discrete; MAX_STATE]) -> Self;
}

impl Chained for Discrete {
    fn spread_into(self, components: &mut [Discrete; MAX_STATE]) -> usize {
        components[0] = self;
        1
    }

    fn gather(components: &[Discrete; MAX_STATE]) -> Discrete {
        components[0]
    }
}

macro_rules! tuples {
    ($(($($t:ident . $i:tt),+) = $n:literal),*) => {$(
        impl<E: Element, $($t: Initial<E>),+> Initial<E> for ($($t,)+) {
            type State = ($($t::State,)+);

            fn initial(self) -> Self::State {
                ($(self.$i.initial(),)+)
            }
        }

        impl<E: Element, $($t: State<E>),+> State<E> for ($($t,)+) {
            type Stacked = ($($t::Stacked,)+);

            const VALUES: usize = $($t::VALUES +)+ 0;

            fn keep(self, values: &mut Vec<Value<E>>) {
                $(self.$i.keep(values);)+
            }

            fn of_values(values: &[Value<E>]) -> Self {
                let mut rest = values;
                let mut take = |count: usize| {
                    let (own, others) = rest.split_at(count.min(rest.len()));
                    rest = others;
                    own
                };
                ($($t::of_values(take($t::VALUES)),)+)
            }

            fn stack(first: usize, width: usize, place: &'static Location<'static>) -> Self::Stacked {
                let mut next = first;
                let mut take = |values: usize| {
                    next += values;
                    next - values
                };
                ($($t::stack(take($t::VALUES), width, place),)+)
            }

            fn nothing() -> Self::Stacked {
                ($($t::nothing(),)+)
            }

            fn of_components(components: &[Discrete; MAX_STATE], count: usize) -> Option<Self> {
                if count != $n {
                    return None;
                }
                Some(($($t::of_discrete(components[$i])?,)+))
            }

            fn components(self, into: &mut [Discrete; MAX_STATE]) -> usize {
                $(match self.$i.discrete() {
                    Some(component) => into[$i] = component,
                    None => return 0,
                })+
                $n
            }
        }

        impl Chained for ($(tuples!(@discrete $t),)+) {
            fn spread_into(self, components: &mut [Discrete; MAX_STATE]) -> usize {
                $(components[$i] = self.$i;)+
                $n
            }

            fn gather(components: &[Discrete; MAX_STATE]) -> Self {
                ($(components[$i],)+)
            }
        }
    )*};
    (@discrete $t:ident) => { Discrete };
}
tuples!((A.0, B.1) = 2, (A.0, B.1, C.2) = 3, (A.0, B.1, C.2, D.3) = 4);
