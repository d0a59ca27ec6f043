//! A published folder that several nodes share, as a publication.

mod publish;
mod reports;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use adr_bundle::disk::{Attempt, TimeLimit, Unfinished};
use adr_bundle::folder::phrase;
use adr_bundle::{Folder, Manifest, ManifestFile};

use super::Publication;
use super::error::PublicationError;
use super::report::NodeReport;
use super::sealed::{GenerationDocument, SealedGeneration};
use crate::publish::{
    Base, DEFAULT_KEPT_GENERATIONS, PublishError, Publisher, document, generation_folder,
    kept_generations, signed_name,
};

/// The folder with the reports of nodes, in the published folder.
const NODES: &str = ".nodes";

/// What the marker says to a person.
const MARKER_TEXT: &str = "Nodes of adrc share this folder. `adrc cluster init` made this file.\n";

/// How long a small call may take. A disk that starts up takes some ten seconds.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// How long it may take to write a generation, or to read a file: a large plan over a slow line
/// takes minutes.
const TRANSFER_TIME_LIMIT: Duration = Duration::from_secs(120);

/// How long a publisher waits for another one.
const LOCK_TIME_LIMIT: Duration = Duration::from_secs(5);

/// Time between two attempts to lock the folder.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Time between two looks of [`Publication::watch`].
const WATCH_PAUSE: Duration = Duration::from_millis(250);

/// A published folder that several nodes share, such as one on a network drive. Each node publishes
/// through it and keeps a folder of its own.
///
/// Small calls end after some seconds and others after some minutes, also if the drive hangs. A
/// history that moves here may take two minutes for each of its generations.
///
/// A folder without a generation has to be [prepared](Self::prepare): without a marker, it may be
/// the place where a drive is not mounted now.
#[derive(Debug)]
pub struct FolderPublication {
    shared: Shared,
    limit: Mutex<TimeLimit>,
    /// For calls that carry files.
    transfer: Mutex<TimeLimit>,
}

/// The folder, for the thread that a hanging drive may keep.
#[derive(Clone, Debug)]
struct Shared {
    folder: PathBuf,
    keep: usize,
}

impl FolderPublication {
    /// The file that tells the shared folder from one below which a drive is not mounted.
    pub const MARKER: &str = ".adrc-cluster";

    /// The publication in a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let shared = Shared { folder: folder.to_owned(), keep: DEFAULT_KEPT_GENERATIONS };
        let limit = |name, limit| Mutex::new(TimeLimit::new(name, limit));
        let transfer = limit("transfer", TRANSFER_TIME_LIMIT);
        Self { shared, limit: limit("publication", TIME_LIMIT), transfer }
    }

    /// Keeps the newest `generations`, at least the current one.
    #[must_use]
    pub fn keeping(mut self, generations: usize) -> Self {
        self.shared.keep = generations;
        self
    }

    /// Creates the folder if it does not exist, and marks it as one that nodes share: once, while
    /// its drive is mounted. Returns false if it was marked already.
    ///
    /// # Errors
    ///
    /// [`PublicationError::Foreign`] if it has files that adrc did not write; for others, see
    /// [`PublicationError`].
    ///
    /// ```
    /// use adr_watcher::publication::{FolderPublication, Publication};
    ///
    /// let above = tempfile::tempdir()?;
    /// let shared = FolderPublication::new(&above.path().join("shared"));
    /// assert!(shared.current().is_err());
    /// assert!(shared.prepare()? && !shared.prepare()?);
    /// assert_eq!(shared.current()?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare(&self) -> Result<bool, PublicationError> {
        self.run(|shared, _| shared.prepare())
    }

    /// Runs a small call that may hang.
    fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Shared, Attempt) -> Result<T, PublicationError> + Send + 'static,
    ) -> Result<T, PublicationError> {
        let silent = |unfinished: Unfinished| self.shared.unreachable(unfinished.to_string());
        self.run_within(&self.limit, call, silent)
    }

    /// Runs a call that may hang. `unfinished` is the error if it does.
    fn run_within<T: Send + 'static>(
        &self,
        limit: &Mutex<TimeLimit>,
        call: impl FnOnce(&Shared, Attempt) -> Result<T, PublicationError> + Send + 'static,
        unfinished: impl FnOnce(Unfinished) -> PublicationError,
    ) -> Result<T, PublicationError> {
        let shared = self.shared.clone();
        let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
        limit
            .run(move |attempt| call(&shared, attempt.clone()))
            .unwrap_or_else(|error| Err(unfinished(error)))
    }

    /// The same for a call that carries files.
    fn run_transfer<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Shared, Attempt) -> Result<T, PublicationError> + Send + 'static,
    ) -> Result<T, PublicationError> {
        let silent = |unfinished: Unfinished| self.shared.unreachable(unfinished.to_string());
        self.run_within(&self.transfer, call, silent)
    }
}

impl Publication for FolderPublication {
    fn name(&self) -> String {
        self.shared.name()
    }

    fn folder_name(&self) -> Option<String> {
        signed_name(&self.shared.folder)
    }

    fn current(&self) -> Result<Option<Base>, PublicationError> {
        self.run(|shared, _| shared.current())
    }

    fn generations(&self) -> Result<Vec<u64>, PublicationError> {
        self.run(|shared, _| shared.generations())
    }

    fn document(&self, generation: u64) -> Result<GenerationDocument, PublicationError> {
        self.run(move |shared, _| shared.document(generation))
    }

    fn file(&self, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        let listed = listed.clone();
        self.run_transfer(move |shared, _| shared.file(&listed))
    }

    fn file_of(&self, generation: u64, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        let listed = listed.clone();
        self.run_transfer(move |shared, _| shared.file_of(generation, &listed))
    }

    fn publish(
        &self,
        expected: Option<&Base>,
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        self.publish_history(expected, &[], next)
    }

    fn publish_history(
        &self,
        expected: Option<&Base>,
        older: &[SealedGeneration],
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        let (wanted, sealed) = (expected.cloned(), next.clone());
        let begin = move |shared: &Shared, _| shared.begin(wanted.as_ref(), &sealed);
        let mut begun = self.run_transfer(begin)?;
        // a history takes as long as it is: each generation has the whole time
        for older in older {
            let older = older.clone();
            begun = self.run_transfer(move |shared, _| shared.keep_older(begun, &older))?;
        }
        let (name, generation) = (self.name(), next.manifest().generation);
        let end = move |shared: &Shared, attempt: Attempt| {
            shared.end(begun, generation, &|| attempt.is_abandoned())
        };
        // it may become current later
        self.run_within(&self.transfer, end, |unfinished| {
            let reason = unfinished.to_string();
            PublicationError::Unconfirmed { name, generation, reason }
        })
    }

    fn watch(
        &self,
        known: Option<&Base>,
        timeout: Duration,
    ) -> Result<Option<Base>, PublicationError> {
        let end = Instant::now() + timeout;
        loop {
            let current = self.current()?;
            let left = end.saturating_duration_since(Instant::now());
            if current.as_ref() != known || left.is_zero() {
                return Ok(current);
            }
            thread::sleep(left.min(WATCH_PAUSE));
        }
    }

    fn report(&self, report: &NodeReport) -> Result<(), PublicationError> {
        let report = report.clone();
        self.run(move |shared, _| shared.report(&report))
    }

    fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        self.run(|shared, _| shared.reports())
    }
}

impl Shared {
    fn name(&self) -> String {
        self.folder.display().to_string()
    }

    fn unreachable(&self, reason: String) -> PublicationError {
        PublicationError::Unreachable { name: self.name(), reason }
    }

    /// An error of the operating system at a path below the folder.
    fn failed(&self, path: &Path) -> impl Fn(io::Error) -> PublicationError {
        let (this, path) = (self.clone(), path.to_owned());
        move |error| this.unreachable(format!("{}: {}", path.display(), phrase(&error)))
    }

    fn publisher(&self) -> Publisher<'_> {
        Publisher::new(&self.folder, "", 0).keeping(self.keep)
    }

    fn current(&self) -> Result<Option<Base>, PublicationError> {
        self.check_exists()?;
        let current = self.publisher().standing_base();
        let current = current.map_err(|error| self.unreachable(error.to_string()))?;
        if current.is_none() && !self.is_marked()? {
            return Err(self.not_prepared("the folder has no generation, and no marker"));
        }
        Ok(current)
    }

    /// Checks that the folder exists: it does not while its drive is not mounted.
    fn check_exists(&self) -> Result<(), PublicationError> {
        match self.folder.try_exists().map_err(self.failed(&self.folder))? {
            true => Ok(()),
            false => Err(self.not_prepared("the folder does not exist")),
        }
    }

    fn is_marked(&self) -> Result<bool, PublicationError> {
        let marker = self.folder.join(FolderPublication::MARKER);
        marker.try_exists().map_err(self.failed(&marker))
    }

    fn not_prepared(&self, reason: &str) -> PublicationError {
        let reason = format!("{reason}; is its drive mounted?");
        PublicationError::NotPrepared { name: self.name(), reason }
    }

    fn prepare(&self) -> Result<bool, PublicationError> {
        fs::create_dir_all(&self.folder).map_err(self.failed(&self.folder))?;
        self.publisher().check_folder().map_err(|error| self.rejected(&error))?;
        if self.is_marked()? {
            return Ok(false);
        }
        let marker = self.folder.join(FolderPublication::MARKER);
        fs::write(&marker, MARKER_TEXT).map_err(self.failed(&marker))?;
        Ok(true)
    }

    /// The error of a folder into which adrc cannot publish.
    fn rejected(&self, error: &PublishError) -> PublicationError {
        match error {
            PublishError::Foreign(path) => PublicationError::Foreign {
                name: self.name(),
                reason: format!("adrc did not write {}", path.display()),
            },
            error => self.unreachable(error.to_string()),
        }
    }

    fn generations(&self) -> Result<Vec<u64>, PublicationError> {
        match self.current()? {
            Some(current) => {
                let kept = kept_generations(&self.folder);
                let mut kept = kept.map_err(|error| self.unreachable(error.to_string()))?;
                // newer ones belong to a publisher that is killed or at work
                kept.retain(|generation| *generation <= current.generation);
                Ok(kept)
            }
            None => Ok(Vec::new()),
        }
    }

    fn document(&self, generation: u64) -> Result<GenerationDocument, PublicationError> {
        let path = generation_folder(&self.folder, generation);
        let read = Folder::open(&path).and_then(|folder| document(&folder));
        read.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if !path.exists() => {
                PublicationError::Missing { name: self.name(), generation }
            }
            io::ErrorKind::NotFound | io::ErrorKind::InvalidData => {
                PublicationError::Damaged { name: self.name(), generation, reason: phrase(&error) }
            }
            _ => self.failed(&path)(error),
        })
    }

    /// Reads a file of this generation. The caller verifies it.
    fn file_of(&self, generation: u64, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        let opened = Folder::open(&generation_folder(&self.folder, generation));
        let folder = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PublicationError::Missing { name: self.name(), generation },
            _ => self.failed(&generation_folder(&self.folder, generation))(error),
        })?;
        folder.read_listed(listed).map_err(|reason| PublicationError::Damaged {
            name: self.name(),
            generation,
            reason: format!("{}: {reason}", listed.path),
        })
    }

    /// The newest generation with that file has it most likely intact.
    fn file(&self, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        let mut damaged = None;
        for generation in self.generations()?.into_iter().rev() {
            let opened = Folder::open(&generation_folder(&self.folder, generation));
            let Ok(folder) = opened else { continue };
            let Ok(text) = folder.read_manifest() else { continue };
            let Ok(manifest) = Manifest::parse(&text) else { continue };
            if !manifest.files.contains(listed) {
                continue;
            }
            let read = folder.read_listed(listed).and_then(|bytes| {
                listed.check(&bytes)?;
                Ok(bytes)
            });
            match read {
                Ok(bytes) => return Ok(bytes),
                Err(reason) => damaged = Some((generation, format!("{}: {reason}", listed.path))),
            }
        }
        let (generation, reason) =
            damaged.unwrap_or_else(|| (0, format!("{}: the file is missing", listed.path)));
        Err(PublicationError::Damaged { name: self.name(), generation, reason })
    }
}
