//! The ZIP archive that a person uploads by hand.

use std::io::{Cursor, Write};

use adr_cucm::upload_clicks;
use adr_language::{DialPlan, ReadBackError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::files;

/// The name of the file with the list of clicks.
pub const CLICKS: &str = "CLICKS.txt";

/// Why an archive cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A client would not read a file as the rules that it was made from.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// The archive does not hold the files, for example because they are too large.
    #[error("the ZIP archive cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// The archive with the files of the plan's default view and the list of clicks. The same plan
/// gives the same bytes: no time of day is in them.
///
/// # Errors
///
/// See [`ArchiveError`].
pub fn archive(plan: &DialPlan) -> Result<Vec<u8>, ArchiveError> {
    let artifacts = plan.artifacts();
    plan.read_back(&artifacts)?;
    let files = files::of_default_view(&artifacts);
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    let clicks = upload_clicks(&paths);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // the first moment that the format knows: 1980-01-01
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    writer.start_file(CLICKS, options)?;
    writer.write_all(clicks.as_bytes()).map_err(zip::result::ZipError::Io)?;
    for (path, bytes) in &files {
        writer.start_file(path.as_str(), options)?;
        writer.write_all(bytes).map_err(zip::result::ZipError::Io)?;
    }
    Ok(writer.finish()?.into_inner())
}
