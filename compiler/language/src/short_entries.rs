//! Writes begins-with as an author would: with ranges and classes where those are shorter.

use crate::range::DialRange;

/// An entry of begins-with, and how many texts it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortEntry {
    /// The entry, in quotes where the language needs them.
    pub written: String,
    /// The number of texts that it stands for: the next ones of those given.
    pub texts: usize,
}

/// Writes texts as entries of begins-with, in the given order. A range or a class replaces several
/// texts if it is shorter and expands to exactly these texts.
///
/// ```
/// use adr_language::short_entries;
///
/// let written = |texts: &[&str]| -> Vec<String> {
///     short_entries(texts).into_iter().map(|entry| entry.written).collect()
/// };
/// assert_eq!(written(&["240", "241", "242", "25", "4"]), ["240..242", "25", "4"]);
/// assert_eq!(written(&["20", "21", "22", "23", "240", "241"]), ["200..241"]);
/// assert_eq!(written(&["2", "4"]), ["2", "4"]);
/// ```
#[must_use]
pub fn short_entries(texts: &[&str]) -> Vec<ShortEntry> {
    let mut entries = Vec::new();
    let mut rest = texts;
    while !rest.is_empty() {
        let entry = range(rest).or_else(|| class(rest));
        let entry = entry.unwrap_or_else(|| ShortEntry { written: plain(rest[0]), texts: 1 });
        rest = &rest[entry.texts..];
        entries.push(entry);
    }
    entries
}

/// The texts at the beginning that are consecutive, as a range.
fn range(texts: &[&str]) -> Option<ShortEntry> {
    let run = run(texts);
    let width = run.iter().map(|text| text.len()).max()?;
    let side = |text: &str, filler: char| -> String {
        let padding = std::iter::repeat_n(filler, width - text.len());
        text.chars().chain(padding).collect()
    };
    let (low, high) = (side(run.first()?, '0'), side(run.last()?, '9'));
    let range = DialRange::new(&low, &high).ok()?;
    let is_exact = range.prefixes().iter().eq(run.iter());
    shorter(format!("{low}..{high}"), run).filter(|_| is_exact)
}

/// The texts at the beginning that are consecutive.
fn run<'t, 's>(texts: &'t [&'s str]) -> &'t [&'s str] {
    let follows = |pair: &[&str]| {
        let (before, after) = (pair[0].trim_end_matches('9'), pair[1].trim_end_matches('0'));
        // the text after 2399… is 24, followed by any number of zeros
        let (Some(last), Some(next)) = (before.bytes().last(), after.bytes().last()) else {
            return false;
        };
        last.is_ascii_digit()
            && next == last + 1
            && before.len() == after.len()
            && before[..before.len() - 1] == after[..after.len() - 1]
    };
    let end = texts.windows(2).position(|pair| !follows(pair));
    &texts[..end.map_or(texts.len(), |at| at + 1)]
}

/// The texts at the beginning that differ only in their last digit, which increases by one, as a
/// class.
fn class(texts: &[&str]) -> Option<ShortEntry> {
    let split = |text: &str| {
        let last = text.bytes().next_back().filter(u8::is_ascii_digit)?;
        Some((text[..text.len() - 1].to_owned(), last))
    };
    let (head, low) = split(texts.first()?)?;
    let expected = (low..=b'9').map(|digit| (head.clone(), digit));
    let same = texts.iter().zip(expected);
    let count = same.take_while(|(text, expected)| split(text).as_ref() == Some(expected)).count();
    let high = low + u8::try_from(count).ok()? - 1;
    let written = format!("{head}[{}-{}]", low as char, high as char);
    shorter(quoted(written), &texts[..count])
}

/// The entry, if it is shorter than the texts separated by commas.
fn shorter(written: String, texts: &[&str]) -> Option<ShortEntry> {
    let plain: usize = texts.iter().map(|text| plain(text).len() + 2).sum();
    (written.len() + 2 < plain && texts.len() > 1)
        .then_some(ShortEntry { written, texts: texts.len() })
}

/// A dial string as written in a rule source.
fn plain(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { quoted(text.to_owned()) }
}

/// Puts a text with a `#` in quotes, because readers could take it for a comment.
fn quoted(text: String) -> String {
    if text.contains('#') { format!("\"{text}\"") } else { text }
}
