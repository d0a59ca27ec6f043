//! The record of a push that is not finished.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use adr_cucm_client::Node;
use adr_watcher::write::{self, WriteError};
use serde::{Deserialize, Serialize};

use super::lists::Lists;

/// The version of the file's format.
const VERSION: u32 = 1;

/// Largest journal that is read. Two lists of 10,000 rules, twice, have about 8 MB.
const MAX_BYTES: u64 = 256 << 20;

/// What a push that is not finished started from, and where it was going.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The lists before the push.
    pub old: Lists,
    /// The lists after it.
    pub wanted: Lists,
}

/// The record of the unfinished push to one cluster: a file that exists while a push is under way,
/// and as long as it is neither finished nor undone. While it is written, no other process of this
/// user on this machine can push to the cluster.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    unfinished: Option<Unfinished>,
    /// Held from the first call to the last.
    lock: Option<File>,
}

/// Why the record of a push cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system reported an error.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The file is damaged, or of a newer adrc.
    #[error("{}: not a record of a push that this adrc can read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process is pushing to this cluster, or has done so since the plan was made.
    #[error("{}: another adrc pushes to this cluster", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
}

impl JournalError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Io { .. } => "check the permissions of the folder".to_owned(),
            Self::Write(error) => error.help(),
            Self::Unreadable { .. } => {
                "compare the rules in CUCM with the plan by `adrc diff`, then remove the file"
                    .to_owned()
            }
            Self::InUse { .. } => "wait until it ends, then try again".to_owned(),
        }
    }
}

/// The content of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    old: Lists,
    wanted: Lists,
}

impl Journal {
    /// The journal of a cluster, which may not exist. Writes nothing.
    ///
    /// # Errors
    ///
    /// The file is not readable, or not a journal.
    pub fn read(folder: &Path, publisher: &Node) -> Result<Self, JournalError> {
        let of_name = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let name: String = publisher.to_string().chars().map(of_name).collect();
        let path = folder.join(format!("{name}.json"));
        let unfinished = read_file(&path)?;
        Ok(Self { path, unfinished, lock: None })
    }

    /// The push that is not finished, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    /// The file, whether or not it exists.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps other processes from pushing, and writes the record before the first call.
    ///
    /// # Errors
    ///
    /// Another process is pushing, or did so since the journal was read; or the file cannot be
    /// written.
    pub fn begin(&mut self, record: &Unfinished) -> Result<(), JournalError> {
        if let Some(folder) = self.path.parent() {
            let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            created.map_err(failed(folder))?;
        }
        let lock_path = self.path.with_extension("lock");
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(&lock_path);
        let lock = lock.map_err(failed(&lock_path))?;
        let in_use = || JournalError::InUse { path: self.path.clone() };
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => in_use(),
            TryLockError::Error(source) => failed(&lock_path)(source),
        })?;
        if read_file(&self.path)? != self.unfinished {
            return Err(in_use());
        }
        let (old, wanted) = (record.old.clone(), record.wanted.clone());
        let content = Content { version: VERSION, old, wanted };
        let text = serde_json::to_vec(&content).map_err(|error| JournalError::Unreadable {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        match self.unfinished {
            Some(_) => write::replace(&self.path, &text)?,
            None => write::create(&self.path, &text)?,
        }
        self.lock = Some(lock);
        self.unfinished = Some(record.clone());
        Ok(())
    }

    /// Removes the record: CUCM holds what was wanted.
    ///
    /// # Errors
    ///
    /// The file cannot be removed.
    pub fn finish(&mut self) -> Result<(), JournalError> {
        fs::remove_file(&self.path).map_err(failed(&self.path))?;
        self.unfinished = None;
        self.lock = None;
        Ok(())
    }
}

fn read_file(path: &Path) -> Result<Option<Unfinished>, JournalError> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
    };
    let unreadable = |reason: String| JournalError::Unreadable { path: path.to_owned(), reason };
    if size > MAX_BYTES {
        return Err(unreadable(format!("it has {size} bytes")));
    }
    let text = fs::read(path).map_err(failed(path))?;
    let content: Content =
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    match content.version {
        VERSION => Ok(Some(Unfinished { old: content.old, wanted: content.wanted })),
        other => Err(unreadable(format!("it has version {other}"))),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    |source| JournalError::Io { path, source }
}
