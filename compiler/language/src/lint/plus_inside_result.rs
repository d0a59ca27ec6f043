//! `plus-inside-result` and `code-rewritten`: results that no telephone network takes.

use adr_analysis::{Unroutable, unroutable_results};
use adr_diagnostic::{Diagnostic, Finding};
use adr_engine::Rule;

use super::changed_number::changed_numbers;
use super::{Facts, quoted};
use crate::book::ListKind;

pub(super) static PLUS_INSIDE_RESULT: Finding = Finding::warning(
    "plus-inside-result",
    "a result has a `+` that is not in front",
    "A `+` counts as a digit and matches like one. A rule for numbers of ten digits also matches a `+` and nine digits,\n\
     and what it puts in front of them stands in front of the `+`. No telephone network takes such a number.\n\n\
     ```adr\napplication {\n  rule \"Ten digits to E.164\" { digits 10; prefix +1 }\n}\n```\n\n\
     Here `+353123456` goes out as `+1+353123456`. Say what such numbers begin with:\n\
     `begins-with 2, 3, 4, 5, 6, 7, 8, 9; digits 10; prefix +1`. A rule that is meant for numbers with a `+` removes it:\n\
     `begins-with +; digits 10; remove 1; prefix 9011`.\n",
);

pub(super) static CODE_REWRITTEN: Finding = Finding::note(
    "code-rewritten",
    "a code that begins with `*` or `#` does not go out as it was dialed",
    "`*` and `#` count as digits and match like them. A rule that does not say what numbers begin with also matches\n\
     codes such as `*21` that switch a feature on, and they stop working.\n\n\
     ```adr\napplication {\n  rule \"Three digits\" { digits 3; prefix 8 }\n}\n```\n\n\
     Here `*21` goes out as `8*21`. Say what such numbers begin with: `begins-with 4, 5; digits 3; prefix 8`. Nothing\n\
     is to be done where nobody dials codes.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let inner_plus = |rules: &[Rule]| unroutable_results(rules, Unroutable::InnerPlus);
    for changed in changed_numbers(facts, &ListKind::ALL, inner_plus) {
        let (view, number, result) = (&changed.view, &changed.number, &changed.result);
        let message = format!(
            "in {view}, `{number}` goes out as `{result}`, with a `+` that is not in front"
        );
        let diagnostic = changed.diagnostic(&PLUS_INSIDE_RESULT, message);
        found.push(diagnostic.with_help(help(&changed.row)));
    }
}

pub(super) fn check_codes(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let codes = |rules: &[Rule]| unroutable_results(rules, Unroutable::ChangedCode);
    // nobody is called by a code, so lookup rules see none
    for changed in changed_numbers(facts, &[ListKind::Application], codes) {
        let (view, number, result) = (&changed.view, &changed.number, quoted(&changed.result));
        let message = format!("in {view}, the code `{number}` goes out as {result}");
        found.push(changed.diagnostic(&CODE_REWRITTEN, message));
    }
}

fn help(rule: &Rule) -> &'static str {
    match rule.begins_with() {
        _ if rule.prefix().bytes().skip(1).any(|byte| byte == b'+') => {
            "write the `+` in front of the prefix, or leave it out"
        }
        "" => "say by `begins-with` which digits such numbers begin with",
        _ => "remove the `+` as well: `remove 1`",
    }
}
