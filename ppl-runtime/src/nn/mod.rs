//! Layers of neural networks, as modules: parameters that a model and its guide share by their names.
//!
//! A program makes a module by a statement and uses it by its methods. All act on the last dimensions of what they are given, whatever stands before
//! these, and in whatever plates it is: the parameters are shared over all of it.
//!
//! ```text
//! #[model]
//! fn vae(x: &Array2<u8>, batch: usize) {
//!     let decoder = module!("decoder", nn::mlp(&[50, 200, 784], Activation::Tanh));
//!     plate!("image", x.nrows(), subsample(batch), |i| {
//!         let z = sample!("z", Normal::new(Tensor::zeros(&[50]), 1.0));
//!         observe!("x", Bernoulli::logits(decoder.apply(z)), x.at(i));
//!     });
//! }
//! ```
//!
//! A module of one's own is as good as these: a `#[module]` function that returns a struct. Parameters are called by the names of the modules around them,
//! `decoder/layer[0]/w`, so that `svi.freeze("decoder/*")` holds a module as it is.
//!
//! What a module adds to what goes through it needs no layer: `x + net.apply(x)`.

mod activation;
mod attention;
mod bidirectional;
mod conv1d;
mod dense;
mod dropout;
mod embedding;
mod gru;
mod layer_norm;
mod lstm;
mod mlp;
mod multi_head;
mod over;
mod over_refusals;
mod this;
mod word_dropout;

pub use crate::program::module::ThisModule;
pub use activation::Activation;
pub use attention::attention;
pub use bidirectional::{Bidirectional, BothStates, bidirectional};
pub use conv1d::{Conv1d, conv1d};
pub use dense::{Dense, dense, dense_with};
pub use dropout::{Dropout, dropout};
pub use embedding::{Embedding, embedding};
pub use gru::{Gru, gru};
pub use layer_norm::{LayerNorm, layer_norm};
pub use lstm::{Lstm, lstm};
pub use mlp::{Mlp, mlp};
pub use multi_head::{MultiHeadAttention, multi_head_attention};
pub use over::{AnyCell, Cell, RowEnds, States, every_step, lengths};
pub use word_dropout::{WordDropout, word_dropout};

pub(crate) use activation::activated;
pub(crate) use attention::attend;
pub(crate) use conv1d::convolve;
pub(crate) use dense::apply_dense;
pub(crate) use dropout::drop_out;
pub(crate) use embedding::look_up;
pub(crate) use gru::step_of_gru;
pub(crate) use layer_norm::normalised;
pub(crate) use lstm::step_of_lstm;
pub(crate) use multi_head::attend_by_heads;
pub(crate) use over::run_over;
pub(crate) use word_dropout::drop_words;

/// A module of the library: what the macro makes of a `#[module]` function.
macro_rules! of_library {
    ($name:literal, $body:expr) => {
        $crate::program::module::module_of(
            $crate::program::module::ModuleFunction {
                name: concat!("ppl::nn::", $name),
                file: file!(),
                line: line!(),
            },
            $body,
        )
    };
}
use of_library;

#[cfg(test)]
mod tests;
