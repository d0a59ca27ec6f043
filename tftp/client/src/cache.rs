//! The cache: the last good snapshot and the name of the core, in one folder.
//!
//! A snapshot is one file that is replaced as a whole. Reading it verifies it like a candidate from
//! a server.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the cache is where the core writes to disk"
)]

mod error;
mod format;

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::Folder;
use adr_bundle::signature::PublicKey;
use adr_protocol::is_client_name;
use tempfile::NamedTempFile;

pub use error::CacheError;

use crate::answer::Answer;
use crate::platform;
use crate::snapshot::RuleSnapshot;
use crate::verify::{FilesVerdict, ManifestVerdict, Policy, verify_files, verify_manifest};
use format::{CachedFiles, decode, encode};

/// The file of the snapshot.
const SNAPSHOT_FILE: &str = "copy";

/// The file of the core's name.
const NAME_FILE: &str = "client";

/// Largest snapshot that is read, in bytes.
const MAX_SNAPSHOT_BYTES: u64 = 512 * 1024 * 1024;

/// Largest file of a name that is read, in bytes.
const MAX_NAME_BYTES: u64 = 1024;

/// The file whose lock the core holds.
const LOCK_FILE: &str = "lock";

/// A cache folder; only its owner can write to it, and only one core uses it at a time.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    /// The locked file. The last clone releases the lock.
    _lock: Arc<File>,
}

impl Cache {
    /// Opens a cache folder, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// The folder cannot be created, another user can write to it, or another core uses it.
    pub fn open(folder: &Path) -> Result<Self, CacheError> {
        platform::create_private(folder)?;
        platform::check_private(folder)?;
        let lock = Arc::new(lock(folder)?);
        // the process may work in another folder when it saves a snapshot
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Ok(Self { folder, _lock: lock })
    }

    /// The name of this core; made from `random` and saved if the cache has none yet.
    ///
    /// # Errors
    ///
    /// A new name cannot be saved.
    pub fn client_name(&self, random: u128) -> Result<String, CacheError> {
        let saved = self.read(NAME_FILE, MAX_NAME_BYTES).ok();
        let saved = saved.and_then(|bytes| String::from_utf8(bytes).ok());
        match saved.as_deref().map(str::trim) {
            Some(name) if is_client_name(name) => Ok(name.to_owned()),
            _ => {
                let name = format!("{random:032x}");
                self.replace(NAME_FILE, format!("{name}\n").as_bytes())?;
                Ok(name)
            }
        }
    }

    /// The saved snapshot; `None` if there is none. With a pinned key, its signature must verify
    /// and name the pinned folder, if there is one; it may have expired since, because it was
    /// valid when the snapshot was accepted.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is damaged, or does not verify. It is left in place.
    pub fn load(
        &self,
        key: Option<&PublicKey>,
        folder: Option<&str>,
    ) -> Result<Option<RuleSnapshot>, CacheError> {
        let path = self.folder.join(SNAPSHOT_FILE);
        let bytes = match self.read(SNAPSHOT_FILE, MAX_SNAPSHOT_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CacheError::Io { path, source }),
            Ok(bytes) => bytes,
        };
        match decode(&bytes) {
            Some(files) => verify(files, (key, folder), path).map(Some),
            None => Err(CacheError::Damaged { path }),
        }
    }

    /// Saves a snapshot: writes a temporary file, syncs it, and renames it.
    ///
    /// # Errors
    ///
    /// The operating system reports an error. The snapshot that was saved before is still there.
    pub fn store(&self, snapshot: &RuleSnapshot) -> Result<(), CacheError> {
        self.replace(SNAPSHOT_FILE, &encode(snapshot))
    }

    /// Reads a regular file of the cache; does not follow links, and does not wait for pipes.
    fn read(&self, name: &str, max_bytes: u64) -> io::Result<Vec<u8>> {
        let read = Folder::open(&self.folder)?.read(name, max_bytes)?;
        Ok(read.bytes)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), CacheError> {
        let path = self.folder.join(name);
        let write = || {
            let mut temporary = NamedTempFile::with_prefix_in(".adrc-", &self.folder)?;
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            temporary.persist(&path).map_err(|error| error.error)?;
            platform::sync_folder(&self.folder)
        };
        write().map_err(|source| CacheError::Io { path: path.clone(), source })
    }
}

/// Locks a folder for this core, until the file is closed. Two cores in one folder would report
/// under one name and replace each other's copies.
fn lock(folder: &Path) -> Result<File, CacheError> {
    let path = folder.join(LOCK_FILE);
    let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(|source| CacheError::Io { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CacheError::InUse { path: folder.to_owned() }),
        // a file system without locks
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(source)) => Err(CacheError::Io { path, source }),
    }
}

/// Verifies a saved snapshot like a candidate for a core without rules.
fn verify(
    files: CachedFiles,
    (key, folder): (Option<&PublicKey>, Option<&str>),
    path: PathBuf,
) -> Result<RuleSnapshot, CacheError> {
    let policy = Policy {
        server: &files.server,
        running: None,
        key,
        folder,
        // nothing that was accepted expires
        now: 0,
        compare_files: false,
    };
    let or_missing =
        |part: Option<Vec<u8>>| part.map_or(Answer::Missing, |bytes| Answer::Bytes(bytes.into()));
    let [manifest, signature, application, lookup] = files.parts.map(or_missing);
    let candidate = match verify_manifest(&manifest, &signature, policy) {
        ManifestVerdict::Fetch(candidate) => Some(candidate),
        ManifestVerdict::NoManifest => None,
        ManifestVerdict::Reject(rejection) => {
            return Err(CacheError::Rejected { path, cause: rejection.cause });
        }
        ManifestVerdict::Unchanged | ManifestVerdict::SameRules(_) => {
            return Err(CacheError::Damaged { path });
        }
    };
    match verify_files(candidate.as_ref(), &application, &lookup, policy) {
        FilesVerdict::Accept(snapshot) => Ok(snapshot),
        FilesVerdict::Retry(rejection) | FilesVerdict::Reject(rejection) => {
            Err(CacheError::Rejected { path, cause: rejection.cause })
        }
        FilesVerdict::Unchanged => Err(CacheError::Damaged { path }),
    }
}
