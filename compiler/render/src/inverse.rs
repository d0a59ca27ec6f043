//! Lookup rules that undo application rules, as rule source and as fields of a JSON document.

use adr_analysis::{Domain, Inverse, InverseRule, Unrecoverable, longest_covered};
use adr_engine::Rule;
use serde::Serialize;

use crate::adr_writer::{NamedRule, written};
use crate::domain::name;
use crate::lists::Rules;
use crate::text::{escaped, in_sentence, shown};

/// Most groups of numbers that comments list. A last line has the number of the others.
const NAMED: usize = 20;

/// The fields of a JSON document about lookup rules that undo application rules.
#[derive(Serialize)]
pub struct Inverted<'i> {
    domain: &'static str,
    /// The greatest length that the answer covers; null if it covers every length.
    up_to_characters: Option<usize>,
    rules: Vec<Row<'i>>,
    unrecoverable: Vec<Lost>,
    /// The rule source.
    source: &'i str,
}

#[derive(Serialize)]
struct Row<'i> {
    begins_with: &'i str,
    digits: i32,
    remove: i32,
    prefix: &'i str,
    /// The application rule that it undoes; null if it protects unchanged numbers.
    undoes: Option<String>,
}

/// A group of numbers that no lookup rule restores, represented by its shortest number.
#[derive(Serialize)]
struct Lost {
    witness: String,
    result: String,
    /// The rule that decides; null if no rule matches.
    rule: Option<String>,
    reason: String,
}

impl<'i> Inverted<'i> {
    /// The inverse of `rules` in a domain, with its rule source.
    #[must_use]
    pub fn new(rules: &Rules, inverse: &'i Inverse, domain: Domain, source: &'i str) -> Self {
        let row = |made: &'i InverseRule| Row {
            begins_with: made.rule.begins_with(),
            digits: made.rule.digits(),
            remove: made.rule.remove(),
            prefix: made.rule.prefix(),
            undoes: made.undoes.map(|at| rules.name(at)),
        };
        let lost = |loss: &Unrecoverable| Lost {
            witness: shown(&loss.witness),
            result: shown(&loss.result),
            rule: loss.region.winner.map(|at| rules.name(at)),
            reason: why(loss),
        };
        Self {
            domain: name(domain),
            up_to_characters: longest_covered(&[rules.rules()]),
            rules: inverse.rules.iter().map(row).collect(),
            unrecoverable: losses(inverse).into_iter().map(lost).collect(),
            source,
        }
    }
}

/// The rule source, not yet formatted. Its comments list the numbers that cannot be restored.
#[must_use]
pub fn source(rules: &Rules, inverse: &Inverse, title: &str) -> String {
    let mut text = format!("// {title}: written by adrc invert.\n");
    for loss in losses(inverse).into_iter().take(NAMED) {
        text += &format!("// {}\n", comment(rules, loss));
    }
    if let Some(more @ 1..) = inverse.unrecoverable.len().checked_sub(NAMED) {
        let groups = if more == 1 { "group" } else { "groups" };
        text += &format!("// {more} more {groups} of numbers cannot be restored.\n");
    }
    let named = inverse.rules.iter().map(|rule| NamedRule {
        rule: rule.rule.clone(),
        name: match rule.undoes {
            Some(at) => format!("Undo {}", rules.name(at)),
            None => "Unchanged".to_owned(),
        },
        remark: String::new(),
    });
    let named: Vec<NamedRule> = named.collect();
    format!("{text}\nlookup {{\n{}}}\n", written(&named))
}

fn comment(rules: &Rules, loss: &Unrecoverable) -> String {
    let number = shown(&loss.witness);
    let by = match loss.region.winner {
        Some(at) => format!(" by {}", escaped(&rules.name(at))),
        None => String::new(),
    };
    let dialed = match loss.witness == loss.result {
        true => format!("{number} remains unchanged{by}"),
        false => format!("{number} becomes {}{by}", in_sentence(&loss.result)),
    };
    format!("Cannot be restored: {dialed}, and {}.", why(loss))
}

/// Why numbers cannot be restored.
fn why(loss: &Unrecoverable) -> String {
    match &loss.collides_with {
        _ if loss.result.len() > Rule::DIGITS_LIMIT as usize => {
            format!("CUCM accepts no rule for more than {} characters", Rule::DIGITS_LIMIT)
        }
        Some(other) if *other == loss.result => format!("{} remains unchanged", shown(other)),
        Some(other) if loss.witness == loss.result => {
            format!("{} becomes {}", shown(other), shown(&loss.witness))
        }
        Some(other) => format!("so does {}", shown(other)),
        None if loss.result.is_empty() => "no rule matches an empty number".to_owned(),
        None => "CUCM accepts no rule that restores it".to_owned(),
    }
}

/// Groups of numbers that cannot be restored: first those that a rule matches, then unchanged
/// numbers that equal the result of another number.
fn losses(inverse: &Inverse) -> Vec<&Unrecoverable> {
    let mut lost: Vec<&Unrecoverable> = inverse.unrecoverable.iter().collect();
    lost.sort_by_key(|loss| loss.region.winner.is_none());
    lost
}
