//! Words that identify nobody, and stay in lines that are shared.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("vocabulary.txt").split_whitespace().collect());

/// Whether a word identifies nobody: it is in the list, or all parts of `aNameLikeThis` are.
pub(super) fn is_known(word: &str) -> bool {
    contains(word) || parts(word).is_some_and(|parts| parts.iter().all(|part| contains(part)))
}

fn contains(word: &str) -> bool {
    WORDS.contains(word) || WORDS.contains(word.to_lowercase().as_str())
}

/// The parts of a name in camel case; `None` if it has one part, or other letters than ASCII.
fn parts(word: &str) -> Option<Vec<&str>> {
    let bytes = word.as_bytes();
    if !bytes.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let mut starts = vec![0];
    for at in 1..bytes.len() {
        let is_upper = bytes[at].is_ascii_uppercase();
        let after_lower = bytes[at - 1].is_ascii_lowercase();
        let before_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        if is_upper && (after_lower || before_lower) {
            starts.push(at);
        }
    }
    starts.push(bytes.len());
    (starts.len() > 2).then(|| starts.windows(2).map(|pair| &word[pair[0]..pair[1]]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_logs_are_known_and_names_are_not() {
        for word in [
            "OWA",
            "Exchange",
            "ErrorAccessDenied",
            "ErrorImpersonateUserDenied",
            "failed",
            "XMLParser",
            "HTTPStatus",
        ] {
            assert!(is_known(word), "{word}");
        }
        for word in ["jsmith", "Jane", "Contoso", "ErrorSmith", "user1", "für", "", "JSmith"] {
            assert!(!is_known(word), "{word}");
        }
    }

    #[test]
    fn list_is_sorted_in_lower_case_and_has_no_given_names() {
        let words: Vec<_> = include_str!("vocabulary.txt").lines().collect();
        assert!(words.is_sorted_by(|before, after| before < after));
        assert!(
            words.iter().all(|word| word.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9')))
        );
        for name in ["mark", "will", "bill", "grant", "may", "april", "june", "jan", "art", "rich"]
        {
            assert!(!words.contains(&name), "{name}");
        }
    }
}
