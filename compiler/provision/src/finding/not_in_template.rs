//! `not-in-template`: a setting that the administrative template does not have.

use adr_diagnostic::Finding;

/// A setting that the administrative template does not have.
pub(crate) static NOT_IN_TEMPLATE: Finding = Finding::note(
    "not-in-template",
    "the administrative template does not have a setting",
    include_str!("../pages/not-in-template.md"),
);
