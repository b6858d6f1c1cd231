//! Names that may have been meant.

/// Returns what may have been meant: the nearest name, or the names that there are.
pub(crate) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    /// More names than this would hide the message.
    const SHOWN: usize = 10;
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    let nearest = known
        .clone()
        .map(|known| (strsim::osa_distance(&lower, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, nearest)) = nearest {
        return format!("did you mean `{nearest}`?");
    }
    let more = known.clone().count().saturating_sub(SHOWN);
    let mut shown: Vec<String> = known.take(SHOWN).map(|name| format!("`{name}`")).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    if shown.is_empty() {
        return "there are none".to_owned();
    }
    format!("there are {}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn near_names_are_suggested_and_others_listed() {
        let known = ["county", "floor", "log_radon"];
        assert_eq!(hint("County", known.into_iter()), "did you mean `county`?");
        assert_eq!(hint("log_raodn", known.into_iter()), "did you mean `log_radon`?");
        assert_eq!(hint("uranium", known.into_iter()), "there are `county`, `floor`, `log_radon`");
        assert_eq!(hint("x", [].into_iter()), "there are none");
        let many: Vec<String> = (0..12).map(|i| format!("column_{i}")).collect();
        assert!(hint("x", many.iter().map(String::as_str)).ends_with("`column_9`, 2 more"));
    }
}
