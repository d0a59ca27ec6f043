//! The names in a published folder, and the numbers of its generations.

use std::path::{Path, PathBuf};

use adr_bundle::folder::current_target;
use adr_bundle::{ListKind, Manifest, RULES_FOLDER, SIGNATURE_FILE_NAME};

use super::disk::{DISK, Disk};
use super::error::{PublishError, failed};

/// Names in a published folder that are links into the current generation.
pub(super) const LINKS: [&str; 6] = [
    ListKind::Application.file_name(),
    RULES_FOLDER,
    ListKind::Lookup.file_name(),
    Manifest::FILE_NAME,
    SIGNATURE_FILE_NAME,
    "sites",
];

/// The number of the first generation of a folder.
pub(super) const FIRST_GENERATION: u64 = 1;

/// The folder that holds the generations.
const GENERATIONS: &str = "generations";

/// Prefix of the folder of a generation that is being written.
const NEW_PREFIX: &str = ".new-";

/// Prefix of the folder of a generation that is being removed.
const OLD_PREFIX: &str = ".old-";

/// A published folder.
#[derive(Clone, Copy)]
pub(super) struct Layout<'p> {
    pub(super) folder: &'p Path,
    pub(super) disk: &'p Disk,
}

/// The folder of a generation in a published folder, whether it exists or not.
#[must_use]
pub fn generation_folder(folder: &Path, generation: u64) -> PathBuf {
    Layout { folder, disk: &DISK }.generation_folder(generation)
}

impl Layout<'_> {
    /// The folder that holds the generations.
    pub(super) fn generations_folder(&self) -> PathBuf {
        self.folder.join(GENERATIONS)
    }

    /// The folder of a generation.
    pub(super) fn generation_folder(&self, generation: u64) -> PathBuf {
        self.folder.join(relative_folder(generation))
    }

    /// The folder in which a generation is written before it gets its name.
    pub(super) fn staging_folder(&self, generation: u64) -> PathBuf {
        self.generations_folder().join(format!("{NEW_PREFIX}{generation}"))
    }

    /// The folder to which a generation is renamed before it is removed.
    pub(super) fn removal_folder(&self, generation: u64) -> PathBuf {
        self.generations_folder().join(format!("{OLD_PREFIX}{generation}"))
    }

    /// The name under which a link is created before it is renamed into place.
    pub(super) fn staging_link(&self) -> PathBuf {
        self.folder.join(".link")
    }

    /// Numbers of the generations that exist, ascending.
    pub(super) fn generations(&self) -> Result<Vec<u64>, PublishError> {
        let generations = self.generations_folder();
        let names = self.disk.names(&generations).map_err(failed(&generations))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The number that `current` leads to, whether that generation exists or not; `None` if the
    /// link is missing or leads elsewhere.
    pub(super) fn current_number(&self) -> Option<u64> {
        let target = current_target(self.folder).ok()??;
        let name = target.strip_prefix(GENERATIONS).ok()?;
        number(name.to_str()?)
    }
}

/// The folder of a generation, relative to its published folder.
pub(super) fn relative_folder(generation: u64) -> PathBuf {
    Path::new(GENERATIONS).join(generation.to_string())
}

/// Whether a name belongs to a folder that is being written or removed.
pub(super) fn is_temporary(name: &str) -> bool {
    [NEW_PREFIX, OLD_PREFIX].iter().any(|prefix| name.starts_with(prefix))
}

/// The generation whose folder has this name, as adrc writes it: `7`, and not `007` or `+7`.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}
