//! `overlap-order-matters`: rules whose order changes results.

use adr_analysis::{Domain, Overlap, Reachability, overlaps};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use super::rule_names::RuleNames;
use super::wording::quoted;
use crate::plan::{List, RuleOrigin};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::note(
    "overlap-order-matters",
    "two rules match the same numbers, so their order decides the result",
    include_str!("../pages/overlap-order-matters.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for WrittenList { list, .. } in context.lists() {
        for (origin, above) in by_lower_rule(context, list) {
            found.extend(diagnostic(context, list, origin, &above));
        }
    }
}

/// The overlaps, by the lower rule, in the order of the rules. Overlaps within one written rule are
/// omitted, and so are those of rules that never win, which `dead-rule` reports.
fn by_lower_rule(context: &Context<'_>, list: &List) -> Vec<(RuleOrigin, Vec<Overlap>)> {
    let mut by_rule: HashMap<Span, (RuleOrigin, Vec<Overlap>)> = HashMap::new();
    let mut overlaps = overlaps(list.rules(), Domain::Dialable);
    if !overlaps.is_empty() {
        let reachability = context.reachability(list);
        overlaps.retain(|overlap| reachability[overlap.second] == Reachability::Live);
    }
    for overlap in overlaps {
        let (upper, lower) = (list.origin(overlap.first.rule), list.origin(overlap.second));
        if let Some(lower) = lower.filter(|_| upper != lower) {
            let entry = by_rule.entry(lower.rule);
            entry.or_insert_with(|| (lower, Vec::new())).1.push(overlap);
        }
    }
    let mut by_rule: Vec<_> = by_rule.into_values().collect();
    by_rule.sort_by_key(|(lower, _)| lower.rule);
    by_rule
}

fn diagnostic(
    context: &Context<'_>,
    list: &List,
    lower: RuleOrigin,
    above: &[Overlap],
) -> Option<Diagnostic> {
    let rules: Vec<usize> = above.iter().map(|overlap| overlap.first.rule).collect();
    let upper = RuleNames::of(context.sources, list, &rules);
    let first = above.iter().min_by(|a, b| Domain::compare(&a.first.witness, &b.first.witness))?;
    let [number, result, swapped] =
        [&first.first.witness, &first.first.result, &first.swapped_result]
            .map(|text| String::from_utf8_lossy(text));
    let message = format!(
        "this rule must stay below {upper}: otherwise `{number}` would become {} instead of {}",
        quoted(&swapped),
        quoted(&result)
    );
    let mut found = FINDING.found(message).at(lower.name);
    for upper in upper.shown() {
        found = found.at(upper.name).with_label("must stay above");
    }
    Some(found.with_witness(number))
}
