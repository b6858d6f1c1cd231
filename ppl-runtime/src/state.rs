//! The visitor that both directions share.

use crate::element::Element;

/// What is shown a state, number by number, and may put another one in its place.
///
/// A session that is saved shows its optimiser one that copies; one that is loaded shows it first one that compares with
/// the file, and then, if all fits, one that replaces. So a visit names the same things in the same order whatever their
/// values, and makes nothing of the values but what it checks; see [`Optimiser::state`](crate::optim::Optimiser::state).
///
/// # Examples
///
/// A rule of its own, with a number for each parameter and a count:
///
/// ```
/// use ppl_runtime::io::Visitor;
/// use ppl_runtime::optim::{Optimiser, Rows};
///
/// #[derive(Default)]
/// struct Signs {
///     steps: u64,
///     last: Vec<f64>,
/// }
///
/// impl Optimiser<f64> for Signs {
///     # fn check(&self) -> Result<(), String> { Ok(()) }
///     # fn resize(&mut self, n: usize) { self.last.resize(n, 0.0) }
///     # fn update(&mut self, _: &[Rows], _: &[f64], _: &mut [f64]) { self.steps += 1; }
///     fn state(&mut self, visitor: &mut dyn Visitor<f64>) -> Result<(), String> {
///         visitor.kind("Signs");
///         visitor.count("steps", &mut self.steps);
///         visitor.elements("last", &mut self.last);
///         Ok(())
///     }
/// }
///
/// struct Names(Vec<&'static str>);
///
/// impl Visitor<f64> for Names {
///     fn kind(&mut self, name: &'static str) { self.0.push(name); }
///     fn count(&mut self, name: &'static str, _: &mut u64) { self.0.push(name); }
///     fn counts(&mut self, name: &'static str, _: &mut Vec<u64>) { self.0.push(name); }
///     fn numbers(&mut self, name: &'static str, _: &mut Vec<f64>) { self.0.push(name); }
///     fn elements(&mut self, name: &'static str, _: &mut Vec<f64>) { self.0.push(name); }
/// }
///
/// let mut names = Names(Vec::new());
/// assert_eq!(Signs::default().state(&mut names), Ok(()));
/// assert_eq!(names.0, ["Signs", "steps", "last"]);
/// ```
pub trait Visitor<E: Element> {
    /// Says which rule the state is of; the state of another rule does not fit.
    ///
    /// A rule that holds another one says its own kind first, and then visits the other.
    fn kind(&mut self, name: &'static str);

    /// Visits a count.
    fn count(&mut self, name: &'static str, value: &mut u64);

    /// Visits an array of counts, whose length may change.
    fn counts(&mut self, name: &'static str, values: &mut Vec<u64>);

    /// Visits an array of doubles, whose length may change.
    fn numbers(&mut self, name: &'static str, values: &mut Vec<f64>);

    /// Visits an array of the program's numbers, whose length may change.
    fn elements(&mut self, name: &'static str, values: &mut Vec<E>);
}
