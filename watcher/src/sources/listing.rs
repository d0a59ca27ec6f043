//! The names in a folder.

use std::fs;

use adr_language::ReadError;

use super::read::describe;

/// The names in a folder, in no order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Names of everything but folders, including broken links.
    pub(super) files: Vec<String>,
    /// Names of folders and of links to folders.
    pub(super) folders: Vec<String>,
}

impl Listing {
    pub(super) fn of(folder: &str) -> Result<Self, ReadError> {
        let mut listing = Self::default();
        for entry in fs::read_dir(folder).map_err(|error| describe(&error))? {
            let entry = entry.map_err(|error| describe(&error))?;
            let names = match entry.path().is_dir() {
                true => &mut listing.folders,
                false => &mut listing.files,
            };
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        Ok(listing)
    }
}
