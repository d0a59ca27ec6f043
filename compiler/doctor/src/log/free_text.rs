//! Text that people wrote, in lines of logs: quoted, in brackets, or behind a word such as
//! `subject`. All of its words can be ordinary, so a list of words does not recognize it.

use std::ops::Range;

use super::words::{Word, words};

/// Words before text that people wrote. It is taken to reach the end of the line.
const CUES: &[&str] = &[
    "attendees",
    "body",
    "comment",
    "description",
    "location",
    "note",
    "notes",
    "organizer",
    "subject",
    "summary",
    "title",
    "topic",
];

/// Brackets, and quotes with different signs at both ends.
const PAIRS: &[(char, char)] = &[
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('<', '>'),
    ('\u{201c}', '\u{201d}'),
    ('\u{201e}', '\u{201c}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{ab}', '\u{bb}'),
];

/// Quotes with the same sign at both ends.
const QUOTES: &[char] = &['"', '\'', '`'];

/// Where people's text stands in a line, in order and apart from one another. Quoted and bracketed
/// text counts if it has several words; a single word is judged as everywhere else. The time stamp
/// is not a part of it.
pub(super) fn free_text(line: &str, time: Option<&Range<usize>>) -> Vec<Range<usize>> {
    let rest = words(line).find(|word| is_cue(*word)).map_or(line.len(), |cue| cue.end());
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(c) = line[at..rest].chars().next() {
        let start = at + c.len_utf8();
        at = start;
        let Some(close) = closing(line, start - c.len_utf8(), c) else { continue };
        let length = end_of(&line[start..], c, close);
        let inside = start..(start + length).min(rest);
        let pieces = without(&inside, time).into_iter().filter_map(|it| trimmed(line, it));
        all.extend(pieces.filter(|it| line[it.clone()].contains(char::is_whitespace)));
        // if this has no several words, nothing inside has
        at = inside.end;
    }
    all.extend(trimmed(line, rest..line.len()));
    all
}

/// Whether text of people stands behind a word, such as `Subject` or `meetingTitle`.
fn is_cue(word: Word<'_>) -> bool {
    let text = word.text;
    CUES.iter().any(|cue| {
        let start = text.len().checked_sub(cue.len());
        let Some((before, end)) = start.and_then(|start| text.split_at_checked(start)) else {
            return false;
        };
        let begins = before.is_empty() || end.starts_with(|c: char| c.is_ascii_uppercase());
        end.eq_ignore_ascii_case(cue) && begins
    })
}

/// The sign that ends what begins with `c` at a place; `None` if nothing begins there.
fn closing(line: &str, at: usize, c: char) -> Option<char> {
    if let Some((_, close)) = PAIRS.iter().find(|(open, _)| *open == c) {
        return Some(*close);
    }
    // behind a letter it is an apostrophe
    let before = line[..at].chars().next_back();
    (QUOTES.contains(&c) && !before.is_some_and(char::is_alphanumeric)).then_some(c)
}

/// How many bytes are inside: to the sign that ends it, or to the end of the line. Brackets of the
/// same kind may be inside.
fn end_of(text: &str, open: char, close: char) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == close {
            let behind = text[at + c.len_utf8()..].chars().next();
            let is_apostrophe = open == close && behind.is_some_and(char::is_alphanumeric);
            match depth {
                _ if is_apostrophe => {}
                0 => return at,
                _ => depth -= 1,
            }
        } else if c == open {
            depth += 1;
        }
    }
    text.len()
}

/// A range without another one.
fn without(range: &Range<usize>, other: Option<&Range<usize>>) -> [Range<usize>; 2] {
    let nothing = range.end..range.end;
    match other {
        Some(other) if other.start < range.end && other.end > range.start => {
            [range.start..other.start.max(range.start), other.end.min(range.end)..range.end]
        }
        _ => [range.clone(), nothing],
    }
}

/// A range from its first to its last letter or digit; `None` if it has none.
fn trimmed(line: &str, range: Range<usize>) -> Option<Range<usize>> {
    let text = &line[range.clone()];
    let first = text.find(char::is_alphanumeric)?;
    let (last, c) = text.char_indices().rfind(|(_, c)| c.is_alphanumeric())?;
    Some(range.start + first..range.start + last + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<&str> {
        free_text(line, None).into_iter().map(|place| &line[place]).collect()
    }

    #[test]
    fn quoted_and_bracketed_text_of_several_words_is_found() {
        let cases: &[(&str, &[&str])] = &[
            ("owa 'account failed for user' 401", &["account failed for user"]),
            ("owa [calendar (all day) meeting] and [owa]", &["calendar (all day) meeting"]),
            ("owa \"user's account\" x", &["user's account"]),
            ("user's account doesn't work", &[]),
            ("owa (never closed text", &["never closed text"]),
            ("owa \u{201c}status of mailbox\u{201d}", &["status of mailbox"]),
            ("owa ((a b) c", &["a b) c"]),
            ("", &[]),
            ("[[[", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(found(line), *expected, "{line}");
        }
    }

    #[test]
    fn everything_behind_a_subject_is_found() {
        let cases: &[(&str, &[&str])] = &[
            ("owa Subject: account failed", &["account failed"]),
            ("owa itemSubject=[a] b] c", &["a] b] c"]),
            ("owa (a b) location=room 1 401", &["a b", "room 1 401"]),
            ("owa allocation failed", &[]),
            ("owa subject", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(found(line), *expected, "{line}");
        }
    }

    #[test]
    fn time_stamp_is_not_a_part_of_it() {
        let line = "[Mon Nov 30 10:11:12 user failed] x";
        let found = free_text(line, Some(&(5..20)));
        let found: Vec<&str> = found.into_iter().map(|place| &line[place]).collect();
        assert_eq!(found, ["user failed"]);
    }
}
