//! Numbers left out at random while a network learns.

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
use crate::tape::ops::Binary;
use crate::value::{Handle, IntoValue, Tensor, Value, record};
use std::panic::Location;

/// Numbers left out at random, and the others scaled so that expectations stay.
///
/// It is noise (`noise!`): drawn anew in each step, for each particle and each element of the plates where it is used, and none in evaluations and in questions about the
/// posterior, where every number stays as it is.
///
/// # Examples
///
#[doc = include_str!("../docs/show.md")]
/// use ppl_runtime::nn;
///
/// // A program writes `module!("drop", nn::dropout(0.25))`.
/// let drop = || module::<f64, _, _>(Name::new("drop"), nn::dropout(0.25));
/// let found = show(|| drop().apply(vector()));
/// assert!(found.iter().zip([1.0, 2.0, 3.0]).all(|(y, x)| *y == 0.0 || (y - x / 0.75).abs() < 1e-12 || *y == x));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rate: f64,
    this: ThisModule,
}

/// Returns dropout of numbers with this probability. It has no parameters; its name is that of its noise, so that it is applied once in a program.
///
/// # Errors
///
/// A probability that is not in `[0, 1)` is an error of the run.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// fn made_by<M: Module<Element = f64>>(module: M) -> String {
///     format!("{:?}", module.function())
/// }
/// assert!(made_by(nn::dropout(0.5)).contains("ppl::nn::dropout"));
/// ```
///
/// # References
///
/// Srivastava et al. (2014), [Dropout](https://jmlr.org/papers/v15/srivastava14a.html), section 4; what is kept is divided by its probability while the network learns, so that nothing
/// needs to be scaled later (section 10).
pub fn dropout<E: Element>(rate: f64) -> impl Module<Element = E, Output = Dropout> {
    of_library!("dropout", move || Dropout { rate, this: ThisModule::here::<E>() })
}

impl Dropout {
    /// Returns the values of which some are zero.
    ///
    /// # Shapes
    ///
    /// Any; each number is left out or kept by itself.
    ///
    /// # Errors
    ///
    /// A second use in one run is an error, because its noise has one name; make a dropout for each.
    #[track_caller]
    pub fn apply<E: Element>(&self, x: impl IntoValue<E>) -> Tensor<E> {
        Tensor::from_value(E::drop_out(self, x.into_value(), Location::caller()))
    }
}

/// Records values of which some are zero.
pub(crate) fn drop_out<E: Element>(
    dropout: &Dropout,
    x: Value<E>,
    place: &'static Location<'static>,
) -> Value<E> {
    let (rate, keep) = (dropout.rate, 1.0 - dropout.rate);
    if !(0.0..1.0).contains(&rate) {
        let detail = || format!("expected a rate in [0, 1), got {rate}");
        module::refuse::<E>(dropout.this, place, detail);
        return x;
    }
    let shape = record::shape_of(x, place);
    let outside = module::enter_again::<E>(dropout.this);
    let probability = record::full::<E>(Dims::of(shape).as_slice(), keep, "dropout", place);
    let kept = Bernoulli::new(Tensor::<E>::from_value(probability));
    let kept = NoiseStatement::<E>::of(Name::new("keep"), &kept, Some(keep), Place(place)).take();
    if let Some(outside) = outside {
        call::leave::<E>(outside);
    }
    // Where nothing is drawn this is one: a number divided by itself.
    let factor = record::binary(Binary::Div, kept, Value::constant(E::of(keep)), place);
    record::binary(Binary::Mul, x, factor, place)
}
