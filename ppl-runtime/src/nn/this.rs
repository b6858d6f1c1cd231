//! What modules say of themselves where something does not fit.

use crate::element::Element;
use crate::program::module::ThisModule;
use crate::value::{Handle, IntoValue, Tensor};
use std::panic::Location;

impl ThisModule {
    /// Returns the module that is being made, in the body of a `#[module]` function.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::nn::ThisModule;
    ///
    /// // Outside of a program there is none.
    /// assert_eq!(format!("{:?}", ThisModule::here::<f64>()), "ThisModule(None)");
    /// ```
    pub fn here<E: Element>() -> ThisModule {
        E::this_module()
    }

    /// Returns the value if its last dimensions have these sizes. If not, that is an error of the run, which names the module, the dimensions and both
    /// shapes, and what is returned stands in their place.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/show.md")]
    /// use ppl_runtime::nn::ThisModule;
    ///
    /// let checked = || ThisModule::here::<f64>().expect(vector(), &[("inputs", 3)]);
    /// assert_eq!(show(checked), [1.0, 2.0, 3.0]);
    /// ```
    #[track_caller]
    pub fn expect<E: Element>(self, x: impl IntoValue<E>, dims: &[(&'static str, usize)]) -> Tensor<E> {
        Tensor::from_value(E::expect_dims(x.into_value(), self, dims, Location::caller()))
    }
}
