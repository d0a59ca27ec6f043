//! Logs of clients: numbers before and after the rules.
//!
//! No public text says how these lines look, so the reader is generic: a line that mentions rules
//! and has two numbers says that the first became the second.

use adr_engine::{Rule, apply, clean};

use super::observation::{List, LoggedNumber, NumberLog};
use crate::log::Anonymizer;
use crate::log::time::Stamp;

/// Most lines of each kind that are kept.
pub const MAX_LOGGED_NUMBERS: usize = 5;

/// Longest line that is shown, in characters.
const SHOWN_CHARACTERS: usize = 300;

/// Fewest characters of a number.
const NUMBER_CHARACTERS: usize = 3;

/// Most characters of a number.
const MAX_NUMBER_CHARACTERS: usize = 60;

/// The rules that the client should apply.
#[derive(Clone, Debug, Default)]
pub struct RuleLists {
    /// Application dial rules; `None` if no file was read.
    pub application: Option<Vec<Rule>>,
    /// Directory lookup dial rules; `None` if no file was read.
    pub lookup: Option<Vec<Rule>>,
}

impl RuleLists {
    fn get(&self, list: List) -> Option<&[Rule]> {
        match list {
            List::Application => self.application.as_deref(),
            List::Lookup => self.lookup.as_deref(),
        }
    }
}

/// Reads the lines of a log of a client.
///
/// ```
/// use adr_doctor::client::{NumberReader, RuleLists};
/// use adr_engine::Rule;
///
/// let application = Some(vec![Rule::from_deployed("", 7, 0, "9")]);
/// let mut reader = NumberReader::new(RuleLists { application, lookup: None });
/// reader.line("2026-11-30 10:00:00 applied dial rule: 5551212 -> 95551212");
/// reader.line("2026-11-30 10:00:00 applied dial rule: 5551212 -> 85551212");
/// let seen = reader.finish();
/// assert_eq!((seen.agreeing, seen.disagreements), (1, 1));
/// assert_eq!(seen.disagreeing[0].after, "xxxxxx12");
/// ```
#[derive(Debug, Default)]
pub struct NumberReader {
    rules: RuleLists,
    seen: NumberLog,
}

impl NumberReader {
    /// A reader that compares with these rules.
    #[must_use]
    pub fn new(rules: RuleLists) -> Self {
        Self { rules, seen: NumberLog::default() }
    }

    /// Takes a line, without its line end.
    pub fn line(&mut self, line: &str) {
        self.seen.lines += 1;
        if !mentions_rules(line) {
            return;
        }
        self.seen.mentions += 1;
        let numbers = numbers(line);
        let (Some(before), Some(after), None) = (numbers.first(), numbers.get(1), numbers.get(2))
        else {
            return self.unknown(line);
        };
        let mut expected: Vec<String> = Vec::new();
        for list in lists_of(line) {
            let Some(rules) = self.rules.get(*list) else { continue };
            let result = apply_rules(rules, before);
            if result == *after {
                self.seen.agreeing += 1;
                return;
            }
            expected.push(result);
        }
        let Some(expected) = expected.first() else { return self.unknown(line) };
        self.seen.disagreements += 1;
        let number = LoggedNumber {
            before: masked(before),
            after: masked(after),
            expected: masked(expected),
        };
        let shown = &mut self.seen.disagreeing;
        if shown.len() < MAX_LOGGED_NUMBERS && !shown.contains(&number) {
            shown.push(number);
        }
    }

    fn unknown(&mut self, line: &str) {
        let shown = &mut self.seen.unknown_lines;
        if shown.len() < MAX_LOGGED_NUMBERS {
            let line = Anonymizer::default().line(line);
            shown.push(line.chars().take(SHOWN_CHARACTERS).collect());
        }
    }

    /// What was read.
    #[must_use]
    pub fn finish(self) -> NumberLog {
        self.seen
    }
}

/// Whether a line mentions dial rules.
fn mentions_rules(line: &str) -> bool {
    let folded = line.to_ascii_lowercase();
    ["dialrule", "dial rule", "dialingrule", "dialing rule", "transformnumber", "number transform"]
        .iter()
        .any(|word| folded.contains(word))
        || folded.contains("dirlookup")
}

/// The lists that a line may be about.
fn lists_of(line: &str) -> &'static [List] {
    let folded = line.to_ascii_lowercase();
    if folded.contains("lookup") || folded.contains("directory") {
        &[List::Lookup]
    } else if folded.contains("appdial") || folded.contains("application") {
        &[List::Application]
    } else {
        &List::ALL
    }
}

/// The numbers of a line, apart from its time stamp: runs of digits, `*` and `#`, perhaps behind
/// `+`.
fn numbers(line: &str) -> Vec<String> {
    let start = Stamp::find_with_place(line).map_or(0, |(_, place)| place.end);
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '*' | '#');
    let rest = line.get(start..).unwrap_or_default();
    let words =
        rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '*' | '#' | '.' | ':')));
    let is_number = |word: &&str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits >= NUMBER_CHARACTERS
            && word.len() <= MAX_NUMBER_CHARACTERS
            && word.chars().all(is_part)
    };
    words.map(|word| word.trim_matches(['.', ':'])).filter(is_number).map(str::to_owned).collect()
}

fn apply_rules(rules: &[Rule], number: &str) -> String {
    let number = clean(number.as_bytes());
    String::from_utf8_lossy(&apply(rules, &number).result).into_owned()
}

/// All but the last two characters of a number replaced.
fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(2);
    let last: String = number.chars().skip(hidden).collect();
    "x".repeat(hidden) + &last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> NumberLog {
        let application = Some(vec![Rule::from_deployed("", 7, 0, "9")]);
        let lookup = Some(vec![Rule::from_deployed("9", 8, 1, "")]);
        let mut reader = NumberReader::new(RuleLists { application, lookup });
        reader.line(line);
        reader.finish()
    }

    #[test]
    fn numbers_are_compared_with_the_list_of_the_line() {
        assert_eq!(read("dial rule 5551212 became 95551212").agreeing, 1);
        assert_eq!(read("DirLookupDialRule 95551212 became 5551212").agreeing, 1);
        assert_eq!(read("DirLookupDialRule 5551212 became 95551212").disagreements, 1);
        assert_eq!(read("call 5551212 became 95551212").mentions, 0);
    }

    #[test]
    fn other_lines_are_shown_without_numbers() {
        let seen = read("2026-11-30 10:00:00 loaded 12 dial rules from 10.1.1.5 for jsmith");
        assert_eq!((seen.mentions, seen.unknown_lines.len()), (1, 1));
        assert!(!seen.unknown_lines[0].contains("jsmith"), "{:?}", seen.unknown_lines);
    }

    #[test]
    fn numbers_are_masked() {
        assert_eq!((masked("5551212").as_str(), masked("12").as_str()), ("xxxxx12", "12"));
    }
}
