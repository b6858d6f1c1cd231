//! Vectors of integers.

use super::of_library;
use crate::element::Element;
use crate::init;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::ThisModule;
use crate::program::param::param;
use crate::program::run::Run;
use crate::program::slot;
use crate::shape::{Dims, MAX_RANK};
use crate::support::RealLine;
use crate::tape::ops::Binary;
use crate::tape::ops::shape_ops::first_outside;
use crate::tape::walk::Extent;
use crate::value::{Choice, Discrete, Handle, Tensor, Value, record};
use std::panic::Location;

/// A learnt vector for each of the integers below a number.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("words", nn::embedding(1000, 4))`.
/// let words = || module::<f64, _, _>(Name::new("words"), nn::embedding(1000, 4));
/// assert_eq!(show(|| words().at(Discrete::from(17))).len(), 4);
/// let pair = ndarray::array![3_u32, 999];
/// assert_eq!(show(|| words().at(Discrete::from(&pair))).len(), 8);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Embedding<E: Element = f64> {
    /// The vectors, `[integers, size]`.
    pub table: Tensor<E>,
    size: usize,
    this: ThisModule,
}

/// Returns a vector of this size for each of so many integers, which start as normal numbers of variance one over `size`, so that vectors have about unit length.
///
/// Its parameter is `table`, `[integers, size]`. A step changes only rows of it that it has read.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::embedding(1000, 4)).contains("ppl::nn::embedding"));
/// ```
pub fn embedding<E: Element>(
    integers: usize,
    size: usize,
) -> impl Module<Element = E, Output = Embedding<E>> {
    of_library!("embedding", move || {
        let scale = (size.max(1) as f64).sqrt().recip();
        let table: Tensor<E> = param(Name::new("table"), || init::normal([integers, size], scale), RealLine);
        E::move_rows_that_are_read(table.to_value());
        Embedding { table, size, this: ThisModule::here::<E>() }
    })
}

impl<E: Element> Embedding<E> {
    /// Returns the vectors of integers.
    ///
    /// # Shapes
    ///
    /// Integers of the shape `[..]` give `[.., size]`.
    ///
    /// # Errors
    ///
    /// An integer that has no vector is an error of the run, which names the module, the integer's place and how many vectors there are.
    #[track_caller]
    pub fn at(&self, integers: Discrete) -> Tensor<E> {
        Tensor::from_value(E::look_up(self, integers, Location::caller()))
    }
}

/// Records the vectors of integers.
pub(crate) fn look_up<E: Element>(
    embedding: &Embedding<E>,
    integers: Discrete,
    place: &'static Location<'static>,
) -> Value<E> {
    let (table, index) = (embedding.table.to_value(), Handle::<E>::to_value(integers));
    slot::with(|run: &mut Run<E>| run.refuse_unknown(embedding, index, place));
    let shape = record::shape_of(index, place);
    if shape.rank() == 0 {
        return record::part_of(table, Choice::By(integers), place);
    }
    // Each number of a vector is taken by itself, at the place of its integer.
    let columns = record::reshape(index, &[shape.len(), 1], place);
    let zeros = record::full(&[embedding.size], 0.0, "embedding", place);
    let rows = record::positions::gather(table, record::binary(Binary::Add, columns, zeros, place), 0, place);
    match shape.with_last(embedding.size) {
        Some(shape) => record::reshape(rows, Dims::of(shape).as_slice(), place),
        // A shape of so many dimensions is refused by the last of them.
        None => record::reshape(rows, &[1; MAX_RANK + 1], place),
    }
}

impl<E: Element> Run<E> {
    /// Reports the first of the integers that has no vector.
    fn refuse_unknown(
        &mut self,
        embedding: &Embedding<E>,
        index: Value<E>,
        place: &'static Location<'static>,
    ) {
        let [table, index] = [embedding.table.to_value(), index].map(|value| self.tape.lift(value, place));
        let count = self.tape.extent(&table).shape.dims().first().map_or(0, |&count| count as usize);
        let Extent { axes, shape } = self.tape.extent(&index);
        let values = if index.id.is_some() { self.tape.value(index.id) } else { &[index.value] };
        if first_outside(values, count).is_none() {
            return;
        }
        let is_outside = |v: &E| first_outside(&[*v], count).is_some();
        let k = values.iter().position(is_outside).unwrap_or(0);
        let event = (shape.rank() > 0).then_some(k % shape.len().max(1));
        let at = self.name_element(axes, k / shape.len().max(1), event);
        let detail = format!(
            "the integer{at} is {}; expected one of its {count} vectors, which begin at 0",
            values[k]
        );
        self.fail_in_module(embedding.this, place, "at", detail);
    }
}
