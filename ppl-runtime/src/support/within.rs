//! The order between supports.

use super::{
    Boolean, Bounded, Circle, CorrelationCholesky, Counts, CovarianceCholesky, Finite, NaturalNumber,
    Ordered, Point, Positive, PositiveOrdered, RealLine, Simplex, SumToZero, Support, UnitInterval,
    UnitVector,
};

/// The order between supports: a distribution on `Self` may propose values for a site on `Outer`.
///
/// It holds where `Self` is a subset of `Outer` *of the same dimension*, so that a density on the one is a density on the
/// other. A simplex lies on a surface of measure zero among the positive vectors, and so do the vectors that sum to zero
/// and those of length one among all, and the rows of unit length of a [`CorrelationCholesky`](super::CorrelationCholesky) among those of a [`CovarianceCholesky`](super::CovarianceCholesky): no such pair is in the order, because a ratio of their
/// densities has no meaning. (A [`Point`] answers any continuous site: it has no density, and none is divided by.) Bounds that are only known when a program runs (`Bounded`, `Finite`) are compared then.
///
/// The relation is reflexive and transitive.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{Positive, RealLine, Support, UnitInterval, Within};
///
/// fn proposes<Inner: Within<Outer>, Outer: Support>(_: Inner, _: Outer) -> bool { true }
/// assert!(proposes(UnitInterval, Positive));
/// assert!(proposes(RealLine, RealLine));
/// ```
///
/// A proposal on the real line would leave the positive numbers:
///
/// ```compile_fail
/// use ppl_runtime::support::{Positive, RealLine, Support, Within};
///
/// fn proposes<Inner: Within<Outer>, Outer: Support>(_: Inner, _: Outer) -> bool { true }
/// proposes(RealLine, Positive);
/// ```
#[diagnostic::on_unimplemented(
    message = "the proposal's support `{Self}` does not lie within the site's support `{Outer}`",
    label = "proposes on `{Self}`; expected a distribution on `{Outer}` or on a part of it",
    note = "`Normal` proposes on `RealLine`, `LogNormal` and `Gamma` on `Positive`, `Beta` on `UnitInterval`, `Dirichlet` on `Simplex`"
)]
pub trait Within<Outer: Support>: Support {}

#[diagnostic::do_not_recommend]
impl<Same: Support> Within<Same> for Same {}

macro_rules! order {
    ($($inner:ident within $($outer:ident)+;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl Within<$outer> for $inner {}
    )+)*};
}

order! {
    Positive within RealLine;
    Bounded within RealLine;
    Circle within Bounded RealLine;
    UnitInterval within Positive Bounded Circle RealLine;
    Ordered within RealLine;
    PositiveOrdered within Ordered Positive RealLine;
    Boolean within Finite NaturalNumber;
    Finite within NaturalNumber;
    Counts within NaturalNumber;
    Point within RealLine Positive Bounded Circle UnitInterval Simplex SumToZero UnitVector Ordered PositiveOrdered CorrelationCholesky CovarianceCholesky;
}
