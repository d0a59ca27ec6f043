//! `emergency-rewritten`: a rule leads an emergency number astray.

use adr_diagnostic::{Diagnostic, Finding};
use adr_engine::apply;

use super::{Facts, view_name};
use crate::book::ListKind;

pub(super) static FINDING: Finding = Finding::error(
    "emergency-rewritten",
    "an emergency number does not go out as an emergency number",
    "Dialling a number of the `emergency` set must give a number of that set, in every view. This is proved by\n\
           applying each view's rules to each number, and it is never a mere warning.\n\n\
           ```adr\nemergency 911\napplication {\n  rule \"Three digits\" { digits 3; prefix 9 }\n}\n```\n\n\
           Write an exception above the rule, `rule \"Emergency\" { begins-with 911; digits 3; keep }`, make the rule\n\
           narrower, or name the result in the set if it does reach the emergency service: `emergency 911, 9911`.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for view in facts.views() {
        let list = view.list(ListKind::Application);
        for emergency in &facts.book.emergency {
            let applied = apply(list.rules(), emergency.number.as_str().as_bytes());
            let result = String::from_utf8_lossy(&applied.result);
            if facts
                .book
                .emergency
                .iter()
                .any(|other| *other.number.as_str() == *result)
            {
                continue;
            }
            let number = &emergency.number;
            let message = format!("in {}, `{number}` goes out as `{result}`", view_name(view));
            let mut diagnostic = FINDING.found(message).with_witness(number.as_str());
            if let Some(origin) = applied.rule.and_then(|at| list.origin(at)) {
                diagnostic = diagnostic.at(origin.name).with_label("by this rule");
            }
            let exception = format!(
                "write `rule \"Emergency\" {{ begins-with {number}; digits {}; keep }}` above it",
                number.len()
            );
            found.push(
                diagnostic
                    .at(emergency.span)
                    .with_label("declared here")
                    .with_help(exception),
            );
        }
    }
}
