//! Renders what the doctor found: the path as a picture, causes with their evidence and fixes, and
//! what could not be seen.
//!
//! Every area of the doctor uses these functions. Texts of the user are shown with their invisible
//! characters as code points, so that no name of a certificate or line of a log can act on a
//! terminal.

mod json;
mod junit;
mod lines;
mod markdown;
mod picture;
mod text;

pub use json::{DiagnosisObject, to_json};
pub use junit::to_junit;
pub use markdown::to_markdown;
pub use text::to_text;

/// What the doctor says when it found neither errors nor warnings.
pub const NOTHING_WRONG: &str = "nothing wrong that can be seen from here";

/// What the doctor says when nothing could be looked at.
pub const NOTHING_SEEN: &str = "nothing could be looked at";

/// What the doctor says of a diagnosis without errors and warnings.
fn verdict(diagnosis: &adr_doctor::Diagnosis) -> &'static str {
    if diagnosis.has_looked { NOTHING_WRONG } else { NOTHING_SEEN }
}
