//! The registry of all findings, from which `adrc explain` and docs/reference/findings.md are made.

use std::sync::LazyLock;

use adr_diagnostic::Finding;

use crate::registry::Registry;
use crate::{
    allow, format, lint, load, not_a_deployed_file, parse, resolve, run_tests, shorten_report,
};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let of_stages = [
        load::FINDINGS,
        parse::FINDINGS,
        format::FINDINGS,
        allow::FINDINGS,
        run_tests::FINDINGS,
        shorten_report::FINDINGS,
        not_a_deployed_file::FINDINGS,
        adr_engine::xml::FINDINGS,
        adr_cucm::FINDINGS,
        adr_cucm::file::FINDINGS,
        adr_provision::findings(),
    ];
    let of_resolve = resolve::FINDINGS.iter().copied();
    let of_lints = lint::LINTS.iter().map(|lint| lint.findings);
    let all = of_stages.into_iter().chain(of_resolve).chain(of_lints);
    Registry::new(all.flatten().copied())
});

/// The registry of all findings about rule sources, deployed XML files, rules of CUCM, and the
/// provisioning of clients.
///
/// ```
/// let registry = adr_language::registry();
/// assert!(registry.get("any-length").is_some());
/// assert_eq!(registry.suggest("any-lenght", &[]), Some("any-length"));
/// ```
#[must_use]
pub fn registry() -> &'static Registry {
    &REGISTRY
}

/// Every kind of finding in [`registry`], sorted by name.
#[must_use]
pub fn findings() -> &'static [&'static Finding] {
    REGISTRY.findings()
}

/// The kind of finding with this name.
#[must_use]
pub fn finding(name: &str) -> Option<&'static Finding> {
    REGISTRY.get(name)
}
