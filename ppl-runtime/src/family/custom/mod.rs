//! Families that a user of the library writes: a small trait over double precision, and what makes it a family like any other.

mod adapted;
mod check;
mod gradient;
mod parameter;
mod random_source;
mod supports;

pub use adapted::ByCustom;
pub use check::{BrokenLaws, CheckFamily};
pub use gradient::{ByCdf, ByDraw, ByScore, Differentiable, GradientOn};
pub use parameter::Parameter;
pub use random_source::RandomSource;
pub use supports::NumberSupport;

use super::{BadParameter, Density, Outcomes};
use crate::support::Support;

/// A user's own family of distributions of one number, with `N` parameters (one to four) that are numbers.
///
/// [`Custom`](crate::dist::Custom) makes a distribution of it that programs use as they use `Normal`:
/// `type Gompertz = Custom<GompertzFamily, 2>;` and then `Gompertz::new(shape, rate)`. All is computed in double precision, and
/// rounded in a program of `f32`.
///
/// Laws, for all parameters `p` that [`PARAMETERS`](CustomFamily::PARAMETERS) and [`check`](CustomFamily::check) accept:
/// - `exp(log_density(x, p).log)` integrates (or sums) to one over the support;
/// - `by_value` and `by_parameter` are its partial derivatives there;
/// - `draw` has that density;
/// - what [`GRADIENT`](CustomFamily::GRADIENT) gives is the derivative that it says.
///
/// [`CheckFamily`] tests them.
///
/// The functions are asked at values in the support and at parameters of the family only; elsewhere the density is zero. What they give
/// must be finite. A run in which it is not, or in which a draw lies outside the support, ends in an error that names the site.
///
/// # Examples
///
/// The hazard of the Gompertz distribution grows by `rate`:
///
/// ```
/// use ppl_runtime::family::Density;
/// use ppl_runtime::family::custom::{ByDraw, CheckFamily, CustomFamily, Parameter, RandomSource};
/// use ppl_runtime::support::Positive;
///
/// struct GompertzFamily;
///
/// impl CustomFamily<2> for GompertzFamily {
///     type Support = Positive;
///     type Gradient = ByDraw<2>;
///     const NAME: &'static str = "Gompertz";
///     const PARAMETERS: [Parameter; 2] = [Parameter::positive("shape"), Parameter::positive("rate")];
///
///     fn log_density(t: f64, [shape, rate]: [f64; 2]) -> Density<f64, 2> {
///         let grown = (rate * t).exp();
///         Density {
///             log: (shape * rate).ln() + rate * t - shape * (grown - 1.0),
///             by_value: rate - shape * rate * grown,
///             by_parameter: [1.0 / shape - (grown - 1.0), 1.0 / rate + t - shape * t * grown],
///         }
///     }
///
///     fn draw(random: &mut RandomSource<'_>, [shape, rate]: [f64; 2]) -> f64 {
///         (random.exponential() / shape).ln_1p() / rate
///     }
///
///     // The noise of the draw `t` is `shape (exp(rate t) - 1)`, which stands still.
///     const GRADIENT: ByDraw<2> = ByDraw(|t, [shape, rate]| {
///         [(-rate * t).exp_m1() / (shape * rate), -t / rate]
///     });
/// }
///
/// CheckFamily::new(1).at([0.3, 2.0]).at([5.0, 0.1]).run::<GompertzFamily, 2>()?;
/// # Ok::<(), ppl_runtime::family::custom::BrokenLaws>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a family of distributions with {N} parameters",
    label = "expected a family with {N} parameters",
    note = "a family of your own implements `CustomFamily<{N}>`, where {N} is the number of its parameters"
)]
pub trait CustomFamily<const N: usize>: 'static {
    /// Where the values lie: `RealLine`, `Positive`, `UnitInterval`, `Circle`, `Bounded`, or of integers `Boolean`, `Finite`,
    /// `NaturalNumber`.
    type Support: NumberSupport;

    /// How a gradient goes through a draw: [`ByDraw`], [`ByCdf`], or not at all, [`ByScore`].
    type Gradient: GradientOn<<Self::Support as Support>::Kind, N>;

    /// The name in messages.
    const NAME: &'static str;

    /// The parameters: their names, and which numbers each may be.
    const PARAMETERS: [Parameter; N];

    /// The derivative of a draw by the parameters.
    const GRADIENT: Self::Gradient;

    /// How many values there are, where they are the integers from zero on, so that `enumerate` can try each. A family on `Finite`
    /// has to say it; one on `Boolean` has two.
    const OUTCOMES: Outcomes = <Self::Support as NumberSupport>::OUTCOMES;

    /// Returns the log-density at `x`, or the log-probability of an integer, with its partial derivatives (`by_value` is zero
    /// for integers).
    fn log_density(x: f64, p: [f64; N]) -> Density<f64, N>;

    /// Returns one draw.
    fn draw(random: &mut RandomSource<'_>, p: [f64; N]) -> f64;

    /// Returns whether `x` lies in the support for these parameters. By default it does if it lies inside of
    /// [`Support`](CustomFamily::Support), whose ends do not belong to it.
    fn contains(x: f64, p: [f64; N]) -> bool {
        let _ = p;
        Self::Support::holds(x)
    }

    /// Refuses parameters that do not go together, as ends of an interval that are in the wrong order.
    ///
    /// # Errors
    ///
    /// The parameter, and what it must be.
    fn check(p: [f64; N]) -> Result<(), BadParameter> {
        let _ = p;
        Ok(())
    }
}
