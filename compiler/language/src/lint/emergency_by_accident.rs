//! `emergency-by-accident` and `emergency-with-more-digits`: numbers whose results are emergency
//! numbers, or begin with one.

use adr_analysis::{Accident, EmergencySet};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::changed_number::{ChangedNumber, changed_numbers};
use super::context::Context;
use super::declaration::{Cost, Lint};
use crate::plan::ListKind;

pub(super) static ACCIDENT: Lint = Lint { findings: &[&BY_ACCIDENT], cost: Cost::Low, check };

pub(super) static MORE_DIGITS: Lint =
    Lint { findings: &[&WITH_MORE_DIGITS], cost: Cost::Low, check: check_more_digits };

static BY_ACCIDENT: Finding = Finding::warning(
    "emergency-by-accident",
    "a number that is not an emergency number goes out as one",
    include_str!("../pages/emergency-by-accident.md"),
);

static WITH_MORE_DIGITS: Finding = Finding::note(
    "emergency-with-more-digits",
    "a number goes out as an emergency number followed by more digits",
    include_str!("../pages/emergency-with-more-digits.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    report(context, Accident::Exact, found);
}

fn check_more_digits(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    report(context, Accident::WithMoreDigits, found);
}

fn report(context: &Context<'_>, asked: Accident, found: &mut Vec<Diagnostic>) {
    let numbers = context.resolved.emergency.iter().rev();
    let numbers = numbers.map(|emergency| (emergency.number.as_str(), emergency.span));
    let declared: HashMap<&str, Span> = numbers.collect();
    if declared.is_empty() {
        return;
    }
    let set = EmergencySet::new(declared.keys().map(|number| number.as_bytes()));
    let changed =
        changed_numbers(context, &[ListKind::Application], |rules| set.accidents(rules, asked));
    for changed in changed {
        let diagnostic = diagnostic(asked, &changed);
        found.push(match member(&declared, &changed.result) {
            Some(declared) => diagnostic.at(declared).with_label("declared here"),
            None => diagnostic,
        });
    }
}

/// The place of the declaration of the longest emergency number that a result begins with.
fn member(declared: &HashMap<&str, Span>, result: &str) -> Option<Span> {
    let mut lengths = (1..=result.len()).rev();
    lengths.find_map(|length| declared.get(result.get(..length)?).copied())
}

fn diagnostic(accident: Accident, changed: &ChangedNumber) -> Diagnostic {
    let ChangedNumber { view, number, result, .. } = changed;
    match accident {
        Accident::Exact => changed
            .diagnostic(
                &BY_ACCIDENT,
                format!("in {view}, `{number}` goes out as the emergency number `{result}`"),
            )
            .with_help(format!(
                "match fewer numbers with `begins-with`, or add `{number}` to `emergency` if it is meant as one"
            )),
        Accident::WithMoreDigits => changed.diagnostic(
            &WITH_MORE_DIGITS,
            format!("in {view}, `{number}` goes out as `{result}`, which begins with an emergency number"),
        ),
    }
}
