//! Writes what the doctor found.

use adr_doctor::Diagnosis;
use adr_render::diagnosis::{to_json, to_junit, to_markdown, to_text};

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::DoctorFormat;

/// Writes a diagnosis in a format. The status is that of [`status`].
pub(crate) fn report(
    diagnosis: &Diagnosis,
    format: DoctorFormat,
    console: &Console,
) -> Result<Status, Failure> {
    match format {
        DoctorFormat::Text => console.text(to_text(diagnosis, console.terminal()))?,
        DoctorFormat::Json => console.data(to_json(diagnosis).as_bytes())?,
        DoctorFormat::Junit => console.data(to_junit(diagnosis).as_bytes())?,
        DoctorFormat::Markdown => console.data(to_markdown(diagnosis).as_bytes())?,
    }
    Ok(status(diagnosis))
}

/// [`Status::Findings`] if there is an error or a warning, and [`Status::Failed`] if nothing could
/// be looked at.
pub(super) fn status(diagnosis: &Diagnosis) -> Status {
    if !diagnosis.is_healthy() {
        Status::Findings
    } else if !diagnosis.has_looked {
        Status::Failed
    } else {
        Status::Done
    }
}
