//! The generations of a folder, and which of them a rollback blocks.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use adr_bundle::Manifest;
use adr_bundle::folder::phrase;

use super::annotation::Annotation;
use super::error::PublishError;
use super::generation::read_record;
use super::layout::Layout;
use super::record::{Record, Rollback};

/// A generation that is kept in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its number.
    pub generation: u64,
    /// When it was published, in seconds since 1970; `None` without a record.
    pub published: Option<u64>,
    /// The rollback that made it.
    pub rollback: Option<Rollback>,
    /// While this generation is current, publishers that
    /// [honor rollbacks](super::Publisher::honor_rollbacks) do not publish the content of these
    /// generations again.
    pub blocked: Vec<u64>,
    /// The first generation with the same content; set if this one was published only because a
    /// signature expired or a file was damaged.
    pub renewal_of: Option<u64>,
    /// Who published it, from which commit, and why; empty fields where the record does not say.
    pub annotation: Annotation,
    /// The number of views: the default one, and one for each site.
    pub views: usize,
    /// Bytes of its files; equal files count once.
    pub size: u64,
    /// Whether readers see it now.
    pub is_current: bool,
    /// How its files differ from its manifest, a phrase; `None` if they do not.
    pub damage: Option<String>,
}

/// The generations that are kept, the newest first. Takes no lock and writes nothing.
///
/// # Errors
///
/// Nothing is published, or the operating system reported an error.
pub fn history(folder: &Path) -> Result<Vec<HistoryEntry>, PublishError> {
    entries(folder, usize::MAX, Verify::Files)
}

/// The newest `most` of the generations that [`history`] lists, without reading their files:
/// `damage` is that of the manifest only. For a page that is shown often.
///
/// # Errors
///
/// Those of [`history`].
pub fn recent_history(folder: &Path, most: usize) -> Result<Vec<HistoryEntry>, PublishError> {
    entries(folder, most, Verify::Manifest)
}

/// What rollbacks block in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedGenerations {
    /// The generations that were rolled back, the oldest rollback first.
    pub generations: Vec<u64>,
    /// When the last of them was rolled back, in seconds since 1970; `None` without a record. If
    /// the generation of that rollback is not kept any more, a later time.
    pub since: Option<u64>,
}

/// What rollbacks block according to a history, newest generation first; `None` if nothing.
#[must_use]
pub fn blocked_generations(history: &[HistoryEntry]) -> Option<BlockedGenerations> {
    let current = history.first().filter(|current| !current.blocked.is_empty())?;
    // renewals of a rollback have later times than the rollback
    let since = history.iter().take_while(|entry| entry.blocked == current.blocked).last();
    Some(BlockedGenerations {
        generations: current.blocked.clone(),
        since: since.and_then(|entry| entry.published),
    })
}

/// What of a generation is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verify {
    Manifest,
    Files,
}

fn entries(folder: &Path, most: usize, verify: Verify) -> Result<Vec<HistoryEntry>, PublishError> {
    let layout = Layout::of(folder);
    let Some(current) = layout.current_number()? else {
        return Err(PublishError::NothingPublished(folder.to_owned()));
    };
    let generations = layout.generations()?;
    // newer generations than the current one belong to a publisher that is killed or at work
    let published = generations.into_iter().rev().filter(|it| *it <= current);
    let entries = published.filter_map(|generation| entry(layout, generation, current, verify));
    Ok(entries.take(most).collect())
}

/// `None` if a publisher has removed the generation in the meantime.
fn entry(
    layout: Layout<'_>,
    generation: u64,
    current: u64,
    verify: Verify,
) -> Option<HistoryEntry> {
    let folder = layout.open(generation);
    if folder.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return None;
    }
    let record = folder.as_ref().ok().and_then(read_record);
    let (views, size, damage) = match folder.and_then(|folder| folder.read_manifest()) {
        Ok(text) => contents(layout, generation, &text, verify),
        Err(error) => (0, 0, Some(manifest_damage(phrase(&error)))),
    };
    Some(HistoryEntry {
        generation,
        published: record.as_ref().map(|record| record.published),
        rollback: record.as_ref().and_then(|record| record.rollback),
        blocked: record.as_ref().map(Record::blocked_generations).unwrap_or_default(),
        renewal_of: record.as_ref().and_then(|record| record.renewal_of),
        annotation: record.map(|record| record.annotation).unwrap_or_default(),
        views,
        size,
        is_current: generation == current,
        damage,
    })
}

/// Views, bytes and damage of a generation, by the text of its manifest.
fn contents(
    layout: Layout<'_>,
    generation: u64,
    text: &[u8],
    verify: Verify,
) -> (usize, u64, Option<String>) {
    let manifest = match Manifest::parse(text) {
        Ok(manifest) => manifest,
        Err(error) => return (0, 0, Some(manifest_damage(error))),
    };
    let damage = match verify {
        _ if manifest.generation != generation => {
            let other = manifest.generation;
            Some(manifest_damage(format_args!("it says generation {other}")))
        }
        Verify::Files => layout.verify(generation, &manifest).err().map(reason_of),
        Verify::Manifest => None,
    };
    (manifest.views.len(), size(&manifest), damage)
}

fn manifest_damage(reason: impl fmt::Display) -> String {
    format!("{}: {reason}", Manifest::FILE_NAME)
}

fn reason_of(error: PublishError) -> String {
    match error {
        PublishError::Damaged { reason, .. } => reason,
        other => other.to_string(),
    }
}

/// Bytes of all different files. Sizes come from the manifest, which may be damaged.
fn size(manifest: &Manifest) -> u64 {
    let different: BTreeMap<&str, u64> =
        manifest.files.iter().map(|file| (file.sha256.as_str(), file.size)).collect();
    different.values().copied().fold(0, u64::saturating_add)
}
