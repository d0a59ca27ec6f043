//! `emergency-by-accident` and `emergency-with-more-digits`: numbers that come out as emergency
//! numbers.

use adr_analysis::{Accident, EmergencySet};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::Facts;
use super::changed_number::{ChangedNumber, changed_numbers};
use crate::book::ListKind;

pub(super) static BY_ACCIDENT: Finding = Finding::warning(
    "emergency-by-accident",
    "a number that is not an emergency number goes out as one",
    "A rule makes a number of the `emergency` set of a number that is not in it, so people who dial something else\n\
     reach the emergency service.\n\n\
     ```adr\nemergency 911\napplication {\n  rule \"Short codes\" { digits 2; prefix 9 }\n}\n```\n\n\
     Here `11` goes out as `911`. Match fewer numbers by `begins-with`, write an exception above the rule, or, where\n\
     the number is meant for the emergency service, name it in the set: `emergency 911, 11`.\n",
);

pub(super) static WITH_MORE_DIGITS: Finding = Finding::note(
    "emergency-with-more-digits",
    "a number goes out as an emergency number and further digits",
    "What goes out begins with a number of the `emergency` set, and the number that was dialed does not. A gateway\n\
     that collects digit by digit may place the emergency call before the last digit has arrived.\n\n\
     ```adr\nemergency 911\napplication {\n  rule \"Local\" { digits 7; prefix 9 }\n}\n```\n\n\
     Here `1100000` goes out as `91100000`. Nothing is to be done where no such numbers are in use or calls go out as\n\
     a whole; else match fewer numbers by `begins-with`.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    report(facts, Accident::Exact, found);
}

pub(super) fn check_more_digits(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    report(facts, Accident::WithMoreDigits, found);
}

fn report(facts: &Facts<'_>, asked: Accident, found: &mut Vec<Diagnostic>) {
    let numbers = facts.book.emergency.iter().rev();
    let numbers = numbers.map(|emergency| (emergency.number.as_str(), emergency.span));
    let declared: HashMap<&str, Span> = numbers.collect();
    if declared.is_empty() {
        return;
    }
    let set = EmergencySet::new(declared.keys().map(|number| number.as_bytes()));
    let changed =
        changed_numbers(facts, &[ListKind::Application], |rules| set.accidents(rules, asked));
    for changed in changed {
        let diagnostic = one(asked, &changed);
        found.push(match member(&declared, &changed.result) {
            Some(declared) => diagnostic.at(declared).with_label("declared here"),
            None => diagnostic,
        });
    }
}

/// Where the emergency number is declared that a result begins with, the longest one.
fn member(declared: &HashMap<&str, Span>, result: &str) -> Option<Span> {
    let mut lengths = (1..=result.len()).rev();
    lengths.find_map(|length| declared.get(result.get(..length)?).copied())
}

fn one(accident: Accident, changed: &ChangedNumber) -> Diagnostic {
    let ChangedNumber { view, number, result, .. } = changed;
    match accident {
        Accident::Exact => changed
            .diagnostic(
                &BY_ACCIDENT,
                format!("in {view}, `{number}` goes out as the emergency number `{result}`"),
            )
            .with_help(format!(
                "match fewer numbers by `begins-with`, or add `{number}` to `emergency` if it is meant as one"
            )),
        Accident::WithMoreDigits => changed.diagnostic(
            &WITH_MORE_DIGITS,
            format!("in {view}, `{number}` goes out as `{result}`, which begins with an emergency number"),
        ),
    }
}
