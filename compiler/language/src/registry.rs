//! The registry of findings, which looks them up by name.

use adr_diagnostic::Finding;

use crate::suggest::closest;

/// Former names of findings, with the present names. Sorted by the former name.
const RENAMED: &[(&str, &str)] = &[
    ("code-rewritten", "feature-code-rewritten"),
    ("erases-number", "many-numbers-become-one"),
    ("hash-comment", "wrong-comment-marker"),
    ("keep-with-change", "keep-with-other-action"),
    ("lenient-number", "number-not-decimal"),
    ("list-in-text", "list-in-dial-string"),
    ("matched-without-begins-with", "remove-matched-without-begins-with"),
    ("mergeable-rules", "redundant-rule"),
    ("network-of-everybody", "site-matches-all-clients"),
    ("no-consequence", "rule-without-action"),
    ("no-round-trip", "lookup-does-not-invert"),
    ("remove-above-digits", "remove-exceeds-digits"),
    ("same-network", "network-in-two-sites"),
    ("stray-bytes", "unsafe-bytes"),
    ("too-much-work", "expansion-too-large"),
    ("unused-network", "redundant-network"),
];

/// Kinds of findings, which can be looked up by name.
#[derive(Debug)]
pub struct Registry {
    /// Sorted by name.
    findings: Vec<&'static Finding>,
}

impl Registry {
    /// Registers findings, in any order. Their names are unique.
    pub(crate) fn new(findings: impl IntoIterator<Item = &'static Finding>) -> Self {
        let mut findings: Vec<_> = findings.into_iter().collect();
        findings.sort_by_key(|finding| finding.name);
        Self { findings }
    }

    /// Every kind of finding, sorted by name.
    #[must_use]
    pub fn findings(&self) -> &[&'static Finding] {
        &self.findings
    }

    /// The kind of finding with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static Finding> {
        let at = self.findings.binary_search_by_key(&name, |finding| finding.name).ok()?;
        self.findings.get(at).copied()
    }

    /// The name that was probably meant by a name that does not exist. For a former name this is
    /// the present one, otherwise the nearest name, if one is near enough. `more` are further names
    /// to consider.
    #[must_use]
    pub fn suggest(&self, name: &str, more: &[&'static str]) -> Option<&'static str> {
        let renamed = RENAMED.iter().find(|(old, _)| *old == name);
        let names = self.findings.iter().map(|finding| finding.name);
        renamed.map(|(_, new)| *new).or_else(|| closest(name, names.chain(more.iter().copied())))
    }
}
