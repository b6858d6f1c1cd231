//! Numbers of data that are known here and there.

use super::Value;
use super::slice::Slice;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::program::run::Run;
use crate::program::slot;
use std::panic::Location;

/// A number that is known here and there: an element of data whose type is an `Option` of a float, for the option `given(..)` of a
/// continuous site.
///
/// A label that is there and no number (`Some(f64::NAN)`) is an error of the run.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{At, PartlyKnown};
///
/// fn label(heights: &[Option<f64>]) -> PartlyKnown<f64> {
///     heights.at(0)
/// }
/// // Outside of a program there is no run whose element it could be.
/// assert_eq!(format!("{:?}", label(&[Some(1.7), None])), "PartlyKnown(_)");
/// ```
#[derive(Clone, Copy)]
pub struct PartlyKnown<E: Element>(Value<E>);

impl<E: Element> std::fmt::Debug for PartlyKnown<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PartlyKnown(_)")
    }
}

impl<E: Element> PartlyKnown<E> {
    /// Takes elements of data, in which a number that is not known is no number.
    pub(super) fn of(data: Slice<'_>, value: Value<E>, place: &'static Location<'static>) -> Self {
        if let Some(at) = data.no_number() {
            let detail = format!(
                "the label of element {at} is NaN; expected a number, or `None` where it is not known"
            );
            slot::with(|run: &mut Run<E>| run.tape.fail(Error::Scope { place: Place(place), detail }));
        }
        PartlyKnown(value)
    }

    pub(crate) fn to_value(self) -> Value<E> {
        self.0
    }
}

impl<E: Element> From<Option<E>> for PartlyKnown<E> {
    #[track_caller]
    fn from(label: Option<E>) -> Self {
        let value = Value::constant(label.unwrap_or_else(E::nan));
        if label.is_some_and(|number| number.is_nan()) {
            let (place, detail) =
                (Place(Location::caller()), "the label is NaN; expected a number, or `None`".to_owned());
            slot::with(|run: &mut Run<E>| run.tape.fail(Error::Scope { place, detail }));
        }
        PartlyKnown(value)
    }
}
