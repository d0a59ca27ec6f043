//! Test lines: numbers as people write them, and the sites they are for.

use adr_diagnostic::Finding;
use adr_engine::clean;
use hashbrown::HashSet;

use super::Context;
use super::outline::Outline;
use crate::book::{DialTest, Expectation, View};

pub(super) static FINDINGS: &[&Finding] = &[&UNKNOWN_SITE];

static UNKNOWN_SITE: Finding = Finding::error(
    "unknown-site",
    "a test line names a site that is not there",
    "`at` names the site whose view is asked.\n\n```adr\ntest {\n  dial 911 at \"Dalas\" -> unchanged\n}\n```\n\n\
     Write the site's name as it is written there.\n",
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
            let found = UNKNOWN_SITE
                .found(format!("there is no site `{name}`"))
                .at(span);
            context.push_with_suggestion(found, name, names.iter().copied());
            continue;
        }
        let written = context.slice(line.node.number).trim();
        let expected = line
            .node
            .expected
            .map(|span| cleaned(context.slice(span).trim()));
        tests.push(DialTest {
            span: line.node.span,
            kind: line.node.kind,
            written: written.to_owned(),
            number: cleaned(written),
            site: site.map(|(name, _)| name.to_owned()),
            expected: expected.map_or(Expectation::Unchanged, Expectation::Number),
        });
    }
    tests
}

/// A text without the punctuation that people write.
fn cleaned(text: &str) -> String {
    String::from_utf8_lossy(&clean(text.as_bytes())).into_owned()
}
