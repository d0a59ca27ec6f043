//! Records as rules and comments.

use std::fmt::Write;

use adr_cucm::{ConvertedRule, Count, CucmRule};
use adr_engine::Rule;
use adr_language::limits::DESCRIPTION_CHARACTERS;

use super::names::Names;
use super::{Quotable, RECORD};

/// Writes the records of one list, in order.
pub(super) fn write(records: &[ConvertedRule], text: &mut String) {
    let mut names = Names::of(records);
    for run in records.chunk_by(is_followed_by) {
        match run.first().and_then(writable) {
            Some(rule) => write_run(run, rule, &mut names, text),
            None => run.iter().for_each(|record| write_comment(record, text)),
        }
    }
}

/// The rule of a record, if a rule source can have it.
fn writable(record: &ConvertedRule) -> Option<&Rule> {
    let rule = record.rule.as_ref().filter(|rule| rule.check().is_ok())?;
    (!is_impossible(rule)).then_some(rule)
}

/// Whether the rule begins with more digits than it has, so that it matches no number.
fn is_impossible(rule: &Rule) -> bool {
    rule.length().is_some_and(|digits| rule.begins_with().len() > digits)
}

/// Whether one written rule can stand for both, because they differ in name and number of digits
/// only.
fn is_followed_by(one: &ConvertedRule, next: &ConvertedRule) -> bool {
    let (Some(rule), Some(other)) = (writable(one), writable(next)) else {
        return false;
    };
    rule.digits() > 0
        && rule.digits() < other.digits()
        && (rule.begins_with(), rule.remove(), rule.prefix())
            == (other.begins_with(), other.remove(), other.prefix())
        && one.record.rule.description == next.record.rule.description
}

/// Writes one rule for records that differ in name and number of digits only.
fn write_run(run: &[ConvertedRule], rule: &Rule, names: &mut Names<'_>, text: &mut String) {
    let Some(first) = run.first().map(|first| &first.record.rule) else { return };
    let name = names.next(&first.name);
    let description = Some(&*first.description).filter(|it| is_description(it));
    for record in run {
        let record = &record.record.rule;
        let has_name = run.len() == 1 && record.name == name;
        let shown = (!has_name).then_some(&*record.name);
        write_record(record, shown, description.is_none(), text);
        text.push('\n');
    }
    let _ = write!(text, "rule \"{name}\" {{ ");
    if !rule.begins_with().is_empty() {
        let _ = write!(text, "begins-with {}; ", dial_string(rule.begins_with()));
    }
    let _ = write!(text, "digits {}; {}", lengths(run), action(rule));
    if let Some(description) = description {
        let _ = write!(text, "; description \"{description}\"");
    }
    text.push_str(" }\n");
}

/// The value of the field `digits`.
fn lengths(run: &[ConvertedRule]) -> String {
    let digits: Vec<i32> =
        run.iter().filter_map(|record| Some(record.rule.as_ref()?.digits())).collect();
    let ranges = digits.chunk_by(|a, b| a + 1 == *b).map(|range| match range {
        [0] => "any".to_owned(),
        [first, .., last] => format!("{first}..{last}"),
        range => range.iter().map(i32::to_string).collect(),
    });
    ranges.collect::<Vec<_>>().join(", ")
}

/// The fields that say what happens to a number.
fn action(rule: &Rule) -> String {
    let is_same_text = rule.begins_with() == rule.prefix()
        && usize::try_from(rule.remove()) == Ok(rule.begins_with().len());
    match (rule.remove(), rule.prefix()) {
        _ if is_same_text => "keep".to_owned(),
        (0, "") => "keep".to_owned(),
        (0, prefix) => format!("prefix {}", dial_string(prefix)),
        (remove, "") => format!("remove {remove}"),
        (remove, prefix) => format!("remove {remove}; prefix {}", dial_string(prefix)),
    }
}

/// A dial string as rule source. A `#` could be taken for a comment by a reader.
fn dial_string(text: &str) -> String {
    if text.contains('#') { format!("\"{text}\"") } else { text.to_owned() }
}

/// Whether the language accepts a description, and there is one.
fn is_description(text: &str) -> bool {
    let is_refused = |c: char| c == '"' || c == '\\' || adr_diagnostic::is_invisible(c);
    (1..=DESCRIPTION_CHARACTERS).contains(&text.chars().count()) && !text.contains(is_refused)
}

/// Writes a record that becomes no rule, as a comment.
fn write_comment(record: &ConvertedRule, text: &mut String) {
    let values = &record.record.rule;
    write_record(values, Some(&values.name), true, text);
    if record.rule.as_ref().is_some_and(|rule| rule.check().is_ok()) {
        text.push_str("; no number is long enough for this rule");
    } else {
        text.push_str("; adrc cannot write this rule");
    }
    let CucmRule { begins_with, digits, remove, prefix, .. } = values;
    let fields = [
        ("begins-with", begins_with.clone()),
        ("digits", digits.to_string()),
        ("remove", remove.to_string()),
        ("prefix", prefix.clone()),
    ];
    let fields = fields.iter().map(|(name, value)| format!("{name} \"{}\"", Quotable(value)));
    let _ = writeln!(text, ": {}", fields.collect::<Vec<_>>().join(", "));
}

/// Writes the comment about a record: what the rule itself does not say.
fn write_record(record: &CucmRule, name: Option<&str>, described: bool, text: &mut String) {
    text.push_str(RECORD);
    if let Some(name) = name {
        let _ = write!(text, "\"{}\", ", Quotable(name));
    }
    match &record.priority {
        Count::Empty => text.push_str("no priority"),
        Count::Number(number) => {
            let _ = write!(text, "priority {number}");
        }
        Count::Other(other) => {
            let _ = write!(text, "priority \"{}\"", Quotable(other));
        }
    }
    if let Some(uuid) = &record.uuid {
        let _ = write!(text, ", {}", Quotable(&uuid.to_string()));
    }
    if described && !record.description.is_empty() {
        let _ = write!(text, ", description \"{}\"", Quotable(&record.description));
    }
}
