//! Words left out at random while a network learns.

use super::of_library;
use crate::dist::Bernoulli;
use crate::element::Element;
use crate::error::Place;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::call;
use crate::program::module::{self, ThisModule};
use crate::program::noise::NoiseStatement;
use crate::shape::Dims;
use crate::value::{Discrete, Handle, Tensor, Value, record};
use std::marker::PhantomData;
use std::panic::Location;

/// Words replaced by an unknown one at random, so that a decoder cannot rely on those before alone.
///
/// It is noise, as [`Dropout`](super::Dropout) is: drawn anew in each step, for each particle and each element of the plates where it is used, and none in evaluations and in
/// questions about the posterior.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("drop", nn::word_dropout(0.5))`.
/// let text = ndarray::array![3_u32, 1, 4];
/// let drop = || module::<f64, _, nn::WordDropout>(Name::new("drop"), nn::word_dropout(0.5));
/// let found = show(|| drop().apply(Discrete::from(&text), 0).to_tensor());
/// assert!(found.iter().zip([3.0, 1.0, 4.0]).all(|(found, word)| *found == 0.0 || *found == word));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WordDropout<E: Element = f64> {
    rate: f64,
    this: ThisModule,
    element: PhantomData<E>,
}

/// Returns dropout of words with this probability. It has no parameters; its name is that of its noise, so that it is applied once in a program.
///
/// # Errors
///
/// A probability that is not in `[0, 1]` is an error of the run.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::word_dropout(0.5)).contains("ppl::nn::word_dropout"));
/// ```
///
/// # References
///
/// Bowman et al. (2016), [Generating sentences from a continuous space](https://arxiv.org/abs/1511.06349), section 3.1.
pub fn word_dropout<E: Element>(rate: f64) -> impl Module<Element = E, Output = WordDropout<E>> {
    of_library!("word_dropout", move || WordDropout {
        rate,
        this: ThisModule::here::<E>(),
        element: PhantomData
    })
}

impl<E: Element> WordDropout<E> {
    /// Returns the words, of which some are the one that stands for unknown ones.
    ///
    /// # Shapes
    ///
    /// Any; each word is left out or kept by itself.
    ///
    /// # Errors
    ///
    /// A second use in one run is an error, because its noise has one name; make a dropout for each.
    #[track_caller]
    pub fn apply(&self, words: Discrete, unknown: usize) -> Discrete {
        Discrete::from_value(E::drop_words(self, words, unknown, Location::caller()))
    }
}

/// Records words of which some are unknown.
pub(crate) fn drop_words<E: Element>(
    dropout: &WordDropout<E>,
    words: Discrete,
    unknown: usize,
    place: &'static Location<'static>,
) -> Value<E> {
    let (words, rate) = (Handle::<E>::to_value(words), dropout.rate);
    if !(0.0..=1.0).contains(&rate) {
        let detail = || format!("expected a rate in [0, 1], got {rate}");
        module::refuse::<E>(dropout.this, place, detail);
        return words;
    }
    let shape = record::shape_of(words, place);
    let outside = module::enter_again::<E>(dropout.this);
    let probability = record::full::<E>(Dims::of(shape).as_slice(), 1.0 - rate, "word_dropout", place);
    let kept = Bernoulli::new(Tensor::<E>::from_value(probability));
    let kept = NoiseStatement::<E>::of(Name::new("keep"), &kept, Some(1.0), Place(place)).take();
    if let Some(outside) = outside {
        call::leave::<E>(outside);
    }
    let unknown = Value::constant(E::of(unknown as f64));
    record::select([kept, words, unknown], false, place)
}
