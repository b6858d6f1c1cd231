//! Attention by several heads.

use super::attention::{attend, keys_there, refuse};
use super::over::RowEnds;
use super::{Dense, dense, of_library};
use crate::element::Element;
use crate::program::Module;
use crate::program::address::Name;
use crate::program::module::{ThisModule, module};
use crate::shape::{Dims, MAX_RANK};
use crate::value::record::{self, dims};
use crate::value::{Discrete, Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// Attention by several heads, each with its own weights of queries, keys and values; what they give stands beside each other and is weighed once more.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("heads", nn::multi_head_attention(3, 1))`.
/// let of = |f: fn(nn::MultiHeadAttention) -> Tensor| {
///     show(|| f(module(Name::new("heads"), nn::multi_head_attention(3, 1))))
/// };
/// fn xs() -> Tensor {
///     Tensor::stack(&[vector(), vector() * 2.0])
/// }
/// let both = of(|heads| heads.apply(xs(), nn::every_step()));
/// assert!(close(both, &of(|heads| heads.over(xs(), xs(), nn::every_step()))));
/// // With one key alone every query has its value.
/// let one = of(|heads| heads.over(xs(), xs(), nn::lengths(1)));
/// assert!(close(one[..3].to_vec(), &one[3..]));
/// ```
///
/// # References
///
/// Vaswani et al. (2017), [Attention is all you need](https://arxiv.org/abs/1706.03762), section 3.2.2.
#[derive(Clone, Copy, Debug)]
pub struct MultiHeadAttention<E: Element = f64> {
    /// What makes queries, `[size, size]`: a head's columns are next to each other.
    pub query: Dense<E>,
    /// What makes keys.
    pub key: Dense<E>,
    /// What makes values.
    pub value: Dense<E>,
    /// What makes the result.
    pub out: Dense<E>,
    size: usize,
    heads: usize,
    this: ThisModule,
}

/// Returns attention by so many heads over vectors of this size, a multiple of their number.
///
/// Its layers are the modules `query`, `key`, `value` and `out`, as [`dense`] makes them.
///
/// # Errors
///
/// A size that is no multiple of the number of heads is an error of the run when the layer is applied.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::multi_head_attention(8, 2)).contains("ppl::nn::multi_head_attention"));
/// ```
pub fn multi_head_attention<E: Element>(
    size: usize,
    heads: usize,
) -> impl Module<Element = E, Output = MultiHeadAttention<E>> {
    of_library!("multi_head_attention", move || MultiHeadAttention {
        query: module(Name::new("query"), dense(size, size)),
        key: module(Name::new("key"), dense(size, size)),
        value: module(Name::new("value"), dense(size, size)),
        out: module(Name::new("out"), dense(size, size)),
        size,
        heads,
        this: ThisModule::here::<E>(),
    })
}

impl<E: Element> MultiHeadAttention<E> {
    /// Returns what each vector of a sequence gathers from all of them.
    ///
    /// Vectors after the end that `ends` says are not read, whatever they are: zeros stand in their places.
    ///
    /// # Shapes
    ///
    /// `[.., steps, size]` and lengths `[..]` give `[.., steps, size]`.
    ///
    /// # Errors
    ///
    /// Shapes that do not fit, and a length that is no whole number up to the number of steps, are errors of the run, which name the module.
    #[track_caller]
    pub fn apply(&self, x: impl IntoValue<E>, ends: RowEnds) -> Tensor<E> {
        Tensor::from_value(E::attend_by_heads(self, None, x.into_value(), ends, Location::caller()))
    }

    /// Returns what each of some queries gathers from the vectors of a sequence.
    ///
    /// Vectors after the end that `ends` says are not read, whatever they are.
    ///
    /// # Shapes
    ///
    /// Queries `[.., queries, size]`, vectors `[.., keys, size]` and lengths `[..]` give `[.., queries, size]`.
    ///
    /// # Errors
    ///
    /// As of [`apply`](MultiHeadAttention::apply).
    #[track_caller]
    pub fn over(&self, queries: impl IntoValue<E>, x: impl IntoValue<E>, ends: RowEnds) -> Tensor<E> {
        let queries = Some(queries.into_value());
        Tensor::from_value(E::attend_by_heads(self, queries, x.into_value(), ends, Location::caller()))
    }
}

/// Records what queries, or a sequence itself, gather from a sequence.
pub(crate) fn attend_by_heads<E: Element>(
    layer: &MultiHeadAttention<E>,
    queries: Option<Value<E>>,
    x: Value<E>,
    ends: RowEnds,
    place: &'static Location<'static>,
) -> Value<E> {
    let &MultiHeadAttention { size, heads, this, .. } = layer;
    let shapes = [queries.unwrap_or(x), x].map(|x| record::shape_of(x, place));
    let ends_in_size = shapes.iter().all(|shape| shape.dims().last().is_some_and(|&d| d as usize == size));
    let ranks = shapes.map(|shape| shape.rank());
    if !ends_in_size || ranks.iter().any(|rank| !(2..MAX_RANK).contains(rank)) {
        let detail = format!(
            "expected vectors of the shape [.., steps, size = {size}], got {} and {}",
            shapes[0], shapes[1]
        );
        refuse::<E>(this, detail, place);
        return x;
    }
    if heads == 0 || !size.is_multiple_of(heads) {
        let detail =
            format!("expected a size that is a multiple of the number of heads, {heads}, got {size}");
        refuse::<E>(this, detail, place);
        return x;
    }
    let count = shapes[1].dim(shapes[1].rank() - 2);
    let lengths = ends.0.map(Handle::<E>::to_value);
    let x = match lengths {
        Some(n) => {
            let [rows, _] = keys_there(n, count, this, place);
            record::select([rows, x, Value::constant(E::zero())], false, place)
        }
        None => x,
    };
    let of_head = |layer: &Dense<E>, x: Value<E>| {
        let made = E::apply_dense(layer, dims::expect(x, this, &[("size", size)], place), place);
        let shape = record::shape_of(made, place);
        let rank = shape.rank();
        let apart = shape.with_dim(rank - 1, heads).with_last(size / heads).unwrap_or(shape);
        let apart = record::reshape(made, Dims::of(apart).as_slice(), place);
        record::swap_dims(apart, rank - 2, rank - 1, place)
    };
    let operands =
        [of_head(&layer.query, queries.unwrap_or(x)), of_head(&layer.key, x), of_head(&layer.value, x)];
    // All heads have the lengths of their sequence.
    let lengths = lengths.map(|n| {
        let shape = record::shape_of(n, place);
        match shape.with_last(1) {
            Some(beside) if shape.rank() > 0 => record::reshape(n, Dims::of(beside).as_slice(), place),
            _ => n,
        }
    });
    let gathered = attend(operands, RowEnds(lengths.map(Discrete::from_value)), place);
    let rank = record::shape_of(gathered, place).rank();
    if rank < 3 {
        // Something did not fit, and was reported.
        return x;
    }
    let beside = record::swap_dims(gathered, rank - 3, rank - 2, place);
    let shape = record::shape_of(beside, place);
    let together = shape.without(rank - 1).with_dim(rank - 2, size);
    let together = record::reshape(beside, Dims::of(together).as_slice(), place);
    E::apply_dense(&layer.out, together, place)
}
