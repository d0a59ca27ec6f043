//! How a published folder is laid out, and how its parts are switched and removed.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use adr_bundle::folder::{CURRENT, current_target, phrase};
use adr_bundle::{Folder, ListKind, Manifest, RULES_FOLDER, SIGNATURE_FILE_NAME, sha256};
use rustix::fs::{Access, FlockOperation, access, flock};

use super::disk::Disk;
use super::error::{PublishError, failed};
use super::record::{Held, Record, Rollback};

/// Names in a published folder that are links into the current generation.
const LINKS: [&str; 6] = [
    ListKind::Application.file_name(),
    RULES_FOLDER,
    ListKind::Lookup.file_name(),
    Manifest::FILE_NAME,
    SIGNATURE_FILE_NAME,
    "sites",
];

/// The number of the first generation of a folder.
const FIRST: u64 = 1;

/// Where generations lie in a published folder.
const GENERATIONS: &str = "generations";

/// The file that a publisher locks.
const LOCK: &str = ".lock";

/// Most bytes of a record: it names one generation for each rollback in a row.
const RECORD_BYTES: u64 = 16 << 20;

/// What a name begins with while its generation is written, or removed.
const ASIDE: [&str; 2] = [".new-", ".old-"];

/// A published folder.
#[derive(Clone, Copy)]
pub(super) struct Layout<'p> {
    pub(super) folder: &'p Path,
    pub(super) disk: &'p Disk,
}

/// The generation that readers see.
pub(super) struct Current {
    /// The number that the link leads to.
    pub(super) number: u64,
    pub(super) manifest: Manifest,
    /// Of the manifest's bytes.
    pub(super) sha256: String,
    pub(super) is_signed: bool,
    pub(super) record: Option<Record>,
}

impl Current {
    /// The rollback that made it.
    pub(super) fn rollback(&self) -> Option<Rollback> {
        self.record.as_ref()?.rollback
    }
}

impl Layout<'_> {
    /// Makes the folder, takes its lock, and removes what a killed run left. The lock is held as
    /// long as the file lives.
    pub(super) fn begin(&self) -> Result<File, PublishError> {
        self.prepare()?;
        let lock = self.lock()?;
        self.clean_up()?;
        Ok(lock)
    }

    /// Whether [`Layout::begin`] would find a folder that it can work in, or one in which it can
    /// make it. Changes nothing.
    pub(super) fn check(&self) -> Result<(), PublishError> {
        self.refuse_foreign()?;
        let generations = self.generations_folder();
        let is_there = |path: &&Path| path.symlink_metadata().is_ok();
        let below = |path: &&Path| !path.as_os_str().is_empty();
        let there = generations.ancestors().take_while(below).find(is_there);
        let there = there.unwrap_or(Path::new("."));
        for path in [there, self.folder] {
            if path == there || path.exists() {
                may_change(path).map_err(failed(path))?;
            }
        }
        Ok(())
    }

    /// Makes the folder, and refuses one with foreign things where the links go.
    fn prepare(&self) -> Result<(), PublishError> {
        self.refuse_foreign()?;
        let generations = self.generations_folder();
        let above = self.folders_above();
        self.disk.create_folder(&generations).map_err(failed(&generations))?;
        let sync = |folder: &PathBuf| self.sync_above(folder);
        above.iter().try_for_each(sync)
    }

    fn refuse_foreign(&self) -> Result<(), PublishError> {
        for name in LINKS.into_iter().chain([CURRENT]) {
            let path = self.folder.join(name);
            if is_there(&path, |found| !found.is_symlink()) {
                return Err(PublishError::Foreign(path));
            }
        }
        let (current, generations) = (self.folder.join(CURRENT), self.generations_folder());
        let leads_elsewhere = self.current_number().is_none() && is_there(&current, |_| true);
        if leads_elsewhere {
            return Err(PublishError::Foreign(current));
        }
        if is_there(&generations, |found| !found.is_dir()) {
            return Err(PublishError::Foreign(generations));
        }
        Ok(())
    }

    /// The folders that hold names which a power cut may take: those of the published folder and of
    /// what is missing on the way to it, as long as nothing was ever published.
    fn folders_above(&self) -> Vec<PathBuf> {
        if self.current_number().is_some() {
            return Vec::new();
        }
        let folder = std::path::absolute(self.folder).unwrap_or_else(|_| self.folder.to_owned());
        let mut folders = Vec::new();
        for folder in folder.ancestors().skip(1) {
            folders.push(folder.to_owned());
            if folder.exists() {
                break;
            }
        }
        folders
    }

    /// Waits until the names in a folder of somebody else are on the disk. One that may not be read
    /// cannot be waited for.
    fn sync_above(&self, folder: &Path) -> Result<(), PublishError> {
        match self.disk.sync(folder) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            synced => synced.map_err(failed(folder)),
        }
    }

    fn lock(&self) -> Result<File, PublishError> {
        let path = self.folder.join(LOCK);
        let opened = Folder::open(self.folder).and_then(|folder| folder.create(LOCK));
        let file = opened.map_err(failed(&path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(PublishError::Locked(self.folder.to_owned())),
            Err(error) => Err(failed(&path)(error.into())),
        }
    }

    /// Removes what a killed run left: what lies aside, and generations that never became current.
    fn clean_up(&self) -> Result<(), PublishError> {
        let generations = self.generations_folder();
        let names = self.disk.names(&generations).map_err(failed(&generations))?;
        for name in names {
            if ASIDE.iter().any(|aside| name.starts_with(aside)) {
                let path = generations.join(name);
                self.disk.remove_folder(&path).map_err(failed(&path))?;
            }
        }
        let link = self.link_aside();
        if link.symlink_metadata().is_ok() {
            self.disk.remove_file(&link).map_err(failed(&link))?;
        }
        let generations = self.generations()?;
        let never = match self.current_number() {
            Some(current) => generations.into_iter().filter(|it| *it > current).collect(),
            // the very first one; more of them lost their link in another way, and are somebody's
            // history
            None if generations == [FIRST] => generations,
            None => Vec::new(),
        };
        never.into_iter().try_for_each(|never| self.remove(never))
    }

    /// Where generations lie.
    fn generations_folder(&self) -> PathBuf {
        self.folder.join(GENERATIONS)
    }

    /// Where a generation lies.
    pub(super) fn generation_folder(&self, generation: u64) -> PathBuf {
        self.folder.join(below(generation))
    }

    /// Where a generation is written before it gets its name.
    pub(super) fn aside(&self, generation: u64) -> PathBuf {
        self.generations_folder().join(format!(".new-{generation}"))
    }

    /// Gives a generation that was written aside its name.
    pub(super) fn name(&self, generation: u64) -> Result<(), PublishError> {
        let (aside, path) = (self.aside(generation), self.generation_folder(generation));
        let generations = self.generations_folder();
        self.disk.rename(&aside, &path).map_err(failed(&path))?;
        self.disk.sync(&generations).map_err(failed(&generations))
    }

    /// Numbers of the generations that are there, ascending.
    pub(super) fn generations(&self) -> Result<Vec<u64>, PublishError> {
        let generations = self.generations_folder();
        let names = self.disk.names(&generations).map_err(failed(&generations))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The number that `current` leads to, whether there is a generation or not. `None` where the
    /// link leads anywhere else.
    pub(super) fn current_number(&self) -> Option<u64> {
        let target = current_target(self.folder).ok()??;
        let name = target.strip_prefix(GENERATIONS).ok()?;
        number(name.to_str()?)
    }

    /// The current generation; `None` where there is none that can be read.
    pub(super) fn current(&self) -> Option<Current> {
        let number = self.current_number()?;
        let folder = self.open(number).ok()?;
        let text = folder.read_manifest().ok()?;
        Some(Current {
            number,
            manifest: Manifest::parse(&text).ok()?,
            sha256: sha256(&text),
            is_signed: !is_missing(&folder.file(SIGNATURE_FILE_NAME)),
            record: record(&folder),
        })
    }

    /// Opens the folder of a generation.
    pub(super) fn open(&self, generation: u64) -> io::Result<Folder> {
        Folder::open(self.folder)?.below(&below(generation))
    }

    /// The manifest of a generation; `None` where there is none that can be read.
    pub(super) fn manifest(&self, generation: u64) -> Option<Manifest> {
        let text = self.open(generation).ok()?.read_manifest().ok()?;
        Manifest::parse(&text).ok()
    }

    /// Whether the files of a generation are what its manifest says.
    pub(super) fn verify(&self, generation: u64, manifest: &Manifest) -> Result<(), PublishError> {
        let damaged = |reason: String| PublishError::Damaged {
            path: self.generation_folder(generation),
            reason,
        };
        let folder = self.open(generation);
        let folder = folder.map_err(|error| damaged(phrase(&error)))?;
        let verified = manifest.verify(|listed| folder.read_listed(listed));
        verified.map_err(|damage| damaged(damage.to_string()))
    }

    /// The number for a new generation: greater than every number that was ever given here.
    ///
    /// # Errors
    ///
    /// The last number was given.
    pub(super) fn next(&self) -> Result<u64, PublishError> {
        let current = self.current_number();
        // cores have seen the number in the manifest, also where somebody renamed its folder
        let seen = current.and_then(|it| self.manifest(it)).map(|it| it.generation);
        let kept = self.generations()?.last().copied();
        let latest = current.max(seen).max(kept).unwrap_or(0);
        latest.checked_add(1).ok_or_else(|| PublishError::NoNumberLeft(self.folder.to_owned()))
    }

    /// Whether a generation is nothing but an earlier one once more.
    pub(super) fn is_again(&self, generation: u64) -> bool {
        let folder = self.open(generation).ok();
        let record = folder.and_then(|folder| record(&folder));
        record.is_some_and(|it| it.again.is_some())
    }

    /// Content that was rolled back from and is to stay away. An older version of adrc wrote down
    /// nothing but the generation.
    pub(super) fn held(&self, current: &Current) -> Vec<Held> {
        let held = current.record.as_ref().map(|record| record.held.clone());
        let held = held.unwrap_or_default();
        match current.rollback() {
            Some(rollback) if held.is_empty() => {
                let from = self.manifest(rollback.from).into_iter();
                let other = from.filter(|from| !from.same_content(&current.manifest));
                other.map(|from| Held::of(rollback.from, &from)).collect()
            }
            _ => held,
        }
    }

    /// Makes a generation current. The stable links that it needs are there before, those that lead
    /// nowhere go after.
    pub(super) fn switch(&self, generation: u64) -> Result<(), PublishError> {
        let target = below(generation);
        self.link(&self.folder.join(&target))?;
        let current = self.folder.join(CURRENT);
        self.replace_link(&target, &current)?;
        self.sync(generation)
    }

    /// Waits until it is on the disk that `generation` is current.
    pub(super) fn sync(&self, generation: u64) -> Result<(), PublishError> {
        let durable = self.disk.sync(self.folder);
        durable.map_err(|source| PublishError::NotDurable { generation, source })
    }

    /// Makes the stable links that are missing for what lies in `generation`.
    pub(super) fn link(&self, generation: &Path) -> Result<(), PublishError> {
        for name in LINKS.into_iter().filter(|name| generation.join(name).exists()) {
            let (target, path) = (Path::new(CURRENT).join(name), self.folder.join(name));
            if !fs::read_link(&path).is_ok_and(|known| known == target) {
                self.replace_link(&target, &path)?;
            }
        }
        Ok(())
    }

    /// Removes links that lead nowhere, and generations that are too old: all but the newest
    /// `keep`, of which the current one is always the newest.
    pub(super) fn tidy(&self, keep: usize) -> Result<(), PublishError> {
        for path in LINKS.map(|name| self.folder.join(name)) {
            if path.symlink_metadata().is_ok() && !path.exists() {
                self.disk.remove_file(&path).map_err(failed(&path))?;
            }
        }
        let generations = self.generations()?;
        let old = generations.iter().rev().skip(keep.max(1));
        old.copied().try_for_each(|old| self.remove(old))
    }

    /// Removes a generation: whoever lists generations sees it as a whole or not at all.
    pub(super) fn remove(&self, generation: u64) -> Result<(), PublishError> {
        let path = self.generation_folder(generation);
        let aside = self.generations_folder().join(format!(".old-{generation}"));
        self.disk.rename(&path, &aside).map_err(failed(&path))?;
        self.disk.remove_folder(&aside).map_err(failed(&aside))
    }

    /// Where a link is made before it gets its name.
    fn link_aside(&self) -> PathBuf {
        self.folder.join(".link")
    }

    fn replace_link(&self, target: &Path, path: &Path) -> Result<(), PublishError> {
        let aside = self.link_aside();
        self.disk.link(target, &aside).map_err(failed(&aside))?;
        self.disk.rename(&aside, path).map_err(failed(path))
    }
}

/// Whether this is a folder in which this process may make files.
fn may_change(folder: &Path) -> io::Result<()> {
    if !folder.metadata()?.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The path of a generation below its published folder.
fn below(generation: u64) -> PathBuf {
    Path::new(GENERATIONS).join(generation.to_string())
}

/// The generation whose folder has this name, as adrc writes it: `7`, and not `007` or `+7`.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}

/// Whether something lies at a path, which is like this. Links are not followed.
fn is_there(path: &Path, is_so: impl FnOnce(fs::FileType) -> bool) -> bool {
    let found = path.symlink_metadata();
    found.is_ok_and(|found| is_so(found.file_type()))
}

/// The record of the generation that lies in a folder.
pub(super) fn record(folder: &Folder) -> Option<Record> {
    let text = folder.read(Record::FILE_NAME, RECORD_BYTES).ok()?;
    Record::parse(&text.bytes)
}

/// Whether there is nothing by that name. What cannot be opened is there.
fn is_missing(opened: &io::Result<File>) -> bool {
    let error = opened.as_ref().err();
    error.is_some_and(|error| error.kind() == ErrorKind::NotFound)
}
