//! Turns the rules of a deployed XML file into a readable rule source.

use std::fmt::Write;

use adr_engine::{DialString, DialStringError, Rule};
use hashbrown::HashMap;

use crate::limits::NAME_CHARACTERS;
use crate::plan::ListKind;
use crate::short_entries::{ShortEntry, short_entries};

/// Writes `.adr` text that compiles to a list with the same result for every number.
///
/// A deployed file has no names of rules, so readable ones are made. Within CUCM's limits, the
/// compiled list has the same rules. A value that only clients accept, such as a negative length,
/// becomes the legal value with the same meaning. A rule that can never match becomes a comment,
/// and a rule that changes no number becomes `keep`.
///
/// # Errors
///
/// The first rule that has no legal equivalent, such as one with letters in its begins-with.
pub fn import(kind: ListKind, rules: &[Rule]) -> Result<String, ImportError> {
    let keyword = match kind {
        ListKind::Application => "application",
        ListKind::Lookup => "lookup",
    };
    let mut rows = Vec::with_capacity(rules.len());
    for (at, rule) in rules.iter().enumerate() {
        rows.push(Row::of(rule).map_err(|reason| ImportError { rule: at + 1, reason })?);
    }
    let mut names = HashMap::new();
    let mut text = format!("{keyword} {{\n");
    let runs: Vec<Run<'_>> = rows.chunk_by(Row::is_followed_by).map(Run).collect();
    for alike in runs.chunk_by(Run::is_like) {
        let texts: Vec<&str> = alike.iter().map(Run::begins_with).collect();
        let mut rest = alike;
        for entry in short_entries(&texts) {
            rest[0].write(&entry, &mut names, &mut text);
            rest = &rest[entry.texts..];
        }
    }
    text.push_str("}\n");
    Ok(text)
}

/// Rules that differ only in their numbers of digits, each one digit longer than the one before.
struct Run<'r>(&'r [Row]);

impl Run<'_> {
    fn first(&self) -> &Row {
        &self.0[0]
    }

    fn last_digits(&self) -> u32 {
        self.0[self.0.len() - 1].digits
    }

    fn begins_with(&self) -> &str {
        self.first().begins_with.as_str()
    }

    /// Whether one written rule can stand for both: they do the same to numbers of the same
    /// lengths.
    fn is_like(&self, other: &Self) -> bool {
        let (one, two) = (self.first(), other.first());
        let lengths = |run: &Self| (run.first().digits, run.last_digits());
        // a range for every length would be expanded number by number
        one.digits > 0
            && lengths(self) == lengths(other)
            && !one.is_impossible()
            && !two.is_impossible()
            && !one.begins_with.is_empty()
            && !two.begins_with.is_empty()
            && (one.keeps() && two.keeps()
                || !one.keeps()
                    && !two.keeps()
                    && (one.remove, &one.prefix) == (two.remove, &two.prefix))
    }

    /// Writes one rule for the entry, which stands for this run and for some of those after it.
    fn write(&self, entry: &ShortEntry, names: &mut HashMap<String, usize>, text: &mut String) {
        self.first().write((self.last_digits(), &entry.written), names, text);
    }
}

/// One rule within CUCM's limits.
#[derive(Debug)]
struct Row {
    begins_with: DialString,
    /// Number of digits; 0 stands for every length.
    digits: u32,
    /// Number of digits to remove.
    remove: u32,
    prefix: DialString,
}

impl Row {
    fn of(rule: &Rule) -> Result<Self, ImportReason> {
        let dial_string = |field: &'static str, text: &str| {
            let error =
                |source| ImportReason::NotADialString { field, text: text.to_owned(), source };
            DialString::new(text).map_err(error)
        };
        let limit = Rule::DIGITS_LIMIT;
        let digits = rule.length().map_or(Ok(0), u32::try_from).unwrap_or(u32::MAX);
        if digits > limit {
            return Err(ImportReason::TooManyDigits(digits));
        }
        let remove = match (u32::try_from(rule.remove()), digits) {
            (Ok(remove), 0) if remove <= limit => remove,
            (_, 0) => return Err(ImportReason::RemovesEverything),
            (Ok(remove), digits) => remove.min(digits),
            (Err(_), digits) => digits,
        };
        Ok(Self {
            begins_with: dial_string("begins-with", rule.begins_with())?,
            digits,
            remove,
            prefix: dial_string("prefix", rule.prefix())?,
        })
    }

    /// Whether the next row is the same rule for numbers that are one digit longer.
    fn is_followed_by(&self, next: &Self) -> bool {
        self.digits > 0
            && self.digits + 1 == next.digits
            && self.begins_with.len() <= self.digits as usize
            && (&self.begins_with, self.remove, &self.prefix)
                == (&next.begins_with, next.remove, &next.prefix)
    }

    /// Whether no number is long enough for it.
    fn is_impossible(&self) -> bool {
        self.digits > 0 && self.begins_with.len() > self.digits as usize
    }

    /// Whether it leaves numbers unchanged.
    fn keeps(&self) -> bool {
        self.remove as usize == self.begins_with.len() && self.prefix == self.begins_with
            || self.remove == 0 && self.prefix.is_empty()
    }

    /// Writes a rule for numbers of up to `last` digits that begin as the entry says.
    fn write(
        &self,
        (last, entry): (u32, &str),
        names: &mut HashMap<String, usize>,
        text: &mut String,
    ) {
        let digits = match self.digits {
            0 => "any".to_owned(),
            first if first == last => first.to_string(),
            first => format!("{first}..{last}"),
        };
        if self.is_impossible() {
            let _ = writeln!(
                text,
                "  // omitted: no number of {digits} digits begins with {}",
                self.begins_with
            );
            return;
        }
        let _ = write!(text, "  rule \"{}\" {{ ", name(entry, &digits, names));
        if !self.begins_with.is_empty() {
            let _ = write!(text, "begins-with {entry}; ");
        }
        let _ = write!(text, "digits {digits}; ");
        if self.keeps() {
            text.push_str("keep }\n");
            return;
        }
        let fields = [
            (self.remove > 0).then(|| format!("remove {}", self.remove)),
            (!self.prefix.is_empty()).then(|| format!("prefix {}", self.prefix)),
        ];
        let fields: Vec<String> = fields.into_iter().flatten().collect();
        let _ = writeln!(text, "{} }}", fields.join("; "));
    }
}

/// A unique name that says which numbers the rule is for.
fn name(entry: &str, digits: &str, names: &mut HashMap<String, usize>) -> String {
    let entry = entry.trim_matches('"');
    let shown = if entry.len() > 24 { format!("{}...", &entry[..21]) } else { entry.to_owned() };
    let length = match digits {
        "any" => "any length".to_owned(),
        digits => format!("{} digits", digits.replace("..", " to ")),
    };
    let name = if shown.is_empty() { length } else { format!("{shown}, {length}") };
    let count = names.entry(name.clone()).or_insert(0);
    *count += 1;
    let numbered = if *count == 1 { name } else { format!("{name} ({count})") };
    debug_assert!(numbered.chars().count() <= NAME_CHARACTERS);
    numbered
}

/// A rule has no legal equivalent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule}: {reason}")]
pub struct ImportError {
    /// Position in the file, from 1.
    pub rule: usize,
    /// Why.
    #[source]
    pub reason: ImportReason,
}

/// Why a rule has no legal equivalent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportReason {
    /// The begins-with or the prefix is not a dial string.
    #[error("{field} `{}`: {source}", text.escape_debug())]
    NotADialString {
        /// `begins-with` or `prefix`.
        field: &'static str,
        /// The text.
        text: String,
        /// What is wrong with it.
        source: DialStringError,
    },
    /// The number of digits is above CUCM's limit.
    #[error("a number of digits of {0}, and CUCM takes at most {limit}", limit = Rule::DIGITS_LIMIT)]
    TooManyDigits(u32),
    /// Every digit is removed from numbers of every length.
    #[error(
        "the rule removes every digit from numbers of every length, and CUCM accepts no such rule"
    )]
    RemovesEverything,
}
