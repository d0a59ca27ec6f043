//! Makes the deployed rules of a written rule.

use adr_diagnostic::Span;
use adr_engine::{DialString, Rule};
use compact_str::{CompactString, ToCompactString};

use super::expansion::{Expansion, fits};
use super::findings::{
    BEGINS_WITH_LONGER_THAN_DIGITS, REMOVE_EXCEEDS_DIGITS, REMOVE_MATCHED_WITHOUT_BEGINS_WITH,
};
use super::read::{RuleReader, rule_without_action};
use crate::range::known;
use crate::resolve::context::Context;
use crate::resolve::skipped::Skipped;
use crate::resolve::value::{BAD_NUMBER, Lengths, OPEN, Pattern, Remove};
use crate::rule_origin::{BeginsWithEntry, RuleOrigin};

/// The deployed rules that are being made, and their counts.
struct Rows<'m, 'd, 'p> {
    expansion: &'m mut Expansion<'d>,
    context: &'m mut Context<'p>,
    /// Lengths of the current entry; 0 stands for every length.
    lengths: Vec<u32>,
    /// The number of combinations that became rules.
    made: usize,
    /// The number of combinations that were skipped.
    skipped: usize,
    /// The first skipped combination; see [`Skipped::first`].
    first: Option<(Span, CompactString, u32)>,
    /// The entries without any rule; see [`Skipped::entries`].
    entries: Vec<(Span, CompactString)>,
}

impl RuleReader {
    /// Appends the deployed rules of the rule that was read last: for every entry of begins-with in
    /// the order written, one for each of its prefixes and each length, ascending.
    pub(super) fn add(&mut self, expansion: &mut Expansion<'_>, context: &mut Context<'_>) {
        if !self.is_sound {
            return;
        }
        if self.begins_with.is_empty() {
            if let Remove::Matched(span) = self.remove {
                let found = REMOVE_MATCHED_WITHOUT_BEGINS_WITH
                    .found("this rule has no begins-with that could be removed");
                context.push(found.at(span).with_help("write how many digits to remove"));
                return;
            }
            let nowhere = BeginsWithEntry {
                value: Span::new(self.name.source, self.name.start, self.name.start),
                number: 0,
            };
            self.begins_with.push((Pattern::One(DialString::default()), nowhere));
        }
        if let (Remove::Count(0, span), true) = (&self.remove, self.prefix.is_empty()) {
            return context.push(rule_without_action(span.unwrap_or(self.name)));
        }
        // usually one deployed rule for each entry; growing step by step would need twice the
        // memory
        expansion.rules.reserve(self.begins_with.len());
        expansion.origins.reserve(self.begins_with.len());
        let mut rows = Rows {
            expansion,
            context,
            lengths: std::mem::take(&mut self.row_lengths),
            made: 0,
            skipped: 0,
            first: None,
            entries: Vec::new(),
        };
        let mut entries = self.begins_with.iter();
        let is_whole = entries.all(|(pattern, entry)| {
            rows.find_lengths(self, pattern, *entry) && rows.add(self, pattern, *entry)
        });
        if is_whole {
            rows.finish(self);
        }
        self.row_lengths = rows.lengths;
    }
}

impl Rows<'_, '_, '_> {
    /// Finds the lengths that the numbers of an entry may have. False if one is above the limit of
    /// CUCM, which is reported.
    fn find_lengths(
        &mut self,
        rule: &RuleReader,
        pattern: &Pattern,
        entry: BeginsWithEntry,
    ) -> bool {
        let width = pattern.width();
        let before = self.skipped;
        self.lengths.clear();
        for (written, at) in &rule.lengths {
            let Lengths::Between(low, high) = *written else {
                self.lengths.push(0);
                continue;
            };
            let more = if rule.is_rest { width } else { 0 };
            let low = (low + more).max(1);
            let high = match high {
                OPEN => self.context.longest,
                high => high + more,
            };
            if high > Rule::DIGITS_LIMIT {
                let limit = Rule::DIGITS_LIMIT;
                let message =
                    format!("this makes numbers of {high} digits, and CUCM takes at most {limit}");
                self.context.push(BAD_NUMBER.found(message).at(*at));
                return false;
            }
            for digits in low..=high {
                if digits >= width {
                    self.lengths.push(digits);
                    continue;
                }
                self.skipped += 1;
                if self.first.is_none() {
                    self.first = Some((entry.value, self.text(pattern, entry), digits));
                }
            }
        }
        if self.lengths.is_empty() && self.skipped > before {
            self.entries.push((entry.value, self.text(pattern, entry)));
        }
        true
    }

    /// An entry as its author wrote it.
    fn text(&self, pattern: &Pattern, entry: BeginsWithEntry) -> CompactString {
        match pattern {
            Pattern::One(text) => text.as_str().to_compact_string(),
            Pattern::Range(_) => self.context.slice(entry.value).to_compact_string(),
        }
    }

    /// Appends the deployed rules of one entry. False after a mistake, which is reported.
    fn add(&mut self, rule: &RuleReader, pattern: &Pattern, entry: BeginsWithEntry) -> bool {
        self.made += self.lengths.len();
        match pattern {
            Pattern::One(text) => self.fit(1, rule) && self.push((rule, entry), (text, text.len())),
            // a prefix would also match numbers that are shorter than those of the range
            Pattern::Range(range) if self.lengths.first() == Some(&0) => {
                let mut numbers = range.numbers();
                self.fit(range.count(), rule)
                    && numbers.all(|text| self.push((rule, entry), (&known(&text), range.width())))
            }
            Pattern::Range(range) => {
                let prefixes = range.prefixes();
                let mut all = prefixes.iter();
                self.fit(prefixes.len(), rule)
                    && all.all(|text| self.push((rule, entry), (&known(text), range.width())))
            }
        }
    }

    /// Whether `texts` more begins-with, each with every length, are within the limit of rules.
    fn fit(&mut self, texts: usize, rule: &RuleReader) -> bool {
        let more = texts.saturating_mul(self.lengths.len());
        fits(more, rule.name, self.context)
    }

    /// Appends one deployed rule for each length; `width` is the number of characters that are
    /// matched.
    fn push(
        &mut self,
        (rule, entry): (&RuleReader, BeginsWithEntry),
        (begins_with, width): (&DialString, usize),
    ) -> bool {
        let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let origin = RuleOrigin { name: rule.name, rule: rule.rule, entry: Some(entry) };
        for digits in &self.lengths {
            let digits = *digits;
            let (remove, prefix) = match rule.remove {
                Remove::Count(count, _) => (count, &rule.prefix),
                Remove::Matched(_) => (size(width), &rule.prefix),
                Remove::Keep => (size(begins_with.len()), begins_with),
                Remove::AllBut(left, span) => match all_but(left, digits) {
                    Ok(remove) => (remove, &rule.prefix),
                    Err(error) => {
                        let found = REMOVE_EXCEEDS_DIGITS.found(error.to_string()).at(span);
                        self.context.push(found);
                        return false;
                    }
                },
            };
            let rules = &mut self.expansion.rules;
            let pushed = rules.push(begins_with.clone(), digits, remove, prefix.clone());
            if pushed.is_err() {
                let span = match rule.remove {
                    Remove::Count(_, Some(span)) => span,
                    _ => rule.name,
                };
                let message =
                    format!("this rule removes {remove} digits from a number of {digits}");
                self.context.push(REMOVE_EXCEEDS_DIGITS.found(message).at(span));
                return false;
            }
            self.expansion.origins.push(origin);
        }
        true
    }

    /// Reports omitted combinations: as an error if no combination remains.
    fn finish(&mut self, rule: &RuleReader) {
        let (Some((value, text, digits)), Some((pattern, _))) =
            (self.first.take(), rule.begins_with.first())
        else {
            return;
        };
        if self.made > 0 {
            return self.context.skipped.push(Skipped {
                name: rule.name,
                count: self.skipped,
                of: self.skipped + self.made,
                first: (value, text, digits),
                entries: std::mem::take(&mut self.entries),
            });
        }
        let message = format!(
            "`{text}` has {} characters, and no number of {digits} digits begins with it",
            pattern.width()
        );
        let found = BEGINS_WITH_LONGER_THAN_DIGITS.found(message).at(value);
        self.context.push(match rule.lengths.first() {
            Some((_, at)) => found.at(*at).with_label("number of digits"),
            None => found,
        });
    }
}

/// The number of digits to remove so that `left` of `digits` remain; 0 digits stands for every
/// length.
fn all_but(left: u32, digits: u32) -> Result<u32, AllButError> {
    match digits.checked_sub(left) {
        Some(remove) if remove > 0 => Ok(remove),
        _ if digits == 0 => Err(AllButError::AnyLength),
        _ => Err(AllButError::NothingRemoved { left, digits }),
    }
}

/// Why `remove-all-but` removes no digits.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum AllButError {
    #[error(
        "`remove-all-but` needs the length of the numbers, and `digits any` does not define it"
    )]
    AnyLength,
    #[error("`remove-all-but {left}` removes nothing from a number of {digits} digits")]
    NothingRemoved { left: u32, digits: u32 },
}
