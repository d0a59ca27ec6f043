//! Traces a number through a list: the rules that do not match, with the reason, and the rule that
//! decides.

use std::fmt::Write;
use std::ops::RangeInclusive;

use adr_engine::{Mismatch, Rule, SkippedRule, trace};
use anstyle::Style;
use serde::Serialize;

use crate::lists::Rules;
use crate::style::{Styles, styled};
use crate::text::shown;

/// Which of the rules that do not match a trace includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// The rules that match the beginning of the number but not its length.
    Close,
    /// All rules that do not match.
    All,
}

/// One line of a trace: consecutive file rules that come from the same entry of a written rule.
struct Line {
    /// Positions in the list, counted from 0.
    rules: RangeInclusive<usize>,
    /// Whether the rule decides.
    wins: bool,
    words: String,
}

impl Line {
    /// The positions, counted from 1: `3`, or `3-7`.
    fn position(&self) -> String {
        let (first, last) = (self.rules.start() + 1, self.rules.end() + 1);
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    }

    fn words(&self) -> String {
        let verdict = if self.wins { "decides" } else { "does not match" };
        format!("{verdict}: {}", self.words)
    }
}

/// One line of a trace as fields, for a JSON document or a page.
#[derive(Serialize)]
pub struct Step {
    /// The position of the first rule, counted from 1.
    pub position: usize,
    /// The position of the last rule, counted from 1.
    pub position_to: usize,
    /// The name of the rule, or its row.
    pub name: String,
    /// The place of the rule, `file:line`.
    pub place: String,
    /// Whether the rule decides.
    pub wins: bool,
    /// Why the rules do not match, or what the rule does.
    pub reason: String,
}

/// The trace of a number through a list, one line for each entry of a rule.
#[must_use]
pub fn to_text(rules: &Rules, number: &[u8], skipped: Skipped, styles: Styles) -> String {
    let lines = lines(rules, number, skipped);
    let mut text = format!("{}\n", styled(styles.heading, shown(number)));
    let row = |line: &Line| {
        let at = *line.rules.start();
        [line.position(), rules.name(at), rules.place(at), line.words()]
    };
    let rows: Vec<[String; 4]> = lines.iter().map(row).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let (position_width, name_width, place_width) = (width(0), width(1), width(2));
    for (line, [position, name, place, words]) in lines.iter().zip(&rows) {
        let style = if line.wins { styles.heading } else { Style::new() };
        let row = format_args!(
            "{position:>position_width$}  {name:name_width$}  {place:place_width$}  {words}"
        );
        let _ = writeln!(text, "  {}", styled(style, row));
    }
    if !lines.iter().any(|line| line.wins) {
        text.push_str("  no rule matches: the number goes out unchanged\n");
    }
    text
}

/// The trace as steps for a JSON document.
#[must_use]
pub fn steps(rules: &Rules, number: &[u8], skipped: Skipped) -> Vec<Step> {
    let step = |line: Line| Step {
        position: line.rules.start() + 1,
        position_to: line.rules.end() + 1,
        name: rules.name(*line.rules.start()),
        place: rules.place(*line.rules.start()),
        wins: line.wins,
        reason: line.words,
    };
    lines(rules, number, skipped).into_iter().map(step).collect()
}

/// The rules above the one that decides, as far as `skipped` includes them, and then that rule.
fn lines(rules: &Rules, number: &[u8], skipped: Skipped) -> Vec<Line> {
    let trace = trace(rules.rules(), number);
    let passed = trace.skipped.chunk_by(|a, b| is_same_entry(rules, a.rule, b.rule));
    let mut lines: Vec<Line> = passed
        .filter(|passed| skipped == Skipped::All || is_close(rules, passed, number))
        .filter_map(|passed| mismatch(rules, passed))
        .collect();
    lines.extend(trace.applied.rule.map(|at| Line {
        rules: at..=at,
        wins: true,
        words: consequence(&rules.rules()[at]),
    }));
    lines
}

/// Whether two file rules come from the same entry of the same written rule.
fn is_same_entry(rules: &Rules, one: usize, other: usize) -> bool {
    let entry = |at| rules.origin(at).map(|origin| (origin.rule, origin.entry));
    entry(one).is_some() && entry(one) == entry(other)
}

/// Whether one of these rules matches the beginning of the number.
fn is_close(rules: &Rules, skipped: &[SkippedRule], number: &[u8]) -> bool {
    let begins_with = |at: usize| rules.rules()[at].begins_with().as_bytes();
    skipped.iter().any(|skipped| number.starts_with(begins_with(skipped.rule)))
}

/// Why no file rule of one entry matches.
fn mismatch(rules: &Rules, passed: &[SkippedRule]) -> Option<Line> {
    let (first, last) = (passed.first()?, passed.last()?);
    let begins = |passed: &&SkippedRule| matches!(passed.why, Mismatch::BeginsWith { .. });
    let why = match passed.iter().find(begins) {
        Some(passed) => format!("does not begin with {}", rules.entry(passed.rule)),
        None => {
            let lengths = passed.iter().filter_map(|passed| match passed.why {
                Mismatch::Length { expected, given } => Some((expected, given)),
                _ => None,
            });
            let (low, given) = lengths.clone().min().unwrap_or_default();
            match lengths.max() {
                None => "an empty number matches no rule".to_owned(),
                Some((high, _)) if high == low => format!("{given} digits, not {low}"),
                Some((high, _)) => format!("{given} digits, not {low} to {high}"),
            }
        }
    };
    Some(Line { rules: first.rule..=last.rule, wins: false, words: why })
}

fn consequence(rule: &Rule) -> String {
    let remove = match rule.remove() {
        0 => None,
        remove if remove < 0 => Some("everything removed".to_owned()),
        1 => Some("1 digit removed".to_owned()),
        remove => Some(format!("{remove} digits removed")),
    };
    let prefix =
        (!rule.prefix().is_empty()).then(|| format!("prefix {}", rule.prefix().escape_debug()));
    let parts: Vec<String> = remove.into_iter().chain(prefix).collect();
    if parts.is_empty() {
        return "unchanged".to_owned();
    }
    parts.join(", ")
}
