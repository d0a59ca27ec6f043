//! Compares the rules of files with those of a dial plan and of the database.

use adr_diagnostic::visible;
use adr_engine::Rule;

use super::case::Case;
use super::observation::{Lists, SeenRule};

/// A fact for each file whose rules differ from those of the dial plan. Nothing without a plan.
pub(super) fn differing_from_plan(case: &Case) -> Vec<String> {
    let lists = case.seen.plan.as_ref().map(|plan| &plan.lists);
    lists.map(|lists| differing(case, lists, "the dial plan")).unwrap_or_default()
}

/// A fact for each file whose rules differ from those in the database of CUCM. Nothing if the
/// database was not read.
pub(super) fn differing_from_database(case: &Case) -> Vec<String> {
    let lists = case.seen.database.as_ref();
    lists.map(|lists| differing(case, lists, "the database")).unwrap_or_default()
}

fn differing(case: &Case, lists: &Lists, of: &str) -> Vec<String> {
    let differing = case.files().filter_map(|(node, file, content)| {
        let expected = if file.is_application() { &lists.application } else { &lists.lookup };
        let (seen, expected) = (rules(&content.rules), rules(expected));
        if seen == expected {
            return None;
        }
        let place = format!("`{}` on `{}`", visible(&file.path), visible(&node.name));
        let first = seen.iter().zip(&expected).position(|(one, other)| one != other);
        Some(match first {
            Some(at) => format!("{place} differs from {of} from rule {} on", at + 1),
            None => {
                let (seen, expected) = (seen.len(), expected.len());
                format!("{place} has {seen} rules, and {of} has {expected}")
            }
        })
    });
    differing.collect()
}

/// The rules as clients apply them: a file may write the same rule in several ways.
fn rules(seen: &[SeenRule]) -> Vec<Rule> {
    let plain = |rule: &SeenRule| {
        let digits = rule.digits.max(0);
        Rule::from_deployed(&rule.begins_with, digits, rule.remove, &rule.prefix)
    };
    seen.iter().map(plain).collect()
}
