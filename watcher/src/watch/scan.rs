//! A scan reads all sources, and can be compared with an earlier scan and with the disk.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_bundle::disk::FileIdentity;
use adr_bundle::sha256;
use adr_language::{EntryFile, ReadError, World, load};

use super::Sources;
use super::extra::ExtraSource;
use super::folders::{Folders, folders};
use crate::sources::{Disk, InputError, Overlay, plan_entries};

/// What a scan found.
pub(super) struct Scan {
    /// What the paths of the watch name.
    entries: Result<Vec<EntryFile>, InputError>,
    /// All files that were read, by path.
    files: BTreeMap<String, ScannedFile>,
    /// All folders that were listed, by path.
    folders: BTreeMap<String, FolderNames>,
    /// See [`Self::is_stable`].
    is_stable: bool,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ScannedFile {
    /// Taken before the file was read; `None` for a missing file.
    identity: Option<FileIdentity>,
    /// SHA-256 of its bytes, lower-case hexadecimal, or why it could not be read.
    content: Result<String, ReadError>,
    /// Whether this is the extra source, which is not on the disk.
    is_elsewhere: bool,
}

/// The names in a folder in which an include with a pattern searches, sorted; or why it could not
/// be listed.
type FolderNames = Result<Vec<String>, ReadError>;

/// The disk and the extra source. Records what is read from them.
#[derive(Default)]
struct Recorder {
    world: Overlay,
    files: RefCell<BTreeMap<String, ScannedFile>>,
    folders: RefCell<BTreeMap<String, FolderNames>>,
}

impl World for Recorder {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let identity = identity(path);
        let read = self.world.read(path);
        let content = read.as_ref().map(|bytes| sha256(bytes)).map_err(Clone::clone);
        let file = ScannedFile { identity, content, is_elsewhere: self.world.has(path) };
        self.files.borrow_mut().insert(path.to_owned(), file);
        read
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let names = names_in(folder);
        let mut folders = self.folders.borrow_mut();
        folders.insert(folder.to_owned(), names.clone());
        names
    }

    /// Records a rejected link as well, so that its correction is detected.
    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        let target = Disk.leads_outside(root, path)?;
        let file = ScannedFile {
            identity: identity(path),
            content: Err(ReadError { reason: target.clone(), help: String::new() }),
            is_elsewhere: false,
        };
        self.files.borrow_mut().insert(path.to_owned(), file);
        Some(target)
    }
}

/// The names in a folder, sorted. Hidden files are not part of the plan.
fn names_in(folder: &str) -> FolderNames {
    let mut names = Disk.list(folder)?;
    names.retain(|name| !name.starts_with('.'));
    names.sort_unstable();
    Ok(names)
}

impl Scan {
    /// Reads all files that `paths` name, the files that they include, and the extra source.
    pub(super) fn take(paths: &[String], extra: Option<&ExtraSource>) -> (Self, Sources) {
        let mut recorder = Recorder::default();
        let entries = plan_entries(paths);
        let parsed = entries.clone().and_then(|mut entries| {
            if let Some(extra) = extra {
                entries.push(extra.entry(&mut recorder.world)?);
            }
            Ok(Box::new(load(&recorder, &entries)))
        });
        let mut scan = Self {
            entries: parsed.as_ref().map_err(Clone::clone).and(entries),
            files: recorder.files.into_inner(),
            folders: recorder.folders.into_inner(),
            is_stable: true,
        };
        scan.is_stable = scan.seems_current(paths);
        (scan, parsed)
    }

    /// Whether no file changed during the scan.
    pub(super) fn is_stable(&self) -> bool {
        self.is_stable
    }

    /// Whether both scans found the same files with the same bytes.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let contents = |scan: &Self| -> Vec<_> {
            let content =
                |(path, file): (&String, &ScannedFile)| (path.clone(), file.content.clone());
            scan.files.iter().map(content).collect()
        };
        self.entries == other.entries && contents(self) == contents(other)
    }

    /// Whether the disk still has the same files with the same [`FileIdentity`]. Reads no file.
    pub(super) fn seems_current(&self, paths: &[String]) -> bool {
        let mut files = self.files.iter();
        let mut folders = self.folders.iter();
        self.has_entries(paths)
            && files.all(|(path, file)| identity(path) == file.identity)
            && folders.all(|(folder, names)| names_in(folder) == *names)
    }

    /// Whether the paths still name the same files. After an error of the extra source, this is for
    /// a further scan to find out.
    fn has_entries(&self, paths: &[String]) -> bool {
        match &self.entries {
            Err(InputError::Extra { .. }) => true,
            entries => *entries == plan_entries(paths),
        }
    }

    /// Whether a file changed in the period of length `time` before `now`, by the clock of its file
    /// system. Times in the future do not count.
    pub(super) fn has_changed_within(&self, time: Duration, now: SystemTime) -> bool {
        let nanoseconds = |time: Duration| i128::try_from(time.as_nanos()).unwrap_or(i128::MAX);
        let now = nanoseconds(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let recent = now.saturating_sub(nanoseconds(time))..=now;
        let mut identities = self.files.values().filter_map(|file| file.identity);
        identities.any(|identity| recent.contains(&identity.changed()))
    }

    /// The folders in which a change can affect the next scan.
    pub(super) fn folders(&self, paths: &[String]) -> Folders {
        let named = paths.iter().map(String::as_str);
        // the extra source is not on the disk
        let files = self.files.iter().filter(|(_, file)| !file.is_elsewhere);
        let files = files.map(|(path, _)| path.as_str());
        let in_folders: Vec<String> =
            self.folders.keys().map(|folder| format!("{folder}/*")).collect();
        folders(named.chain(files).chain(in_folders.iter().map(String::as_str)))
    }
}

fn identity(path: &str) -> Option<FileIdentity> {
    fs::metadata(path).ok().map(|metadata| FileIdentity::of(&metadata))
}
