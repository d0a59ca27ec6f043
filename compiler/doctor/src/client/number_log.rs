//! Logs of clients: numbers before and after the rules.
//!
//! No public text says how these lines look, so the reader is generic: a line that mentions rules,
//! and has two numbers with an arrow or a word such as "became" between them, says that the first
//! became the second. Numbers of its head and of source lines do not count.

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
        let Some((before, after)) = before_and_after(line) else { return self.unknown(line) };
        let mut expected: Vec<String> = Vec::new();
        for list in lists_of(line) {
            let Some(rules) = self.rules.get(*list) else { continue };
            let result = apply_rules(rules, before);
            if result == after {
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

/// The two numbers of a line that says that one became the other; `None` if it has another count of
/// numbers, or does not say what they have to do with each other.
fn before_and_after(line: &str) -> Option<(&str, &str)> {
    let message = message(line);
    let numbers = numbers(message);
    let [(first, before), (second, after)] = numbers[..] else { return None };
    let between = &message[first + before.len()..second];
    joins(between).then_some((before, after))
}

/// What a line says, without the head that loggers write: time stamp, level, and parts in brackets
/// such as `[0x000007b8]` and `[src\dialrules\AppDialRules.cpp(1178)]`.
fn message(line: &str) -> &str {
    let start = Stamp::find_with_place(line).map_or(0, |(_, place)| place.end);
    let mut rest = line.get(start..).unwrap_or_default();
    loop {
        let text = rest.trim_start_matches(|c: char| c.is_whitespace() || "|,:-".contains(c));
        // the arrow of a message, which may begin with a number in brackets
        if text.starts_with('>') {
            return rest;
        }
        let is_level = |c: char| c.is_ascii_uppercase();
        let level = text.find(|c: char| !is_level(c)).unwrap_or(text.len());
        let behind = match text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((_, behind)) if !is_arrow(behind.trim_start()) => behind,
            None if level > 1 && text[level..].starts_with([' ', '|', ':']) => &text[level..],
            _ => return text,
        };
        rest = behind;
    }
}

/// The numbers of a message, with their places: runs of digits, `*` and `#`, perhaps behind `+`.
/// The number of a line behind the name of a source file is none.
fn numbers(message: &str) -> Vec<(usize, &str)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '*' | '#');
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '+' | '*' | '#' | '.' | ':');
    let is_number = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits >= NUMBER_CHARACTERS
            && word.len() <= MAX_NUMBER_CHARACTERS
            && word.chars().all(is_part)
    };
    let mut numbers = Vec::new();
    let mut is_behind_file = false;
    let mut place = 0;
    for part in message.split_inclusive(|c: char| !is_word(c)) {
        let word = part.trim_end_matches(|c: char| !is_word(c));
        let inside = word.trim_start_matches(['.', ':']);
        let start = place + word.len() - inside.len();
        place += part.len();
        let word = inside.trim_end_matches(['.', ':']);
        if word.is_empty() {
            continue;
        }
        if is_number(word) && !is_behind_file {
            numbers.push((start, word));
        }
        is_behind_file = is_source_file(word) || (is_behind_file && word == "line");
    }
    numbers
}

/// Whether a word is the name of a source file: a name, and an extension of a few letters.
fn is_source_file(word: &str) -> bool {
    let Some((name, extension)) = word.rsplit_once('.') else { return false };
    let is_letters = extension.bytes().all(|byte| byte.is_ascii_alphabetic());
    !name.is_empty() && (1..=4).contains(&extension.len()) && is_letters
}

/// Words that stand between a number and what it became.
const JOINS: [&str; 18] = [
    "became",
    "becomes",
    "to",
    "into",
    "after",
    "result",
    "results",
    "returned",
    "returns",
    "return",
    "gives",
    "gave",
    "transformed",
    "changed",
    "converted",
    "translated",
    "modified",
    "output",
];

/// Whether what stands between two numbers says that the first became the second.
fn joins(between: &str) -> bool {
    let mut words = between.split(|c: char| !c.is_alphanumeric());
    let has_arrow = ["->", "=>", "→"].iter().any(|arrow| between.contains(arrow));
    has_arrow || words.any(|word| JOINS.iter().any(|join| word.eq_ignore_ascii_case(join)))
}

fn is_arrow(text: &str) -> bool {
    ["->", "=>", "→"].iter().any(|arrow| text.starts_with(arrow))
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

    const HEAD: &str = "2026-11-30 10:11:13,123 INFO  [0x000007b8] \
                        [src\\dialrules\\AppDialRules.cpp(1178)] [csf.dialrules] [applyRules] - ";

    #[test]
    fn heads_and_source_lines_are_not_numbers() {
        let cases = [
            "matched dial rule for 5551212",
            "dial rule 5551212, AppDialRules.cpp(1178)",
            "AppDialRules.cpp(1178): dial rule for 5551212 to be applied",
            "dial rule for 5551212 to AppDialRules.cpp, line 1178",
            "dial rule for 5551212, session 1178",
        ];
        for message in cases {
            let seen = read(&format!("{HEAD}{message}"));
            assert_eq!((seen.agreeing, seen.disagreements), (0, 0), "{message}: {seen:?}");
            assert_eq!(seen.unknown_lines.len(), 1, "{message}");
            assert_eq!(read(message).disagreements, 0, "{message}");
        }
    }

    #[test]
    fn numbers_behind_a_head_are_compared() {
        let cases = [
            "dial rule: 5551212 -> 95551212",
            "dial rule [5551212] -> [95551212]",
            "transformNumber(5551212) returned 95551212",
            "transformNumber: input=5551212 output=95551212",
            "[5551212] => [95551212] by dial rule",
        ];
        for message in cases {
            for line in [format!("{HEAD}{message}"), message.to_owned()] {
                assert_eq!(read(&line).agreeing, 1, "{line}");
            }
            let other = format!("{HEAD}{}", message.replace("95551212", "85551212"));
            assert_eq!(read(&other).disagreements, 1, "{other}");
        }
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
