//! What the engines ask of a log-density, and what it may answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A log-density of one unconstrained vector, known up to a constant, with its gradient.
///
/// Every engine of this crate stands on it. A point where the density is zero, or not finite, is answered by [`TargetError::Outside`], which
/// engines go around; a value or a gradient that is not finite counts as one.
///
/// # Examples
///
/// ```
/// use ppl_samplers::{Map, Target, TargetError};
///
/// struct Normal;
///
/// impl Target for Normal {
///     fn dim(&self) -> usize {
///         1
///     }
///     fn log_density_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, TargetError> {
///         gradient[0] = 3.0 - x[0];
///         Ok(-0.5 * (x[0] - 3.0).powi(2))
///     }
/// }
///
/// let mode = Map::new().run(&mut Normal)?;
/// assert!((mode.position[0] - 3.0).abs() < 1e-6);
/// # Ok::<(), ppl_samplers::SamplerError>(())
/// ```
pub trait Target {
    /// The number of elements of a position.
    fn dim(&self) -> usize;

    /// The natural logarithm of the density at `position`, up to a constant; writes its gradient to `gradient`.
    ///
    /// # Shapes
    ///
    /// `position` and `gradient` are `[dim]`.
    ///
    /// # Errors
    ///
    /// [`TargetError::Outside`] where the density is zero or cannot be evaluated; [`TargetError::Fatal`] if no evaluation can succeed any more.
    fn log_density_and_gradient(
        &mut self,
        position: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, TargetError>;
}

macro_rules! by_pointer {
    ($($pointer:ty),*) => {$(
        impl<T: Target + ?Sized> Target for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }

            fn log_density_and_gradient(
                &mut self,
                position: &[f64],
                gradient: &mut [f64],
            ) -> Result<f64, TargetError> {
                (**self).log_density_and_gradient(position, gradient)
            }
        }
    )*};
}
by_pointer!(&mut T, Box<T>);

/// Why a log-density has no value at a point: the point lies outside, or there is no use in going on.
///
/// # Examples
///
/// ```
/// use ppl_samplers::TargetError;
///
/// let outside = TargetError::outside("the scale is zero");
/// assert!(outside.is_recoverable());
/// let fatal = TargetError::fatal("the data are gone");
/// assert!(!fatal.is_recoverable());
/// assert_eq!(fatal.to_string(), "the data are gone");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum TargetError {
    /// The density is zero or not finite at this point. A sampler rejects the point and goes on.
    Outside(Cow<'static, str>),
    /// Every engine stops and returns this error.
    Fatal(Box<dyn Error + Send + Sync>),
}

impl TargetError {
    /// The error of a point outside of the support, with the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = ppl_samplers::TargetError::outside("the scale is zero");
    /// assert_eq!(error.to_string(), "the point is outside: the scale is zero");
    /// ```
    pub fn outside(reason: impl Into<Cow<'static, str>>) -> TargetError {
        TargetError::Outside(reason.into())
    }

    /// The error that stops an engine, from a message or another error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// let error = ppl_samplers::TargetError::fatal(std::fmt::Error);
    /// assert!(error.source().is_some_and(|source| source.is::<std::fmt::Error>()));
    /// ```
    pub fn fatal(source: impl Into<Box<dyn Error + Send + Sync>>) -> TargetError {
        TargetError::Fatal(source.into())
    }

    /// Whether an engine may go on with other points.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!ppl_samplers::TargetError::fatal("no memory").is_recoverable());
    /// ```
    pub fn is_recoverable(&self) -> bool {
        matches!(self, TargetError::Outside(_))
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetError::Outside(reason) => write!(f, "the point is outside: {reason}"),
            TargetError::Fatal(source) => source.fmt(f),
        }
    }
}

impl Error for TargetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TargetError::Outside(_) => None,
            TargetError::Fatal(source) => Some(source.as_ref()),
        }
    }
}

/// The log-density and its gradient where all of it is finite; else the point is outside.
pub(crate) fn evaluate(
    target: &mut dyn Target,
    position: &[f64],
    gradient: &mut [f64],
) -> Result<f64, TargetError> {
    let log_density = target.log_density_and_gradient(position, gradient)?;
    if !log_density.is_finite() {
        return Err(TargetError::Outside(format!("the log-density is {log_density}").into()));
    }
    if let Some(i) = gradient.iter().position(|g| !g.is_finite()) {
        return Err(TargetError::Outside(format!("element {i} of the gradient is {}", gradient[i]).into()));
    }
    Ok(log_density)
}

/// The log-density where it is finite, nothing outside.
///
/// # Errors
///
/// A fatal one of the target.
pub(crate) fn evaluate_inside(
    target: &mut dyn Target,
    position: &[f64],
    gradient: &mut [f64],
) -> Result<Option<f64>, TargetError> {
    match evaluate(target, position, gradient) {
        Ok(log_density) => Ok(Some(log_density)),
        Err(error) if error.is_recoverable() => Ok(None),
        Err(error) => Err(error),
    }
}
