//! Which rule sources were in step with which generation: the ledger `.sources.json` of a folder,
//! and the records of its generations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use adr_bundle::{Folder, Manifest, sha256};
use serde::{Deserialize, Serialize};

use super::content::manifest_content_sha256;
use super::error::PublishError;
use super::generation::Current;
use super::prepare::Locked;
use super::publisher::Publisher;
use super::record::Record;
use super::through::Standing;
use super::verdict::{CommitOrder, Facts, Seen, Verdict, decide};
use crate::git::{self, Ancestry};

/// The name of the ledger in a published folder.
const LEDGER: &str = ".sources.json";

/// Most bytes of a ledger.
const LEDGER_BYTES: u64 = 1 << 20;

/// Most sources that a ledger has. Those of the oldest generations are dropped.
const MAX_ENTRIES: usize = 256;

const FORMAT_VERSION: u32 = 1;

/// Rule sources of one host: its name, and the paths that were named there; or those of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcesIdentity {
    key: String,
    /// The first path, to ask git about.
    path: PathBuf,
}

impl SourcesIdentity {
    /// The sources at these paths on the host with this name. Relative paths are made absolute; the
    /// order of the paths does not matter.
    ///
    /// ```
    /// use adr_watcher::publish::SourcesIdentity;
    ///
    /// let sources = SourcesIdentity::new("tftp1", &["rules".into()]);
    /// assert_eq!(sources, SourcesIdentity::new("tftp1", &["./rules".into()]));
    /// assert_ne!(sources, SourcesIdentity::new("tftp2", &["rules".into()]));
    /// ```
    #[must_use]
    pub fn new(host: &str, paths: &[PathBuf]) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let mut paths: Vec<PathBuf> = paths.iter().map(absolute).collect();
        paths.sort_unstable();
        let mut text = host.to_owned();
        for path in &paths {
            text.push('\0');
            text.push_str(&path.to_string_lossy());
        }
        Self { key: sha256(text.as_bytes()), path: paths.into_iter().next().unwrap_or_default() }
    }

    /// The sources of a node of a cluster: the node's name tells them from those of others, so that
    /// they stay the same if their folder gets another path. `paths` are where git is asked.
    ///
    /// ```
    /// use adr_watcher::publish::SourcesIdentity;
    ///
    /// let sources = SourcesIdentity::of_node("tftp1", &["release-7/rules".into()]);
    /// assert!(sources.is_same(&SourcesIdentity::of_node("tftp1", &["release-8/rules".into()])));
    /// assert!(!sources.is_same(&SourcesIdentity::new("tftp1", &["release-7/rules".into()])));
    /// ```
    #[must_use]
    pub fn of_node(node: &str, paths: &[PathBuf]) -> Self {
        let of_paths = Self::new(node, paths);
        Self { key: sha256(format!("{node}\0").as_bytes()), ..of_paths }
    }

    /// Whether the ledger takes both for the same sources.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// SHA-256 of host and paths, or of the node; lower-case hexadecimal.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

/// What sources had when they were last in step with a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct InStep {
    generation: u64,
    /// See [`super::content_sha256`].
    content: String,
}

/// The ledger of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Ledger {
    format_version: u32,
    /// By the key of the sources.
    sources: BTreeMap<String, InStep>,
}

impl Ledger {
    /// Reads the ledger of a folder. One that is missing or damaged is empty: the records of the
    /// generations know the rest.
    fn read(folder: &Path) -> Self {
        let read = Folder::open(folder).and_then(|folder| folder.read(LEDGER, LEDGER_BYTES));
        let parsed = read.ok().and_then(|content| serde_json::from_slice(&content.bytes).ok());
        let known = parsed.filter(|ledger: &Self| ledger.format_version == FORMAT_VERSION);
        known.unwrap_or_default()
    }

    fn insert(&mut self, key: &str, entry: InStep) {
        self.format_version = FORMAT_VERSION;
        self.sources.insert(key.to_owned(), entry);
        while self.sources.len() > MAX_ENTRIES {
            let others = self.sources.iter().filter(|(other, _)| *other != key);
            let oldest = others.min_by_key(|(_, entry)| entry.generation);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            self.sources.remove(&oldest);
        }
    }
}

impl Publisher<'_> {
    /// Checks that the sources of this publisher may replace the current generation.
    ///
    /// # Errors
    ///
    /// [`PublishError::Behind`] or [`PublishError::Conflict`]; if the current generation of the
    /// publication could not be installed, the reason.
    pub(super) fn check_sources(
        &self,
        locked: &Locked,
        standing: Option<&Standing>,
        current: Option<&Current>,
        content: &Manifest,
    ) -> Result<(), PublishError> {
        let (Some(sources), Some(current)) = (&self.sources, current) else {
            return self.check_installed(standing);
        };
        if !self.is_automatic {
            let order = self.commit_order(sources, current.record.as_ref());
            let is_other = !current.manifest.same_content(content);
            let is_older = order == Some(CommitOrder::Older) && self.through.is_some() && is_other;
            return if is_older { Err(self.behind(current.number, None, order)) } else { Ok(()) };
        }
        self.check_installed(standing)?;
        let order = self.commit_order(sources, self.before_rollbacks(current).as_ref());
        let content = manifest_content_sha256(content);
        let current_content = manifest_content_sha256(&current.manifest);
        let kept = self.kept_contents(current.number)?;
        let in_step = self.in_step(sources, locked);
        let blocked = self.layout().blocked(current).into_iter().map(|blocked| blocked.content);
        let blocked: Vec<String> = blocked.collect();
        let verdict = decide(&Facts {
            content: &content,
            current: Some(Seen { generation: current.number, content: &current_content }),
            in_step: in_step
                .as_ref()
                .map(|it| Seen { generation: it.generation, content: &it.content }),
            kept: &kept,
            blocked: &blocked,
            order,
            is_shared: self.through.is_some(),
        });
        match verdict {
            Verdict::Same | Verdict::Publish => Ok(()),
            Verdict::Behind(known) => {
                if let Some(generation) = known {
                    self.note(sources, InStep { generation, content });
                }
                Err(self.behind(current.number, known, order))
            }
            Verdict::Conflict => {
                Err(PublishError::Conflict { place: self.place_name(), current: current.number })
            }
        }
    }

    /// A process that publishes by itself does not replace a generation that it cannot read.
    fn check_installed(&self, standing: Option<&Standing>) -> Result<(), PublishError> {
        match standing.and_then(|standing| standing.problem.as_ref()) {
            Some(problem) if self.is_automatic => Err(problem.to_error()),
            _ => Ok(()),
        }
    }

    fn behind(&self, current: u64, known: Option<u64>, order: Option<CommitOrder>) -> PublishError {
        let commit = self.annotation.commit.as_ref().map(|commit| commit.id.clone());
        let commit = commit.filter(|_| order == Some(CommitOrder::Older));
        PublishError::Behind { place: self.place_name(), current, known, commit }
    }

    /// The order of the commit of the sources and that of a record; `None` if one of them is in no
    /// unmodified commit, or both are in the same one.
    fn commit_order(
        &self,
        sources: &SourcesIdentity,
        record: Option<&Record>,
    ) -> Option<CommitOrder> {
        let published = record?.annotation.commit.as_ref()?;
        let commit = self.annotation.commit.as_ref()?;
        if commit.modified || published.modified || commit.id == published.id {
            return None;
        }
        match git::ancestry(&sources.path, &commit.id, &published.id) {
            Ancestry::Descendant => Some(CommitOrder::Newer),
            Ancestry::Ancestor => Some(CommitOrder::Older),
            Ancestry::Unrelated => Some(CommitOrder::Unrelated),
        }
    }

    /// The record of the generation from which a person rolled back to the current one, perhaps in
    /// several steps; that of the current one if it is not a rollback. `None` if it is not kept.
    ///
    /// A rollback has the commit of the old content. Sources between that one and what was rolled
    /// back are newer than the old content, and nobody decided to publish them.
    fn before_rollbacks(&self, current: &Current) -> Option<Record> {
        let mut record = current.record.clone()?;
        let mut at = current.number;
        while let Some(rollback) = record.rollback {
            // a record of somebody else must not lead in a circle
            at = Some(rollback.from).filter(|from| *from < at)?;
            record = self.layout().record(at)?;
        }
        Some(record)
    }

    /// The contents of the kept generations that are older than the current one, ascending.
    fn kept_contents(&self, current: u64) -> Result<Vec<(u64, String)>, PublishError> {
        let layout = self.layout();
        let older = layout.generations()?.into_iter().filter(|generation| *generation < current);
        let content = |generation| Some(manifest_content_sha256(&layout.manifest(generation)?));
        Ok(older.filter_map(|generation| Some((generation, content(generation)?))).collect())
    }

    /// What the sources had when they were last in step: the ledger knows it, and the records of
    /// what was made from them, if the ledger was lost or could not be written.
    fn in_step(&self, sources: &SourcesIdentity, locked: &Locked) -> Option<InStep> {
        let layout = self.layout();
        let noted = Ledger::read(self.folder).sources.remove(&sources.key);
        let up_to = locked.current.unwrap_or(0);
        let generations = layout.generations().unwrap_or_default();
        let mut published = generations.into_iter().rev().filter(|it| *it <= up_to);
        let is_own = |record: Record| record.sources.as_deref() == Some(sources.key());
        let own = published.find(|generation| layout.record(*generation).is_some_and(is_own));
        let recorded = own.and_then(|generation| {
            let content = manifest_content_sha256(&layout.manifest(generation)?);
            Some(InStep { generation, content })
        });
        // of a sequence that was replaced by an older copy
        let noted = noted.filter(|noted| noted.generation <= up_to);
        match (noted, recorded) {
            (Some(noted), Some(recorded)) if recorded.generation > noted.generation => {
                Some(recorded)
            }
            (noted, recorded) => noted.or(recorded),
        }
    }

    /// Notes that the sources have the content of the current generation.
    pub(super) fn note_in_step(&self, locked: &Locked, generation: u64, content: &Manifest) {
        if let Some(sources) = &self.sources
            && locked.current == Some(generation)
        {
            let content = manifest_content_sha256(content);
            self.note(sources, InStep { generation, content });
        }
    }

    /// Writes an entry of the ledger, unless it is there. A ledger that cannot be written, such as
    /// on a full disk, is not an error: what was published is, and its record has the sources too.
    fn note(&self, sources: &SourcesIdentity, entry: InStep) {
        let mut ledger = Ledger::read(self.folder);
        if ledger.sources.get(&sources.key) == Some(&entry) {
            return;
        }
        ledger.insert(&sources.key, entry);
        if let Ok(text) = serde_json::to_string(&ledger) {
            let _ = self.layout().replace_text(LEDGER, &(text + "\n"));
        }
    }
}
