//! Families of distributions: one file each, with its density, partials, draws and support as pure functions of numbers; and the two
//! contracts that they are written against.

pub mod bernoulli;
pub mod beta;
pub mod beta_binomial;
pub mod beta_complement;
pub mod binomial;
pub mod categorical;
pub mod cauchy;
#[cfg(test)]
pub(crate) mod check;
#[cfg(test)]
mod check_extreme_rows;
#[cfg(test)]
mod check_extremes;
#[cfg(test)]
mod check_modes;
#[cfg(test)]
pub(crate) mod check_rows;
pub(crate) mod counting;
pub mod custom;
mod cut;
mod directions;
pub mod dirichlet;
mod double;
pub mod exponential;
pub mod flat;
mod from_end;
pub mod gamma;
mod gamma_draw;
pub mod geometric;
pub mod geometric_logits;
pub mod gumbel;
pub mod half_cauchy;
pub mod half_normal;
pub mod half_student_t;
pub mod inverse_gamma;
pub mod kl;
pub mod laplace;
pub mod lkj_cholesky;
pub mod log_normal;
pub mod logistic;
pub mod low_rank_normal;
pub mod multinomial;
pub mod mvn_cholesky;
pub mod mvn_precision;
pub mod negative_binomial;
pub mod normal;
pub(crate) mod numerical;
pub mod ordered_logistic;
mod outcomes;
pub mod pareto;
pub mod poisson;
mod ranks;
pub(crate) mod require;
pub(crate) mod softmax;
mod standard;
pub mod student_t;
pub(crate) mod tails;
pub(crate) mod triangular;
pub mod truncation;
pub mod truncation_end;
pub mod uniform;
pub mod uniform_gap;
pub mod von_mises;
pub mod von_mises_fisher;
#[cfg(test)]
mod von_mises_fisher_gradient_tests;
#[cfg(test)]
mod von_mises_fisher_tests;
pub mod weibull;
pub(crate) mod wrapper;
pub mod zero_inflation;
pub mod zero_sum_normal;

pub use cut::Cut;
pub use from_end::FromEnd;
pub use outcomes::Outcomes;
pub use ranks::Ranks;
pub use standard::Standard;

use crate::element::Numeric;
pub use crate::shape::Shape as EventShape;
use crate::support::Support;
use rand::Rng;

/// The most parameters that a family of numbers has.
pub(crate) const PARAMETERS: usize = 4;

/// Which partial derivatives a density has to give: an operand that is constant needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need(u8);

impl Need {
    /// No derivative at all.
    pub const NONE: Need = Need(0);
    /// The derivative by the value and by every parameter.
    pub const ALL: Need = Need(u8::MAX);

    /// Returns the need of the value's derivative if `value`, and of parameter `k`'s if `parameters[k]`.
    #[inline(always)]
    pub fn of<const N: usize>(value: bool, parameters: [bool; N]) -> Need {
        let mut bits = value as u8;
        for (k, needed) in parameters.into_iter().enumerate() {
            bits |= (needed as u8) << (k + 1);
        }
        Need(bits)
    }

    /// Returns whether the derivative by the value is asked for.
    #[inline(always)]
    pub fn value(self) -> bool {
        self.0 & 1 != 0
    }

    /// Returns whether the derivative by parameter `k` is asked for.
    #[inline(always)]
    pub fn parameter(self, k: usize) -> bool {
        self.0 >> (k + 1) & 1 != 0
    }
}

/// A log-density at one point, with its partial derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density<E, const N: usize> {
    /// The natural logarithm of the density or of the probability; `-inf` outside the support, and only there unless it is
    /// beyond the number type. At an edge that is not in the support a density may grow without bound (that of a gamma at
    /// zero): there it is `inf`.
    pub log: E,
    /// The derivative by the value (zero for a discrete family).
    pub by_value: E,
    /// The derivatives by the parameters.
    pub by_parameter: [E; N],
}

/// A parameter that a family cannot take: which one and what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadParameter {
    /// The name of the parameter, as in [`Univariate::PARAMETERS`] or [`Structured::PARAMETERS`].
    pub name: &'static str,
    /// The requirement, to be read after the word "must": `be positive`.
    pub must: &'static str,
}

/// A family of distributions of one number with `N` parameters that are numbers.
///
/// Laws, for every `p` that [`check`](Univariate::check) accepts:
/// - `exp(log_density(x, p).log)` integrates (or sums) to one over the support;
/// - `by_value` and `by_parameter` are its partial derivatives in the interior of the support;
/// - `draw` has that density;
/// - if `PATHWISE`, the derivative of `E[f(draw(p))]` by `p[k]` equals `E[f'(z) * draw_partials(z, p)[k]]`.
///
/// Discrete families hold their integers as elements. Integers that a density meets are exact.
pub trait Univariate<const N: usize>: 'static {
    /// The support of every member.
    type Support: Support;
    /// The family's name, as users write it.
    const NAME: &'static str;
    /// The parameters' names.
    const PARAMETERS: [&'static str; N];
    /// Whether draws have a pathwise derivative (explicit or implicit).
    const PATHWISE: bool;
    /// Whether the density is made of arithmetic and elementary functions only, so that its loop vectorises.
    const VECTORISES: bool;

    /// How many values a member has, if they can be listed.
    const OUTCOMES: Outcomes = Outcomes::Unlisted;

    /// Whether every member has a most probable value in the interior of its support, which is known.
    const HAS_MODE: bool = false;

    /// How many parameters, the first ones, move an end of the support where the density jumps.
    const JUMPS: usize = 0;

    /// How members are images of one whose parameters are fixed, if they are.
    const STANDARD: Standard = Standard::No;

    /// Whether the density has a total, which is one.
    #[doc(hidden)]
    const IS_PROPER: bool = true;

    /// Whether a user wrote it, so that a run looks at what it gives.
    #[doc(hidden)]
    const IS_CUSTOM: bool = false;

    /// Returns the log-density at `x` and those of its partial derivatives that `need` names; others may be anything
    /// finite. NaN in gives NaN out; where `x` lies outside whatever the parameters are, a NaN among them may give `-inf`.
    ///
    /// A formula may leave the number type where a number is past the square root of the largest one, or below the reciprocal
    /// of that: the result is then infinite or NaN, which a run reports.
    fn log_density<E: Numeric>(x: E, p: [E; N], need: Need) -> Density<E, N>;

    /// The parameters (bit `k` stands for parameter `k`) that [`constants`](Univariate::constants) is made of, or none.
    ///
    /// Where these are single numbers for a whole row, the constants are computed once for it.
    const CONSTANT_IN: u8 = 0;

    /// Whether the partials cost so little that computing them again in the reverse sweep is cheaper than to keep them.
    const RECOMPUTES: bool = false;

    /// Returns what of the density depends on the parameters of `CONSTANT_IN` alone.
    #[inline(always)]
    fn constants<E: Numeric>(p: [E; N]) -> [E; 2] {
        let _ = p;
        [E::zero(); 2]
    }

    /// Returns what [`log_density`](Univariate::log_density) does, given [`constants`](Univariate::constants) of these
    /// parameters.
    #[inline(always)]
    fn log_density_given<E: Numeric>(x: E, p: [E; N], constants: [E; 2], need: Need) -> Density<E, N> {
        let _ = constants;
        Self::log_density(x, p, need)
    }

    /// Whether [`shortcut`](Univariate::shortcut) is worth asking for.
    const HAS_SHORTCUT: bool = false;

    /// Returns whether the shortcut is as exact as the density at this point.
    #[inline(always)]
    fn shortcut_fits<E: Numeric>(x: E, p: [E; N]) -> bool {
        let _ = (x, p);
        false
    }

    /// Returns the density by a formula that costs less and is as exact where
    /// [`shortcut_fits`](Univariate::shortcut_fits); it is used where it fits a whole block of elements.
    #[inline(always)]
    fn shortcut<E: Numeric>(x: E, p: [E; N], need: Need) -> Density<E, N> {
        Self::log_density(x, p, need)
    }

    /// Returns one draw.
    fn draw<E: Numeric, R: Rng>(rng: &mut R, p: [E; N]) -> E;

    /// Returns the partial derivatives of the draw `z` by the parameters, with the noise held fixed:
    /// `dz/dp[k]`, for implicit ones `-(dF/dp[k]) / density(z)` (Figurnov et al., 2018, equation 5).
    ///
    /// Called only if `PATHWISE`.
    fn draw_partials<E: Numeric>(z: E, p: [E; N]) -> [E; N] {
        let _ = (z, p);
        [E::zero(); N]
    }

    /// Returns whether `x` lies in the support for these parameters (an integer, for a discrete family).
    fn contains<E: Numeric>(x: E, p: [E; N]) -> bool;

    /// Refuses parameters outside the family (NaN and infinities included).
    fn check<E: Numeric>(p: [E; N]) -> Result<(), BadParameter>;

    /// Returns a value at which the density, or the probability, is largest: where there are two, either of them.
    ///
    /// Called only if `HAS_MODE`.
    fn mode<E: Numeric>(p: [E; N]) -> E {
        let _ = p;
        E::nan()
    }

    /// Returns the mean (NaN where there is none).
    fn mean<E: Numeric>(p: [E; N]) -> E;

    /// Returns the variance (infinity or NaN where it is).
    fn variance<E: Numeric>(p: [E; N]) -> E;

    /// Returns the entropy in nats, where it has a closed form.
    fn entropy<E: Numeric>(p: [E; N]) -> Option<E> {
        let _ = p;
        None
    }

    /// Returns the cumulative distribution function at `x`, where it is implemented.
    fn cdf<E: Numeric>(x: E, p: [E; N]) -> Option<E> {
        let _ = (x, p);
        None
    }

    /// Returns the quantile at `u` in (0, 1), where it is implemented.
    fn icdf<E: Numeric>(u: E, p: [E; N]) -> Option<E> {
        let _ = (u, p);
        None
    }

    /// Returns the natural logarithms of the cdf and of its complement at `x`, each exact where it is small (what a
    /// truncation needs), where they are implemented.
    ///
    /// `x` may be infinite or outside the support.
    fn log_tails(x: f64, p: [f64; N]) -> Option<[f64; 2]> {
        let _ = (x, p);
        None
    }

    /// Returns the point whose cdf has this logarithm, at most `-ln 2`.
    fn quantile_below(log_cdf: f64, p: [f64; N]) -> Option<f64> {
        let _ = (log_cdf, p);
        None
    }

    /// Returns the point for which the complement of the cdf has this logarithm, at most `-ln 2`.
    fn quantile_above(log_complement: f64, p: [f64; N]) -> Option<f64> {
        let _ = (log_complement, p);
        None
    }

    /// Whether [`cut`](Univariate::cut) costs no more than the tails do: then it is asked for every interval.
    const CUT_IS_CHEAP: bool = false;

    /// Returns the density at `x`, given that the value lies between two bounds, with partials that keep their digits where the interval
    /// has little probability, if there is such a formula. It is asked for these intervals; for others the differences of tails do.
    ///
    /// Either bound may be infinite or outside the support, but not both on the same side. `x` lies between them, in the support.
    fn cut(x: f64, bounds: [f64; 2], p: [f64; N]) -> Option<Cut<N>> {
        let _ = (x, bounds, p);
        None
    }

    /// Returns the log-density at the distance `gap` below `end`, less that at `end`, exact also where the distance is smaller than the
    /// rounding of the end, if there is such a formula. `end` lies in the support.
    fn from_end(end: f64, gap: f64, p: [f64; N]) -> Option<FromEnd<N>> {
        let _ = (end, gap, p);
        None
    }
}

/// A family whose value or parameters are arrays that belong together (a simplex, a matrix, a table of logits).
///
/// A row is one member: `x` is the value, flat in row-major order, and `p[k]` parameter `k`, flat. The laws are those
/// of [`Univariate`]. Arrays with more dimensions than [`RANKS`](Structured::RANKS) says hold independent members, whose rows the run goes
/// through: a family sees one of them.
pub trait Structured<const N: usize>: 'static {
    /// The support of every member.
    type Support: Support;
    /// The family's name, as users write it.
    const NAME: &'static str;
    /// The parameters' names.
    const PARAMETERS: [&'static str; N];
    /// How many dimensions one member's value and parameters have.
    const RANKS: Ranks<N>;
    /// Whether draws have a pathwise derivative (explicit or implicit).
    const PATHWISE: bool;
    /// How many values a member has, if they can be listed.
    const OUTCOMES: Outcomes = Outcomes::Unlisted;

    /// Returns the event shape of a value, given the parameters' event shapes.
    ///
    /// # Errors
    ///
    /// A sentence with the shapes that do not fit: `scale_tril must be [n, n], got [2, 3]`.
    fn event_shape(p: [&[usize]; N]) -> Result<EventShape, String>;

    /// Returns the number of scratch elements that the functions below are handed.
    fn scratch(p: [&[usize]; N]) -> usize {
        let _ = p;
        0
    }

    /// Returns the log-density of the row and *adds* `seed` times those partial derivatives that `need` names to
    /// `by_value` and `by_parameter` (slices that are not needed may be empty).
    ///
    /// `shape[k]` is the event shape of parameter `k`.
    #[allow(clippy::too_many_arguments)]
    fn log_density<E: Numeric>(
        x: &[E],
        p: [&[E]; N],
        shape: [&[usize]; N],
        need: Need,
        seed: E,
        by_value: &mut [E],
        by_parameter: [&mut [E]; N],
        scratch: &mut [E],
    ) -> E;

    /// Writes one draw into `z`, and into `noise` (as long as `z`) whatever [`pull_back`](Structured::pull_back) needs
    /// to differentiate it.
    fn draw<E: Numeric, R: Rng>(
        rng: &mut R,
        p: [&[E]; N],
        shape: [&[usize]; N],
        z: &mut [E],
        noise: &mut [E],
        scratch: &mut [E],
    );

    /// Adds to `by_parameter[k]` the product of `dz` with the Jacobian of the draw by parameter `k`, with the noise
    /// held fixed. Called only if `PATHWISE`.
    #[allow(clippy::too_many_arguments)]
    fn pull_back<E: Numeric>(
        z: &[E],
        noise: &[E],
        dz: &[E],
        p: [&[E]; N],
        shape: [&[usize]; N],
        need: Need,
        by_parameter: [&mut [E]; N],
        scratch: &mut [E],
    ) {
        let _ = (z, noise, dz, p, shape, need, by_parameter, scratch);
    }

    /// Returns whether `x` lies in the support for these parameters.
    fn contains<E: Numeric>(x: &[E], p: [&[E]; N], shape: [&[usize]; N]) -> bool;

    /// Writes the second parameter of the member that is given by the dimension of its values alone.
    fn second_parameter<E: Numeric>(out: &mut [E]) {
        out.fill(E::zero());
    }

    /// Says of a value outside the support what the support's name does not, as a clause: `it sums to 0.5`.
    fn say_outside<E: Numeric>(x: &[E], p: [&[E]; N]) -> Option<String> {
        let _ = (x, p);
        None
    }

    /// Refuses parameters outside the family (NaN and infinities included).
    fn check<E: Numeric>(p: [&[E]; N], shape: [&[usize]; N]) -> Result<(), BadParameter>;

    /// Writes the mean into `out` (NaN where there is none).
    fn mean_into<E: Numeric>(p: [&[E]; N], shape: [&[usize]; N], out: &mut [E]);

    /// Writes the variance of each component into `out`.
    fn variance_into<E: Numeric>(p: [&[E]; N], shape: [&[usize]; N], out: &mut [E]);
}
