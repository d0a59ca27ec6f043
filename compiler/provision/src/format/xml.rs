//! Texts in XML 1.0.

use std::fmt::Write;

/// A text as the content of an element or as a value in double quotes, so that a reader gets it
/// back unchanged: line ends and tabs as references.
///
/// # Errors
///
/// The first character that XML 1.0 does not have.
pub(super) fn escaped(text: &str) -> Result<String, char> {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}' | '\u{2028}' => {
                let _ = write!(escaped, "&#x{:X};", u32::from(character));
            }
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return Err(character),
            _ => escaped.push(character),
        }
    }
    Ok(escaped)
}
