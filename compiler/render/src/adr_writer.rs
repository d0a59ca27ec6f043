//! Converts the rules of deployed files back to rule source, with as few written rules as possible.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use adr_diagnostic::Sources;
use adr_engine::Rule;
use adr_language::limits::NAME_CHARACTERS;
use adr_language::short_entries;

/// A file rule, and the name of the written rule that it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRule {
    /// The rule, within CUCM's limits.
    pub rule: Rule,
    /// The name. Consecutive rules with the same name may become one written rule.
    pub name: String,
    /// A comment that follows the written rule; empty for none.
    pub remark: String,
}

/// Converts file rules to written rules, one per line, in the same order.
pub fn written(rules: &[NamedRule]) -> String {
    let mut names = HashMap::new();
    let mut text = String::new();
    let is_one = |a: &NamedRule, b: &NamedRule| {
        a.name == b.name
            && (a.rule.remove(), a.rule.prefix()) == (b.rule.remove(), b.rule.prefix())
            && keeps(a) == keeps(b)
    };
    for same in rules.chunk_by(is_one) {
        let Some(first) = same.first() else { continue };
        for (begins_with, digits) in boxes(same) {
            let name = unique(&first.name, &mut names);
            let remark = match first.remark.as_str() {
                "" => String::new(),
                remark => format!(" // {remark}"),
            };
            let _ = writeln!(
                text,
                "  rule \"{name}\" {{ {}{} }}{remark}",
                matching(&begins_with, digits),
                consequence(first)
            );
        }
    }
    text
}

/// The two fields that decide which numbers a written rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchFields {
    /// The texts of `begins-with`, in order; empty if the rule has no `begins-with`.
    pub begins_with: Vec<String>,
    /// The value of the `begins-with` field.
    pub beginnings: String,
    /// The value of the `digits` field.
    pub digits: String,
}

/// The match fields of the fewest written rules that match exactly the numbers of `rules`. All
/// `rules` must have the same action.
pub fn match_fields(rules: &[NamedRule]) -> Vec<MatchFields> {
    let fields = |(begins_with, digits): Matching<'_>| {
        let begins_with = match &begins_with[..] {
            [""] => Vec::new(),
            _ => begins_with,
        };
        MatchFields {
            beginnings: beginnings(&begins_with, digits),
            begins_with: begins_with.into_iter().map(str::to_owned).collect(),
            digits: lengths(digits),
        }
    };
    boxes(rules).into_iter().map(fields).collect()
}

/// Formats a text in the standard layout. Returns the text unchanged if it cannot be formatted.
pub fn laid_out(text: String) -> String {
    let mut sources = Sources::new();
    let source = sources.add("made", text.as_str());
    adr_language::format(&sources, source).map_or(text, |formatted| formatted.text)
}

/// Whether a rule leaves the numbers that it matches unchanged.
fn keeps(rule: &NamedRule) -> bool {
    let rule = &rule.rule;
    usize::try_from(rule.remove()) == Ok(rule.begins_with().len())
        && rule.begins_with() == rule.prefix()
}

/// The numbers that one written rule matches: every beginning combined with every length. `None`
/// stands for any length.
type Matching<'r> = (Vec<&'r str>, Option<(i32, i32)>);

/// Groups rules with the same action so that each group is one written rule.
fn boxes(rules: &[NamedRule]) -> Vec<Matching<'_>> {
    let mut lengths: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for NamedRule { rule, .. } in rules {
        let begins_with = rule.begins_with();
        if !lengths.contains_key(begins_with) {
            order.push(begins_with);
        }
        lengths.entry(begins_with).or_default().insert(rule.digits().max(0));
    }
    let mut boxes: Vec<Matching<'_>> = Vec::new();
    for begins_with in order {
        for run in runs(&lengths[begins_with]) {
            match boxes.iter_mut().find(|(_, digits)| *digits == run) {
                Some((beginnings, _)) if !begins_with.is_empty() && !beginnings.contains(&"") => {
                    beginnings.push(begins_with);
                }
                _ => boxes.push((vec![begins_with], run)),
            }
        }
    }
    boxes
}

/// Merges consecutive lengths into runs; length 0 means any length.
fn runs(lengths: &BTreeSet<i32>) -> Vec<Option<(i32, i32)>> {
    let mut runs: Vec<Option<(i32, i32)>> = Vec::new();
    for length in lengths {
        match runs.last_mut() {
            _ if *length == 0 => runs.push(None),
            Some(Some((_, last))) if *last + 1 == *length => *last = *length,
            _ => runs.push(Some((*length, *length))),
        }
    }
    runs
}

fn matching(begins_with: &[&str], digits: Option<(i32, i32)>) -> String {
    let written = lengths(digits);
    match begins_with {
        [""] => format!("digits {written}; "),
        _ => format!("begins-with {}; digits {written}; ", beginnings(begins_with, digits)),
    }
}

/// The value of a `digits` field; `None` is any length.
fn lengths(digits: Option<(i32, i32)>) -> String {
    match digits {
        None => "any".to_owned(),
        Some((first, last)) if first == last => first.to_string(),
        Some((first, last)) => format!("{first}..{last}"),
    }
}

/// The value of a `begins-with` field, with ranges and classes where those are shorter. Rules for
/// any length list every beginning: a range of numbers needs a length.
fn beginnings(begins_with: &[&str], digits: Option<(i32, i32)>) -> String {
    if digits.is_none() {
        let quoted: Vec<String> = begins_with.iter().map(|text| dial_string(text)).collect();
        return quoted.join(", ");
    }
    let mut sorted = begins_with.to_vec();
    sorted.sort_unstable();
    let entries = short_entries(&sorted).into_iter();
    let entries: Vec<String> = entries.map(|entry| entry.written).collect();
    entries.join(", ")
}

fn consequence(rule: &NamedRule) -> String {
    if keeps(rule) {
        return "keep".to_owned();
    }
    let rule = &rule.rule;
    let remove = (rule.remove() != 0).then(|| format!("remove {}", rule.remove()));
    let prefix =
        (!rule.prefix().is_empty()).then(|| format!("prefix {}", dial_string(rule.prefix())));
    let words: Vec<String> = remove.into_iter().chain(prefix).collect();
    if words.is_empty() { "keep".to_owned() } else { words.join("; ") }
}

/// Writes a dial string as rule source, with quotes where they are required.
fn dial_string(text: &str) -> String {
    if text.is_empty() || text.contains('#') { format!("\"{text}\"") } else { text.to_owned() }
}

/// A name that no earlier rule has, at most [`NAME_CHARACTERS`] long.
fn unique(name: &str, names: &mut HashMap<String, usize>) -> String {
    let cut = |room: usize| name.chars().take(room).collect::<String>();
    let mut known = *names.get(name).unwrap_or(&0);
    loop {
        known += 1;
        let suffix = if known == 1 { String::new() } else { format!(" {known}") };
        let made = cut(NAME_CHARACTERS - suffix.len()).trim_end().to_owned() + &suffix;
        if known > 1 && names.contains_key(&made) {
            continue;
        }
        names.insert(name.to_owned(), known);
        names.entry(made.clone()).or_insert(1);
        return made;
    }
}
