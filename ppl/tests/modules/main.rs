//! What a session promises of modules: one for each name, whoever makes it; and the library's layers.

mod attention;
mod following;
mod initial;
mod layers;
mod recurrence;
mod recurrence_refusals;
mod refusals;
mod sharing;
mod single;

use ppl::prelude::*;

/// A layer as a user writes it.
#[derive(Clone, Copy)]
struct Layer<E: ppl::Element = f64> {
    w: Tensor<E>,
    b: Tensor<E>,
}

#[module(E)]
fn layer<E: ppl::Element>(inputs: usize, outputs: usize) -> Layer<E> {
    Layer { w: param!("w", init::glorot([inputs, outputs])), b: param!("b", init::zeros([outputs])) }
}

impl<E: ppl::Element> Layer<E> {
    fn apply(&self, x: Tensor<E>) -> Tensor<E> {
        x.matmul(self.w) + self.b
    }
}

/// The names of a session's parameters, in order.
macro_rules! names {
    ($svi:expr) => {
        $svi.parameters().names().map(str::to_owned).collect::<Vec<_>>()
    };
}
use names;
