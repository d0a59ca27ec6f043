//! Replaces names in lines, so that they can be shared.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use super::code::Code;
use super::free_text::free_text;
use super::subject::user;
use super::time::Stamp;
use super::vocabulary::is_known;

/// Most names that get a word of their own. Further ones are replaced as well, all by the same
/// word.
pub const MAX_NAMES: usize = 200_000;

/// Most digits of a number that stays, other than a status and a time.
const KEPT_DIGITS: usize = 2;

/// Replaces everything in a line that can identify a person, a company or a host: the same text by
/// the same word, such as `user1`, `mail2`, `host1`, `address3`, `number4`, `word5`.
///
/// What stays: the time stamp, an HTTP status, numbers of up to two digits, signs, and words of a
/// fixed list of English and technical words. So nothing stays because it was not recognized as a
/// name.
///
/// Text that people wrote can have ordinary words only. So quoted or bracketed text of several
/// words, and everything behind a word such as `subject`, `title` or `location`, is replaced as a
/// whole; a status inside quotes or brackets is written behind it.
///
/// ```
/// use adr_doctor::log::Anonymizer;
///
/// let mut anonymizer = Anonymizer::default();
/// let line = "2026-11-30 10:11:12 owa.example.com user=jsmith HTTP 401 'Merger with Contoso'";
/// let shared = "2026-11-30 10:11:12 host1 user=user1 HTTP 401 'text1'";
/// assert_eq!(anonymizer.line(line), shared);
/// ```
#[derive(Debug, Default)]
pub struct Anonymizer {
    /// What replaces each text, in lower case.
    replaced: HashMap<String, (Kind, u32)>,
    counts: HashMap<Kind, u32>,
}

/// What a text is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    User,
    Mail,
    Host,
    Address,
    Number,
    Word,
    Text,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Mail => "mail",
            Self::Host => "host",
            Self::Address => "address",
            Self::Number => "number",
            Self::Word => "word",
            Self::Text => "text",
        }
    }
}

impl Anonymizer {
    /// How many different texts were replaced.
    #[must_use]
    pub fn names(&self) -> usize {
        self.replaced.len()
    }

    /// The line with names replaced, and control characters left out.
    #[must_use]
    pub fn line(&mut self, line: &str) -> String {
        let time = Stamp::find_with_place(line).map(|(_, place)| place);
        let named = user(line).map(|(_, place)| place);
        let status = match Code::of(line) {
            Some(Code::Status(status)) => Some(status.to_string()),
            _ => None,
        };
        let texts = free_text(line, time.as_ref());
        // a name inside such a text is a part of it
        let named = named.filter(|named: &Range<usize>| {
            texts.iter().all(|text| named.end <= text.start || named.start >= text.end)
        });
        let mut texts = texts.into_iter().peekable();
        let mut shared = String::with_capacity(line.len());
        let mut at = 0;
        while let Some(c) = line[at..].chars().next() {
            let range = |place: &Option<Range<usize>>| {
                place.clone().filter(|place| place.start == at && place.end > at)
            };
            if let Some(place) = range(&time) {
                shared.push_str(&line[place.clone()]);
                at = place.end;
            } else if let Some(place) = texts.next_if(|place| place.start <= at) {
                let rest = &line[at.min(place.end)..place.end];
                self.text(rest, place.end == line.len(), &mut shared);
                at = at.max(place.end);
            } else if let Some(place) = range(&named) {
                let kind = if line[place.clone()].contains('@') { Kind::Mail } else { Kind::User };
                self.push(kind, &line[place.clone()], &mut shared);
                at = place.end;
            } else if let Some(length) = address_at(&line[at..]) {
                self.push(Kind::Address, &line[at..at + length], &mut shared);
                at += length;
            } else if let Some(length) = telephone_at(&line[at..], status.as_deref()) {
                self.push(Kind::Number, &line[at..at + length], &mut shared);
                at += length;
            } else if c.is_alphanumeric() {
                let starts = [named.as_ref(), texts.peek()].map(|it| it.map(|place| place.start));
                let stop = starts.into_iter().flatten().filter(|start| *start > at).min();
                let length = compound(&line[at..stop.unwrap_or(line.len())]);
                self.compound(&line[at..at + length], status.as_deref(), &mut shared);
                at += length;
            } else {
                if !c.is_control() || c == '\t' {
                    shared.push(c);
                }
                at += c.len_utf8();
            }
        }
        shared
    }

    /// Text that people wrote, with the status in it if it is not the last in the line.
    fn text(&mut self, text: &str, is_last: bool, out: &mut String) {
        let rest = text.trim_start();
        out.push_str(if rest.len() < text.len() { " " } else { "" });
        let text = rest;
        if text.is_empty() {
            return;
        }
        self.push(Kind::Text, text, out);
        match Code::of(text) {
            Some(code @ Code::Status(_)) if !is_last => out.push_str(&format!(" {code}")),
            Some(Code::Ews(code)) if !is_last && is_known(&code) => {
                out.push_str(&format!(" {code}"));
            }
            _ => {}
        }
    }

    /// A run of words with `.`, `-`, `_`, `@`, `\` or `+` between them.
    fn compound(&mut self, text: &str, status: Option<&str>, out: &mut String) {
        let stays = |word: &str| {
            let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
            (is_number && word.len() <= KEPT_DIGITS) || Some(word) == status || is_known(word)
        };
        let pieces = || text.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
        if pieces().all(stays) {
            out.push_str(text);
        } else if text.contains('@') {
            self.push(Kind::Mail, text, out);
        } else if text.contains('\\') {
            self.push(Kind::User, text, out);
        } else if text.contains('.') {
            self.push(Kind::Host, text, out);
        } else {
            let mut rest = text;
            while let Some(c) = rest.chars().next() {
                let is_word = c.is_alphanumeric();
                let length = rest.find(|c: char| c.is_alphanumeric() != is_word);
                let (piece, behind) = rest.split_at(length.unwrap_or(rest.len()));
                match is_word && !stays(piece) {
                    true if piece.chars().all(char::is_numeric) => {
                        self.push(Kind::Number, piece, out);
                    }
                    true => self.push(Kind::Word, piece, out),
                    false => out.push_str(piece),
                }
                rest = behind;
            }
        }
    }

    /// Writes the word that replaces a text.
    fn push(&mut self, kind: Kind, text: &str, out: &mut String) {
        let is_full = self.replaced.len() >= MAX_NAMES;
        let (kind, number) = match self.replaced.entry(text.to_lowercase()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) if is_full => {
                out.push_str(kind.word());
                return;
            }
            Entry::Vacant(vacant) => {
                let count = self.counts.entry(kind).or_default();
                *count += 1;
                *vacant.insert((kind, *count))
            }
        };
        out.push_str(kind.word());
        out.push_str(&number.to_string());
    }
}

/// The length of the run of words that begins here.
fn compound(text: &str) -> usize {
    let is_inside =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '\\' | '+');
    let end = text.find(|c| !is_inside(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(|c: char| !c.is_alphanumeric()).len()
}

/// The length of the IP address that begins here.
fn address_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':') {
        return None;
    }
    let is_inside = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    let length = bytes.iter().take(LONGEST_ADDRESS + 1).take_while(|byte| is_inside(byte)).count();
    let address = text[..length].trim_end_matches('.');
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    if is_address(address) {
        return Some(address.len());
    }
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let address = text[..length.min(LONGEST_ADDRESS)].trim_end_matches('.');
    let behind = bytes.get(address.len());
    let ends = !behind.is_some_and(u8::is_ascii_alphanumeric);
    (ends && address.parse::<Ipv4Addr>().is_ok()).then_some(address.len())
}

/// Fewest digits of a telephone number in groups.
const TELEPHONE_DIGITS: usize = 7;

/// The length of the telephone number that begins here: digits in groups, with one or two signs
/// between them.
fn telephone_at(text: &str, status: Option<&str>) -> Option<usize> {
    let bytes = text.as_bytes();
    if !matches!(bytes.first(), Some(b'0'..=b'9' | b'+' | b'(')) {
        return None;
    }
    let (mut digits, mut signs, mut end) = (0, 0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => (digits, signs, end) = (digits + 1, 0, at + 1),
            b' ' | b'(' | b')' | b'-' | b'/' | b'.' | b'+' if signs < 2 => signs += 1,
            _ => break,
        }
    }
    let is_status = status.is_some_and(|status| text.starts_with(status));
    let ends = !text[end..].starts_with(char::is_alphanumeric);
    (digits >= TELEPHONE_DIGITS && ends && !is_status).then_some(end)
}

/// Bytes of the longest IP address, `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
const LONGEST_ADDRESS: usize = 45;

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(line: &str) -> String {
        Anonymizer::default().line(line)
    }

    #[test]
    fn names_are_replaced_by_kind() {
        let cases = [
            (
                "GET /exchange/jsmith/Calendar HTTP/1.1 401",
                "GET /exchange/user1/Calendar HTTP/1.1 401",
            ),
            ("mail from jane@corp.local", "word1 from mail1"),
            ("CORP\\jsmith at 10.1.1.5:443", "user1 at address1:number1"),
            ("[fe80::1] and ::1 and 10.1.1.5.", "[address1] and address2 and address3."),
            ("called +49 (30) 55 51-23", "called number1"),
            ("Subject: Layoffs at Contoso", "Subject: text1"),
            ("subject=[account failed for user … calendar meeting]", "subject=[text1]"),
            ("subject-account meeting", "subject-text1"),
            ("owa (030 5551234 account failed)", "owa number1 text1)"),
            ("owa title=room 401, HTTP 401", "owa title=text1"),
            (
                "owa 'calendar meeting' 'calendar' at (user meeting)",
                "owa 'text1' 'calendar' at (text2)",
            ),
            ("owa [request: HTTP/1.1 401] for \"a b\"", "owa [text1 HTTP 401] for \"text2\""),
            ("[2026-11-30 10:11:12 account failed] owa", "[2026-11-30 10:11:12 text1] owa"),
            ("owa user \"Jane Smith\" 401", "owa user \"text1\" number1"),
            ("ErrorAccessDenied for Müller", "ErrorAccessDenied for word1"),
            ("status 4711", "status number1"),
            ("owa\u{1b}[31m", "owa[word1"),
        ];
        for (line, expected) in cases {
            assert_eq!(shared(line), expected, "{line}");
        }
    }

    #[test]
    fn same_name_becomes_the_same_word() {
        let mut anonymizer = Anonymizer::default();
        assert_eq!(anonymizer.line("user=jsmith and user JSMITH"), "user=user1 and user user1");
        assert_eq!(anonymizer.line("user=other"), "user=user2");
        assert_eq!(anonymizer.line("JSmith"), "user1");
        assert_eq!(anonymizer.names(), 2);
    }
}
