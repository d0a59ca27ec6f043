//! The files that a profile became.

use adr_bundle::sha256;
use adr_provision::OutputFile;
use serde::Serialize;

use crate::table::table;
use crate::text::{escaped, first_names};

/// Outdated files that the summary names.
const OUTDATED: usize = 5;

#[derive(Debug, Serialize)]
struct ProvisionedFile<'f> {
    path: &'f str,
    /// `created`, `unchanged` or `replaced`.
    outcome: &'static str,
    about: &'f str,
    size: usize,
    sha256: String,
}

/// The result of `adrc provision`, as fields of a JSON document.
#[derive(Debug, Serialize)]
pub struct Provisioned<'f> {
    folder: String,
    changed: bool,
    files: Vec<ProvisionedFile<'f>>,
    refused: usize,
    outdated: Vec<String>,
}

/// The outcome of a file that had its content already.
const UNCHANGED: &str = "unchanged";

impl<'f> Provisioned<'f> {
    /// Files in a folder, with a word for what happened to each, and files of an earlier run that
    /// are still there and that the profile has no longer.
    #[must_use]
    pub fn new(
        folder: String,
        files: &'f [OutputFile],
        outcomes: &[&'static str],
        outdated: Vec<String>,
    ) -> Self {
        let files = files.iter().zip(outcomes).map(|(file, outcome)| ProvisionedFile {
            path: &file.path,
            outcome,
            about: file.about,
            size: file.bytes.len(),
            sha256: sha256(&file.bytes),
        });
        let changed = outcomes.iter().any(|outcome| *outcome != UNCHANGED);
        Self { folder, changed, files: files.collect(), refused: 0, outdated }
    }

    /// With a number of files that are not written, because a format cannot hold a setting.
    #[must_use]
    pub fn with_refused(self, refused: usize) -> Self {
        Self { refused, ..self }
    }

    /// One line for each file.
    #[must_use]
    pub fn text(&self) -> String {
        let row = |file: &ProvisionedFile<'_>| {
            vec![file.outcome.to_owned(), escaped(file.path), file.about.to_owned()]
        };
        table(&self.files.iter().map(row).collect::<Vec<_>>())
    }

    /// What happened, in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let changed = self.files.iter().filter(|file| file.outcome != UNCHANGED).count();
        let folder = escaped(&self.folder);
        let mut text = match (changed, self.files.len()) {
            (0, count) => format!("{folder}: all {count} files have this content already"),
            (changed, count) => format!("{folder}: wrote {changed} of {count} files"),
        };
        if self.refused > 0 {
            text += &format!(", refused {}", self.refused);
        }
        if !self.outdated.is_empty() {
            let paths = first_names(&self.outdated, OUTDATED);
            text += &format!("; not part of this profile: {}", escaped(&paths));
        }
        text
    }
}
