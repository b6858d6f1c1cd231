//! Densities between two bounds where a difference of tails would cancel: in an interval of little probability, and beside its ends.
//!
//! A partial by a parameter is the score of the base at the point less its mean over the interval. Deep in a tail both are large and
//! nearly equal. So scores are measured from one point of the interval, where the density is greatest: the difference of two scores is a
//! product of small numbers, and the mean is that of such differences.

mod angle;
mod bounds;
mod exponential;
mod log_concave;

pub(crate) use angle::cauchy;
pub(crate) use bounds::Bounds;
pub(crate) use exponential::{exponential, laplace};
pub(crate) use log_concave::integrate;

/// The density of a family at one point, given that the value lies between two bounds.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Univariate;
/// use ppl_runtime::family::exponential::ExponentialFamily;
///
/// // What is left of an exponential above a bound is one again: a million scales out, as at zero.
/// let cut = ExponentialFamily::cut(1e6 + 0.5, [1e6, f64::INFINITY], [1.0]).unwrap();
/// assert_eq!((cut.log, cut.at_bounds, cut.by_parameter), (-0.5, [1.0, 0.0], [0.5]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut<const N: usize> {
    /// The log-density.
    pub log: f64,
    /// The density at each of the bounds (zero at one that lies outside the family's support). The first is the derivative of `log` by
    /// the lower bound, the second that by the upper one with its sign changed.
    pub at_bounds: [f64; 2],
    /// The derivatives of `log` by the parameters.
    pub by_parameter: [f64; N],
}

impl Cut<2> {
    /// Returns the density of a value of this scale, given that of the value in units of it.
    pub(crate) fn in_units_of(self, scale: f64) -> Cut<2> {
        Cut {
            log: self.log - scale.ln(),
            at_bounds: self.at_bounds.map(|density| density / scale),
            by_parameter: self.by_parameter.map(|slope| slope / scale),
        }
    }
}
