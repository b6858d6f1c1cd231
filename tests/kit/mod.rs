//! What the tests of the promises are made of: checks of estimators, differences, and closed forms.

mod closed;
mod unbiased;

pub use closed::{bernoulli, log_normal_density, logit, outcomes, slope};
pub use unbiased::{assert_mean, assert_unbiased, assert_unbiased_all};

/// Adds its arguments up: a macro of another crate than that whose programs use it.
///
/// # Examples
///
/// ```
/// assert_eq!(ppl_tests::sum_of!(1.0, 2.0, 3.0), 6.0);
/// ```
#[macro_export]
macro_rules! sum_of {
    ($first:expr $(, $rest:expr)*) => {
        $first $(+ $rest)*
    };
}

/// Returns the elements of a named array.
///
/// # Examples
///
/// ```
/// let none = ppl::Parameters::default();
/// assert!(std::panic::catch_unwind(|| ppl_tests::named(&none, "loc")).is_err());
/// ```
#[track_caller]
pub fn named(arrays: &ppl::Parameters, name: &str) -> Vec<f64> {
    let found = arrays.get(name).unwrap_or_else(|error| panic!("{error}"));
    found.iter().copied().collect()
}
