//! Groups of parameters, by patterns of their names, with learning rates of their own.

use super::schedule::Schedule;

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

/// Names of parameters, with `*` for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) String);

impl Pattern {
    /// Refuses what no name could match, or what says one thing in two ways.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Pattern(text) = self;
        if text.is_empty() {
            return Err("a pattern of parameters' names is empty; `*` is all of them".to_owned());
        }
        if text.contains("**") {
            return Err(format!("the pattern `{text}` has `**`; one `*` stands for any text, `/` included"));
        }
        if text.split('/').any(str::is_empty) {
            return Err(format!(
                "the pattern `{text}` has an empty part; between two `/` stands the name of a call"
            ));
        }
        let of_names = |c: char| c.is_alphanumeric() || !c.is_ascii() || "_*/[], ".contains(c);
        match text.chars().find(|&c| !of_names(c)) {
            Some(other) => Err(format!(
                "the pattern `{text}` has `{other}`, which no name of a parameter has; `*` stands for any text"
            )),
            None => Ok(()),
        }
    }

    /// Returns whether a name matches.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        // The earliest place of each part leaves the most for those behind it.
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Matching by trying every length of what each star stands for.
    fn slowly(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|n| slowly(rest, &name[n..])),
            Some((c, rest)) => name.first() == Some(c) && slowly(rest, &name[1..]),
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        let refusal = |text: &str| Pattern(text.to_owned()).check().unwrap_err();
        assert_eq!(refusal(""), "a pattern of parameters' names is empty; `*` is all of them");
        assert_eq!(
            refusal("net/**"),
            "the pattern `net/**` has `**`; one `*` stands for any text, `/` included"
        );
        for text in ["/net", "net/", "a//b", "/"] {
            assert!(refusal(text).contains("has an empty part"), "{text}");
        }
        assert_eq!(
            refusal("net?"),
            "the pattern `net?` has `?`, which no name of a parameter has; `*` stands for any text"
        );
        for text in ["*", "a", "net[2]/w[1, 3]", "*/w", "größe_*"] {
            assert_eq!(Pattern(text.to_owned()).check(), Ok(()), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_star_stands_for_any_text(pattern in "[ab/*]{0,7}", name in "[ab/]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(Pattern(pattern.clone()).is_of(&name), slowly(&chars(&pattern), &chars(&name)));
        }
    }
}
