//! The distribution over Cholesky factors of correlation matrices.

use super::parameterised::*;
use crate::estimator::HasPathwise;
use crate::family::lkj_cholesky::LkjCholeskyFamily;
use crate::value::Scalar;

/// The distribution of Lewandowski, Kurowicka and Joe (2009) over `[n, n]` Cholesky factors of correlation matrices.
///
/// # Shapes
///
/// A value is `[n, n]`, lower triangular with rows of unit length; the concentration is a scalar.
///
/// # Errors
///
/// The concentration must be positive.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::Structured;
/// use ppl_runtime::family::lkj_cholesky::LkjCholeskyFamily;
///
/// // The second parameter only carries the dimension.
/// assert_eq!(LkjCholeskyFamily::event_shape([&[], &[3]]), Ok([3, 3].into()));
/// ```
///
/// # References
///
/// Lewandowski, Kurowicka and Joe (2009), Generating random correlation matrices based on vines and extended onion
/// method, Journal of Multivariate Analysis 100, 1989-2001.
#[derive(Clone, Copy, Debug)]
pub struct LkjCholesky<E: Element = f64> {
    concentration: Value<E>,
    dimension: usize,
}

impl<E: Element> LkjCholesky<E> {
    /// Returns the distribution over factors of size `dimension`; a concentration of 1 is uniform over correlations.
    #[track_caller]
    pub fn new(dimension: usize, concentration: impl IntoValue<E, Kind = Scalar>) -> Self {
        LkjCholesky { concentration: concentration.into_value(), dimension }
    }
}

impl<E: Element> Declared for LkjCholesky<E> {
    type Support = support::CorrelationCholesky;
}

impl<E: Element> HasLaw<E> for LkjCholesky<E> {
    fn law(&self) -> Law<'_, E> {
        let dimension = Value::constant(E::of(self.dimension as f64));
        let operands = [self.concentration, dimension];
        Law::Member(Member::together(E::family::<LkjCholeskyFamily>(), &operands))
    }
}

impl<E: Element> Distribution<E> for LkjCholesky<E> {
    type Support = support::CorrelationCholesky;
    type Value = Tensor<E>;
    type Propriety = Proper;
}

registered!(LkjCholeskyFamily, |Number| Arrays::<Number>::of_two::<LkjCholeskyFamily>()
    .of_dimension::<LkjCholeskyFamily>());

impl<E: Element> HasPathwise for LkjCholesky<E> {}
