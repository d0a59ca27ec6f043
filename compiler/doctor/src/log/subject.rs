//! Whom and what a line is about.

use super::words::{Word, words};
use crate::presence::observation::Endpoint;

/// Longest name of a user, in bytes.
const MAX_USER_BYTES: usize = 128;

/// Words before the name of a user, if a sign is between them.
const CUES: &[&str] =
    &["user", "userid", "username", "uid", "mailbox", "account", "owner", "login"];

/// Words before the name of a user without a sign between them.
const BARE_CUES: &[&str] = &["user", "userid", "mailbox"];

/// Words that stand behind a cue and are not a name.
const NOT_NAMES: &[&str] = &[
    "is", "not", "has", "was", "the", "name", "id", "agent", "failed", "for", "in", "on", "and",
    "or", "to", "of", "with", "access", "does", "cannot", "null", "none", "unknown", "error",
];

/// The user of a line, without the domain and in lower case, and where the name stands in the line.
/// A name is found in a path (`/exchange/NAME/`), in a mail address, or behind a word such as
/// `user=`.
pub(super) fn user(line: &str) -> Option<(String, std::ops::Range<usize>)> {
    let range = in_path(line).or_else(|| in_address(line)).or_else(|| behind_cue(line))?;
    let name = line.get(range.clone())?;
    let name = name.split('@').next().unwrap_or_default();
    let name = name.rsplit('\\').next().unwrap_or_default();
    (!name.is_empty() && name.len() <= MAX_USER_BYTES).then(|| (name.to_lowercase(), range))
}

/// The endpoint of a line: that of the first path, else EWS if a word begins with it. `None` if the
/// line says neither: `owa` and `exchange` alone are names of products as well.
pub(super) fn endpoint(line: &str) -> Option<Endpoint> {
    let bytes = line.as_bytes();
    // behind `//` stands a host
    let is_part = |start: usize| line[..start].ends_with('/') && !line[..start].ends_with("//");
    let mut parts = words(line).filter(|word| is_part(word.start));
    let path = parts.find_map(|word| {
        let is_file = bytes.get(word.end()) == Some(&b'.');
        match () {
            () if word.is("ews") => Some(Endpoint::Ews),
            () if word.is("owa") => Some(Endpoint::Owa),
            () if word.is("exchange") && !is_file => Some(Endpoint::Exchange),
            () => None,
        }
    });
    let is_ews = |word: Word<'_>| {
        word.is("ews") || word.text.starts_with("EWS") || word.text.starts_with("Ews")
    };
    path.or_else(|| words(line).any(is_ews).then_some(Endpoint::Ews))
}

/// `/exchange/NAME/…` or `/owa/NAME/…`.
fn in_path(line: &str) -> Option<std::ops::Range<usize>> {
    let found = words(line).filter(|word| word.is_one_of(&["exchange", "owa"]));
    found.into_iter().find_map(|word| {
        let bytes = line.as_bytes();
        let is_path = word.start > 0 && bytes[word.start - 1] == b'/';
        let start = word.end() + 1;
        if !is_path || bytes.get(word.end()) != Some(&b'/') {
            return None;
        }
        let name = name_at(line, start)?;
        // a file, such as `/owa/auth.owa`, is not a name
        (line.as_bytes().get(name.end) == Some(&b'/')).then_some(name)
    })
}

/// The first mail address.
fn in_address(line: &str) -> Option<std::ops::Range<usize>> {
    let at = line.find('@')?;
    let start = line[..at]
        .rfind(|c: char| !is_name_character(c))
        .map_or(0, |before| before + line[before..].chars().next().map_or(1, char::len_utf8));
    let name = name_at(line, start)?;
    (start < at && name.end > at + 1).then_some(name)
}

/// Behind `user=`, `user: `, `user "…"`, `user [` or, for a few words, `user `.
fn behind_cue(line: &str) -> Option<std::ops::Range<usize>> {
    words(line).filter(|word| word.is_one_of(CUES)).find_map(|word| behind_word(line, word))
}

fn behind_word(line: &str, word: Word<'_>) -> Option<std::ops::Range<usize>> {
    let behind = &line[word.end()..];
    let signs =
        behind.find(|c: char| !matches!(c, ' ' | '=' | ':' | '"' | '\'' | '[' | '<' | '('))?;
    let has_sign = behind[..signs].bytes().any(|byte| byte != b' ');
    if signs == 0 || !(has_sign || word.is_one_of(BARE_CUES)) {
        return None;
    }
    let name = name_at(line, word.end() + signs)?;
    let text = &line[name.clone()];
    (!NOT_NAMES.iter().any(|word| text.eq_ignore_ascii_case(word))).then_some(name)
}

/// The run of characters of names that begins here; `None` if it is empty.
fn name_at(line: &str, start: usize) -> Option<std::ops::Range<usize>> {
    let rest = line.get(start..)?;
    let length = rest.find(|c| !is_name_character(c)).unwrap_or(rest.len());
    let length = rest[..length].trim_end_matches(['.', '-', '\\', '@']).len();
    (length > 0).then_some(start..start + length)
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '\\' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_in_paths_addresses_and_behind_words() {
        let cases = [
            ("GET /exchange/jsmith/Calendar 401", "jsmith"),
            ("owa for Jane.Smith@example.com failed", "jane.smith"),
            ("ews user=CORP\\jsmith 401", "jsmith"),
            ("owa user \"jsmith\" rejected", "jsmith"),
            ("owa mailbox jsmith: ErrorAccessDenied", "jsmith"),
            ("owa userid: [4711] 401", "4711"),
        ];
        for (line, name) in cases {
            assert_eq!(user(line).map(|(name, _)| name).as_deref(), Some(name), "{line}");
        }
    }

    #[test]
    fn endpoint_is_that_of_the_path() {
        let cases = [
            ("GET https://owa.example.com/exchange/jane/ 500", Some(Endpoint::Exchange)),
            ("GET /EWS/Exchange.asmx 500", Some(Endpoint::Ews)),
            ("POST /owa/auth/logon.aspx from /exchange", Some(Endpoint::Owa)),
            ("EWSClient HTTP 500", Some(Endpoint::Ews)),
            ("OWA HTTP 500", None),
            ("exchange.asmx HTTP 500", None),
            ("news HTTP 500", None),
        ];
        for (line, expected) in cases {
            assert_eq!(endpoint(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_without_a_user_have_none() {
        let lines = [
            "",
            "owa user is not known",
            "GET /ews/exchange.asmx 401",
            "user",
            "user=",
            "owa @ 401",
            "account locked",
            "/owa/auth.owa",
            "user-agent",
        ];
        for line in lines {
            assert_eq!(user(line), None, "{line}");
        }
    }
}
