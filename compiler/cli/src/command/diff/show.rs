//! Differences as people and pipelines read them.

use std::fmt::Write;

use adr_analysis::{Difference, Domain};
use adr_diagnostic::render::{FORMAT_VERSION, Outcome, TestCase, junit_cases};
use num_bigint::BigUint;
use serde::Serialize;
use serde_json::value::RawValue;
use similar::TextDiff;

use super::Compared;
use crate::rules::Rules;
use crate::table::table;
use crate::words::{grouped, kind_word, list_words, shown, view_words};

#[derive(Serialize)]
struct Document<'c> {
    format_version: u32,
    equal: bool,
    differences: Vec<Row<'c>>,
}

#[derive(Serialize)]
struct Row<'c> {
    kind: &'static str,
    site: Option<&'c str>,
    begins_with: String,
    except: Vec<String>,
    digits: usize,
    /// The longest length; null where there is none.
    digits_to: Option<usize>,
    count: Option<Box<RawValue>>,
    witness: String,
    old: String,
    new: String,
    old_rule: Option<String>,
    new_rule: Option<String>,
}

pub(in crate::command) fn json(compared: &[Compared<'_>], domain: Domain) -> String {
    let rows = compared.iter().flat_map(|compared| {
        let row = move |difference: &Difference| Row {
            kind: kind_word(compared.kind),
            site: compared.site.as_deref(),
            begins_with: shown(&difference.region.begins_with),
            except: difference
                .region
                .except
                .iter()
                .map(|hole| shown(hole))
                .collect(),
            digits: difference.region.lengths.from,
            digits_to: difference.region.lengths.to,
            count: difference
                .count(domain)
                .and_then(|count| RawValue::from_string(count.to_string()).ok()),
            witness: shown(&difference.witness),
            old: shown(&difference.old_result),
            new: shown(&difference.new_result),
            old_rule: difference.old.map(|at| compared.old.name(at)),
            new_rule: difference.new.map(|at| compared.new.name(at)),
        };
        compared.differences.iter().map(row)
    });
    let differences: Vec<Row<'_>> = rows.collect();
    let document = Document {
        format_version: FORMAT_VERSION,
        equal: differences.is_empty(),
        differences,
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// One table for each list; lists that change alike are told once.
pub(in crate::command) fn text(compared: &[Compared<'_>], domain: Domain) -> String {
    let mut text = String::new();
    let mut told: Vec<usize> = Vec::new();
    for (at, first) in compared.iter().enumerate() {
        if first.differences.is_empty() || told.contains(&at) {
            continue;
        }
        let alike = |other: &Compared<'_>| {
            other.kind == first.kind && rows(other, domain) == rows(first, domain)
        };
        let same: Vec<usize> = (at..compared.len())
            .filter(|other| alike(&compared[*other]))
            .collect();
        let views: Vec<String> = same
            .iter()
            .map(|other| view_words(compared[*other].site.as_deref()))
            .collect();
        told.extend(same);
        let _ = writeln!(
            text,
            "{}, {} rules",
            views.join(", "),
            kind_word(first.kind)
        );
        text.push_str(&table(&rows(first, domain)));
        text.push('\n');
    }
    text
}

fn rows(compared: &Compared<'_>, domain: Domain) -> Vec<Vec<String>> {
    let head = [
        "begins with",
        "digits",
        "numbers",
        "for example",
        "was",
        "becomes",
        "by",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for same in runs(compared) {
        let Some(first) = same.first() else { continue };
        let counts: Option<BigUint> = same.iter().map(|difference| difference.count(domain)).sum();
        rows.push(vec![
            beginning(first),
            digits(&same),
            counts.map_or("without end".to_owned(), |count| {
                grouped(&count.to_string())
            }),
            shown(&first.witness),
            result(&first.old_result, &first.witness),
            result(&first.new_result, &first.witness),
            by(compared, first),
        ]);
    }
    rows
}

/// Differences that are one for people: the same beginning and the same rules, one length after the other.
fn runs<'c>(compared: &'c Compared<'_>) -> Vec<Vec<&'c Difference>> {
    let mut runs: Vec<Vec<&Difference>> = Vec::new();
    for difference in &compared.differences {
        let follows = |run: &&mut Vec<&Difference>| {
            run.last().is_some_and(|last| {
                last.region.lengths.to.map(|to| to + 1) == Some(difference.region.lengths.from)
                    && last.region.begins_with == difference.region.begins_with
                    && last.region.except.is_empty() == difference.region.except.is_empty()
                    && by(compared, last) == by(compared, difference)
            })
        };
        match runs.iter_mut().find(follows) {
            Some(run) => run.push(difference),
            None => runs.push(vec![difference]),
        }
    }
    runs
}

fn beginning(difference: &Difference) -> String {
    let region = &difference.region;
    match (region.begins_with.is_empty(), region.except.is_empty()) {
        (true, true) => "anything".to_owned(),
        (true, false) => "anything else".to_owned(),
        (false, true) => shown(&region.begins_with),
        (false, false) => format!("{}, else", shown(&region.begins_with)),
    }
}

fn digits(same: &[&Difference]) -> String {
    let from = same.first().map_or(0, |first| first.region.lengths.from);
    match same.last().and_then(|last| last.region.lengths.to) {
        Some(to) if to == from => to.to_string(),
        Some(to) => format!("{from} to {to}"),
        None => format!("{from} and more"),
    }
}

fn result(result: &[u8], number: &[u8]) -> String {
    match result {
        b"" => "nothing".to_owned(),
        same if same == number => "unchanged".to_owned(),
        other => shown(other),
    }
}

fn by(compared: &Compared<'_>, difference: &Difference) -> String {
    let name =
        |rules: &Rules, at: Option<usize>| at.map_or("no rule".to_owned(), |at| rules.name(at));
    let (old, new) = (
        name(compared.old, difference.old),
        name(compared.new, difference.new),
    );
    if old == new {
        old
    } else {
        format!("{old} -> {new}")
    }
}

/// One case for each list: failed where calls change.
pub(super) fn junit(compared: &[Compared<'_>], domain: Domain, file: &str) -> String {
    let case = |compared: &Compared<'_>| TestCase {
        name: list_words(compared.site.as_deref(), compared.kind),
        file: file.to_owned(),
        line: 1,
        outcome: match compared.differences.first() {
            None => Outcome::Passed,
            Some(first) => Outcome::Failed {
                message: format!(
                    "{} was {}, becomes {}",
                    shown(&first.witness),
                    result(&first.old_result, &first.witness),
                    result(&first.new_result, &first.witness)
                ),
                detail: table(&rows(compared, domain)),
            },
        },
    };
    junit_cases("adrc diff", &compared.iter().map(case).collect::<Vec<_>>())
}

/// Rules with their names, as a diff, list by list.
pub(super) fn names(compared: &[Compared<'_>]) -> String {
    let mut text = String::new();
    for compared in compared {
        let title = list_words(compared.site.as_deref(), compared.kind);
        let (old, new) = (written(compared.old), written(compared.new));
        let diff = TextDiff::from_lines(&old, &new);
        text += &diff
            .unified_diff()
            .context_radius(0)
            .header(&title, &title)
            .to_string();
    }
    text
}

fn written(rules: &Rules) -> String {
    let line = |(at, rule): (usize, &adr_engine::Rule)| {
        format!(
            "{}: begins-with \"{}\", digits {}, remove {}, prefix \"{}\"\n",
            rules.name(at),
            rule.begins_with().escape_debug(),
            rule.digits(),
            rule.remove(),
            rule.prefix().escape_debug()
        )
    };
    rules.rules().iter().enumerate().map(line).collect()
}
