//! The distribution over Cholesky factors of correlation matrices.

use super::parameterised::*;
use crate::dist::lkj_cholesky::LkjCholeskyFamily;
use crate::estimator::HasPathwise;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::walk::Extent;
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
/// use ppl_runtime::dist::family::Structured;
/// use ppl_runtime::dist::lkj_cholesky::LkjCholeskyFamily;
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

    /// Returns the parameters as the family takes them: the second is a constant that carries the dimension.
    fn parameters(&self, run: &mut Run<E>) -> [Value<E>; 2] {
        let extent = Extent { axes: AxisSet::EMPTY, shape: Shape::vector(self.dimension) };
        let dimension = run.tape.leaf(extent, Deps::NONE, |out| out.fill(E::zero()));
        [self.concentration, Value::of_node(dimension, run)]
    }
}

impl<E: Element> Declared for LkjCholesky<E> {
    type Support = support::CorrelationCholesky;
}

impl<E: Element> Distribution<E> for LkjCholesky<E> {
    type Support = support::CorrelationCholesky;
    type Value = Tensor<E>;
    const PATHWISE: bool = true;
    const ELEMENTWISE: bool = false;

    fn operands(&self, run: &mut Run<E>, place: Caller) -> Operands {
        univariate::operands(run, place, &[self.concentration])
    }

    fn event_shape(&self, run: &mut Run<E>, place: Caller) -> Result<Shape, String> {
        let p = self.parameters(run);
        structured::event_shape::<E, LkjCholeskyFamily, 2>(run, place, &p)
    }

    fn draw(&self, run: &mut Run<E>, place: Caller, request: Request) -> NodeId {
        let p = self.parameters(run);
        structured::draw::<E, LkjCholeskyFamily, 2>(run, place, &p, request)
    }

    fn log_density(&self, run: &mut Run<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        let p = self.parameters(run);
        structured::log_density_2::<E, LkjCholeskyFamily>(run, place, &p, value, usage)
    }

    fn find_trouble(&self, run: &mut Run<E>, place: Caller, value: Arg<E>) -> Option<Trouble> {
        let p = self.parameters(run);
        structured::find_trouble::<E, LkjCholeskyFamily, 2>(run, place, &p, value)
    }
}

impl<E: Element> HasPathwise for LkjCholesky<E> {}
