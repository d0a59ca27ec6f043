//! Texts that several commands share: escaping, counts, and the words for kinds and views.

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
