//! The names in a published folder, and the numbers of its generations.

use std::path::{Path, PathBuf};

use adr_bundle::folder::{CURRENT, LeadsElsewhere, current_target};
use adr_bundle::{ListKind, Manifest, RULES_FOLDER, SIGNATURE_FILE_NAME};

use super::disk::{DISK, Disk};
use super::error::{PublishError, failed};
use super::switch::Switch;

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
    /// How a generation becomes current. Reading does not depend on it.
    pub(super) switch: Switch,
}

/// The folder of a generation in a published folder, whether it exists or not.
#[must_use]
pub fn generation_folder(folder: &Path, generation: u64) -> PathBuf {
    Layout::of(folder).generation_folder(generation)
}

/// The numbers of the generations that exist in a published folder, ascending.
pub(crate) fn kept_generations(folder: &Path) -> Result<Vec<u64>, PublishError> {
    Layout::of(folder).generations()
}

/// Whether a folder is a published one: `current` leads to a generation, whether it exists or not,
/// or cannot be looked up, so that reading the folder will tell why.
pub(crate) fn is_published(folder: &Path) -> bool {
    let current = Layout::of(folder).current_number();
    current.map_or_else(|_| folder.is_dir(), |number| number.is_some())
}

impl<'p> Layout<'p> {
    /// A folder on the disk.
    pub(super) fn of(folder: &'p Path) -> Self {
        Self { folder, disk: &DISK, switch: Switch::default() }
    }
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

    /// The name under which a link or a pointer file is created before it is renamed into place.
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

    /// The number that `current` leads to, whether that generation exists or not; `None` if it is
    /// missing or leads elsewhere. Under a lock, [`Locked`](super::prepare::Locked) has read it.
    ///
    /// # Errors
    ///
    /// The operating system reported an error. A publisher must not take that for a folder in which
    /// nothing is published: it would remove generations, or publish what the current one forbids.
    pub(super) fn current_number(&self) -> Result<Option<u64>, PublishError> {
        match self.disk.read(|| current_target(self.folder)) {
            Ok(target) => Ok(target.and_then(|target| number_of(&target))),
            Err(error) if LeadsElsewhere::is_reason(&error) => Ok(None),
            Err(error) => Err(failed(&self.folder.join(CURRENT))(error)),
        }
    }
}

/// The folder of a generation, relative to its published folder.
pub(super) fn relative_folder(generation: u64) -> PathBuf {
    Path::new(GENERATIONS).join(generation.to_string())
}

/// The generation to whose folder a path leads, relative to the published folder.
fn number_of(target: &Path) -> Option<u64> {
    number(target.strip_prefix(GENERATIONS).ok()?.to_str()?)
}

/// Whether a name belongs to a folder that is being written or removed.
pub(super) fn is_temporary(name: &str) -> bool {
    [NEW_PREFIX, OLD_PREFIX].iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a name in the folder of generations is one of a generation that is being removed.
pub(super) fn is_removed(name: &str) -> bool {
    name.starts_with(OLD_PREFIX)
}

/// The generation whose folder has this name, as adrc writes it: `7`, and not `007` or `+7`.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}
