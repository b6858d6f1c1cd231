//! Numbers on a scale of their own.

use crate::error::Error;

/// Numbers less their mean, over their standard deviation, and what it takes to go back.
///
/// # Examples
///
/// ```
/// use ppl_table::Standardised;
///
/// let heights = Standardised::new(&[150.0, 160.0, 170.0])?;
/// assert_eq!(heights.values, [-1.0, 0.0, 1.0]);
/// assert_eq!((heights.mean, heights.sd), (160.0, 10.0));
/// // A new height, and back.
/// assert_eq!(heights.apply(175.0), 1.5);
/// assert_eq!(heights.undo(1.5), 175.0);
/// assert!(Standardised::new(&[3.0, 3.0]).is_err());
/// # Ok::<(), ppl_table::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Standardised {
    /// The numbers with mean 0 and standard deviation 1.
    pub values: Vec<f64>,
    /// The mean that they had.
    pub mean: f64,
    /// The standard deviation that they had, with `n - 1`.
    pub sd: f64,
}

impl Standardised {
    /// Takes numbers to mean 0 and standard deviation 1.
    ///
    /// # Errors
    ///
    /// There are fewer than two numbers, all are equal, or their mean or deviation is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = ppl_table::Standardised::new(&[1.0]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the values cannot be standardised: at least two numbers are needed"
    /// );
    /// ```
    pub fn new(values: &[f64]) -> Result<Self, Error> {
        Standardised::called("the values".to_owned(), values)
    }

    /// Returns where a number of the original scale lies on the new one.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_table::Standardised::new(&[1.0, 2.0, 3.0])?.apply(4.0), 2.0);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn apply(&self, value: f64) -> f64 {
        (value - self.mean) / self.sd
    }

    /// Returns where a number of the new scale lies on the original one. A slope with respect to the new scale is one over `sd` of that with respect to the original.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_table::Standardised::new(&[1.0, 2.0, 3.0])?.undo(2.0), 4.0);
    /// # Ok::<(), ppl_table::Error>(())
    /// ```
    pub fn undo(&self, value: f64) -> f64 {
        self.mean + self.sd * value
    }

    pub(crate) fn called(what: String, values: &[f64]) -> Result<Self, Error> {
        let refused = |why| Err(Error::NoDeviation { what: what.clone(), why });
        let [first, _, ..] = values else { return refused("at least two numbers are needed") };
        if values.iter().all(|x| x == first) {
            return refused("all numbers are equal");
        }
        let n = values.len() as f64;
        // Distances from the first number, so that a large mean takes no digits.
        let mean = first + values.iter().map(|x| x - first).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sd = (squares / (n - 1.0)).sqrt();
        if !(mean.is_finite() && sd.is_finite() && sd > 0.0) {
            return refused("their mean or standard deviation is out of the range of a double");
        }
        Ok(Standardised { values: values.iter().map(|x| (x - mean) / sd).collect(), mean, sd })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.std(x, ddof=1)`.
    #[test]
    fn moments_are_those_of_numpy() {
        let standardised = Standardised::new(&[3.5, -1.25, 0.75, 12.0, 3.5, -7.0, 2.0]).unwrap();
        assert!((standardised.mean - 1.9285714285714286).abs() < 1e-14);
        assert!((standardised.sd - 5.738601538619633).abs() < 1e-13);
        let sum: f64 = standardised.values.iter().sum();
        let squares: f64 = standardised.values.iter().map(|x| x * x).sum();
        assert!(sum.abs() < 1e-14 && (squares - 6.0).abs() < 1e-13);
    }

    #[test]
    fn large_means_take_no_digits() {
        let standardised = Standardised::new(&[1e12 + 1.0, 1e12 + 2.0, 1e12 + 3.0]).unwrap();
        assert_eq!(standardised.values, [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn what_has_no_deviation_is_refused() {
        for values in
            [&[][..], &[1.0], &[2.0, 2.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY], &[f64::MAX, -f64::MAX]]
        {
            assert!(Standardised::new(values).is_err(), "{values:?}");
        }
    }
}
