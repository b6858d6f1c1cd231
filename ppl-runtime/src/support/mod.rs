//! Supports: where a distribution's values live, and the bijection from unconstrained space to there.

/// The kind of value that a support holds: [`Continuous`] or [`Integer`].
pub trait Kind: 'static {}

/// Values with a density and derivatives.
#[derive(Clone, Copy, Debug)]
pub enum Continuous {}

/// Integer values.
#[derive(Clone, Copy, Debug)]
pub enum Integer {}

impl Kind for Continuous {}
impl Kind for Integer {}

/// The set that the values of a distribution lie in, as a type.
pub trait Support: 'static {
    /// Whether its values are continuous or integers.
    type Kind: Kind;
    /// The name users read in messages.
    const NAME: &'static str;
}

macro_rules! supports {
    ($($(#[$doc:meta])* $name:ident: $kind:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl Support for $name {
            type Kind = $kind;
            const NAME: &'static str = stringify!($name);
        }
    )*};
}
supports! {
    /// All real numbers.
    RealLine: Continuous;
    /// The numbers above zero (zero itself, where a density reaches it, belongs to it).
    Positive: Continuous;
    /// The numbers between zero and one.
    UnitInterval: Continuous;
    /// The numbers between two bounds that a distribution's parameters give.
    Bounded: Continuous;
    /// The angles from `-pi` to `pi`.
    Circle: Continuous;
    /// The vectors of positive numbers that sum to one.
    Simplex: Continuous;
    /// The vectors of increasing numbers.
    Ordered: Continuous;
    /// The vectors of increasing positive numbers.
    PositiveOrdered: Continuous;
    /// The lower Cholesky factors of correlation matrices: rows of unit length, a positive diagonal.
    CorrelationCholesky: Continuous;
    /// The lower triangular matrices with a positive diagonal.
    CovarianceCholesky: Continuous;
    /// Zero and one.
    Boolean: Integer;
    /// The integers `0..n`, for an `n` that a distribution's parameters give.
    Finite: Integer;
    /// The integers from zero on.
    NaturalNumber: Integer;
    /// The vectors of counts with a given sum.
    Counts: Integer;
}
