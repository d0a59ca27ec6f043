//! The record of the last deployment to a cluster, and the files that the nodes served before it.
//!
//! ```text
//! DIR/
//!   lock           held while a process deploys
//!   journal.json   the record: nodes, what each served before, and how far adrc got
//!   former/SHA256  the bytes of these files, and of the new ones
//! ```
//!
//! adrc writes the bytes before the journal, the journal before the first upload, and both with a
//! sync. So a killed process leaves a journal that says which nodes may have changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use adr_bundle::sha256;
use adr_cucm::xml::ANSWER_BYTES;
use serde::{Deserialize, Serialize};

use super::error::RecordError;
use crate::state_file::{StateError, StateFile, create_folder, failed, read, replace};

/// Version of the format.
const FORMAT_VERSION: u32 = 1;

/// Most bytes of a journal or a kept file.
const FILE_BYTES: u64 = ANSWER_BYTES as u64;

/// The last deployment to a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    format_version: u32,
    /// SHA-256 of the new files, by path.
    pub(super) files: BTreeMap<String, String>,
    pub(super) nodes: Vec<NodeRecord>,
    /// How it ended; `None` while it is under way, or was interrupted.
    pub(super) outcome: Option<Outcome>,
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// All nodes serve the new files.
    Deployed,
    /// All nodes serve their former files.
    PutBack,
}

/// What adrc knows of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeRecord {
    /// Host and port.
    pub(super) node: String,
    /// SHA-256 of the files that it served before, by path; `None` if it had no such file.
    pub(super) former: BTreeMap<String, Option<String>>,
    pub(super) state: NodeState,
}

/// How far adrc got at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NodeState {
    /// It has its former files, and adrc left nothing else on it.
    Former,
    /// It may have any mixture of former and new files.
    Changing {
        /// The files that it shall get.
        to: Target,
        /// The last step that was begun.
        step: Step,
    },
    /// It serves the new files, after a restart.
    New,
}

/// Which files a node shall get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Target {
    /// Those from before the deployment.
    Former,
    /// Those of the deployment.
    New,
}

/// A step at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// Files are uploaded.
    Uploading,
    /// The service is restarted.
    Restarting,
    /// The files are read back.
    Reading,
}

impl Record {
    pub(super) fn new(files: BTreeMap<String, String>) -> Self {
        Self { format_version: FORMAT_VERSION, files, nodes: Vec::new(), outcome: None }
    }

    /// Whether the deployment was interrupted.
    pub(super) fn is_unfinished(&self) -> bool {
        self.outcome.is_none()
    }

    /// The hashes of all files that it names.
    fn hashes(&self) -> impl Iterator<Item = &String> {
        let former = self.nodes.iter().flat_map(|node| node.former.values().flatten());
        self.files.values().chain(former)
    }
}

/// The folder of a record. While the value lives, no other process deploys to the cluster.
#[derive(Debug)]
pub(super) struct RecordFolder {
    path: PathBuf,
    /// The record. Its lock is held until the value is dropped.
    file: StateFile,
}

impl RecordFolder {
    /// Creates and locks the folder.
    pub(super) fn open(path: &Path) -> Result<Self, RecordError> {
        let file = StateFile::new(path.join(JOURNAL), path.join("lock"), FILE_BYTES);
        let mut folder = Self { path: path.to_owned(), file };
        create_folder(&path.join(FORMER)).map_err(|error| folder.failed(error))?;
        match folder.file.lock() {
            Ok(()) => Ok(folder),
            Err(error) => Err(folder.failed(error)),
        }
    }

    /// The error of a file as one of the record.
    fn failed(&self, error: StateError) -> RecordError {
        match error {
            StateError::Io { path, source } => RecordError::Failed { path, source },
            StateError::Unreadable { path, reason } => RecordError::Damaged { path, reason },
            StateError::Locked => RecordError::Locked { path: self.path.clone() },
        }
    }

    /// The record; `None` if nothing was deployed from here.
    pub(super) fn read(&self) -> Result<Option<Record>, RecordError> {
        let record: Option<Record> = self.file.load().map_err(|error| self.failed(error))?;
        match record {
            Some(Record { format_version, .. }) if format_version != FORMAT_VERSION => {
                let reason = format!("format version {format_version}");
                Err(self.failed(self.file.unreadable(&reason)))
            }
            record => Ok(record),
        }
    }

    /// Replaces the record, and removes kept files that it does not name.
    pub(super) fn write(&self, record: &Record) -> Result<(), RecordError> {
        self.file.store(record).map_err(|error| self.failed(error))?;
        self.tidy(record);
        Ok(())
    }

    /// Keeps the bytes of a file until a record does not name them.
    pub(super) fn keep(&self, bytes: &[u8]) -> Result<String, RecordError> {
        let hash = sha256(bytes);
        let path = self.path.join(FORMER).join(&hash);
        if !read(&path, FILE_BYTES).is_ok_and(|kept| kept == bytes) {
            replace(&path, bytes).map_err(|error| self.failed(error))?;
        }
        Ok(hash)
    }

    /// The bytes of a kept file.
    pub(super) fn kept(&self, hash: &str) -> Result<Vec<u8>, RecordError> {
        let path = self.path.join(FORMER).join(hash);
        let bytes = read(&path, FILE_BYTES);
        let bytes = bytes.map_err(|error| self.failed(failed(&path)(error)))?;
        match sha256(&bytes) == hash {
            true => Ok(bytes),
            false => Err(RecordError::Damaged { path, reason: "other bytes".to_owned() }),
        }
    }

    /// Removes what a record does not name. A file that stays does no harm.
    fn tidy(&self, record: &Record) {
        let Ok(entries) = fs::read_dir(self.path.join(FORMER)) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !record.hashes().any(|hash| name.to_str() == Some(hash)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

const JOURNAL: &str = "journal.json";

/// The folder of kept files.
const FORMER: &str = "former";

#[cfg(test)]
mod tests {
    use super::*;

    fn record(hash: &str) -> Record {
        let former = BTreeMap::from([("a".to_owned(), Some(hash.to_owned())), ("b".into(), None)]);
        let state = NodeState::Changing { to: Target::New, step: Step::Uploading };
        let node = NodeRecord { node: "tftp-1:8443".to_owned(), former, state };
        Record { nodes: vec![node], ..Record::new(BTreeMap::new()) }
    }

    #[test]
    fn record_and_kept_bytes_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let records = RecordFolder::open(folder.path()).unwrap();
        assert_eq!(records.read().unwrap(), None);
        let hash = records.keep(b"former").unwrap();
        records.write(&record(&hash)).unwrap();
        assert_eq!(records.read().unwrap(), Some(record(&hash)));
        assert_eq!(records.kept(&hash).unwrap(), b"former");
    }

    #[test]
    fn bytes_that_the_record_does_not_name_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let records = RecordFolder::open(folder.path()).unwrap();
        let (old, new) = (records.keep(b"old").unwrap(), records.keep(b"new").unwrap());
        records.write(&record(&new)).unwrap();
        assert!(records.kept(&old).is_err() && records.kept(&new).is_ok());
    }

    #[test]
    fn second_process_is_locked_out_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = RecordFolder::open(folder.path()).unwrap();
        let second = RecordFolder::open(folder.path());
        assert!(matches!(second, Err(RecordError::Locked { .. })), "{second:?}");
        drop(first);
        RecordFolder::open(folder.path()).unwrap();
    }

    #[test]
    fn damaged_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let records = RecordFolder::open(folder.path()).unwrap();
        let hash = records.keep(b"former").unwrap();
        fs::write(folder.path().join(FORMER).join(&hash), b"other").unwrap();
        assert!(matches!(records.kept(&hash), Err(RecordError::Damaged { .. })));
        for text in
            ["", "{", "[]", "{\"format_version\":2,\"files\":{},\"nodes\":[],\"outcome\":null}"]
        {
            fs::write(folder.path().join(JOURNAL), text).unwrap();
            let error = records.read().unwrap_err();
            assert!(error.to_string().contains("journal.json: this file is damaged"), "{error}");
        }
    }
}
