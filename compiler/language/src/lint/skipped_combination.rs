//! `skipped-combination`: begins-with and a number of digits that no number has both of.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::note(
    "skipped-combination",
    "an entry of begins-with is longer than a number of digits of its rule",
    "A rule is for every entry of begins-with with every number of digits. No number of 10 digits begins with 12\n\
     digits, so such a combination is left out of the file. Where that is not meant, say with `rest` how many digits\n\
     follow each entry: then entries of different lengths have numbers of different lengths.\n\n\
     ```adr\napplication {\n  rule \"Own numbers\" { begins-with +3312345678, 012345678; digits 10, 12; remove 6 }\n}\n```\n\n\
     Write `rest 1` in the place of `digits 10, 12`.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for skipped in &facts.book.skipped {
        let (value, text, digits) = &skipped.first;
        let message = format!(
            "{} of {} combinations cannot match and are left out: no number of {digits} digits begins with `{text}`",
            skipped.count, skipped.of
        );
        let diagnostic = FINDING.found(message).at(skipped.name).at(*value);
        found.push(
            diagnostic.with_label("the first one").with_help(
                "`rest` in the place of `digits` says how many digits follow each entry",
            ),
        );
    }
}
