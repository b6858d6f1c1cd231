//! Text in pictures and pages: escaped, measured without a font, and cut where there is no room.

/// Returns text as XML has it, in elements and in attributes; characters that XML does not allow become a replacement character.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Returns about how wide a text is in a sans-serif font, in units of its size; rather too much than too little.
pub(crate) fn width(text: &str) -> f64 {
    text.chars().map(letter_width).sum()
}

fn letter_width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | ' ' | '[' | ']' | '(' | ')' | 't' | 'f'
        | 'r' | 'I' => 0.36,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        c if c.is_uppercase() => 0.72,
        // Ideographs and the like.
        c if c as u32 >= 0x1100 && c != '…' => 1.05,
        _ => 0.58,
    }
}

/// Returns a text that is no wider, in units of its size, with an ellipsis where it is cut: in the middle, so that indices stay.
pub(crate) fn shortened(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let (mut front, mut back, mut taken) = (0, 0, width("…"));
    // A letter from the front, one from the back, and so on.
    while front + back < letters.len() {
        let is_front = front <= back;
        let letter = if is_front { letters[front] } else { letters[letters.len() - 1 - back] };
        taken += letter_width(letter);
        if taken > room {
            break;
        }
        if is_front { front += 1 } else { back += 1 }
    }
    letters[..front].iter().chain(&['…']).chain(&letters[letters.len() - back..]).collect()
}

/// Returns the lines of a text, none wider than the room if its words are not.
pub(crate) fn wrapped(text: &str, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line");
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || width(&longer) <= room {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| shortened(line, room)).collect()
}

/// Returns a number with a comma before each three digits.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let places = digits.len();
    let comma = |k: usize| k > 0 && (places - k).is_multiple_of(3);
    digits
        .chars()
        .enumerate()
        .flat_map(|(k, digit)| comma(k).then_some(',').into_iter().chain([digit]))
        .collect()
}

/// Returns `1 draw`, `2 draws`.
pub(crate) fn counted(n: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(escaped("a<b & \"c\" 'd'>\u{0}"), "a&lt;b &amp; &quot;c&quot; &#39;d&#39;&gt;\u{fffd}");
    }

    #[test]
    fn long_names_keep_both_ends() {
        let cut = shortened("a_rather_long_coefficient[LAC QUI PARLE]", 12.0);
        assert!(cut.starts_with("a_rat") && cut.ends_with("ARLE]") && cut.contains('…'), "{cut}");
        assert!(width(&cut) <= 12.0);
        assert_eq!((shortened("mu", 12.0), shortened("mu", 0.1)), ("mu".to_owned(), "…".to_owned()));
    }

    #[test]
    fn lines_fit() {
        let lines = wrapped("three draws that are not finite are left out", 10.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= 10.0));
        assert_eq!(lines.join(" "), "three draws that are not finite are left out");
        assert_eq!(wrapped("", 10.0), [""]);
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(
            (counted(1, "draw"), counted(1_234_567, "draw")),
            ("1 draw".into(), "1,234,567 draws".into())
        );
    }
}
