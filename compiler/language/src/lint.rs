//! Lints: checks of a dial plan without errors. Each lint has a file, and one list registers them.

mod any_length;
mod changed_number;
mod context;
mod dead_fix;
mod dead_rule;
mod declaration;
mod emergency_by_accident;
mod emergency_rewritten;
mod empty_result;
mod entries;
mod exact_duplicate;
mod keep_without_begins_with;
mod lookup_does_not_invert;
mod nested_networks;
mod no_emergency_set;
mod overlap_order_matters;
mod overlapping_networks;
mod partly_dead_rule;
mod plus_inside_result;
mod redundant_network;
mod redundant_rule;
mod relocation;
mod removal;
mod result_matches_rule;
mod rule_names;
mod skipped_combination;
mod untested_list;
mod unused_group;
mod unused_let;
mod wording;

use std::thread::Builder;

use adr_diagnostic::Diagnostic;

use crate::levels::Levels;
use crate::resolve::names;
use crate::two_threads::in_two_threads;
pub(crate) use context::Context;
use declaration::{Cost, Lint};

/// Number of rules from which a second thread is worth starting.
const MANY: usize = 1_000;

/// Every lint, in the order in which they run.
pub(crate) static LINTS: &[&Lint] = &[
    &dead_rule::LINT,
    &emergency_rewritten::LINT,
    &emergency_by_accident::ACCIDENT,
    &emergency_by_accident::MORE_DIGITS,
    &plus_inside_result::INNER_PLUS,
    &plus_inside_result::CODES,
    &no_emergency_set::LINT,
    &any_length::LINT,
    &keep_without_begins_with::LINT,
    &exact_duplicate::LINT,
    &redundant_rule::LINT,
    &empty_result::LINT,
    &overlapping_networks::LINT,
    &redundant_network::LINT,
    &unused_group::LINT,
    &unused_let::LINT,
    &untested_list::LINT,
    &partly_dead_rule::LINT,
    &skipped_combination::LINT,
    &overlap_order_matters::LINT,
    &result_matches_rule::LINT,
    &lookup_does_not_invert::LINT,
];

/// Rules that have the name of an earlier rule of their list. These are errors and not lints; they
/// are looked for here because the context has every list.
pub(crate) fn repeated_names(context: &Context<'_>) -> Vec<Diagnostic> {
    let lists = context.lists();
    lists.flat_map(|written| names::repeated(written.list, context.sources)).collect()
}

/// The findings of all lints of a dial plan without errors. Notes are included if `levels` ask for
/// them.
///
/// # Errors
///
/// Repeated names. These are errors, so no lint runs.
pub(crate) fn run(
    context: &Context<'_>,
    levels: &Levels,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let run = |cost: Cost| {
        let lints = LINTS.iter().filter(|lint| lint.cost == cost);
        let mut found = Vec::new();
        for lint in
            lints.filter(|lint| lint.findings.iter().any(|finding| levels.asks_for(finding)))
        {
            (lint.check)(context, &mut found);
        }
        found
    };
    let others = || match repeated_names(context) {
        repeated if repeated.is_empty() => Ok(run(Cost::Low)),
        repeated => Err(repeated),
    };
    let (costly, found) = if context.rules() < MANY {
        let found = others()?;
        (run(Cost::High), Ok(found))
    } else {
        in_two_threads(Builder::new(), || run(Cost::High), others)
    };
    let mut found = found?;
    found.extend(costly);
    Ok(found)
}
