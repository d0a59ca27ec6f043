//! The words of a log line, with their places.

/// A run of letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'l> {
    /// Where it begins in the line.
    pub(super) start: usize,
    pub(super) text: &'l str,
}

impl Word<'_> {
    /// Where it ends in the line.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this word, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these words, in any case.
    pub(super) fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }
}

/// The words of a line, in order.
pub(super) fn words(line: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &line[at..];
        let start = at + rest.find(char::is_alphanumeric)?;
        let rest = &line[start..];
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        at = start + length;
        Some(Word { start, text: &line[start..at] })
    })
}

/// Whether a line mentions `owa`, `ews` or `exchange`, as a word or at the beginning of a part of a
/// name such as `OWAClient` or `peExchange`. `news` and `towards` do not.
pub(super) fn mentions_exchange(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let is = |word: &[u8]| {
            bytes.get(at..at + word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        match byte {
            b'e' | b'E' => is(b"exchange") || (is(b"ews") && begins_part(bytes, at)),
            b'o' | b'O' => is(b"owa") && begins_part(bytes, at),
            _ => false,
        }
    })
}

/// Whether a part of a name begins here: behind another character than a letter, or as a capital
/// behind a small letter.
fn begins_part(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| bytes[before]) else { return true };
    !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && bytes[at].is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_with_their_places() {
        let found: Vec<_> = words(" HTTP/1.1 401, für").map(|it| (it.start, it.text)).collect();
        assert_eq!(found, [(1, "HTTP"), (6, "1"), (8, "1"), (10, "401"), (15, "für")]);
    }

    #[test]
    fn exchange_is_mentioned_as_a_word_or_as_a_part_of_a_name() {
        for line in ["OWA x", "/ews/exchange.asmx", "peOWAClient", "EwsGateway", "MSExchange"] {
            assert!(mentions_exchange(line), "{line}");
        }
        for line in ["", "news", "towards", "VIEWS", "ew", "exchang", "Anowa", "sip 401"] {
            assert!(!mentions_exchange(line), "{line}");
        }
    }
}
