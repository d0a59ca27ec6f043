//! `--trace`: every rule that was passed over and why, and the one that decided.

use std::fmt::Write;

use adr_engine::{Mismatch, Rule, trace};

use crate::rules::Rules;
use crate::words::shown;

/// The way of a number through a list, one line a rule.
pub(crate) fn tell(rules: &Rules, number: &[u8]) -> String {
    let trace = trace(rules.rules(), number);
    let rows: Vec<(usize, String)> = trace
        .passed_over
        .iter()
        .map(|passed| {
            let rule = &rules.rules()[passed.rule];
            (
                passed.rule,
                format!("passed over, {}", why(rule, passed.why)),
            )
        })
        .chain(
            trace
                .applied
                .rule
                .map(|at| (at, consequence(&rules.rules()[at]))),
        )
        .collect();
    let mut text = format!("{}\n", shown(number));
    let names: Vec<(String, String)> = rows
        .iter()
        .map(|(at, _)| (rules.name(*at), rules.place(*at)))
        .collect();
    let longest =
        |lengths: &dyn Fn(&(String, String)) -> usize| names.iter().map(lengths).max().unwrap_or(0);
    let name_width = longest(&|(name, _)| name.chars().count());
    let place_width = longest(&|(_, place)| place.chars().count());
    let number_width = rows.len().to_string().len();
    for ((at, words), (name, place)) in rows.iter().zip(&names) {
        let at = at + 1;
        let _ = writeln!(
            text,
            "  {at:>number_width$}  {name:name_width$}  {place:place_width$}  {words}"
        );
    }
    if trace.applied.rule.is_none() {
        text.push_str("  no rule matches: the number goes out as it is\n");
    }
    text
}

fn why(rule: &Rule, mismatch: Mismatch) -> String {
    match mismatch {
        Mismatch::EmptyNumber => "an empty number matches nothing".to_owned(),
        Mismatch::Length { expected, given } => format!("{given} digits and not {expected}"),
        Mismatch::BeginsWith { .. } => {
            format!("does not begin with {}", rule.begins_with().escape_debug())
        }
    }
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
        return "decides: nothing is changed".to_owned();
    }
    format!("decides: {}", parts.join(", "))
}
