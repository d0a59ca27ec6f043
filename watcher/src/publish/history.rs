//! What was published when.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use adr_tree::Manifest;

use super::disk::Disk;
use super::error::PublishError;
use super::layout::{Layout, record, verify};
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
    let layout = Layout {
        folder,
        disk: &Disk::default(),
    };
    let Some(current) = layout.current_number() else {
        return Err(PublishError::NothingPublished(folder.to_owned()));
    };
    let generations = layout.generations()?;
    // What is newer than the current one was never seen by anybody: its publisher was killed, or is at work.
    let kept = generations.into_iter().rev().filter(|it| *it <= current);
    // One that is gone was removed by a publisher in between.
    Ok(kept
        .filter_map(|generation| look(layout, generation, current))
        .collect())
}

fn look(layout: Layout<'_>, generation: u64, current: u64) -> Option<Kept> {
    let folder = layout.generation_folder(generation);
    let text = fs::read(folder.join(Manifest::FILE_NAME));
    let manifest = text.as_deref().map(Manifest::parse);
    if text.is_err() && !folder.exists() {
        return None;
    }
    let record = record(&folder);
    let (views, size, damage) = match &manifest {
        Ok(Ok(manifest)) => {
            let damage = verify(&folder, manifest).err().map(in_words);
            (manifest.views.len(), size(manifest), damage)
        }
        Ok(Err(error)) => (0, 0, Some(format!("{}: {error}", Manifest::FILE_NAME))),
        Err(_) => (
            0,
            0,
            Some(format!("{} cannot be read", Manifest::FILE_NAME)),
        ),
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

fn in_words(error: PublishError) -> String {
    match error {
        PublishError::Damaged { reason, .. } => reason,
        other => other.to_string(),
    }
}

fn size(manifest: &Manifest) -> u64 {
    let different: BTreeMap<&str, u64> = manifest
        .files
        .iter()
        .map(|file| (file.sha256.as_str(), file.size))
        .collect();
    different.values().sum()
}
