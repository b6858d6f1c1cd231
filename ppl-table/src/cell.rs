//! What the text of one field means.

/// What a field says, without the spaces around it.
pub(crate) enum Cell<'a> {
    /// Nothing is known: the field is empty, or `NA`, or `NaN`.
    Missing,
    /// Anything else.
    Text(&'a str),
}

impl<'a> Cell<'a> {
    pub(crate) fn of(field: &'a str) -> Self {
        match field.trim() {
            "" | "NA" | "NaN" | "nan" => Cell::Missing,
            text => Cell::Text(text),
        }
    }

    /// Returns the field as an error shows it.
    pub(crate) fn shown(&self) -> String {
        /// A field may be a whole file.
        const LONGEST: usize = 40;
        match self {
            Cell::Missing => "a missing value".to_owned(),
            Cell::Text(text) if text.chars().count() > LONGEST => {
                let begin: String = text.chars().take(LONGEST).collect();
                format!("`{}..`", begin.escape_debug())
            }
            Cell::Text(text) => format!("`{}`", text.escape_debug()),
        }
    }
}

/// Returns the finite number that a text is.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|x: &f64| x.is_finite())
}

/// Returns the integer that a text is, also written with a point, as `3.0` is where a column of integers was stored as numbers.
pub(crate) fn integer(text: &str) -> Option<i64> {
    /// Above it not every integer is a double.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    text.parse()
        .ok()
        .or_else(|| number(text).filter(|x| x.fract() == 0.0 && x.abs() <= LARGEST).map(|x| x as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbers_or_not() {
        for (text, expected) in [("1.5", 1.5), ("-2e-3", -0.002), ("+7", 7.0), (".5", 0.5), ("3.", 3.0)] {
            assert_eq!(number(text), Some(expected));
        }
        for text in ["", "1,5", "1 000", "inf", "1e999", "0x10", "1.5kg", "--1"] {
            assert_eq!(number(text), None, "{text}");
        }
        for (text, expected) in [("3", 3), ("-3.0", -3), ("9223372036854775807", i64::MAX), ("1e3", 1000)] {
            assert_eq!(integer(text), Some(expected));
        }
        for text in ["3.5", "1e30", "x"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_odd_ones_escaped() {
        assert_eq!(Cell::of(" a\nb ").shown(), "`a\\nb`");
        assert_eq!(Cell::of("NA").shown(), "a missing value");
        assert_eq!(Cell::of(&"x".repeat(50)).shown(), format!("`{}..`", "x".repeat(40)));
    }
}
