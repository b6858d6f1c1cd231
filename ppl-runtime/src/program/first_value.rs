//! First values of parameters.

use crate::random::Generator;
use crate::value::{Array, Scalar, ValueKind};

/// The first value of a parameter, in constrained space, which is taken in the first run only.
///
/// Its shape is compared with the parameter's in every run. A number and an array of a fixed length have it in their type; any other first value is
/// evaluated again for it, so that an array that takes long to compute had better be an argument of the program: `param!("w", &first)`.
///
/// Implemented by `f64`, arrays (`[f64; N]`, `&[f64]`, `&Vec<f64>`, `ndarray` arrays and references to them), and the
/// initialisers of [`init`](crate::init).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the first value of a parameter",
    label = "expected a number, an array, or an initialiser from `init`",
    note = "write a number with a decimal point: `param!(\"scale\", 1.0)`"
)]
///
/// # Examples
///
/// ```
/// use ppl_runtime::Init;
///
/// fn rank(init: impl Init) -> usize {
///     init.shape(&[]).map_or(0, |shape| shape.len())
/// }
/// assert_eq!(rank(0.5), 0);
/// assert_eq!(rank([0.5, 1.5]), 1);
/// assert_eq!(rank(ndarray::array![[0.5], [1.5]]), 2);
/// ```
pub trait Init {
    /// Scalar or array.
    type Kind: ValueKind;

    /// The event shape, where the type says it.
    #[doc(hidden)]
    const SHAPE: Option<&'static [usize]> = None;

    /// Returns whether this is the event shape, with `leading` the sizes of the plates around the parameter.
    #[doc(hidden)]
    fn has_shape(&self, leading: &[usize], event: &[usize]) -> bool {
        self.shape(leading).is_ok_and(|shape| shape == event)
    }

    /// Returns the event shape, with `leading` the sizes of the plates around the parameter.
    ///
    /// # Errors
    ///
    /// A sentence that says which shape was expected and found.
    #[doc(hidden)]
    fn shape(&self, leading: &[usize]) -> Result<Vec<usize>, String>;

    /// Writes the value of element `row` of the plates.
    #[doc(hidden)]
    fn write(&self, row: usize, rng: &mut Generator, out: &mut [f64]);
}

/// The first value of a parameter without its type.
pub trait FirstValue {
    fn has_shape(&self, leading: &[usize], event: &[usize]) -> bool;
    fn shape(&self, leading: &[usize]) -> Result<Vec<usize>, String>;
    fn write(&self, row: usize, rng: &mut Generator, out: &mut [f64]);
}

impl<I: Init> FirstValue for I {
    fn has_shape(&self, leading: &[usize], event: &[usize]) -> bool {
        Init::has_shape(self, leading, event)
    }

    fn shape(&self, leading: &[usize]) -> Result<Vec<usize>, String> {
        Init::shape(self, leading)
    }

    fn write(&self, row: usize, rng: &mut Generator, out: &mut [f64]) {
        Init::write(self, row, rng, out);
    }
}

/// Evaluates a first value and shows it, if it is asked for.
pub type FirstValueOf<'a> = &'a mut dyn FnMut(&mut dyn FnMut(&dyn FirstValue));

impl Init for f64 {
    type Kind = Scalar;

    const SHAPE: Option<&'static [usize]> = Some(&[]);

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        Ok(Vec::new())
    }

    fn write(&self, _: usize, _: &mut Generator, out: &mut [f64]) {
        out.fill(*self);
    }
}

macro_rules! init_arrays {
    ($(($($generic:tt)*) $type:ty, $known:expr, |$x:ident| $shape:expr, $values:expr;)*) => {$(
        impl<$($generic)*> Init for $type {
            type Kind = Array;

            const SHAPE: Option<&'static [usize]> = $known;

            fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
                let $x = self;
                *event == $shape[..]
            }

            fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
                let $x = self;
                Ok($shape.to_vec())
            }

            fn write(&self, _: usize, _: &mut Generator, out: &mut [f64]) {
                let $x = self;
                for (to, v) in out.iter_mut().zip($values) {
                    *to = f64::from(*v);
                }
            }
        }
    )*};
}
init_arrays! {
    (const N: usize) [f64; N], Some(&[N]), |x| [x.len()], x.iter();
    (const N: usize) &[f64; N], Some(&[N]), |x| [x.len()], x.iter();
    () &[f64], None, |x| [x.len()], x.iter();
    () Vec<f64>, None, |x| [x.len()], x.iter();
    () &Vec<f64>, None, |x| [x.len()], x.iter();
    () &[f32], None, |x| [x.len()], x.iter();
    () &Vec<f32>, None, |x| [x.len()], x.iter();
    (T: Copy + Into<f64>, S: ndarray::Data<Elem = T>, D: ndarray::Dimension) ndarray::ArrayBase<S, D>,
        None, |x| ndarray::ArrayBase::shape(x), x.iter().map(|&v| v.into()).collect::<Vec<f64>>().iter();
    (T: Copy + Into<f64>, S: ndarray::Data<Elem = T>, D: ndarray::Dimension) &ndarray::ArrayBase<S, D>,
        None, |x| ndarray::ArrayBase::shape(x), x.iter().map(|&v| v.into()).collect::<Vec<f64>>().iter();
}
