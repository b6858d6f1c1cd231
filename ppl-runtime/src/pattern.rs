//! Patterns of names, with `*` for any text.

/// Names of parameters or sites, with `*` for any text.
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
