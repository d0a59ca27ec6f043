//! `plus-inside-result` and `feature-code-rewritten`: results with a `+`, `*` or `#` in a wrong
//! place.

use adr_analysis::{Unroutable, unroutable_results};
use adr_diagnostic::{Diagnostic, Finding};
use adr_engine::Rule;

use super::changed_number::changed_numbers;
use super::context::Context;
use super::declaration::{Cost, Lint};
use super::wording::quoted;
use crate::plan::ListKind;

pub(super) static INNER_PLUS: Lint =
    Lint { findings: &[&PLUS_INSIDE_RESULT], cost: Cost::Low, check };

pub(super) static CODES: Lint =
    Lint { findings: &[&FEATURE_CODE_REWRITTEN], cost: Cost::Low, check: check_codes };

static PLUS_INSIDE_RESULT: Finding = Finding::warning(
    "plus-inside-result",
    "a result has a `+` that is not in front",
    include_str!("../pages/plus-inside-result.md"),
);

static FEATURE_CODE_REWRITTEN: Finding = Finding::note(
    "feature-code-rewritten",
    "a feature code such as `*21` does not go out as dialed",
    include_str!("../pages/feature-code-rewritten.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let inner_plus = |rules: &[Rule]| unroutable_results(rules, Unroutable::InnerPlus);
    for changed in changed_numbers(context, &ListKind::ALL, inner_plus) {
        let (view, number, result) = (&changed.view, &changed.number, &changed.result);
        let message = format!(
            "in {view}, `{number}` goes out as `{result}`, with a `+` that is not in front"
        );
        let diagnostic = changed.diagnostic(&PLUS_INSIDE_RESULT, message);
        found.push(diagnostic.with_help(help(&changed.row)));
    }
}

fn check_codes(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let codes = |rules: &[Rule]| unroutable_results(rules, Unroutable::ChangedCode);
    // codes do not call anyone, so only application rules matter
    for changed in changed_numbers(context, &[ListKind::Application], codes) {
        let (view, number, result) = (&changed.view, &changed.number, quoted(&changed.result));
        let message = format!("in {view}, the code `{number}` goes out as {result}");
        found.push(changed.diagnostic(&FEATURE_CODE_REWRITTEN, message));
    }
}

fn help(rule: &Rule) -> &'static str {
    match rule.begins_with() {
        _ if rule.prefix().bytes().skip(1).any(|byte| byte == b'+') => {
            "write the `+` in front of the prefix, or leave it out"
        }
        "" => "write with `begins-with` which digits such numbers begin with",
        _ => "remove the `+` as well: `remove 1`",
    }
}
