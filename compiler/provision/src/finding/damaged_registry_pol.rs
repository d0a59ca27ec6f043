//! `damaged-registry-pol`: a damaged Registry.pol.

use adr_diagnostic::Finding;

/// A damaged Registry.pol.
pub(crate) static DAMAGED_REGISTRY_POL: Finding = Finding::error(
    "damaged-registry-pol",
    "a Registry.pol is cut or damaged",
    include_str!("../pages/damaged-registry-pol.md"),
);
