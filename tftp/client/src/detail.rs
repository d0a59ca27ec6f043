//! Text that a server may have influenced, made safe for one line of a log or a terminal.

use std::path::Path;

use adr_protocol::DETAIL_CHARACTERS;

/// Most bytes of a detail in JSON, where `"` and `\` take two.
const MAX_JSON_BYTES: usize = 400;

/// The last character of a detail that was shortened.
const ELLIPSIS: char = '…';

/// One line of at most [`DETAIL_CHARACTERS`] characters: control characters are escaped and the
/// rest is cut off. The function is idempotent.
#[must_use]
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let (mut characters, mut bytes) = (1, ELLIPSIS.len_utf8());
    for piece in text.chars().map(escaped) {
        characters += piece.chars().count();
        bytes += piece.chars().map(json_bytes).sum::<usize>();
        if characters > DETAIL_CHARACTERS || bytes > MAX_JSON_BYTES {
            line.push(ELLIPSIS);
            break;
        }
        line.push_str(&piece);
    }
    line
}

/// A path on one line of a log or a terminal: characters that are not printable are escaped.
#[must_use]
pub(crate) fn shown_path(path: &Path) -> String {
    path.to_string_lossy().chars().map(escaped).collect()
}

/// A printable character as itself, any other as its escape.
fn escaped(character: char) -> String {
    match character {
        '"' | '\'' | '\\' => character.to_string(),
        _ => character.escape_debug().to_string(),
    }
}

fn json_bytes(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn detail_is_one_bounded_printable_line(text in any::<String>(), times in 1..100_usize) {
            let line = one_line(&text.repeat(times));
            prop_assert!(line.chars().count() <= DETAIL_CHARACTERS);
            prop_assert!(serde_json::to_string(&line).unwrap().len() <= MAX_JSON_BYTES + 2);
            let turns = |shown: char| ('\u{202a}'..='\u{202e}').contains(&shown);
            prop_assert!(!line.contains(char::is_control) && !line.contains(turns));
            prop_assert_eq!(one_line(&line), line);
        }
    }

    #[test]
    fn path_is_shown_on_one_line() {
        let shown = |path: &str| shown_path(Path::new(path));
        assert_eq!(shown("/tmp/größe 'a' \\b"), "/tmp/größe 'a' \\b");
        assert_eq!(shown("a\nerror: b\u{1b}[2J"), "a\\nerror: b\\u{1b}[2J");
    }

    #[test]
    fn printable_text_is_unchanged() {
        let plain = "http://h/: unknown field `größe`, expected \"a\" or 'b' \\ c";
        assert_eq!(one_line(plain), plain);
        assert_eq!(one_line("a\nb\u{1b}[2J\u{202e}"), "a\\nb\\u{1b}[2J\\u{202e}");
        assert_eq!(one_line(&"x".repeat(199)), "x".repeat(199));
        assert_eq!(one_line(&"x".repeat(999)), "x".repeat(199) + "…");
    }
}
