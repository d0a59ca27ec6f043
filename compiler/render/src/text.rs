//! Texts that several commands share: escaping, counts, and the words for kinds and views.

use std::borrow::Cow;

use adr_engine::xml::ClientFile;
use adr_language::ListKind;

/// Bytes as text that is safe to print on a terminal.
pub fn shown(text: &[u8]) -> String {
    escaped(&String::from_utf8_lossy(text))
}

/// As [`shown`], for use in a sentence: an empty text becomes `""`.
pub fn in_sentence(text: &[u8]) -> String {
    match text {
        b"" => "\"\"".to_owned(),
        text => shown(text),
    }
}

/// A text that is safe to print on a terminal.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// Lines for a terminal: every control character but tabs and line ends is escaped, and so is every
/// character that hides or turns text. `has_styles` keeps the sequences that change colors.
pub fn printable(lines: &str, has_styles: bool) -> Cow<'_, str> {
    let is_harmless = |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || hides_text(c));
    if lines.chars().all(is_harmless) {
        return Cow::Borrowed(lines);
    }
    let mut shown = String::with_capacity(lines.len());
    let mut rest = lines;
    while let Some(c) = rest.chars().next() {
        let style = if has_styles { style_length(rest) } else { 0 };
        let (taken, after) = rest.split_at(style.max(c.len_utf8()));
        if style > 0 || is_harmless(c) {
            shown.push_str(taken);
        } else {
            shown.extend(c.escape_unicode());
        }
        rest = after;
    }
    shown.into()
}

/// Bytes of the sequence at the beginning that changes colors, such as `ESC [ 1 ; 31 m`; 0 if there
/// is none.
fn style_length(text: &str) -> usize {
    let Some(numbers) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';');
    end.filter(|end| numbers[*end..].starts_with('m')).map_or(0, |end| end + 3)
}

/// Whether a character is invisible, or turns the direction of the text after it.
fn hides_text(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// Groups digits in threes. A very long number is replaced by its order of magnitude.
pub fn grouped(digits: &str) -> String {
    if digits.len() > 18 {
        return format!("about 10^{}", digits.len() - 1);
    }
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first `most` names, and how many more there are: "A, B and 4 more".
pub fn first_names(names: &[String], most: usize) -> String {
    let shown = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The word for a kind of list.
pub fn kind_word(kind: ListKind) -> &'static str {
    match kind {
        ListKind::Application => "application",
        ListKind::Lookup => "lookup",
    }
}

/// "default view, application rules".
pub fn list_words(site: Option<&str>, kind: ListKind) -> String {
    format!("{}, {} rules", view_words(site), kind_word(kind))
}

/// "default view", or the name of the site.
pub fn view_words(site: Option<&str>) -> String {
    match site {
        None => "default view".to_owned(),
        Some(site) => format!("site \"{}\"", escaped(site)),
    }
}

/// "1 rule", "2 rules".
pub fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// How a client reads a deployed file, in one phrase.
pub fn client_words(client: &ClientFile) -> String {
    match client.error {
        None => format!("a client reads {}", count(client.rules.len(), "rule")),
        Some(error) => format!(
            "a client rejects this file (error {}), has no rules, and leaves every number unchanged",
            error.code()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_lines_change_nothing_but_colors() {
        for (lines, plain, styled) in [
            ("a\tb\n", "a\tb\n", "a\tb\n"),
            ("plan\u{1b}[31m.adr", "plan\\u{1b}[31m.adr", "plan\u{1b}[31m.adr"),
            ("\u{1b}[1;31mx\u{1b}[m", "\\u{1b}[1;31mx\\u{1b}[m", "\u{1b}[1;31mx\u{1b}[m"),
            (
                "\u{1b}[2J\u{1b}]0;x\u{7}",
                "\\u{1b}[2J\\u{1b}]0;x\\u{7}",
                "\\u{1b}[2J\\u{1b}]0;x\\u{7}",
            ),
            ("a\rb\u{9b}1m", "a\\u{d}b\\u{9b}1m", "a\\u{d}b\\u{9b}1m"),
            ("x\u{202e}y", "x\\u{202e}y", "x\\u{202e}y"),
            ("\u{1b}[", "\\u{1b}[", "\\u{1b}["),
            ("été \"x\" \\", "été \"x\" \\", "été \"x\" \\"),
        ] {
            assert_eq!(printable(lines, false), plain);
            assert_eq!(printable(lines, true), styled);
        }
    }
}
