//! An integer, or an array of integers, drawn from a discrete distribution or read from data.

use super::{Handle, Real, Tensor, Value};
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::node::NodeId;
use std::marker::PhantomData;

/// An integer of a program (or an array of them): a draw from a discrete distribution, or an element of integer data.
///
/// It indexes ([`At::at`](super::At::at)) and converts ([`to_real`](Discrete::to_real)); no derivative flows through it,
/// and it can be neither compared nor branched on.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Discrete;
///
/// // Outside a program there is no run to convert it in, and using the result in one is an error of that run.
/// let three = Discrete::from(3);
/// assert_eq!(format!("{three:?}"), "Discrete(3)");
/// ```
#[derive(Clone, Copy)]
pub struct Discrete {
    id: NodeId,
    generation: u32,
    constant: f64,
    thread_bound: PhantomData<*const ()>,
}

impl std::fmt::Debug for Discrete {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.id.is_some() { write!(f, "Discrete(_)") } else { write!(f, "Discrete({})", self.constant) }
    }
}

impl From<usize> for Discrete {
    fn from(value: usize) -> Self {
        Discrete { id: NodeId::NONE, generation: 0, constant: value as f64, thread_bound: PhantomData }
    }
}

impl Discrete {
    /// Returns the integer as a number of the program's element.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| Discrete::from(3).to_real().into()), [3.0]);
    /// ```
    pub fn to_real<E: Element>(self) -> Real<E> {
        Real::from_value(self.to_value())
    }

    /// Returns the integers as an array of the program's element.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// assert_eq!(show(|| Discrete::from(3).to_tensor()), [3.0]);
    /// ```
    pub fn to_tensor<E: Element>(self) -> Tensor<E> {
        Tensor::from_value(self.to_value())
    }

    pub(crate) fn of_node<E: Element>(id: NodeId, tape: &Tape<E>) -> Discrete {
        Discrete { id, generation: tape.generation, constant: 0.0, thread_bound: PhantomData }
    }

    pub(crate) fn orphan() -> Discrete {
        Discrete { id: NodeId(0), generation: 0, constant: 0.0, thread_bound: PhantomData }
    }
}

impl<E: Element> Handle<E> for Discrete {
    fn from_value(value: Value<E>) -> Self {
        Discrete {
            id: value.id,
            generation: value.generation,
            constant: value.constant.as_f64(),
            thread_bound: PhantomData,
        }
    }

    fn to_value(self) -> Value<E> {
        Value {
            id: self.id,
            generation: self.generation,
            constant: E::of(self.constant),
            thread_bound: PhantomData,
        }
    }
}
