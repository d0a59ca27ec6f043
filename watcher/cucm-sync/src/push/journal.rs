//! The record of a push that is not finished.

use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::folder::phrase;
use adr_cucm_client::Node;
use serde::{Deserialize, Serialize};

use super::lists::Lists;
use crate::state_file::{StateError, StateFile};

/// The version of the file's format.
const VERSION: u32 = 1;

/// Largest journal that is read. Two lists of 10,000 rules, twice, have about 9 MB.
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
    /// Its lock is held from the first call to the last.
    file: StateFile,
    unfinished: Option<Unfinished>,
}

/// Why the record of a push cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system reported an error.
    #[error("{}: {}", .path.display(), phrase(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
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
        let path = |end: &str| folder.join(format!("{name}.{end}"));
        let mut journal =
            Self { file: StateFile::new(path("json"), path("lock"), MAX_BYTES), unfinished: None };
        journal.unfinished = journal.load()?;
        Ok(journal)
    }

    /// What the file holds.
    fn load(&self) -> Result<Option<Unfinished>, JournalError> {
        let content: Option<Content> = self.file.load().map_err(|error| self.failed(error))?;
        match content {
            Some(Content { version, .. }) if version != VERSION => {
                let reason = format!("it has version {version}");
                Err(self.failed(self.file.unreadable(&reason)))
            }
            content => Ok(content.map(|Content { old, wanted, .. }| Unfinished { old, wanted })),
        }
    }

    /// The error of the file as one of the journal.
    fn failed(&self, error: StateError) -> JournalError {
        match error {
            StateError::Io { path, source } => JournalError::Io { path, source },
            StateError::Unreadable { path, reason } => JournalError::Unreadable { path, reason },
            StateError::Locked => JournalError::InUse { path: self.path().to_owned() },
        }
    }

    /// The push that is not finished, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    /// The file, whether or not it exists.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Keeps other processes from pushing, and writes the record before the first call.
    ///
    /// # Errors
    ///
    /// Another process is pushing, or did so since the journal was read; or the file cannot be
    /// written.
    pub fn begin(&mut self, record: &Unfinished) -> Result<(), JournalError> {
        self.file.lock().map_err(|error| self.failed(error))?;
        if self.load()? != self.unfinished {
            return Err(JournalError::InUse { path: self.path().to_owned() });
        }
        let (old, wanted) = (record.old.clone(), record.wanted.clone());
        let content = Content { version: VERSION, old, wanted };
        self.file.store(&content).map_err(|error| self.failed(error))?;
        self.unfinished = Some(record.clone());
        Ok(())
    }

    /// Removes the record: CUCM holds what was wanted.
    ///
    /// # Errors
    ///
    /// The file cannot be removed.
    pub fn finish(&mut self) -> Result<(), JournalError> {
        self.file.remove().map_err(|error| self.failed(error))?;
        self.unfinished = None;
        Ok(())
    }
}
