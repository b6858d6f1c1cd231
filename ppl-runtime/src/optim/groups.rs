//! Groups of parameters, by patterns of their names, with learning rates of their own.

use super::schedule::Schedule;
use crate::pattern::Pattern;

/// Parameters with a learning rate of their own: those whose names match a pattern.
///
/// A name is that of [`Parameters`](crate::Parameters), with the prefixes of calls: `decoder/weights`. In a pattern `*` stands for any
/// text, of any length, `/` included: `decoder/*` is all that is made in the call `decoder`, and `*/bias` every `bias` in a call. Everything else
/// stands for itself.
///
/// # Examples
///
/// ```
/// use ppl_runtime::optim::Group;
///
/// let group = Group::new("decoder/*", 1e-2);
/// assert!(group.has("decoder/weights") && group.has("decoder/out/weights"));
/// assert!(!group.has("decoder") && !group.has("encoder/weights"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pattern: Pattern,
    rate: Schedule,
}

impl Group {
    /// Returns the group of a pattern, with a learning rate or a schedule of learning rates.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::{Group, Schedule};
    ///
    /// let group = Group::new("baseline", Schedule::exponential(0.1, 0.5, 10));
    /// assert_eq!(group.rate().at(10), 0.05);
    /// ```
    pub fn new(pattern: impl Into<String>, rate: impl Into<Schedule>) -> Group {
        Group { pattern: Pattern(pattern.into()), rate: rate.into() }
    }

    /// Refuses a pattern that no name could match, and rates that are no rates.
    ///
    /// # Errors
    ///
    /// A sentence with the pattern and the requirement.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Group;
    ///
    /// let refusal = Group::new("decoder//*", 0.1).check().unwrap_err();
    /// assert_eq!(refusal, "the pattern `decoder//*` has an empty part; between two `/` stands the name of a call");
    /// let refusal = Group::new("decoder/*", 0.0).check().unwrap_err();
    /// assert_eq!(refusal, "the group `decoder/*`: the learning rate must be positive and finite, got 0");
    /// ```
    pub fn check(&self) -> Result<(), String> {
        self.pattern.check()?;
        self.rate.check().map_err(|what| format!("the group `{}`: {what}", self.pattern.0))
    }

    /// Returns the pattern.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_runtime::optim::Group::new("baseline", 0.1).pattern(), "baseline");
    /// ```
    pub fn pattern(&self) -> &str {
        &self.pattern.0
    }

    /// Returns whether a name matches the pattern.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::optim::Group;
    ///
    /// assert!(Group::new("*_scale", 0.1).has("tau_scale"));
    /// assert!(!Group::new("*_scale", 0.1).has("tau_loc"));
    /// ```
    pub fn has(&self, name: &str) -> bool {
        self.pattern.is_of(name)
    }

    /// Returns the learning rates.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(ppl_runtime::optim::Group::new("baseline", 0.1).rate().at(7), 0.1);
    /// ```
    pub fn rate(&self) -> &Schedule {
        &self.rate
    }
}
