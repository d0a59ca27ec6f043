//! Invisible characters, and how messages show them.

use std::borrow::Cow;
use std::fmt::Write;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The Braille pattern without dots: a blank that Unicode classifies as a symbol.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether a character is invisible, or looks like an ordinary space.
///
/// These are control characters, format characters such as U+200B, spaces other than U+0020, line
/// and paragraph separators, and what Unicode calls default ignorable (variation selectors,
/// fillers).
///
/// ```
/// assert!(adr_diagnostic::is_invisible('\u{a0}'));
/// assert!(adr_diagnostic::is_invisible('\u{200b}'));
/// assert!(!adr_diagnostic::is_invisible(' '));
/// assert!(!adr_diagnostic::is_invisible('\u{2011}'));
/// ```
#[must_use]
pub fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::SpaceSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || character == BRAILLE_BLANK
}

/// Replaces every invisible character by its code point.
///
/// Borrowed if there is none. The result contains no control characters for a terminal.
///
/// ```
/// assert_eq!(adr_diagnostic::visible("408\u{a0}555"), "408<U+00A0>555");
/// ```
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_invisible) else {
        return Cow::Borrowed(text);
    };
    let (before, rest) = text.split_at(first);
    let mut shown = before.to_owned();
    for character in rest.chars() {
        if is_invisible(character) {
            let _ = write!(shown, "<{}>", code_point(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Describes a character in a message: a visible one by itself and its code point, an invisible one
/// by its code point and name.
///
/// ```
/// assert_eq!(adr_diagnostic::describe('x'), "`x` (U+0078)");
/// assert_eq!(adr_diagnostic::describe('\u{a0}'), "U+00A0 (no-break space)");
/// ```
#[must_use]
pub fn describe(character: char) -> String {
    let code = code_point(character);
    if !is_invisible(character) {
        return format!("`{character}` ({code})");
    }
    match name(character) {
        Some(name) => format!("{code} ({name})"),
        None => format!("{code} (invisible)"),
    }
}

/// The code point with at least four hexadecimal digits, `U+00A0`.
fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// The Unicode names of invisible characters that are copied from web pages, documents and chats.
fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "null",
        '\t' => "tab",
        '\n' => "line feed",
        '\r' => "carriage return",
        '\u{1b}' => "escape",
        '\u{7f}' => "delete",
        '\u{85}' => "next line",
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{34f}' => "combining grapheme joiner",
        '\u{61c}' => "arabic letter mark",
        '\u{2002}' => "en space",
        '\u{2003}' => "em space",
        '\u{2007}' => "figure space",
        '\u{2008}' => "punctuation space",
        '\u{2009}' => "thin space",
        '\u{200a}' => "hair space",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "pop directional formatting",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{202f}' => "narrow no-break space",
        '\u{205f}' => "medium mathematical space",
        '\u{2060}' => "word joiner",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "pop directional isolate",
        '\u{2800}' => "braille pattern blank",
        '\u{3000}' => "ideographic space",
        '\u{3164}' => "hangul filler",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "variation selector",
        '\u{feff}' => "byte order mark",
        _ => return None,
    })
}
