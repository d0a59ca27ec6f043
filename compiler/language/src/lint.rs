//! What can be wrong with a dial plan that has a meaning. One file a lint; one list registers them.

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

/// Rules from which on a second thread is worth its start.
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

/// Rules whose names are taken already. These are errors, and no lint; they are looked for here
/// because every list is at hand.
pub(crate) fn repeated_names(context: &Context<'_>) -> Vec<Diagnostic> {
    let lists = context.lists();
    lists.flat_map(|written| names::repeated(written.list, context.sources)).collect()
}

/// What lints find in a dial plan without errors; notes only where levels ask for them.
///
/// # Errors
///
/// Repeated names, which are errors, so that nothing else is of interest.
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
