//! The causes of clusters, one file each, in the order in which they are judged.

mod authorization_code_needed;
mod axl_role_missing;
mod axl_user_rejected;
mod client_code_needed;
mod emergency_number_not_flagged;
mod emergency_number_not_routed;
mod emergency_number_sent_elsewhere;
mod emergency_number_undecided;
mod files_differ_from_database;
mod files_differ_from_plan;
mod flagged_number_not_in_plan;
mod folders_hold_different_rules;
mod next_edit_replaces_files;
mod no_tftp_node;
mod nodes_serve_different_rules;
mod rule_file_broken;
mod rule_file_missing;
mod rule_reaches_blocked_pattern;
mod rule_reaches_emergency_pattern;
mod rule_reaches_no_pattern;
mod rules_wait_for_cop_file;
mod serviceability_role_missing;
mod softphone_with_precedence;
mod some_numbers_reach_no_pattern;
mod tftp_node_silent;
mod tftp_service_stopped;
mod unreadable_route_pattern;

use adr_analysis::routing::{RoutedExample, RoutedRule};

use super::case::Case;
use crate::cause::{Cause, Check};
use crate::found::{Found, Place};

/// The checks, in the order in which they are judged.
pub(crate) static CHECKS: &[Check<Case>] = &[
    axl_user_rejected::CHECK,
    axl_role_missing::CHECK,
    serviceability_role_missing::CHECK,
    rules_wait_for_cop_file::CHECK,
    next_edit_replaces_files::CHECK,
    no_tftp_node::CHECK,
    tftp_service_stopped::CHECK,
    tftp_node_silent::CHECK,
    rule_file_missing::CHECK,
    rule_file_broken::CHECK,
    nodes_serve_different_rules::CHECK,
    folders_hold_different_rules::CHECK,
    files_differ_from_plan::CHECK,
    files_differ_from_database::CHECK,
    emergency_number_not_routed::CHECK,
    emergency_number_sent_elsewhere::CHECK,
    emergency_number_undecided::CHECK,
    emergency_number_not_flagged::CHECK,
    flagged_number_not_in_plan::CHECK,
    rule_reaches_emergency_pattern::CHECK,
    rule_reaches_no_pattern::CHECK,
    rule_reaches_blocked_pattern::CHECK,
    authorization_code_needed::CHECK,
    client_code_needed::CHECK,
    unreadable_route_pattern::CHECK,
    softphone_with_precedence::CHECK,
    some_numbers_reach_no_pattern::CHECK,
];

/// Most facts of one kind that a finding shows.
const SHOWN: usize = 10;

/// Adds facts to a finding: the first ones, and how many more there are.
fn because_of(mut found: Found, facts: impl IntoIterator<Item = String>) -> Found {
    let mut facts = facts.into_iter();
    for fact in facts.by_ref().take(SHOWN) {
        found = found.because(fact);
    }
    match facts.count() {
        0 => found,
        more => found.because(format!("and {more} more")),
    }
}

/// The finding of a cause about rules, with an example of each as a fact; `None` without a rule.
/// `message` gets how many they are, such as "2 rules".
fn about_rules<'c>(
    cause: &'static Cause,
    case: &Case,
    rules: impl Iterator<Item = (&'c RoutedRule, &'c RoutedExample)>,
    message: impl FnOnce(&str) -> String,
) -> Option<Found> {
    let facts: Vec<String> = rules
        .map(|(rule, example)| {
            format!("{}: {}", case.rule_words(rule.rule), case.example_words(example))
        })
        .collect();
    let rules = counted(facts.len(), "rule");
    (!facts.is_empty()).then(|| because_of(cause.found(message(&rules)), facts))
}

/// What to do about results that no pattern takes.
fn with_a_route(found: Found) -> Found {
    found
        .fix(
            Place::CucmPage,
            "add a route pattern for the results, unless directory numbers take them",
            ["Call Routing > Route/Hunt > Route Pattern: PATTERN"],
        )
        .fix(Place::Adrc, "or correct the rule", ["adrc dial PLAN NUMBER"])
}

/// A count with its noun: "1 rule", "2 rules".
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
