//! One point, wherever it lies.

support! {
    /// A single point: where the values of a [`Delta`](crate::dist::Delta) lie.
    ///
    /// A proposal on it may answer a continuous site of any support, because the point may lie anywhere; whether it lies
    /// in the site's support is seen when the program runs, where the density of the site is zero outside. That is
    /// estimation of the maximum: the proposal has no density of its own that a ratio would need.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Point, Simplex, Support, Within};
    ///
    /// fn proposes<Inner: Within<Outer>, Outer: Support>(_: Inner, _: Outer) -> bool { true }
    /// assert!(proposes(Point, Simplex));
    /// ```
    Point: Continuous, Unknown
}
