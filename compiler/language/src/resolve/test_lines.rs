//! Reads test lines: cleans their numbers, and looks up their sites.

use adr_diagnostic::{Diagnostic, Finding, Span};
use adr_engine::{Cleaned, Cleaner};
use hashbrown::HashSet;

use super::context::Context;
use super::outline::Outline;
use crate::plan::{DialTest, Expectation, View};

pub(super) static FINDINGS: &[&Finding] = &[&UNKNOWN_SITE, &UNDIALABLE_CHARACTER];

static UNKNOWN_SITE: Finding = Finding::error(
    "unknown-site",
    "a test line names a site that does not exist",
    include_str!("../pages/unknown-site.md"),
);

static UNDIALABLE_CHARACTER: Finding = Finding::warning(
    "undialable-character",
    "a test line has a character that phones do not dial",
    include_str!("../pages/undialable-character.md"),
);

/// Reads every test line.
pub(super) fn read(
    outline: &Outline<'_>,
    sites: &[View],
    context: &mut Context<'_>,
) -> Vec<DialTest> {
    let names: HashSet<&str> = sites.iter().filter_map(View::name).collect();
    let mut tests = Vec::with_capacity(outline.tests.len());
    for line in &outline.tests {
        let site = line.node.site.map(|span| (context.slice(span), span));
        if let Some((name, span)) = site
            && !names.contains(name)
        {
            let found = UNKNOWN_SITE.found(format!("there is no site `{name}`")).at(span);
            context.push_with_suggestion(found, name, names.iter().copied());
            continue;
        }
        let number = cleaned(line.node.number, context);
        let expected = line.node.expected.map(|span| cleaned(span, context));
        tests.push(DialTest {
            span: line.node.span,
            kind: line.node.kind,
            written: context.slice(line.node.number).trim().to_owned(),
            number,
            site: site.map(|(name, _)| name.to_owned()),
            expected: expected.map_or(Expectation::Unchanged, Expectation::Number),
        });
    }
    tests
}

/// Cleans a number as if it were dialed, and reports characters that phones do not dial.
fn cleaned(written: Span, context: &mut Context<'_>) -> String {
    let cleaned = Cleaner::default().clean(context.slice(written).as_bytes());
    if !cleaned.undialable.is_empty() {
        context.found.extend(undialable(&cleaned, written));
    }
    String::from_utf8_lossy(&cleaned.number).into_owned()
}

fn undialable(cleaned: &Cleaned<'_>, written: Span) -> Option<Diagnostic> {
    let first = cleaned.undialable.first()?;
    let start = written.start + u32::try_from(first.position.byte).ok()?;
    let end = start + u32::try_from(first.length).ok()?;
    let span = Span::new(written.source, start, end);
    let what = first.what;
    let message = match cleaned.undialable.len() {
        1 => format!("no phone dials {what}"),
        count => format!("no phone dials {what} and {} more in this number", count - 1),
    };
    let help = "remove it, or write the number with `0-9 + * #`";
    Some(UNDIALABLE_CHARACTER.found(message).at(span).with_help(help))
}
