//! What was published when.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use adr_bundle::Manifest;
use adr_bundle::folder::phrase;

use super::disk::Disk;
use super::error::PublishError;
use super::layout::{Layout, record};
use super::record::Rollback;

/// A generation that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub generation: u64,
    /// When it was published, seconds since 1970; `None` where nobody wrote it down.
    pub published: Option<u64>,
    /// The rollback that made it.
    pub rollback: Option<Rollback>,
    /// The generation whose content was signed or written anew in this one.
    pub again: Option<u64>,
    /// Views: the default one, and one for each site.
    pub views: usize,
    /// Bytes of its files; equal files count once.
    pub size: u64,
    /// Whether readers see it now.
    pub is_current: bool,
    /// What is wrong with its files, a phrase; `None` when they are what the manifest says.
    pub damage: Option<String>,
}

/// The generations that are kept, the newest first. Takes no lock and writes nothing.
///
/// # Errors
///
/// Nothing is published, or the operating system refused.
pub fn history(folder: &Path) -> Result<Vec<Kept>, PublishError> {
    let layout = Layout { folder, disk: &Disk::default() };
    let Some(current) = layout.current_number() else {
        return Err(PublishError::NothingPublished(folder.to_owned()));
    };
    let generations = layout.generations()?;
    // What is newer than the current one was never seen by anybody: its publisher was killed, or is
    // at work.
    let kept = generations.into_iter().rev().filter(|it| *it <= current);
    // One that is gone was removed by a publisher in between.
    Ok(kept.filter_map(|generation| look(layout, generation, current)).collect())
}

fn look(layout: Layout<'_>, generation: u64, current: u64) -> Option<Kept> {
    let folder = layout.open(generation);
    if folder.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return None;
    }
    let record = folder.as_ref().ok().and_then(record);
    let (views, size, damage) = match folder.and_then(|folder| folder.read_manifest()) {
        Ok(text) => contents(layout, generation, &text),
        Err(error) => (0, 0, Some(manifest_is(phrase(&error)))),
    };
    Some(Kept {
        generation,
        published: record.as_ref().map(|record| record.published),
        rollback: record.as_ref().and_then(|record| record.rollback),
        again: record.and_then(|record| record.again),
        views,
        size,
        is_current: generation == current,
        damage,
    })
}

/// Views, bytes and damage of a generation by the text of its manifest.
fn contents(layout: Layout<'_>, generation: u64, text: &[u8]) -> (usize, u64, Option<String>) {
    let manifest = match Manifest::parse(text) {
        Ok(manifest) => manifest,
        Err(error) => return (0, 0, Some(manifest_is(error))),
    };
    let damage = if manifest.generation == generation {
        layout.verify(generation, &manifest).err().map(reason_of)
    } else {
        let other = manifest.generation;
        Some(manifest_is(format_args!("it says generation {other}")))
    };
    (manifest.views.len(), size(&manifest), damage)
}

fn manifest_is(reason: impl fmt::Display) -> String {
    format!("{}: {reason}", Manifest::FILE_NAME)
}

fn reason_of(error: PublishError) -> String {
    match error {
        PublishError::Damaged { reason, .. } => reason,
        other => other.to_string(),
    }
}

fn size(manifest: &Manifest) -> u64 {
    let different: BTreeMap<&str, u64> =
        manifest.files.iter().map(|file| (file.sha256.as_str(), file.size)).collect();
    different.values().copied().fold(0, u64::saturating_add)
}
