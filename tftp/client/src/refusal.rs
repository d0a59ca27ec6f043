//! Why something that a server offered was not taken.

use std::fmt;

use adr_protocol::DETAIL_CHARACTERS;

pub use adr_protocol::Reason;

/// What was not taken, and why. What ran before runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its kind.
    pub reason: Reason,
    /// The generation that was offered, where that is known.
    pub generation: Option<u64>,
    /// Who offered it; empty where nobody did.
    pub server: String,
    /// What happened: one line for people, lower case, without dialled numbers; as [`one_line`]
    /// makes it.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, server: &str, detail: impl Into<String>) -> Self {
        Self {
            reason,
            generation: None,
            server: server.to_owned(),
            detail: one_line(&detail.into()),
        }
    }

    pub(crate) fn of_generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }
}

/// Most bytes of a detail in JSON, where `"` and `\` are two.
const DETAIL_BYTES: usize = 400;

/// What stands at the end of a detail that was cut.
const CUT: char = '…';

/// A text of which a server may have written any part, as one line of at most
/// [`DETAIL_CHARACTERS`]: what a terminal would obey is escaped, and the rest is cut off. What it
/// gives, it gives again.
#[must_use]
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let (mut characters, mut bytes) = (1, CUT.len_utf8());
    for piece in text.chars().map(shown) {
        characters += piece.chars().count();
        bytes += piece.chars().map(bytes_in_json).sum::<usize>();
        if characters > DETAIL_CHARACTERS || bytes > DETAIL_BYTES {
            line.push(CUT);
            break;
        }
        line.push_str(&piece);
    }
    line
}

/// A character that shows as itself, or its escape.
fn shown(character: char) -> String {
    match character {
        '"' | '\'' | '\\' => character.to_string(),
        _ => character.escape_debug().to_string(),
    }
}

fn bytes_in_json(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        _ => character.len_utf8(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.server.is_empty() {
            write!(f, "{}: ", self.server)?;
        }
        if let Some(generation) = self.generation {
            write!(f, "generation {generation}: ")?;
        }
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_bounded_and_harmless(text in any::<String>(), times in 1..100_usize) {
            let line = one_line(&text.repeat(times));
            prop_assert!(line.chars().count() <= DETAIL_CHARACTERS);
            prop_assert!(serde_json::to_string(&line).unwrap().len() <= DETAIL_BYTES + 2);
            let turns = |shown: char| ('\u{202a}'..='\u{202e}').contains(&shown);
            prop_assert!(!line.contains(char::is_control) && !line.contains(turns));
            prop_assert_eq!(one_line(&line), line);
        }
    }

    #[test]
    fn what_a_terminal_shows_stays_as_it_is() {
        let plain = "http://h/: unknown field `größe`, expected \"a\" or 'b' \\ c";
        assert_eq!(one_line(plain), plain);
        assert_eq!(one_line("a\nb\u{1b}[2J\u{202e}"), "a\\nb\\u{1b}[2J\\u{202e}");
        assert_eq!(one_line(&"x".repeat(199)), "x".repeat(199));
        assert_eq!(one_line(&"x".repeat(999)), "x".repeat(199) + "…");
    }
}
