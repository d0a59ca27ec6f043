//! A published folder that several nodes share, as a publication.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use adr_bundle::disk::{Attempt, TimeLimit, read_file};
use adr_bundle::folder::phrase;
use adr_bundle::{Folder, Manifest, ManifestFile};
use tempfile::NamedTempFile;

use super::error::PublicationError;
use super::report::{NodeReport, is_node_name};
use super::sealed::{GenerationDocument, SealedGeneration};
use super::{Publication, is_same};
use crate::publish::{
    Base, DEFAULT_KEPT_GENERATIONS, PublishError, Publisher, document, generation_folder,
    kept_generations, seal, signed_name,
};

/// The folder with the reports of nodes, in the published folder.
const NODES: &str = ".nodes";

/// Most bytes of a report: 30,000 client cores take some five million.
const REPORT_BYTES: u64 = 64 << 20;

/// Most nodes whose reports are read.
const MAX_NODES: usize = 1_000;

/// How long a call may take. A disk that starts up takes some ten seconds.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// How long a publisher waits for another one.
const LOCK_TIME_LIMIT: Duration = Duration::from_secs(5);

/// Time between two attempts to lock the folder.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Time between two looks of [`Publication::watch`].
const WATCH_PAUSE: Duration = Duration::from_millis(250);

/// A published folder that several nodes share, such as one on a network drive. Each node publishes
/// through it and keeps a folder of its own.
///
/// Calls end after some seconds, also if the drive hangs.
#[derive(Debug)]
pub struct FolderPublication {
    shared: Shared,
    limit: Mutex<TimeLimit>,
}

/// The folder, for the thread that a hanging drive may keep.
#[derive(Clone, Debug)]
struct Shared {
    folder: PathBuf,
    keep: usize,
}

impl FolderPublication {
    /// The publication in a folder. It exists with its first generation.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let shared = Shared { folder: folder.to_owned(), keep: DEFAULT_KEPT_GENERATIONS };
        Self { shared, limit: Mutex::new(TimeLimit::new("publication", TIME_LIMIT)) }
    }

    /// Keeps the newest `generations`, at least the current one.
    #[must_use]
    pub fn keeping(mut self, generations: usize) -> Self {
        self.shared.keep = generations;
        self
    }

    /// Runs a call that may hang.
    fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Shared, Attempt) -> Result<T, PublicationError> + Send + 'static,
    ) -> Result<T, PublicationError> {
        let shared = self.shared.clone();
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        match limit.run(move |attempt| call(&shared, attempt.clone())) {
            Ok(result) => result,
            Err(unfinished) => Err(self.shared.unreachable(unfinished.to_string())),
        }
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
        self.run(move |shared, _| shared.file(&listed))
    }

    /// Reads the generation's own folder; [`Self::file`] looks for a file in all of them.
    fn fetch(&self, generation: u64) -> Result<SealedGeneration, PublicationError> {
        self.run(move |shared, _| shared.fetch(generation))
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
        let (expected, older, next) = (expected.cloned(), older.to_vec(), next.clone());
        self.run(move |shared, attempt| {
            shared.publish(expected.as_ref(), &older, &next, &|| attempt.is_abandoned())
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
            if !is_same(current.as_ref(), known) || left.is_zero() {
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
        if !self.folder.exists() {
            return Ok(None);
        }
        let current = self.publisher().standing_base();
        current.map_err(|error| self.unreachable(error.to_string()))
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

    fn fetch(&self, generation: u64) -> Result<SealedGeneration, PublicationError> {
        // for what is not damage, such as a generation that is missing
        self.document(generation)?;
        seal(&self.folder, generation).map_err(|error| {
            let reason = match error {
                PublishError::Damaged { reason, .. } => reason,
                error => error.to_string(),
            };
            PublicationError::Damaged { name: self.name(), generation, reason }
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

    fn publish(
        &self,
        expected: Option<&Base>,
        older: &[SealedGeneration],
        next: &SealedGeneration,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Result<(), PublicationError> {
        let end = Instant::now() + LOCK_TIME_LIMIT;
        loop {
            let publisher = self.publisher().expecting(expected.cloned()).unless(is_abandoned);
            let refused = |current| PublicationError::Refused {
                name: self.name(),
                expected: expected.cloned(),
                current,
            };
            return match publisher.install_with(older, next) {
                Ok(_) => Ok(()),
                Err(PublishError::Locked(_)) if Instant::now() < end => {
                    thread::sleep(LOCK_PAUSE);
                    continue;
                }
                Err(error @ PublishError::NotDurable { .. }) => {
                    Err(PublicationError::Unconfirmed {
                        name: self.name(),
                        generation: next.manifest().generation,
                        reason: error.to_string(),
                    })
                }
                Err(error) if error.is_conflict() && !matches!(error, PublishError::Locked(_)) => {
                    Err(refused(self.current()?))
                }
                Err(PublishError::Foreign(path)) => Err(PublicationError::Foreign {
                    name: self.name(),
                    reason: format!("adrc did not write {}", path.display()),
                }),
                Err(error) => Err(self.unreachable(error.to_string())),
            };
        }
    }

    fn report(&self, report: &NodeReport) -> Result<(), PublicationError> {
        let nodes = self.folder.join(NODES);
        if !is_node_name(&report.node) {
            let reason = format!("`{}` is not a node name", report.node.escape_debug());
            return Err(PublicationError::Foreign { name: self.name(), reason });
        }
        let text =
            serde_json::to_vec(report).map_err(|error| self.unreachable(error.to_string()))?;
        let path = nodes.join(format!("{}.json", report.node));
        let written = fs::create_dir_all(&nodes).and_then(|()| {
            let mut file = NamedTempFile::new_in(&nodes)?;
            io::Write::write_all(&mut file, &text)?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        });
        written.map_err(self.failed(&path))
    }

    fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        let nodes = self.folder.join(NODES);
        let entries = match fs::read_dir(&nodes) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(&nodes)(error)),
        };
        let mut reports: Vec<NodeReport> =
            entries.take(MAX_NODES).filter_map(|entry| read_report(&entry.ok()?.path())).collect();
        reports.sort_unstable_by(|a, b| a.node.cmp(&b.node));
        Ok(reports)
    }
}

/// The report in a file; `None` if it is not one, or is forgotten: then the file is removed.
fn read_report(path: &Path) -> Option<NodeReport> {
    let node = path.file_name()?.to_str()?.strip_suffix(".json")?;
    if !is_node_name(node) {
        return None;
    }
    let modified = path.metadata().ok()?.modified().ok()?;
    // a file of the future is of a clock that is wrong: it stays until that time has passed
    let age = SystemTime::now().duration_since(modified).unwrap_or_default();
    if age > NodeReport::LIFETIME {
        let _ = fs::remove_file(path);
        return None;
    }
    let report: NodeReport = serde_json::from_slice(&read_file(path, REPORT_BYTES).ok()?).ok()?;
    let is_own = report.node == node && report.format_version == NodeReport::FORMAT_VERSION;
    is_own.then_some(report)
}
