//! Means of values, weighed by how well their keys fit a query.

use super::over::RowEnds;
use crate::element::Element;
use crate::program::module::ThisModule;
use crate::program::run::Run;
use crate::program::slot;
use crate::shape::MAX_RANK;
use crate::tape::ops::Binary;
use crate::tape::ops::recurrence::whole_length;
use crate::tape::ops::reduce::Along;
use crate::tape::walk::Extent;
use crate::value::record::{self, Product};
use crate::value::{Handle, IntoValue, Tensor, Value};
use std::panic::Location;

/// Returns for each query `q` the mean of the values, weighed by `softmax(q k / sqrt(size))` over their keys `k`.
///
/// Keys and values after the end that `ends` says are not read, whatever they are. Where there is no key the mean is zero.
///
/// # Shapes
///
/// Queries `[.., queries, size]`, keys `[.., keys, size]`, values `[.., keys, width]` and lengths `[..]` give `[.., queries, width]`. The dimensions before these are broadcast.
///
/// # Errors
///
/// Shapes that do not fit, and a length that is no whole number up to the number of keys, are errors of the run.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// let row = |k: f64| Tensor::stack(&[vector() * k]);
/// let keys = || Tensor::stack(&[vector(), vector() * 2.0]);
/// // A query of zeros has the mean of all values, and of the first one alone where there are no more.
/// assert!(close(show(|| nn::attention(row(0.0), keys(), keys(), nn::every_step())), &[1.5, 3.0, 4.5]));
/// assert!(close(show(|| nn::attention(row(0.0), keys(), keys(), nn::lengths(1))), &[1.0, 2.0, 3.0]));
/// ```
///
/// # References
///
/// Vaswani et al. (2017), [Attention is all you need](https://arxiv.org/abs/1706.03762), equation 1.
#[track_caller]
pub fn attention<E: Element>(
    queries: impl IntoValue<E>,
    keys: impl IntoValue<E>,
    values: impl IntoValue<E>,
    ends: RowEnds,
) -> Tensor<E> {
    let operands = [queries.into_value(), keys.into_value(), values.into_value()];
    Tensor::from_value(E::attend(operands, ends, Location::caller()))
}

/// Records means of values.
pub(crate) fn attend<E: Element>(
    [queries, keys, values]: [Value<E>; 3],
    ends: RowEnds,
    place: &'static Location<'static>,
) -> Value<E> {
    let shapes = [queries, keys, values].map(|x| record::shape_of(x, place));
    let fit = shapes.iter().all(|shape| shape.rank() >= 2) && {
        let [size, of_keys] = [0, 1].map(|k| shapes[k].dim(shapes[k].rank() - 1));
        let [count, of_values] = [1, 2].map(|k| shapes[k].dim(shapes[k].rank() - 2));
        size == of_keys && count == of_values
    };
    if !fit {
        let detail = format!(
            "expected queries [.., queries, size], keys [.., keys, size] and values [.., keys, width], got {}, {} and {}",
            shapes[0], shapes[1], shapes[2]
        );
        refuse::<E>(ThisModule(None), detail, place);
        return values;
    }
    let (size, count) = (shapes[0].dim(shapes[0].rank() - 1), shapes[1].dim(shapes[1].rank() - 2));
    let there = ends.0.map(|n| keys_there::<E>(Handle::<E>::to_value(n), count, ThisModule(None), place));
    let [keys, values] = [keys, values].map(|x| match there {
        Some([rows, _]) => record::select([rows, x, Value::constant(E::zero())], false, place),
        None => x,
    });
    let scale = Value::constant(E::of((size.max(1) as f64).sqrt().recip()));
    let queries = record::binary(Binary::Mul, queries, scale, place);
    let scores = record::product(queries, record::transpose(keys, place), Product::Matrix, place);
    let scores = match there {
        Some([_, columns]) => {
            record::select([columns, scores, Value::constant(E::neg_infinity())], false, place)
        }
        None => scores,
    };
    let last = record::shape_of(scores, place).rank().saturating_sub(1);
    let weights = record::reduce(scores, "attention", Along::Softmax, Some(last), place);
    record::product(weights, values, Product::Matrix, place)
}

/// Records which of so many keys there are: beside each key, `[.., keys, 1]`, and along the scores of a query, `[.., 1, keys]`. Where there is none all scores count, of values
/// that are zero.
pub(super) fn keys_there<E: Element>(
    lengths: Value<E>,
    count: usize,
    this: ThisModule,
    place: &'static Location<'static>,
) -> [Value<E>; 2] {
    slot::with(|run: &mut Run<E>| {
        let arg = run.tape.lift(lengths, place);
        let lengths = run.tape.materialise(arg);
        if let Some(detail) = run.wrong_length(lengths, count) {
            run.fail_in_module(this, place, "attention", detail);
        }
        let (axes, deps, shape) =
            (run.tape.node(lengths).axes, run.tape.node(lengths).deps, run.tape.node(lengths).shape);
        let with = |last: [usize; 2]| last.iter().try_fold(shape, |shape, &d| shape.with_last(d));
        let (Some(rows), Some(columns)) = (with([count, 1]), with([1, count])) else {
            let detail =
                format!("lengths can have at most {} dimensions, got the shape {shape}", MAX_RANK - 2);
            run.fail_in_module(this, place, "attention", detail);
            return [Value::constant(E::one()); 2];
        };
        // What is computed of rows that are not there may be no number.
        run.tape.has_masks = true;
        let [rows, columns] = [(rows, false), (columns, true)].map(|(shape, or_all)| {
            run.tape.derived([lengths], Extent { axes, shape }, deps, |[lengths], out| {
                for (row, &length) in out.chunks_exact_mut(count.max(1)).zip(lengths) {
                    let length = whole_length(length, count).unwrap_or(0) as usize;
                    for (k, there) in row.iter_mut().enumerate() {
                        let is_there = k < length || or_all && length == 0;
                        *there = if is_there { E::one() } else { E::zero() };
                    }
                }
            })
        });
        [rows, columns].map(|id| Value::of_node(id, &run.tape))
    })
    .unwrap_or_else(|| [Value::orphan(); 2])
}

/// Reports what does not fit.
#[cold]
pub(super) fn refuse<E: Element>(this: ThisModule, detail: String, place: &'static Location<'static>) {
    slot::with(|run: &mut Run<E>| run.fail_in_module(this, place, "attention", detail));
}
