//! `exact-duplicate`: a rule that stands in its list twice.

use std::hash::BuildHasher;
use std::ops::Range;

use adr_diagnostic::{Applicability, Diagnostic, Edit, Finding, Fix, Sources, Span};
use hashbrown::{HashSet, HashTable};
use rustc_hash::FxBuildHasher;

use super::Facts;
use crate::book::List;

pub(super) static FINDING: Finding = Finding::warning(
    "exact-duplicate",
    "a rule stands in its list twice",
    "The first match wins, so the second one never does anything.\n\n\
     ```adr\napplication {\n  rule \"US\" { begins-with +1; digits 12; remove 1; prefix 9 }\n  \
     rule \"Canada\" { begins-with +1; digits 12; remove 1; prefix 9 }\n}\n```\n\nRemove one of them; `adrc check --fix` removes the lower one.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lists: Vec<(&List, Vec<(usize, usize)>)> = facts
        .lists()
        .map(|(_, _, list, _)| (list, duplicates(list)))
        .collect();
    let removable = removable(&lists);
    for (list, duplicates) in &lists {
        for (at, before) in duplicates {
            let (Some(origin), Some(first)) = (list.origin(*at), list.origin(*before)) else {
                continue;
            };
            let name = facts.sources.slice(first.name);
            let message = format!("the rule `{name}` above does the same, so this one never wins");
            let diagnostic = FINDING
                .found(message)
                .at(origin.name)
                .at(first.name)
                .with_label("the same rule")
                .with_help("remove one of them");
            found.push(if removable.contains(&origin.rule) {
                diagnostic.with_fix(removal(facts.sources, origin.rule))
            } else {
                diagnostic
            });
        }
    }
}

/// Rules that are duplicates with everything they expand to, wherever they are used.
fn removable(lists: &[(&List, Vec<(usize, usize)>)]) -> HashSet<Span> {
    let rule = |list: &List, at: usize| list.origin(at).map(|origin| origin.rule);
    let mut removable: HashSet<Span> = lists
        .iter()
        .flat_map(|(list, duplicates)| duplicates.iter().filter_map(|(at, _)| rule(list, *at)))
        .collect();
    if removable.is_empty() {
        return removable;
    }
    for (list, duplicates) in lists {
        let mut duplicates = duplicates.iter().map(|(at, _)| *at).peekable();
        for at in 0..list.rules().len() {
            if duplicates.next_if_eq(&at).is_none() {
                rule(list, at).map(|rule| removable.remove(&rule));
            }
        }
    }
    removable
}

/// Removes a rule, with its line if nothing else stands there.
fn removal(sources: &Sources, rule: Span) -> Fix {
    let text = sources.get(rule.source).text();
    let Range { start, end } = rule.range();
    let blanks = |text: &str| text.trim_matches([' ', '\t', '\r']).is_empty();
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let is_alone =
        blanks(&text[line_start..start]) && blanks(text[end..line_end].trim_end_matches('\n'));
    let (from, to) = if is_alone {
        (line_start, line_end)
    } else {
        (start, end)
    };
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Fix {
        message: "remove the rule".to_owned(),
        edits: vec![Edit {
            span: Span::new(rule.source, offset(from), offset(to)),
            replacement: String::new(),
        }],
        applicability: Applicability::Automatic,
    }
}

/// Positions of rules that are equal to an earlier one, with that one's.
fn duplicates(list: &List) -> Vec<(usize, usize)> {
    let rules = list.rules();
    let hash = |at: u32| FxBuildHasher.hash_one(&rules[at as usize]);
    let mut first: HashTable<u32> = HashTable::with_capacity(rules.len());
    let mut duplicates = Vec::new();
    for at in (0..).take(rules.len()) {
        let same = |other: &u32| rules[*other as usize] == rules[at as usize];
        let known = *first
            .entry(hash(at), same, |other| hash(*other))
            .or_insert(at)
            .get();
        if known != at {
            duplicates.push((at as usize, known as usize));
        }
    }
    duplicates
}
