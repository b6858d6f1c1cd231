//! The dimensions that belong to one member of a family of arrays.

/// How many dimensions, the last ones, the value and the parameters of one member have.
///
/// Those before them are of independent members: a parameter that has none of these stands for every one.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::mvn_cholesky::MvNormalCholeskyFamily;
/// use ppl_runtime::family::{Ranks, Structured};
///
/// // A vector, by a vector and a matrix: a mean `[7, 3]` and a factor `[3, 3]` are those of seven vectors.
/// assert_eq!(MvNormalCholeskyFamily::RANKS, Ranks { value: 1, parameters: [1, 2] });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks<const N: usize> {
    /// Those of the value.
    pub value: usize,
    /// Those of each parameter.
    pub parameters: [usize; N],
}
