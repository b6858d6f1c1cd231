//! The supports of integers: they have no bijection, because there is nothing to differentiate.

support! {
    /// Zero and one.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Boolean, Support};
    ///
    /// assert_eq!(Boolean::NAME, "Boolean");
    /// ```
    Boolean: Integer
}

support! {
    /// The integers `0..n`, for an `n` that a distribution's parameters give.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Finite, Support};
    ///
    /// assert_eq!(Finite::NAME, "Finite");
    /// ```
    Finite: Integer
}

support! {
    /// The integers from zero on.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{NaturalNumber, Support};
    ///
    /// assert_eq!(NaturalNumber::NAME, "NaturalNumber");
    /// ```
    NaturalNumber: Integer
}

support! {
    /// The vectors of counts with a given sum.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::support::{Counts, Support};
    ///
    /// assert_eq!(Counts::NAME, "Counts");
    /// ```
    Counts: Integer
}
