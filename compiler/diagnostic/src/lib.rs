//! Findings about texts: where they are, what is wrong, and what to write instead.
//!
//! [`Sources`] holds the texts, and a [`Span`] is a place in one of them. A [`Finding`] is a kind
//! of mistake with its page for `adrc explain`; reporting it gives a [`Diagnostic`], which carries
//! a message, places, help, and sometimes a [`Fix`]. A [`Report`] collects diagnostics, and
//! [`render`](render::render) writes it for people, pipelines and editors. Findings are values that
//! functions return: nothing in this crate prints.
//!
//! ```text
//! Sources --> Span ---+
//!                     |
//! Finding --found()---+--> Diagnostic --> Report --render()--> text, JSON, SARIF, JUnit, ...
//! ```
//!
//! ```
//! use adr_diagnostic::render::{Format, Options, render};
//! use adr_diagnostic::{Finding, Report, Sources, Span};
//!
//! static BAD_NUMBER: Finding = Finding::error("bad-number", "a value is not a number", "…");
//!
//! let mut sources = Sources::new();
//! let id = sources.add("plan.adr", "digits 1O\n");
//! let diagnostic = BAD_NUMBER
//!     .found("`1O` is not a number")
//!     .at(Span::new(id, 7, 9))
//!     .with_help("write `digits 10`");
//! let report: Report = [diagnostic].into_iter().collect();
//!
//! let options =
//!     Options { color: false, width: 100, version: "0.1.0", findings: &[], valid: None };
//! assert_eq!(
//!     render(Format::Compact, &report, &sources, &options),
//!     "plan.adr:1:8: error[bad-number]: `1O` is not a number\n"
//! );
//! ```
//!
//! Layer 0: this crate depends on no other crate of adrc.

mod diagnostic;
mod encoding;
mod finding;
mod invisible;
pub mod render;
mod report;
mod source;

pub use diagnostic::{
    Applicability, Diagnostic, Edit, Fix, Label, MESSAGE_BYTES, Severity, Subject, edited,
};
pub use encoding::unmarked_utf16;
pub use finding::Finding;
pub use invisible::{describe, is_invisible, visible};
pub use report::Report;
pub use source::{Position, Source, SourceId, Sources, Span};
