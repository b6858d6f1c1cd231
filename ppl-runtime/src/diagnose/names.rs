//! Names of types as users write them.

/// Returns the name of a type without paths; of its arguments only those that are distributions stay.
///
/// The element of `Normal<f64>` says nothing, the base of `Truncated<Laplace>` does; a base that is the type's default is left
/// out by the compiler already.
pub(super) fn short(name: &str) -> String {
    let (head, arguments) = match name.split_once('<') {
        Some((head, rest)) => (head, rest.strip_suffix('>').unwrap_or(rest)),
        None => (name, ""),
    };
    let own = head.rsplit("::").next().unwrap_or(head);
    let kept: Vec<String> = split(arguments)
        .into_iter()
        .filter(|argument| argument.split('<').next().is_some_and(|head| head.contains("::dist::")))
        .map(short)
        .collect();
    if kept.is_empty() { own.to_owned() } else { format!("{own}<{}>", kept.join(", ")) }
}

/// Splits at the commas that stand in no brackets; a tuple is its members.
fn split(arguments: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, letter) in arguments.char_indices() {
        match letter {
            '<' | '[' | '(' => depth += 1,
            '>' | ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(arguments[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(arguments[from..].trim());
    let members = |part: &'_ str| part.strip_prefix('(').is_some_and(|rest| rest.ends_with(')'));
    parts
        .into_iter()
        .flat_map(|part| if members(part) { split(&part[1..part.len() - 1]) } else { vec![part] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn only_distributions_stay_among_the_arguments() {
        assert_eq!(short("ppl_runtime::dist::types::Normal<f64, ppl_runtime::value::Scalar>"), "Normal");
        let truncated = "ppl_runtime::dist::truncated::Truncated<f64, ppl_runtime::dist::types::Normal<f64>>";
        assert_eq!(short(truncated), "Truncated<Normal>");
        let mixture = "a::dist::Mixture<(a::dist::Normal<f64>, a::dist::Gamma<f64, (u8, u8)>)>";
        assert_eq!(short(mixture), "Mixture<Normal, Gamma>");
        assert_eq!(short("ppl_runtime::estimator::score::Score"), "Score");
    }
}
