//! Everything adrc has to say about a text: sources, spans, diagnostics, reports, and their
//! renderers.
//!
//! Layer 0. A finding is a value that is returned, never an early exit and never a printed line.
//! [`Sources`] holds the texts, a [`Span`] points into one of them, a [`Diagnostic`] says what is
//! there, a [`Report`] collects diagnostics in order, and [`render`] turns a report into what a
//! person, a pipeline or an editor reads.

mod diagnostic;
mod finding;
mod invisible;
pub mod render;
mod report;
mod source;

pub use diagnostic::{
    Applicability, Diagnostic, Edit, Fix, Label, MESSAGE_BYTES, Severity, Subject, edited,
};
pub use finding::Finding;
pub use invisible::{describe, is_invisible, visible};
pub use report::Report;
pub use source::{Position, Source, SourceId, Sources, Span};
