//! The archive for a person who uploads the files.

use std::path::Path;

use adr_bundle::sha256;
use adr_cucm_sync::deploy::archive::archive;
use adr_diagnostic::Report;
use adr_language::DialPlan;
use adr_render::document::Document;
use adr_watcher::write::create;
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

#[derive(Serialize)]
struct Archive {
    zip: String,
    size: usize,
    sha256: String,
}

/// Writes the archive of a plan into a new file.
pub(super) fn write(
    file: &Path,
    (plan, report): (&DialPlan, &Report),
    format: TextOrJson,
    console: &Console,
) -> Result<Status, Failure> {
    let bytes = archive(plan).map_err(|error| Failure::new(error.to_string(), ""))?;
    create(file, &bytes)?;
    let zip = file.display().to_string();
    console.message(format_args!("{zip}: upload its files as its CLICKS.txt says"));
    if format == TextOrJson::Json {
        let written = Archive { zip, size: bytes.len(), sha256: sha256(&bytes) };
        console.document(&Document::of(written).findings(report, plan.sources()))?;
    }
    Ok(Status::Done)
}
