//! Names that may have been meant.

/// Returns what may have been meant: the nearest name, or the names that there are.
pub(crate) fn hint(nearest: Option<&str>, known: &[String]) -> String {
    /// More names than this would hide the message.
    const SHOWN: usize = 10;
    if let Some(nearest) = nearest {
        return format!("did you mean `{nearest}`?");
    }
    let mut names: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if known.len() > SHOWN {
        names.push(format!("{} more", known.len() - SHOWN));
    }
    match names.len() {
        0 => "there are none".into(),
        _ => format!("there are {}", names.join(", ")),
    }
}

/// Returns the name that is most like `name`: at most a third of its letters differ.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).max(1);
    known
        .map(|known| (distance(name, known), known))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, known)| known)
}

/// Returns the number of letters to insert, remove, replace or swap with a neighbour to turn one word into the other (the
/// restricted Damerau-Levenshtein distance), without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let letters = |word: &str| -> Vec<char> { word.chars().flat_map(char::to_lowercase).collect() };
    let (a, b) = (letters(a), letters(b));
    let mut two_above = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(two_above[j - 2] + 1);
            }
        }
        two_above = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        for (a, b, expected) in [
            ("", "", 0),
            ("mu", "", 2),
            ("sgima", "sigma", 1),
            ("Tau", "tau", 0),
            ("kitten", "sitting", 3),
            ("thta", "theta", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} and {b}");
            assert_eq!(distance(b, a), expected, "{b} and {a}");
        }
    }

    #[test]
    fn unlike_names_are_not_suggested() {
        let known = ["alpha", "beta"];
        assert_eq!(nearest("betta", known.into_iter()), Some("beta"));
        assert_eq!(nearest("weights", known.into_iter()), None);
    }

    #[test]
    fn names_are_listed_where_none_is_near() {
        assert_eq!(hint(None, &[]), "there are none");
        let names: Vec<String> = (0..12).map(|i| format!("site_{i}")).collect();
        assert_eq!(hint(None, &names[..2]), "there are `site_0`, `site_1`");
        assert_eq!(hint(Some("site_3"), &names), "did you mean `site_3`?");
        assert!(hint(None, &names).ends_with("`site_9`, 2 more"));
    }
}
