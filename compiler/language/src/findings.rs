//! Every kind of finding, by name: what `adrc explain` and docs/lints.md are made of.

use std::sync::LazyLock;

use adr_diagnostic::Finding;

use crate::suggest::closest;
use crate::{allow, lint, parse, resolve, shorten, test};

static ALL: LazyLock<Vec<&'static Finding>> = LazyLock::new(|| {
    let lints = lint::LINTS.iter().map(|lint| lint.finding);
    let resolving = resolve::FINDINGS.iter().flat_map(|findings| findings.iter().copied());
    let parsing = parse::FINDINGS.iter().copied();
    let deployed = adr_engine::xml::FINDINGS.iter().copied();
    let allowing = allow::FINDINGS.iter().copied();
    let mut all: Vec<_> = lints
        .chain(resolving)
        .chain(parsing)
        .chain(deployed)
        .chain(allowing)
        .chain(lint::SECOND.iter().copied())
        .chain(test::FINDINGS.iter().copied())
        .chain(shorten::FINDINGS.iter().copied())
        .collect();
    all.sort_by_key(|finding| finding.name);
    all
});

/// Every kind of finding of sources and deployed files, sorted by name.
#[must_use]
pub fn findings() -> &'static [&'static Finding] {
    &ALL
}

/// The name of a finding that is close to what somebody wrote.
#[must_use]
pub fn suggest_finding(name: &str) -> Option<&'static str> {
    closest(name, ALL.iter().map(|finding| finding.name))
}

/// The name among `names` that is close to what somebody wrote; the first of equally near ones.
#[must_use]
pub fn suggest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    closest(written, names)
}

/// The kind of finding with this name.
///
/// ```
/// assert!(adr_language::finding("any-length").is_some());
/// assert!(adr_language::finding("no-such-thing").is_none());
/// ```
#[must_use]
pub fn finding(name: &str) -> Option<&'static Finding> {
    let at = ALL.binary_search_by_key(&name, |finding| finding.name).ok()?;
    ALL.get(at).copied()
}
