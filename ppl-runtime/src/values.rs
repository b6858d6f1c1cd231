//! Values of sites, given by name.

use crate::results::Draws;
use ndarray::{Array1, ArrayBase, ArrayD, Axis, Data, Dimension, IxDyn};
use std::collections::HashMap;

/// What may be given as the value of a site or of a parameter: a number, an integer, `bool`, or an array of them.
///
/// The array has the plates around the site as its first dimensions, in the order in which they nest, and the dimensions
/// of the event behind them: `[plates.., event..]`. A number is an array without dimensions.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use ppl_runtime::IntoArray;
///
/// assert_eq!(1.5.into_array().shape(), &[] as &[usize]);
/// assert_eq!([1.0, 2.0].into_array().shape(), &[2]);
/// assert_eq!((&array![[1.0, 2.0], [3.0, 4.0]]).into_array()[[1, 0]], 3.0);
/// assert_eq!(true.into_array(), 1.into_array());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given as a value",
    label = "expected a number, an integer, `bool`, or an array of them"
)]
pub trait IntoArray {
    /// Returns the value as an owned array of doubles.
    fn into_array(self) -> ArrayD<f64>;
}

/// A number that a value may be made of.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Number;
///
/// assert_eq!([3_u8.number(), true.number(), 0.5_f32.number()], [3.0, 1.0, 0.5]);
/// ```
pub trait Number: Copy {
    /// Returns the number as a double.
    fn number(self) -> f64;
}

macro_rules! numbers {
    ($($type:ty: |$x:ident| $number:expr;)*) => {$(
        impl Number for $type {
            fn number(self) -> f64 {
                let $x = self;
                $number
            }
        }

        impl IntoArray for $type {
            fn into_array(self) -> ArrayD<f64> {
                ndarray::arr0(self.number()).into_dyn()
            }
        }
    )*};
}
numbers! {
    f64: |x| x;
    f32: |x| f64::from(x);
    bool: |x| f64::from(u8::from(x));
    u8: |x| f64::from(x);
    u16: |x| f64::from(x);
    u32: |x| f64::from(x);
    i8: |x| f64::from(x);
    i16: |x| f64::from(x);
    i32: |x| f64::from(x);
    // Counts above 2^53 are rounded, as everywhere in a program.
    u64: |x| x as f64;
    i64: |x| x as f64;
    usize: |x| x as f64;
}

fn vector<T: Number>(values: &[T]) -> ArrayD<f64> {
    values.iter().map(|v| v.number()).collect::<Array1<f64>>().into_dyn()
}

impl<T: Number, const N: usize> IntoArray for [T; N] {
    fn into_array(self) -> ArrayD<f64> {
        vector(&self)
    }
}

impl<T: Number, const N: usize> IntoArray for &[T; N] {
    fn into_array(self) -> ArrayD<f64> {
        vector(self)
    }
}

impl<T: Number> IntoArray for &[T] {
    fn into_array(self) -> ArrayD<f64> {
        vector(self)
    }
}

impl<T: Number> IntoArray for Vec<T> {
    fn into_array(self) -> ArrayD<f64> {
        vector(&self)
    }
}

impl<T: Number> IntoArray for &Vec<T> {
    fn into_array(self) -> ArrayD<f64> {
        vector(self)
    }
}

impl<T: Number, S: Data<Elem = T>, D: Dimension> IntoArray for &ArrayBase<S, D> {
    fn into_array(self) -> ArrayD<f64> {
        // In the order of the indices, whatever the layout in memory.
        let values = self.iter().map(|v| v.number()).collect();
        ArrayD::from_shape_vec(IxDyn(self.shape()), values)
            .unwrap_or_else(|_| ArrayD::zeros(IxDyn(self.shape())))
    }
}

impl<T: Number, S: Data<Elem = T>, D: Dimension> IntoArray for ArrayBase<S, D> {
    fn into_array(self) -> ArrayD<f64> {
        (&self).into_array()
    }
}

/// Values of latent sites by name: one point, or one for each of several draws.
///
/// # Shapes
///
/// Each array is `[plates.., event..]`; those that come from [`Draws`] have the draws as a further first dimension.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Values;
///
/// let values = Values::new().with("mu", 1.0).with("eta", [0.1, 0.2]).with("mu", 2.0);
/// assert_eq!(values.names().collect::<Vec<_>>(), ["mu", "eta"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    pub(crate) entries: Vec<(String, ArrayD<f64>)>,
    /// Where each name is among them.
    places: HashMap<String, usize>,
    /// The number of draws, if the arrays have them as their first dimension.
    pub(crate) draws: Option<usize>,
}

impl Values {
    /// Returns values of no site.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_runtime::Values::new().names().count(), 0);
    /// ```
    pub fn new() -> Values {
        Values::default()
    }

    /// Adds the value of a site, in the place of an earlier one of that site.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::Values;
    ///
    /// assert_ne!(Values::new().with("mu", 1.0), Values::new().with("mu", 2.0));
    /// ```
    #[must_use]
    pub fn with(mut self, site: impl Into<String>, value: impl IntoArray) -> Values {
        let (site, mut value) = (site.into(), value.into_array());
        if let Some(n) = self.draws {
            // Beside draws, a single value is the same in each of them.
            let shape: Vec<usize> = std::iter::once(n).chain(value.shape().iter().copied()).collect();
            value = value.broadcast(IxDyn(&shape)).map_or(value.clone(), |all| all.to_owned());
        }
        match self.place(&site) {
            Some(at) => self.entries[at].1 = value,
            None => {
                self.places.insert(site.clone(), self.entries.len());
                self.entries.push((site, value));
            }
        }
        self
    }

    /// Returns the place of a site among the entries.
    pub(crate) fn place(&self, site: &str) -> Option<usize> {
        self.places.get(site).copied()
    }

    /// Returns the values of sites of different names.
    fn of(entries: Vec<(String, ArrayD<f64>)>, draws: Option<usize>) -> Values {
        let places = entries.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        Values { entries, places, draws }
    }

    /// Returns the values of one of several draws.
    ///
    /// # Errors
    ///
    /// If there is no such draw.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use ppl_runtime::{Values, results::Draws};
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("mu", array![1.0, 2.0].into_dyn()).unwrap();
    /// assert_eq!(Values::of_draw(&draws, 1)?, Values::new().with("mu", 2.0));
    /// assert_eq!(Values::of_draw(&draws, 2).unwrap_err().to_string(), "no draw 2; there are 2, from 0");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn of_draw(draws: &Draws, draw: usize) -> Result<Values, crate::error::Error> {
        let count = draws.count();
        if draw >= count {
            let what = format!("no draw {draw}; there are {count}, from 0");
            return Err(crate::error::Error::Setup { what });
        }
        let row = |array: &ArrayD<f64>| array.index_axis(Axis(0), draw).into_array();
        let entries = draws.iter().map(|(name, array)| (name.to_owned(), row(array))).collect();
        Ok(Values::of(entries, None))
    }

    /// Returns the value of a site, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::Values;
    ///
    /// let values = Values::new().with("theta", [1.0, 2.5]);
    /// assert_eq!(values.get("theta").unwrap()[[1]], 2.5);
    /// assert!(values.get("tau").is_none());
    /// ```
    pub fn get(&self, site: &str) -> Option<&ArrayD<f64>> {
        self.place(site).map(|at| &self.entries[at].1)
    }

    /// Returns the names of the sites.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::Values;
    ///
    /// assert!(Values::new().with("tau", 1.0).names().eq(["tau"]));
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }
}

impl From<&Draws> for Values {
    fn from(draws: &Draws) -> Values {
        let entries = draws.iter().map(|(name, array)| (name.to_owned(), array.into_array())).collect();
        Values::of(entries, Some(draws.count()))
    }
}

impl From<Draws> for Values {
    fn from(draws: Draws) -> Values {
        Values::from(&draws)
    }
}

impl From<&Values> for Values {
    fn from(values: &Values) -> Values {
        values.clone()
    }
}
